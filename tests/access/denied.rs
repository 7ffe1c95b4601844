//! What registries say when they deny something, and what people are told.

use super::SECRET;
use crate::support::fault::{ANY, Auth, FaultRegistry, GET, HEAD, POST, Rule, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{pull, push, webapp};

const TAG: &str = "a/b:1";

/// A body as the specification has it.
fn said(code: &str, message: &str) -> String {
    serde_json::json!({"errors": [{"code": code, "message": message}]}).to_string()
}

/// A registry with tokens and one artifact, and with what goes wrong there now.
fn guarded(sandbox: &Sandbox, rule: Rule) -> FaultRegistry {
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    push(sandbox, &registry.reference(TAG), "bob", &["--creds", &format!("bob:{SECRET}")]).run().ok();
    registry.fault(rule);
    registry
}

#[test]
fn a_denial_says_what_it_may_mean_and_whose_credentials_they_were() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let ecr = said("DENIED", "Your authorization token has expired. Reauthenticate and try again.");
    let ghcr = said("DENIED", "requested access to the resource is denied");
    let table: [(&str, Rule, i32, &[&str]); 9] = [
        ("ECR, expired", on(ANY).path("/v2/a/b").answer(403).body(ecr.clone()), 4, &["has expired: log in again"]),
        ("expired at the token service", on(GET).token().answer(401).body(ecr), 4, &["has expired: log in again"]),
        (
            "GHCR, private or missing",
            on(GET).token().answer(403).body(ghcr),
            4,
            &["gave no token", "does not exist, or"],
        ),
        ("GitLab, missing", on(GET).token().answer(401), 4, &["gave no token", "does not exist, or"]),
        (
            "Harbor, missing project",
            on(GET).manifest().answer(401).body(said("UNAUTHORIZED", "project a not found")),
            4,
            &["does not accept the credentials, or", "does not exist or may not be read"],
        ),
        ("forbidden", on(GET).manifest().error(403, "DENIED"), 4, &["may not be read with this access"]),
        ("Harbor, missing", on(GET).manifest().error(404, "NOT_FOUND"), 3, &["does not exist"]),
        ("Harbor, unknown", on(GET).manifest().error(404, "UNKNOWN"), 3, &["does not exist"]),
        ("no repository", on(GET).manifest().error(404, "NAME_UNKNOWN"), 3, &["repository", "does not exist"]),
    ];
    for (name, rule, code, parts) in table {
        let registry = guarded(&sandbox, rule);
        let creds = format!("bob:{SECRET}");
        let error = pull(&sandbox, &registry.reference(TAG), "out", &["--creds", &creds]).run().fails(code);
        for part in parts {
            assert!(error.contains(part), "{name}: {part}: {error}");
        }
        assert_eq!(error.contains("came from --creds"), code == 4, "{name}: {error}");
        assert!(!error.contains(SECRET) && !error.contains("warning:") && !sandbox.exists("out"), "{name}: {error}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_sent() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    // So Artifactory answers for what is not there.
    let registry = guarded(&sandbox, on(HEAD).error(403, "DENIED"));
    let reference = registry.reference("a/c:1");
    push(&sandbox, &reference, "bob", &["--creds", &format!("bob:{SECRET}")]).run().ok();
    assert!(registry.tag("a/c", "1").is_some());
}

#[test]
fn a_push_to_what_is_not_there_says_that_it_may_have_to_be_created() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = guarded(&sandbox, on(POST).upload().error(404, "NAME_UNKNOWN"));
    let creds = format!("bob:{SECRET}");
    let error = push(&sandbox, &registry.reference("a/c:1"), "bob", &["--creds", &creds]).run().fails(3);
    assert!(error.contains("does not exist") && error.contains("created before"), "{error}");
}

#[test]
fn a_push_without_credentials_fails_after_the_first_401() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for registry in [
        FaultRegistry::builder().auth(Auth::bearer("bob", SECRET).anonymous_pull()).start(),
        FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start(),
    ] {
        let error = push(&sandbox, &registry.reference(TAG), "bob", &[]).run().fails(4);
        let expected = format!("error: no credentials for {}; looked in: ", registry.host());
        assert!(error.contains(&expected) && error.contains(".docker/config.json"), "{error}");
        // Those that went out together, and nothing after their answers.
        let requests = registry.log().requests();
        assert!(requests.len() <= 4 && requests.iter().all(|line| line.starts_with("HEAD ")), "{requests:?}");
    }
}
