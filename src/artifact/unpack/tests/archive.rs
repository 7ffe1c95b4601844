//! Archives made by the byte, so that they can be as wrong as needed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A tar archive that grows.
#[derive(Clone, Default)]
pub(super) struct Tar(pub(super) Vec<u8>);

impl Tar {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn file(self, name: &str, mode: u32, content: &[u8]) -> Self {
        self.entry(b'0', name, mode, content)
    }

    pub(super) fn folder(self, name: &str, mode: u32) -> Self {
        self.entry(b'5', name, mode, b"")
    }

    pub(super) fn entry(self, kind: u8, name: &str, mode: u32, content: &[u8]) -> Self {
        self.with(kind, name, content, |header| put(header, 100, &format!("{mode:07o}\0")))
    }

    /// An entry whose header is changed by `edit` before its checksum is made.
    pub(super) fn with(mut self, kind: u8, name: &str, content: &[u8], edit: impl FnOnce(&mut [u8; 512])) -> Self {
        let mut header = [0; 512];
        put(&mut header, 0, name);
        put(&mut header, 100, "0000644\0");
        put(&mut header, 108, "0000000\0");
        put(&mut header, 116, "0000000\0");
        put(&mut header, 124, &format!("{:011o}\0", content.len()));
        put(&mut header, 136, "00000000000\0");
        header[156] = kind;
        put(&mut header, 257, "ustar\x0000");
        edit(&mut header);
        put(&mut header, 148, "        ");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        put(&mut header, 148, &format!("{sum:06o}\0 "));
        self.0.extend_from_slice(&header);
        self.raw(content)
    }

    /// An extended header before the next entry.
    pub(super) fn pax(self, records: &[(&str, &str)]) -> Self {
        let records: String = records.iter().map(|(key, value)| record(key, value)).collect();
        self.entry(b'x', "././@PaxHeader", 0o644, records.as_bytes())
    }

    /// Content alone, filled to a whole block.
    pub(super) fn raw(mut self, content: &[u8]) -> Self {
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    /// The archive, ended as it should be.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }
}

/// Make the checksums right where they look as if there were one.
pub(super) fn mend(tar: &mut [u8]) {
    for block in tar.chunks_exact_mut(512).filter(|block| block[257..262] == *b"ustar") {
        block[148..156].copy_from_slice(b"        ");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

/// Write a field of a header.
pub(super) fn put(header: &mut [u8; 512], at: usize, text: &str) {
    header[at..at + text.len()].copy_from_slice(text.as_bytes());
}

/// `length key=value`, where the length counts itself.
pub(super) fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that do not compress, the same ones for the same seed.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes: Vec<u8> = (0..length.div_ceil(8)).flat_map(|_| next().to_le_bytes()).collect();
    bytes.truncate(length);
    bytes
}
