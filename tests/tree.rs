//! `tree artifact`: what refers to an artifact, put there by the tools that others use.

mod hostile;
mod prototypes;
mod signatures;

use serde_json::{Value, json};

use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::Sandbox;
use crate::support::story::{Place, digest, every_place, layout, push, webapp};

const SPDX: &str = "application/spdx+json";
const POLICY: &str = "application/vnd.example.policy";

/// `bobctl tree artifact REFERENCE -o json`.
fn tree(sandbox: &Sandbox, reference: &str, more: &[&str]) -> Value {
    let words = ["tree", "artifact", reference, "-o", "json"];
    let printed = sandbox.bobctl(words.iter().chain(more)).run().ok();
    serde_json::from_str(&printed).unwrap()
}

/// The member of each node in a list.
fn each<'a>(nodes: &'a Value, member: &str) -> Vec<&'a str> {
    nodes.as_array().into_iter().flatten().filter_map(|node| node[member].as_str()).collect()
}

fn is_layout(place: &Place) -> bool {
    place.repository().starts_with("oci-layout://")
}

/// A reference without its scheme.
fn plain(reference: &str) -> &str {
    reference.split_once("://").map_or(reference, |(_, plain)| plain)
}

/// `oras attach`; answers the digest of what was attached.
#[track_caller]
fn oras_attach(sandbox: &Sandbox, place: &Place, subject: &str, kind: &str, file: &str) -> Option<String> {
    let oras = peer("oras")?;
    let flag = if is_layout(place) { "--oci-layout" } else { "--plain-http" };
    let mut words = vec!["attach", flag, "--artifact-type", kind, "-a", "note=by oras", plain(subject), file];
    // Where olareg has no list of its own, it answers 405, which oras takes for a failure.
    if place.name == "olareg without referrers" {
        words.extend(["--distribution-spec", "v1.1-referrers-tag"]);
    }
    words.extend(["--format", "go-template", "--template", "{{.digest}}"]);
    let printed = sandbox.program(oras.to_str().unwrap(), words).run().ok();
    Some(printed.trim().to_owned())
}

/// `regctl artifact put --subject`.
#[track_caller]
fn regctl_put(sandbox: &Sandbox, place: &Place, subject: &str, kind: &str, file: &str) -> Option<()> {
    let subject = regctl_name(subject);
    let file = format!("--file={file}");
    regctl(sandbox, place, &["artifact", "put", "--artifact-type", kind, "--subject", &subject, &file])
}

#[track_caller]
fn regctl(sandbox: &Sandbox, place: &Place, words: &[&str]) -> Option<()> {
    let regctl = peer("regctl")?;
    let host = plain(place.repository()).split('/').next().filter(|host| !host.is_empty()).unwrap_or("localhost");
    let flag = format!("--host=reg={host},tls=disabled");
    sandbox.program(regctl.to_str().unwrap(), std::iter::once(&*flag).chain(words.iter().copied())).run().ok();
    Some(())
}

fn regctl_name(reference: &str) -> String {
    let scheme = if reference.starts_with("oci-layout://") { "ocidir://" } else { "" };
    format!("{scheme}{}", plain(reference))
}

