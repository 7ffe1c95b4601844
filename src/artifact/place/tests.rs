//! Folders put in place: by whom, over what, and what is left when somebody is killed.

mod killed;
mod races;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

const KEEP: Rules = Rules { replace: false, working: None, home: None };
const REPLACE: Rules = Rules { replace: true, working: None, home: None };

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A folder with one file.
fn folder_with(path: &Path, content: &str) {
    fs::create_dir_all(path).unwrap();
    fs::write(path.join("file"), content).unwrap();
}

fn content(path: &Path) -> String {
    fs::read_to_string(path.join("file")).unwrap()
}

/// A staging folder with one file.
fn staged(output: &Path, rules: &Rules, content: &str) -> Staging {
    let staging = Staging::prepare(output, rules).unwrap();
    fs::write(staging.path().join("file"), content).unwrap();
    staging
}

/// As on a file system that exchanges nothing.
fn no_exchange(_: &OwnedFd, _: &OsStr, _: &OsStr) -> rustix::io::Result<()> {
    Err(Errno::INVAL)
}

#[test]
fn a_new_and_an_empty_folder_take_one_rename() {
    let temp = tempfile::tempdir().unwrap();
    fs::create_dir(temp.path().join("empty")).unwrap();
    for output in ["new", "empty", "new-too/"] {
        let output = temp.path().join(output);
        let placed = staged(&output, &KEEP, "new").commit().unwrap();
        assert_eq!(placed, Placed { how: How::Renamed, leftover: None });
        assert_eq!(content(&output), "new");
    }
    assert_eq!(names(temp.path()), ["empty", "new", "new-too"]);
}

#[test]
fn missing_parents_are_made_and_taken_away_again() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("a/b/out");
    fs::create_dir(temp.path().join("a")).unwrap();
    drop(staged(&output, &KEEP, "x"));
    assert_eq!((names(temp.path()), names(&temp.path().join("a"))), (vec!["a".to_owned()], vec![]));
    // Somebody else uses one of them meanwhile.
    let staging = staged(&output, &KEEP, "x");
    fs::write(temp.path().join("a/b/other"), "").unwrap();
    drop(staging);
    assert_eq!(names(&temp.path().join("a/b")), ["other"]);
    staged(&output, &KEEP, "x").commit().unwrap();
    assert_eq!(names(&temp.path().join("a/b")), ["other", "out"]);
}

#[test]
fn refusals_change_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    folder_with(&at("full"), "old");
    folder_with(&at("checkout/.git"), "config");
    folder_with(&at("home/me"), "mine");
    fs::create_dir_all(at("work/below")).unwrap();
    fs::write(at("plain"), "").unwrap();
    symlink("full", at("link")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    let before = names(temp.path());
    let working = Some(at("work/below"));
    let home = Some(at("home/me"));
    for (output, part) in [
        ("plain", "is not a folder"),
        ("link", "is a symbolic link"),
        ("link/", "is a symbolic link"),
        ("dangling", "is a symbolic link"),
        ("work/below", "is the working folder"),
        ("work", "or has it inside"),
        ("home/me", "is the home folder"),
        ("home", "or has it inside"),
        ("checkout", "holds .git"),
        ("full/..", "is the working folder"),
        ("/", "is the root folder"),
    ] {
        let rules = Rules { replace: true, working: working.clone(), home: home.clone() };
        let error = Staging::prepare(&at(output), &rules).err().unwrap();
        assert!(matches!(error, PlaceError::Refused { .. }), "{output}: {error}");
        assert!(error.to_string().contains(part), "{output}: {error}");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("name ")), "{output}");
        assert_eq!(names(temp.path()), before, "{output}");
    }
    // An empty working folder could be renamed over; whoever stands in it would then stand nowhere.
    let rules = Rules { working, ..KEEP };
    assert!(matches!(Staging::prepare(&at("work/below"), &rules), Err(PlaceError::Refused { .. })));
    let error = Staging::prepare(&at("full"), &KEEP).err().unwrap();
    assert!(matches!(error, PlaceError::NotEmpty { .. }) && error.hint().unwrap().contains("--force"), "{error}");
    assert_eq!(content(&at("full")), "old");
    assert_eq!(names(temp.path()), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_mount_point_is_refused() {
    let error = Staging::prepare(Path::new("/proc"), &REPLACE).err().unwrap();
    assert!(error.to_string().contains("is a mount point"), "{error}");
    assert!(error.hint().unwrap().contains("a folder inside it"));
}

#[test]
fn a_parent_that_is_a_file_is_an_error() {
    let temp = tempfile::tempdir().unwrap();
    fs::write(temp.path().join("plain"), "").unwrap();
    let error = Staging::prepare(&temp.path().join("plain/out"), &KEEP).err().unwrap();
    assert!(error.to_string().contains("plain"), "{error}");
    assert_eq!(names(temp.path()), ["plain"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_folder_is_exchanged() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    folder_with(&output, "old");
    let staging = staged(&output, &REPLACE, "new");
    assert_eq!(content(&output), "old");
    assert_eq!(staging.commit().unwrap(), Placed { how: How::Exchanged, leftover: None });
    assert_eq!((content(&output).as_str(), names(temp.path())), ("new", vec!["out".to_owned()]));
}

#[test]
fn two_renames_do_it_where_nothing_is_exchanged() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    folder_with(&output, "old");
    let mut staging = staged(&output, &REPLACE, "new");
    staging.exchange = no_exchange;
    assert_eq!(staging.commit().unwrap(), Placed { how: How::TwoRenames, leftover: None });
    assert_eq!((content(&output).as_str(), names(temp.path())), ("new", vec!["out".to_owned()]));
}

#[test]
fn another_error_of_the_exchange_is_one() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    folder_with(&output, "old");
    let mut staging = staged(&output, &REPLACE, "new");
    staging.exchange = |_, _, _| Err(Errno::IO);
    assert!(matches!(staging.commit(), Err(PlaceError::Io { .. })));
    assert_eq!((content(&output).as_str(), names(temp.path())), ("old", vec!["out".to_owned()]));
}

#[test]
fn a_second_rename_that_fails_brings_the_old_folder_back() {
    let temp = tempfile::tempdir().unwrap();
    let output = temp.path().join("out");
    folder_with(&output, "old");
    let mut staging = staged(&output, &REPLACE, "new");
    staging.exchange = |around, staging, _| {
        // So that the second rename has nothing to rename.
        rustix::fs::renameat(around, staging, around, "elsewhere")?;
        Err(Errno::NOSYS)
    };
    assert!(matches!(staging.commit(), Err(PlaceError::Io { .. })));
    assert_eq!(
        (content(&output).as_str(), names(temp.path())),
        ("old", vec!["elsewhere".to_owned(), "out".to_owned()])
    );
}

#[test]
fn names_that_are_long_or_not_text_work_too() {
    use std::os::unix::ffi::OsStrExt;
    let temp = tempfile::tempdir().unwrap();
    for name in [&[b'x'; 255][..], b"\xff\xfe"] {
        let output = temp.path().join(OsStr::from_bytes(name));
        folder_with(&output, "old");
        let mut staging = staged(&output, &REPLACE, "new");
        staging.exchange = no_exchange;
        staging.commit().unwrap();
        assert_eq!(content(&output), "new");
    }
}
