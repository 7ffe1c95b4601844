//! What the registry keeps, and how it is read.

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use super::{JSON, client, empty, manifest, status_and, with_blob};
use crate::support::fault::{FaultRegistry, Feature};

#[test]
fn what_is_pushed_can_be_pulled() {
    let registry = FaultRegistry::start();
    let mut wire = client(&registry);
    let started = wire.send("POST", "/v2/a/b/blobs/uploads/", &[], b"").unwrap();
    let location = started.header("location").unwrap();
    let closed = wire.send("PUT", &format!("{location}&digest={}", empty()), &[], b"{}").unwrap();
    assert_eq!(status_and(&closed, "docker-content-digest"), (201, empty().to_string()));
    let body = manifest(&empty());
    let written = wire.send("PUT", "/v2/a/b/manifests/1", &[JSON], &body).unwrap();
    assert_eq!(status_and(&written, "docker-content-digest"), (201, Digest::of(&body).to_string()));
    let head = wire.send("HEAD", "/v2/a/b/manifests/1", &[], b"").unwrap();
    assert_eq!(status_and(&head, "content-length"), (200, body.len().to_string()));
    let read = wire.get(&format!("/v2/a/b/manifests/{}", Digest::of(&body)));
    assert_eq!((read.header("content-type"), read.body.as_slice()), (Some(media_type::MANIFEST), body.as_slice()));
    assert_eq!(wire.get(&format!("/v2/a/b/blobs/{}", empty())).text(), "{}");
    assert_eq!(registry.tag("a/b", "1"), Some(Digest::of(&body)));
    assert_eq!(registry.manifest("a/b", "1").unwrap(), body);
    assert_eq!(registry.blob("a/b", &empty()).unwrap(), "{}");
    assert_eq!(registry.open_uploads(), 0);
    assert_eq!(
        registry.listing(),
        format!(
            "a/b:1 -> {0}\na/b manifest {0} {1} {2}\na/b blob {3} 2\n",
            Digest::of(&body),
            body.len(),
            media_type::MANIFEST,
            empty()
        )
    );
}

#[test]
fn a_manifest_without_its_blobs_is_refused() {
    let registry = FaultRegistry::start();
    let answer = client(&registry).send("PUT", "/v2/a/manifests/1", &[JSON], &manifest(&empty())).unwrap();
    assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (404, &json!("MANIFEST_BLOB_UNKNOWN")));
    assert_eq!(registry.tags("a"), Vec::<String>::new());
}

#[test]
fn a_manifest_of_another_type_or_digest_is_refused() {
    let registry = FaultRegistry::start();
    registry.put_blob("a", "{}");
    let mut wire = client(&registry);
    let body = manifest(&empty());
    let other = ("content-type", media_type::INDEX);
    assert_eq!(wire.send("PUT", "/v2/a/manifests/1", &[other], &body).unwrap().status, 400);
    let target = format!("/v2/a/manifests/{}", Digest::of(b"something else"));
    assert_eq!(wire.send("PUT", &target, &[JSON], &body).unwrap().status, 400);
}

#[test]
fn unknown_names_have_their_own_codes() {
    let registry = FaultRegistry::start();
    registry.put_blob("a", "{}");
    let mut wire = client(&registry);
    let mut code = |target: &str| {
        let answer = wire.get(target);
        (answer.status, answer.json()["errors"][0]["code"].as_str().unwrap().to_owned())
    };
    assert_eq!(code("/v2/b/manifests/1"), (404, "NAME_UNKNOWN".to_owned()));
    assert_eq!(code("/v2/b/tags/list"), (404, "NAME_UNKNOWN".to_owned()));
    assert_eq!(code("/v2/a/manifests/1"), (404, "MANIFEST_UNKNOWN".to_owned()));
    assert_eq!(code(&format!("/v2/a/blobs/{}", Digest::of(b"x"))), (404, "BLOB_UNKNOWN".to_owned()));
    assert_eq!(wire.get("/v2/").status, 200);
}

