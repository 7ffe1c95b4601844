//! `describe artifact`: what a manifest is, what it holds and what is attached to it.

mod fetching;
mod linked;
mod shapes;

use serde_json::{Value, json};

use crate::support::leftout::shared;
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{self, digest, every_place, push, webapp};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

fn describe<'a>(sandbox: &'a Sandbox, reference: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["describe", "artifact", reference].iter().chain(more))
}

fn described(sandbox: &Sandbox, reference: &str, more: &[&str]) -> Value {
    let printed = describe(sandbox, reference, &[&["-o", "json"], more].concat()).run().ok();
    serde_json::from_str(&printed).unwrap()
}

/// The lines of a section, its head left out.
fn section<'a>(text: &'a str, head: &str) -> Vec<&'a str> {
    let (_, after) = text.split_once(&format!("\n{head}:\n")).unwrap_or_else(|| panic!("no {head} in {text}"));
    after.lines().take_while(|line| line.starts_with("  ")).map(str::trim).collect()
}

#[test]
fn a_bob_is_described_the_same_everywhere() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let size = |name: &str| sandbox.read(format!("bob/{name}")).len();
    for place in every_place(&sandbox) {
        let pushed = push(&sandbox, &place.tagged("1"), "bob", &["--reproducible", "-o", "json"]).run().ok();
        let pushed: Value = serde_json::from_str(&pushed).unwrap();
        let mut told = described(&sandbox, &place.tagged("1"), &["--files"]);
        let config = told["config"].take();
        assert!(config["digest"].is_string() && config["size"].is_u64(), "{config}");
        assert_eq!(config["mediaType"], "application/vnd.k8sstormcenter.bob.config.v1+json");
        assert_eq!((&config["created"], config.get("platform")), (&json!("1970-01-01T00:00:00Z"), None));
        let expected = json!({
            "reference": place.at(pushed["digest"].as_str().unwrap()),
            "digest": pushed["digest"],
            "mediaType": MANIFEST,
            "size": pushed["size"],
            "annotations": {
                "org.opencontainers.image.created": "1970-01-01T00:00:00Z",
                "org.opencontainers.image.revision": "main@sha1:0123456789",
                "org.opencontainers.image.source": "https://example.org/webapp",
            },
            "config": null,
            "layers": [{
                "mediaType": "application/vnd.k8sstormcenter.bob.content.v1.tar+gzip",
                "digest": pushed["layer"]["digest"],
                "size": pushed["layer"]["size"],
                "annotations": {"org.opencontainers.image.title": "bob.tar.gz"},
            }],
            "bob": {
                "content": pushed["layer"]["content"],
                "profiles": [{
                    "file": "bob.yaml",
                    "kind": "ApplicationProfile",
                    "name": "replicaset-webapp",
                    "architectures": ["amd64"],
                    "containers": [{
                        "name": "app",
                        "image": "ghcr.io/org/webapp:1",
                        "execs": 0, "opens": 0, "endpoints": 0, "syscalls": 0, "capabilities": 0,
                    }],
                }],
                "values": [
                    {"name": "CIDR", "defaults": ["10.0.0.0/8", "192.168.0.0/16"]},
                    {"name": "name", "default": "webapp"},
                ],
                "tests": ["bob.test"],
            },
            "referrers": [],
            "signatures": [],
            "files": [
                {"path": ".hidden/notes.txt", "mode": "0644", "size": size(".hidden/notes.txt")},
                {"path": "bob.test", "mode": "0644", "size": size("bob.test")},
                {"path": "bob.values", "mode": "0644", "size": size("bob.values")},
                {"path": "bob.yaml", "mode": "0644", "size": size("bob.yaml")},
                {"path": "run.sh", "mode": "0755", "size": size("run.sh")},
            ],
        });
        assert_eq!(told, expected, "{}", place.name);
    }
}

#[test]
fn people_read_short_digests_and_whole_ones_when_they_ask() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let place = story::layout(&sandbox);
    let whole = digest(&push(&sandbox, &place.tagged("1"), "bob", &["--reproducible"]).run().ok());
    let text = describe(&sandbox, &place.tagged("1"), &["--files"]).run().ok();
    let lines: Vec<&str> = text.lines().take(4).collect();
    assert_eq!(lines[0], format!("Reference:   {}", place.at(&whole)));
    assert_eq!(lines[1], format!("Digest:      {}", &whole[..19]));
    assert_eq!(lines[2], format!("Media type:  {MANIFEST}"));
    assert_eq!(
        section(&text, "Profile bob.yaml")[3..],
        [
            "CONTAINER  EXECS  OPENS  ENDPOINTS  SYSCALLS  CAPABILITIES  IMAGE",
            "app        0      0      0          0         0             ghcr.io/org/webapp:1",
        ]
    );
    assert_eq!(section(&text, "Values")[1..], ["CIDR  10.0.0.0/8, 192.168.0.0/16", "name  webapp"]);
    assert_eq!(section(&text, "Files")[4], "0755   10  run.sh");
    let verbose = describe(&sandbox, &place.tagged("1"), &["-v"]).run().ok();
    assert_eq!(verbose.lines().nth(1).unwrap(), format!("Digest:      {whole}"));
    assert!(!verbose.contains("Files:"), "{verbose}");
    let yaml = describe(&sandbox, &place.tagged("1"), &["--format", "yaml"]).run().ok();
    assert!(yaml.contains(&format!("\ndigest: {whole}\n")), "{yaml}");
}

#[test]
fn real_profiles_are_counted() {
    let Some(profiles) = shared("data/profiles/log4j") else { return };
    let sandbox = Sandbox::new();
    for name in ["ap", "cp", "nn"] {
        let text = std::fs::read_to_string(profiles.join(format!("{name}-chain-backend.yaml"))).unwrap();
        sandbox.write(format!("bob/{name}.yaml"), text);
    }
    let place = story::layout(&sandbox);
    push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
    let told = described(&sandbox, &place.tagged("1"), &[]);
    let counts = |at: usize| {
        let mut container = told["bob"]["profiles"][at]["containers"][0].clone();
        for name in ["name", "image"] {
            container.as_object_mut().unwrap().remove(name);
        }
        container
    };
    assert_eq!(counts(0), json!({"execs": 5, "opens": 23, "endpoints": 3, "syscalls": 52, "capabilities": 0}));
    let container = json!({
        "execs": 5, "opens": 33, "endpoints": 3, "syscalls": 0, "capabilities": 0, "ingress": 2, "egress": 2
    });
    assert_eq!(counts(1), container);
    assert_eq!(counts(2), json!({"ingress": 2, "egress": 2}));
}

#[test]
fn exit_codes_say_what_is_wrong() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        push(&sandbox, &place.tagged("1"), "bob", &[]).run().ok();
        let error = describe(&sandbox, &place.tagged("2"), &[]).run().fails(3);
        assert!(error.contains('2'), "{}: {error}", place.name);
        // Without a tag it is :latest, which nobody pushed.
        describe(&sandbox, place.repository(), &["--raw"]).run().fails(3);
    }
    let place = story::layout(&sandbox);
    for (words, part) in [
        (&["--raw", "--files"][..], "cannot be used with"),
        (&["--platform", "linux"], "is not a platform"),
        (&["1.1"], "no further reference is expected"),
    ] {
        let error = describe(&sandbox, &place.tagged("1"), words).run().fails(2);
        // Here is no such flag to be advised.
        assert!(error.contains(part) && !error.contains("--tag"), "{error}");
    }
    describe(&sandbox, "oci-layout://nowhere", &[]).run().fails(3);
}
