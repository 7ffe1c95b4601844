//! How registries ask who somebody is, and who gets to see what proves it.

use super::{User, assert_says};
use crate::support::fault::quirks::{self, PASSWORD, REFRESH_TOKEN, USER};
use crate::support::fault::{ANY, Authorization, GET, Listener, on};

#[test]
fn where_tokens_are_given_elsewhere_the_registry_never_sees_the_password() {
    for kind in [quirks::docker_hub(), quirks::gitlab()] {
        let user = User::of(kind);
        user.push("org/bobs/webapp:1", "bob").run().ok();
        let log = user.kind.registry.log();
        assert!(log.at(Listener::TokenService).saw(PASSWORD), "{}", user.kind.name);
        assert!(!log.at(Listener::Registry).saw(PASSWORD), "{}", user.kind.name);
    }
}

#[test]
fn what_is_public_on_docker_hub_needs_no_login_and_says_nothing() {
    let user = User::of(quirks::docker_hub());
    user.push("org/bobs/webapp:1", "bob").run().ok();
    user.sandbox.write("../home/.docker/config.json", "{}");
    let before = user.kind.registry.log();
    let run = user.run(&["pull", "artifact", &user.at("org/bobs/webapp:1"), "-o", "out"]);
    assert_eq!(run.stderr(), "");
    run.ok();
    assert!(!user.kind.registry.log().since(&before).authorizations().contains(&Authorization::Basic));
}

#[test]
fn a_refresh_token_goes_to_the_token_service_alone_and_never_into_an_address() {
    let user = User::of(quirks::acr());
    user.push("org/bobs/webapp:1", "bob").run().ok();
    let log = user.kind.registry.log();
    assert!(log.only(|record| record.target == "/token").saw(REFRESH_TOKEN), "{log}");
    assert!(!log.only(|record| record.target != "/token").saw(REFRESH_TOKEN), "{log}");
}

#[test]
fn a_challenge_that_is_only_at_the_root_is_asked_for_once() {
    let user = User::of(quirks::gar());
    user.push("org/bobs/webapp:1", "bob").run().ok();
    let log = user.kind.registry.log();
    assert_eq!(log.only(|record| record.target == "/v2/").count(), 1, "{log}");
}

#[test]
fn a_challenge_without_service_and_scope_is_answered_with_what_is_needed() {
    let user = User::of(quirks::gitea());
    user.push("org/bobs/webapp:1", "bob").run().ok();
    let log = user.kind.registry.log().only(|record| record.target.starts_with("/token"));
    let asked: Vec<&str> = log.records().iter().map(|record| record.target.as_str()).collect();
    assert_eq!(asked, ["/token?scope=repository:org/bobs/webapp:pull,push"]);
}

#[test]
fn a_realm_that_is_no_address_names_the_setting_of_the_server() {
    let user = User::of(quirks::nexus());
    let realm = "Bearer realm=\"null://null/v2/token\",service=\"nexus\"";
    user.kind.registry.fault(on(ANY).refused().header("www-authenticate", realm));
    let said = user.push("org/bobs/webapp:1", "bob").run().fails(5);
    assert_says(&said, &["names a token service that is not used", "'null'", "hint: the base URL (external URL)"]);
}

#[test]
fn a_package_that_is_missing_or_private_is_told_as_either() {
    let user = User::of(quirks::ghcr());
    user.kind.registry.fault(on(GET).token().path("org/missing").error(403, "DENIED"));
    let said = user.run(&["pull", "artifact", &user.at("org/missing:1"), "-o", "out"]).fails(4);
    assert_says(&said, &["gave no token for repository:org/missing:pull", "does not exist, or this access", "hint: "]);
}

#[test]
fn a_login_that_has_expired_says_so_in_every_command() {
    let user = User::of(quirks::ecr());
    let message = "Your authorization token has expired. Reauthenticate and try again.";
    user.kind.registry.fault(on(ANY).error_saying(403, "DENIED", message));
    let at = user.at("org/bobs/webapp:1");
    let said = user.run(&["pull", "artifact", &at, "-o", "out"]).fails(4);
    assert_says(&said, &[message, "hint: the login at", "has expired: log in again"]);
    // A HEAD has no words in its answer.
    for run in [
        user.push("org/bobs/webapp:1", "bob").run(),
        user.run(&["list", "artifacts", &user.at("org/bobs/webapp")]),
        user.run(&["describe", "artifact", &at]),
        user.run(&["delete", "artifact", &at, "--yes"]),
    ] {
        assert_says(&run.fails(4), &["403 Forbidden", "hint: ", "log in again"]);
    }
}

#[test]
fn a_login_by_password_works_on_every_kind_that_has_one() {
    for kind in [
        quirks::docker_hub(),
        quirks::gitlab(),
        quirks::ecr(),
        quirks::gar(),
        quirks::harbor(),
        quirks::zot(),
        quirks::gitea(),
    ] {
        let user = User::of(kind);
        let (name, host) = (user.kind.name, user.kind.registry.host());
        user.sandbox.write("../home/.docker/config.json", "{}");
        let words = ["login", &host, "--username", USER, "--password-stdin"];
        let run = user.sandbox.bobctl(words).stdin(PASSWORD).run();
        assert!(!run.stderr().contains(PASSWORD), "{name}: {run:?}");
        run.ok();
        user.push("org/bobs/webapp:1", "bob").run().ok();
    }
}
