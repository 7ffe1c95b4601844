//! What copy writes is read by oras, regctl, crane and skopeo, and what they write is read by copy.

use serde_json::json;

use super::{copied, copy};
use crate::support::linked::Shelf;
use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{ORIGIN, digest, webapp};

#[track_caller]
fn tool<'a>(sandbox: &'a Sandbox, name: &str) -> Option<impl Fn(&[&str]) -> Command<'a> + use<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(move |arguments: &[&str]| sandbox.program(&program, arguments))
}

/// A registry with a BoB for two platforms as `org/app:1`; its host, and the index's digest.
#[track_caller]
fn registry(sandbox: &Sandbox) -> Option<(Olareg, String, String)> {
    let registry = Olareg::start(OlaregOptions::default())?;
    let host = registry.host();
    webapp(sandbox, "bob");
    let reference = format!("oci://{host}/org/app:1");
    let words = ["push", "artifact", &reference, "--path", "linux/amd64=bob", "--path", "linux/arm64=bob"];
    let printed = sandbox.bobctl(words.iter().chain(&ORIGIN)).run().ok();
    Some((registry, host, digest(&printed)))
}

#[test]
fn a_layout_made_by_copy_is_read_by_the_others() {
    let sandbox = Sandbox::new();
    let Some((_registry, host, digest)) = registry(&sandbox) else { return };
    let layout = sandbox.path("layout").display().to_string();
    copy(&sandbox, &format!("oci://{host}/org/app:1"), &format!("oci-layout://{layout}:1"), &[]).run().ok();
    let target = |name: &str| format!("{host}/by/{name}");
    let arrived = |name: &str| {
        assert_eq!(
            Shelf::of(format!("oci://{}", target(name)))
                .descriptor(&format!("oci://{}:1", target(name)))
                .digest
                .to_string(),
            digest,
            "{name}"
        );
    };
    if let Some(oras) = tool(&sandbox, "oras") {
        let to = format!("{}:1", target("oras"));
        oras(&["copy", "--from-oci-layout", &format!("{layout}:1"), "--to-plain-http", &to]).run().ok();
        arrived("oras");
    }
    if let Some(regctl) = tool(&sandbox, "regctl") {
        let flag = format!("--host=reg={host},tls=disabled");
        regctl(&[&flag, "image", "copy", &format!("ocidir://{layout}:1"), &format!("{}:1", target("regctl"))])
            .run()
            .ok();
        arrived("regctl");
    }
    if let Some(crane) = tool(&sandbox, "crane") {
        crane(&["push", "--insecure", "--index", &layout, &format!("{}:1", target("crane"))]).run().ok();
        // It pushes the layout's own index.json, whose only entry is ours.
        let pushed = crane(&["manifest", "--insecure", &format!("{}:1", target("crane"))]).run().ok();
        assert!(pushed.contains(&digest), "{pushed}");
        crane(&["validate", "--insecure", "--remote", &format!("{}@{digest}", target("crane"))]).run().ok();
    }
    if let Some(skopeo) = tool(&sandbox, "skopeo") {
        let to = format!("docker://{}:1", target("skopeo"));
        let from = format!("oci:{layout}:1");
        skopeo(&["--insecure-policy", "copy", "--all", "--preserve-digests", "--dest-tls-verify=false", &from, &to])
            .run()
            .ok();
        arrived("skopeo");
    }
}

#[test]
fn layouts_made_by_the_others_are_read_by_copy() {
    let sandbox = Sandbox::new();
    let Some((_registry, host, digest)) = registry(&sandbox) else { return };
    let source = format!("{host}/org/app:1");
    let back = |name: &str, reference: &str| {
        let target = format!("oci://{host}/from/{name}:1");
        let copied = copied(&sandbox, reference, &target, &[]);
        assert_eq!((&copied["digest"], &copied["manifests"]["sent"]), (&json!(digest), &json!(3)), "{name}");
    };
    let folder = |name: &str| sandbox.path(name).display().to_string();
    if let Some(oras) = tool(&sandbox, "oras") {
        oras(&["copy", "--from-plain-http", &source, "--to-oci-layout", &format!("{}:1", folder("oras"))]).run().ok();
        back("oras", &format!("oci-layout://{}:1", folder("oras")));
    }
    if let Some(regctl) = tool(&sandbox, "regctl") {
        let flag = format!("--host=reg={host},tls=disabled");
        regctl(&[&flag, "image", "copy", &source, &format!("ocidir://{}:1", folder("regctl"))]).run().ok();
        back("regctl", &format!("oci-layout://{}:1", folder("regctl")));
    }
    if let Some(crane) = tool(&sandbox, "crane") {
        crane(&["pull", "--insecure", "--format=oci", &source, &folder("crane")]).run().ok();
        back("crane", &format!("oci-layout://{}@{digest}", folder("crane")));
    }
    if let Some(skopeo) = tool(&sandbox, "skopeo") {
        let to = format!("oci:{}:1", folder("skopeo"));
        let from = format!("docker://{source}");
        skopeo(&["--insecure-policy", "copy", "--all", "--preserve-digests", "--src-tls-verify=false", &from, &to])
            .run()
            .ok();
        back("skopeo", &format!("oci-layout://{}:1", folder("skopeo")));
    }
}

/// What others keep as referrers is found at the destination by them again.
#[test]
fn referrers_that_oras_attached_are_found_by_regctl_after_a_copy() {
    let sandbox = Sandbox::new();
    let (Some(oras), Some(regctl)) = (tool(&sandbox, "oras"), tool(&sandbox, "regctl")) else { return };
    let Some((_registry, host, digest)) = registry(&sandbox) else { return };
    let Some(other) = Olareg::start(OlaregOptions { referrers: false, ..OlaregOptions::default() }) else { return };
    sandbox.write("sbom.json", "{}");
    let source = format!("{host}/org/app:1");
    oras(&["attach", "--plain-http", "--artifact-type", "application/spdx+json", &source, "sbom.json"]).run().ok();
    let target = format!("{}/org/app:1", other.host());
    copy(&sandbox, &format!("oci://{source}"), &format!("oci://{target}"), &["-r"]).run().ok();
    let flag = format!("--host=reg={},tls=disabled", other.host());
    let list = regctl(&[&flag, "artifact", "list", &target, "--format", "{{json .Descriptors}}"]).run().ok();
    assert!(list.contains("application/spdx+json"), "{list}");
    // And it comes back from a layout.
    let layout = format!("oci-layout://{}:1", sandbox.path("layout").display());
    copy(&sandbox, &format!("oci://{target}"), &layout, &["-r"]).run().ok();
    let tree =
        oras(&["discover", "--oci-layout", layout.trim_start_matches("oci-layout://"), "--format", "json"]).run().ok();
    assert!(tree.contains("application/spdx+json") && tree.contains(&digest), "{tree}");
}
