//! Other tools as users call them, and the names that they have for a place.

use std::collections::BTreeMap;

use bobctl::oci::Digest;
use serde_json::Value;

use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::Place;

/// What `webapp` holds, with the folders, as `tar -t` shows it.
pub const ENTRIES: &str = ".hidden/\n.hidden/notes.txt\nbob.test\nbob.values\nbob.yaml\nrun.sh\n";

/// A tool, to be called with its arguments; without it the calling test is left out.
#[track_caller]
pub fn tool<'a>(sandbox: &'a Sandbox, name: &str) -> Option<impl Fn(&[&str]) -> Command<'a> + use<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(move |arguments: &[&str]| sandbox.program(&program, arguments))
}

/// An open registry and its host.
#[track_caller]
pub fn olareg() -> Option<(Olareg, String)> {
    let registry = Olareg::start(OlaregOptions::default())?;
    let host = registry.host();
    Some((registry, host))
}

/// The flag by which oras learns what kind of place a reference is for.
pub fn oras_flag(place: &Place) -> &'static str {
    if is_layout(place) { "--oci-layout" } else { "--plain-http" }
}

pub fn is_layout(place: &Place) -> bool {
    place.repository().starts_with("oci-layout://")
}

/// A reference without its scheme, as oras and crane want it.
pub fn plain(reference: &str) -> &str {
    let (_, plain) = reference.split_once("://").expect("a scheme");
    plain
}

/// The flag by which regctl learns that a registry speaks plain HTTP.
pub fn regctl_flag(host: &str) -> String {
    format!("--host=reg={host},tls=disabled")
}

/// The host of a place; a layout has none, and nobody is asked then.
pub fn host(place: &Place) -> &str {
    let host = plain(place.repository()).split('/').next().expect("a first part");
    if host.is_empty() { "localhost" } else { host }
}

/// A reference as regctl wants it.
pub fn regctl_name(reference: &str) -> String {
    if reference.starts_with("oci-layout://") {
        format!("ocidir://{}", plain(reference))
    } else {
        plain(reference).to_owned()
    }
}

/// A reference as skopeo wants it.
pub fn skopeo_name(reference: &str) -> String {
    let transport = if reference.starts_with("oci-layout://") { "oci:" } else { "docker://" };
    format!("{transport}{}", plain(reference))
}

/// The tags that `list` shows, each with the digest it names.
pub fn listed(sandbox: &Sandbox, repository: &str) -> BTreeMap<String, String> {
    let rows = sandbox.bobctl(["list", "artifacts", repository, "-o", "json"]).run().ok();
    let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    let text =
        |row: &Value, member: &str| row[member].as_str().unwrap_or_else(|| panic!("{member} of {row}")).to_owned();
    rows.iter().map(|row| (text(row, "tag"), text(row, "digest"))).collect()
}

/// The lines of a tool's list of tags, sorted.
pub fn lines(printed: &str) -> Vec<String> {
    let mut lines: Vec<String> = printed.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// The digest of printed bytes.
pub fn of(printed: &str) -> String {
    Digest::of(printed.as_bytes()).to_string()
}

/// Bytes that do not compress well; always the same ones.
pub fn noise(length: u32) -> Vec<u8> {
    (0..length / 4).flat_map(|number| number.wrapping_mul(2_654_435_761).rotate_left(11).to_le_bytes()).collect()
}
