//! Manifests and blobs that lie, never end, or change while they are looked at (SEC-1 to SEC-5).

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bobctl::oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::support::fault::{ANY, FaultRegistry, GET, Rule, on};
use crate::support::linked::Shelf;
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;
use crate::support::story::{pull, push, webapp};

/// How deep JSON may nest, and what a document may have (SEC-4, SEC-5).
const LEVELS: usize = 64;
const ENTRIES: usize = 10_000;
const ANNOTATIONS: usize = 1 << 20;

fn descriptor(size: &str) -> String {
    format!(r#"{{"mediaType":"t","digest":"{}","size":{size}}}"#, Digest::of(b"{}"))
}

fn manifest(members: &str) -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{}","config":{}{members}}}"#, media_type::MANIFEST, descriptor("2"))
}

fn index(members: &str) -> String {
    format!(r#"{{"schemaVersion":2,"mediaType":"{}"{members}}}"#, media_type::INDEX)
}

fn many(count: usize) -> String {
    format!("[{}]", vec![descriptor("2"); count].join(","))
}

/// `levels` lists, one in another, two levels below the document's own.
fn deep(levels: usize) -> String {
    manifest(&format!(r#","layers":[],"x":{}{}"#, "[".repeat(levels), "]".repeat(levels)))
}

fn annotated(bytes: usize) -> String {
    manifest(&format!(r#","layers":[],"annotations":{{"a":"{}"}}"#, "b".repeat(bytes - 1)))
}

#[test]
fn documents_that_can_be_read_in_two_ways_or_have_too_much_are_refused() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    for (name, document, part) in [
        ("duplicate", manifest(r#","layers":[],"layers":[]"#), "duplicate key 'layers'"),
        ("duplicate below", manifest(r#","layers":[],"x":[{"y":1,"y":1}]"#), "duplicate key 'y'"),
        ("trailing", manifest(r#","layers":[]"#) + " {}", "trailing"),
        ("deep", deep(LEVELS), "64 levels"),
        ("deepest", deep(100_000), "levels"),
        ("negative", manifest(&format!(r#","layers":[{}]"#, descriptor("-1"))), "negative size -1"),
        (
            "beyond i64",
            manifest(&format!(r#","layers":[{}]"#, descriptor("9223372036854775808"))),
            "9223372036854775808",
        ),
        ("fraction", manifest(&format!(r#","layers":[{}]"#, descriptor("1.5"))), "1.5"),
        ("layers", manifest(&format!(r#","layers":{}"#, many(ENTRIES + 1))), "10001 entries, more than 10000"),
        ("index", index(&format!(r#","manifests":{}"#, many(ENTRIES + 1))), "10001 entries, more than 10000"),
        ("annotations", annotated(ANNOTATIONS + 1), "1048577 bytes of annotations, more than 1048576"),
        ("ambiguous", manifest(r#","layers":[],"manifests":[]"#), "ambiguous"),
        ("ambiguous index", index(&format!(r#","manifests":[],"config":{}"#, descriptor("2"))), "ambiguous"),
    ] {
        let kind = if document.contains(media_type::INDEX) { media_type::INDEX } else { media_type::MANIFEST };
        // So that the registry has no opinion of its own.
        registry.heal();
        registry.put_manifest("a/b", Some("1"), manifest(r#","layers":[]"#));
        let digest = Digest::of(document.as_bytes()).to_string();
        registry.fault(on(ANY).manifest().header("content-type", kind).header("docker-content-digest", &digest));
        registry.fault(on(GET).manifest().body(document));
        let reference = registry.reference("a/b:1");
        for words in [&["describe", "artifact", &reference][..], &["pull", "artifact", &reference, "-o", "out"]] {
            let run = sandbox.bobctl(words).run();
            assert!(matches!(run.code(), Some(1 | 6)), "{name}: {run:?}");
            assert!(run.stderr().contains(part), "{name}: {run:?}");
            assert_eq!(run.stdout(), "", "{name}");
        }
        assert!(!sandbox.exists("out"), "{name}");
    }
}

#[test]
fn documents_at_their_limits_are_read() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    registry.put_blob("a/b", "{}");
    for (name, document) in [
        ("deep", deep(LEVELS - 1)),
        ("layers", manifest(&format!(r#","layers":{}"#, many(ENTRIES)))),
        ("annotations", annotated(ANNOTATIONS)),
        ("largest", manifest(&format!(r#","layers":[{}]"#, descriptor("9223372036854775807")))),
    ] {
        registry.put_manifest("a/b", Some(name), document);
        sandbox.bobctl(["describe", "artifact", &registry.reference(&format!("a/b:{name}"))]).run().ok();
    }
}

#[test]
fn indexes_in_indexes_have_an_end() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let mut inner = json!({"mediaType": media_type::MANIFEST, "digest": registry.put_manifest("a/b", None, manifest(r#","layers":[]"#)), "size": manifest(r#","layers":[]"#).len()});
    for _ in 0..10 {
        let index = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [inner]}).to_string();
        let size = index.len();
        inner = json!({"mediaType": media_type::INDEX, "digest": registry.put_manifest("a/b", Some("1"), index), "size": size});
    }
    let (reference, copy) = (registry.reference("a/b:1"), registry.reference("a/c:1"));
    for words in [&["pull", "artifact", &reference, "-o", "out"][..], &["copy", "artifact", &reference, &copy]] {
        let run = sandbox.bobctl(words).run();
        assert!(matches!(run.code(), Some(1 | 6)), "{run:?}");
        assert!(run.stderr().contains("nested more than 8 deep"), "{run:?}");
    }
    assert!(!sandbox.exists("out") && registry.tags("a/c").is_empty());
}

/// A registry whose every manifest has 4 GiB. How much of that it could send is counted.
fn endless(says_length: bool) -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let sent = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&sent);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let counted = Arc::clone(&counted);
            std::thread::spawn(move || pour(stream, says_length, &counted));
        }
    });
    (host, sent)
}

/// Answer one request, with as much as is taken.
fn pour(mut stream: TcpStream, says_length: bool, sent: &AtomicU64) {
    let mut head = [0; 4096];
    let read = stream.read(&mut head).unwrap_or(0);
    let length = if says_length { "content-length: 4294967296" } else { "transfer-encoding: chunked" };
    let kind = media_type::MANIFEST;
    let headers = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n{length}\r\nconnection: close\r\n\r\n");
    if stream.write_all(headers.as_bytes()).is_err() || head[..read].starts_with(b"HEAD") {
        return;
    }
    let (piece, mut total) = (vec![b' '; 64 << 10], 0_u64);
    while total < 4 << 30 {
        let framed = if says_length { piece.clone() } else { [b"10000\r\n".as_slice(), &piece, b"\r\n"].concat() };
        if stream.write_all(&framed).is_err() {
            return;
        }
        total += piece.len() as u64;
        sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
    }
}

#[test]
fn a_manifest_of_four_gibibytes_is_left_early_and_held_nowhere() {
    let Some(time) = peer("time") else { return };
    let sandbox = Sandbox::new();
    for says_length in [true, false] {
        let (host, sent) = endless(says_length);
        for words in [
            format!("describe artifact oci://{host}/a/b:1"),
            format!("pull artifact oci://{host}/a/b:1 -o out"),
            format!("tag artifact oci://{host}/a/b:1 --tag 2"),
            format!("copy artifact oci://{host}/a/b:1 oci-layout://layout:1"),
        ] {
            let timed = ["-o", "peak", "-f", "%M", env!("CARGO_BIN_EXE_bobctl")];
            let begun = Instant::now();
            let run = sandbox.program(&time.display().to_string(), timed.into_iter().chain(words.split(' '))).run();
            assert!(!matches!(run.code(), Some(0) | None), "{words}: {run:?}");
            assert!(begun.elapsed() < Duration::from_secs(20), "{words} took {:?}", begun.elapsed());
            // The tool says first that what it ran has failed.
            let kib: u64 = sandbox.read("peak").lines().last().unwrap().trim().parse().unwrap();
            assert!(kib < 64 << 10, "{words} took {kib} KiB");
        }
        // What the system holds on its way is among it.
        assert!(sent.load(Ordering::Relaxed) < 256 << 20, "{} bytes were taken", sent.load(Ordering::Relaxed));
    }
    assert!(!sandbox.exists("out"));
}

/// Somebody moves the tag `1` as soon as it was read.
fn moving(registry: &FaultRegistry, repository: &str, other: &str) -> Rule {
    let bytes = registry.manifest(repository, other).unwrap();
    on(ANY).path(&format!("{repository}/manifests/1")).first(1).overtaken(repository, "1", bytes)
}

#[test]
fn a_tag_is_looked_at_once_whatever_becomes_of_it() {
    let sandbox = Sandbox::new();
    for verb in ["pull", "describe", "tag", "link", "linked image", "copy", "tree"] {
        let registry = FaultRegistry::start();
        webapp(&sandbox, "bob");
        push(&sandbox, &registry.reference("org/app:other"), "bob", &["-a", "x=y"]).run().ok();
        push(&sandbox, &registry.reference("org/app:1"), "bob", &[]).run().ok();
        let images = Shelf::of(registry.reference("org/image"));
        images.image(Some("other"), "linux/amd64", "other");
        images.image(Some("1"), "linux/amd64", "first");
        let moved = if verb == "linked image" { "org/image" } else { "org/app" };
        let (first, before) = (registry.tag(moved, "1").unwrap(), registry.log());
        registry.fault(moving(&registry, moved, "other"));
        let (app, image) = (registry.reference("org/app:1"), registry.reference("org/image:1"));
        let words: &[&str] = match verb {
            "pull" => &["pull", "artifact", &app, "-o", "out", "--force", "--format", "json"],
            "describe" => &["describe", "artifact", &app, "--files", "--format", "json"],
            "tag" => &["tag", "artifact", &app, "--tag", "2"],
            "copy" => &["copy", "artifact", &app, &registry.reference("org/copy:1"), "-r"],
            "tree" => &["tree", "artifact", &app, "--format", "json"],
            _ => &["link", "artifact", &app, &image, "--allow-mismatch", "--format", "json"],
        };
        let text = sandbox.bobctl(words).run().ok();
        assert_ne!(registry.tag(moved, "1").unwrap(), first, "{verb}: the tag did not move");
        match verb {
            "tag" => assert_eq!(registry.tag("org/app", "2").unwrap(), first),
            "copy" => assert_eq!(registry.tag("org/copy", "1").unwrap(), first),
            "link" | "linked image" => {
                let link: Value = serde_json::from_str(&text).unwrap();
                let bob = registry.manifest("org/image", link["digest"].as_str().unwrap()).unwrap();
                let bob: Value = serde_json::from_slice(&bob).unwrap();
                let image = if verb == "link" { registry.tag("org/image", "1").unwrap() } else { first };
                assert_eq!(bob["subject"]["digest"], json!(image), "{link}");
                assert_eq!(bob["annotations"]["x"], Value::Null, "the other one has it: {bob}");
            }
            _ => assert!(text.contains(&first.to_string()), "{verb}: {text}"),
        }
        let by_tag = format!("{moved}/manifests/1");
        let asked = registry.log().since(&before).only(|record| record.target.ends_with(&by_tag));
        assert_eq!(asked.count(), 1, "{verb}: {:?}", asked.requests());
    }
}

#[test]
fn content_that_is_not_what_was_promised_leaves_no_file() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    let manifest: Value = serde_json::from_slice(&registry.manifest("a/b", "1").unwrap()).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
    let fault = || on(GET).blob().path(&layer);
    for (name, rule) in [
        ("altered", fault().flip_byte(40)),
        ("short", fault().truncate(40)),
        ("long", fault().append("more")),
        ("empty", fault().body("")),
        ("compressed on the way", fault().header("content-encoding", "gzip")),
        ("a page for people", fault().html()),
    ] {
        registry.heal();
        registry.fault(rule);
        let before = sandbox.tree(".");
        let run = pull(&sandbox, &registry.reference("a/b:1"), "out", &[]).run();
        assert!(matches!(run.code(), Some(5 | 6)), "{name}: {run:?}");
        assert_eq!(sandbox.tree("."), before, "{name}");
        let copy = format!("oci-layout://{}:1", sandbox.path("layout").display());
        let run = sandbox.bobctl(["copy", "artifact", &registry.reference("a/b:1"), &copy]).run();
        assert!(matches!(run.code(), Some(5 | 6)), "{name}: {run:?}");
        assert!(!sandbox.path("layout/blobs").join(layer.replace(':', "/")).exists(), "{name}");
    }
}
