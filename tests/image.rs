//! `pull artifact --image`: the BoB that is linked to an image.

use std::time::Duration;

use bobctl::oci::annotation::{Annotations, BOB_REFERENCE, CREATED};
use bobctl::oci::{Descriptor, Digest, Document, Index, Manifest, Platform, RawManifest, media_type};
use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, Feature};
use crate::support::linked::Shelf;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, push, webapp};

const SBOM: &str = "application/spdx+json";
/// A platform that no machine of ours has, so that it is taken only when it is asked for.
const OTHER: &str = "linux/s390x";

/// `bobctl pull artifact --image IMAGE -o FOLDER`.
fn pull_image<'a>(sandbox: &'a Sandbox, image: &str, folder: &str, more: &[&str]) -> Command<'a> {
    let words = ["pull", "artifact", "--image", image, "-o", folder];
    sandbox.bobctl(words.iter().chain(more))
}

/// A BoB under the tag `bob-NAME` whose file `version` says its name.
fn bob(sandbox: &Sandbox, place: &Place, name: &str) -> String {
    let folder = format!("folders/{name}");
    webapp(sandbox, &folder);
    sandbox.write(format!("{folder}/version"), name);
    let reference = place.tagged(&format!("bob-{name}"));
    push(sandbox, &reference, &folder, &["--reproducible"]).run().ok();
    reference
}

/// What linking leaves as it is.
fn as_it_is(_: &mut Manifest) {}

/// The `version` that a pull of the BoB linked to `image` gives.
fn version(sandbox: &Sandbox, image: &str, more: &[&str]) -> String {
    pull_image(sandbox, image, "out", &[&["--force"], more].concat()).run().ok();
    sandbox.read("out/version")
}

#[test]
fn the_bob_linked_to_an_image_is_pulled() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let name = place.name;
        let reference = bob(&sandbox, &place, "1");
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("image"), "linux/amd64", name);
        shelf.attach(&image, SBOM);
        let linked = shelf.link(&reference, &image, "2025-01-01T00:00:00Z", as_it_is);

        let printed = pull_image(&sandbox, &place.tagged("image"), &format!("out {name}"), &[]).run();
        assert_eq!(printed.stderr(), "", "{name}");
        assert_eq!(digest(&printed.ok()), linked.to_string(), "{name}");
        assert_eq!(sandbox.tree(format!("out {name}")), sandbox.tree("folders/1"), "{name}");

        let by_digest = format!("{}@{}", place.repository(), image.digest);
        let out = format!("out {name} by digest");
        let shown = pull_image(&sandbox, &by_digest, &out, &["--format", "json"]).run().ok();
        let value: Value = serde_json::from_str(&shown).unwrap();
        let expected = json!({
            "reference": place.at(&linked.to_string()),
            "digest": linked,
            "output": out,
            "files": [".hidden/notes.txt", "bob.test", "bob.values", "bob.yaml", "run.sh", "version"],
            "image": place.at(&image.digest.to_string()),
        });
        assert_eq!(value, expected, "{name}");
    }
}

#[test]
fn of_several_the_newest_is_pulled_and_the_others_are_named() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("image"), "linux/amd64", "image");
        let link = |name: &str, created: &str| shelf.link(&bob(&sandbox, &place, name), &image, created, as_it_is);
        // The same day for the eye; as instants the second is an hour later.
        let older = link("1", "2025-01-01T00:00:00+02:00");
        let newest = link("2", "2024-12-31T23:00:00Z");
        let undated = link("3", "yesterday, at about\u{1b}[31m noon");
        let run = pull_image(&sandbox, &place.tagged("image"), "out", &["--force"]).run();
        assert_eq!(sandbox.read("out/version"), "2", "{}", place.name);
        let note = run.stderr();
        let named = [
            format!("{newest} (created 2024-12-31T23:00:00Z), and not"),
            format!("{older} (created 2024-12-31T22:00:00Z)"),
            format!("{undated} (no date)"),
        ];
        assert!(note.starts_with("note: ") && named.iter().all(|part| note.contains(part)), "{note}");
        assert_eq!(digest(&run.ok()), newest.to_string());

        // Of the same instant, it is always the same one.
        let twin = link("4", "2024-12-31T23:00:00.000Z");
        let highest = newest.max(twin).to_string();
        let printed = pull_image(&sandbox, &place.tagged("image"), "out", &["--force"]).run().ok();
        assert_eq!(digest(&printed), highest, "{}", place.name);
    }
}

