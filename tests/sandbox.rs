//! The sandbox itself: what a program sees in it, and what is told about the program.

use std::time::{Duration, Instant};

use bobctl::oci::Digest;
use snapbox::{assert_data_eq, str};

use crate::support::sandbox::{Command, Sandbox};

fn sh<'a>(sandbox: &'a Sandbox, script: &str) -> Command<'a> {
    sandbox.program("sh", ["-c", script])
}

#[test]
fn the_environment_is_the_same_everywhere() {
    let sandbox = Sandbox::new();
    let run = sandbox.program("env", [""; 0]).env("SOURCE_DATE_EPOCH", "1").path_first("bin").run();
    let mut lines: Vec<&str> = run.stdout().lines().filter(|line| !line.starts_with("PWD=")).collect();
    lines.sort_unstable();
    let root = sandbox.home().parent().unwrap().display().to_string();
    assert_eq!(
        lines.join("\n").replace(&root, "[ROOT]"),
        "COLUMNS=100\nHOME=[ROOT]/home\nLC_ALL=C\nPATH=[ROOT]/work/bin:/usr/local/bin:/usr/bin:/bin\n\
         SOURCE_DATE_EPOCH=1\nTZ=UTC\nXDG_RUNTIME_DIR=[ROOT]/run"
    );
}

#[test]
fn a_run_tells_how_it_ended() {
    let sandbox = Sandbox::new();
    assert_eq!(sh(&sandbox, "cat; pwd").stdin("input\n").run().ok(), format!("input\n{}\n", sandbox.work().display()));
    assert_eq!(sh(&sandbox, "echo no >&2; exit 3").run().fails(3), "no\n");
    let killed = sh(&sandbox, "kill -TERM $$").run();
    assert_eq!((killed.code(), killed.stderr()), (None, ""));
    sandbox.bobctl(["version"]).run().ok();
}

#[test]
#[should_panic(expected = "exit status: 3 instead of 2")]
fn another_exit_code_fails_the_test() {
    sh(&Sandbox::new(), "exit 3").run().fails(2);
}

#[test]
fn a_snapshot_is_the_same_everywhere() {
    let sandbox = Sandbox::new();
    let digest = Digest::of(b"{}");
    let run = sh(&sandbox, "pwd; echo 127.0.0.1:$((40000 + $$ % 9999)) $0 >&2; exit 4");
    let run = run.env("UNUSED", "").cwd("../home").run();
    assert_data_eq!(
        run.snapshot(),
        str![[r"
exit status: 4
-- stdout --
[ROOT]/home
-- stderr --
127.0.0.1:[PORT] sh

"]]
    );
    let run = sandbox.program("echo", [digest.to_string(), digest.short()]).run();
    assert_eq!(run.snapshot_without_digests(), "exit status: 0\n-- stdout --\n[DIGEST] [DIGEST]\n-- stderr --\n");
}

#[test]
fn files_are_told_by_mode_and_content() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/a/b.yaml", "{}");
    sh(&sandbox, "cd bob; umask; chmod 4755 a; chmod 600 a/b.yaml; ln -s a/b.yaml c; : > d").umask("027").run().ok();
    assert_data_eq!(
        sandbox.tree("bob"),
        str![[r"
4755 a/
0600 a/b.yaml sha256:44136fa355b3
link c -> a/b.yaml
0640 d sha256:e3b0c44298fc

"]]
    );
    assert_eq!(sandbox.read("bob/c"), "{}");
    assert_eq!((sandbox.exists("bob/d"), sandbox.exists("bob/e")), (true, false));
    sandbox.write(sandbox.home().join(".docker/config.json"), "{}");
    assert_eq!(sandbox.tree("../home").lines().count(), 2);
}

#[test]
fn a_commit_depends_on_its_content_alone() {
    let commit = || {
        let sandbox = Sandbox::new();
        sandbox.write("bob/values.yaml", "a: 1\n");
        let commit = sandbox.git_init("bob", "https://git.example.org/team/app.git");
        let remote = sandbox.program("git", ["-C", "bob", "remote", "get-url", "origin"]).run().ok();
        assert_eq!(remote, "https://git.example.org/team/app.git\n");
        commit
    };
    let first = commit();
    assert_eq!((first.len(), &first), (40, &commit()));
}

#[test]
fn a_running_program_can_be_interrupted() {
    let sandbox = Sandbox::new();
    let running = sh(&sandbox, "trap 'echo stopped; exit 5' INT; : > ready; while :; do sleep 0.01; done").spawn();
    while !sandbox.exists("ready") {
        std::thread::sleep(Duration::from_millis(2));
    }
    running.interrupt();
    let run = running.wait();
    assert_eq!((run.code(), run.stdout()), (Some(5), "stopped\n"));
}

#[test]
fn a_program_that_does_not_end_is_killed_with_its_children() {
    let sandbox = Sandbox::new();
    let start = Instant::now();
    let command = sh(&sandbox, "echo $$; sleep 30 & sleep 30").timeout(Duration::from_millis(200));
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| command.run())).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.starts_with("still running, so killed\nstdout: "), "{message}");
    assert!(start.elapsed() < Duration::from_secs(10));
}
