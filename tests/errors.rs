//! Bad input: each with its message and exit code, nothing half-done.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::support::fault::{ANY, FaultRegistry, Feature, GET, POST, PUT, Rule, on};
use crate::support::leftout::leave_out;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, ORIGIN, pull, push, webapp};

/// Prepare a folder `bob`, push it to a registry that works, and expect a refusal before the first request.
#[track_caller]
fn refused(prepare: impl Fn(&Sandbox), more: &[&str], code: i32, parts: &[&str]) {
    let sandbox = Sandbox::new();
    prepare(&sandbox);
    let registry = FaultRegistry::start();
    let error = push(&sandbox, &registry.reference("a/b:1"), "bob", more).run().fails(code);
    assert!(error.contains("error: ") && parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    assert_eq!(registry.log().count(), 0, "{error}");
    assert!(!sandbox.exists("layout"));
}

#[test]
fn folders_that_cannot_be_pushed() {
    refused(|_| (), &[], 2, &["no such file or folder", "bob"]);
    refused(|sandbox| sandbox.write("bob/.git/HEAD", ""), &[], 2, &["nothing to pack", "hint:"]);
    refused(|sandbox| sandbox.write("bob/a.yaml", ""), &["--ignore-paths", "*.yaml"], 2, &["nothing to pack"]);
    refused(|sandbox| sandbox.write("bob/a:b", ""), &[], 2, &["a:b", "hint:"]);
    let collision = |sandbox: &Sandbox| {
        sandbox.write("bob/README", "");
        sandbox.write("bob/readme", "");
    };
    refused(collision, &[], 2, &["README", "readme"]);
    let outside = |sandbox: &Sandbox| {
        sandbox.write("outside", "");
        sandbox.write("bob/a", "");
        symlink("../outside", sandbox.path("bob/link")).unwrap();
    };
    refused(outside, &[], 2, &["link", "leaves the folder", "--resolve-symlinks"]);
    let special = |sandbox: &Sandbox| {
        sandbox.write("bob/a", "");
        sandbox.program("mkfifo", ["bob/pipe"]).run().ok();
    };
    refused(special, &[], 2, &["pipe"]);
}

#[test]
fn values_files_that_break_the_grammar() {
    for (text, part) in [
        ("name = a\nMixed = b\n", "bob.values:2:"),
        ("name = a\nname = b\n", "bob.values:2:"),
        ("just text\n", "bob.values:1:"),
    ] {
        let prepare = |sandbox: &Sandbox| {
            sandbox.write("bob/bob.yaml", "a: b\n");
            sandbox.write("bob/bob.values", text);
        };
        refused(prepare, &[], 2, &[part, "hint:"]);
    }
}

#[test]
fn flags_that_make_no_sense() {
    let prepare = |sandbox: &Sandbox| webapp(sandbox, "bob");
    for (more, parts) in [
        (&["-a", "no-equals"][..], &["malformed annotation", "key=value"][..]),
        (&["-a", "org.opencontainers.image.source=x"], &["--source"]),
        (&["--annotation-file", "nowhere.json"], &["nowhere.json"]),
        (&["--ca-file", "nowhere.pem"], &["--ca-file", "nowhere.pem"]),
        (&["--ca-file", "bob/bob.values"], &["no certificate", "bob/bob.values", "PEM"]),
        (&["--tag", "no tag"], &["tag"]),
        (&["--config-media-type", "nonsense"], &["media type"]),
        (&["--concurrency", "0"], &["concurrency"]),
        (&["--idle-timeout", "soon"], &["soon", "90s"]),
        (&["--username", "bob"], &["--password-stdin"]),
        (&["--creds", "bob"], &["--password-stdin"]),
        (&["--plain-http", "--ca-file", "x"], &["--ca-file"]),
    ] {
        let sandbox = Sandbox::new();
        prepare(&sandbox);
        let error = push(&sandbox, "oci://127.0.0.1:1/a/b:1", "bob", more).run().fails(2);
        assert!(parts.iter().all(|part| error.contains(part)), "{more:?}: {error}");
    }
}

#[test]
fn tags_that_hold_referrers_and_signatures_are_not_written() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let before = sandbox.tree("layout");
    let hex = "0123456789abcdef".repeat(4);
    let (push_to, tag_it) = (
        |tag: &str| push(&sandbox, &place.tagged(tag), "bob", &[]).run(),
        |tag: &str| sandbox.bobctl(["tag", "artifact", &place.tagged("1"), "--tag", "fine", "--tag", tag]).run(),
    );
    for tag in ["", ".sig", ".att", ".sbom"].map(|suffix| format!("sha256-{hex}{suffix}")) {
        let also = push(&sandbox, &place.tagged("2"), "bob", &["--tag", &tag]).run();
        for run in [push_to(&tag), also, tag_it(&tag)] {
            let error = run.fails(2);
            assert!(error.contains(&tag) && error.contains("referrers and signatures"), "{error}");
        }
    }
    assert_eq!(sandbox.tree("layout"), before);
    for tag in [format!("sha256-{}", &hex[1..]), format!("sha256-{hex}.txt")] {
        tag_it(&tag).ok();
    }
}

