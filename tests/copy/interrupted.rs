//! A copy that was ended goes on where it stopped.

use bobctl::oci::media_type;
use serde_json::{Value, json};

use super::{copied, copy};
use crate::support::fault::{FaultRegistry, PUT, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::noise;

/// How many layers the image has, besides its config.
const LAYERS: usize = 8;

/// An image in `org/app:1`.
fn image(registry: &FaultRegistry) {
    let layer = |number: usize| {
        let bytes = [number.to_string().as_bytes(), noise(400_000).as_slice()].concat();
        json!({"mediaType": "t", "size": bytes.len(), "digest": registry.put_blob("org/app", bytes)})
    };
    let layers: Vec<Value> = (0..LAYERS).map(layer).collect();
    let config = json!({"mediaType": "c", "size": 2, "digest": registry.put_blob("org/app", "{}")});
    let image = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": layers});
    registry.put_manifest("org/app", Some("1"), image.to_string());
}

fn sum(counts: &Value) -> u64 {
    ["mounted", "sent", "present"].iter().map(|name| counts[name].as_u64().unwrap()).sum()
}

#[test]
fn a_killed_copy_to_a_layout_leaves_a_valid_one_and_is_completed() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    image(&registry);
    let source = registry.reference("org/app:1");
    let target = format!("oci-layout://{}:1", sandbox.path("layout").display());
    let blobs = || std::fs::read_dir(sandbox.path("layout/blobs/sha256")).map_or(0, Iterator::count);
    for kept in [1, 3, 6] {
        let running = copy(&sandbox, &source, &target, &["--concurrency", "1"]).spawn();
        running.until(|| blobs() >= kept);
        running.kill();
        let _killed = running.wait();
        // No name, and nothing half-written under a digest.
        sandbox.bobctl(["describe", "artifact", &target]).run().fails(3);
        for entry in std::fs::read_dir(sandbox.path("layout/blobs/sha256")).into_iter().flatten().flatten() {
            let name = entry.file_name().into_string().unwrap();
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(name.len() != 64 || bobctl::oci::Digest::of(&bytes).hex() == name, "{name}");
        }
    }
    let completed = copied(&sandbox, &source, &target, &[]);
    let counts = &completed["blobs"];
    assert!(counts["present"].as_u64().unwrap() >= 5, "{completed}");
    assert_eq!(sum(counts), LAYERS as u64 + 1, "{completed}");
}

#[test]
fn a_killed_copy_to_a_registry_sends_only_the_rest() {
    let (sandbox, from, to) = (Sandbox::new(), FaultRegistry::start(), FaultRegistry::start());
    image(&from);
    let (source, target) = (from.reference("org/app:1"), to.reference("org/copy:1"));
    let closed = |to: &FaultRegistry| to.log().only(|it| it.method == "PUT" && it.status == Some(201)).count();
    let running = copy(&sandbox, &source, &target, &["--concurrency", "1"]).spawn();
    running.until(|| closed(&to) >= 3);
    running.kill();
    let _killed = running.wait();
    assert_eq!(to.tags("org/copy"), [""; 0]);
    let completed = copied(&sandbox, &source, &target, &[]);
    let counts = &completed["blobs"];
    assert!(counts["present"].as_u64().unwrap() >= 3, "{completed}");
    assert_eq!(sum(counts), LAYERS as u64 + 1, "{completed}");
}

#[test]
fn ctrl_c_ends_it_and_calls_off_what_was_begun() {
    let (sandbox, from, to) = (Sandbox::new(), FaultRegistry::start(), FaultRegistry::start());
    image(&from);
    to.fault(on(PUT).upload().hang());
    let running = copy(&sandbox, &from.reference("org/app:1"), &to.reference("org/copy:1"), &[]).spawn();
    // All that go at the same time are under way.
    running.until(|| to.log().only(|record| record.method == "PUT").count() >= 6);
    running.interrupt();
    running.wait().fails(130);
    assert_eq!(to.tags("org/copy"), [""; 0]);
    assert!(to.log().only(|record| record.method == "DELETE").count() > 0, "{}", to.log());
}
