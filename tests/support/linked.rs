//! Images, and what is linked to them, written by the library: for stories that ask who finds it.

use std::sync::Arc;

use bobctl::credentials::{DockerKeychain, Sources};
use bobctl::oci::annotation::{Annotations, CREATED};
use bobctl::oci::{
    Descriptor, Digest, Document, Index, Location, Manifest, Platform, RawManifest, Reference, Tag, Version, media_type,
};
use bobctl::store::layout::Layout;
use bobctl::store::registry::{Access, Client, ClientOptions, Unobserved};
use bobctl::store::{BytesSource, Store, SubjectTaken};
use serde_json::json;

/// A repository or a layout as the library sees it.
pub struct Shelf {
    store: Box<dyn Store>,
    runtime: tokio::runtime::Runtime,
}

impl Shelf {
    /// The repository `oci://HOST/REPOSITORY`, over plain HTTP, or the layout `oci-layout://DIR`.
    pub fn of(repository: impl AsRef<str>) -> Self {
        let location: Location = repository.as_ref().parse().expect("a repository");
        let store: Box<dyn Store> = match location {
            Location::Layout(folder) => Box::new(Layout::open(folder)),
            Location::Registry(repository) => {
                let options = ClientOptions { plain_http: true, ..ClientOptions::default() };
                let client =
                    Client::new(options, Arc::new(DockerKeychain::new(Sources::default())), Arc::new(Unobserved));
                Box::new(client.repository(repository, Access::Push))
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { store, runtime }
    }

    /// Keep a blob.
    pub fn blob(&self, media_type: &str, bytes: impl Into<Vec<u8>>) -> Descriptor {
        let source = BytesSource::new(media_type, bytes.into());
        self.runtime.block_on(self.store.write_blob(&source)).expect("a blob that is kept");
        source.descriptor().clone()
    }

    /// An image for `platform` that differs by `text` from others.
    pub fn image(&self, tag: Option<&str>, platform: &str, text: &str) -> Descriptor {
        let for_platform: Platform = platform.parse().expect("a platform");
        let config = json!({
            "architecture": for_platform.architecture, "os": for_platform.os, "config": {"Labels": {"text": text}},
            "rootfs": {"type": "layers", "diff_ids": [Digest::of(text.as_bytes())]},
        });
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.to_string());
        let layer = self.blob("application/vnd.oci.image.layer.v1.tar", text);
        let image = RawManifest::from_manifest(&Manifest::new(config, vec![layer], Annotations::new()));
        self.write(&image, tag);
        Descriptor { platform: Some(for_platform), ..image.descriptor() }
    }

    /// An index of images.
    pub fn index(&self, tag: &str, images: &[&Descriptor]) -> Descriptor {
        let index = Index::new(images.iter().map(|&image| image.clone()).collect(), Annotations::new());
        let index = RawManifest::from_index(&index);
        self.write(&index, Some(tag));
        index.descriptor()
    }

    /// What `reference` names.
    pub fn descriptor(&self, reference: &str) -> Descriptor {
        let reference: Reference = reference.parse().expect("a reference");
        self.runtime.block_on(self.store.resolve(&reference.version())).expect("a manifest that is there")
    }

    /// The manifest that `reference` names.
    pub fn bob(&self, reference: &str) -> Manifest {
        let reference: Reference = reference.parse().expect("a reference");
        let bob = self.runtime.block_on(self.store.manifest(&reference.version())).expect("a BoB");
        let Ok(Document::Manifest(bob)) = bob.document() else { panic!("a manifest") };
        bob
    }

    /// What `reference` names, linked to `subject` as a BoB that was made at `created`; `change` has the last word.
    pub fn link(
        &self,
        reference: &str,
        subject: &Descriptor,
        created: &str,
        change: impl FnOnce(&mut Manifest),
    ) -> Digest {
        let mut bob = self.bob(reference);
        bob.artifact_type = Some(media_type::BOB_ARTIFACT.to_owned());
        bob.subject = Some(Descriptor::new(subject.media_type.clone(), subject.digest.clone(), subject.size));
        bob.annotations.insert(CREATED.to_owned(), created.to_owned());
        change(&mut bob);
        self.refer(&RawManifest::from_manifest(&bob))
    }

    /// Something of another kind that is linked to `subject`.
    pub fn attach(&self, subject: &Descriptor, artifact_type: &str) -> Digest {
        let empty = self.blob(media_type::EMPTY, "{}");
        let mut manifest = Manifest::new(empty.clone(), vec![empty], Annotations::new());
        manifest.artifact_type = Some(artifact_type.to_owned());
        manifest.subject = Some(Descriptor::new(subject.media_type.clone(), subject.digest.clone(), subject.size));
        self.refer(&RawManifest::from_manifest(&manifest))
    }

    /// Write a manifest or an index that has a subject, and see that it is listed.
    pub fn refer(&self, referrer: &RawManifest) -> Digest {
        let document = referrer.document().expect("a manifest of ours");
        let subject = document.subject().expect("a subject").digest.clone();
        if self.write(referrer, None) == SubjectTaken::Unconfirmed {
            let listed = [referrer.as_referrer(&document)];
            self.runtime.block_on(self.store.merge_referrers(&subject, &listed)).expect("a list that can be written");
        }
        assert!(self.referrers(&subject).contains(referrer.digest()), "{subject}");
        referrer.digest().clone()
    }

    /// What is listed as linked to `subject`.
    pub fn referrers(&self, subject: &Digest) -> Vec<Digest> {
        let listed = self.runtime.block_on(self.store.referrers(subject)).expect("a list");
        listed.entries.into_iter().map(|entry| entry.descriptor.digest).collect()
    }

    /// The manifest with this digest.
    pub fn manifest(&self, digest: &Digest) -> RawManifest {
        self.runtime.block_on(self.store.manifest(&Version::Digest(digest.clone()))).expect("a manifest")
    }

    /// Keep a manifest, named `tag` when one is given.
    pub fn write(&self, manifest: &RawManifest, tag: Option<&str>) -> SubjectTaken {
        let tag: Option<Tag> = tag.map(|tag| tag.parse().expect("a tag"));
        self.runtime.block_on(self.store.write_manifest(manifest, tag.as_ref())).expect("a manifest that is kept")
    }
}
