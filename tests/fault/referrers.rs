//! The referrers API, and registries without it.

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use super::{JSON, client, empty, status_and};
use crate::support::fault::{FaultRegistry, Feature, GET, on};

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

#[test]
fn registries_differ_in_what_they_say_of_a_subject() {
    let subject = Digest::of(b"subject");
    let body = referrer("x/y", &subject);
    let ecr = FaultRegistry::builder().without(Feature::Referrers).with(Feature::EmptyPromise);
    let quay = FaultRegistry::builder().with(Feature::SilentSubject).with(Feature::KnownSubjects);
    for (builder, said, listed) in [(ecr, subject.to_string(), 404), (quay, String::new(), 400)] {
        let registry = builder.start();
        registry.put_blob("a", "{}");
        let mut wire = client(&registry);
        let written = wire.send("PUT", "/v2/a/manifests/1", &[JSON], &body).unwrap();
        assert_eq!(status_and(&written, "oci-subject"), (201, said));
        assert_eq!(wire.get(&format!("/v2/a/referrers/{subject}")).status, listed);
    }
}

#[test]
fn a_tag_may_be_taken_for_a_digest() {
    let registry = FaultRegistry::builder().with(Feature::DigestTags).with(Feature::NoEtags).start();
    let digest = registry.put_manifest("a", None, referrer("x/y", &Digest::of(b"subject")));
    let tag = digest.to_string().replace(':', "-");
    registry.put_manifest("a", Some(&tag), "{}");
    let found = client(&registry).get(&format!("/v2/a/manifests/{tag}"));
    assert_eq!(status_and(&found, "docker-content-digest"), (200, digest.to_string()));
    assert_eq!(found.header("etag"), None);
}

#[test]
fn another_client_may_be_faster_and_another_host_named() {
    let registry = FaultRegistry::start();
    registry.put_manifest("a", Some("1"), "{}");
    registry.fault(on(GET).manifest().nth(1).overtaken("a", "1", r#"{"theirs":1}"#));
    registry.fault(on(GET).referrers().see_other("http://127.0.0.2/"));
    let mut wire = client(&registry);
    let bodies = [(); 2].map(|()| wire.get("/v2/a/manifests/1").text());
    assert_eq!(bodies, ["{}", r#"{"theirs":1}"#]);
    let list = wire.get(&format!("/v2/a/referrers/{}", Digest::of(b"subject")));
    assert_eq!(status_and(&list, "location"), (303, "http://127.0.0.2/".to_owned()));
}