#[test]
fn a_part_of_a_blob() {
    let (registry, blob) = with_blob(FaultRegistry::start);
    let mut wire = client(&registry);
    let mut part = |range| {
        let answer = wire.send("GET", &blob, &[("range", range)], b"").unwrap();
        (answer.status, answer.header("content-range").map(str::to_owned), answer.text())
    };
    assert_eq!(part("bytes=7-"), (206, Some("bytes 7-9/10".to_owned()), "789".to_owned()));
    assert_eq!(part("bytes=2-3"), (206, Some("bytes 2-3/10".to_owned()), "23".to_owned()));
    let (status, range, _) = part("bytes=10-");
    assert_eq!((status, range), (416, Some("bytes */10".to_owned())));
    let (registry, blob) = with_blob(|| FaultRegistry::builder().without(Feature::Ranges).start());
    let whole = client(&registry).send("GET", &blob, &[("range", "bytes=7-")], b"").unwrap();
    assert_eq!((whole.status, whole.text()), (200, "0123456789".to_owned()));
}

#[test]
fn tags_come_in_pages() {
    let registry = FaultRegistry::builder().page_size(2).start();
    for tag in ["c", "a", "b"] {
        registry.put_manifest("r", Some(tag), manifest(&empty()));
    }
    let mut wire = client(&registry);
    let first = wire.get("/v2/r/tags/list?n=1000");
    assert_eq!(first.json()["tags"], json!(["a", "b"]));
    assert_eq!(first.header("link"), Some("</v2/r/tags/list?n=2&last=b>; rel=\"next\""));
    let second = wire.get("/v2/r/tags/list?n=2&last=b");
    assert_eq!((second.json()["tags"].clone(), second.header("link")), (json!(["c"]), None));
}

#[test]
fn deleting_a_digest_deletes_its_tags() {
    let registry = FaultRegistry::start();
    let digest = registry.put_manifest("a", Some("1"), manifest(&empty()));
    registry.put_manifest("a", Some("2"), manifest(&empty()));
    let mut wire = client(&registry);
    assert_eq!(wire.send("DELETE", "/v2/a/manifests/1", &[], b"").unwrap().status, 202);
    assert_eq!(registry.tags("a"), ["2"]);
    assert_eq!(wire.send("DELETE", &format!("/v2/a/manifests/{digest}"), &[], b"").unwrap().status, 202);
    assert_eq!(registry.tags("a"), Vec::<String>::new());
    let kept = FaultRegistry::builder().without(Feature::Deletes).start();
    kept.put_manifest("a", Some("1"), manifest(&empty()));
    assert_eq!(client(&kept).send("DELETE", "/v2/a/manifests/1", &[], b"").unwrap().status, 405);
}

#[test]
fn a_manifest_that_is_not_accepted_is_not_found() {
    let registry = FaultRegistry::builder().with(Feature::StrictAccept).start();
    registry.put_manifest("a", Some("1"), manifest(&empty()));
    let mut wire = client(&registry);
    let mut status = |accept| wire.send("GET", "/v2/a/manifests/1", &[("accept", accept)], b"").unwrap().status;
    assert_eq!(status(media_type::DOCKER_MANIFEST), 404);
    assert_eq!(status(media_type::ACCEPT_MANIFESTS), 200);
}

#[test]
fn a_tag_can_be_kept_from_moving() {
    let registry = FaultRegistry::builder().with(Feature::ImmutableTags).start();
    registry.put_blob("a", "{}");
    let mut wire = client(&registry);
    let mut write = || wire.send("PUT", "/v2/a/manifests/1", &[JSON], &manifest(&empty())).unwrap().status;
    assert_eq!((write(), write()), (201, 409));
}

#[test]
fn a_condition_is_obeyed_where_the_registry_knows_conditions() {
    let builder = FaultRegistry::builder;
    for (builder, expected) in [(builder(), 201), (builder().with(Feature::ConditionalWrites), 412)] {
        let registry = builder.start();
        registry.put_blob("a", "{}");
        registry.put_manifest("a", Some("1"), "{}");
        let mut wire = client(&registry);
        let etag = wire.get("/v2/a/manifests/1").header("etag").unwrap().to_owned();
        let mut write =
            |condition| wire.send("PUT", "/v2/a/manifests/1", &[JSON, condition], &manifest(&empty())).unwrap().status;
        assert_eq!(write(("if-none-match", "*")), expected);
        assert_eq!(write(("if-match", "\"other\"")), expected);
        assert_eq!(write(("if-match", &etag)), 201);
    }
}
