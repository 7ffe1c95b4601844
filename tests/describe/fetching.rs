//! What is fetched, what is checked, and what is left behind.

use serde_json::{Value, json};

use bobctl::oci::Digest;

use super::{EMPTY, INDEX, MANIFEST, describe, described};
use crate::support::fault::{FaultRegistry, Feature, GET, HEAD, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{noise, push, webapp};

const REPOSITORY: &str = "org/bobs/webapp";

/// The artifact as `1`, and what is asked for to describe it: the digests of the blobs.
fn blobs(registry: &FaultRegistry, act: impl FnOnce()) -> Vec<String> {
    let before = registry.log();
    act();
    let log = registry.log().since(&before);
    let blobs = log.records().iter().filter_map(|record| record.target.split_once("/blobs/"));
    blobs.map(|(_, digest)| digest.to_owned()).collect()
}

fn manifest(registry: &FaultRegistry, tag: &str) -> Value {
    serde_json::from_slice(&registry.manifest(REPOSITORY, tag).unwrap()).unwrap()
}

#[test]
fn the_layer_is_fetched_only_for_what_it_holds() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let (bob, plain) = (registry.reference(&format!("{REPOSITORY}:1")), registry.reference(&format!("{REPOSITORY}:2")));
    push(&sandbox, &bob, "bob", &[]).run().ok();
    sandbox.write("plain/README.md", "neither profiles nor values\n");
    sandbox.write("plain/bob.test", "kind: Pod\n");
    push(&sandbox, &plain, "plain", &[]).run().ok();
    let named =
        |tag: &str, pointer: &str| manifest(&registry, tag).pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let (config, layer) = (named("1", "/config/digest"), named("1", "/layers/0/digest"));
    let (plain_config, plain_layer) = (named("2", "/config/digest"), named("2", "/layers/0/digest"));
    let fetched = |reference: &str, more: &[&str]| {
        let mut fetched = blobs(&registry, || drop(describe(&sandbox, reference, more).run().ok()));
        fetched.sort();
        fetched
    };
    let sorted = |mut digests: Vec<String>| {
        digests.sort();
        digests
    };
    assert_eq!(fetched(&bob, &[]), sorted(vec![config.clone(), layer.clone()]));
    assert_eq!(fetched(&bob, &["--files"]), sorted(vec![config, layer]));
    assert_eq!(fetched(&bob, &["--raw"]), Vec::<String>::new());
    assert_eq!(fetched(&plain, &[]), std::slice::from_ref(&plain_config));
    assert_eq!(fetched(&plain, &["--files"]), sorted(vec![plain_config, plain_layer]));

    let digest = registry.tag(REPOSITORY, "1").unwrap();
    let size = registry.manifest(REPOSITORY, "1").unwrap().len();
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": MANIFEST, "digest": digest, "size": size}]});
    registry.put_manifest(REPOSITORY, Some("3"), index.to_string());
    assert_eq!(fetched(&registry.reference(&format!("{REPOSITORY}:3")), &["--files"]), Vec::<String>::new());
}

#[test]
fn large_content_is_fetched_when_files_are_asked_for() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/noise", noise(17 << 20));
    let registry = FaultRegistry::start();
    let reference = registry.reference(&format!("{REPOSITORY}:1"));
    push(&sandbox, &reference, "bob", &[]).run().ok();
    let layer = manifest(&registry, "1")["layers"][0]["digest"].as_str().unwrap().to_owned();
    let fetched = blobs(&registry, || {
        let run = describe(&sandbox, &reference, &["-o", "json"]).run();
        assert!(run.stderr().contains("--files"), "{}", run.stderr());
        let told: Value = serde_json::from_str(&run.ok()).unwrap();
        assert_eq!(told["bob"]["values"], json!([{"name": "CIDR"}, {"name": "name"}]));
        assert_eq!(told["bob"]["profiles"][0]["containers"], json!([{"name": "app", "image": "ghcr.io/org/webapp:1"}]));
    });
    assert!(!fetched.contains(&layer), "{fetched:?}");
    let told = described(&sandbox, &reference, &["--files"]);
    assert_eq!(told["bob"]["values"][1], json!({"name": "name", "default": "webapp"}));
    assert_eq!(told["files"][4], json!({"path": "noise", "mode": "0644", "size": 17 << 20}));
}

/// What breaks, how, and the exit code.
type Case<'a> = (&'a str, &'a dyn Fn(&FaultRegistry), i32);

