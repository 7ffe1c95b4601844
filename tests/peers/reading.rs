//! Other tools read what `push` has written, wherever it went.

use serde_json::Value;

use super::tool::{
    self, ENTRIES, is_layout, lines, noise, of, olareg, oras_flag, plain, regctl_flag, regctl_name, skopeo_name, tool,
};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, Place, digest, every_place, push, webapp};

/// Every place, with `webapp` pushed to it as `1.0.0` and `latest`, and the digest that was printed.
#[track_caller]
fn pushed(sandbox: &Sandbox) -> Vec<(Place, String)> {
    webapp(sandbox, "bob");
    let push = |place: Place| {
        let printed = push(sandbox, &place.tagged("1.0.0"), "bob", &["--tag", "latest"]).run().ok();
        (place, digest(&printed))
    };
    every_place(sandbox).into_iter().map(push).collect()
}

const TAGS: [&str; 2] = ["1.0.0", "latest"];

#[test]
fn oras_finds_the_tags_the_config_and_a_file() {
    let sandbox = Sandbox::new();
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for (place, digest) in pushed(&sandbox) {
        let (name, flag, reference) = (place.name, oras_flag(&place), place.tagged("1.0.0"));
        let reference = plain(&reference);
        assert_eq!(oras(&["resolve", flag, reference]).run().ok().trim_end(), digest, "{name}");
        assert_eq!(of(&oras(&["manifest", "fetch", flag, reference]).run().ok()), digest, "{name}");
        assert_eq!(lines(&oras(&["repo", "tags", flag, plain(place.repository())]).run().ok()), TAGS, "{name}");

        let config = oras(&["manifest", "fetch-config", flag, reference]).run().ok();
        let config: Value = serde_json::from_str(&config).unwrap();
        assert_eq!(config["bob"]["profiles"][0]["file"], "bob.yaml", "{name}");

        let folder = format!("by oras from {name}");
        oras(&["pull", flag, reference, "-o", &folder]).run().ok();
        let archive = format!("{folder}/bob.tar.gz");
        assert_eq!(config["rootfs"]["diff_ids"][0], file_digest(&sandbox, &archive), "{name}");
        assert_eq!(sandbox.program("tar", ["-tzf", &archive]).run().ok(), ENTRIES, "{name}");
    }
}

#[test]
fn regctl_finds_the_tags_the_manifest_and_a_file() {
    let sandbox = Sandbox::new();
    let Some(regctl) = tool(&sandbox, "regctl") else { return };
    for (place, digest) in pushed(&sandbox) {
        let (name, flag) = (place.name, regctl_flag(tool::host(&place)));
        let (repository, reference) = (regctl_name(place.repository()), regctl_name(&place.tagged("1.0.0")));
        let raw = regctl(&[&flag, "manifest", "get", "--format", "raw-body", &reference]).run().ok();
        assert_eq!(of(&raw), digest, "{name}");
        assert_eq!(regctl(&[&flag, "manifest", "head", &reference]).run().ok().trim_end(), digest, "{name}");
        assert_eq!(lines(&regctl(&[&flag, "tag", "ls", &repository]).run().ok()), TAGS, "{name}");

        let folder = format!("by regctl from {name}");
        std::fs::create_dir(sandbox.path(&folder)).unwrap();
        regctl(&[&flag, "artifact", "get", "-o", &folder, &reference]).run().ok();
        let archive = format!("{folder}/bob.tar.gz");
        assert_eq!(sandbox.program("tar", ["-tzf", &archive]).run().ok(), ENTRIES, "{name}");
    }
}

#[test]
fn crane_finds_the_tags_and_a_valid_manifest() {
    let sandbox = Sandbox::new();
    let Some(crane) = tool(&sandbox, "crane") else { return };
    for (place, digest) in pushed(&sandbox).into_iter().filter(|(place, _)| !is_layout(place)) {
        let (name, reference) = (place.name, place.tagged("1.0.0"));
        let reference = plain(&reference);
        assert_eq!(of(&crane(&["manifest", reference]).run().ok()), digest, "{name}");
        assert_eq!(crane(&["digest", reference]).run().ok().trim_end(), digest, "{name}");
        assert_eq!(lines(&crane(&["ls", plain(place.repository())]).run().ok()), TAGS, "{name}");
        // It fetches the config and the layer, and holds them against their digests.
        let valid = crane(&["validate", "--remote", reference]).run().ok();
        assert!(valid.starts_with("PASS"), "{name}: {valid}");
        // To it the layer is a file system, which it unpacks.
        let archive = format!("by crane from {name}.tar");
        crane(&["export", reference, &archive]).run().ok();
        let files: Vec<&str> = ENTRIES.lines().filter(|entry| !entry.ends_with('/')).collect();
        let exported = sandbox.program("tar", ["-tf", &archive]).run().ok();
        let exported: Vec<&str> = exported.lines().filter(|entry| !entry.ends_with('/')).collect();
        assert_eq!(exported, files, "{name}");
    }
}

