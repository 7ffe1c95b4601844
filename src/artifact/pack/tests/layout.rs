//! What the layer looks like, to the byte.

use std::process::Command;

use proptest::prelude::*;

use super::*;

const LONG: &str = "a-folder-with-a-rather-long-name-0123456789/and-another-one-inside-it-0123456789/and-a-file-with-a-long-name-0123456789.yaml";

fn golden() -> Folder {
    let too_long = format!("deep/{}/{}.yaml", "d".repeat(120), "f".repeat(110));
    let folder = Folder::new()
        .file("bob.yaml", "kind: ApplicationProfile\n")
        .file("bob.values", "name = webapp\n")
        .file("a/b/c.txt", "c")
        .file("a-b", "sorts between a and a/b")
        .file("a.b", "so does this")
        .file(".helmignore", "")
        .file("größe/ünïcödé.yaml", "größe: 1\n")
        .file(LONG, "fits into prefix and name")
        .file(&too_long, "does not fit")
        .file("bin/run", "#!/bin/sh\n");
    #[cfg(unix)]
    let folder = folder.mode("bin/run", 0o755);
    folder
}

#[test]
#[cfg(unix)]
fn a_known_folder_gives_known_bytes() {
    let (packed, out) = layer_of(&golden().plan().unwrap(), 2);
    assert_eq!(packed.content.to_string(), "sha256:a2e6697dec283c50e2412ad1bfcb58e7a3f4c0690bbf9873155bb3957b718889");
    assert_eq!(
        packed.layer.digest.to_string(),
        "sha256:1338daff402973cf25587cda9fa1b555ac0d21663e775e6d47fd8c23ccbcd377"
    );
    assert_eq!(packed.layer.digest, Digest::of(&out));
    assert_eq!(packed.layer.size, out.len() as u64);
    assert_eq!(packed.content, Digest::of(&unzipped(&out)));
    assert_eq!(packed.layer.media_type, "application/vnd.k8sstormcenter.bob.content.v1.tar+gzip");
    assert_eq!(packed.layer.annotations["org.opencontainers.image.title"], "bob.tar.gz");
}

#[test]
fn a_known_large_file_gives_known_bytes() {
    let folder = Folder::new().file("large.yaml", yaml(5 << 20, 1)).file("noise", noise(3 << 20, 2));
    let (packed, _) = layer_of(&folder.plan().unwrap(), 2);
    assert_eq!(packed.content.to_string(), "sha256:b08f131f0a4716e08a057b96c940fdf9aa7bcf18b5600c1bb971c609f2c43548");
    assert_eq!(
        packed.layer.digest.to_string(),
        "sha256:25ba3778c6494f34c02d7ec296c309c27ba2bc7a3b35fd3478f0bd46db22ec44"
    );
}

#[test]
fn folders_stand_before_what_they_hold_and_all_is_sorted_without_slashes() {
    let archive = unzipped(&golden().layer());
    let mut archive = tar::Archive::new(archive.as_slice());
    let paths: Vec<_> = archive
        .entries()
        .unwrap()
        .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
        .collect();
    assert_eq!(
        paths[..6],
        [".helmignore", "a/", "a-b", "a-folder-with-a-rather-long-name-0123456789/", &LONG[..81], LONG]
            .map(str::to_owned)
    );
    let trimmed: Vec<_> = paths.iter().map(|path| path.trim_end_matches('/')).collect();
    assert!(trimmed.is_sorted());
    assert_eq!(paths[paths.len() - 2..], ["größe/", "größe/ünïcödé.yaml"].map(str::to_owned));
}

#[test]
fn there_are_no_gnu_extensions_and_two_empty_records_at_the_end() {
    let archive = unzipped(&golden().layer());
    let mut at = 0;
    let mut kinds = Vec::new();
    while archive[at] != 0 {
        let header = tar::Header::from_byte_slice(&archive[at..at + 512]);
        assert!(header.as_ustar().is_some());
        kinds.push(header.as_bytes()[156]);
        at += 512 + usize::try_from(header.entry_size().unwrap()).unwrap().next_multiple_of(512);
    }
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds, [b'0', b'5', b'x']);
    assert_eq!(archive[at..], [0; 1024]);
}

