//! Blobs in the folder: `blobs/<algorithm>/<hex>`.

use std::fs::File;
use std::io::{self, Read, Write};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use super::faults::local;
use super::folder::{BLOBS, Folder};
use crate::oci::{Algorithm, Descriptor, Digest, Hasher};
use crate::store::blob::BlobStream;
use crate::store::{Fault, Result, StoreError};

/// How much of a blob is read at once.
const CHUNK: u64 = 256 << 10;
/// How many chunks are read before they are asked for, so that the disk and the hash work at the same time.
const READ_AHEAD: usize = 4;
/// Blobs never change, so nobody may write to them.
const BLOB_MODE: u32 = 0o444;

/// A blob on its way in: a file without its final name, and the digest of what it holds.
pub(super) struct NewBlob {
    file: NamedTempFile,
    hasher: Hasher,
    written: u64,
}

impl Write for NewBlob {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.file.as_file_mut().write(bytes)?;
        self.hasher.update(&bytes[..length]);
        self.written += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Folder {
    /// The number of bytes of a blob, or `None` when it is not there.
    pub(super) fn blob_size(&self, digest: &Digest) -> Result<Option<u64>> {
        let parts = parts(digest);
        let Some(file) = self.open(&parts)? else { return Ok(None) };
        let metadata = file.metadata().map_err(|error| local("read", &self.path_of(&parts), error))?;
        Ok(Some(metadata.len()))
    }

    /// A blob's bytes, unchecked, up to `limit` of them.
    pub(super) fn small_blob(&self, digest: &Digest, limit: usize) -> Result<Option<Bytes>> {
        Ok(self.read(&parts(digest), limit)?.map(Bytes::from))
    }

    /// A blob's bytes as a stream; a wrong size is reported before anything is read.
    pub(super) fn stream(&self, blob: &Descriptor) -> Result<BlobStream> {
        self.require()?;
        let (parts, digest) = (parts(&blob.digest), &blob.digest);
        let path = self.path_of(&parts);
        let Some(file) = self.open(&parts)? else {
            let message = format!("there is no blob {digest} in oci-layout://{}", self.path().display());
            return Err(StoreError::NotFound(Fault::new(message)));
        };
        let size = file.metadata().map_err(|error| local("read", &path, error))?.len();
        if size != blob.size {
            let message = format!("blob {digest} has {size} bytes instead of {} ({})", blob.size, path.display());
            return Err(StoreError::Integrity(Fault::new(message)));
        }
        let (sender, receiver) = mpsc::channel(READ_AHEAD);
        tokio::task::spawn_blocking(move || {
            while let Some(chunk) = next_chunk(&file).transpose() {
                let chunk = chunk.map_err(|error| local("read", &path, error));
                if sender.blocking_send(chunk).is_err() {
                    break;
                }
            }
        });
        Ok(stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|chunk| (chunk, receiver))).boxed())
    }

    /// A place for a blob that is to come.
    pub(super) fn new_blob(&self, algorithm: Algorithm) -> Result<NewBlob> {
        self.prepare()?;
        Ok(NewBlob { file: self.new_file(BLOB_MODE)?, hasher: Hasher::new(algorithm), written: 0 })
    }

    /// Keep what was written if it is `blob`.
    pub(super) fn keep_blob(&self, new: NewBlob, blob: &Descriptor) -> Result<()> {
        let digest = new.hasher.finish();
        if digest != blob.digest || new.written != blob.size {
            let message = format!(
                "the content of blob {} changed while it was written: it came with {} bytes and digest {digest}",
                blob.digest, new.written
            );
            return Err(StoreError::Local(Fault::new(message).with_hint("run the command again")));
        }
        let parts = parts(&digest);
        self.make_folder(&parts[..1])?;
        self.make_folder(&parts[..2])?;
        if self.blob_size(&digest)?.is_some_and(|size| size != new.written) {
            // What is there cannot be this blob: a crash of a program that writes in place. Ours is whole.
            return self.publish_over(new.file, &parts);
        }
        self.publish_new(new.file, &parts).map(|_| ())
    }

    /// Keep a blob that is in memory.
    pub(super) fn write_small_blob(&self, digest: &Digest, bytes: &[u8]) -> Result<()> {
        let blob = Descriptor::new("", digest.clone(), bytes.len() as u64);
        if self.blob_size(digest)? == Some(blob.size) {
            return self.prepare();
        }
        let mut new = self.new_blob(digest.algorithm())?;
        new.write_all(bytes).map_err(|error| local("write a blob to", self.path(), error))?;
        self.keep_blob(new, &blob)
    }
}

/// Where a blob is. Both names are safe: [`Digest`] holds a known algorithm and lower-case hex, nothing else (LAY-9).
fn parts(digest: &Digest) -> [&str; 3] {
    [BLOBS, digest.algorithm().name(), digest.hex()]
}

fn next_chunk(file: &File) -> io::Result<Option<Bytes>> {
    let mut chunk = Vec::with_capacity(256 << 10);
    file.take(CHUNK).read_to_end(&mut chunk)?;
    Ok(if chunk.is_empty() { None } else { Some(chunk.into()) })
}
