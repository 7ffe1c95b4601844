//! `copy artifact`: any artifact or image goes from any store to any other, and stays what it is.

mod faults;
mod interrupted;
mod kinds;
mod peers;
mod referrers;
mod slips;

use serde_json::{Value, json};

use crate::support::fault::{Auth, FaultRegistry, Feature};
use crate::support::linked::Shelf;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, pull, push, webapp};

/// `bobctl copy artifact SRC DST`.
fn copy<'a>(sandbox: &'a Sandbox, source: &str, target: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["copy", "artifact", source, target].iter().chain(more))
}

/// As [`copy`], with what it printed as JSON.
fn copied(sandbox: &Sandbox, source: &str, target: &str, more: &[&str]) -> Value {
    let more = [more, &["--format", "json"]].concat();
    serde_json::from_str(&copy(sandbox, source, target, &more).run().ok()).unwrap()
}

/// Another repository, or another layout, beside that of `place`.
fn beside(place: &Place, name: &str) -> String {
    format!("{}-{name}", place.repository())
}

/// Requests that change something.
fn writes(registry: &FaultRegistry, before: usize) -> Vec<String> {
    let log = registry.log();
    let since = log.records().iter().skip(before).filter(|record| record.method != "GET" && record.method != "HEAD");
    since.map(|record| format!("{} {}", record.method, record.target)).collect()
}

/// An index of two images at `place` as `1`, and its digest. Both images have the same layer.
fn index(place: impl AsRef<str>) -> String {
    let shelf = Shelf::of(place);
    let images = ["linux/amd64", "linux/arm64"].map(|platform| shelf.image(None, platform, "app"));
    shelf.index("1", &images.each_ref()).digest.to_string()
}

#[test]
fn it_goes_from_every_place_to_every_other() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let places = every_place(&sandbox);
    for (number, from) in places.iter().enumerate() {
        let source = from.tagged("1.0.0");
        let bob = digest(&push(&sandbox, &source, "bob", &["--reproducible"]).run().ok());
        let images = beside(from, "images");
        let index = index(&images);
        for to in &places {
            let what = format!("{} to {}", from.name, to.name);
            let target = beside(to, &format!("from-{number}"));
            let printed = copy(&sandbox, &source, &format!("{target}:2"), &[]).run().ok();
            assert_eq!(printed, format!("{}@{bob}\n", target.trim_start_matches("oci://")), "{what}");
            let again = copied(&sandbox, &source, &format!("{target}:2"), &[]);
            assert_eq!((&again["digest"], &again["unchanged"]), (&json!(bob), &json!(true)), "{what}");
            pull(&sandbox, &format!("{target}:2"), &what, &[]).run().ok();
            assert_eq!(sandbox.tree(&what), sandbox.tree("bob"), "{what}");

            let whole = copied(&sandbox, &format!("{images}:1"), &format!("{target}:1"), &[]);
            assert_eq!(
                (&whole["digest"], &whole["manifests"]),
                (&json!(index), &json!({"sent": 3, "present": 0})),
                "{what}"
            );
            let (here, there) = (Shelf::of(&images), Shelf::of(&target));
            let index = index.parse().unwrap();
            assert_eq!(there.manifest(&index), here.manifest(&index), "{what}");
        }
    }
}

#[test]
fn inside_one_registry_no_byte_of_a_blob_travels_and_a_second_copy_writes_nothing() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let place = story::fault(&registry);
    let digest = index(&place);
    let target = registry.reference("org/copies/webapp:1");
    let before = registry.log();
    let first = copied(&sandbox, &place.tagged("1"), &target, &[]);
    let expected = json!({
        "reference": format!("{}/org/copies/webapp@{digest}", registry.host()), "digest": digest,
        "source": place.at(&digest), "tag": "1", "mediaType": "application/vnd.oci.image.index.v1+json",
        "size": first["size"], "manifests": {"sent": 3, "present": 0},
        // Both images have the same layer, and each has a config.
        "blobs": {"mounted": 3, "sent": 0, "present": 0}, "unchanged": false,
    });
    assert_eq!(first, expected);
    let log = registry.log().since(&before);
    let of_blobs = log.only(|record| record.target.contains("/blobs/") && record.method != "HEAD");
    assert!(of_blobs.records().iter().all(|record| record.target.contains("mount=") && record.received == 0), "{log}");
    // The children, and then the index under its tag.
    let puts: Vec<String> = writes(&registry, before.count()).into_iter().filter(|it| it.starts_with("PUT")).collect();
    assert_eq!(puts.len(), 3);
    assert_eq!(puts[2], "PUT /v2/org/copies/webapp/manifests/1");

    let before = registry.log().count();
    let again = copied(&sandbox, &place.tagged("1"), &target, &[]);
    assert_eq!((&again["unchanged"], &again["manifests"]), (&json!(true), &json!({"sent": 0, "present": 3})));
    assert_eq!(writes(&registry, before), [""; 0]);
}

#[test]
fn what_was_lost_is_mended_by_copying_once_more() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let target = beside(&place, "copy");
    copy(&sandbox, &place.tagged("1"), &format!("{target}:1"), &[]).run().ok();
    let layer = bobctl::oci::Digest::of(b"app");
    std::fs::remove_file(sandbox.path("layout-copy/blobs/sha256").join(layer.hex())).unwrap();
    let mended = copied(&sandbox, &place.tagged("1"), &format!("{target}:1"), &[]);
    assert_eq!(
        (&mended["blobs"], &mended["unchanged"]),
        (&json!({"mounted": 0, "sent": 1, "present": 2}), &json!(false))
    );
}

