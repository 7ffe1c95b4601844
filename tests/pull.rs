//! `pull artifact`: what is checked, and what is left alone.

use serde_json::{Value, json};

use bobctl::oci::Digest;

use crate::support::fault::{FaultRegistry, GET, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, digest, every_place, pull, push, webapp};

#[test]
fn json_has_the_documented_fields() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let pushed = push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let value: Value =
        serde_json::from_str(&pull(&sandbox, &place.tagged("1"), "out", &["--format", "json"]).run().ok()).unwrap();
    let expected = json!({
        "reference": pushed.trim_end(),
        "digest": digest(&pushed),
        "output": "out",
        "files": [".hidden/notes.txt", "bob.test", "bob.values", "bob.yaml", "run.sh"],
    });
    assert_eq!(value, expected);
}

#[test]
fn a_range_takes_the_newest_version_in_it() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        for version in ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1", "2.0.0"] {
            sandbox.write("bob/version", version);
            push(&sandbox, &place.tagged(version), "bob", &[]).run().ok();
        }
        for (range, expected) in
            [("^1", "1.10.0"), (">=1.0 <1.5", "1.2.0"), ("*", "2.0.0"), (">=2.0.0-0 <2.0.0", "2.0.0-rc.1")]
        {
            let out = format!("{} {}", place.name, range.replace('<', "lt"));
            pull(&sandbox, place.repository(), &out, &["--semver", range]).run().ok();
            assert_eq!(sandbox.read(format!("{out}/version")), expected, "{range}");
        }
        let error = pull(&sandbox, place.repository(), "none", &["--semver", ">3"]).run().fails(3);
        assert!(error.contains("no tag") && error.contains(">3"), "{error}");
        let bare = place.repository().trim_start_matches("oci://");
        assert!(error.contains(&format!("`bobctl list artifacts {bare}`")), "{error}");
        assert!(!sandbox.exists("none"));
    }
}

#[test]
fn a_folder_that_is_not_empty_is_left_alone_without_force() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    sandbox.write("out/mine", "kept");
    let before = sandbox.tree("out");
    let error = pull(&sandbox, &place.tagged("1"), "out", &[]).run().fails(7);
    assert!(error.contains("out") && error.contains("--force"), "{error}");
    assert_eq!(sandbox.tree("out"), before);
    pull(&sandbox, &place.tagged("1"), "out", &["--force"]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    assert_eq!(leftovers(&sandbox), "");
}

#[test]
fn some_folders_are_never_replaced() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    sandbox.write("checkout/.git/HEAD", "ref: refs/heads/main\n");
    sandbox.write("../home/mine", "kept");
    let home = sandbox.home().display().to_string();
    for folder in [".", home.as_str(), "/", "checkout", "/proc"] {
        let error = pull(&sandbox, &place.tagged("1"), folder, &["--force"]).run().fails(2);
        assert!(error.starts_with("error: "), "{folder}: {error}");
    }
    for folder in [".", home.as_str(), "checkout"] {
        let error = pull(&sandbox, &place.tagged("1"), folder, &[]).run().fails(7);
        assert!(!error.contains("--force") && error.contains("hint: name a folder below it"), "{folder}: {error}");
    }
    assert!(sandbox.exists("../home/mine") && sandbox.exists("bob/bob.yaml") && sandbox.exists("checkout/.git/HEAD"));
}

/// What breaks, how, and the exit code.
type Case<'a> = (&'a str, &'a dyn Fn(&FaultRegistry), i32);

