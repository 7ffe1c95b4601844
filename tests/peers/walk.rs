//! The provenance walk: from an image to its SBOM, and to the signatures of both.

use serde_json::Value;

use crate::support::sandbox::Sandbox;
use crate::support::shown::{Form, copied_image, cosign_sign, oras_copy_to_layout};
use crate::support::story::{Place, digest, every_place};

const SBOM: &str = "application/spdx+json";
const SIGNATURE: &str = "a signature";

/// What refers to a manifest, by its kind, and what refers to that.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Branch(String, Vec<Branch>);

impl Branch {
    fn of(kind: &str, referrers: Vec<Self>) -> Self {
        Self(kind.to_owned(), referrers)
    }

    fn all(node: &Value) -> Vec<Self> {
        let referrers = node["referrers"].as_array().unwrap_or_else(|| panic!("referrers: {node}"));
        let kind = |node: &Value| match node["signature"].as_bool() {
            Some(true) => SIGNATURE.to_owned(),
            _ => node["artifactType"].as_str().unwrap_or_else(|| panic!("a type: {node}")).to_owned(),
        };
        let mut branches: Vec<Self> = referrers.iter().map(|node| Self(kind(node), Self::all(node))).collect();
        branches.sort();
        branches
    }
}

/// `bobctl tree artifact IMAGE`.
fn tree(sandbox: &Sandbox, image: &str) -> Vec<Branch> {
    let printed = sandbox.bobctl(["tree", "artifact", image, "--format", "json"]).run().ok();
    Branch::all(&serde_json::from_str(&printed).unwrap())
}

/// The SBOM is pushed, and attached to the image.
fn attach(sandbox: &Sandbox, place: &Place, image: &str) -> String {
    let (reference, file) = (place.tagged("sbom"), format!("sbom.spdx.json:{SBOM}"));
    let words = ["push", "artifact", &reference, "--file", &file, "--artifact-type", SBOM, "--link", image];
    digest(&sandbox.bobctl(words).run().ok())
}

#[test]
fn from_an_image_to_the_signature_of_its_sbom() {
    let sandbox = Sandbox::new();
    sandbox.write("sbom.spdx.json", r#"{"spdxVersion":"SPDX-2.3"}"#);
    // crane and cosign know registries alone.
    for place in every_place(&sandbox).into_iter().filter(|place| !place.is_layout()) {
        let (name, images) = (place.name, place.images());
        let Some(()) = copied_image(&sandbox, &images, "1.0.0", Form::Docker) else { return };
        let image = images.tagged("1.0.0");
        assert_eq!(tree(&sandbox, &image), [], "{name}");

        let sbom = attach(&sandbox, &place, &image);
        assert_eq!(tree(&sandbox, &image), [Branch::of(SBOM, vec![])], "{name}");

        let described = sandbox.bobctl(["describe", "artifact", &image, "--format", "json"]).run().ok();
        let described: Value = serde_json::from_str(&described).unwrap();
        for digest in [described["digest"].as_str().unwrap(), &sbom] {
            let Some(()) = cosign_sign(&sandbox, &images, digest) else { return };
        }
        let signature = || Branch::of(SIGNATURE, vec![]);
        let two_levels = [signature(), Branch::of(SBOM, vec![signature()])];
        assert_eq!(tree(&sandbox, &image), two_levels, "{name}");

        if !images.lacks_referrers() {
            // oras takes along what is listed as a referrer, not cosign's tags.
            let Some(copy) = oras_copy_to_layout(&sandbox, &image, name) else { return };
            assert_eq!(tree(&sandbox, &copy), two_levels, "{name}, in a layout");
        }
    }
}
