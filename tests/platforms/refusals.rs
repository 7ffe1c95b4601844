//! What is refused before the first request, and what is said about it.

use super::{AMD, ARM, push, push_both, two};
use crate::support::fault::FaultRegistry;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, webapp};

#[test]
fn paths_that_make_no_sense_are_shown_mended() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let registry = FaultRegistry::start();
    for (paths, parts) in [
        (&["amd64", "arm64"][..], &["'amd64' is for no platform", "--path linux/amd64=./amd64"][..]),
        (&[AMD, "arm64"], &["'arm64' is for no platform", "--path linux/arm64=./arm64"]),
        (&[AMD, "linux/amd64=arm64"], &["two paths for linux/amd64", "--path linux/arm64=arm64"]),
        (&[AMD, "linux/arm64="], &["nothing follows 'linux/arm64='", "--path linux/arm64=./arm64"]),
        (&["linux/x86_64=amd64"], &["no platform that is known", "--path linux/amd64=amd64"]),
        (&["linux/amd64=-", "linux/arm64=-"], &["standard input can be read once", "linux/arm64=./bob.yaml"]),
        (&[AMD, "linux/arm64=nowhere"], &["for linux/arm64", "no such file or folder: nowhere"]),
        (&["a=b"], &["no such file or folder: a=b"]),
    ] {
        let error = push(&sandbox, &registry.reference("a/b:1"), paths, &[]).run().fails(2);
        assert!(parts.iter().all(|part| error.contains(part)), "{paths:?}: {error}");
    }
    let words = ["--password-stdin", "--username=bob"];
    let error = push(&sandbox, &registry.reference("a/b:1"), &["linux/amd64=-"], &words).run().fails(2);
    assert!(error.contains("both read standard input"), "{error}");
    assert_eq!(registry.log().count(), 0);
}

#[test]
fn a_folder_with_an_equals_sign_is_a_folder() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "a=b");
    webapp(&sandbox, "linux/amd64=x");
    let place = story::layout(&sandbox);
    for path in ["a=b", "./linux/amd64=x", "linux/amd64=./linux/amd64=x"] {
        push(&sandbox, &place.tagged("1"), &[path], &[]).run().ok();
        story::pull(&sandbox, &place.tagged("1"), "out", &["--force"]).run().ok();
        assert_eq!(sandbox.tree("out"), sandbox.tree("a=b"), "{path}");
    }
}

#[test]
fn what_is_wrong_with_one_folder_names_its_platform() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    sandbox.write("arm64/bob.values", "just text\n");
    let error = push_both(&sandbox, "oci-layout://layout:1", &[]).run().fails(2);
    let parts = ["cannot push what is for linux/arm64", "bob.values:1:", "hint:"];
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    sandbox.write("arm64/bob.values", "name = webapp\n");
    // The layout would be packed into itself by the second one.
    std::fs::create_dir_all(sandbox.path("arm64/made/layout")).unwrap();
    sandbox.write("arm64/made/layout/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    let error = push_both(&sandbox, "oci-layout://arm64/made/layout:1", &[]).run().fails(2);
    assert!(error.contains("packed into itself"), "{error}");
}

#[test]
fn what_is_true_of_all_is_said_once() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    for folder in ["amd64", "arm64"] {
        sandbox.write(format!("{folder}/logo.png"), "png");
        sandbox.write(format!("{folder}/extra.yaml"), "name: $values.nobody\n");
    }
    sandbox.write("arm64/more.yaml", "name: $values.arm\n");
    let run = push_both(&sandbox, "oci-layout://layout:1", &[]).run();
    let said = run.stderr().to_owned();
    run.ok();
    assert_eq!(said.matches("Flux leaves out logo.png").count(), 1, "{said}");
    assert_eq!(said.matches("$values.nobody").count(), 1, "{said}");
    assert!(said.contains("warning: linux/arm64: more.yaml: no values file declares $values.arm"), "{said}");
    assert!(!said.contains("linux/amd64"), "{said}");
}

/// `push_both` without flags that say where the content comes from.
fn push_from_git(sandbox: &Sandbox, more: &[&str]) -> crate::support::sandbox::Run {
    let words = ["push", "artifact", "oci-layout://layout:1", "--path", AMD, "--path", ARM];
    sandbox.bobctl(words.iter().chain(more)).run()
}

#[test]
fn one_checkout_is_the_origin_of_all() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let commit = sandbox.git_init(".", "https://github.com/org/webapp.git");
    push_from_git(&sandbox, &[]).ok();
    let listed = sandbox.bobctl(["list", "artifacts", "oci-layout://layout", "-o", "json"]).run().ok();
    assert!(listed.contains(&format!("main@sha1:{commit}")) && listed.contains("2026-01-02T03:04:05Z"), "{listed}");
    // One folder that is not as the commit has it is enough.
    sandbox.write("arm64/new", "");
    let dirty = push_from_git(&sandbox, &[]);
    assert_eq!(dirty.stderr().matches("not committed").count(), 1, "{}", dirty.stderr());
    dirty.ok();
    let listed = sandbox.bobctl(["list", "artifacts", "oci-layout://layout", "-o", "json"]).run().ok();
    assert!(listed.contains(&commit) && !listed.contains("2026-01-02T03:04:05Z"), "{listed}");
}

#[test]
fn checkouts_that_differ_need_to_be_told() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    sandbox.git_init("amd64", "https://user:secret@github.com/org/amd.git");
    sandbox.git_init("arm64", "https://github.com/org/arm.git");
    let error = push_from_git(&sandbox, &[]).fails(2);
    for part in ["amd64 and arm64", "https://github.com/org/amd.git", "https://github.com/org/arm.git", "--revision="] {
        assert!(error.contains(part) && !error.contains("secret"), "{part}: {error}");
    }
    let error = push_from_git(&sandbox, &["--source=https://github.com/org/both"]).fails(2);
    assert!(error.contains("the same revision: 'main@sha1:"), "{error}");
    push_from_git(&sandbox, &["--source=https://github.com/org/both", "--revision=v1"]).ok();
    // Both were committed at the same time, and neither has changed.
    let listed = sandbox.bobctl(["list", "artifacts", "oci-layout://layout", "-o", "json"]).run().ok();
    assert!(listed.contains("2026-01-02T03:04:05Z"), "{listed}");
}
