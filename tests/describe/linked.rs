//! What is attached: referrers and signatures, each with where it is listed, and none of it verified.

use serde_json::{Value, json};

use bobctl::oci::Digest;

use super::{EMPTY, MANIFEST, describe, described, section};
use crate::support::fault::{FaultRegistry, Feature};
use crate::support::sandbox::Sandbox;
use crate::support::story::{push, webapp};

const NOTATION: &str = "application/vnd.cncf.notary.signature";
const SBOM: &str = "application/spdx+json";

/// A manifest of this type that refers to `subject`.
fn referrer(registry: &FaultRegistry, kind: &str, subject: &Value, annotations: &Value) -> Vec<u8> {
    let empty = json!({"mediaType": EMPTY, "digest": registry.put_blob("a/b", "{}"), "size": 2});
    json!({
        "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": kind, "config": empty, "layers": [empty],
        "subject": subject, "annotations": annotations
    })
    .to_string()
    .into_bytes()
}

#[test]
fn referrers_and_signatures_are_told_apart_and_never_verified() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for (feature, listed) in [(None, "api"), (Some(Feature::Referrers), "tag")] {
        let builder = FaultRegistry::builder();
        let registry = match feature {
            Some(feature) => builder.without(feature).start(),
            None => builder.start(),
        };
        let reference = registry.reference("a/b:1");
        push(&sandbox, &reference, "bob", &[]).run().ok();
        let digest = registry.tag("a/b", "1").unwrap();
        let subject =
            json!({"mediaType": MANIFEST, "digest": digest, "size": registry.manifest("a/b", "1").unwrap().len()});
        let created = json!({"org.opencontainers.image.created": "2026-01-02T03:04:05Z", "evil": "\u{1b}[2J"});
        let sbom = referrer(&registry, SBOM, &subject, &created);
        let signature = referrer(&registry, NOTATION, &subject, &json!({}));
        let (sbom_digest, signature_digest) =
            (registry.put_manifest("a/b", None, sbom.clone()), registry.put_manifest("a/b", None, signature.clone()));
        let cosign = registry.put_manifest(
            "a/b",
            Some(&format!("sha256-{}.sig", digest.hex())),
            referrer(&registry, "x/y", &json!(null), &json!({})),
        );
        let size = registry.manifest("a/b", &cosign.to_string()).unwrap().len();
        let listing = json!({"schemaVersion": 2, "mediaType": super::INDEX, "manifests": [
            {"mediaType": MANIFEST, "digest": sbom_digest, "size": sbom.len(), "artifactType": SBOM, "annotations": created},
            {"mediaType": MANIFEST, "digest": signature_digest, "size": signature.len(), "artifactType": NOTATION},
        ]});
        if listed == "tag" {
            registry.put_manifest("a/b", Some(&format!("sha256-{}", digest.hex())), listing.to_string());
        }

        let told = described(&sandbox, &reference, &[]);
        let expected = json!([{
            "digest": sbom_digest, "mediaType": MANIFEST, "artifactType": SBOM, "size": sbom.len(),
            "created": "2026-01-02T03:04:05Z", "annotations": created, "listed": listed, "verified": false,
        }]);
        assert_eq!(told["referrers"], expected);
        let mut signatures = told["signatures"].as_array().unwrap().clone();
        signatures.sort_by_key(|one| one["listed"] != listed);
        let expected = json!([
            {
                "digest": signature_digest, "mediaType": MANIFEST, "artifactType": NOTATION, "size": signature.len(),
                "listed": listed, "verified": false,
            },
            {
                "digest": cosign, "mediaType": MANIFEST, "size": size,
                "listed": format!("sha256-{}.sig", digest.hex()), "verified": false,
            },
        ]);
        assert_eq!(json!(signatures), expected);

        let text = describe(&sandbox, &reference, &[]).run().ok();
        let rows = [section(&text, "Referrers")[1..].to_vec(), section(&text, "Signatures")[1..].to_vec()].concat();
        assert_eq!(rows.len(), 3, "{text}");
        assert!(rows.iter().all(|row| row.ends_with("not verified")), "{text}");
        assert!(rows[0].starts_with(&sbom_digest.short()), "{text}");
        assert!(text.contains("….sig") && !text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn a_subject_is_shown_and_what_a_stranger_writes_is_escaped() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let subject = json!({"mediaType": MANIFEST, "digest": Digest::of(b"image"), "size": 7});
    let evil = "\u{1b}[31mred\u{202e}\nDigest: sha256:00";
    let manifest = referrer(&registry, evil, &subject, &json!({evil: evil, "long": "x".repeat(5000)}));
    registry.put_manifest("a/b", Some("1"), manifest);
    let reference = registry.reference("a/b:1");
    let told = described(&sandbox, &reference, &[]);
    assert_eq!((&told["subject"], &told["artifactType"]), (&subject, &json!(evil)));
    assert_eq!(told["annotations"]["long"].as_str().unwrap().len(), 5000);
    let text = describe(&sandbox, &reference, &[]).run().ok();
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}') && !text.contains("\nDigest: sha256:00"), "{text}");
    assert!(text.contains("\\u{1b}[31mred") && text.contains("xxx…"), "{text}");
    assert_eq!(section(&text, "Subject")[0], format!("Digest:      {}", Digest::of(b"image").short()));
    let whole = describe(&sandbox, &reference, &["--verbose"]).run().ok();
    assert!(whole.contains(&"x".repeat(5000)) && whole.contains(&Digest::of(b"image").to_string()), "{whole}");
}
