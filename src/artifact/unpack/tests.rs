//! Archives in, folders out: what is taken, and how it lands on the disk.

mod archive;
mod disk;
mod hostile;
mod peers;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::*;
use crate::artifact::place::{PlaceError, Rules, Staging};
use archive::{Tar, gzip, noise};

/// Pull `layers` to `output`, as the command does.
fn pull(output: &Path, layers: &[Vec<u8>], limits: &Limits) -> Result<Vec<Unpacked>, UnpackError> {
    let staging = Staging::prepare(output, &Rules { replace: true, ..Rules::default() }).unwrap();
    let mut unpacker = Unpacker::new(staging.path(), limits.clone())?;
    for layer in layers {
        unpacker.layer(&mut layer.as_slice())?;
    }
    let files = unpacker.finish();
    staging.commit().unwrap();
    Ok(files)
}

/// Everything below `root`: path, permissions, and a file's content.
fn listing(root: &Path) -> Vec<(String, u32, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let facts = path.symlink_metadata().unwrap();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push((name, facts.mode() & 0o7777, facts.is_file().then(|| fs::read(&path).unwrap())));
            if facts.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_layer_becomes_a_folder() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("new/deep/out");
    let tar = Tar::new()
        .folder("./", 0o700)
        .folder("./sub/", 0o2777)
        .file("./sub/run.sh", 0o4711, b"#!/bin/sh\n")
        .file("bob.yaml", 0o600, b"kind: ApplicationProfile\n")
        .file("implied/deep/empty", 0o666, b"")
        .end();
    let staging = Staging::prepare(&output, &Rules::default()).unwrap();
    let mut unpacker = Unpacker::new(staging.path(), Limits::default()).unwrap();
    let digest = unpacker.layer(&mut gzip(&tar).as_slice()).unwrap();
    assert!(!output.exists(), "nothing is seen before it is whole");
    assert_eq!(staging.path().metadata().unwrap().mode() & 0o777, 0o700);
    staging.commit().unwrap();

    assert_eq!(digest, Digest::of(&tar));
    let file = |path: &str, size, mode| Unpacked { path: path.to_owned(), size, mode };
    let files = [file("bob.yaml", 25, 0o644), file("implied/deep/empty", 0, 0o644), file("sub/run.sh", 10, 0o755)];
    assert_eq!(unpacker.finish(), files);
    assert_eq!(output.metadata().unwrap().mode() & 0o7777, 0o755);
    let expected = [
        ("bob.yaml", 0o644, Some(&b"kind: ApplicationProfile\n"[..])),
        ("implied", 0o755, None),
        ("implied/deep", 0o755, None),
        ("implied/deep/empty", 0o644, Some(b"")),
        ("sub", 0o755, None),
        ("sub/run.sh", 0o755, Some(b"#!/bin/sh\n")),
    ];
    let expected = expected.map(|(path, mode, content)| (path.to_owned(), mode, content.map(<[u8]>::to_vec)));
    assert_eq!(listing(&output), expected);
}

