//! `push artifact` for several platforms: an index, and who reads what of it.

mod conditions;
mod refusals;

use bobctl::oci::Platform;
use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, PUT, on};
use crate::support::peers::peer;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, ORIGIN, Place, digest, every_place, pull, webapp};

const AMD: &str = "linux/amd64=amd64";
const ARM: &str = "linux/arm64=arm64";

/// `webapp` in two folders that differ by a file.
fn two(sandbox: &Sandbox) {
    webapp(sandbox, "amd64");
    webapp(sandbox, "arm64");
    sandbox.write("arm64/only-here", "");
}

/// `bobctl push artifact REFERENCE --path …` with an origin.
fn push<'a>(sandbox: &'a Sandbox, reference: &str, paths: &[&str], more: &[&str]) -> Command<'a> {
    let paths = paths.iter().flat_map(|path| ["--path", *path]);
    let words: Vec<&str> = ["push", "artifact", reference].into_iter().chain(paths).chain(ORIGIN).collect();
    sandbox.bobctl(words.iter().chain(more))
}

fn push_both<'a>(sandbox: &'a Sandbox, reference: &str, more: &[&str]) -> Command<'a> {
    push(sandbox, reference, &[AMD, ARM], more)
}

fn json(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} of {value}"))
}

#[test]
fn each_platform_gets_its_folder_back_from_everywhere() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let here = Platform::linux_here().architecture;
    for place in every_place(&sandbox) {
        let (name, reference) = (place.name, place.tagged("1.0.0"));
        let printed = push_both(&sandbox, &reference, &["--reproducible"]).run().ok();
        assert_eq!(printed, format!("{}\n", place.at(&digest(&printed))), "{name}");
        let rows = json(&sandbox.bobctl(["list", "artifacts", place.repository(), "-o", "json"]).run().ok());
        let expected = json!([{
            "tag": "1.0.0",
            "digest": digest(&printed),
            "created": "1970-01-01T00:00:00Z",
            "revision": "main@sha1:0123456789",
            "source": "https://example.org/webapp",
            "platforms": ["linux/amd64", "linux/arm64"],
        }]);
        assert_eq!(rows, expected, "{name}");

        for (flags, folder) in [
            (&["--platform", "linux/amd64"][..], "amd64"),
            (&["--platform", "linux/arm64"], "arm64"),
            (&[], here.as_str()),
        ] {
            let out = format!("{} from {name}", flags.last().unwrap_or(&"default").replace('/', "-"));
            assert_eq!(pull(&sandbox, &reference, &out, flags).run().ok(), printed, "{name}");
            assert_eq!(sandbox.tree(&out), sandbox.tree(folder), "{out}");
        }
        let error = pull(&sandbox, &reference, "none", &["--platform", "linux/s390x"]).run().fails(3);
        assert!(error.contains("no manifest for linux/s390x; there are: linux/amd64, linux/arm64"), "{error}");
    }
}

#[test]
fn the_same_folders_are_the_same_digests_in_the_order_given() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let more = ["--reproducible", "-o", "json", "-a", "a=b"];
    let first = json(&push_both(&sandbox, &place.tagged("1"), &more).run().ok());
    let again = json(&push_both(&sandbox, &story::layout(&sandbox).tagged("2"), &more).run().ok());
    for member in ["digest", "size", "platforms"] {
        assert_eq!(first[member], again[member], "{member}");
    }
    let turned = json(&push(&sandbox, &place.tagged("2"), &[ARM, AMD], &more).run().ok());
    assert_ne!(turned["digest"], first["digest"]);
    assert_eq!(turned["platforms"][0], first["platforms"][1]);
    assert_eq!((first.get("layer"), first["unchanged"].as_bool()), (None, Some(false)));

    let index = registry.manifest("org/bobs/webapp", "1").expect("the tag names the index");
    assert_eq!(text(&first, "/digest"), bobctl::oci::Digest::of(&index).to_string());
    let entry = |position: usize, architecture: &str| {
        let child = &first["platforms"][position];
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":{},"size":{},"platform":{{"architecture":"{architecture}","os":"linux"}}}}"#,
            child["digest"], child["size"]
        )
    };
    let annotations = r#"{"a":"b","org.opencontainers.image.created":"1970-01-01T00:00:00Z","org.opencontainers.image.revision":"main@sha1:0123456789","org.opencontainers.image.source":"https://example.org/webapp"}"#;
    let expected = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{},{}],"annotations":{annotations}}}"#,
        entry(0, "amd64"),
        entry(1, "arm64")
    );
    assert_eq!(String::from_utf8(index.to_vec()).unwrap(), expected);
}

