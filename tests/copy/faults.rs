//! What goes wrong on the way leaves no name behind, and is mended where it can be.

use bobctl::oci::media_type;
use serde_json::json;

use super::{copied, copy, index};
use crate::support::fault::{FaultRegistry, Feature, GET, POST, PUT, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::noise;

#[test]
fn where_nothing_can_be_mounted_everything_is_sent() {
    let sandbox = Sandbox::new();
    let forbidding = FaultRegistry::start();
    forbidding.fault(on(POST).path("mount=").error(403, "DENIED"));
    for registry in [forbidding, FaultRegistry::builder().without(Feature::Mounts).start()] {
        index(registry.reference("org/app"));
        let copied = copied(&sandbox, &registry.reference("org/app:1"), &registry.reference("org/copy:1"), &[]);
        assert_eq!(copied["blobs"], json!({"mounted": 0, "sent": 3, "present": 0}));
    }
}

#[test]
fn a_registry_that_takes_back_what_it_said_gets_everything_once_more() {
    let (sandbox, from, to) = (Sandbox::new(), FaultRegistry::start(), FaultRegistry::start());
    Shelf::of(from.reference("org/app")).image(Some("1"), "linux/amd64", "app");
    // It says that it has the layer, and then that it does not.
    let layer = bobctl::oci::Digest::of(b"app");
    to.fault(
        on(crate::support::fault::HEAD).path(&layer.to_string()).first(1).answer(200).header("content-length", "3"),
    );
    to.fault(on(PUT).manifest().first(1).error(400, "MANIFEST_BLOB_UNKNOWN"));
    copy(&sandbox, &from.reference("org/app:1"), &to.reference("org/copy:1"), &[]).run().ok();
    assert_eq!(to.blob("org/copy", &layer).unwrap(), "app");
    assert_eq!(to.tags("org/copy"), ["1"]);

    // It never does.
    to.fault(on(PUT).manifest().error(400, "MANIFEST_BLOB_UNKNOWN"));
    copy(&sandbox, &from.reference("org/app:1"), &to.reference("org/more:1"), &[]).run().fails(1);
    assert_eq!(
        to.log().only(|record| record.target.contains("org/more/manifests") && record.method == "PUT").count(),
        2
    );
}

#[test]
fn a_corrupt_blob_of_the_source_is_refused_and_nothing_is_named() {
    let (sandbox, registry, to) = (Sandbox::new(), FaultRegistry::start(), FaultRegistry::start());
    for text in [b"app".to_vec(), noise(300_000)] {
        let layer = bobctl::oci::Digest::of(&text);
        let config = registry.put_blob("org/app", "{}");
        let image = json!({
            "schemaVersion": 2, "mediaType": media_type::MANIFEST,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2, "digest": config},
            "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar", "size": text.len(), "digest": layer}],
        });
        registry.put_manifest("org/app", Some("1"), image.to_string());
        registry.corrupt_blob("org/app", &layer, vec![b'x'; text.len()]);
        let layout = format!("oci-layout://{}:1", sandbox.path("layout").display());
        for target in [to.reference("org/copy:1"), layout.clone()] {
            let error = copy(&sandbox, &registry.reference("org/app:1"), &target, &[]).run().fails(6);
            assert!(error.contains(&format!("blob {layer} came with digest")), "{error}");
        }
        assert_eq!((to.tags("org/copy"), to.open_uploads()), (Vec::new(), 0));
        sandbox.bobctl(["describe", "artifact", &layout]).run().fails(3);
    }
}

#[test]
fn a_tag_that_moves_meanwhile_is_not_looked_at_again() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let digest = index(registry.reference("org/app"));
    let other = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": []}).to_string();
    // Somebody pushes while the index's images are read.
    registry.fault(on(GET).path("/org/app/manifests/sha256:").first(1).overtaken("org/app", "1", other));
    copy(&sandbox, &registry.reference("org/app:1"), &registry.reference("org/copy:1"), &["-r"]).run().ok();
    assert_ne!(registry.tag("org/app", "1").unwrap().to_string(), digest);
    assert_eq!(registry.tag("org/copy", "1").unwrap().to_string(), digest);
    let by_tag =
        registry.log().only(|record| record.method == "GET" && record.target.ends_with("/org/app/manifests/1"));
    assert_eq!(by_tag.count(), 1);
}

#[test]
fn a_blob_that_fails_stops_the_others_and_is_what_is_told() {
    let (sandbox, registry, to) = (Sandbox::new(), FaultRegistry::start(), FaultRegistry::start());
    let texts: Vec<Vec<u8>> = (0..12_u8).map(|number| [&[number], noise(200_000).as_slice()].concat()).collect();
    let config = registry.put_blob("org/app", "{}");
    let layers: Vec<_> = texts
        .iter()
        .map(|text| json!({"mediaType": "t", "size": text.len(), "digest": registry.put_blob("org/app", text.clone())}))
        .collect();
    let config = json!({"mediaType": "c", "size": 2, "digest": config});
    let image = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": layers});
    registry.put_manifest("org/app", Some("1"), image.to_string());
    let gone = bobctl::oci::Digest::of(&texts[3]);
    registry.fault(on(GET).path(&gone.to_string()).error(404, "BLOB_UNKNOWN"));
    let target = to.reference("org/copy:1");
    let error = copy(&sandbox, &registry.reference("org/app:1"), &target, &["--concurrency", "2"]).run().fails(3);
    assert!(error.contains(&gone.to_string()), "{error}");
    assert!(to.log().only(|record| record.method == "PUT").count() < 10, "{}", to.log());
    assert_eq!(to.tags("org/copy"), [""; 0]);
}