#[test]
fn nothing_is_left_of_a_pull_that_fails() {
    let altered = |registry: &FaultRegistry| registry.fault(on(GET).blob().flip_byte(5));
    let truncated = |registry: &FaultRegistry| registry.fault(on(GET).blob().truncate(20));
    let longer = |registry: &FaultRegistry| registry.fault(on(GET).blob().append("more"));
    let cut = |registry: &FaultRegistry| registry.fault(on(GET).blob().cut_after(20));
    let html = |registry: &FaultRegistry| registry.fault(on(GET).manifest().html());
    let tampered = |registry: &FaultRegistry| registry.fault(on(GET).manifest().flip_byte(30));
    let cases: [Case<'_>; 6] = [
        ("altered", &altered, 6),
        ("truncated", &truncated, 6),
        ("longer", &longer, 6),
        ("cut", &cut, 5),
        ("html", &html, 5),
        ("tampered manifest", &tampered, 6),
    ];
    for (name, break_it, code) in cases {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = FaultRegistry::start();
        let place = story::fault(&registry);
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        sandbox.write("out/mine", "kept");
        let before = sandbox.tree(".");
        break_it(&registry);
        for (folder, more) in [("new", &[][..]), ("out", &["--force"][..])] {
            let run = pull(&sandbox, &place.tagged("1"), folder, more).run();
            assert_eq!(run.code(), Some(code), "{name}: {}", run.stderr());
            assert_eq!(run.stdout(), "", "{name}");
            assert_eq!(sandbox.tree("."), before, "{name}");
        }
    }
}

#[test]
fn an_altered_blob_in_a_layout_is_named() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let value: Value =
        serde_json::from_str(&push(&sandbox, &place.tagged("1"), "bob", &["-o", "json"]).run().ok()).unwrap();
    let layer = value["layer"]["digest"].as_str().unwrap();
    let path = format!("layout/blobs/{}", layer.replace(':', "/"));
    sandbox.program("chmod", ["0644", &path]).run().ok();
    sandbox.write(&path, "x".repeat(usize::try_from(value["layer"]["size"].as_u64().unwrap()).unwrap()));
    let error = pull(&sandbox, &place.tagged("1"), "out", &[]).run().fails(6);
    assert!(error.contains(layer), "{error}");
    assert!(!sandbox.exists("out"));
}

#[test]
fn the_config_keeps_its_promise_or_nothing_is_unpacked() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let mut manifest: Value = serde_json::from_slice(&registry.manifest("org/bobs/webapp", "1").unwrap()).unwrap();
    let other = Digest::of(b"other");
    let layer = manifest["layers"][0]["digest"].clone();
    for (promise, part) in [
        (json!({"rootfs": {"type": "layers", "diff_ids": [other]}, "bob": {}}), "layer"),
        (json!({"rootfs": {"type": "layers", "diff_ids": [layer]}, "bob": {"content": other}}), "content"),
    ] {
        let config = promise.to_string();
        manifest["config"]["digest"] = json!(registry.put_blob("org/bobs/webapp", config.clone()));
        manifest["config"]["size"] = json!(config.len());
        registry.put_manifest("org/bobs/webapp", Some("2"), manifest.to_string());
        let error = pull(&sandbox, &place.tagged("2"), "out", &[]).run().fails(6);
        assert!(error.contains("the config promises") && error.contains(part), "{error}");
        assert!(!sandbox.exists("out"));
    }
}

#[test]
fn what_is_no_artifact_is_refused_by_its_type() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let config = registry.put_blob("a/image", "{}");
    let layer = registry.put_blob("a/image", "layer");
    let descriptor = |media_type: &str, digest: &Digest, size: usize| json!({"mediaType": media_type, "digest": digest, "size": size});
    let image = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config, 2),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &layer, 5)],
    });
    registry.put_manifest("a/image", Some("1"), image.to_string());
    let error = pull(&sandbox, &registry.reference("a/image:1"), "out", &[]).run().fails(1);
    assert!(error.contains("not a BoB artifact (type 'application/vnd.oci.image.config.v1+json')"), "{error}");
    assert!(!sandbox.exists("out"));
}