#[test]
fn content_that_is_not_what_it_should_be_is_refused_and_nothing_stays() {
    let altered = |registry: &FaultRegistry| registry.fault(on(GET).blob().flip_byte(5));
    let cut = |registry: &FaultRegistry| registry.fault(on(GET).blob().cut_after(20));
    let tampered = |registry: &FaultRegistry| registry.fault(on(GET).manifest().flip_byte(30));
    let promised = |registry: &FaultRegistry| {
        let mut manifest = manifest(registry, "1");
        let config = json!({"bob": {"content": Digest::of(b"other"), "values": ["name"]}}).to_string();
        manifest["config"]["digest"] = json!(registry.put_blob(REPOSITORY, config.clone()));
        manifest["config"]["size"] = json!(config.len());
        registry.put_manifest(REPOSITORY, Some("1"), manifest.to_string());
    };
    let broken = |registry: &FaultRegistry| {
        let mut manifest = manifest(registry, "1");
        let config = json!({"bob": {"values": ["name"]}}).to_string();
        manifest["config"]["digest"] = json!(registry.put_blob(REPOSITORY, config.clone()));
        manifest["config"]["size"] = json!(config.len());
        manifest["layers"][0]["digest"] = json!(registry.put_blob(REPOSITORY, "no gzip"));
        manifest["layers"][0]["size"] = json!(7);
        registry.put_manifest(REPOSITORY, Some("1"), manifest.to_string());
    };
    let cases: [Case<'_>; 5] = [
        ("altered", &altered, 6),
        ("cut", &cut, 5),
        ("tampered manifest", &tampered, 6),
        ("another promise", &promised, 6),
        ("no archive", &broken, 6),
    ];
    for (name, break_it, code) in cases {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = FaultRegistry::start();
        let reference = registry.reference(&format!("{REPOSITORY}:1"));
        push(&sandbox, &reference, "bob", &[]).run().ok();
        sandbox.write("tmp/mine", "");
        break_it(&registry);
        for more in [&[][..], &["--files"]] {
            let run = describe(&sandbox, &reference, more).env("TMPDIR", sandbox.path("tmp")).run();
            assert_eq!((run.code(), run.stdout()), (Some(code), ""), "{name}: {}", run.stderr());
            assert_eq!(sandbox.tree("tmp").lines().count(), 1, "{name}");
        }
    }
}

#[test]
fn a_config_that_says_something_else_is_warned_of() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let reference = registry.reference(&format!("{REPOSITORY}:1"));
    push(&sandbox, &reference, "bob", &[]).run().ok();
    let mut manifest = manifest(&registry, "1");
    let config = json!({"bob": {"profiles": [{"file": "other.yaml", "kind": "ApplicationProfile"}]}}).to_string();
    manifest["config"]["digest"] = json!(registry.put_blob(REPOSITORY, config.clone()));
    manifest["config"]["size"] = json!(config.len());
    registry.put_manifest(REPOSITORY, Some("1"), manifest.to_string());
    let run = describe(&sandbox, &reference, &["-o", "json"]).run();
    assert!(run.stderr().contains("the config does not say what the content holds"), "{}", run.stderr());
    let told: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(told["bob"]["profiles"][0]["file"], "bob.yaml");
}

#[test]
fn a_machine_without_room_says_what_the_config_says() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let reference = registry.reference(&format!("{REPOSITORY}:1"));
    push(&sandbox, &reference, "bob", &[]).run().ok();
    let nowhere = |more: &[&str]| describe(&sandbox, &reference, more).env("TMPDIR", "/nowhere").run();
    let run = nowhere(&["-o", "json"]);
    assert!(run.stderr().contains("/nowhere"), "{}", run.stderr());
    let told: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(told["bob"]["values"], json!([{"name": "CIDR"}, {"name": "name"}]));
    let error = nowhere(&["--files"]).fails(1);
    assert!(error.contains("/nowhere"), "{error}");
}

#[test]
fn ctrl_c_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let reference = registry.reference(&format!("{REPOSITORY}:1"));
    push(&sandbox, &reference, "bob", &[]).run().ok();
    sandbox.write("tmp/mine", "");
    registry.fault(on(GET).blob().stall_after(20));
    let asked = registry.log().count();
    let running = describe(&sandbox, &reference, &["--files"]).env("TMPDIR", sandbox.path("tmp")).spawn();
    registry.wait_for(asked + 3);
    running.interrupt();
    let error = running.wait().fails(130);
    assert!(error.contains("interrupted"), "{error}");
    assert_eq!(sandbox.tree("tmp").lines().count(), 1);
}

#[test]
fn ctrl_c_while_it_unpacks_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    // Far enough apart for the compressor not to notice that it is the same again.
    sandbox.write("bob/noise", noise(1 << 20).repeat(32));
    sandbox.write("tmp/mine", "");
    push(&sandbox, "oci-layout://layout:1", "bob", &[]).run().ok();
    let running = describe(&sandbox, "oci-layout://layout:1", &["--files"]).env("TMPDIR", sandbox.path("tmp")).spawn();
    running.until(|| std::fs::read_dir(sandbox.path("tmp")).unwrap().count() > 1);
    running.interrupt();
    let error = running.wait().fails(130);
    assert!(error.contains("interrupted"), "{error}");
    assert_eq!(sandbox.tree("tmp").lines().count(), 1);
}

#[test]
fn a_store_that_does_not_tell_what_is_attached_tells_all_else() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let config = json!({"mediaType": EMPTY, "digest": registry.put_blob("a/b", "{}"), "size": 2});
    let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
    let digest = registry.put_manifest("a/b", Some("1"), manifest.to_string());
    registry.fault(on(HEAD).manifest().path(".sig").answer(401));
    let run = describe(&sandbox, &registry.reference("a/b:1"), &["-o", "json"]).run();
    assert!(run.stderr().contains("referrers and signatures cannot be listed"), "{}", run.stderr());
    let told: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!(told["digest"], json!(digest));
    assert_eq!((told.get("referrers"), told.get("signatures")), (None, None));
}