#[test]
fn what_oras_and_regctl_attach_is_found_on_every_place_two_levels_deep() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("sbom.json", "{}");
    sandbox.write("policy.yaml", "deny: []\n");
    for place in every_place(&sandbox) {
        let (name, reference) = (place.name, place.tagged("1"));
        let subject = digest(&push(&sandbox, &reference, "bob", &["--reproducible"]).run().ok());
        let Some(sbom) = oras_attach(&sandbox, &place, &reference, SPDX, "sbom.json") else { continue };
        let at_sbom = format!("{}@{sbom}", place.repository());
        oras_attach(&sandbox, &place, &at_sbom, "application/x-review", "policy.yaml");
        let Some(()) = regctl_put(&sandbox, &place, &reference, POLICY, "policy.yaml") else { continue };

        let found = tree(&sandbox, &reference, &[]);
        assert_eq!(found["digest"], subject, "{name}: {found}");
        assert_eq!(found["reference"], place.at(&subject), "{name}");
        assert_eq!(found["artifactType"], "application/vnd.k8sstormcenter.bob.config.v1+json", "{name}");
        assert_eq!(found["created"], "1970-01-01T00:00:00Z", "{name}");
        let mut kinds = each(&found["referrers"], "artifactType");
        kinds.sort_unstable();
        assert_eq!(kinds, [SPDX, POLICY], "{name}: {found}");
        let expected = match name {
            "layout" => "layout",
            "olareg" => "api",
            _ => "tag",
        };
        assert_eq!(each(&found["referrers"], "listed"), [expected; 2], "{name}: {found}");
        let ours = found["referrers"].as_array().unwrap().iter().find(|node| node["digest"] == sbom).unwrap();
        assert_eq!(ours["annotations"]["note"], "by oras", "{name}");
        assert!(ours["created"].is_string() && ours["size"].is_u64(), "{name}: {ours}");
        assert_eq!(each(&ours["referrers"], "artifactType"), ["application/x-review"], "{name}: {found}");

        let shallow = tree(&sandbox, &reference, &["--depth", "1"]);
        assert_eq!(each(&shallow["referrers"], "digest").len(), 2, "{name}");
        assert!(!shallow.to_string().contains("x-review"), "{name}: {shallow}");
        let filtered = tree(&sandbox, &reference, &["--artifact-type", "application/x-review"]);
        assert_eq!(each(&filtered["referrers"], "digest"), [&sbom], "{name}: the branch that leads there");
    }
}

#[test]
fn a_layout_without_tags_as_crane_makes_it_has_a_tree_by_digest() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("sbom.json", "{}");
    let (Some(crane), Some(registry)) = (peer("crane"), Olareg::start(OlaregOptions::default())) else { return };
    let there = format!("oci://{}/image:1", registry.host());
    let subject = digest(&push(&sandbox, &there, "bob", &[]).run().ok());
    let place = layout(&sandbox);
    let words = ["pull", "--format=oci", plain(&there), plain(place.repository())];
    sandbox.program(crane.to_str().unwrap(), words).run().ok();
    let at = place.at(&subject);
    let Some(sbom) = oras_attach(&sandbox, &place, &at, SPDX, "sbom.json") else { return };
    let found = tree(&sandbox, &at, &[]);
    assert_eq!(each(&found["referrers"], "digest"), [&sbom], "{found}");
    assert_eq!(each(&found["referrers"], "listed"), ["layout"], "{found}");
}

#[test]
fn a_tree_is_drawn_a_line_a_manifest() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("sbom.json", "{}");
    let place = layout(&sandbox);
    let reference = place.tagged("1");
    let subject = digest(&push(&sandbox, &reference, "bob", &["--reproducible"]).run().ok());
    let Some(sbom) = oras_attach(&sandbox, &place, &reference, SPDX, "sbom.json") else { return };
    let at_sbom = place.at(&sbom);
    for kind in ["x/one", "x/two"] {
        oras_attach(&sandbox, &place, &at_sbom, kind, "bob/bob.test");
    }
    let run = |more: &[&str]| sandbox.bobctl(["tree", "artifact", &reference].iter().chain(more)).run().ok();
    let text = run(&[]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with(&format!("{}  application/vnd.k8s", place.at(&subject))), "{text}");
    assert!(lines[0].ends_with(" B  1970-01-01T00:00:00Z"), "{text}");
    assert!(lines[1].starts_with(&format!("└── {SPDX}  {}  ", &sbom[..19])), "{text}");
    // oras writes index.json in an order of its own.
    let (first, second) = if lines[2].contains("x/one") { ("x/one", "x/two") } else { ("x/two", "x/one") };
    assert!(lines[2].starts_with(&format!("    ├── {first}  sha256:")), "{text}");
    assert!(lines[3].starts_with(&format!("    └── {second}  sha256:")), "{text}");
    let text = run(&["--verbose"]);
    assert!(text.contains(&format!("└── {SPDX}  {sbom}  ")), "{text}");
    assert!(text.contains("\n    │   note: by oras\n"), "{text}");
    assert!(text.contains("\n    │       note: by oras\n") && text.contains("\n            note: by oras\n"), "{text}");
}

