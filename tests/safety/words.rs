//! What strangers write is shown, and acts on no terminal (SEC-8).

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use crate::support::fault::{ANY, FaultRegistry, GET, on};
use crate::support::sandbox::{Run, Sandbox};

/// A colour, a title, a bell, a line of its own, a turned direction and a letter that nobody sees.
const EVIL: &str = "\u{1b}[31mred\u{1b}]0;title\u{7}\u{9b}2J\nerror: all is lost\r\u{202e}\u{2066}\u{61c}\u{e0041}";

#[track_caller]
fn assert_tame(run: &Run, lines: usize) {
    let text = format!("{}{}", run.stdout(), run.stderr());
    let acting = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
    };
    assert!(!text.contains(acting), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: all is lost")), "{text}");
    assert!(text.contains("red") && text.lines().count() <= lines, "{text}");
}

#[test]
fn no_word_of_a_stranger_acts_on_a_terminal() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    registry.put_blob("a/b", "{}");
    let descriptor = json!({"mediaType": EVIL, "digest": Digest::of(b"{}"), "size": 2, "annotations": {EVIL: EVIL, "org.opencontainers.image.title": EVIL}});
    let document = |tag: &str, subject: Option<&Digest>| {
        let mut manifest = json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": EVIL,
            "config": descriptor, "layers": [descriptor],
            "annotations": {EVIL: EVIL, "org.opencontainers.image.created": EVIL, "org.opencontainers.image.version": EVIL,
                "org.opencontainers.image.source": EVIL, "org.opencontainers.image.revision": EVIL}});
        if let Some(subject) = subject {
            manifest["subject"] = json!({"mediaType": media_type::MANIFEST, "digest": subject, "size": 1});
        }
        registry.put_manifest("a/b", Some(tag), manifest.to_string())
    };
    let first = document("1", None);
    document("2", Some(&first));
    let (repository, reference) = (registry.reference("a/b"), registry.reference("a/b:1"));
    for words in [
        &["list", "artifacts", &repository][..],
        &["describe", "artifact", &reference],
        &["describe", "artifact", &reference, "-v"],
        &["describe", "artifact", &reference, "--files"],
        &["tree", "artifact", &reference, "-v"],
        &["pull", "artifact", &reference, "-o", "out"],
        &["copy", "artifact", &reference, "oci-layout://layout:1", "-r", "-v"],
    ] {
        let run = sandbox.bobctl(words).run();
        let text = format!("{}{}", run.stdout(), run.stderr());
        assert!(
            !text.contains(['\u{1b}', '\u{9b}', '\u{7}', '\r', '\u{202e}', '\u{61c}', '\u{e0041}']),
            "{words:?}: {text:?}"
        );
        assert!(!text.lines().any(|line| line.starts_with("error: all is lost")), "{words:?}: {text}");
        if matches!(words[0], "describe" | "tree") {
            assert!(text.contains("\\u{1b}[31mred"), "{words:?}: {text}");
        }
    }
}

#[test]
fn tags_errors_and_warnings_of_a_registry_are_tame() {
    let (sandbox, registry) = (Sandbox::new(), FaultRegistry::start());
    registry.put_manifest("a/b", Some("1"), r#"{"manifests":[]}"#);
    let (repository, reference) = (registry.reference("a/b"), registry.reference("a/b:1"));
    registry.fault(on(GET).tags().body(json!({"name": EVIL, "tags": [EVIL, "1"]}).to_string()));
    let run = sandbox.bobctl(["list", "artifacts", &repository]).run();
    assert_tame_or_silent(&run);
    registry.heal();
    for status in [400, 401, 403, 404, 429, 500] {
        registry.heal();
        let body = json!({"errors": [{"code": EVIL, "message": EVIL, "detail": EVIL}]}).to_string();
        registry.fault(on(GET).manifest().error(status, "X").body(body));
        let run = sandbox.bobctl(["describe", "artifact", &reference, "--debug"]).run();
        assert_tame(&run, 60);
    }
    registry.heal();
    registry.fault(on(ANY).manifest().header("warning", "299 - \"red \u{202e}\u{61c}\u{e0041}text\""));
    assert_tame(&sandbox.bobctl(["describe", "artifact", &reference, "--debug"]).run(), 60);
}

/// A tag that is none may be left out.
#[track_caller]
fn assert_tame_or_silent(run: &Run) {
    if format!("{}{}", run.stdout(), run.stderr()).contains("red") {
        assert_tame(run, 60);
    }
}