/// The test above, in processes with the strictest and the laxest umask.
#[test]
fn the_umask_does_not_show() {
    for umask in ["0077", "0000"] {
        let status = std::process::Command::new("sh")
            .args(["-c", r#"umask "$0" && exec "$1" --exact "$2""#, umask])
            .arg(std::env::current_exe().unwrap())
            .arg("artifact::unpack::tests::a_layer_becomes_a_folder")
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&status.stdout);
        assert!(status.status.success() && told.contains("1 passed"), "umask {umask}: {told}");
    }
}

/// Bytes changed at random, with checksums that are right again: whatever comes of it, nothing panics, hangs, or shows
/// outside the folder.
#[test]
fn damage_never_reaches_the_parent() {
    let tar = Tar::new()
        .folder("./", 0o755)
        .pax(&[("path", "d/größe.yaml"), ("size", "5")])
        .file("d/gr", 0o644, b"12345")
        .entry(b'L', "././@LongLink", 0o644, b"d/long\0")
        .file("d/l", 0o755, &noise(700, 3))
        .end();
    let temp = tempfile::tempdir().unwrap();
    let (mut fine, mut refused) = (0, 0);
    for seed in 0..1500 {
        let mut damaged = tar.clone();
        for change in noise(6, seed).chunks(3).take(1 + usize::from(seed % 2 == 0)) {
            let at = usize::from(change[0]) << 8 | usize::from(change[1]);
            damaged[at % tar.len()] = change[2];
        }
        archive::mend(&mut damaged);
        match pull(&temp.path().join("out"), &[gzip(&damaged)], &Limits::default()) {
            Ok(_) => {
                fine += 1;
                fs::remove_dir_all(temp.path().join("out")).unwrap();
            }
            Err(_) => refused += 1,
        }
        assert_eq!(listing(temp.path()), [], "{seed}");
    }
    assert!(fine > 100 && refused > 100, "{fine} fine, {refused} refused");
}

#[test]
fn a_large_layer_is_the_same_whatever_thread_does_what() {
    let temp = tempfile::tempdir().unwrap();
    let mut tar = Tar::new();
    let mut expected = Vec::new();
    let sizes = [0, 1, 511, 512, 513, 4096, chunk::CHUNK - 512, chunk::CHUNK, chunk::CHUNK + 1, 3_000_001];
    for (number, size) in (0..400).zip(sizes.into_iter().cycle().enumerate().map(|(turn, size)| size / (1 + turn / 20)))
    {
        let content = noise(size, number);
        // More folders than handles are kept open, and visited in turn.
        let path = format!("d{}/e{}/f{number}", number % 50, number % 3);
        tar = tar.file(&path, 0o644, &content);
        expected.push((path, content));
    }
    let tar = tar.end();
    let mut unpacker = Unpacker::new(temp.path(), Limits::default()).unwrap();
    let digest = unpacker.layer(&mut gzip(&tar).as_slice()).unwrap();
    assert_eq!(digest, Digest::of(&tar));
    expected.sort();
    let files = unpacker.finish();
    let found = files.iter().map(|file| (file.path.clone(), fs::read(temp.path().join(&file.path)).unwrap()));
    assert!(found.eq(expected), "the files differ from those in the archive");
}

#[test]
fn several_layers_meet_in_one_folder() {
    let temp = tempfile::tempdir().unwrap();
    let mut unpacker = Unpacker::new(temp.path(), Limits::default()).unwrap();
    let one = Tar::new().folder("d/", 0o755).file("d/a", 0o644, b"a").end();
    let two = Tar::new().folder("d/", 0o755).file("d/b", 0o644, b"b").end();
    unpacker.layer(&mut gzip(&one).as_slice()).unwrap();
    unpacker.layer(&mut gzip(&two).as_slice()).unwrap();
    unpacker.file("./d/c.yaml", &mut &b"c: 1"[..]).unwrap();
    let error = unpacker.layer(&mut gzip(&one).as_slice()).unwrap_err();
    assert!(error.to_string().contains(r#"entry "d/a" is refused: there is a file of that path already"#), "{error}");
    let paths: Vec<_> = unpacker.finish().into_iter().map(|file| (file.path, file.size, file.mode)).collect();
    let file = |path: &str, size| (path.to_owned(), size, 0o644);
    assert_eq!(paths, [file("d/a", 1), file("d/b", 1), file("d/c.yaml", 4)]);
    assert_eq!(fs::read(temp.path().join("d/c.yaml")).unwrap(), b"c: 1");
}

#[test]
fn a_title_is_held_to_the_rules_of_a_name() {
    let temp = tempfile::tempdir().unwrap();
    let inside = temp.path().join("in");
    for (title, part) in [
        ("../a", "'..'"),
        ("/a", "absolute"),
        ("", "no name"),
        ("d/", "name of a folder"),
        (".", "name of a folder"),
        ("a\\b", "separates"),
        ("aux", "device"),
    ] {
        fs::create_dir(&inside).unwrap();
        let mut unpacker = Unpacker::new(&inside, Limits::default()).unwrap();
        let message = unpacker.file(title, &mut &b"x"[..]).unwrap_err().to_string();
        assert!(message.contains(part), "{title}: {message}");
        assert_eq!(listing(temp.path()).len(), 1, "{title}");
        fs::remove_dir(&inside).unwrap();
    }
}

#[test]
fn plain_files_count_against_the_limit() {
    let temp = tempfile::tempdir().unwrap();
    let mut unpacker = Unpacker::new(temp.path(), Limits::of_size(10)).unwrap();
    unpacker.file("a", &mut &b"12345"[..]).unwrap();
    let error = unpacker.file("b", &mut io::repeat(0)).unwrap_err();
    assert!(error.to_string().contains("more than 10 bytes"), "{error}");
    assert!(error.hint().unwrap().contains("--max-unpacked-size"));
    assert!(fs::metadata(temp.path().join("b")).unwrap().len() <= 6, "it stops where the limit is");
}

#[test]
fn a_reader_that_fails_ends_the_work() {
    struct Failing<'a>(&'a [u8]);
    impl Read for Failing<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            if read == 0 { Err(io::Error::other("interrupted")) } else { Ok(read) }
        }
    }
    let temp = tempfile::tempdir().unwrap();
    let layer = gzip(&Tar::new().file("a", 0o644, &noise(3 << 20, 1)).end());
    for part in [0, 5, 1000, layer.len() - 1] {
        let output = temp.path().join("out");
        let staging = Staging::prepare(&output, &Rules::default()).unwrap();
        let mut unpacker = Unpacker::new(staging.path(), Limits::default()).unwrap();
        let error = unpacker.layer(&mut Failing(&layer[..part])).unwrap_err();
        assert!(matches!(error, UnpackError::Read(_)), "{part}: {error}");
        drop(staging);
        assert_eq!(listing(temp.path()), []);
    }
}