#[test]
fn an_image_without_a_bob_says_what_is_linked_instead() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("image"), "linux/amd64", "image");
        let reference = place.tagged("image");
        let bare = reference.trim_start_matches("oci://").to_owned();
        let error = pull_image(&sandbox, &reference, "out", &[]).run().fails(3);
        assert!(error.contains(&format!("no BoB is linked to {bare}, and nothing else either")), "{error}");
        for kind in [SBOM, "application/x\u{1b}[31m"] {
            shelf.attach(&image, kind);
        }
        let error = pull_image(&sandbox, &reference, "out", &[]).run().fails(3);
        assert!(error.contains("linked are: ") && error.contains(SBOM) && !error.contains('\u{1b}'), "{error}");
        for command in ["bobctl tree artifact ", "bobctl link artifact BOB "] {
            assert!(error.contains(&format!("{command}{bare}")), "{error}");
        }
        let error = pull_image(&sandbox, &place.tagged("nowhere"), "out", &[]).run().fails(3);
        assert!(error.contains("nowhere"), "{error}");
        assert!(!sandbox.exists("out"));
    }
}

#[test]
fn an_index_is_asked_before_its_images_unless_a_platform_is_wanted() {
    let sandbox = Sandbox::new();
    let here = Platform::linux_here().to_string();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let (ours, other) = (shelf.image(None, &here, "ours"), shelf.image(None, OTHER, "other"));
        let index = shelf.index("image", &[&other, &ours]);
        let image = place.tagged("image");
        let link = |name: &str, to: &Descriptor| {
            shelf.link(&bob(&sandbox, &place, name), to, "2025-01-01T00:00:00Z", as_it_is)
        };

        let error = pull_image(&sandbox, &image, "none", &[]).run().fails(3);
        assert!(error.contains("no BoB is linked"), "{error}");
        link("ours", &ours);
        assert_eq!(version(&sandbox, &image, &[]), "ours", "{}", place.name);
        let error = pull_image(&sandbox, &image, "none", &["--platform", OTHER]).run().fails(3);
        assert!(error.contains("no BoB is linked"), "{error}");
        link("all", &index);
        assert_eq!(version(&sandbox, &image, &[]), "all", "{}", place.name);
        assert_eq!(version(&sandbox, &image, &["--platform", OTHER]), "all", "{}", place.name);
        link("other", &other);
        assert_eq!(version(&sandbox, &image, &["--platform", OTHER]), "other", "{}", place.name);
        assert_eq!(version(&sandbox, &image, &["--platform", &here]), "ours", "{}", place.name);

        let shown = pull_image(&sandbox, &image, "shown", &["--format=json", "--force", "--platform", OTHER]).run();
        let value: Value = serde_json::from_str(&shown.ok()).unwrap();
        assert_eq!(value["image"], place.at(&other.digest.to_string()));
        let error = pull_image(&sandbox, &image, "none", &["--platform", "plan9/mips"]).run().fails(3);
        assert!(error.contains(OTHER) && !sandbox.exists("none"), "{error}");
    }
}

/// The BoB of `reference` as one for a platform.
fn for_platform(shelf: &Shelf, bob: &mut Manifest, platform: &str) {
    let platform: Platform = platform.parse().unwrap();
    let config = json!({
        "architecture": platform.architecture, "os": platform.os,
        "rootfs": {"type": "layers", "diff_ids": [bob.layers[0].digest]}, "bob": {},
    });
    bob.config = shelf.blob(media_type::BOB_CONFIG, config.to_string());
}

#[test]
fn a_bob_for_one_platform_is_not_for_another() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("image"), OTHER, "image");
        let reference = bob(&sandbox, &place, "1");
        shelf.link(&reference, &image, "2025-01-01T00:00:00Z", |bob| for_platform(&shelf, bob, "linux/riscv64"));
        let error = pull_image(&sandbox, &place.tagged("image"), "none", &["--platform", OTHER]).run().fails(3);
        assert!(error.contains(OTHER) && error.contains("linux/riscv64") && !sandbox.exists("none"), "{error}");
        assert_eq!(version(&sandbox, &place.tagged("image"), &[]), "1", "{}", place.name);
    }
}

