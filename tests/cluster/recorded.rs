//! What no real API server does on demand: to be overtaken, to be busy, to fail, to say nothing, to repeat a secret.

use std::path::PathBuf;
use std::time::Duration;

use bobctl::cluster::apply::{ApplyError, ApplyOptions, DryRun, Outcome};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{PASSWORD, apply, failure, options, trust};
use crate::support::recorder::{Recorder, Reply};
use crate::support::sandbox::Sandbox;

fn kubeconfig(folder: &TempDir, server: &str) -> PathBuf {
    let file = folder.path().join("config");
    let config = json!({
        "current-context": "test",
        "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
        "clusters": [{ "name": "test", "cluster": { "server": server } }],
        "users": [{ "name": "test", "user": { "token": PASSWORD } }],
    });
    std::fs::write(&file, config.to_string()).expect("the folder is writable");
    file
}

/// A server with these answers, and options for it.
fn server(replies: Vec<Reply>) -> (TempDir, Recorder, ApplyOptions) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = Recorder::start(replies);
    let options = options(kubeconfig(&folder, &server.url()));
    (folder, server, options)
}

fn status(code: u16, reason: &str, message: &str) -> Reply {
    let details = json!({ "name": "trust", "kind": "secrets" });
    let body = json!({ "kind": "Status", "code": code, "reason": reason, "message": message, "details": details });
    Reply::json(code, &body)
}

fn absent() -> Reply {
    status(404, "NotFound", "secrets \"trust\" not found")
}

fn live() -> Reply {
    let data: Value = json!({ "a.crt": "aHVudGVyMjItb2YtdGhlLXRlc3Rz" });
    Reply::json(200, &json!({ "metadata": { "resourceVersion": "7" }, "type": "Opaque", "data": data }))
}

#[test]
fn an_apply_is_one_look_and_one_patch() {
    let (_folder, server, options) = server(vec![absent(), live()]);
    let applied = apply(&trust("trust", &[("a.crt", PASSWORD)]), &options).expect("it is taken");
    assert_eq!((applied.outcome, applied.namespace.as_str()), (Some(Outcome::Created), "default"));
    let asked = server.asked();
    let path = "/api/v1/namespaces/default/secrets/trust";
    let lines: Vec<&str> = asked.iter().map(|asked| asked.line.as_str()).collect();
    let applied = format!("PATCH {path}?fieldManager=bobctl&fieldValidation=Strict");
    assert_eq!(lines, [format!("GET {path}"), applied]);
    assert!(asked[1].head.contains("content-type: application/apply-patch+yaml"), "{}", asked[1].head);
    assert!(asked[1].head.contains("user-agent: bobctl/"), "{}", asked[1].head);
    assert!(asked.iter().all(|asked| asked.head.contains(&format!("authorization: bearer {PASSWORD}"))));
    let sent: Value = serde_json::from_str(&asked[1].body).expect("JSON");
    assert_eq!(sent["data"], json!({ "a.crt": "aHVudGVyMjItb2YtdGhlLXRlc3Rz" }));
    assert_eq!(sent["metadata"], json!({ "name": "trust", "namespace": "default" }));
}

