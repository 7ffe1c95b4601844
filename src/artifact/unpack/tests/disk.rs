//! Disks that are full.

use super::*;

#[test]
fn only_a_full_disk_asks_for_room() {
    let disk = |kind: io::ErrorKind| UnpackError::Disk { path: "/out/a".into(), source: kind.into() };
    assert!(disk(io::ErrorKind::StorageFull).hint().unwrap().contains("make room"));
    assert!(disk(io::ErrorKind::QuotaExceeded).hint().is_some());
    assert!(disk(io::ErrorKind::PermissionDenied).hint().is_none());
}

#[cfg(target_os = "linux")]
mod full {
    use std::process::Command;

    use super::super::archive::{Tar, gzip, noise};
    use super::super::*;

    /// Set in the run that has a mount namespace of its own.
    const INSIDE: &str = "BOBCTL_TEST_NAMESPACE";

    /// A disk of a mebibyte and a few hundred files.
    struct SmallDisk(tempfile::TempDir);

    impl SmallDisk {
        fn mount() -> Option<Self> {
            let folder = tempfile::tempdir().unwrap();
            let mount = Command::new("mount")
                .args(["-t", "tmpfs", "-o", "size=1m,nr_inodes=500", "bobctl-test"])
                .arg(folder.path())
                .output();
            mount.is_ok_and(|done| done.status.success()).then(|| Self(folder))
        }
    }

    impl Drop for SmallDisk {
        fn drop(&mut self) {
            let _ = Command::new("umount").arg(self.0.path()).status();
        }
    }

    /// Whether this test passes in a mount namespace where an ordinary user may mount; `None` where there is none.
    fn passes_in_a_namespace(test: &str) -> Option<bool> {
        let unshare = |command: &mut Command| command.output().ok();
        let base = ["--user", "--map-root-user", "--mount"];
        unshare(Command::new("unshare").args(base).arg("true")).filter(|done| done.status.success())?;
        let mut again = Command::new("unshare");
        again.args(base).arg(std::env::current_exe().unwrap()).args(["--exact", test]).env(INSIDE, "1");
        unshare(&mut again).map(|done| done.status.success())
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
    fn a_full_disk_is_told_by_the_path() {
        if let Some(disk) = SmallDisk::mount() {
            return a_full_disk(disk.0.path());
        }
        assert!(std::env::var_os(INSIDE).is_none(), "no disk can be mounted in the namespace");
        let name = "artifact::unpack::tests::disk::full::a_full_disk_is_told_by_the_path";
        if let Some(passes) = passes_in_a_namespace(name) {
            assert!(passes, "it fails in a mount namespace");
        } else {
            assert!(std::env::var_os("CI").is_none(), "neither mount nor unshare works here");
            eprintln!("not tested: a full disk, as neither mount nor unshare works here");
        }
    }

    fn a_full_disk(disk: &Path) {
        let output = disk.join("out");
        fs::create_dir(&output).unwrap();
        fs::write(output.join("old"), noise(900 << 10, 1)).unwrap();
        let before = listing(disk);
        let small = (0..200).fold(Tar::new(), |tar, n| tar.file(&format!("d/{n}"), 0o644, &noise(2048, n)));
        let folders = (0..600).fold(Tar::new(), |tar, n| tar.folder(&format!("d{n}/"), 0o755));
        for (name, tar) in [
            ("one buffer", Tar::new().file("a", 0o644, &noise(200 << 10, 1))),
            ("large file", Tar::new().file("a", 0o644, &noise(3 << 20, 1))),
            ("small files", small),
            ("folders", folders),
        ] {
            let error = pull(&output, &[gzip(&tar.end())], &Limits::default()).expect_err(name);
            assert_full(&error, disk);
            assert_eq!(listing(disk), before, "{name}");
        }
        let staging = Staging::prepare(&disk.join("new/out"), &Rules::default()).unwrap();
        let mut unpacker = Unpacker::new(staging.path(), Limits::default()).unwrap();
        assert_full(&unpacker.file("title", &mut io::repeat(1)).unwrap_err(), disk);
        drop(staging);
        assert_eq!(listing(disk), before);
    }

    fn assert_full(error: &UnpackError, disk: &Path) {
        let UnpackError::Disk { path, source } = error else { panic!("{error}") };
        assert!(path.starts_with(disk) && error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(source.kind(), io::ErrorKind::StorageFull, "{source}");
        assert!(error.hint().is_some());
    }
}
