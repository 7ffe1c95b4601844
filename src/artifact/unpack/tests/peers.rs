//! Archives of other tools.

use std::process::Command;

use super::archive::{Tar, gzip, noise, put, record};
use super::*;

fn unpack(layer: &[u8]) -> (tempfile::TempDir, Vec<Unpacked>) {
    let temp = tempfile::tempdir().unwrap();
    let mut unpacker = Unpacker::new(temp.path(), Limits::default()).unwrap();
    unpacker.layer(&mut &*layer).unwrap();
    (temp, unpacker.finish())
}

/// A folder with what is hard for archives: long names, names beyond ASCII, a large file, an empty folder.
fn sample() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path();
    let deep = "a-rather-long-folder-name/".repeat(8);
    fs::create_dir_all(root.join(&deep)).unwrap();
    fs::create_dir_all(root.join("empty")).unwrap();
    fs::write(root.join(&deep).join("b".repeat(120)), "deep").unwrap();
    fs::write(root.join("größe.yaml"), "a: 1\n").unwrap();
    fs::write(root.join("large"), noise(2_000_000, 7)).unwrap();
    fs::write(root.join("run"), "#!/bin/sh\n").unwrap();
    for entry in walk(root) {
        let executable = entry.is_dir() || entry.ends_with("run");
        fs::set_permissions(&entry, fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 })).unwrap();
    }
    temp
}

fn walk(root: &Path) -> Vec<std::path::PathBuf> {
    listing(root).into_iter().map(|(path, ..)| root.join(path)).collect()
}

#[test]
fn gnu_tar_in_every_format_it_writes() {
    let sample = sample();
    for format in ["gnu", "oldgnu", "posix", "pax"] {
        let archive = Command::new("tar")
            .args(["--format", format, "-czf", "-", "-C"])
            .arg(sample.path())
            .arg(".")
            .output()
            .unwrap();
        assert!(archive.status.success(), "{}", String::from_utf8_lossy(&archive.stderr));
        let (temp, _) = unpack(&archive.stdout);
        assert_eq!(listing(temp.path()), listing(sample.path()), "{format}");
    }
}

#[test]
fn gnu_tar_with_short_names() {
    let temp = tempfile::tempdir().unwrap();
    fs::create_dir(temp.path().join("d")).unwrap();
    fs::write(temp.path().join("d/f"), "f").unwrap();
    for format in ["v7", "ustar"] {
        let archive = Command::new("tar")
            .args(["--format", format, "-czf", "-", "-C"])
            .arg(temp.path())
            .arg("d")
            .output()
            .unwrap();
        let (unpacked, _) = unpack(&archive.stdout);
        assert_eq!(fs::read(unpacked.path().join("d/f")).unwrap(), b"f", "{format}");
    }
}

#[test]
fn gnu_tar_reads_what_we_read() {
    let sample = sample();
    let archive = Command::new("tar").args(["-czf", "-", "-C"]).arg(sample.path()).arg(".").output().unwrap();
    let (ours, _) = unpack(&archive.stdout);
    let theirs = tempfile::tempdir().unwrap();
    fs::write(theirs.path().join("layer"), &archive.stdout).unwrap();
    let status = Command::new("tar")
        .args(["-xpzf", "layer", "--one-top-level=out"])
        .current_dir(theirs.path())
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(listing(ours.path()), listing(&theirs.path().join("out")));
}

#[test]
fn the_tar_crate() {
    let sample = sample();
    let mut builder = tar::Builder::new(Vec::new());
    builder.sparse(false);
    builder.append_dir_all("folder", sample.path()).unwrap();
    let (temp, _) = unpack(&gzip(&builder.into_inner().unwrap()));
    assert_eq!(listing(&temp.path().join("folder")), listing(sample.path()));
}

/// Flux writes the root as `.`, and folders without a slash.
#[test]
fn flux() {
    let tar = Tar::new().folder(".", 0o755).folder("d", 0o755).file("d/a.yaml", 0o600, b"a").end();
    let (temp, files) = unpack(&gzip(&tar));
    assert_eq!((files.len(), files[0].path.as_str()), (1, "d/a.yaml"));
    assert_eq!(listing(temp.path()).len(), 2);
}

#[test]
fn git_archive() {
    let tar = Tar::new()
        .entry(
            b'g',
            "pax_global_header",
            0o666,
            record("comment", "e0c1f2a3b4c5d6e7f8091a2b3c4d5e6f70819203").as_bytes(),
        )
        .folder("bob/", 0o775)
        .file("bob/bob.yaml", 0o664, b"a")
        .end();
    assert_eq!(unpack(&gzip(&tar)).1[0].path, "bob/bob.yaml");
}

#[test]
fn several_gzip_members_and_long_padding() {
    let tar = Tar::new().file("a", 0o644, &noise(5000, 1)).end();
    let layer = [gzip(&tar[..1000]), gzip(b""), gzip(&tar[1000..]), gzip(&vec![0; 20_000])].concat();
    let (temp, _) = unpack(&layer);
    assert_eq!(fs::read(temp.path().join("a")).unwrap(), noise(5000, 1));
}

#[test]
fn sizes_in_every_form_that_is_clear() {
    let tar = Tar::new()
        .pax(&[("size", "3"), ("mtime", "1.5"), ("SCHILY.xattr.user.x", "y"), ("uid", "1000")])
        .file("pax", 0o644, b"abc")
        .with(b'0', "binary", b"abc", |header| header[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x03"))
        .with(0, "old", b"abc", |header| {
            header[257..265].fill(0);
            put(header, 124, "         3 \0");
        })
        .end();
    let (temp, _) = unpack(&gzip(&tar));
    for name in ["pax", "binary", "old"] {
        assert_eq!(fs::read(temp.path().join(name)).unwrap(), b"abc", "{name}");
    }
}