#[test]
fn content_of_unknown_origin() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let run = |more: &[&str]| {
        let reference = place.tagged("1");
        let words = ["push", "artifact", &reference, "--path", "bob"];
        sandbox.bobctl(words.iter().chain(more)).run().fails(2)
    };
    let error = run(&[]);
    assert!(error.contains("in no git checkout") && error.contains("--source"), "{error}");
    let reference = place.tagged("1");
    let without_git = sandbox.bobctl(["push", "artifact", &reference, "--path", "bob"]).env("PATH", "/nowhere").run();
    let error = without_git.fails(2);
    assert!(error.contains("git is not installed") && error.contains("--source"), "{error}");
    let error = run(&["--source=https://example.org"]);
    assert!(error.contains("--revision"), "{error}");
    let error = run(&["--source=", "--revision=x"]);
    assert!(error.contains("git config --get remote.origin.url"), "{error}");
    let error = run(&["--source=x", "--revision=@sha1:"]);
    assert!(error.contains("git rev-parse HEAD"), "{error}");
    assert!(!sandbox.exists("layout"));
}

#[test]
fn references_that_are_none() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for (reference, part) in [
        ("https://ghcr.io/a/b:1", "oci://ghcr.io/a/b:1"),
        ("oci://ghcr.io/a/b:", "empty"),
        ("oci://ghcr.io/Team/App:1", "oci://ghcr.io/team/app:1"),
        ("org/app:1", "docker.io/org/app"),
        ("oci://ghcr.io/a/b:v1 v2", "not allowed"),
        ("oci://user:hunter2@ghcr.io/a", "credentials"),
    ] {
        for error in
            [push(&sandbox, reference, "bob", &[]).run().fails(2), pull(&sandbox, reference, "out", &[]).run().fails(2)]
        {
            assert!(error.contains(part) && !error.contains("hunter2"), "{reference}: {error}");
        }
    }
    let words = ["push", "artifact", "oci://ghcr.io/a/b:v1", "v2", "--path", "bob"];
    let error = sandbox.bobctl(words.iter().chain(&ORIGIN)).run().fails(2);
    assert!(error.contains("'v2' follows 'oci://ghcr.io/a/b:v1'") && error.contains("--tag"), "{error}");
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.program("chmod", ["000", "bob/bob.test"]).run().ok();
    let mut words = vec![env!("CARGO_BIN_EXE_bobctl"), "build", "artifact", "--path", "bob", "-o", "drop/out.tar.gz"];
    sandbox.write("drop/readme", "");
    if rustix::process::geteuid().is_root() {
        // Root may read everything, so somebody else tries.
        sandbox.program("chmod", ["-R", "a+rX", ".."]).run().ok();
        sandbox.program("chmod", ["a+w", "drop"]).run().ok();
        sandbox.program("chmod", ["000", "bob/bob.test"]).run().ok();
        words.splice(0..0, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    let error = sandbox.program(words[0], &words[1..]).run().fails(1);
    assert!(error.contains("cannot read") && error.contains("bob.test"), "{error}");
    assert!(!sandbox.exists("drop/out.tar.gz"));
}

#[test]
fn registries_that_fail() {
    let cases: [(&str, Rule, i32, &str); 8] = [
        ("502", on(ANY).manifest().answer(502), 5, "502"),
        ("501", on(POST).upload().answer(501), 5, "501"),
        ("429", on(POST).upload().answer(429), 5, "limit"),
        ("html", on(PUT).manifest().html(), 5, ""),
        ("policy", on(PUT).manifest().error(400, "MANIFEST_INVALID"), 1, "MANIFEST_INVALID"),
        ("too large", on(POST).upload().answer(413), 1, "413"),
        ("forbidden", on(POST).upload().answer(403), 4, "hint:"),
        (
            "other digest",
            on(PUT).manifest().header(
                "docker-content-digest",
                "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            ),
            6,
            "took manifest",
        ),
    ];
    for (name, rule, code, part) in cases {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = FaultRegistry::builder().without(Feature::Referrers).start();
        registry.fault(rule);
        let error = push(&sandbox, &registry.reference("a/b:1"), "bob", &["--idle-timeout", "5s"]).run();
        assert_eq!(error.code(), Some(code), "{name}: {}", error.stderr());
        assert_eq!(error.stdout(), "", "{name}");
        assert!(error.stderr().contains(part), "{name}: {}", error.stderr());
    }
}

#[test]
fn what_is_not_there_is_told_apart() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    let tag = pull(&sandbox, &registry.reference("a/b:2"), "out", &[]).run().fails(3);
    let repository = pull(&sandbox, &registry.reference("no/such:1"), "out", &[]).run().fails(3);
    assert!(
        tag.contains("tag 2") && !repository.contains("tag 2") && repository.contains("no/such"),
        "{tag}{repository}"
    );
    registry.fault(on(GET).blob().answer(404));
    let blob = pull(&sandbox, &registry.reference("a/b:1"), "out", &[]).run().fails(3);
    assert!(blob.contains("blob sha256:"), "{blob}");
    assert!(!sandbox.exists("out"));
}

#[test]
fn an_error_in_json_is_one_object() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let run = pull(&sandbox, &registry.reference("a/b:1"), "out", &["--format", "json"]).run();
    assert_eq!(run.stdout(), "");
    let error: Value = serde_json::from_str(&run.fails(3)).unwrap();
    assert_eq!((&error["kind"], &error["retryable"]), (&Value::from("not-found"), &Value::from(false)));
    assert_eq!(error["registry"]["status"], 404);
    let usage: Value =
        serde_json::from_str(&sandbox.bobctl(["push", "artifact", "--format=json"]).run().fails(2)).unwrap();
    assert_eq!(usage["kind"], "usage");
    let message = usage["message"].as_str().unwrap();
    assert!(message.contains("required arguments") && message.contains("--path") && message.contains("<REF>"));
    let words = ["push", "artifact", "oci://r.io/a:1", "--pth", "bob", "-o", "json"];
    let usage: Value = serde_json::from_str(&sandbox.bobctl(words).run().fails(2)).unwrap();
    assert!(usage["message"].as_str().unwrap().contains("'--pth'"), "{usage}");
    assert!(usage["hint"].as_str().unwrap().contains("'--path'"), "{usage}");
}