#[test]
fn platforms_are_branches_with_referrers_of_their_own() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("sbom.json", "{}");
    for place in every_place(&sandbox) {
        let name = place.name;
        let amd = digest(&push(&sandbox, &place.tagged("amd64"), "bob", &[]).run().ok());
        let arm = digest(&push(&sandbox, &place.tagged("arm64"), "bob/bob.yaml", &[]).run().ok());
        let all = place.tagged("all");
        let index = regctl_name(&all);
        let Some(()) = regctl(&sandbox, &place, &["index", "create", &index]) else { continue };
        for (platform, tag) in [("linux/amd64", "amd64"), ("linux/arm64", "arm64")] {
            let entry = regctl_name(&place.tagged(tag));
            regctl(&sandbox, &place, &["index", "add", &index, "--ref", &entry, "--desc-platform", platform]);
        }
        let at_arm = format!("{}@{arm}", place.repository());
        let Some(_) = oras_attach(&sandbox, &place, &at_arm, SPDX, "sbom.json") else { continue };
        oras_attach(&sandbox, &place, &all, POLICY, "sbom.json");

        let found = tree(&sandbox, &all, &["--depth", "1"]);
        assert_eq!(found["mediaType"], "application/vnd.oci.image.index.v1+json", "{name}");
        assert_eq!(each(&found["referrers"], "artifactType"), [POLICY], "{name}: {found}");
        assert_eq!(each(&found["platforms"], "platform"), ["linux/amd64", "linux/arm64"], "{name}");
        assert_eq!(each(&found["platforms"], "digest"), [&amd, &arm], "{name}");
        assert_eq!(found["platforms"][0]["referrers"], json!([]), "{name}");
        assert_eq!(each(&found["platforms"][1]["referrers"], "artifactType"), [SPDX], "{name}: {found}");
        let filtered = tree(&sandbox, &all, &["--artifact-type", SPDX]);
        assert_eq!(each(&filtered["platforms"], "digest"), [&arm], "{name}");
        assert_eq!(filtered["referrers"], json!([]), "{name}");
    }
}

#[test]
fn nothing_refers_to_it() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let reference = place.tagged("1");
        push(&sandbox, &reference, "bob", &[]).run().ok();
        let run = sandbox.bobctl(["tree", "artifact", &reference]).run();
        assert!(run.stderr().starts_with("note: nothing refers to "), "{}: {}", place.name, run.stderr());
        assert_eq!(run.ok().lines().count(), 1, "{}", place.name);
        let run = sandbox.bobctl(["tree", "artifact", &reference, "--artifact-type", "x/y", "-o", "json"]).run();
        assert!(run.stderr().starts_with("note: nothing of type x/y refers to "), "{}", run.stderr());
        let found: Value = serde_json::from_str(&run.ok()).unwrap();
        assert_eq!(found["referrers"], json!([]), "{}", place.name);
    }
}

#[test]
fn what_is_not_there_is_not_found_and_depths_have_a_range() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        let error = sandbox.bobctl(["tree", "artifact", &place.tagged("none")]).run().fails(3);
        assert!(error.contains("none"), "{}: {error}", place.name);
        for depth in ["0", "17", "-1", "all"] {
            sandbox.bobctl(["tree", "artifact", &place.tagged("1"), &format!("--depth={depth}")]).run().fails(2);
        }
    }
}

#[test]
fn a_tree_is_yaml_too() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = layout(&sandbox);
    let pushed = digest(&push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok());
    let printed = sandbox.bobctl(["tree", "artifact", &place.tagged("1"), "--format", "yaml"]).run().ok();
    assert!(
        printed.contains(&format!("\ndigest: {pushed}\n")) || printed.contains(&format!("\ndigest: \"{pushed}\"\n"))
    );
    assert!(printed.contains("\nreferrers: []\n"), "{printed}");
}