#[test]
fn crane_takes_a_layout_to_a_registry() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (Some(crane), Some((_alive, host))) = (tool(&sandbox, "crane"), olareg()) else { return };
    let layout = story::layout(&sandbox);
    let printed = push(&sandbox, &layout.tagged("1.0.0"), "bob", &[]).run().ok();
    let there = format!("{host}/from/layout:1.0.0");
    crane(&["push", plain(layout.repository()), &there]).run().ok();
    assert_eq!(crane(&["digest", &there]).run().ok().trim_end(), digest(&printed));
    story::pull(&sandbox, &format!("oci://{there}"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn skopeo_finds_the_tags_the_manifest_and_copies_it_as_it_is() {
    let sandbox = Sandbox::new();
    let Some(skopeo) = tool(&sandbox, "skopeo") else { return };
    for (place, digest) in pushed(&sandbox) {
        let (name, reference) = (place.name, skopeo_name(&place.tagged("1.0.0")));
        let raw = skopeo(&["inspect", "--raw", "--tls-verify=false", &reference]).run().ok();
        assert_eq!(of(&raw), digest, "{name}");
        if !is_layout(&place) {
            let tags = skopeo(&["list-tags", "--tls-verify=false", &skopeo_name(place.repository())]).run().ok();
            let tags: Value = serde_json::from_str(&tags).unwrap();
            let mut tags: Vec<&str> = tags["Tags"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            tags.sort_unstable();
            assert_eq!(tags, TAGS, "{name}");
        }
        let copy = format!("copied from {name}");
        skopeo(&["copy", "--quiet", "--src-tls-verify=false", &reference, &format!("oci:{copy}:1.0.0")]).run().ok();
        let copied =
            story::pull(&sandbox, &format!("oci-layout://{copy}:1.0.0"), &format!("{copy}, out"), &[]).run().ok();
        assert_eq!(story::digest(&copied), digest, "{name}");
        assert_eq!(sandbox.tree(format!("{copy}, out")), sandbox.tree("bob"), "{name}");
    }
}

#[test]
fn tar_and_gzip_read_the_blob_itself() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let printed = push(&sandbox, &story::layout(&sandbox).tagged("1"), "bob", &["-o", "json"]).run().ok();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    let layer = format!("layout/blobs/{}", printed["layer"]["digest"].as_str().unwrap().replace(':', "/"));
    sandbox.program("gzip", ["-t", "-c", &layer]).run().ok();
    assert_eq!(sandbox.program("tar", ["-tzf", &layer]).run().ok(), ENTRIES);
    std::fs::create_dir(sandbox.path("out")).unwrap();
    sandbox.program("tar", ["-xzf", &layer, "-C", "out"]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn build_writes_the_very_layer_that_push_sends() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    // Larger than one block of the compressor.
    sandbox.write("bob/noise", noise(3_000_000));
    sandbox.bobctl(["build", "artifact", "--path", "bob", "-o", "bob.tar.gz"]).run().ok();
    let built = std::fs::read(sandbox.path("bob.tar.gz")).unwrap();
    for place in every_place(&sandbox) {
        let printed = push(&sandbox, &place.tagged("1"), "bob", &["-o", "json"]).run().ok();
        let printed: Value = serde_json::from_str(&printed).unwrap();
        let layer = printed["layer"]["digest"].as_str().unwrap();
        assert_eq!(layer, file_digest(&sandbox, "bob.tar.gz"), "{}", place.name);
        let Some(oras) = tool(&sandbox, "oras") else { continue };
        let reference = place.at(layer);
        let reference = reference.trim_start_matches("oci-layout://");
        let fetched = format!("blob from {}", place.name);
        oras(&["blob", "fetch", oras_flag(&place), "-o", &fetched, reference]).run().ok();
        assert!(std::fs::read(sandbox.path(fetched)).unwrap() == built, "{}: other bytes", place.name);
    }
}

fn file_digest(sandbox: &Sandbox, path: &str) -> String {
    bobctl::oci::Digest::of(&std::fs::read(sandbox.path(path)).unwrap()).to_string()
}