#[test]
fn of_an_index_of_bobs_the_one_for_the_platform_is_pulled() {
    let sandbox = Sandbox::new();
    let platforms = [OTHER, "linux/riscv64"];
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let images = platforms.map(|platform| shelf.image(None, platform, platform));
        let image = shelf.index("image", &images.each_ref());
        let children = platforms.map(|platform| {
            let mut child = shelf.bob(&bob(&sandbox, &place, &platform.replace('/', "-")));
            for_platform(&shelf, &mut child, platform);
            let child = RawManifest::from_manifest(&child);
            shelf.write(&child, None);
            Descriptor { platform: Some(platform.parse().unwrap()), ..child.descriptor() }
        });
        let mut bobs = Index::new(children.to_vec(), Annotations::new());
        bobs.artifact_type = Some(media_type::BOB_ARTIFACT.to_owned());
        bobs.subject = Some(image);
        let linked = shelf.refer(&RawManifest::from_index(&bobs));
        for platform in platforms {
            let words = ["--platform", platform, "--force"];
            let printed = pull_image(&sandbox, &place.tagged("image"), "out", &words).run().ok();
            assert_eq!(digest(&printed), linked.to_string(), "{}", place.name);
            assert_eq!(sandbox.read("out/version"), platform.replace('/', "-"), "{}", place.name);
        }
        let error = pull_image(&sandbox, &place.tagged("image"), "none", &[]).run().fails(3);
        assert!(platforms.iter().all(|platform| error.contains(platform)), "{error}");
    }
}

#[test]
fn a_bob_of_another_type_is_found_by_what_it_is() {
    let sandbox = Sandbox::new();
    let created = "2025-01-01T00:00:00Z";
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let reference = bob(&sandbox, &place, "1");
        let type_of_its_own = |bob: &mut Manifest| bob.artifact_type = Some("application/vnd.acme.policy".to_owned());
        let pushed = shelf.image(Some("pushed"), "linux/amd64", "pushed");
        shelf.attach(&pushed, SBOM);
        shelf.link(&reference, &pushed, created, type_of_its_own);
        assert_eq!(version(&sandbox, &place.tagged("pushed"), &[]), "1", "{}", place.name);

        let later = shelf.image(Some("later"), "linux/amd64", "later");
        shelf.link(&reference, &later, created, |bob| {
            type_of_its_own(bob);
            bob.config = shelf.blob(media_type::EMPTY, "{}");
            bob.annotations.insert(BOB_REFERENCE.to_owned(), format!("bob://layout@{}", later.digest));
        });
        assert_eq!(version(&sandbox, &place.tagged("later"), &[]), "1", "{}", place.name);
    }
}

#[test]
fn what_was_linked_as_something_else_is_not_taken_for_the_bob() {
    let sandbox = Sandbox::new();
    sandbox.write("sbom.json", "{}");
    for place in every_place(&sandbox) {
        let (reference, sbom, image) = (bob(&sandbox, &place, "1"), place.tagged("sbom"), place.tagged("image"));
        Shelf::of(&place).image(Some("image"), "linux/amd64", "image");
        let files =
            ["--file", "sbom.json:application/spdx+json", "--artifact-type", SBOM, "--source=s", "--revision=r"];
        sandbox.bobctl(["push", "artifact", &sbom].iter().chain(&files)).run().ok();
        sandbox.bobctl(["link", "artifact", &reference, &image, "--allow-mismatch"]).run().ok();
        // It is the newer of the two.
        sandbox.bobctl(["link", "artifact", &sbom, &image, "--artifact-type", SBOM]).run().ok();
        assert_eq!(version(&sandbox, &image, &[]), "1", "{}", place.name);
    }
}

/// A registry whose list of the image's referrers is what the test says.
struct Listed {
    sandbox: Sandbox,
    registry: FaultRegistry,
    image: Descriptor,
    shelf: Shelf,
}

impl Listed {
    fn new() -> Self {
        let (sandbox, registry) = (Sandbox::new(), FaultRegistry::builder().without(Feature::Referrers).start());
        let place = story::fault(&registry);
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("image"), "linux/amd64", "image");
        Self { sandbox, registry, image, shelf }
    }

    fn link(&self, name: &str, created: &str, change: impl FnOnce(&mut Manifest)) -> Digest {
        let reference = bob(&self.sandbox, &story::fault(&self.registry), name);
        self.shelf.link(&reference, &self.image, created, change)
    }

    /// Put these entries in the list's place.
    fn list(&self, entries: &[Value]) {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries});
        let tag = self.image.digest.to_string().replace(':', "-");
        self.registry.put_manifest("org/bobs/webapp", Some(&tag), index.to_string());
    }

    /// The entry of a manifest that is there, with the members of `more`.
    fn entry(&self, digest: &Digest, more: Value) -> Value {
        let mut entry = serde_json::to_value(self.shelf.manifest(digest).descriptor()).unwrap();
        let Value::Object(more) = more else { panic!("members") };
        entry.as_object_mut().unwrap().extend(more);
        entry
    }

    fn pull(&self, out: &str) -> Command<'_> {
        pull_image(&self.sandbox, &story::fault(&self.registry).tagged("image"), out, &[])
    }
}