#[test]
fn a_full_disk_is_named_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(2 << 20));
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    sandbox.write("small/kept", "");
    let script = r#"mount -t tmpfs -o size=1m tmpfs small && "$0" pull artifact "$1" -o small/out; code=$?; ls -A small >&2; exit $code"#;
    let words = ["--mount", "--map-root-user", "sh", "-c", script, env!("CARGO_BIN_EXE_bobctl"), &place.tagged("1")];
    let run = sandbox.program("unshare", words).run();
    if run.stderr().contains("unshare") || run.stderr().contains("mount:") {
        return leave_out("a small file system of its own");
    }
    let error = run.fails(1);
    assert!(error.contains("small") && error.contains("No space left") && error.contains("hint:"), "{error}");
    assert!(!error.contains("\nout") && !error.contains(".bobctl-"), "{error}");
}

#[test]
fn whoever_closes_stdout_early_has_read_enough() {
    let sandbox = Sandbox::new();
    let bobctl = env!("CARGO_BIN_EXE_bobctl");
    for command in ["completion bash", "--help", "version"] {
        let script = format!("({bobctl} {command}; echo $? >&2) | true");
        let run = sandbox.program("sh", ["-c", &script]).run();
        assert_eq!(run.stderr(), "0\n", "{command}");
        run.ok();
    }
}

