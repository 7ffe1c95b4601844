//! What a registry does not take is one clear error that says what to do, and nothing is lost by it.

use serde_json::json;

use super::{User, assert_says};
use crate::support::fault::quirks::{self, Kind};
use crate::support::fault::{FaultRegistry, Feature, GET, PUT, on};

const BOB: &str = "org/bobs/webapp:1";
const IMAGE: &str = "org/images/webapp:1";

/// A user with two artifacts and an image there, to which one of them is linked.
fn linked(kind: Kind) -> User {
    let user = User::of(kind);
    user.image();
    user.push(BOB, "bob").run().ok();
    user.push("org/bobs/webapp:other", "other").run().ok();
    user.link(BOB, IMAGE).ok();
    user
}

#[test]
fn a_config_type_that_is_not_on_the_registrys_list_says_who_can_change_that() {
    let message = "manifest invalid: unknown media type: application/vnd.k8sstormcenter.bob.config.v1+json";
    for (kind, status) in [(quirks::gitlab(), 400), (quirks::gitea(), 501)] {
        let user = User::of(kind);
        user.kind.registry.fault(on(PUT).manifest().error_saying(status, "MANIFEST_INVALID", message));
        let said = user.push(BOB, "bob").run().fails(1);
        assert_says(&said, &["does not take an artifact of this kind as tag 1", message, "hint: ", "ask who runs it"]);
        assert_eq!(user.kind.registry.tag("org/bobs/webapp", "1"), None);
        let puts =
            user.kind.registry.log().only(|record| record.target.contains("/manifests/") && record.method == PUT);
        assert_eq!(puts.count(), 1, "{puts}");
    }
}

#[test]
fn a_repository_that_has_to_be_made_first_says_so() {
    let user = User::of(quirks::ecr());
    let said = user.push("org/new/webapp:1", "bob").run().fails(3);
    assert_says(
        &said,
        &["repository", "org/new/webapp does not exist", "hint: some registries want a repository to be"],
    );
}

#[test]
fn a_link_that_is_refused_leaves_the_others_listed() {
    for (kind, status, code) in [
        (quirks::ecr(), 405, "UNSUPPORTED"),
        (quirks::docker_hub(), 404, "MANIFEST_UNKNOWN"),
        (quirks::docker_hub(), 400, "MANIFEST_INVALID"),
        (quirks::quay(), 400, "MANIFEST_INVALID"),
    ] {
        let user = linked(kind);
        let before = user.linked(IMAGE);
        user.kind.registry.fault(on(PUT).path("org/images/webapp/manifests/sha256:").error(status, code));
        let run = user.link("org/bobs/webapp:other", IMAGE);
        assert_ne!(run.code(), Some(0), "{}", user.kind.name);
        assert_says(run.stderr(), &[&status.to_string(), code]);
        user.kind.registry.heal();
        assert_eq!((before.len(), user.linked(IMAGE)), (1, before), "{}", user.kind.name);
    }
}

#[test]
fn a_list_that_is_refused_stays_as_it_was() {
    for (status, code, exit) in [(413, "SIZE_INVALID", 1), (400, "MANIFEST_INVALID", 1), (409, "DENIED", 7)] {
        let user = linked(quirks::gar());
        let before = user.linked(IMAGE);
        user.kind.registry.fault(on(PUT).path("/manifests/sha256-").error(status, code));
        let said = user.link("org/bobs/webapp:other", IMAGE).fails(exit);
        assert_says(&said, &["was pushed, but is not listed as a referrer", "bobctl link artifact"]);
        assert_eq!((before.len(), user.linked(IMAGE)), (1, before), "{status}");
    }
}

#[test]
fn an_expired_tag_is_not_there_and_a_quota_is_told_in_the_registrys_words() {
    let user = User::of(quirks::quay());
    user.kind.registry.fault(on(GET).manifest().path("/1").error_saying(404, "TAG_EXPIRED", "Tag 1 has expired"));
    let said = user.run(&["pull", "artifact", &user.at(BOB), "-o", "out"]).fails(3);
    assert_says(&said, &["tag 1 does not exist in", "TAG_EXPIRED: Tag 1 has expired"]);
    user.kind.registry.heal();
    user.kind.registry.fault(on(PUT).manifest().error_saying(403, "DENIED", "Quota has been exceeded on namespace"));
    let said = user.push(BOB, "bob").run().fails(4);
    assert_says(&said, &["Quota has been exceeded on namespace"]);
}