#[test]
fn entries_that_do_not_say_what_they_are_are_opened() {
    for said in [json!({}), json!({"artifactType": ""}), json!({"artifactType": media_type::EMPTY})] {
        let place = Listed::new();
        let older = place.link("1", "2025-01-01T00:00:00Z", as_it_is);
        let newest = place.link("2", "2025-01-02T00:00:00Z", as_it_is);
        let sbom = place.shelf.attach(&place.image, SBOM);
        let gone = json!({"mediaType": media_type::MANIFEST, "digest": Digest::of(b"gone"), "size": 4});
        let listed =
            json!({"artifactType": media_type::BOB_ARTIFACT, "annotations": {(CREATED): "2025-01-01T00:00:00Z"}});
        place.list(&[
            gone,
            place.entry(&sbom, said.clone()),
            place.entry(&older, listed),
            place.entry(&newest, said.clone()),
        ]);
        let printed = place.pull("out").run();
        assert!(printed.stderr().contains(&older.to_string()), "{}", printed.stderr());
        assert_eq!(digest(&printed.ok()), newest.to_string(), "{said}");

        place.list(&[place.entry(&sbom, said.clone())]);
        let error = place.pull("none").run().fails(3);
        assert!(error.contains(&format!("linked are: {SBOM}")), "{said}: {error}");
    }
}

#[test]
fn a_list_full_of_strangers_costs_a_bounded_number_of_requests() {
    let place = Listed::new();
    let stranger = |number: u32| {
        let digest = Digest::of(&number.to_be_bytes());
        json!({"mediaType": media_type::MANIFEST, "digest": digest, "size": 4})
    };
    place.list(&(0..1000).map(stranger).collect::<Vec<_>>());
    let before = place.registry.log().count();
    place.pull("out").run().fails(3);
    let asked = place.registry.log().count() - before;
    assert!(asked <= 3 + 32, "{asked} requests");
}

#[test]
fn a_list_cannot_give_somebody_elses_bob() {
    let place = Listed::new();
    let honest = place.link("1", "2025-01-01T00:00:00Z", as_it_is);
    let other = place.shelf.image(None, "linux/amd64", "other");
    let elsewhere = place.link("2", "2030-01-01T00:00:00Z", |bob| {
        bob.subject.as_mut().unwrap().digest = other.digest.clone();
    });
    let nowhere = place.link("3", "2030-01-01T00:00:00Z", as_it_is);
    let Ok(Document::Manifest(mut unlinked)) = place.shelf.manifest(&nowhere).document() else { panic!("a manifest") };
    unlinked.subject = None;
    let unlinked = RawManifest::from_manifest(&unlinked);
    place.shelf.write(&unlinked, None);
    let claim = |created: &str| json!({"artifactType": media_type::BOB_ARTIFACT, "annotations": {(CREATED): created}});
    for (liar, names) in [(&elsewhere, other.digest.to_string()), (unlinked.digest(), "nothing".to_owned())] {
        place.list(&[
            place.entry(&honest, claim("2025-01-01T00:00:00Z")),
            place.entry(liar, claim("2030-01-01T00:00:00Z")),
        ]);
        let run = place.pull("out").run();
        assert_eq!(run.stdout(), "");
        let error = run.fails(6);
        let parts = [liar.to_string(), place.image.digest.to_string(), format!("its own subject is {names}")];
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        assert!(!place.sandbox.exists("out"));
    }
}

#[test]
fn one_of_reference_and_image_is_given() {
    let sandbox = Sandbox::new();
    let image = story::layout(&sandbox).tagged("image");
    for words in [
        &["-o", "out"][..],
        &[&image, "--image", &image, "-o", "out"],
        &["--image", &image, "--semver", "^1", "-o", "out"],
        &["--image", "nowhere/x:", "-o", "out"],
    ] {
        let error = sandbox.bobctl(["pull", "artifact"].iter().chain(words)).run().fails(2);
        assert!(error.starts_with("error: "), "{words:?}: {error}");
    }
    assert!(!sandbox.exists("out"));
}

#[test]
fn the_linked_bob_is_four_steps_away() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::builder().latency(Duration::from_millis(60)).start());
    let place = story::fault(&registry);
    let shelf = Shelf::of(&place);
    let image = shelf.image(Some("image"), "linux/amd64", "image");
    shelf.link(&bob(&sandbox, &place, "1"), &image, "2025-01-01T00:00:00Z", as_it_is);
    let before = registry.log();
    pull_image(&sandbox, &place.tagged("image"), "out", &[]).run().ok();
    let log = registry.log().since(&before);
    // The image, both lists of referrers, the BoB, its config and its layer.
    assert!(log.count() <= 6 && log.serial_steps() <= 4, "{} steps\n{log}", log.serial_steps());
}
