//! `-r`: what refers to it comes along, and is found at the destination by whichever list is kept there.

use std::collections::BTreeSet;

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Digest, Manifest, RawManifest, media_type};
use serde_json::json;

use super::{beside, copied, copy, writes};
use crate::support::fault::{FaultRegistry, Feature, PUT, on};
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, every_place};

/// What there is of an image with all that refers to it.
struct Family {
    image: Descriptor,
    child: Digest,
    sbom: Digest,
    signature: Digest,
    for_child: Digest,
}

/// Cosign's signature of `subject`, with a layer for each of `texts`.
fn sign(shelf: &Shelf, subject: &Digest, texts: &[&str]) -> Digest {
    let config = shelf.blob("application/vnd.oci.image.config.v1+json", "{}");
    let layers =
        texts.iter().map(|&text| shelf.blob("application/vnd.dev.cosign.simplesigning.v1+json", text)).collect();
    let signature = RawManifest::from_manifest(&Manifest::new(config, layers, Annotations::new()));
    shelf.write(&signature, Some(&format!("sha256-{}.sig", subject.hex())));
    signature.digest().clone()
}

/// An index with an SBOM that is signed, a BoB of one of its images, and a signature under cosign's tag.
fn family(place: impl AsRef<str>) -> Family {
    let shelf = Shelf::of(place);
    let child = shelf.image(None, "linux/amd64", "app");
    let image = shelf.index("1", &[&child]);
    let sbom = shelf.attach(&image, "application/spdx+json");
    let about = Descriptor::new(media_type::MANIFEST, sbom.clone(), shelf.manifest(&sbom).bytes().len() as u64);
    let signature = shelf.attach(&about, "application/vnd.cncf.notary.signature");
    let for_child = shelf.attach(&child, media_type::BOB_ARTIFACT);
    sign(&shelf, &image.digest, &["first"]);
    Family { child: child.digest.clone(), image, sbom, signature, for_child }
}

fn listed(shelf: &Shelf, subject: &Digest) -> BTreeSet<Digest> {
    shelf.referrers(subject).into_iter().collect()
}

#[test]
fn all_that_refers_to_it_is_found_in_every_other_place() {
    let sandbox = Sandbox::new();
    let places = every_place(&sandbox);
    for (number, from) in places.iter().enumerate() {
        let source = beside(from, "family");
        let Family { image, child, sbom, signature, for_child } = family(&source);
        for to in &places {
            let what = format!("{} to {}", from.name, to.name);
            let target = beside(to, &format!("from-{number}"));
            // What is listed there already stays.
            let shelf = Shelf::of(&target);
            let own = shelf.attach(&image, "application/vnd.example.own");
            let printed = copied(&sandbox, &format!("{source}:1"), &format!("{target}:1"), &["-r"]);
            // The SBOM, its signature, the child's BoB, and cosign's signature.
            assert_eq!((&printed["referrers"], &printed["unchanged"]), (&json!(4), &json!(false)), "{what}");
            assert_eq!(listed(&shelf, &image.digest), BTreeSet::from([own, sbom.clone()]), "{what}");
            assert_eq!(listed(&shelf, &sbom), BTreeSet::from([signature.clone()]), "{what}");
            assert_eq!(listed(&shelf, &child), BTreeSet::from([for_child.clone()]), "{what}");
            let tag = format!("sha256-{}.sig", image.digest.hex());
            let (here, there) = (format!("{source}:{tag}"), format!("{target}:{tag}"));
            assert_eq!(shelf.descriptor(&there).digest, Shelf::of(&source).descriptor(&here).digest, "{what}");

            let again = copied(&sandbox, &format!("{source}:1"), &format!("{target}:1"), &["-r"]);
            assert_eq!((&again["unchanged"], &again["manifests"]["sent"]), (&json!(true), &json!(0)), "{what}");
        }
    }
}

#[test]
fn many_referrers_of_one_image_are_all_listed() {
    let sandbox = Sandbox::new();
    let places = every_place(&sandbox);
    let shelf = Shelf::of(&places[0]);
    let image = shelf.image(Some("1"), "linux/amd64", "app");
    let all: BTreeSet<Digest> =
        (0..20).map(|number| shelf.attach(&image, &format!("application/vnd.example.{number}"))).collect();
    let mut source = places[0].tagged("1");
    for place in &places {
        let target = beside(place, "many");
        copy(&sandbox, &source, &format!("{target}:1"), &["-r"]).run().ok();
        assert_eq!(listed(&Shelf::of(&target), &image.digest), all, "{}", place.name);
        source = format!("{target}:1");
    }
}

#[test]
fn the_tag_comes_after_everything_that_refers_to_it() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    family(registry.reference("org/app"));
    let before = registry.log().count();
    copy(&sandbox, &registry.reference("org/app:1"), &registry.reference("org/copy:1"), &["-r"]).run().ok();
    let writes = writes(&registry, before);
    assert_eq!(writes.last().unwrap(), "PUT /v2/org/copy/manifests/1");
    assert_eq!(writes.iter().filter(|write| write.ends_with("manifests/1")).count(), 1);

    // A referrer that is not taken leaves no name behind.
    registry.fault(on(PUT).path("/org/more/manifests/sha256-").answer(507));
    copy(&sandbox, &registry.reference("org/app:1"), &registry.reference("org/more:1"), &["-r"]).run().fails(5);
    assert_eq!(registry.tag("org/more", "1"), None);
}

