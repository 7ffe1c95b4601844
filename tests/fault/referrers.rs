//! The referrers API, and registries without it.

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use super::{JSON, client, empty, status_and};
use crate::support::fault::{FaultRegistry, Feature};

fn referrer(kind: &str, subject: &Digest) -> Vec<u8> {
    let config = json!({"mediaType": media_type::EMPTY, "digest": empty(), "size": 2});
    let subject = json!({"mediaType": media_type::MANIFEST, "digest": subject, "size": 7});
    let annotations = json!({"note": kind});
    json!({
        "schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": kind, "config": config,
        "layers": [config], "subject": subject, "annotations": annotations
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_referrer_is_confirmed_and_listed() {
    let registry = FaultRegistry::start();
    registry.put_blob("a", "{}");
    let subject = Digest::of(b"subject");
    let body = referrer("x/y", &subject);
    let mut wire = client(&registry);
    let target = format!("/v2/a/manifests/{}", Digest::of(&body));
    let written = wire.send("PUT", &target, &[JSON], &body).unwrap();
    assert_eq!(status_and(&written, "oci-subject"), (201, subject.to_string()));
    let list = wire.get(&format!("/v2/a/referrers/{subject}"));
    assert_eq!(status_and(&list, "content-type"), (200, media_type::INDEX.to_owned()));
    assert_eq!(
        list.json()["manifests"],
        json!([{
            "mediaType": media_type::MANIFEST, "digest": Digest::of(&body), "size": body.len(),
            "artifactType": "x/y", "annotations": {"note": "x/y"}
        }])
    );
    let none = wire.get(&format!("/v2/a/referrers/{}", Digest::of(b"other")));
    assert_eq!((none.status, none.json()["manifests"].clone()), (200, json!([])));
}

#[test]
fn the_list_is_filtered_and_paged() {
    let registry = FaultRegistry::builder().page_size(1).start();
    let subject = Digest::of(b"subject");
    for kind in ["x/y+1", "x/y+2"] {
        registry.put_manifest("a", None, referrer(kind, &subject));
    }
    let mut wire = client(&registry);
    let filtered = wire.get(&format!("/v2/a/referrers/{subject}?artifactType=x/y%2B2"));
    assert_eq!(filtered.header("oci-filters-applied"), Some("artifactType"));
    assert_eq!(filtered.json()["manifests"][0]["artifactType"], "x/y+2");
    assert_eq!(filtered.header("link"), None);
    let first = wire.get(&format!("/v2/a/referrers/{subject}"));
    let next = first.header("link").unwrap().trim_start_matches('<').split_once('>').unwrap().0.to_owned();
    let second = wire.get(&next);
    assert_eq!(second.header("link"), None);
    assert_ne!(first.json()["manifests"][0]["digest"], second.json()["manifests"][0]["digest"]);
}

#[test]
fn a_registry_without_the_api() {
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    registry.put_blob("a", "{}");
    let body = referrer("x/y", &Digest::of(b"subject"));
    let mut wire = client(&registry);
    let written = wire.send("PUT", "/v2/a/manifests/1", &[JSON], &body).unwrap();
    assert_eq!(status_and(&written, "oci-subject"), (201, String::new()));
    assert_eq!(wire.get(&format!("/v2/a/referrers/{}", Digest::of(b"subject"))).status, 404);
}