#[test]
fn what_no_tag_names_may_be_deleted_and_a_note_says_so() {
    let user = User::of(quirks::quay());
    let run = user.push("org/bobs/webapp", "bob").run();
    assert_says(run.stderr(), &["note: no tag is given", "some registries delete what no tag names"]);
    run.ok();
}

#[test]
fn a_page_for_people_is_no_part_of_an_error() {
    let user = User::of(quirks::gar());
    let page = on(GET).manifest().answer(404).header("content-type", "text/html").body("<html><b>Error 404</b></html>");
    user.kind.registry.fault(page);
    let said = user.run(&["pull", "artifact", &user.at(BOB), "-o", "out"]).fails(3);
    assert_says(&said, &["tag 1 does not exist in", "an HTML page"]);
    assert!(!said.contains("<b>"), "{said}");
}

#[test]
fn a_refusal_without_a_word_is_tried_once_more_and_one_with_words_is_final() {
    for (rule, puts) in [(on(PUT).manifest().answer(400), 2), (on(PUT).manifest().error(400, "MANIFEST_INVALID"), 1)] {
        let user = User::of(quirks::nexus());
        user.kind.registry.heal();
        user.kind.registry.fault(rule);
        user.push(BOB, "bob").run().fails(1);
        let manifests = user.kind.registry.log().only(|it| it.method == PUT && it.target.contains("/manifests/"));
        assert_eq!(manifests.count(), puts, "{manifests}");
    }
}

#[test]
fn a_limit_on_requests_is_told_with_its_figures() {
    let user = User::of(quirks::docker_hub());
    let limit = on(GET).manifest().error(429, "TOOMANYREQUESTS").header("retry-after", "3600");
    user.kind.registry.fault(limit.header("ratelimit-remaining", "0;w=21600"));
    let said = user.run(&["pull", "artifact", &user.at(BOB), "-o", "out"]).fails(5);
    assert_says(&said, &["ratelimit-limit: 100;w=21600", "ratelimit-remaining: 0;w=21600", "in 3600s", "hint: "]);
}

#[test]
fn a_tag_that_may_not_be_looked_at_is_told_as_one_that_may_not_be_read() {
    let user = User::of(quirks::artifactory());
    let said = user.run(&["pull", "artifact", &user.at(BOB), "-o", "out"]).fails(4);
    assert_says(&said, &["org/bobs/webapp may not be read with this access", "403", "hint: "]);
}

#[test]
fn a_repository_without_tags_and_one_that_is_not_there_are_told_apart() {
    let user = User::of(quirks::distribution_2_8());
    user.kind.registry.create("org/empty");
    assert_eq!(user.json(&["list", "artifacts", &user.at("org/empty")]), json!([]));
    let said = user.run(&["list", "artifacts", &user.at("org/missing")]).fails(3);
    assert_says(&said, &["repository", "org/missing does not exist", "NAME_UNKNOWN"]);
}

#[test]
fn immutable_tags_without_an_exception_take_the_first_link_and_no_other() {
    let mut user = User::of(quirks::gar());
    user.kind.registry = FaultRegistry::builder().without(Feature::Referrers).with(Feature::ImmutableTags).start();
    user.image();
    user.push(BOB, "bob").run().ok();
    user.push("org/bobs/webapp:other", "other").run().ok();
    user.link(BOB, IMAGE).ok();
    let before = user.linked(IMAGE);
    let said = user.link("org/bobs/webapp:other", IMAGE).fails(7);
    assert_says(&said, &["cannot be listed", "except tags that begin with 'sha256-'"]);
    assert_eq!((before.len(), user.linked(IMAGE)), (1, before));
}
