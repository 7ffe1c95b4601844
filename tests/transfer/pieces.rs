//! Blobs in pieces, where a limit on requests forces it.

use bobctl::oci::Digest;
use bobctl::store::{BytesSource, Store as _};
use hyper::header::CONTENT_RANGE;

use super::{count, there_and_back};
use crate::support::client;
use crate::support::fault::{FaultRegistry, Feature, PATCH, PUT, Request, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, push};

/// The limit of a registry that takes pieces of 2 MiB.
const LIMIT: usize = 3 << 20;
/// A layer in four of them.
const CONTENT: usize = 7 << 20;

/// The sizes of the bodies that `PATCH` requests brought, refused ones left out.
fn pieces(registry: &FaultRegistry) -> Vec<u64> {
    let log = registry.log().only(|record| record.method == PATCH && record.status == Some(202));
    log.records().iter().map(|record| record.received).collect()
}

/// Whether a request has the second piece of 2 MiB.
fn is_second(request: &Request) -> bool {
    request.header(CONTENT_RANGE).is_some_and(|range| range.starts_with("2097152-"))
}

#[test]
fn a_limit_on_requests_is_met_with_pieces() {
    for (limit, size) in [(LIMIT, 2 << 20), (1 << 20, 1 << 20)] {
        let registry = FaultRegistry::builder().max_body(limit).start();
        there_and_back(&registry, CONTENT, &[]);
        let pieces = pieces(&registry);
        let (last, full) = pieces.split_last().unwrap();
        assert!(full.iter().all(|piece| *piece == size) && *last < size, "{pieces:?}");
    }
}

#[test]
fn a_piece_is_as_large_as_the_registry_wants() {
    let registry = FaultRegistry::builder().max_body(6 << 20).least_piece(5 << 20).start();
    there_and_back(&registry, CONTENT, &[]);
    assert_eq!(pieces(&registry)[0], 5 << 20);
}

#[test]
fn a_piece_that_is_refused_at_the_right_place_is_too_large() {
    let registry = FaultRegistry::builder().max_body(9 << 20).start();
    let large = |request: &Request| request.content_length().is_some_and(|length| length > 4 << 20);
    registry.fault(on(PATCH).matching(large).answer(416));
    there_and_back(&registry, 10 << 20, &[]);
    assert!(pieces(&registry)[..2].iter().all(|piece| *piece == 4 << 20), "{}", registry.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_registry_wants_is_remembered() {
    let limited = FaultRegistry::builder().max_body(LIMIT).start();
    let strange = FaultRegistry::start();
    strange.fault(on(PUT).upload().matching(|request| request.content_length() != Some(0)).answer(404));
    for registry in [limited, strange] {
        let client = client::client(client::ALONE);
        let store = client::repository(&client, &registry.host(), "a/b");
        let refused = || registry.log().only(|record| matches!(record.status, Some(404 | 413))).count();
        let mut content = story::noise(4 << 20);
        store.write_blob(&BytesSource::new("t", content.clone())).await.unwrap();
        assert_eq!(refused(), 1, "{}", registry.log());
        content.reverse();
        store.write_blob(&BytesSource::new("t", content.clone())).await.unwrap();
        assert_eq!(refused(), 1, "{}", registry.log());
        assert!(registry.blob("a/b", &Digest::of(&content)).is_some());
    }
}

#[test]
fn a_lost_answer_or_a_broken_piece_is_asked_after() {
    for (name, rule) in [
        ("lost", on(PATCH).lose_answer()),
        ("broken", on(PATCH).cut_upload(100_000)),
        ("failing", on(PATCH).answer(503)),
    ] {
        let registry = FaultRegistry::builder().max_body(LIMIT).start();
        registry.fault(rule.matching(is_second).first(1));
        let log = there_and_back(&registry, CONTENT, &[]);
        assert_eq!(count(&log, "GET /v2/org/bobs/webapp/blobs/uploads/", " 204"), 1, "{name}: {log:#?}");
        let resent = if name == "lost" { 4 } else { 5 };
        let ranged = registry.log().only(|record| record.method == PATCH && record.status != Some(413));
        assert_eq!(ranged.count(), resent, "{name}: {log:#?}");
    }
}

#[test]
fn a_lost_session_begins_again() {
    for (status, code) in [(404, "BLOB_UPLOAD_UNKNOWN"), (400, "BLOB_UPLOAD_INVALID")] {
        let registry = FaultRegistry::builder().max_body(LIMIT).with(Feature::BareRefusals).start();
        registry.fault(on(PATCH).matching(is_second).first(1).error(status, code));
        let log = there_and_back(&registry, CONTENT, &[]);
        assert_eq!(count(&log, "PUT /v2/org/bobs/webapp/blobs", "201"), 1, "{log:#?}");
    }
}

#[test]
fn pieces_that_are_never_put_together_come_to_an_end() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(CONTENT));
    let registry = FaultRegistry::builder().max_body(LIMIT).start();
    registry.fault(on(PUT).upload().matching(|request| request.content_length() == Some(0)).answer(503));
    push(&sandbox, &story::fault(&registry).tagged("1"), "bob", &[]).run().fails(5);
    assert_eq!(count(&registry.log().requests(), "PUT ", " 503"), 5, "{}", registry.log());
    assert_eq!(registry.open_uploads(), 0);
}

#[test]
fn what_is_too_large_in_any_size_is_one_clear_error() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(CONTENT));
    let registry = FaultRegistry::builder().max_body(500_000).start();
    let error = push(&sandbox, &story::fault(&registry).tagged("1"), "bob", &[]).run();
    let said = error.stderr().to_owned();
    assert_ne!(error.code(), Some(0));
    for part in ["is too large, even in pieces of 1048576 bytes", "PATCH http://", "413", "client_max_body_size"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(registry.open_uploads(), 0);
    // A blob that is smaller than any piece.
    sandbox.write("small/noise", story::noise(800_000));
    let said = push(&sandbox, &story::fault(&registry).tagged("1"), "small", &[]).run().stderr().to_owned();
    assert!(said.contains("is too large for 127.0.0.1") && said.contains("PUT http://"), "{said}");
    assert_eq!(count(&registry.log().requests(), "PUT ", " 413"), 2, "{}", registry.log());
}
