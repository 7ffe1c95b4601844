//! Artifacts of a shape that this program does not write: Flux's, the release candidates', and indexes made by crane.

use serde_json::{Value, json};

use super::tool::{listed, olareg, oras_flag, plain, regctl_flag, tool};
use crate::support::fault::FaultRegistry;
use crate::support::sandbox::Sandbox;
use crate::support::story::{digest, every_place, pull, push, webapp};

const FLUX_CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
const FLUX_CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";

fn row(sandbox: &Sandbox, repository: &str) -> Value {
    let rows = sandbox.bobctl(["list", "artifacts", repository, "-o", "json"]).run().ok();
    let mut rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[test]
fn flux_pushed_its_manifests() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    // As `flux push artifact` does it: a tar of `.`, and a config whose diff_ids are those of images, uncompressed.
    sandbox.program("tar", ["-cf", "content.tar", "-C", "bob", "."]).run().ok();
    sandbox.program("gzip", ["-k", "content.tar"]).run().ok();
    assert!(sandbox.program("tar", ["-tf", "content.tar"]).run().ok().contains("./.hidden/notes.txt\n"));
    let content = bobctl::oci::Digest::of(&std::fs::read(sandbox.path("content.tar")).unwrap());
    let rootfs = json!({"type": "layers", "diff_ids": [content]});
    let created = "2025-05-04T00:42:21Z";
    let config = json!({"architecture": "", "created": created, "os": "", "rootfs": rootfs, "config": {}});
    sandbox.write("config.json", config.to_string());
    for place in every_place(&sandbox) {
        let annotation = |key: &str, value: &str| format!("--annotation=org.opencontainers.image.{key}={value}");
        oras(&[
            "push",
            oras_flag(&place),
            "--image-spec=v1.0",
            plain(&place.tagged("1")),
            &format!("--config=config.json:{FLUX_CONFIG}"),
            &annotation("created", created),
            &annotation("source", "https://github.com/org/fleet"),
            &annotation("revision", "main@sha1:0123456789"),
            &format!("content.tar.gz:{FLUX_CONTENT}"),
        ])
        .run()
        .ok();
        let out = format!("out from {}", place.name);
        let pulled = pull(&sandbox, &place.tagged("1"), &out, &[]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("bob"), "{}", place.name);
        let expected = json!({
            "tag": "1",
            "digest": digest(&pulled),
            "created": created,
            "revision": "main@sha1:0123456789",
            "source": "https://github.com/org/fleet",
        });
        assert_eq!(row(&sandbox, place.repository()), expected, "{}", place.name);
    }
}

