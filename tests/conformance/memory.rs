//! The smallest store there can be. It shows that the suite asks for nothing but what the trait promises.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bobctl::oci::{Descriptor, Digest, Location, RawManifest, Tag, Version};
use bobctl::store::{
    BlobSource, BlobStream, Delete, Fault, Fetched, ListedBy, Referrer, Referrers, Result, Store, StoreError,
    SubjectTaken, TagPage, blob,
};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::Fixture;

pub struct Memory {
    location: Location,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    blobs: BTreeMap<Digest, Bytes>,
    manifests: BTreeMap<Digest, Bytes>,
    tags: BTreeMap<Tag, Digest>,
}

impl Memory {
    fn empty() -> Self {
        Self { location: Location::Layout(PathBuf::from("memory")), held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap()
    }

    fn find(&self, version: &Version) -> Result<(Digest, Bytes)> {
        let held = self.held();
        let digest = match version {
            Version::Tag(tag) => held.tags.get(tag),
            Version::Digest(digest) => Some(digest),
        };
        let found = digest.and_then(|digest| Some((digest.clone(), held.manifests.get(digest)?.clone())));
        found.ok_or_else(|| missing(&format!("manifest {version}")))
    }
}

fn missing(what: &str) -> StoreError {
    StoreError::NotFound(Fault::new(format!("{what} is not in memory")))
}

fn local(error: std::io::Error) -> StoreError {
    StoreError::Local(Fault::new("the content cannot be read").caused_by(error))
}

#[async_trait]
impl Store for Memory {
    fn location(&self) -> &Location {
        &self.location
    }

    async fn resolve(&self, version: &Version) -> Result<Descriptor> {
        Ok(self.manifest(version).await?.descriptor())
    }

    async fn fetch_manifest(&self, version: &Version) -> Result<Fetched> {
        let (digest, bytes) = self.find(version)?;
        Ok(Fetched { media_type: String::new(), digest: Some(digest), bytes })
    }

    async fn fetch_blob(&self, blob: &Descriptor) -> Result<BlobStream> {
        let found = self.held().blobs.get(&blob.digest).cloned();
        let bytes = found.ok_or_else(|| missing(&format!("blob {}", blob.digest)))?;
        Ok(stream::iter([Ok(bytes)]).boxed())
    }

    async fn has_blob(&self, blob: &Descriptor) -> Result<bool> {
        Ok(self.held().blobs.get(&blob.digest).is_some_and(|bytes| bytes.len() as u64 == blob.size))
    }

    async fn write_blob(&self, source: &dyn BlobSource) -> Result<()> {
        let chunks: Vec<Bytes> = source.open().try_collect().await.map_err(local)?;
        let bytes = Bytes::from(chunks.concat());
        let descriptor = source.complete().await.map_err(local)?;
        let mut check = blob::Check::new(&descriptor);
        check.update(&bytes)?;
        check.finish()?;
        self.held().blobs.insert(descriptor.digest, bytes);
        Ok(())
    }

    async fn write_manifest(&self, manifest: &RawManifest, tag: Option<&Tag>) -> Result<SubjectTaken> {
        let mut held = self.held();
        held.manifests.insert(manifest.digest().clone(), manifest.bytes().clone());
        if let Some(tag) = tag {
            held.tags.insert(tag.clone(), manifest.digest().clone());
        }
        let subject = manifest.document().ok().and_then(|document| document.subject().cloned());
        Ok(if subject.is_some() { SubjectTaken::Confirmed } else { SubjectTaken::None })
    }

    async fn referrers(&self, subject: &Digest) -> Result<Referrers> {
        let held = self.held();
        let refers = |(digest, bytes): (&Digest, &Bytes)| {
            let raw = RawManifest::read("", digest.clone(), bytes.clone()).ok()?;
            let document = raw.document().ok()?;
            let descriptor =
                document.subject().filter(|found| found.digest == *subject).map(|_| raw.as_referrer(&document))?;
            Some(Referrer { descriptor, by: ListedBy::Layout })
        };
        Ok(Referrers { entries: held.manifests.iter().filter_map(refers).collect(), native: true })
    }

    async fn merge_referrers(&self, _subject: &Digest, _referrers: &[Descriptor]) -> Result<()> {
        Ok(())
    }

    async fn tags(&self, _from: Option<&bobctl::store::Cursor>) -> Result<TagPage> {
        let held = self.held();
        if held.blobs.is_empty() && held.manifests.is_empty() {
            return Err(missing("the repository"));
        }
        Ok(TagPage { tags: held.tags.keys().cloned().collect(), next: None })
    }
}

#[async_trait]
impl Delete for Memory {
    async fn untag(&self, tag: &Tag) -> Result<()> {
        let removed = self.held().tags.remove(tag);
        removed.map(drop).ok_or_else(|| missing(&format!("tag {tag}")))
    }

    async fn delete_manifest(&self, digest: &Digest, _subject: Option<&Digest>) -> Result<()> {
        let mut held = self.held();
        held.tags.retain(|_, named| named != digest);
        held.manifests.remove(digest).map(drop).ok_or_else(|| missing(&format!("manifest {digest}")))
    }
}

impl Fixture for Memory {
    fn new() -> Self {
        Self::empty()
    }

    fn store(&self) -> &dyn Delete {
        self
    }

    fn nowhere(&self) -> Box<dyn Store> {
        Box::new(Self::empty())
    }

    fn place_blob(&self, digest: &Digest, bytes: &[u8]) {
        self.held().blobs.insert(digest.clone(), Bytes::copy_from_slice(bytes));
    }

    fn place_manifest(&self, digest: &Digest, bytes: &[u8]) {
        self.held().manifests.insert(digest.clone(), Bytes::copy_from_slice(bytes));
    }
}
