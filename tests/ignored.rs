//! Files that git ignores are packed, and said to be.

use crate::support::sandbox::Sandbox;
use crate::support::story::{self, push, webapp};

const WARNING: &str = "warning: git ignores ";

fn checkout(ignored: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write(".gitignore", ".env\n*.key\nbob/left-out\nelsewhere\n");
    sandbox.git_init(".", "https://github.com/org/webapp.git");
    for name in ignored {
        sandbox.write(name, "SECRET=1\n");
    }
    sandbox
}

#[test]
fn files_that_git_ignores_are_packed_with_a_warning_that_names_some() {
    let names = ["bob/.env", "bob/a.key", "bob/b.key", "bob/dir/c.key", "bob/dir/d.key", "bob/ü.key", "elsewhere"];
    let sandbox = checkout(&names);
    let reference = story::layout(&sandbox).tagged("1");
    let expected = format!("{WARNING}.env, a.key, b.key, dir/c.key, dir/d.key and 1 more, but ");
    // With and without a question to git for source and revision.
    let plain = sandbox.bobctl(["push", "artifact", &reference, "--path", "bob"]).run();
    let given = push(&sandbox, &reference, "bob", &["--reproducible"]).run();
    let built = sandbox.bobctl(["build", "artifact", "--path", "bob", "--output", "bob.tar.gz"]).run();
    for run in [plain, given, built] {
        assert_eq!(run.stderr().matches(&expected).count(), 1, "{}", run.stderr());
        assert!(run.stderr().contains(".bobignore") && !run.stderr().contains("not committed"), "{}", run.stderr());
        run.ok();
    }
    let listing = sandbox.program("tar", ["-tzf", "bob.tar.gz"]).run().ok();
    assert!(listing.contains(".env"), "{listing}");
}

#[test]
fn what_is_not_packed_is_not_warned_of() {
    let sandbox = checkout(&["bob/.env", "bob/left-out"]);
    sandbox.write("bob/.bobignore", "left-out\n");
    let reference = story::layout(&sandbox).tagged("1");
    let run = push(&sandbox, &reference, "bob", &["--ignore-paths", ".env"]).run();
    assert!(!run.stderr().contains(WARNING), "{}", run.stderr());
    let run = push(&sandbox, &reference, "bob/bob.yaml", &[]).run();
    assert!(!run.stderr().contains(WARNING), "{}", run.stderr());
    let run = push(&sandbox, &reference, "bob/left-out", &[]).run();
    assert!(run.stderr().contains(&format!("{WARNING}left-out, but")), "{}", run.stderr());
}

#[test]
fn no_answer_from_git_is_no_failure() {
    let sandbox = checkout(&["bob/.env"]);
    let reference = story::layout(&sandbox).tagged("1");
    let without_git = push(&sandbox, &reference, "bob", &["--reproducible"]).env("PATH", "/nowhere").run();
    assert!(!without_git.stderr().contains(WARNING), "{}", without_git.stderr());
    without_git.ok();
    webapp(&sandbox, "../outside");
    push(&sandbox, &reference, "../outside", &["--reproducible"]).run().ok();
    sandbox.write(".git/config", "broken");
    push(&sandbox, &reference, "bob", &["--reproducible"]).run().ok();
}
