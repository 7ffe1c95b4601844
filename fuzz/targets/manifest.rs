//! Manifests and indexes, by the way that everything remote takes: bytes and a media type in, a document within its
//! limits out. The first byte chooses the type that the store names.

#![no_main]

use bobctl::oci::manifest::{ManifestError, canonical};
use bobctl::oci::{Descriptor, Digest, Document, RawManifest, json, media_type};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

const MAX_DEPTH: usize = 64;
const MAX_ENTRIES: usize = 10_000;
const MAX_ANNOTATIONS: usize = 1 << 20;
const TYPES: [&str; 8] = [
    "",
    media_type::MANIFEST,
    media_type::INDEX,
    media_type::DOCKER_MANIFEST,
    media_type::DOCKER_LIST,
    media_type::PROTOTYPE_ARTIFACT,
    media_type::PROTOTYPE_ORAS,
    "application/json",
];
const PROTOTYPES: [&str; 2] = [media_type::PROTOTYPE_ARTIFACT, media_type::PROTOTYPE_ORAS];

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    if let Ok(value) = json::value(bytes) {
        assert!(depth(&value) <= MAX_DEPTH + 1, "too deep");
        // What was accepted has one reading.
        assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
    }
    let given = TYPES[usize::from(*choice) % TYPES.len()];
    let Ok(raw) = RawManifest::read(given, Digest::of(bytes), Bytes::copy_from_slice(bytes)) else { return };
    assert_eq!(raw.bytes(), bytes);
    let Ok(document) = raw.document() else { return };
    let annotations: usize = document.annotations().iter().map(|(key, value)| key.len() + value.len()).sum();
    assert!(annotations <= MAX_ANNOTATIONS);
    if PROTOTYPES.iter().any(|own| media_type::same(raw.media_type(), own)) {
        // They are read in the shape of an OCI manifest, and never written.
        return;
    }
    let again = match &document {
        Document::Manifest(manifest) => {
            assert!(manifest.layers.len() <= MAX_ENTRIES);
            std::iter::once(&manifest.config).chain(&manifest.layers).chain(&manifest.subject).for_each(sane);
            RawManifest::from_manifest(manifest)
        }
        Document::Index(index) => {
            assert!(index.manifests.len() <= MAX_ENTRIES);
            index.manifests.iter().chain(&index.subject).for_each(sane);
            RawManifest::from_index(index)
        }
    };
    drop(raw.as_referrer(&document));
    match (again.document(), document) {
        (Ok(Document::Manifest(again)), Document::Manifest(manifest)) => {
            assert_eq!(canonical(&again), canonical(&manifest));
        }
        (Ok(Document::Index(again)), Document::Index(index)) => assert_eq!(canonical(&again), canonical(&index)),
        (Err(ManifestError::Limit { .. }), _) => panic!("written, it is beyond the limits"),
        (again, document) => panic!("{document:?} became {again:?}"),
    }
});

fn sane(descriptor: &Descriptor) {
    assert!(i64::try_from(descriptor.size).is_ok(), "{}", descriptor.size);
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
