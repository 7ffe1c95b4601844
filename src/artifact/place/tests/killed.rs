//! Runs that were killed, at any instant.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::*;

/// Files of the output in these tests.
const FILES: usize = 20;

/// The staging folder of a run that is dead, and where it moved the old folder to.
fn remains(output: &Path) -> (PathBuf, PathBuf) {
    let name = Siblings::of(output.file_name().unwrap()).fresh();
    let old = Siblings::old(&name);
    (output.with_file_name(name), output.with_file_name(old))
}

#[test]
fn staging_folders_of_the_dead_are_removed() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let (dead, _) = remains(&output);
    folder_with(&dead.join("deep"), "half");
    let notes = temp.path().join(".out.bobctl-notes");
    folder_with(&notes, "mine");
    let staging = Staging::prepare(&output, &KEEP).unwrap();
    assert!(!staging.restored() && !dead.exists() && notes.exists());
}

#[test]
fn an_old_folder_that_was_not_replaced_comes_back() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let (dead, old) = remains(&output);
    for empty in [false, true] {
        folder_with(&dead, "new");
        folder_with(&old, "old");
        if empty {
            fs::create_dir(&output).unwrap();
        }
        // The run that finds it may go on only if it replaces what came back.
        assert!(matches!(Staging::prepare(&output, &KEEP), Err(PlaceError::NotEmpty { .. })));
        assert_eq!((content(&output).as_str(), names(temp.path())), ("old", vec!["out".to_owned()]));
        fs::rename(&output, &old).unwrap();
        let staging = staged(&output, &REPLACE, "newer");
        assert!(staging.restored());
        assert_eq!(content(&output), "old");
        staging.commit().unwrap();
        assert_eq!((content(&output).as_str(), names(temp.path())), ("newer", vec!["out".to_owned()]));
        fs::remove_dir_all(&output).unwrap();
    }
}

#[test]
fn an_old_folder_that_was_replaced_is_removed() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let (_, old) = remains(&output);
    folder_with(&output, "new");
    folder_with(&old, "old");
    let staging = Staging::prepare(&output, &REPLACE).unwrap();
    assert!(!staging.restored());
    drop(staging);
    assert_eq!((content(&output).as_str(), names(temp.path())), ("new", vec!["out".to_owned()]));
}

#[test]
fn an_old_folder_is_left_to_the_living_run_that_moved_it() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let living = staged(&output, &REPLACE, "new");
    let old = output.with_file_name(Siblings::old(&living.name));
    folder_with(&old, "old");
    let other = Staging::prepare(&output, &REPLACE).unwrap();
    assert!(!other.restored() && !output.exists());
    assert_eq!(content(&old), "old");
}

/// In a folder where everybody may write, what another user has put there under such names is not touched.
#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
fn folders_of_other_users_are_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let (dead, old) = remains(&output);
    for path in [&dead, &old] {
        folder_with(path, "theirs");
        if std::os::unix::fs::chown(path, Some(12345), None).is_err() {
            eprintln!("not tested: folders of other users, as only root can make them");
            return;
        }
    }
    assert!(!Staging::prepare(&output, &KEEP).unwrap().restored());
    assert!(dead.exists() && old.exists() && !output.exists());
}

/// The program that [`killing_leaves_one_folder_whole`] starts: it replaces a folder again and again until it is killed.
/// Run as a test among others it has nothing to do.
#[test]
fn replace_for_ever() {
    let Some(output) = std::env::var_os("BOBCTL_TEST_OUTPUT").map(PathBuf::from) else { return };
    let exchange = if std::env::var_os("BOBCTL_TEST_NO_EXCHANGE").is_some() { no_exchange } else { swap::exchange };
    for turn in 0_u64.. {
        let mut staging = Staging::prepare(&output, &REPLACE).unwrap();
        staging.exchange = exchange;
        for file in 0..FILES {
            fs::write(staging.path().join(file.to_string()), turn.to_string()).unwrap();
        }
        staging.commit().unwrap();
    }
}

#[test]
fn killing_leaves_one_folder_whole() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    let mut last = None;
    for round in 0..30_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "artifact::place::tests::killed::replace_for_ever"]);
        child.env("BOBCTL_TEST_OUTPUT", &output).stdout(Stdio::null()).stderr(Stdio::null());
        let two_renames = round % 2 == 1;
        if two_renames {
            child.env("BOBCTL_TEST_NO_EXCHANGE", "1");
        }
        let mut child = child.spawn().unwrap();
        wait_for_change(&output, last.as_deref());
        std::thread::sleep(Duration::from_micros(round * 613));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success(), "it ended before it was killed");
        assert!(two_renames || output.exists(), "an exchange has no instant without a folder");
        drop(Staging::prepare(&output, &REPLACE).unwrap());
        assert_eq!(names(temp.path()), ["out"]);
        last = Some(whole(&output));
    }
}

/// The content that all files of the output have.
fn whole(output: &Path) -> String {
    let read = |file: usize| fs::read_to_string(output.join(file.to_string())).unwrap();
    let first = read(0);
    assert!((1..FILES).all(|file| read(file) == first) && names(output).len() == FILES, "the folder is a mixture");
    first
}

/// Wait until the child is in the midst of its work.
fn wait_for_change(output: &Path, last: Option<&str>) {
    for _ in 0..10_000 {
        if fs::read_to_string(output.join("0")).is_ok_and(|now| Some(now.as_str()) != last) {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the child replaces nothing");
}