#[test]
fn flux_content_has_no_title() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    sandbox.program("tar", ["-czf", "content.tar.gz", "-C", "bob", "."]).run().ok();
    let layer = std::fs::read(sandbox.path("content.tar.gz")).unwrap();
    let (size, layer) = (layer.len(), registry.put_blob("a/b", layer));
    let config = registry.put_blob("a/b", "{}");
    let manifest = json!({
        "schemaVersion": 2,
        "config": {"mediaType": FLUX_CONFIG, "size": 2, "digest": config},
        "layers": [{"mediaType": FLUX_CONTENT, "size": size, "digest": layer}],
    });
    registry.put_manifest("a/b", Some("1"), manifest.to_string());
    pull(&sandbox, &registry.reference("a/b:1"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

#[test]
fn a_release_candidate_says_when_in_an_annotation_of_its_own() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("scratch.json", "{}");
    let (Some(regctl), Some((_alive, host))) = (tool(&sandbox, "regctl"), olareg()) else { return };
    regctl(&[
        &regctl_flag(&host),
        "artifact",
        "put",
        &format!("{host}/a/b:1"),
        "--config-file=scratch.json",
        "--config-type=application/vnd.oci.scratch.v1+json",
        "--annotation=org.opencontainers.artifact.created=2023-01-02T03:04:05Z",
        "--file-title",
        "--file=bob/bob.yaml",
    ])
    .run()
    .ok();
    let pulled = pull(&sandbox, &format!("oci://{host}/a/b:1"), "out", &[]).run().ok();
    assert_eq!(sandbox.read("out/bob/bob.yaml"), sandbox.read("bob/bob.yaml"));
    let expected = json!({"tag": "1", "digest": digest(&pulled), "created": "2023-01-02T03:04:05Z"});
    assert_eq!(row(&sandbox, &format!("oci://{host}/a/b")), expected);
}

#[test]
fn crane_made_an_index_of_images() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (Some(crane), Some((_alive, host))) = (tool(&sandbox, "crane"), olareg()) else { return };
    let image = format!("{host}/org/webapp");
    sandbox.program("tar", ["-czf", "layer.tar.gz", "-C", "bob", "."]).run().ok();
    let mut append = vec!["index".to_owned(), "append".to_owned(), format!("--tag={image}:1")];
    for platform in ["linux/amd64", "linux/arm64/v8"] {
        let tag = format!("{image}:{}", platform.replace('/', "-"));
        crane(&["append", "--oci-empty-base", "-f", "layer.tar.gz", "-t", &tag]).run().ok();
        crane(&["mutate", &tag, "--set-platform", platform, "-t", &tag]).run().ok();
        append.extend(["-m".to_owned(), tag]);
    }
    crane(&append.iter().map(String::as_str).collect::<Vec<_>>()).run().ok();
    let index = crane(&["digest", &format!("{image}:1")]).run().ok();

    let repository = format!("oci://{image}");
    let rows = sandbox.bobctl(["list", "artifacts", &repository, "--filter-regex", "^1$", "-o", "json"]).run().ok();
    let rows: Value = serde_json::from_str(&rows).unwrap();
    assert_eq!(rows, json!([{"tag": "1", "digest": index.trim_end(), "platforms": ["linux/amd64", "linux/arm64/v8"]}]));
    let text = sandbox.bobctl(["list", "artifacts", &repository]).run().ok();
    assert!(text.contains("PLATFORMS") && text.contains("linux/amd64,linux/arm64/v8"), "{text}");

    // An image is no BoB, but may be tagged as anything else.
    let error = pull(&sandbox, &format!("{repository}:1"), "out", &["--platform", "linux/arm64"]).run().fails(1);
    assert!(error.contains("not a BoB artifact (type 'application/vnd.oci.image.config.v1+json')"), "{error}");
    sandbox.bobctl(["tag", "artifact", &format!("{repository}:1"), "--tag", "2"]).run().ok();
    assert_eq!(listed(&sandbox, &repository)["2"], index.trim_end());
    assert!(crane(&["validate", "--remote", &format!("{image}:2")]).run().ok().starts_with("PASS"));
}

#[test]
fn oras_made_an_index_without_platforms() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for place in every_place(&sandbox) {
        for tag in ["one", "two"] {
            push(&sandbox, &place.tagged(tag), "bob", &["--annotations", &format!("tag={tag}")]).run().ok();
        }
        let index = place.tagged("index");
        oras(&["manifest", "index", "create", oras_flag(&place), plain(&index), "one", "two"]).run().ok();

        // Which of them is meant nobody can know; but it is told what to ask for.
        let error = pull(&sandbox, &index, "out", &[]).run().fails(3);
        let named = error.rsplit_once('@').expect("a digest to ask for").1.trim();
        let out = format!("out from {}", place.name);
        pull(&sandbox, &format!("{}@{named}", place.repository()), &out, &[]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("bob"), "{}", place.name);
    }
}

#[test]
fn regctl_made_an_index_of_artifacts() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "amd64");
    webapp(&sandbox, "arm64");
    sandbox.write("arm64/only-here", "");
    let (Some(regctl), Some((_alive, host))) = (tool(&sandbox, "regctl"), olareg()) else { return };
    let repository = format!("{host}/org/webapp");
    let index = format!("{repository}:1");
    regctl(&[&regctl_flag(&host), "index", "create", &index]).run().ok();
    for folder in ["amd64", "arm64"] {
        push(&sandbox, &format!("oci://{repository}:{folder}"), folder, &[]).run().ok();
        let (reference, platform) = (format!("--ref={repository}:{folder}"), format!("--desc-platform=linux/{folder}"));
        regctl(&[&regctl_flag(&host), "index", "add", &index, &reference, &platform]).run().ok();
    }
    let wanted = format!("oci://{index}");
    for folder in ["amd64", "arm64"] {
        let out = format!("{folder} out");
        pull(&sandbox, &wanted, &out, &["--platform", &format!("linux/{folder}")]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree(folder));
    }
    let error = pull(&sandbox, &wanted, "out", &["--platform", "linux/s390x"]).run().fails(3);
    assert!(error.contains("linux/amd64, linux/arm64"), "{error}");
}
