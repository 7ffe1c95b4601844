//! Lists of referrers on registries of every kind, near the store: what each does its own way, and many who write at
//! the same time.

mod crowd;
mod quirks;

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Digest, Manifest, RawManifest, media_type};
use bobctl::store::registry::RegistryStore;
use bobctl::store::{BytesSource, Store, SubjectTaken};

const REPOSITORY: &str = "org/app";

/// A manifest that is referred to.
fn image(name: &str) -> RawManifest {
    let config = Descriptor::of(media_type::EMPTY, b"{}");
    let annotations = Annotations::from([("name".to_owned(), name.to_owned())]);
    RawManifest::from_manifest(&Manifest::new(config.clone(), vec![config], annotations))
}

/// A manifest about `subject`.
fn note(subject: &RawManifest, text: &str) -> RawManifest {
    let config = Descriptor::of(media_type::EMPTY, b"{}");
    let annotations = Annotations::from([("note".to_owned(), text.to_owned())]);
    let mut manifest = Manifest::new(config.clone(), vec![config], annotations);
    manifest.artifact_type = Some("a/b".to_owned());
    manifest.subject = Some(subject.descriptor());
    RawManifest::from_manifest(&manifest)
}

/// The entry that a list has for `manifest`.
fn entry(manifest: &RawManifest) -> Descriptor {
    manifest.as_referrer(&manifest.document().expect("a manifest"))
}

/// Write `manifest`, with the one blob that it points at.
async fn write(store: &RegistryStore, manifest: &RawManifest) -> SubjectTaken {
    store.write_blob(&BytesSource::new(media_type::EMPTY, "{}")).await.expect("the blob is taken");
    store.write_manifest(manifest, None).await.expect("the manifest is taken")
}

async fn listed(store: &RegistryStore, subject: &RawManifest) -> Vec<Digest> {
    let found = store.referrers(subject.digest()).await.expect("a list");
    found.entries.into_iter().map(|entry| entry.descriptor.digest).collect()
}