#[test]
fn nothing_is_packed_into_itself() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let run = |words: &[&str]| sandbox.bobctl(words).cwd("bob").run();
    let push = ["push", "artifact", "oci-layout://made/layout:1", "--path", ".", ORIGIN[0], ORIGIN[1]];
    let build = ["build", "artifact", "--path=.", "-o", "bob.tar.gz", "--ignore-paths", "made"];
    for words in [&push[..], &build] {
        run(words).ok();
        let before = sandbox.tree("bob");
        let error = run(words).fails(2);
        assert!(error.contains("packed into itself") && error.contains("--ignore-paths"), "{error}");
        assert_eq!(sandbox.tree("bob"), before);
    }
    let source = sandbox.read("bob/bob.yaml");
    run(&["build", "artifact", "--path=bob.yaml", "-o", "./bob.yaml"]).fails(2);
    assert_eq!(sandbox.read("bob/bob.yaml"), source);
    let first = run(&[&build[..], &["--ignore-paths=bob.tar.gz"]].concat()).ok();
    assert_eq!(run(&[&build[..], &["--ignore-paths=bob.tar.gz"]].concat()).ok(), first);
}

#[test]
fn a_build_replaces_files_alone() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("folder/kept", "");
    sandbox.program("mkfifo", ["pipe"]).run().ok();
    symlink("folder/kept", sandbox.path("link")).unwrap();
    let before = sandbox.tree("folder");
    for (output, kind) in [("folder", "a folder"), ("pipe", "a pipe"), ("link", "a symbolic link")] {
        let error = sandbox.bobctl(["build", "artifact", "--path=bob", "-o", output]).run().fails(2);
        assert!(error.contains(&format!("output {output} is ")) && error.contains(kind), "{error}");
        assert!(!sandbox.path(output).symlink_metadata().unwrap().is_file());
    }
    assert_eq!(sandbox.tree("folder"), before);
}

#[test]
fn standard_input_has_content_and_one_reader() {
    let sandbox = Sandbox::new();
    for nothing in ["", "\n \n"] {
        let error = push(&sandbox, "oci-layout://layout:1", "-", &[]).stdin(nothing).run().fails(2);
        assert!(error.contains("nothing to pack in standard input") && error.contains("hint:"), "{error}");
    }
    let login = ["--username=bob", "--password-stdin"];
    let error = push(&sandbox, "oci://127.0.0.1:1/a:1", "-", &login).stdin("s3cret").run().fails(2);
    assert!(error.contains("both read standard input") && !error.contains("s3cret"), "{error}");
    assert!(!sandbox.exists("layout"));
}

#[test]
fn nothing_is_pushed_that_no_reader_takes() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("notes.json", serde_json::json!({"$manifest": {"note": "x".repeat(2 << 20)}}).to_string());
    let place = story::layout(&sandbox);
    let error = push(&sandbox, &place.tagged("1"), "bob", &["--annotation-file=notes.json"]).run().fails(1);
    assert!(error.contains("bytes of annotations"), "{error}");
    assert!(!sandbox.exists("layout/index.json"), "{}", sandbox.tree("layout"));
}