#[test]
fn each_manifest_is_a_bob_that_names_its_platform() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let printed = push(&sandbox, &place.tagged("1"), &[AMD, "linux/arm/v7=arm64"], &["-o", "json"]).run().ok();
    let printed = json(&printed);
    for (position, expected) in [("0", ("amd64", None)), ("1", ("arm", Some("v7")))] {
        let child = text(&printed, &format!("/platforms/{position}/digest")).to_owned();
        let manifest = json(std::str::from_utf8(&registry.manifest("org/bobs/webapp", &child).unwrap()).unwrap());
        assert_eq!(text(&manifest, "/annotations/org.opencontainers.image.revision"), "main@sha1:0123456789");
        assert_eq!(text(&manifest, "/layers/0/digest"), text(&printed, &format!("/platforms/{position}/layer/digest")));
        let config = text(&manifest, "/config/digest").parse().unwrap();
        let config = json(std::str::from_utf8(&registry.blob("org/bobs/webapp", &config).unwrap()).unwrap());
        let named = (text(&config, "/architecture"), config["variant"].as_str());
        assert_eq!((named, text(&config, "/os")), (expected, "linux"));
    }
}

#[test]
fn one_platform_alone_is_an_index_of_one() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    for place in every_place(&sandbox) {
        let reference = place.tagged("1");
        let printed = push(&sandbox, &reference, &["linux/s390x=amd64"], &["-o", "json"]).run().ok();
        assert_eq!(json(&printed)["platforms"].as_array().map(Vec::len), Some(1), "{}", place.name);
        let out = format!("from {}", place.name);
        pull(&sandbox, &reference, &out, &[]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("amd64"), "{}", place.name);
    }
}

#[test]
fn standard_input_may_be_for_one_of_them() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let place = story::layout(&sandbox);
    let run = push(&sandbox, &place.tagged("1"), &["linux/amd64=-", ARM], &[]).stdin(sandbox.read("amd64/bob.yaml"));
    run.run().ok();
    pull(&sandbox, &place.tagged("1"), "out", &["--platform", "linux/amd64"]).run().ok();
    assert_eq!(sandbox.read("out/bob.yaml"), sandbox.read("amd64/bob.yaml"));
}

/// A tool as users call it; without it the calling test is left out.
#[track_caller]
fn tool<'a>(sandbox: &'a Sandbox, name: &str) -> Option<impl Fn(&[&str]) -> String + use<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(move |words: &[&str]| sandbox.program(&program, words).run().ok())
}

/// Every registry with both platforms, as `HOST/REPOSITORY:1`, and the digests of index, amd64 and arm64.
#[track_caller]
fn pushed_to_registries(sandbox: &Sandbox) -> Vec<(Place, String, [String; 3])> {
    two(sandbox);
    let registries = every_place(sandbox).into_iter().filter(|place| place.repository().starts_with("oci://"));
    let push = |place: Place| {
        let printed = json(&push_both(sandbox, &place.tagged("1"), &["-o", "json"]).run().ok());
        let digests = ["/digest", "/platforms/0/digest", "/platforms/1/digest"];
        let digests = digests.map(|pointer| text(&printed, pointer).to_owned());
        let reference = place.tagged("1").trim_start_matches("oci://").to_owned();
        (place, reference, digests)
    };
    registries.map(push).collect()
}

fn of(bytes: &str) -> String {
    bobctl::oci::Digest::of(bytes.as_bytes()).to_string()
}

