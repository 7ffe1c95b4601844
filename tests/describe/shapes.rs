//! Whatever others have made: images, indexes, Flux's and oras's artifacts, the prototypes, and types nobody knows.

use serde_json::{Value, json};

use bobctl::oci::Digest;

use super::{EMPTY, INDEX, MANIFEST, describe, described, section};
use crate::support::fault::FaultRegistry;
use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{every_place, push, webapp};

const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// A tool, to be called with its arguments; without it the calling test is left out.
#[track_caller]
fn tool<'a>(sandbox: &'a Sandbox, name: &str) -> Option<impl Fn(&[&str]) -> Command<'a> + use<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(move |arguments: &[&str]| sandbox.program(&program, arguments))
}

#[test]
fn docker_images_and_their_indexes() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (Some(crane), Some(olareg)) = (tool(&sandbox, "crane"), Olareg::start(OlaregOptions::default())) else {
        return;
    };
    let image = format!("{}/org/image", olareg.host());
    sandbox.program("tar", ["-cf", "layer.tar", "-C", "bob", "."]).run().ok();
    crane(&["append", "-f", "layer.tar", "-t", &format!("{image}:1")]).run().ok();
    let reference = format!("oci://{image}:1");
    let told = described(&sandbox, &reference, &[]);
    let digest = crane(&["digest", &format!("{image}:1")]).run().ok();
    assert_eq!((told["digest"].as_str(), told["mediaType"].as_str()), (Some(digest.trim_end()), Some(DOCKER)));
    assert_eq!(told["config"]["mediaType"], "application/vnd.docker.container.image.v1+json");
    assert_eq!((told["layers"].as_array().unwrap().len(), told.get("bob")), (1, None));
    let bytes = crane(&["manifest", &format!("{image}:1")]).run().ok();
    assert_eq!(describe(&sandbox, &reference, &["--raw", "-o", "json"]).run().ok(), bytes);
    let run = describe(&sandbox, &reference, &["--files"]).run();
    assert!(run.stderr().contains("no files to list"), "{}", run.stderr());

    let mut append = vec!["index".to_owned(), "append".to_owned(), format!("--tag={image}:2")];
    for platform in ["linux/amd64", "linux/arm64/v8"] {
        let tag = format!("{image}:{}", platform.replace('/', "-"));
        crane(&["mutate", &format!("{image}:1"), "--set-platform", platform, "-t", &tag]).run().ok();
        append.extend(["-m".to_owned(), tag]);
    }
    crane(&append.iter().map(String::as_str).collect::<Vec<_>>()).run().ok();
    let index = described(&sandbox, &format!("oci://{image}:2"), &[]);
    let platforms: Vec<&Value> = index["platforms"].as_array().unwrap().iter().map(|one| &one["platform"]).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64/v8"]);
    assert_eq!((index.get("layers"), index.get("config")), (None, None));
    let text = describe(&sandbox, &format!("oci://{image}:2"), &[]).run().ok();
    assert!(section(&text, "Platforms")[2].starts_with("linux/arm64/v8  sha256:"), "{text}");

    let child = crane(&["digest", &format!("{image}:linux-arm64-v8")]).run().ok();
    let chosen = ["--platform", "linux/arm64"];
    let told = described(&sandbox, &format!("oci://{image}:2"), &chosen);
    assert_eq!(
        (told["digest"].as_str(), told["config"]["platform"].as_str()),
        (Some(child.trim_end()), Some("linux/arm64/v8"))
    );
    let raw = describe(&sandbox, &format!("oci://{image}:2"), &["--raw", "--platform", "linux/arm64"]).run().ok();
    assert_eq!(Digest::of(raw.as_bytes()).to_string(), child.trim_end());
    for tag in ["2", "linux-arm64-v8"] {
        for more in [&["--platform", "linux/s390x"][..], &["--platform", "linux/s390x", "--raw"]] {
            let error = describe(&sandbox, &format!("oci://{image}:{tag}"), more).run().fails(3);
            assert!(error.contains("linux/arm64/v8"), "{error}");
        }
    }
}

