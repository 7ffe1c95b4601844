use std::time::Instant;

use super::*;
use crate::credentials::tests::{Programs, plain};

const LONG: Duration = Duration::from_secs(20);

/// What a helper with this script answers to `get`, when it is asked for `ghcr.io`.
async fn get(script: &str) -> Result<Credential, HelperError> {
    get_within(script, LONG).await
}

async fn get_within(script: &str, limit: Duration) -> Result<Credential, HelperError> {
    let programs = Programs::new();
    programs.helper("test", script);
    Helper::find("test", Some(&programs.path()), limit).unwrap().get("ghcr.io").await
}

#[tokio::test]
async fn a_helper_is_asked_on_stdin_and_answers_json() {
    let script = r#"[ "$1" = get ] && [ $# = 1 ] && server=$(cat) && printf '{"ServerURL":"%s","Username":"for %s","Secret":"s"}' "$server" "$server""#;
    assert_eq!(plain(&get(script).await.unwrap()), "for ghcr.io:s");
    let token = r#"cat >/dev/null; echo '{"Username":"<token>","Secret":"refresh"}'"#;
    assert_eq!(plain(&get(token).await.unwrap()), "identity refresh");
}

#[tokio::test]
async fn a_helper_need_not_listen() {
    let script = r#"exec <&-; sleep 0.05; echo '{"Username":"u","Secret":"s"}'"#;
    assert_eq!(plain(&get(script).await.unwrap()), "u:s");
}

#[tokio::test]
async fn what_a_helper_may_do_wrong() {
    for (script, expected) in [
        ("echo 'credentials not found in native keychain'; exit 1", "has no credentials for this host"),
        (r#"echo '{"Username":"","Secret":""}'"#, "has no credentials for this host"),
        ("echo 'the keyring is locked' >&2; exit 3", "failed (exit status: 3): the keyring is locked"),
        ("echo 'no credentials server URL'; exit 1", "failed (exit status: 1): no credentials server URL"),
        ("printf 'a\\033[31mb\\nsecond line' >&2; exit 1", "failed (exit status: 1): a[31mb"),
        (r#"echo '{"Secret":"hunter2"}'; exit 1"#, "failed (exit status: 1)"),
        (r#"echo '{"Secret":"hunter2"}'; echo 'hunter2 is old' >&2; exit 1"#, "failed (exit status: 1): *** is old"),
        ("echo hunter2", "answered something that is no credential"),
        (r#"echo '{"Username":"u"}'"#, "answered something that is no credential"),
        (":", "answered something that is no credential"),
        ("yes hunter2", "answered more than 1048576 bytes"),
    ] {
        let error = get(script).await.unwrap_err();
        assert_eq!(error.to_string(), expected, "{script}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_helper_that_complains_at_length_can_still_answer() {
    let script = r#"yes complaint | head -c 3000000 >&2; echo '{"Username":"u","Secret":"s"}'"#;
    assert_eq!(plain(&get(script).await.unwrap()), "u:s");
}

#[tokio::test]
async fn a_helper_that_hangs_is_killed() {
    let programs = Programs::new();
    let pid = programs.folder().join("pid");
    // The child of the script keeps its stdout open, which must not be waited for either.
    programs.helper("test", &format!("echo $$ > {}; sleep 5; echo never", pid.display()));
    let helper = Helper::find("test", Some(&programs.path()), Duration::from_millis(300)).unwrap();
    let start = Instant::now();
    let error = helper.get("ghcr.io").await.unwrap_err();
    assert!(matches!(error, HelperError::Hung(_)), "{error:?}");
    assert_eq!(error.to_string(), "gave no answer within 0.3 s");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let pid: i32 = std::fs::read_to_string(pid).unwrap().trim().parse().unwrap();
    let gone = rustix::process::test_kill_process(rustix::process::Pid::from_raw(pid).unwrap());
    assert_eq!(gone, Err(rustix::io::Errno::SRCH));
}

#[test]
fn only_helpers_in_absolute_folders_with_plain_names_are_run() {
    let programs = Programs::new();
    programs.helper("test", ":");
    std::fs::write(programs.folder().join("docker-credential-plain"), "").unwrap();
    std::fs::create_dir(programs.folder().join("docker-credential-folder")).unwrap();
    let path = programs.path();
    assert!(Helper::find("test", Some(&path), LONG).is_ok());
    for (name, path, expected) in [
        ("other", Some(path.as_os_str()), "is not in PATH"),
        ("plain", Some(&path), "is not in PATH"),
        ("folder", Some(&path), "is not in PATH"),
        ("test", Some(OsStr::new(":.:relative")), "is not in PATH"),
        ("test", None, "is not in PATH"),
        ("../test", Some(&path), "is no name of a helper"),
        ("a b", Some(&path), "is no name of a helper"),
        ("", Some(&path), "is no name of a helper"),
    ] {
        assert_eq!(Helper::find(name, path, LONG).unwrap_err().to_string(), expected, "{name}");
    }
}
