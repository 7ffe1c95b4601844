//! `push artifact --file`: files as they are, as oras and regctl push and read them.

use std::fs;

use serde_json::{Value, json};

use crate::support::fault::{FaultRegistry, HEAD, on};
use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, Place, digest, every_place, noise, pull};

const KIND: &str = "application/vnd.example.policy";
const FILES: [&str; 6] =
    ["--file", "some/sbom.json:application/spdx+json", "--file", "some/policy.rego", "--file", "some/empty"];

/// Three files in `some`, one of them empty, and in no git checkout.
fn some(sandbox: &Sandbox) {
    sandbox.write("some/sbom.json", "{}");
    sandbox.write("some/policy.rego", "package main\n");
    sandbox.write("some/empty", "");
}

fn push<'a>(sandbox: &'a Sandbox, reference: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["push", "artifact", reference, "--artifact-type", KIND].iter().chain(more))
}

fn push_some<'a>(sandbox: &'a Sandbox, reference: &str, more: &[&str]) -> Command<'a> {
    push(sandbox, reference, &[&FILES, more].concat())
}

fn json(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

#[test]
fn files_go_everywhere_and_come_back_under_their_names() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    for place in every_place(&sandbox) {
        let printed = push_some(&sandbox, &place.tagged("1"), &[]).run().ok();
        assert_eq!(printed, format!("{}\n", place.at(&digest(&printed))), "{}", place.name);
        let out = format!("from {}", place.name);
        assert_eq!(pull(&sandbox, &place.tagged("1"), &out, &[]).run().ok(), printed, "{}", place.name);
        assert_eq!(sandbox.tree(&out), sandbox.tree("some"), "{}", place.name);
    }
}

#[test]
fn the_manifest_and_the_json_are_as_documented() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    let registry = FaultRegistry::start();
    let more = ["--reproducible", "-a", "a=b", "-o", "json"];
    let printed = json(&push_some(&sandbox, &registry.reference("a/b:1"), &more).run().ok());
    let of = |text: &str| bobctl::oci::Digest::of(text.as_bytes()).to_string();
    let (sbom, policy, empty) = (of("{}"), of("package main\n"), of(""));
    let stream = "application/octet-stream";
    let files = json!([
        {"name": "sbom.json", "digest": sbom, "size": 2, "mediaType": "application/spdx+json"},
        {"name": "policy.rego", "digest": policy, "size": 13, "mediaType": stream},
        {"name": "empty", "digest": empty, "size": 0, "mediaType": stream},
    ]);
    assert_eq!((&printed["files"], printed.get("layer"), &printed["unchanged"]), (&files, None, &Value::from(false)));

    let manifest = registry.manifest("a/b", "1").unwrap();
    let layer = |kind: &str, digest: &str, size: u64, name: &str| {
        format!(
            r#"{{"mediaType":"{kind}","digest":"{digest}","size":{size},"annotations":{{"org.opencontainers.image.title":"{name}"}}}}"#
        )
    };
    let layers = [
        layer("application/spdx+json", &sbom, 2, "sbom.json"),
        layer(stream, &policy, 13, "policy.rego"),
        layer(stream, &empty, 0, "empty"),
    ];
    let expected = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"{KIND}","config":{{"mediaType":"application/vnd.oci.empty.v1+json","digest":"{sbom}","size":2,"data":"e30="}},"layers":[{}],"annotations":{{"a":"b","org.opencontainers.image.created":"1970-01-01T00:00:00Z"}}}}"#,
        layers.join(",")
    );
    assert_eq!(String::from_utf8(manifest.to_vec()).unwrap(), expected);
    // The config's two bytes are there, and the file that has the same two was not sent again.
    assert!(registry.blob("a/b", &sbom.parse().unwrap()).is_some());
    assert_eq!(registry.log().only(|record| record.method == hyper::Method::POST).count(), 3);
}

/// A tool as users call it; without it the calling test is left out.
#[track_caller]
fn tool<'a>(sandbox: &'a Sandbox, name: &str) -> Option<impl Fn(&[&str]) -> Command<'a> + use<'a>> {
    let program = peer(name)?.to_str().expect("a path of ours").to_owned();
    Some(move |words: &[&str]| sandbox.program(&program, words))
}

/// A place as oras and regctl write it.
fn names(place: &Place) -> (&'static str, String, String) {
    let (scheme, plain) = place.repository().split_once("://").unwrap();
    let host = plain.split('/').next().unwrap();
    if scheme == "oci-layout" {
        ("--oci-layout", format!("{plain}:1"), format!("ocidir://{plain}:1"))
    } else {
        assert!(!host.is_empty());
        ("--plain-http", format!("{plain}:1"), format!("{plain}:1"))
    }
}