/// A link that somebody slips into the staging folder is not followed.
#[test]
fn links_in_the_way_are_not_followed() {
    let temp = tempfile::tempdir().unwrap();
    let (inside, outside) = (temp.path().join("in"), temp.path().join("out"));
    fs::create_dir(&inside).unwrap();
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, inside.join("d")).unwrap();
    std::os::unix::fs::symlink(outside.join("f"), inside.join("f")).unwrap();
    for name in ["d/a", "f"] {
        let mut unpacker = Unpacker::new(&inside, Limits::default()).unwrap();
        let layer = gzip(&Tar::new().file(name, 0o644, b"x").end());
        assert!(unpacker.layer(&mut layer.as_slice()).is_err(), "{name}");
    }
    assert_eq!(listing(&outside), []);
    // The folder itself is not followed either.
    std::os::unix::fs::symlink(&outside, temp.path().join("link")).unwrap();
    assert!(Unpacker::new(&temp.path().join("link"), Limits::default()).is_err());
}

#[test]
fn an_exchange_keeps_the_old_folder_when_unpacking_fails() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    fs::create_dir(&output).unwrap();
    fs::write(output.join("old"), "old").unwrap();
    fs::set_permissions(&output, fs::Permissions::from_mode(0o750)).unwrap();
    let before = listing(temp.path());
    let hostile = gzip(&Tar::new().file("new", 0o644, b"new").file("../escape", 0o644, b"x").end());
    pull(&output, &[hostile], &Limits::default()).unwrap_err();
    assert_eq!(listing(temp.path()), before);
    let honest = gzip(&Tar::new().file("new", 0o644, b"new").end());
    pull(&output, &[honest], &Limits::default()).unwrap();
    let names: Vec<_> = listing(temp.path()).into_iter().map(|(name, mode, _)| (name, mode)).collect();
    assert_eq!(names, [("out".to_owned(), 0o755), ("out/new".to_owned(), 0o644)]);
}

#[test]
fn an_output_that_is_not_empty_is_kept() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("mine"), "x").unwrap();
    let error = Staging::prepare(temp.path(), &Rules::default()).err().unwrap();
    assert!(matches!(error, PlaceError::NotEmpty { .. }), "{error}");
}