#[test]
fn oras_regctl_and_crane_find_index_and_platforms() {
    let sandbox = Sandbox::new();
    let (Some(oras), Some(regctl)) = (tool(&sandbox, "oras"), tool(&sandbox, "regctl")) else { return };
    let Some(crane) = tool(&sandbox, "crane") else { return };
    for (place, reference, [index, amd, arm]) in pushed_to_registries(&sandbox) {
        let (name, host) = (place.name, reference.split('/').next().unwrap());
        let plain = format!("--host=reg={host},tls=disabled");
        assert_eq!(of(&oras(&["manifest", "fetch", "--plain-http", &reference])), index, "{name}");
        let body = regctl(&[&plain, "manifest", "get", "--format=raw-body", &reference]);
        assert_eq!(of(&body), index, "{name}");
        assert_eq!(of(&crane(&["manifest", &reference])), index, "{name}");
        for (platform, child) in [("linux/amd64", &amd), ("linux/arm64", &arm)] {
            let flag = format!("--platform={platform}");
            assert_eq!(of(&oras(&["manifest", "fetch", "--plain-http", &flag, &reference])), **child, "{name}");
            assert_eq!(of(&crane(&["manifest", &flag, &reference])), **child, "{name}");
            let body = regctl(&[&plain, "manifest", "get", &flag, "--format=raw-body", &reference]);
            assert_eq!(of(&body), **child, "{name}");
        }
        assert!(crane(&["validate", "--remote", &reference]).starts_with("PASS"), "{name}");
    }
}

#[test]
fn oras_reads_an_index_in_a_layout() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let Some(oras) = tool(&sandbox, "oras") else { return };
    push_both(&sandbox, &story::layout(&sandbox).tagged("1"), &[]).run().ok();
    oras(&["pull", "--oci-layout", "--platform=linux/arm64", "layout:1", "-o", "out"]);
    let listed = sandbox.program("tar", ["-tzf", "out/bob.tar.gz"]).run().ok();
    assert!(listed.contains("only-here\n"), "{listed}");
}

#[test]
fn flux_takes_linux_amd64() {
    let sandbox = Sandbox::new();
    // It pulls with crane's library, to which an index without a wish means linux/amd64.
    let Some(crane) = tool(&sandbox, "crane") else { return };
    for (place, reference, _) in pushed_to_registries(&sandbox) {
        let archive = format!("from {}.tar", place.name);
        crane(&["export", &reference, &archive]);
        let listed = sandbox.program("tar", ["-tf", &archive]).run().ok();
        assert!(listed.contains("bob.yaml\n") && !listed.contains("only-here"), "{}: {listed}", place.name);
    }
}

#[test]
fn children_come_before_the_index_and_every_blob_once() {
    let sandbox = Sandbox::new();
    two(&sandbox);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    // Two folders of the same content: one layer, and a config for each.
    push(&sandbox, &place.tagged("1"), &[AMD, "linux/arm64=amd64"], &[]).run().ok();
    let log = registry.log();
    let sent = log.only(|record| record.method == hyper::Method::POST);
    assert_eq!(sent.count(), 3, "{log}");
    let written: Vec<String> = log.requests().into_iter().filter(|line| line.starts_with("PUT ")).collect();
    assert_eq!(written.len(), 3, "{log}");
    assert!(written[..2].iter().all(|line| line.contains("/manifests/sha256:")), "{log}");
    assert!(written[2].contains("/manifests/1 "), "{log}");
}

#[test]
fn a_registry_that_claims_not_to_know_something_gets_everything_again_once() {
    for (position, sent) in [(1, (8, 5)), (3, (8, 6))] {
        let sandbox = Sandbox::new();
        two(&sandbox);
        let registry = FaultRegistry::start();
        registry.fault(on(PUT).manifest().nth(position).error(404, "MANIFEST_UNKNOWN"));
        push_both(&sandbox, &story::fault(&registry).tagged("1"), &["--concurrency", "1"]).run().ok();
        let requests = registry.log().requests();
        let count = |what: &str| requests.iter().filter(|line| line.starts_with(what)).count();
        assert!(count("POST ") == sent.0 && count("PUT ") <= sent.1, "{}", registry.log());
        assert!(registry.tag("org/bobs/webapp", "1").is_some());
    }
}