#[test]
fn oras_makes_the_very_same_manifest_and_reads_ours() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    let Some(oras) = tool(&sandbox, "oras") else { return };
    for place in every_place(&sandbox) {
        let (flag, reference, _) = names(&place);
        let ours = digest(&push_some(&sandbox, &place.tagged("1"), &["--reproducible"]).run().ok());
        let (out, theirs) = (format!("by oras from {}", place.name), reference.replace(":1", ":2"));
        oras(&["pull", flag, &reference, "-o", &out]).run().ok();
        assert_eq!(sandbox.tree(&out), sandbox.tree("some"), "{}", place.name);

        let created = "--annotation=org.opencontainers.image.created=1970-01-01T00:00:00Z";
        let (policy, empty) = ("policy.rego:application/octet-stream", "empty:application/octet-stream");
        let files = ["sbom.json:application/spdx+json", policy, empty];
        let theirs = [&["push", flag, &theirs, "--artifact-type", KIND, created][..], &files].concat();
        oras(&theirs).cwd("some").run().ok();
        let row = sandbox.bobctl(["list", "artifacts", place.repository(), "-o", "json"]).run().ok();
        let digests: Vec<Value> = json(&row).as_array().unwrap().iter().map(|row| row["digest"].clone()).collect();
        assert_eq!(digests, [ours.as_str(), &ours], "{}", place.name);
    }
}

#[test]
fn regctl_reads_ours_and_we_read_theirs() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    let Some(regctl) = tool(&sandbox, "regctl") else { return };
    for place in every_place(&sandbox) {
        let (name, (_, plain, reference)) = (place.name, names(&place));
        let host = plain.split('/').next().filter(|host| !host.is_empty()).unwrap_or("localhost");
        let flag = format!("--host=reg={host},tls=disabled");
        push_some(&sandbox, &place.tagged("1"), &[]).run().ok();
        for file in ["sbom.json", "policy.rego", "empty"] {
            let got = regctl(&[&flag, "artifact", "get", "--file", file, &reference]).run().ok();
            assert_eq!(got, sandbox.read(format!("some/{file}")), "{name}: {file}");
        }
        let put = ["artifact", "put", "--artifact-type", KIND, "--file-title", "--strip-dirs", "--file=some/sbom.json"];
        regctl(&[&[flag.as_str()], &put[..], &[&reference]].concat()).run().ok();
        let out = format!("put into {name}");
        pull(&sandbox, &place.tagged("1"), &out, &[]).run().ok();
        assert_eq!(sandbox.read(format!("{out}/sbom.json")), "{}", "{name}");
    }
}

#[test]
fn conditions_hold_for_files_as_well() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    let registry = FaultRegistry::start();
    let place = story::fault(&registry);
    let at = |seconds: &str, kind: &str| {
        let words = ["push", "artifact", &place.tagged("1"), "--artifact-type", kind, "--if-changed", "-o", "json"];
        let run = sandbox.bobctl(words.iter().chain(&FILES)).env("SOURCE_DATE_EPOCH", seconds).run();
        json(&run.ok())
    };
    let first = at("1000", KIND);
    let again = at("2000", KIND);
    assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &Value::from(true)));
    // The same files as something else, and other files.
    assert_eq!(at("2000", "application/vnd.example.other")["unchanged"], false);
    sandbox.write("some/policy.rego", "package other\n");
    assert_eq!(at("2000", "application/vnd.example.other")["unchanged"], false);

    let error = push_some(&sandbox, &place.tagged("1"), &["--no-clobber"]).run().fails(7);
    assert!(error.contains("tag 1 exists"), "{error}");
    let before = registry.log();
    let dry = push_some(&sandbox, &place.tagged("2"), &["--dry-run", "--reproducible"]).run().ok();
    assert_eq!(registry.log().since(&before).count(), 0);
    let expected = format!("{}@{}", place.tagged("2"), digest(&dry));
    assert_eq!(push_some(&sandbox, &expected, &["--reproducible"]).run().ok(), dry);
}

#[test]
fn git_says_where_files_come_from_when_it_knows() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    let registry = FaultRegistry::start();
    let annotations = |tag: &str, more: &[&str]| {
        let run = push_some(&sandbox, &registry.reference(&format!("a/b:{tag}")), more).run();
        assert_eq!(run.stderr(), "");
        run.ok();
        let manifest = registry.manifest("a/b", tag).unwrap();
        json(std::str::from_utf8(&manifest).unwrap())["annotations"].clone()
    };
    let key = |name: &str| format!("org.opencontainers.image.{name}");
    let bare = annotations("bare", &[]);
    assert_eq!(bare.as_object().map(|all| all.keys().collect::<Vec<_>>()), Some(vec![&key("created")]));
    let given = annotations("given", &["--source=https://user:secret@example.org/a", "--reproducible"]);
    assert_eq!(given, json!({key("created"): "1970-01-01T00:00:00Z", key("source"): "https://example.org/a"}));

    let commit = sandbox.git_init("some", "https://github.com/org/some.git");
    let found = json!({
        key("created"): "2026-01-02T03:04:05Z",
        key("source"): "https://github.com/org/some.git",
        key("revision"): format!("main@sha1:{commit}"),
    });
    assert_eq!(annotations("found", &[]), found);
    sandbox.write("some/new", "");
    let dirty = push_some(&sandbox, &registry.reference("a/b:dirty"), &[]).run();
    assert!(dirty.stderr().contains("not committed"), "{}", dirty.stderr());
    dirty.ok();
    // A file from elsewhere: nothing is true of both.
    sandbox.write("elsewhere/file", "");
    let mixed = annotations("mixed", &["--file", "elsewhere/file"]);
    assert_eq!(mixed.as_object().map(serde_json::Map::len), Some(1), "{mixed}");
}