#[test]
fn artifacts_of_flux_and_oras() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    sandbox.program("tar", ["-czf", "content.tar.gz", "-C", "bob", "."]).run().ok();
    sandbox.write(
        "config.json",
        r#"{"created":"2025-05-04T00:42:21Z","architecture":"","os":"","rootfs":{"type":"layers"}}"#,
    );
    for place in every_place(&sandbox) {
        let flag = if place.name == "layout" { "--oci-layout" } else { "--plain-http" };
        let flux = place.tagged("flux");
        let (_, plain) = flux.split_once("://").unwrap();
        let config = "--config=config.json:application/vnd.cncf.flux.config.v1+json";
        let layer = "content.tar.gz:application/vnd.cncf.flux.content.v1.tar+gzip";
        oras(&["push", flag, "--image-spec=v1.0", plain, config, layer]).run().ok();
        let told = described(&sandbox, &flux, &[]);
        assert_eq!(
            (&told["config"]["created"], told.get("bob")),
            (&json!("2025-05-04T00:42:21Z"), None),
            "{}",
            place.name
        );
        // Profiles that are found are counted, though no config speaks of them.
        let told = described(&sandbox, &flux, &["--files"]);
        assert_eq!(told["bob"]["profiles"][0]["name"], "replicaset-webapp", "{}", place.name);
        assert_eq!((told["bob"].get("content"), told["files"].as_array().unwrap().len()), (None, 5));

        let files = place.tagged("files");
        let (_, plain) = files.split_once("://").unwrap();
        let kind = ["--artifact-type", "application/vnd.bob.artifact+yaml"];
        oras(&[&["push", flag, plain][..], &kind, &["bob.yaml", "bob.values"]].concat()).cwd("bob").run().ok();
        let told = described(&sandbox, &files, &["--files"]);
        assert_eq!(told["artifactType"], kind[1], "{}", place.name);
        assert_eq!(told["layers"][1]["annotations"]["org.opencontainers.image.title"], "bob.values");
        assert_eq!(
            told["files"][0],
            json!({"path": "bob.values", "mode": "0644", "size": sandbox.read("bob/bob.values").len()})
        );
        assert_eq!(told["bob"]["values"][1], json!({"name": "name", "default": "webapp"}));
        let raw = oras(&["manifest", "fetch", flag, plain]).run().ok();
        assert_eq!(describe(&sandbox, &files, &["--raw"]).run().ok(), raw, "{}", place.name);
    }
}

#[test]
fn raw_bytes_are_those_that_were_pushed() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let config = json!({"mediaType": EMPTY, "digest": registry.put_blob("a/b", "{}"), "size": 2});
    let odd =
        format!("\n{{ \"schemaVersion\" : 2, \"mediaType\":\"{MANIFEST}\",\t\"config\":{config}, \"layers\": [] }} ");
    registry.put_manifest("a/b", Some("1"), odd.clone());
    assert_eq!(describe(&sandbox, &registry.reference("a/b:1"), &["--raw"]).run().ok(), odd);
}

#[test]
fn a_type_that_nobody_knows_is_named() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let body = r#"{"schemaVersion":1,"mediaType":"application/vnd.example.thing+json","name":"x"}"#;
    let digest = registry.put_manifest("a/b", Some("1"), body);
    let reference = registry.reference("a/b:1");
    let run = describe(&sandbox, &reference, &["-o", "json"]).run();
    assert!(run.stderr().contains("'application/vnd.example.thing+json' is no type of manifest"), "{}", run.stderr());
    let told: Value = serde_json::from_str(&run.ok()).unwrap();
    let expected = json!({
        "reference": format!("{}@{digest}", registry.reference("a/b").trim_start_matches("oci://")),
        "digest": digest,
        "mediaType": "application/vnd.example.thing+json",
        "size": body.len(),
        "referrers": [],
        "signatures": [],
    });
    assert_eq!(told, expected);
    assert_eq!(describe(&sandbox, &reference, &["--raw"]).run().ok(), body);
}