#[test]
fn the_gzip_header_says_nothing_about_when_and_where() {
    assert_eq!(golden().layer()[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
}

#[test]
#[cfg(target_os = "linux")]
fn gnu_tar_and_gzip_read_it() {
    let folder = golden();
    let layer = folder.path.with_extension("tar.gz");
    fs::write(&layer, folder.layer()).unwrap();
    assert!(Command::new("gzip").arg("-t").arg(&layer).status().unwrap().success());
    let tar = Command::new("tar")
        .args(["--quoting-style=literal", "--numeric-owner", "-tvzf"])
        .arg(&layer)
        .env("TZ", "UTC")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&tar.stderr), "");
    let listing = String::from_utf8(tar.stdout).unwrap();
    let columns: Vec<_> = listing.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "-rw-r--r-- 0/0 25 1970-01-01 00:00 bob.yaml",
        "-rwxr-xr-x 0/0 10 1970-01-01 00:00 bin/run",
        "drwxr-xr-x 0/0 0 1970-01-01 00:00 a/b/",
        "-rw-r--r-- 0/0 11 1970-01-01 00:00 größe/ünïcödé.yaml",
        &format!("-rw-r--r-- 0/0 25 1970-01-01 00:00 {LONG}"),
        &format!("-rw-r--r-- 0/0 12 1970-01-01 00:00 deep/{}/{}.yaml", "d".repeat(120), "f".repeat(110)),
    ] {
        assert!(columns.iter().any(|column| column == line), "{line}\n{listing}");
    }
}

#[test]
fn an_archive_that_ends_with_a_block_has_no_empty_block_after_it() {
    // Header, content and two empty records fill exactly one block.
    let folder = Folder::new().file("full", noise((1 << 20) - 3 * 512, 3));
    let layer = folder.layer();
    assert_eq!(unzipped(&layer).len(), 1 << 20);
    let markers = layer.windows(4).filter(|bytes| *bytes == [0, 0, 0xff, 0xff]).count();
    assert_eq!(markers, 1);
    assert_eq!(layer[layer.len() - 14..layer.len() - 8], [0, 0, 0xff, 0xff, 3, 0]);
}

#[test]
fn a_file_of_content_in_memory_is_packed_under_its_name() {
    let input = Input::Bytes { name: "bob.yaml".into(), bytes: Bytes::from_static(b"kind: x\n") };
    let in_memory = plan(&input, &Options::default()).unwrap();
    assert_eq!(in_memory.read(&in_memory.entries()[0]).unwrap(), b"kind: x\n");
    let folder = Folder::new().file("bob.yaml", "kind: x\n");
    assert_eq!(layer_of(&in_memory, 1).1, folder.layer());
}

#[test]
fn a_single_file_is_packed_as_a_folder_that_holds_just_it() {
    let folder = Folder::new().file("bob.yaml", "kind: x\n").file("other.yaml", "");
    let alone = plan(&Input::Path(folder.path.join("bob.yaml")), &Options::default()).unwrap();
    assert_eq!(layer_of(&alone, 1).1, Folder::new().file("bob.yaml", "kind: x\n").layer());
}

#[test]
fn what_a_plan_says_is_what_is_packed() {
    let folder = golden();
    let plan = folder.plan().unwrap();
    let total: u64 = plan.entries().iter().map(Entry::size).sum();
    assert_eq!(plan.total_size(), total);
    let run = plan.entries().iter().find(|entry| entry.path() == "bin/run").unwrap();
    assert_eq!((run.size(), plan.read(run).unwrap().as_slice()), (10, b"#!/bin/sh\n".as_slice()));
    #[cfg(unix)]
    assert!(run.executable() && plan.entries().iter().filter(|entry| entry.executable()).count() == 1);
    let taken = std::sync::atomic::AtomicU64::new(0);
    pack(&plan, 2, &mut std::io::sink(), &|more| {
        taken.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!(taken.into_inner(), total);
}

/// A path of one to four names that are fine everywhere; the number keeps siblings apart.
fn path() -> impl Strategy<Value = String> {
    let name = prop_oneof!["[a-z0-9_-]{1,12}", "[a-z]{60,110}", "[äß猫é]{1,20}", r"\.[a-z]{1,5}"];
    prop::collection::vec(name, 1..4).prop_map(|names| names.join("/"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_packed_is_what_is_read(
        files in prop::collection::vec((path(), prop::collection::vec(any::<u8>(), 0..1500)), 1..40),
        large in prop::option::of(0_usize..6 << 20),
        jobs in 1_usize..4,
    ) {
        let mut expected = BTreeMap::new();
        let mut folder = Folder::new();
        for (number, (path, content)) in files.into_iter().enumerate() {
            let path = format!("{number}{path}");
            folder = folder.file(&path, &content);
            for (slash, _) in path.match_indices('/') {
                expected.insert(path[..=slash].to_owned(), Vec::new());
            }
            expected.insert(path, content);
        }
        if let Some(length) = large {
            folder = folder.file("large", noise(length, 7));
            expected.insert("large".to_owned(), noise(length, 7));
        }
        let (_, layer) = layer_of(&folder.plan().unwrap(), jobs);
        prop_assert!(unpacked(&layer) == expected);
    }
}
