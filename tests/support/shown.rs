//! An image made by crane, and what other tools show of the things that are linked to it.
//!
//! Without its tool a function answers `None`, and the calling test is left out (see `support::leftout`).

use super::peers::peer;
use super::real::{Olareg, OlaregOptions};
use super::sandbox::{Command, Sandbox};
use super::story::Place;

/// How an image is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Docker schema 2.
    Docker,
    Oci,
}

#[track_caller]
fn tool<'a>(sandbox: &'a Sandbox, name: &str, words: &[&str]) -> Option<Command<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(sandbox.program(&program, words))
}

fn is_layout(place: &Place) -> bool {
    place.repository().starts_with("oci-layout://")
}

fn plain(reference: &str) -> &str {
    let (_, plain) = reference.split_once("://").expect("a scheme");
    plain
}

/// An image from scratch, under `tag` of `place`.
#[track_caller]
pub fn crane_image(sandbox: &Sandbox, place: &Place, tag: &str, form: Form) -> Option<()> {
    sandbox.write("rootfs/hello", tag);
    sandbox.program("tar", ["-cf", "layer.tar", "-C", "rootfs", "."]).run().ok();
    if !is_layout(place) {
        return append(sandbox, plain(&place.tagged(tag)), form);
    }
    // crane writes to registries alone.
    let registry = Olareg::start(OlaregOptions::default())?;
    let from = format!("{}/image:{tag}", registry.host());
    append(sandbox, &from, form)?;
    let to = place.tagged(tag);
    tool(sandbox, "oras", &["copy", "--from-plain-http", &from, "--to-oci-layout", plain(&to)])?.run().ok();
    Some(())
}

#[track_caller]
fn append(sandbox: &Sandbox, reference: &str, form: Form) -> Option<()> {
    let empty_base = format!("--oci-empty-base={}", form == Form::Oci);
    tool(sandbox, "crane", &["append", "--insecure", &empty_base, "-f", "layer.tar", "-t", reference])?.run().ok();
    Some(())
}

/// What `oras discover` prints of a reference at `place`.
#[track_caller]
pub fn oras_discover(sandbox: &Sandbox, place: &Place, reference: &str) -> Option<String> {
    let mut words = vec!["discover", if is_layout(place) { "--oci-layout" } else { "--plain-http" }];
    if place.lacks_referrers() {
        // It asks no further where the API answers 405.
        words.extend(["--distribution-spec", "v1.1-referrers-tag"]);
    }
    words.push(plain(reference));
    Some(tool(sandbox, "oras", &words)?.run().ok())
}

/// What `regctl artifact tree` prints of a reference at `place`.
#[track_caller]
pub fn regctl_tree(sandbox: &Sandbox, place: &Place, reference: &str) -> Option<String> {
    let name = plain(reference);
    let (host, name) = if is_layout(place) {
        ("localhost", format!("ocidir://{name}"))
    } else {
        (name.split('/').next().expect("a host"), name.to_owned())
    };
    let host = format!("--host=reg={host},tls=disabled");
    Some(tool(sandbox, "regctl", &[&host, "artifact", "tree", "--digest-tags", &name])?.run().ok())
}

/// What `cosign tree` of cosign 3 prints of a reference in a registry.
#[track_caller]
pub fn cosign_tree<'a>(sandbox: &'a Sandbox, reference: &str) -> Option<Command<'a>> {
    tool(sandbox, "cosign3", &["tree", "--allow-http-registry", plain(reference)])
}

/// An image that is copied, not made, to `tag` of `place`.
#[track_caller]
pub fn copied_image(sandbox: &Sandbox, place: &Place, tag: &str, form: Form) -> Option<()> {
    let registry = Olareg::start(OlaregOptions::default())?;
    let from = format!("{}/vendor/webapp:{tag}", registry.host());
    sandbox.write("rootfs/hello", tag);
    sandbox.program("tar", ["-cf", "layer.tar", "-C", "rootfs", "."]).run().ok();
    append(sandbox, &from, form)?;
    tool(sandbox, "crane", &["copy", "--insecure", &from, plain(&place.tagged(tag))])?.run().ok();
    Some(())
}

/// Copies `reference` with all that refers to it to a layout `folder`, under the tag `copy`.
#[track_caller]
pub fn oras_copy_to_layout(sandbox: &Sandbox, reference: &str, folder: &str) -> Option<String> {
    let to = format!("{folder}:copy");
    let words = ["copy", "--recursive", "--from-plain-http", plain(reference), "--to-oci-layout", &to];
    tool(sandbox, "oras", &words)?.run().ok();
    Some(format!("oci-layout://{}:copy", sandbox.path(folder).display()))
}

/// Signs the manifest `digest` at `place` with cosign 2.5: the signature becomes a referrer, or where cosign fails for want
/// of the referrers API, a tag `.sig`. The key is made at the first call.
#[track_caller]
pub fn cosign_sign(sandbox: &Sandbox, place: &Place, digest: &str) -> Option<()> {
    let run = |words: &[&str]| {
        let command = tool(sandbox, "cosign2", words)?;
        Some(command.env("COSIGN_PASSWORD", "").env("COSIGN_EXPERIMENTAL", "1").run().ok())
    };
    if !sandbox.exists("cosign.key") {
        run(&["generate-key-pair"])?;
    }
    let mode = if place.lacks_referrers() { "legacy" } else { "oci-1-1" };
    let mode = format!("--registry-referrers-mode={mode}");
    let words = ["sign", "--yes", "--key=cosign.key", "--tlog-upload=false", "--allow-http-registry", &mode];
    run(&[&words[..], &[&place.at(digest)]].concat())?;
    Some(())
}
