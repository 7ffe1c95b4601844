//! Anything that a registry holds can be copied, not only what bobctl makes.

use bobctl::oci::media_type;
use serde_json::{Value, json};

use super::{copied, copy};
use crate::support::fault::FaultRegistry;
use crate::support::sandbox::Sandbox;

const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const FOREIGN: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

/// A blob of `org/app` and its descriptor.
fn blob(registry: &FaultRegistry, kind: &str, text: &str) -> Value {
    json!({"mediaType": kind, "size": text.len(), "digest": registry.put_blob("org/app", text.to_owned())})
}

fn source(registry: &FaultRegistry) -> String {
    registry.reference("org/app:1")
}

#[test]
fn odd_white_space_is_kept() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let config = blob(&registry, IMAGE_CONFIG, "{}");
    let text = format!(
        "\n{{ \"schemaVersion\":2,\t\"mediaType\": \"{}\",\r\n \"layers\":[ ] , \"config\": {config}\n}}\n",
        media_type::MANIFEST
    );
    let digest = registry.put_manifest("org/app", Some("1"), text.clone());
    let layout = format!("oci-layout://{}:1", sandbox.path("layout").display());
    copy(&sandbox, &source(&registry), &layout, &[]).run().ok();
    assert_eq!(sandbox.read(format!("layout/blobs/sha256/{}", digest.hex())), text);
    let back = FaultRegistry::start();
    copy(&sandbox, &layout, &back.reference("org/app:1"), &[]).run().ok();
    assert_eq!((back.tag("org/app", "1"), back.manifest("org/app", "1")), (Some(digest), Some(text.into())));
}

#[test]
fn docker_s_images_come_along_and_foreign_layers_stay_where_they_are() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let config = blob(&registry, "application/vnd.docker.container.image.v1+json", "{}");
    let layer = blob(&registry, "application/vnd.docker.image.rootfs.diff.tar.gzip", "layer");
    // The first is in the registry all the same.
    let kept = blob(&registry, FOREIGN, "kept");
    let absent = bobctl::oci::Digest::of(b"elsewhere");
    let elsewhere =
        json!({"mediaType": FOREIGN, "size": 9, "digest": absent, "urls": [format!("{}/secret", registry.url())]});
    let image = json!({
        "schemaVersion": 2, "mediaType": media_type::DOCKER_MANIFEST, "config": config, "layers": [layer, kept, elsewhere]
    });
    let image = image.to_string();
    let digest = registry.put_manifest("org/app", None, image.clone());
    let list = json!({"schemaVersion": 2, "mediaType": media_type::DOCKER_LIST, "manifests": [{
        "mediaType": media_type::DOCKER_MANIFEST, "size": image.len(), "digest": digest,
        "platform": {"os": "windows", "architecture": "amd64"}
    }]});
    registry.put_manifest("org/app", Some("1"), list.to_string());
    let target = format!("oci-layout://{}:1", sandbox.path("layout").display());
    let run = copy(&sandbox, &source(&registry), &target, &["--format", "json"]).run();
    assert!(run.stderr().contains(&format!("note: layer {absent} is kept elsewhere")), "{}", run.stderr());
    let printed: Value = serde_json::from_str(&run.ok()).unwrap();
    assert_eq!((&printed["blobs"]["sent"], &printed["manifests"]["sent"]), (&json!(3), &json!(2)));
    assert!(!registry.log().requests().iter().any(|request| request.contains("secret")), "{}", registry.log());
}

#[test]
fn an_index_of_layers_comes_along() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    // As BuildKit keeps its caches.
    let layer = blob(&registry, "application/vnd.oci.image.layer.v1.tar+gzip", "cached");
    let config = blob(&registry, "application/vnd.buildkit.cacheconfig.v0", "{}");
    let cache = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [layer, config]});
    registry.put_manifest("org/app", Some("1"), cache.to_string());
    let target = format!("oci-layout://{}:1", sandbox.path("layout").display());
    let copied = copied(&sandbox, &source(&registry), &target, &[]);
    assert_eq!((&copied["manifests"]["sent"], &copied["blobs"]["sent"]), (&json!(1), &json!(2)));
}

#[test]
fn what_is_listed_is_written_before_all_that_list_it() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let index = |tag: Option<&str>, entries: &[&Value]| {
        let text = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries}).to_string();
        let digest = registry.put_manifest("org/app", tag, text.clone());
        json!({"mediaType": media_type::INDEX, "size": text.len(), "digest": digest})
    };
    // The first is listed twice: by the top, and by one that the top lists.
    let inner = index(None, &[]);
    let middle = index(None, &[&inner]);
    let top = index(Some("1"), &[&inner, &middle]);
    let copied = copied(&sandbox, &source(&registry), &registry.reference("org/copy:1"), &[]);
    assert_eq!(copied["manifests"]["sent"], 3);
    let log = registry.log().only(|record| record.method == "PUT");
    let order: Vec<Value> = log.records().iter().map(|record| json!(record.received)).collect();
    assert_eq!(order, [&inner, &middle, &top].map(|entry| entry["size"].clone()), "{log}");

    let deepest = (0..9).fold(top, |below, _| index(Some("deep"), &[&below]));
    let error =
        copy(&sandbox, &registry.reference("org/app:deep"), &registry.reference("org/copy:deep"), &[]).run().fails(1);
    assert!(error.contains("indexes are nested more than 8 deep"), "{error} {deepest}");
}

#[test]
fn a_type_that_nobody_knows_is_copied_as_its_bytes() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let text = r#"{"mediaType":"application/vnd.acme.thing+json","things":[1,2]}"#;
    registry.put_manifest("org/app", Some("1"), text);
    let run = copy(&sandbox, &source(&registry), &registry.reference("org/copy:1"), &[]).run();
    assert!(run.stderr().contains("nothing but its bytes is copied"), "{}", run.stderr());
    run.ok();
    assert_eq!(registry.manifest("org/copy", "1"), Some(text.into()));

    let old = r#"{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json","fsLayers":[]}"#;
    registry.put_manifest("org/app", Some("1"), old);
    let error = copy(&sandbox, &source(&registry), &registry.reference("org/copy:2"), &[]).run().fails(1);
    assert!(error.contains("schema 1"), "{error}");
}

#[test]
fn what_an_index_lacks_is_named() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let gone = bobctl::oci::Digest::of(b"gone");
    let entry = json!({"mediaType": media_type::MANIFEST, "size": 4, "digest": gone});
    let index = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [entry]});
    registry.put_manifest("org/app", Some("1"), index.to_string());
    let error = copy(&sandbox, &source(&registry), &registry.reference("org/copy:1"), &[]).run().fails(3);
    assert!(error.contains(&format!("lists {gone}, which is not in")) && error.contains("--platform"), "{error}");
    assert_eq!(registry.tags("org/copy"), [""; 0]);
}