#[test]
fn an_index_without_this_platform_names_those_it_has() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    let manifest = registry.manifest("a/b", "1").unwrap();
    let entry = |os: &str, architecture: &str| {
        json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": Digest::of(&manifest),
            "size": manifest.len(),
            "platform": {"os": os, "architecture": architecture},
        })
    };
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [entry("linux", "s390x"), entry("windows", "amd64")],
    });
    let digest = registry.put_manifest("a/b", Some("2"), index.to_string());
    let error = pull(&sandbox, &registry.reference("a/b:2"), "out", &[]).run().fails(3);
    assert!(error.contains("linux/s390x, windows/amd64") && error.contains("--platform"), "{error}");
    let printed = pull(&sandbox, &registry.reference("a/b:2"), "out", &["--platform", "linux/s390x"]).run().ok();
    assert_eq!(story::digest(&printed), digest.to_string());
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn an_archive_without_files_replaces_nothing() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    sandbox.write("empty", [0; 1024]);
    sandbox.program("gzip", ["empty"]).run().ok();
    let layer = std::fs::read(sandbox.path("empty.gz")).unwrap();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": registry.put_blob("a/b", "{}"), "size": 2},
        "layers": [{
            "mediaType": "application/vnd.cncf.flux.content.v1.tar+gzip",
            "digest": registry.put_blob("a/b", layer.clone()),
            "size": layer.len(),
        }],
    });
    registry.put_manifest("a/b", Some("1"), manifest.to_string());
    sandbox.write("out/mine", "kept");
    let error = pull(&sandbox, &registry.reference("a/b:1"), "out", &["--force"]).run().fails(1);
    assert!(error.contains("hold no files"), "{error}");
    assert_eq!(sandbox.read("out/mine"), "kept");
}

#[test]
fn more_than_allowed_is_not_unpacked() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/zeros", vec![0; 3 << 20]);
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let error = pull(&sandbox, &place.tagged("1"), "out", &["--max-unpacked-size", "2Mi"]).run().fails(6);
    assert!(error.contains("--max-unpacked-size"), "{error}");
    assert_eq!(leftovers(&sandbox), "");
    pull(&sandbox, &place.tagged("1"), "out", &["--max-unpacked-size", "4Mi"]).run().ok();
}

#[test]
fn ctrl_c_leaves_the_old_folder_and_nothing_else() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    sandbox.write("out/mine", "kept");
    let before = sandbox.tree(".");
    registry.fault(on(GET).blob().stall_after(20));
    let asked = registry.log().count();
    let running = pull(&sandbox, &place.tagged("1"), "out", &["--force"]).spawn();
    registry.wait_for(asked + 3);
    running.interrupt();
    let error = running.wait().fails(130);
    assert!(error.contains("interrupted"), "{error}");
    assert_eq!(sandbox.tree("."), before);
}

#[test]
fn a_timeout_ends_what_stalls() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    registry.fault(on(GET).blob().stall_after(20));
    let error = pull(&sandbox, &place.tagged("1"), "out", &["--timeout", "300ms"]).run().fails(5);
    assert!(error.contains("--timeout"), "{error}");
    let error = pull(&sandbox, &place.tagged("1"), "out", &["--idle-timeout", "300ms"]).run().fails(5);
    assert!(error.contains("300ms") || error.contains("idle") || error.contains("without a byte"), "{error}");
    assert!(!sandbox.exists("out"));
}

#[test]
fn two_pulls_into_one_folder_leave_one_whole_folder() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let both: Vec<_> = (0..2).map(|_| pull(&sandbox, &place.tagged("1"), "out", &["--force"]).spawn()).collect();
    let codes: Vec<_> = both.into_iter().map(|running| running.wait().code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    assert_eq!(leftovers(&sandbox), "");
}

/// What is in the working folder and was not put there by name.
fn leftovers(sandbox: &Sandbox) -> String {
    sandbox.tree(".").lines().filter(|line| line.contains(".bobctl-")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_timeout_of_zero_is_none() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let never = ["--timeout=0", "--idle-timeout=0s"];
    push(&sandbox, &registry.reference("a/b:1"), "bob", &never).run().ok();
    pull(&sandbox, &registry.reference("a/b:1"), "out", &never).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}
