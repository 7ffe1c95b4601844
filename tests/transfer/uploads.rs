//! Uploads that break.

use std::time::Duration;

use super::{Pushed, count, every_64_kib, there_and_back};
use crate::support::fault::{Auth, FaultRegistry, GET, HEAD, PATCH, POST, PUT, Request, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, push};

/// More than is worth knowing the digest of before it is sent.
const LARGE: usize = 24 << 20;

#[test]
fn an_upload_is_repeated_wherever_its_line_breaks() {
    for offset in every_64_kib() {
        let registry = FaultRegistry::start();
        registry.fault(on(PUT).upload().first(1).cut_upload(offset));
        let log = there_and_back(&registry, 1 << 20, &[]);
        assert_eq!(
            (count(&log, "PUT /v2/org/bobs/webapp/blobs", ""), count(&log, "HEAD ", " 404")),
            (2, 4),
            "{log:#?}"
        );
    }
}

#[test]
fn a_failing_registry_gets_the_blob_again() {
    for rule in [on(PUT).answer(502), on(PUT).answer(500), on(PUT).answer(429)] {
        let registry = FaultRegistry::start();
        registry.fault(rule.upload().first(2));
        let log = there_and_back(&registry, 1 << 20, &[]);
        assert_eq!(count(&log, "PUT /v2/org/bobs/webapp/blobs", ""), 3, "{log:#?}");
    }
}

#[test]
fn a_blob_whose_last_answer_was_lost_is_not_sent_again() {
    let lost = || [on(PUT).lose_answer(), on(PUT).hang()];
    for (length, rule) in lost().map(|rule| (1 << 20, rule)).into_iter().chain(lost().map(|rule| (LARGE, rule))) {
        let registry = FaultRegistry::start();
        registry.fault(rule.upload().first(1));
        let log = there_and_back(&registry, length, &["--idle-timeout", "800ms"]);
        assert_eq!(count(&log, "PUT /v2/org/bobs/webapp/blobs", ""), 1, "{log:#?}");
    }
}

#[test]
fn content_that_is_sent_while_it_is_made_is_sent_again_when_it_is_complete() {
    for rule in [on(PATCH).cut_upload(3 << 20), on(PATCH).reset(), on(PATCH).answer(503), on(PATCH).answer(413)] {
        let registry = FaultRegistry::start();
        registry.fault(rule.upload().first(1));
        let log = there_and_back(&registry, LARGE, &[]);
        assert_eq!(
            (count(&log, "PATCH ", ""), count(&log, "PUT /v2/org/bobs/webapp/blobs", "201")),
            (1, 1),
            "{log:#?}"
        );
    }
}

#[test]
fn a_registry_that_knows_no_session_at_a_put_gets_a_patch() {
    for (status, code) in [(404, "BLOB_UPLOAD_UNKNOWN"), (404, "UNSUPPORTED"), (405, "UNSUPPORTED")] {
        let registry = FaultRegistry::start();
        // Only one that carries something.
        let carries = |request: &Request| request.content_length() != Some(0);
        registry.fault(on(PUT).upload().matching(carries).error(status, code));
        let log = there_and_back(&registry, 1 << 20, &[]);
        assert_eq!(
            (count(&log, "PATCH ", "202"), count(&log, "PUT /v2/org/bobs/webapp/blobs", "201")),
            (1, 1),
            "{log:#?}"
        );
    }
}

#[test]
fn a_token_that_expires_in_an_upload_is_replaced() {
    // The second is sent while it is made, unless that is done by then. Either body is read to its end before it is refused.
    for length in [1 << 20, LARGE] {
        let account = Auth::bearer("alice", "s3cret").lifetime(Duration::from_millis(900));
        let registry = FaultRegistry::builder().auth(account).start();
        let starts = |request: &Request| !request.query.contains("digest");
        registry.fault(on(POST).upload().matching(starts).first(1).delay(Duration::from_secs(1)));
        let log = there_and_back(&registry, length, &["--creds", "alice:s3cret"]);
        let sent = registry.log().only(|record| record.received >= length as u64);
        let statuses: Vec<_> = sent.records().iter().map(|record| record.status).collect();
        assert!(matches!(statuses[..], [Some(401), Some(201 | 202)]), "{log:#?}");
        assert_eq!(count(&log, "POST /v2/org/bobs/webapp/blobs/uploads/ ", ""), 1, "{log:#?}");
    }
}

#[test]
fn an_upload_that_never_succeeds_ends_and_leaves_no_session() {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(1 << 20));
    let registry = FaultRegistry::start();
    registry.fault(on(PUT).upload().cut_upload(500_000));
    let error = push(&sandbox, &story::fault(&registry).tagged("1"), "bob", &[]).run().fails(5);
    assert!(error.contains("broke"), "{error}");
    assert_eq!(count(&registry.log().requests(), "PUT ", "-"), 5, "{}", registry.log());
    assert_eq!(registry.open_uploads(), 0);
    assert_eq!(registry.tags("org/bobs/webapp"), Vec::<String>::new());
}

#[test]
fn what_a_content_address_says_besides_is_not_followed() {
    let elsewhere = FaultRegistry::start();
    let pushed = Pushed::to(FaultRegistry::start());
    let text = String::from_utf8(pushed.registry.manifest("org/bobs/webapp", "1").unwrap().to_vec()).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["layers"][0]["urls"] = serde_json::json!([format!("{}/v2/a/blobs/layer", elsewhere.url())]);
    pushed.registry.put_manifest("org/bobs/webapp", Some("1"), manifest.to_string());
    pushed.pulls(&[]);
    pushed.registry.fault(on(GET).path(&pushed.layer).answer(404));
    pushed.registry.fault(on(HEAD).path(&pushed.layer).answer(404));
    pushed.pull(&["--force"]).fails(3);
    assert_eq!(elsewhere.log().count(), 0);
}