#[test]
fn signatures_of_the_destination_are_not_lost() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let (source, target) = (registry.reference("org/app"), registry.reference("org/copy"));
    let Family { image, .. } = family(&source);
    let (from, to) = (format!("{source}:1"), format!("{target}:1"));
    copy(&sandbox, &from, &to, &["-r"]).run().ok();
    // One more at the source comes along.
    let more = sign(&Shelf::of(&source), &image.digest, &["first", "second"]);
    copy(&sandbox, &from, &to, &["-r"]).run().ok();
    let tag = format!("sha256-{}.sig", image.digest.hex());
    assert_eq!(registry.tag("org/copy", &tag), Some(more));
    // One that only the destination has stays.
    let own = sign(&Shelf::of(&target), &image.digest, &["own"]);
    let error = copy(&sandbox, &from, &to, &["-r"]).run().fails(7);
    assert!(error.contains(&format!("{tag} in")) && error.contains("has content of its own"), "{error}");
    assert_eq!(registry.tag("org/copy", &tag), Some(own));
}

#[test]
fn what_does_not_refer_to_it_is_left_out_and_what_is_gone_is_told() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().without(Feature::Referrers).start();
    let shelf = Shelf::of(registry.reference("org/app"));
    let [image, other] = ["app", "other"].map(|text| shelf.image((text == "app").then_some("1"), "linux/amd64", text));
    let liar = shelf.attach(&other, "application/spdx+json");
    let gone = Digest::of(b"gone");
    let entry = |digest: &Digest, size| json!({"mediaType": media_type::MANIFEST, "size": size, "digest": digest});
    let size = shelf.manifest(&liar).bytes().len();
    let list = json!({
        "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [entry(&liar, size), entry(&gone, 4)]
    });
    registry.put_manifest("org/app", Some(&format!("sha256-{}", image.digest.hex())), list.to_string());
    let target = registry.reference("org/copy");
    let run = copy(&sandbox, &registry.reference("org/app:1"), &format!("{target}:1"), &["-r"]).run();
    assert!(run.stderr().contains(&format!("{gone} is listed as referring to")), "{}", run.stderr());
    assert!(run.stderr().contains(&format!("{liar} is listed as referring to")), "{}", run.stderr());
    run.ok();
    assert_eq!(Shelf::of(&target).referrers(&image.digest), []);
    assert!(registry.manifest("org/copy", &liar.to_string()).is_none());
}

#[test]
fn a_referrer_of_a_type_that_is_not_taken_is_named() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    let shelf = Shelf::of(registry.reference("org/app"));
    let image = shelf.image(Some("1"), "linux/amd64", "app");
    let subject = json!({"mediaType": media_type::MANIFEST, "size": image.size, "digest": image.digest});
    let blob = json!({"mediaType": "t", "size": 1, "digest": registry.put_blob("org/app", "x")});
    let prototype =
        json!({"mediaType": media_type::PROTOTYPE_ARTIFACT, "artifactType": "t", "blobs": [blob], "subject": subject});
    let digest = registry.put_manifest("org/app", None, prototype.to_string());
    registry.fault(on(PUT).path("/org/copy/manifests/sha256:").after(1).error(400, "MANIFEST_INVALID"));
    let (source, target) = (registry.reference("org/app:1"), registry.reference("org/copy:1"));
    let error = copy(&sandbox, &source, &target, &["-r"]).run().fails(1);
    let named = format!("does not take manifest {digest}, which is of type '{}'", media_type::PROTOTYPE_ARTIFACT);
    assert!(error.contains(&named), "{error}");
    assert_eq!(registry.tag("org/copy", "1"), None);
    // A layout takes everything.
    copy(&sandbox, &source, &story::layout(&sandbox).tagged("1"), &["-r"]).run().ok();
}

#[test]
fn a_referrer_that_is_copied_by_itself_is_listed_too() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("1"), "linux/amd64", "app");
        let sbom = shelf.attach(&image, "application/spdx+json");
        let target = beside(&place, "alone");
        copy(&sandbox, &format!("{}@{sbom}", place.repository()), &target, &[]).run().ok();
        assert_eq!(Shelf::of(&target).referrers(&image.digest), [sbom], "{}", place.name);
    }
}

#[test]
fn a_chain_of_referrers_that_is_too_long_is_not_cut_off_silently() {
    let sandbox = Sandbox::new();
    let place = story::layout(&sandbox);
    let shelf = Shelf::of(&place);
    let image = shelf.image(Some("1"), "linux/amd64", "app");
    let mut about = image;
    for level in 0..17 {
        let digest = shelf.attach(&about, &format!("application/vnd.example.{level}"));
        about = shelf.manifest(&digest).descriptor();
    }
    let target = format!("{}:1", beside(&place, "copy"));
    let error = copy(&sandbox, &place.tagged("1"), &target, &["-r"]).run().fails(1);
    assert!(error.contains("more than 16 levels deep"), "{error}");
    sandbox.bobctl(["describe", "artifact", &target]).run().fails(3);
}
