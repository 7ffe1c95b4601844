//! The ways in which a blob gets in.

use bobctl::oci::Digest;
use serde_json::json;

use super::{client, empty, status_and};
use crate::support::fault::{Answer, FaultRegistry, Feature};

#[test]
fn a_single_post_is_taken_or_turned_into_a_session() {
    for (builder, status) in
        [(FaultRegistry::builder(), 201), (FaultRegistry::builder().without(Feature::SinglePost), 202)]
    {
        let registry = builder.start();
        let target = format!("/v2/a/blobs/uploads/?digest={}", empty());
        assert_eq!(client(&registry).send("POST", &target, &[], b"{}").unwrap().status, status);
        assert_eq!(registry.blob("a", &empty()).is_some(), status == 201);
        assert_eq!(registry.open_uploads(), usize::from(status == 202));
    }
}

#[test]
fn a_blob_in_chunks() {
    let registry = FaultRegistry::builder().with(Feature::AbsoluteLocations).start();
    let mut wire = client(&registry);
    let local = |answer: &Answer| {
        let location = answer.header("location").unwrap();
        location.strip_prefix(&registry.url()).expect("an absolute location").to_owned()
    };
    let started = local(&wire.send("POST", "/v2/a/blobs/uploads/", &[], b"").unwrap());
    let chunk = wire.send("PATCH", &started, &[("content-range", "0-3")], b"0123").unwrap();
    assert_eq!(status_and(&chunk, "range"), (202, "0-3".to_owned()));
    assert_eq!(wire.send("PATCH", &started, &[], b"45").unwrap().status, 404, "an old location");
    let gap = wire.send("PATCH", &local(&chunk), &[("content-range", "5-6")], b"56").unwrap();
    assert_eq!(status_and(&gap, "range"), (416, "0-3".to_owned()));
    let asked = wire.get(&local(&gap));
    assert_eq!(status_and(&asked, "range"), (204, "0-3".to_owned()));
    let close = format!("{}&digest={}", local(&asked), Digest::of(b"0123456789"));
    let closed = wire.send("PUT", &close, &[("content-range", "4-9")], b"456789").unwrap();
    assert_eq!(closed.status, 201);
    assert_eq!(registry.blob("a", &Digest::of(b"0123456789")).unwrap(), "0123456789");
}

#[test]
fn the_wrong_digest_ends_the_session() {
    let registry = FaultRegistry::start();
    let mut wire = client(&registry);
    let started = wire.send("POST", "/v2/a/blobs/uploads/", &[], b"").unwrap();
    let close = format!("{}&digest={}", started.header("location").unwrap(), empty());
    let closed = wire.send("PUT", &close, &[], b"{ }").unwrap();
    assert_eq!((closed.status, &closed.json()["errors"][0]["code"]), (400, &json!("DIGEST_INVALID")));
    assert_eq!(registry.open_uploads(), 0);
}

#[test]
fn a_session_can_be_cancelled() {
    let registry = FaultRegistry::start();
    let mut wire = client(&registry);
    let started = wire.send("POST", "/v2/a/blobs/uploads/", &[], b"").unwrap();
    assert_eq!(registry.open_uploads(), 1);
    assert_eq!(wire.send("DELETE", started.header("location").unwrap(), &[], b"").unwrap().status, 204);
    assert_eq!(registry.open_uploads(), 0);
}

#[test]
fn a_blob_is_mounted_from_where_it_is() {
    let registry = FaultRegistry::start();
    registry.put_blob("a", "{}");
    let mut wire = client(&registry);
    let mut mount = |from: &str| {
        let target = format!("/v2/b/blobs/uploads/?mount={}&from={from}", empty());
        wire.send("POST", &target, &[], b"").unwrap().status
    };
    assert_eq!((mount("nowhere"), mount("a")), (202, 201));
    assert_eq!(registry.blob("b", &empty()).unwrap(), "{}");
}