/// A layout with these blobs, the first of them listed as `1`.
fn layout(sandbox: &Sandbox, media_type: &str, blobs: &[String]) {
    for blob in blobs {
        let digest = Digest::of(blob.as_bytes());
        sandbox.write(format!("old/blobs/sha256/{}", digest.hex()), blob);
    }
    let (digest, size) = (Digest::of(blobs[0].as_bytes()), blobs[0].len());
    let name = json!({"org.opencontainers.image.ref.name": "1"});
    let entry = json!({"mediaType": media_type, "digest": digest, "size": size, "annotations": name});
    sandbox.write("old/index.json", json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}).to_string());
    sandbox.write("old/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
}

#[test]
fn prototypes_that_stand_in_a_layout() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let text = sandbox.read("bob/bob.yaml");
    let blob = json!({
        "mediaType": "application/yaml", "digest": Digest::of(text.as_bytes()), "size": text.len(),
        "annotations": {"org.opencontainers.image.title": "bob.yaml"},
    });
    let subject = json!({"mediaType": MANIFEST, "digest": Digest::of(b"image"), "size": 5});
    let empty = json!({"mediaType": EMPTY, "digest": Digest::of(b"{}"), "size": 2});
    let (artifact, oras) =
        ("application/vnd.oci.artifact.manifest.v1+json", "application/vnd.cncf.oras.artifact.manifest.v1+json");
    for (media_type, members) in [
        (artifact, json!({"blobs": [blob]})),
        (oras, json!({"blobs": [blob]})),
        (artifact, json!({"config": empty, "manifests": [blob]})),
    ] {
        let mut manifest = members;
        manifest["mediaType"] = json!(media_type);
        manifest["artifactType"] = json!("application/vnd.bob.artifact+yaml");
        manifest["subject"] = subject.clone();
        let manifest = manifest.to_string();
        layout(&sandbox, media_type, &[manifest.clone(), text.clone(), "{}".to_owned()]);
        let told = described(&sandbox, "oci-layout://old:1", &["--files"]);
        assert_eq!(
            (&told["mediaType"], &told["subject"], &told["layers"]),
            (&json!(media_type), &subject, &json!([blob]))
        );
        assert_eq!(told["files"], json!([{"path": "bob.yaml", "mode": "0644", "size": text.len()}]));
        assert_eq!(told["bob"]["profiles"][0]["kind"], "ApplicationProfile");
        // Only the older form has a config.
        assert_eq!(told.get("config").is_some(), manifest.contains("\"config\""), "{told}");
        assert_eq!(describe(&sandbox, "oci-layout://old:1", &["--raw"]).run().ok(), manifest);
    }
}

#[test]
fn bobs_of_an_index_are_chosen_by_platform() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    let manifest = registry.manifest("a/b", "1").unwrap();
    let entry = |architecture: &str| {
        json!({
            "mediaType": MANIFEST, "digest": Digest::of(&manifest), "size": manifest.len(),
            "artifactType": "x/y", "platform": {"os": "linux", "architecture": architecture},
        })
    };
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX, "manifests": [entry("amd64"), entry("arm64")], "annotations": {"a": "b"},
    });
    let digest = registry.put_manifest("a/b", Some("2"), index.to_string());
    let reference = registry.reference("a/b:2");
    let told = described(&sandbox, &reference, &[]);
    assert_eq!((&told["digest"], &told["annotations"]), (&json!(digest), &json!({"a": "b"})));
    let child = |platform: &str| {
        json!({
            "platform": platform, "digest": Digest::of(&manifest), "size": manifest.len(), "mediaType": MANIFEST,
            "artifactType": "x/y",
        })
    };
    assert_eq!(told["platforms"], json!([child("linux/amd64"), child("linux/arm64")]));
    let told = described(&sandbox, &reference, &["--platform", "linux/arm64"]);
    assert_eq!(told["digest"], json!(Digest::of(&manifest)));
    assert_eq!(told["bob"]["values"][1]["default"], "webapp");
    let run = describe(&sandbox, &reference, &["--files"]).run();
    assert!(run.stderr().contains("--platform"), "{}", run.stderr());
}