#[test]
fn a_secret_that_changes_meanwhile_is_looked_at_again() {
    let overtaken = || status(409, "Conflict", "the object has been modified");
    let (_folder, server, options) = server(vec![absent(), overtaken(), live(), live()]);
    let applied = apply(&trust("trust", &[("a.crt", PASSWORD)]), &options).expect("it is taken");
    assert_eq!(applied.outcome, Some(Outcome::Unchanged));
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_secret_that_always_changes_is_given_up() {
    let overtaken = || status(409, "Conflict", "the object has been modified");
    let replies = (0..9).flat_map(|_| [absent(), overtaken()]).collect();
    let (_folder, server, options) = server(replies);
    let (error, message, _) = failure(&trust("trust", &[]), &options);
    assert!(matches!(error, ApplyError::Raced(_)), "{error:?}");
    assert!(message.contains("the object has been modified"), "{message}");
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn what_somebody_adds_meanwhile_is_not_taken_out() {
    let fields = json!({ "f:data": { "f:theirs.crt": {} } });
    let theirs = Reply::json(
        200,
        &json!({
            "metadata": { "managedFields": [{ "manager": "other", "operation": "Apply", "fieldsV1": fields }] },
            "type": "Opaque",
            "data": { "a.crt": "aHVudGVyMjItb2YtdGhlLXRlc3Rz", "theirs.crt": "dGhlaXJz" },
        }),
    );
    let (_folder, server, options) = server(vec![absent(), theirs]);
    let (error, message, _) = failure(&trust("trust", &[("a.crt", PASSWORD)]), &options);
    assert!(matches!(error, ApplyError::Conflict { .. }), "{error:?}");
    assert!(message.contains("'other' manages .data.theirs.crt"), "{message}");
    assert_eq!(server.asked().len(), 2, "a third request takes it out");
}

#[test]
fn a_busy_server_is_asked_again_when_it_says_so() {
    let busy = || Reply::Say(429, "Retry-After: 0\r\n", "Too many requests".to_owned());
    let failing = || status(500, "InternalError", "etcd has no leader");
    let (_folder, server, options) = server(vec![busy(), absent(), failing(), busy(), live()]);
    apply(&trust("trust", &[("a.crt", PASSWORD)]), &options).expect("it is taken in the end");
    assert_eq!(server.asked().len(), 5);
}

#[test]
fn a_server_that_goes_on_failing_is_given_up() {
    for (reply, tries, said) in [
        (status(500, "InternalError", "etcd has no leader"), 4, "etcd has no leader"),
        (Reply::Say(429, "Retry-After: 0\r\n", String::new()), 4, "429"),
        (Reply::Say(503, "Retry-After: 3600\r\n", "maintenance".to_owned()), 1, "3600 s"),
        (Reply::Say(502, "", "<html>".to_owned()), 4, "an HTML page"),
    ] {
        let (_folder, server, options) = server(vec![reply]);
        let (error, message, _) = failure(&trust("trust", &[]), &options);
        assert!(matches!(error, ApplyError::Unavailable { .. }), "{error:?}");
        assert!(message.contains(said) && message.contains(&server.url()), "{message}");
        assert_eq!(server.asked().len(), tries, "{message}");
    }
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let (_folder, server, mut options) = server(vec![absent(), Reply::Hang]);
    options.limits.request = Duration::from_millis(500);
    let (error, message, _) = failure(&trust("trust", &[]), &options);
    assert!(matches!(error, ApplyError::Unavailable { .. }), "{error:?}");
    assert!(message.contains(&format!("{} gave no answer within 0.5 s", server.url())), "{message}");
}

#[test]
fn a_server_that_says_nothing_can_be_interrupted() {
    let (folder, server, _) = server(vec![Reply::Hang]);
    let sandbox = Sandbox::new();
    let typed = ["create", "secret", "oci", "trust", "--url=ghcr.io", "--username=bob", "--password-stdin"];
    let running = sandbox.bobctl(typed).stdin(PASSWORD).env("KUBECONFIG", folder.path().join("config")).spawn();
    running.until(|| !server.asked().is_empty());
    running.interrupt();
    assert!(running.wait().fails(130).contains("interrupted"));
}

#[test]
fn a_server_that_is_gone_is_named() {
    let (_folder, server, options) = server(vec![absent()]);
    let url = server.url();
    drop(server);
    let (error, message, _) = failure(&trust("trust", &[]), &options);
    assert!(matches!(error, ApplyError::Unavailable { .. }), "{error:?}");
    assert!(message.contains(&url) && message.contains("refused"), "{message}");
}

#[test]
fn something_else_than_an_api_server_is_told_apart() {
    for reply in [
        Reply::Say(404, "", "404 page not found".to_owned()),
        Reply::Say(200, "", "<html>welcome</html>".to_owned()),
        Reply::Say(302, "Location: /login\r\n", String::new()),
    ] {
        let (_folder, server, options) = server(vec![reply]);
        let (error, message, _) = failure(&trust("trust", &[]), &options);
        assert!(matches!(error, ApplyError::Unavailable { .. }), "{error:?}");
        assert!(message.contains("no Kubernetes API") && message.contains(&server.url()), "{message}");
    }
}

#[test]
fn an_answer_without_end_is_not_read_to_the_end() {
    let (_folder, _server, options) = server(vec![Reply::Say(200, "", "x".repeat(5 << 20))]);
    let (error, message, _) = failure(&trust("trust", &[]), &options);
    assert!(matches!(error, ApplyError::Unavailable { .. }), "{error:?}");
    assert!(message.contains("limit"), "{message}");
}

#[test]
fn what_a_webhook_repeats_is_masked() {
    let encoded = "aHVudGVyMjItb2YtdGhlLXRlc3Rz";
    let refused = |code| status(code, "Invalid", &format!("denied: {PASSWORD} and {encoded} are\u{1b}[31m weak"));
    for code in [400, 403, 422, 500] {
        let (_folder, _server, options) = server(vec![absent(), refused(code)]);
        let (_, message, _) = failure(&trust("trust", &[("a.crt", PASSWORD)]), &options);
        assert!(message.contains("denied: *** and *** are [31m weak"), "{message}");
    }
}

#[test]
fn a_dry_run_of_the_client_asks_nobody() {
    let (_folder, server, options) = server(vec![absent()]);
    let options = ApplyOptions { dry_run: DryRun::Client, ..options };
    let applied = apply(&trust("trust", &[("a.crt", PASSWORD)]), &options).expect("nothing is refused");
    assert_eq!((applied.outcome, applied.context.as_str()), (None, "test"));
    assert!(server.asked().is_empty());
}
