//! Tests that cannot run on this machine, by name.
//!
//! Some tests need what a machine may lack: a peer tool, the profiles in `../shared`, root. Such a test says what is
//! missing and returns early, and `make test` prints all of them in its last lines. In CI leaving out is a failure: a
//! run there is either whole or red.

use std::fs::OpenOptions;
use std::io::Write;
use std::panic::Location;
use std::path::{Path, PathBuf};

/// The lines that `make test` prints last.
const LEFT_OUT: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/left-out");

/// Records that the calling test is left out because `missing` is not there.
///
/// # Panics
/// In CI, that is with the environment variable `CI` set.
#[track_caller]
pub fn leave_out(missing: &str) {
    let line = format!("{}: {missing}", test_name(Location::caller()));
    record(Path::new(LEFT_OUT), &line, std::env::var_os("CI").is_some_and(|value| !value.is_empty()));
}

/// Appends `line` to `file`; in CI it panics instead.
pub fn record(file: &Path, line: &str, ci: bool) {
    assert!(!ci, "CI leaves no test out: {line}");
    let mut file = OpenOptions::new().create(true).append(true).open(file).expect("the target folder is writable");
    // One write a line, so that tests which append at the same time do not mix.
    file.write_all(format!("{line}\n").as_bytes()).expect("the target folder is writable");
}

/// A path below `../shared`, which stands beside every checkout; without it the calling test is left out.
#[track_caller]
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    let found = path.exists().then_some(path);
    if found.is_none() {
        leave_out("../shared");
    }
    found
}

/// The name of the running test, which is its thread's; where tests have no threads of their own, its place.
fn test_name(caller: &Location) -> String {
    match std::thread::current().name() {
        Some(name) if name != "main" && !name.starts_with("tokio") => name.to_owned(),
        _ => caller.to_string(),
    }
}
