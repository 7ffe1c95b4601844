//! Manifests of the early prototypes, which nobody writes any more (`artifact.md` section 8).

use bobctl::oci::{Digest, RawManifest, media_type};
use bobctl::store::layout::Layout;
use bobctl::store::{BytesSource, Store};
use serde_json::{Value, json};

use super::{each, tree};
use crate::support::fault::{FaultRegistry, Feature};
use crate::support::sandbox::Sandbox;
use crate::support::story::{digest, fault, layout, pull, push, webapp};

const CONTENT: &str = "kind: Prototype\n";
const CONFIG: &str = r#"{"prototype":true}"#;

/// Media type, artifact type and bytes of each form, about `subject`.
fn documents(subject: &Value) -> [(&'static str, &'static str, String); 3] {
    let blob = json!({"mediaType": "text/yaml", "digest": Digest::of(CONTENT.as_bytes()), "size": CONTENT.len(),
        "annotations": {"org.opencontainers.image.title": "bob.yaml"}});
    let config = json!({"mediaType": "x/config", "digest": Digest::of(CONFIG.as_bytes()), "size": CONFIG.len()});
    let artifact = media_type::PROTOTYPE_ARTIFACT;
    let document = |media_type: &'static str, kind, mut members: Value| {
        members["mediaType"] = json!(media_type);
        members["subject"] = subject.clone();
        members["annotations"] = json!({"org.opencontainers.artifact.created": "2022-01-02T03:04:05Z"});
        (media_type, kind, members.to_string())
    };
    [
        document(artifact, "x/blobs", json!({"artifactType": "x/blobs", "blobs": [blob]})),
        document(artifact, "x/config", json!({"schemaVersion": 2, "config": config, "manifests": [blob]})),
        document(media_type::PROTOTYPE_ORAS, "x/oras", json!({"artifactType": "x/oras", "blobs": [blob]})),
    ]
}

/// The three forms are listed as referrers, and each can be pulled.
fn assert_read(sandbox: &Sandbox, repository: &str, found: &Value) {
    let mut kinds = each(&found["referrers"], "artifactType");
    kinds.sort_unstable();
    assert_eq!(kinds, ["x/blobs", "x/config", "x/oras"], "{found}");
    assert_eq!(each(&found["referrers"], "created"), ["2022-01-02T03:04:05Z"; 3], "{found}");
    for node in found["referrers"].as_array().unwrap() {
        let out = node["artifactType"].as_str().unwrap();
        let reference = format!("{repository}@{}", node["digest"].as_str().unwrap());
        pull(sandbox, &reference, out, &[]).run().ok();
        assert_eq!(sandbox.read(format!("{out}/bob.yaml")), CONTENT, "{node}");
    }
}

fn subject(sandbox: &Sandbox, reference: &str) -> Value {
    let digest = digest(&push(sandbox, reference, "bob", &[]).run().ok());
    let root = tree(sandbox, reference, &[]);
    json!({"mediaType": media_type::MANIFEST, "digest": digest, "size": root["size"]})
}

#[test]
fn in_a_layout_they_are_referrers_and_can_be_pulled() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = layout(&sandbox);
    let subject = subject(&sandbox, &place.tagged("1"));
    let mut index: Value = serde_json::from_str(&sandbox.read("layout/index.json")).unwrap();
    let blob = |bytes: &str| {
        let digest = Digest::of(bytes.as_bytes());
        sandbox.write(format!("layout/blobs/sha256/{}", digest.hex()), bytes);
        digest
    };
    for (media_type, _, text) in documents(&subject) {
        let entry = json!({"mediaType": media_type, "digest": blob(&text), "size": text.len()});
        index["manifests"].as_array_mut().unwrap().push(entry);
    }
    blob(CONTENT);
    blob(CONFIG);
    sandbox.write("layout/index.json", index.to_string());
    assert_read(&sandbox, place.repository(), &tree(&sandbox, &place.tagged("1"), &[]));
}

#[test]
fn a_layout_that_they_are_copied_to_lists_them() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = layout(&sandbox);
    let subject = subject(&sandbox, &place.tagged("1"));
    let store = Layout::open(sandbox.path("layout"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for bytes in [CONTENT, CONFIG] {
            store.write_blob(&BytesSource::new("x", bytes)).await.unwrap();
        }
        for (media_type, _, text) in documents(&subject) {
            store.write_manifest(&RawManifest::new(media_type, text), None).await.unwrap();
        }
    });
    assert_read(&sandbox, place.repository(), &tree(&sandbox, &place.tagged("1"), &[]));
}

#[test]
fn in_a_registry_that_takes_them_they_are_referrers_and_can_be_pulled() {
    for registry in [FaultRegistry::start(), FaultRegistry::builder().with(Feature::StrictAccept).start()] {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let place = fault(&registry);
        let name = "org/bobs/webapp";
        let subject = subject(&sandbox, &place.tagged("1"));
        for bytes in [CONTENT, CONFIG] {
            registry.put_blob(name, bytes);
        }
        for (_, _, text) in documents(&subject) {
            registry.put_manifest(name, None, text);
        }
        assert_read(&sandbox, place.repository(), &tree(&sandbox, &place.tagged("1"), &[]));
    }
}
