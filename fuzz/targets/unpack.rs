//! Archives that mean harm: nothing is ever written outside of the folder, and inside are plain files within the limits.
//!
//! The first byte says whether the rest is the layer itself, or a tar that is still to be compressed and, mostly, to get
//! right checksums, without which no archive comes far.

#![no_main]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bobctl::artifact::unpack::{Limits, Unpacker};
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;

const TOTAL: u64 = 1 << 20;
const ENTRIES: usize = 200;
const CANARY: &str = "not to be touched";

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let layer = match choice % 8 {
        0 => bytes.to_vec(),
        1 => gzip(bytes),
        _ => gzip(&mended(bytes)),
    };
    let outside = tempfile::tempdir().expect("a temporary folder");
    fs::write(outside.path().join("canary"), CANARY).expect("a file of ours");
    let inside = outside.path().join("inside");
    fs::create_dir(&inside).expect("a folder of ours");
    let limits = Limits { entries: ENTRIES, ..Limits::of_size(TOTAL) };
    let mut unpacker = Unpacker::new(&inside, limits).expect("an empty folder");
    // The same layer once more: whatever was written must not lead anywhere.
    let first = unpacker.layer(&mut layer.as_slice());
    if first.is_ok() {
        drop(unpacker.layer(&mut layer.as_slice()));
    }
    let names: Vec<_> =
        fs::read_dir(outside.path()).expect("our folder").map(|entry| entry.expect("one of two").file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(fs::read_to_string(outside.path().join("canary")).expect("the canary"), CANARY);
    let found = look(&inside);
    assert!(found.bytes <= TOTAL, "{} bytes", found.bytes);
    assert!(found.entries <= ENTRIES, "{} entries", found.entries);
    if first.is_ok() {
        assert!(unpacker.finish().len() <= found.entries);
    }
});

#[derive(Default)]
struct Found {
    entries: usize,
    bytes: u64,
}

/// Everything below `folder`, which is nothing but folders and plain files.
fn look(folder: &Path) -> Found {
    let mut found = Found::default();
    for entry in fs::read_dir(folder).expect("a folder that can be read") {
        let entry = entry.expect("an entry");
        let metadata = entry.metadata().expect("metadata of the entry itself");
        assert!(metadata.is_dir() || metadata.is_file(), "{entry:?} is {:?}", metadata.file_type());
        assert_eq!(metadata.permissions().mode() & 0o7000, 0, "{entry:?}");
        found.entries += 1;
        if metadata.is_dir() {
            let below = look(&entry.path());
            found.entries += below.entries;
            found.bytes += below.bytes;
        } else {
            found.bytes += metadata.len();
        }
    }
    found
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// Whole blocks, with right checksums in all that could be headers, and an end.
fn mended(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    tar.resize(tar.len().next_multiple_of(512), 0);
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}
