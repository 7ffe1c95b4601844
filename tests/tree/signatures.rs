//! Signatures of cosign, both generations, in each of its ways.

use super::{SPDX, each, oras_attach, plain, tree};
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;
use crate::support::story::{Place, digest, every_place, push, webapp};

/// A key pair without password as `cosign.key`.
#[track_caller]
fn keys(sandbox: &Sandbox) -> Option<()> {
    let cosign = peer("cosign2")?;
    sandbox.program(cosign.to_str().unwrap(), ["generate-key-pair"]).env("COSIGN_PASSWORD", "").run().ok();
    Some(())
}

#[track_caller]
fn sign(sandbox: &Sandbox, cosign: &str, reference: &str, more: &[&str]) -> Option<()> {
    let program = peer(cosign)?;
    let words = ["sign", "--key", "cosign.key", "--tlog-upload=false", "--yes"];
    let words = words.iter().chain(more).copied().chain([plain(reference)]);
    let command = sandbox.program(program.to_str().unwrap(), words).env("COSIGN_PASSWORD", "");
    command.env("COSIGN_EXPERIMENTAL", "1").run().ok();
    Some(())
}

/// The registries on which cosign works: on a 405 it gives up, and it knows no layouts.
fn registries(sandbox: &Sandbox) -> Vec<Place> {
    let fits = |place: &Place| ["olareg", "docker-registry"].contains(&place.name);
    every_place(sandbox).into_iter().filter(fits).collect()
}

#[test]
fn signatures_by_tag_by_referrer_and_by_bundle_are_shown_and_not_called_verified() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(()) = keys(&sandbox) else { return };
    for place in registries(&sandbox) {
        let name = place.name;
        let subject = digest(&push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok());
        let at = format!("{}@{subject}", place.repository());
        let Some(()) = sign(&sandbox, "cosign2", &at, &[]) else { continue };
        sign(&sandbox, "cosign2", &at, &["--registry-referrers-mode=oci-1-1"]);
        let Some(()) = sign(&sandbox, "cosign3", &at, &["--use-signing-config=false"]) else { continue };

        let found = tree(&sandbox, &place.tagged("1"), &[]);
        let nodes = found["referrers"].as_array().unwrap();
        assert_eq!(nodes.len(), 3, "{name}: {found}");
        let tag = format!("{}.sig", subject.replace(':', "-"));
        assert_eq!(nodes[2]["listed"], tag, "{name}: {found}");
        let list = if name == "olareg" { "api" } else { "tag" };
        assert_eq!(each(&found["referrers"], "listed"), [list, list, &tag], "{name}");
        let kinds = each(&found["referrers"], "artifactType");
        assert!(kinds.contains(&"application/vnd.dev.cosign.artifact.sig.v1+json"), "{name}: {kinds:?}");
        // Where the registry keeps no list, cosign 3 lists its bundles by the type of their config (`signing.md` A3).
        let bundle = if name == "olareg" { "vnd.dev.sigstore.bundle" } else { "vnd.oci.empty" };
        assert!(kinds.iter().any(|kind| kind.contains(bundle)), "{name}: {kinds:?}");

        let text = sandbox.bobctl(["tree", "artifact", &place.tagged("1")]).run().ok();
        let line = text.lines().find(|line| line.contains(&tag)).unwrap_or_else(|| panic!("{text}"));
        assert!(line.ends_with("(signature, not verified)"), "{name}: {line}");
    }
}

#[test]
fn a_signature_of_an_sbom_hangs_below_the_sbom() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("sbom.json", "{}");
    let Some(()) = keys(&sandbox) else { return };
    for place in registries(&sandbox) {
        let name = place.name;
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        let Some(sbom) = oras_attach(&sandbox, &place, &place.tagged("1"), SPDX, "sbom.json") else { continue };
        let at_sbom = format!("{}@{sbom}", place.repository());
        let mode = "--registry-referrers-mode=oci-1-1";
        let Some(()) = sign(&sandbox, "cosign2", &at_sbom, &[mode]) else { continue };

        let found = tree(&sandbox, &place.tagged("1"), &[]);
        assert_eq!(each(&found["referrers"], "digest"), [&sbom], "{name}: {found}");
        let below = &found["referrers"][0]["referrers"];
        assert_eq!(each(below, "artifactType"), ["application/vnd.dev.cosign.artifact.sig.v1+json"], "{name}: {found}");
        assert_eq!(below[0]["signature"], true, "{name}");
    }
}
