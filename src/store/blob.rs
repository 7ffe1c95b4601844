//! Blobs in motion: sources to write from, streams to read from, and the checks that both go through.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};

use super::{Fault, Fetched, Result, Store, StoreError};
use crate::oci::{Descriptor, Digest, Hasher, Location, RawManifest, Repository, Version};

/// The bytes of a blob, in order.
pub type BlobStream = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// The bytes of local content, in order.
pub type SourceStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// Local content to be written to a store. It can be read again from the start as often as it takes (HTTP-42).
#[async_trait]
pub trait BlobSource: Send + Sync {
    /// Media type, digest and size, once they are known. Content that is still being made answers `None`.
    fn known(&self) -> Option<Descriptor>;

    /// As [`BlobSource::known`]; waits until the content is complete, and fails when making it failed.
    async fn complete(&self) -> io::Result<Descriptor>;

    /// A repository that has the blob already: a store of the same registry need not be sent it (HTTP-37).
    fn origin(&self) -> Option<&Repository> {
        None
    }

    /// The bytes from the start. Where the content is still being made, the stream waits for more.
    fn open(&self) -> SourceStream;
}

/// Content that is already in memory: a config, an empty document.
pub struct BytesSource {
    descriptor: Descriptor,
    bytes: Bytes,
}

impl BytesSource {
    /// A source of `bytes`.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { descriptor: Descriptor::of(media_type, &bytes), bytes }
    }

    /// The descriptor of the bytes.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
}

#[async_trait]
impl BlobSource for BytesSource {
    fn known(&self) -> Option<Descriptor> {
        Some(self.descriptor.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        Ok(self.descriptor.clone())
    }

    fn open(&self) -> SourceStream {
        stream::iter([Ok(self.bytes.clone())]).boxed()
    }
}

/// A blob of another store: fetched and checked when it has to be sent, and not before. When that store fails, its own
/// error is what the writing store fails with ([`StoreError::of_source`]).
pub struct StoredBlob {
    store: Arc<dyn Store>,
    blob: Descriptor,
}

impl StoredBlob {
    /// `blob`, which is in `store`.
    pub fn new(store: Arc<dyn Store>, blob: Descriptor) -> Self {
        Self { store, blob }
    }
}

#[async_trait]
impl BlobSource for StoredBlob {
    fn known(&self) -> Option<Descriptor> {
        Some(self.blob.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        Ok(self.blob.clone())
    }

    fn origin(&self) -> Option<&Repository> {
        match self.store.location() {
            Location::Registry(repository) => Some(repository),
            Location::Layout(_) => None,
        }
    }

    fn open(&self) -> SourceStream {
        let (store, blob) = (Arc::clone(&self.store), self.blob.clone());
        stream::once(async move { store.blob(&blob).await.map_err(io::Error::other) })
            .map_ok(|content| content.map_err(io::Error::other))
            .try_flatten()
            .boxed()
    }
}

/// A source whose bytes have to travel: without an origin, nobody tries to mount it. For a registry that took a mount and
/// then claims not to know the blob (HTTP-56).
pub struct Sent<'a>(pub &'a dyn BlobSource);

#[async_trait]
impl BlobSource for Sent<'_> {
    fn known(&self) -> Option<Descriptor> {
        self.0.known()
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        self.0.complete().await
    }

    fn open(&self) -> SourceStream {
        self.0.open()
    }
}

/// A stream of one chunk.
pub(super) fn once(bytes: Bytes) -> BlobStream {
    stream::iter([Ok(bytes)]).boxed()
}

/// The content that a descriptor carries itself.
pub(super) fn inline(blob: &Descriptor) -> Result<Option<Bytes>> {
    let decode = |data: &String| {
        BASE64.decode(data).map(Bytes::from).map_err(|error| {
            StoreError::Integrity(
                Fault::new(format!("the data of descriptor {} is not base64", blob.digest)).caused_by(error),
            )
        })
    };
    blob.data.as_ref().map(decode).transpose()
}

/// `stream`, ending with an error unless exactly the bytes that `blob` describes came through (SEC-1, SEC-2). The last
/// chunk of a wrong blob is held back: who counts the bytes does not ask for what comes after them.
pub fn checked(stream: BlobStream, blob: &Descriptor) -> BlobStream {
    let state = Some((stream, Check::new(blob)));
    stream::unfold(state, async |state| {
        let (mut stream, mut check) = state?;
        match stream.next().await {
            Some(Ok(chunk)) => match check.update(&chunk).and_then(|()| check.at_the_end()) {
                Ok(()) => Some((Ok(chunk), Some((stream, check)))),
                Err(error) => Some((Err(error), None)),
            },
            Some(Err(error)) => Some((Err(error), None)),
            None => check.finish().err().map(|error| (Err(error), None)),
        }
    })
    .boxed()
}

/// A running comparison of bytes with a descriptor.
#[derive(Clone)]
pub struct Check {
    want: Descriptor,
    seen: u64,
    hasher: Hasher,
}

impl Check {
    /// Nothing seen yet.
    pub fn new(want: &Descriptor) -> Self {
        Self { want: want.clone(), seen: 0, hasher: Hasher::new(want.digest.algorithm()) }
    }

    /// Take in more bytes; more of them than described is an error at once.
    pub fn update(&mut self, chunk: &[u8]) -> Result<()> {
        self.seen += chunk.len() as u64;
        if self.seen > self.want.size {
            return Err(self.wrong(&format!("more than the {} bytes it should have", self.want.size)));
        }
        self.hasher.update(chunk);
        Ok(())
    }

    /// All bytes were seen.
    pub fn finish(self) -> Result<()> {
        if self.seen != self.want.size {
            return Err(self.wrong(&format!("{} bytes instead of {}", self.seen, self.want.size)));
        }
        self.at_the_end()
    }

    /// The digest, once as many bytes as described were seen.
    fn at_the_end(&self) -> Result<()> {
        if self.seen != self.want.size {
            return Ok(());
        }
        let digest = self.hasher.clone().finish();
        if digest == self.want.digest { Ok(()) } else { Err(self.wrong(&format!("digest {digest}"))) }
    }

    fn wrong(&self, what: &str) -> StoreError {
        StoreError::Integrity(Fault::new(format!("blob {} came with {what}", self.want.digest)))
    }
}

/// Compare a manifest's bytes with the digest asked for and the one that the store named (HTTP-12).
pub(super) fn check_manifest(version: &Version, fetched: Fetched) -> Result<RawManifest> {
    let asked = match version {
        Version::Digest(digest) => Some(digest),
        Version::Tag(_) => None,
    };
    let algorithm = asked.or(fetched.digest.as_ref()).map_or(crate::oci::Algorithm::Sha256, Digest::algorithm);
    let digest = Digest::of_with(algorithm, &fetched.bytes);
    for expected in asked.into_iter().chain(&fetched.digest) {
        let comparable = expected.algorithm() == algorithm;
        let same = if comparable {
            *expected == digest
        } else {
            *expected == Digest::of_with(expected.algorithm(), &fetched.bytes)
        };
        if !same {
            let message = format!("manifest {version} came with digest {digest} instead of {expected}");
            return Err(StoreError::Integrity(Fault::new(message)));
        }
    }
    RawManifest::read(&fetched.media_type, digest, fetched.bytes).map_err(|error| {
        StoreError::Unreadable(Fault::new(format!("manifest {version} cannot be read")).caused_by(error))
    })
}