#[test]
fn what_is_no_file_or_has_no_name_is_refused() {
    let sandbox = Sandbox::new();
    some(&sandbox);
    sandbox.write("other/sbom.json", "[]");
    sandbox.write("other/SBOM.json", "[]");
    sandbox.write("other/a?b", "");
    sandbox.program("mkfifo", ["other/pipe"]).run().ok();
    let registry = FaultRegistry::start();
    for (words, parts) in [
        (&["--file", "some"][..], &["'some' is a folder, not a file", "--path packs a folder"][..]),
        (&["--file", "nowhere"], &["no such file or folder: nowhere"]),
        (&["--file", "-"], &["standard input", "--file sbom.json:"]),
        (&["--file", "other/pipe"], &["'other/pipe' is a FIFO"]),
        (&["--file", "other/a?b"], &["other/a?b", "Windows", "rename it"]),
        (
            &["--file", "some/sbom.json", "--file", "other/sbom.json"],
            &["some/sbom.json", "other/sbom.json", "one name"],
        ),
        (&["--file", "some/sbom.json", "--file", "other/SBOM.json"], &["one name", "rename one"]),
        (&["--file", "some/sbom.json:json"], &["'json' is no media type", "application/spdx+json"]),
        (&["--file", "some/sbom.json", "--path", "some"], &["--path", "--file", "cannot be used with"]),
        (&["--file", "some/sbom.json", "--config-media-type", "a/b"], &["cannot be used with"]),
        (&["--file", "some/sbom.json", "--ignore-paths", "x"], &["cannot be used with"]),
        (&["--path", "some"], &["--artifact-type is for files", "leave it out"]),
        (&[], &["--path", "--file", "required"]),
    ] {
        let error = push(&sandbox, &registry.reference("a/b:1"), words).run().fails(2);
        assert!(parts.iter().all(|part| error.contains(part)), "{words:?}: {error}");
    }
    let words = ["push", "artifact", &registry.reference("a/b:1"), "--file", "some/sbom.json"];
    let error = sandbox.bobctl(words).run().fails(2);
    assert!(error.contains("without --artifact-type") && error.contains("hint:"), "{error}");
    let error = sandbox.bobctl(words.iter().chain(&["--artifact-type", "sbom"])).run().fails(2);
    assert!(error.contains("'sbom' is no media type"), "{error}");
    assert_eq!(registry.log().count(), 0);
}

#[test]
fn a_file_that_changes_while_it_is_pushed_is_named() {
    for (length, change) in [(10, 11), (300 << 10, 300 << 10), (300 << 10, 10)] {
        let sandbox = Sandbox::new();
        sandbox.write("file", noise(length));
        let registry = FaultRegistry::start();
        let path = sandbox.path("file");
        // When the registry is asked for blobs, the file has been hashed and not yet sent.
        let rule = on(HEAD).blob().matching(move |_| {
            fs::write(&path, vec![b'x'; change]).unwrap();
            true
        });
        registry.fault(rule.answer(404));
        let error = push(&sandbox, &registry.reference("a/b:1"), &["--file", "file"]).run().fails(1);
        assert!(error.contains("changed") && error.contains("file"), "{error}");
        assert_eq!(registry.tag("a/b", "1"), None);
    }
}

#[test]
fn memory_does_not_grow_with_a_file() {
    const MOST: u64 = 64 << 10;
    let Some(time) = peer("time") else { return };
    let Some(olareg) = Olareg::start(OlaregOptions::default()) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("big/file", noise(100 << 20));
    for reference in [format!("oci://{}/org/big:1", olareg.host()), story::layout(&sandbox).tagged("1")] {
        let timed = ["-o", "peak", "-f", "%M", env!("CARGO_BIN_EXE_bobctl")];
        let push = ["push", "artifact", &reference, "--artifact-type", KIND, "--file", "big/file"];
        sandbox.program(&time.display().to_string(), timed.iter().chain(&push)).run().ok();
        let kib: u64 = sandbox.read("peak").trim().parse().unwrap();
        assert!(kib < MOST, "{reference} took {kib} KiB");
        pull(&sandbox, &reference, "out", &["--force"]).run().ok();
        assert_eq!(sandbox.tree("out"), sandbox.tree("big"));
    }
}