#[test]
fn one_platform_is_copied_alone() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let (source, target) = (place.tagged("1"), beside(&place, "arm"));
    let tagged = format!("{target}:1");
    let copied = copied(&sandbox, &source, &tagged, &["--platform", "linux/arm64"]);
    assert_eq!((&copied["manifests"], &copied["blobs"]["sent"]), (&json!({"sent": 1, "present": 0}), &json!(2)));
    let config = Shelf::of(&target).bob(&tagged).config;
    let config = sandbox.read(format!("layout-arm/blobs/sha256/{}", config.digest.hex()));
    assert!(config.contains("arm64"), "{config}");

    let absent = copy(&sandbox, &source, &tagged, &["--platform", "linux/s390x"]).run().fails(3);
    assert!(absent.contains("no manifest for linux/s390x; there are: linux/amd64, linux/arm64"), "{absent}");
    // What was copied is an image for arm64 and nothing else.
    let other = copy(&sandbox, &tagged, &source, &["--platform", "linux/amd64"]).run().fails(3);
    assert!(other.contains("no manifest for linux/amd64; there are: linux/arm64"), "{other}");
}

#[test]
fn without_a_tag_it_is_reachable_by_digest_and_a_digest_has_to_come_out() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let digest = index(&place);
        let target = beside(&place, "untagged");
        let run = copy(&sandbox, &place.tagged("1"), &target, &[]).run();
        assert!(
            run.stderr().contains("note: no tag is given; the copy is reachable by its digest alone"),
            "{}",
            run.stderr()
        );
        run.ok();
        Shelf::of(&target).manifest(&digest.parse().unwrap());
        let again = copied(&sandbox, &place.tagged("1"), &format!("{target}@{digest}"), &[]);
        assert_eq!((&again["unchanged"], again.get("tag")), (&json!(true), None), "{}", place.name);

        let wrong = format!("{target}:1@sha256:{}", "0".repeat(64));
        let error = copy(&sandbox, &place.tagged("1"), &wrong, &[]).run().fails(7);
        assert!(error.contains(&format!("the content gives {digest}")), "{error}");
    }
}

#[test]
fn inside_one_repository_it_is_one_name_more() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let place = story::fault(&registry);
    let digest = index(&place);
    let before = registry.log().count();
    let copied = copied(&sandbox, &place.tagged("1"), &place.tagged("2"), &["-r"]);
    assert_eq!((&copied["unchanged"], &copied["digest"]), (&json!(false), &json!(digest)));
    assert_eq!(writes(&registry, before), ["PUT /v2/org/bobs/webapp/manifests/2"]);
    let itself = super::copy::copied(&sandbox, &place.tagged("1"), &place.tagged("1"), &[]);
    assert_eq!(itself["unchanged"], true);
    assert_eq!(writes(&registry, before).len(), 1);
}

#[test]
fn what_cannot_be_read_or_written_is_told_with_its_exit_code() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    index(&place);
    let error = copy(&sandbox, &place.tagged("2"), &beside(&place, "copy"), &[]).run().fails(3);
    assert!(error.contains("there is no tag '2'"), "{error}");
    assert!(!sandbox.exists("layout-copy"));

    let kept = FaultRegistry::builder().with(Feature::ImmutableTags).start();
    Shelf::of(kept.reference("org/app")).image(Some("1"), "linux/amd64", "another");
    let error = copy(&sandbox, &place.tagged("1"), &kept.reference("org/app:1"), &[]).run().fails(7);
    assert!(error.contains("tag 1 of") && error.contains("cannot be moved"), "{error}");

    let closed = FaultRegistry::builder().auth(Auth::bearer("bob", "secret")).start();
    copy(&sandbox, &place.tagged("1"), &closed.reference("org/app:1"), &[]).run().fails(4);
    copy(&sandbox, &place.tagged("1"), &closed.reference("org/app:1"), &["--to-creds", "bob:secret"]).run().ok();
    copy(&sandbox, &closed.reference("org/app:1"), &beside(&place, "back"), &["--from-creds", "bob:secret"]).run().ok();
}

#[test]
fn with_tokens_both_repositories_of_a_registry_are_used_and_blobs_are_mounted() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", "secret")).start();
    let layout = story::layout(&sandbox);
    index(&layout);
    let (source, login) = (registry.reference("org/app:1"), ["--creds", "bob:secret"]);
    copy(&sandbox, &layout.tagged("1"), &source, &login).run().ok();
    let copied = copied(&sandbox, &source, &registry.reference("org/copy:1"), &login);
    assert_eq!(copied["blobs"], json!({"mounted": 3, "sent": 0, "present": 0}));
}

#[test]
fn it_says_as_much_as_it_is_asked_to() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let digest = index(&place);
    let target = |name: &str| format!("{}:1", beside(&place, name));
    let quiet = copy(&sandbox, &place.tagged("1"), &target("quiet"), &["-q"]).run();
    assert_eq!((quiet.stderr(), quiet.stdout().trim_end().ends_with(&digest)), ("", true));
    let verbose = copy(&sandbox, &place.tagged("1"), &target("verbose"), &["-v"]).run();
    assert!(verbose.stderr().contains("is not there yet"), "{}", verbose.stderr());
    assert!(verbose.stderr().contains(&format!("manifest {digest} of type")), "{}", verbose.stderr());
    let yaml = copy(&sandbox, &place.tagged("1"), &target("yaml"), &["-o", "yaml"]).run().ok();
    assert!(yaml.contains(&format!("digest: {digest}\n")), "{yaml}");
}
