//! How many requests a cold process sends, and how many of them wait for each other.

use std::time::Duration;

use bobctl::oci::media_type;
use serde_json::json;

use crate::support::fault::{Auth, Builder, FaultRegistry, Feature};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, pull, push, webapp};

/// Longer than the program needs between two answers, so that what it sends together overlaps.
const LATENCY: Duration = Duration::from_millis(60);
const LOGIN: [&str; 2] = ["--creds", "bob:secret"];

struct Case {
    name: &'static str,
    registry: Builder,
    login: &'static [&'static str],
    push: (usize, usize),
    again: (usize, usize),
    tag: (usize, usize),
    list: (usize, usize),
    pull: (usize, usize),
    describe: (usize, usize),
    link: (usize, usize),
    link_again: (usize, usize),
    push_linked: (usize, usize),
    push_linked_again: (usize, usize),
}

/// The column «bobctl target» of the protocol's table: anonymous, and with a token.
fn cases() -> [Case; 3] {
    let registry = || FaultRegistry::builder().latency(LATENCY);
    [
        Case {
            name: "anonymous, single POST",
            registry: registry(),
            login: &[],
            push: (6, 3),
            again: (3, 1),
            tag: (3, 2),
            list: (4, 2),
            pull: (3, 2),
            describe: (8, 2),
            link: (14, 5),
            link_again: (9, 2),
            push_linked: (18, 7),
            push_linked_again: (10, 2),
        },
        Case {
            name: "anonymous, POST and PUT",
            registry: registry().without(Feature::SinglePost),
            login: &[],
            push: (8, 4),
            again: (3, 1),
            tag: (3, 2),
            list: (4, 2),
            pull: (3, 2),
            describe: (8, 2),
            link: (14, 5),
            link_again: (9, 2),
            push_linked: (20, 8),
            push_linked_again: (10, 2),
        },
        Case {
            name: "token, single POST",
            registry: registry().auth(Auth::bearer("bob", "secret")),
            login: &LOGIN,
            push: (10, 5),
            again: (7, 3),
            tag: (5, 4),
            list: (6, 4),
            pull: (5, 4),
            describe: (10, 4),
            link: (18, 7),
            link_again: (13, 4),
            push_linked: (22, 9),
            push_linked_again: (14, 4),
        },
    ]
}

/// An image beside the BoB's repository.
fn image(registry: &FaultRegistry) {
    let config = r#"{"architecture":"amd64"}"#;
    let config = json!({
        "mediaType": "application/vnd.oci.image.config.v1+json", "size": config.len(),
        "digest": registry.put_blob("org/images/webapp", config),
    });
    let image = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": []});
    registry.put_manifest("org/images/webapp", Some("1"), image.to_string());
}

#[test]
fn a_cold_process_sends_no_more_than_it_must() {
    for case in cases() {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        let registry = case.registry.clone().start();
        let place = story::fault(&registry);
        let with = |more: &[&'static str]| [more, case.login].concat();

        let counted = |what: &str, most: (usize, usize), act: &dyn Fn()| {
            let before = registry.log();
            act();
            let log = registry.log().since(&before);
            let (requests, steps) = (log.count(), log.serial_steps());
            let fits = requests <= most.0 && steps <= most.1;
            assert!(fits, "{}, {what}: {requests} requests in {steps} steps, at most {most:?}\n{log}", case.name);
        };
        counted("push", case.push, &|| {
            push(&sandbox, &place.tagged("1.0.0"), "bob", &with(&["--reproducible"])).run().ok();
        });
        counted("push again", case.again, &|| {
            push(&sandbox, &place.tagged("1.0.0"), "bob", &with(&["--reproducible"])).run().ok();
        });
        counted("two tags", case.tag, &|| {
            let reference = place.tagged("1.0.0");
            let words = ["tag", "artifact", &reference, "--tag", "a", "--tag", "b"];
            sandbox.bobctl(words.iter().chain(case.login)).run().ok();
        });
        counted("list three tags", case.list, &|| {
            sandbox.bobctl(["list", "artifacts", place.repository()].iter().chain(case.login)).run().ok();
        });
        counted("pull", case.pull, &|| {
            pull(&sandbox, &place.tagged("1.0.0"), "out", case.login).run().ok();
        });
        // Manifest; then config, layer, both lists of referrers and cosign's three tags.
        counted("describe", case.describe, &|| {
            let reference = place.tagged("1.0.0");
            sandbox.bobctl(["describe", "artifact", &reference].iter().chain(case.login)).run().ok();
        });
        // With the check of the profile and the proof that it is listed.
        image(&registry);
        let link = || {
            let (bob, image) = (place.tagged("1.0.0"), place.images().tagged("1"));
            sandbox.bobctl(["link", "artifact", &bob, &image].iter().chain(case.login)).run().ok();
        };
        counted("link", case.link, &link);
        counted("link again", case.link_again, &link);
        // Image and tag; then blobs here and there, the link, both lists, the image's config; blobs; mounts; link; proof; tag.
        webapp(&sandbox, "linked");
        sandbox.write("linked/new", "");
        let push_linked = || {
            let image = place.images().tagged("1");
            let more = with(&["--reproducible"]);
            push(&sandbox, &place.tagged("2.0.0"), "linked", &[&["--link", &image], more.as_slice()].concat())
                .run()
                .ok();
        };
        counted("push --link", case.push_linked, &push_linked);
        counted("push --link again", case.push_linked_again, &push_linked);
    }
}

#[test]
fn a_copy_sends_no_more_than_it_must() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().latency(LATENCY).start();
    let place = story::fault(&registry);
    push(&sandbox, &place.tagged("1.0.0"), "bob", &["--reproducible"]).run().ok();
    let layout = story::layout(&sandbox);
    let counted = |what: &str, most: (usize, usize), source: &str, target: &str, more: &[&str]| {
        let before = registry.log();
        sandbox.bobctl(["copy", "artifact", source, target].iter().chain(more)).run().ok();
        let log = registry.log().since(&before);
        let (requests, steps) = (log.count(), log.serial_steps());
        let fits = requests <= most.0 && steps <= most.1;
        assert!(fits, "{what}: {requests} requests in {steps} steps, at most {most:?}\n{log}");
    };
    let (source, beside) = (place.tagged("1.0.0"), registry.reference("org/copies/webapp:1"));
    // Manifest and tag; both blobs; both mounts; the manifest.
    counted("inside a registry", (7, 4), &source, &beside, &[]);
    counted("inside a registry, again", (4, 2), &source, &beside, &[]);
    // Also both lists of referrers and cosign's three tags.
    counted("with what refers to it, again", (9, 2), &source, &beside, &["-r"]);
    counted("in one repository", (3, 2), &source, &place.tagged("2"), &[]);
    counted("to a layout", (3, 2), &source, &layout.tagged("1"), &[]);
    counted("to a layout, again", (1, 1), &source, &layout.tagged("1"), &[]);
    // The tag; both blobs; both of them sent; the manifest.
    counted("from a layout", (6, 4), &layout.tagged("1"), &registry.reference("org/more/webapp:1"), &[]);
}

/// Else each process that speaks TLS, or asks a loopback registry whether it does, computes for 30 ms first.
#[test]
fn the_cryptography_is_built_to_start_at_once() {
    assert_eq!(option_env!("AWS_LC_SYS_NO_JITTER_ENTROPY"), Some("1"), ".cargo/config.toml says so");
}
