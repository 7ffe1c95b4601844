//! Content that is read while it is still being made: packed here, or downloaded from elsewhere.
//!
//! A [`SpoolWriter`] puts bytes at the end of a temporary file that has no name, from a blocking thread. Any number of
//! [`Spool`]s read them from the start, each at its own pace, and wait for more until the writer says that the content is
//! complete. Memory does not grow with the content: up to [`IN_MEMORY`] bytes never touch the disk, so that a small
//! artifact needs no writable temporary folder; whatever is larger lives in the file.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;

use super::blob::{BlobSource, BlobStream, SourceStream};
use super::pump::{self, Pumped};
use super::{Fault, Result, StoreError};
use crate::oci::Descriptor;

/// How many bytes stay in memory before a file is made.
pub const IN_MEMORY: usize = 1 << 20;
/// The largest chunk of [`Spool::open`].
const CHUNK: usize = 256 << 10;

/// A new spool for content of `media_type`. Its file, once there is one, is made in `folder`. A `folder` that is none
/// fails here and not after the first megabyte.
pub fn spool(media_type: &str, folder: &Path) -> io::Result<(SpoolWriter, Spool)> {
    let failed = |source: io::Error| io::Error::new(source.kind(), FileError { folder: folder.to_owned(), source });
    if !std::fs::metadata(folder).map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::NotADirectory.into()));
    }
    let (progress, seen) = watch::channel(Progress { written: 0, phase: Phase::Growing });
    let content = Arc::new(Content {
        media_type: media_type.to_owned(),
        folder: folder.to_owned(),
        store: Mutex::new(Bin::Memory(Vec::new())),
    });
    Ok((SpoolWriter { content: Arc::clone(&content), progress }, Spool { content, progress: seen }))
}

/// A temporary file that could not be made, written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot use a temporary file in {folder}", folder = folder.display())]
struct FileError {
    folder: PathBuf,
    source: io::Error,
}

struct Content {
    media_type: String,
    folder: PathBuf,
    store: Mutex<Bin>,
}

/// Where the bytes are.
enum Bin {
    Memory(Vec<u8>),
    File(Arc<File>),
}

#[derive(Debug)]
struct Progress {
    written: u64,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Growing,
    Complete(Box<Descriptor>),
    Failed(String),
}

impl Content {
    fn bin(&self) -> MutexGuard<'_, Bin> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, bytes: &[u8]) -> io::Result<usize> {
        self.append_bare(bytes).map_err(|error| self.in_folder(error))
    }

    fn append_bare(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut bin = self.bin();
        if let Bin::Memory(memory) = &mut *bin {
            if memory.len() + bytes.len() <= IN_MEMORY {
                memory.extend_from_slice(bytes);
                return Ok(bytes.len());
            }
            let mut file = tempfile::tempfile_in(&self.folder)?;
            file.write_all(memory)?;
            *bin = Bin::File(Arc::new(file));
        }
        let Bin::File(file) = &*bin else { return Ok(0) };
        let file = Arc::clone(file);
        drop(bin);
        // Readers use positions of their own, so the file's own position is always its end.
        (&*file).write(bytes)
    }

    /// The bytes from `start`, as many as `into` takes and there are.
    fn read_at(&self, start: u64, into: &mut [u8]) -> io::Result<usize> {
        let file = match &*self.bin() {
            Bin::Memory(memory) => {
                let rest = usize::try_from(start).ok().and_then(|start| memory.get(start..)).unwrap_or_default();
                let length = rest.len().min(into.len());
                into[..length].copy_from_slice(&rest[..length]);
                return Ok(length);
            }
            Bin::File(file) => Arc::clone(file),
        };
        file.read_at(into, start).map_err(|error| self.in_folder(error))
    }

    fn in_folder(&self, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), FileError { folder: self.folder.clone(), source })
    }
}

/// The one writer of a spool, used from a blocking thread. Dropped before [`SpoolWriter::finish`], the content failed.
///
/// Every write is a system call once the content is in a file, so callers hand over blocks, not bytes.
pub struct SpoolWriter {
    content: Arc<Content>,
    progress: watch::Sender<Progress>,
}

impl SpoolWriter {
    /// The content is complete and is what `descriptor` says. A size that is not the number of bytes written fails it.
    pub fn finish(self, descriptor: Descriptor) {
        let written = self.progress.borrow().written;
        if descriptor.size == written {
            self.end(Phase::Complete(Box::new(descriptor)));
        } else {
            self.fail(format!("{written} bytes were made where {} were promised", descriptor.size));
        }
    }

    /// The content cannot be made; readers get `error`.
    pub fn fail(self, error: impl Into<String>) {
        self.end(Phase::Failed(error.into()));
    }

    fn end(&self, phase: Phase) {
        self.progress.send_if_modified(|progress| {
            let first = matches!(progress.phase, Phase::Growing);
            if first {
                progress.phase = phase;
            }
            first
        });
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        self.end(Phase::Failed(format!("content of type {} was given up half-way", self.content.media_type)));
    }
}

impl Write for SpoolWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.content.append(bytes)?;
        self.progress.send_modify(|progress| progress.written += length as u64);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The readers' side of a spool.
#[derive(Clone)]
pub struct Spool {
    content: Arc<Content>,
    progress: watch::Receiver<Progress>,
}

impl Spool {
    /// What the content is, known from the start.
    pub fn media_type(&self) -> &str {
        &self.content.media_type
    }

    /// How many bytes there are so far.
    pub fn written(&self) -> u64 {
        self.progress.borrow().written
    }

    /// Waits until there are more than `size` bytes; `false` when the content ended before, complete or failed.
    pub async fn grown_past(&self, size: u64) -> bool {
        let mut progress = self.progress.clone();
        let ready = |progress: &Progress| progress.written > size || !matches!(progress.phase, Phase::Growing);
        progress.wait_for(ready).await.is_ok_and(|progress| progress.written > size)
    }

    /// Whether the content could not be made: whoever made it knows why.
    pub fn failed(&self) -> bool {
        matches!(self.progress.borrow().phase, Phase::Failed(_))
    }

    /// The whole content for a blocking thread. It is for content that is complete: where it ends before that, reading
    /// fails and does not wait.
    pub fn reader(&self) -> impl Read + Send + use<> {
        Reader { spool: self.clone(), position: 0 }
    }

    /// Waits for bytes after `position` and returns how many there are; 0 when that is the end.
    async fn available(&self, position: u64) -> io::Result<u64> {
        let mut progress = self.progress.clone();
        let ready = |progress: &Progress| progress.written > position || !matches!(progress.phase, Phase::Growing);
        // The writer always leaves a last phase behind, so a closed channel has one as well.
        let _ = progress.wait_for(ready).await;
        let progress = progress.borrow();
        match &progress.phase {
            Phase::Failed(error) => Err(io::Error::other(error.clone())),
            Phase::Growing | Phase::Complete(_) => Ok(progress.written.saturating_sub(position)),
        }
    }

    async fn chunk(&self, position: u64) -> io::Result<Bytes> {
        let available = self.available(position).await?;
        let length = usize::try_from(available).unwrap_or(CHUNK).min(CHUNK);
        if length == 0 {
            return Ok(Bytes::new());
        }
        let content = Arc::clone(&self.content);
        pump::blocking(move || {
            let mut chunk = vec![0; length];
            let read = content.read_at(position, &mut chunk)?;
            if read == 0 {
                return Err(content.in_folder(io::ErrorKind::UnexpectedEof.into()));
            }
            chunk.truncate(read);
            Ok(chunk.into())
        })
        .await
    }
}

#[async_trait]
impl BlobSource for Spool {
    fn known(&self) -> Option<Descriptor> {
        match &self.progress.borrow().phase {
            Phase::Complete(descriptor) => Some(Descriptor::clone(descriptor)),
            Phase::Growing | Phase::Failed(_) => None,
        }
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        let mut progress = self.progress.clone();
        let _ = progress.wait_for(|progress| !matches!(progress.phase, Phase::Growing)).await;
        match &progress.borrow().phase {
            Phase::Complete(descriptor) => Ok(Descriptor::clone(descriptor)),
            Phase::Failed(error) => Err(io::Error::other(error.clone())),
            Phase::Growing => Err(io::Error::other("the content has no end")),
        }
    }

    fn open(&self) -> SourceStream {
        stream::unfold(Some((self.clone(), 0)), async |state| {
            let (spool, position) = state?;
            match spool.chunk(position).await {
                Ok(chunk) if chunk.is_empty() => None,
                Ok(chunk) => {
                    let next = position + chunk.len() as u64;
                    Some((Ok(chunk), Some((spool, next))))
                }
                Err(error) => Some((Err(error), None)),
            }
        })
        .boxed()
    }
}

struct Reader {
    spool: Spool,
    position: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.spool.content.read_at(self.position, into)?;
        self.position += read as u64;
        if read == 0 && !into.is_empty() && self.spool.known().is_none_or(|whole| whole.size != self.position) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the content is not complete"));
        }
        Ok(read)
    }
}

/// Writes `stream`, which is checked against `blob` ([`super::blob::checked`]), and finishes `writer` with that
/// descriptor. An error of the stream fails the spool and is returned as it is; a disk that cannot take the content is
/// [`StoreError::Local`], naming the folder.
pub async fn fill(stream: BlobStream, writer: SpoolWriter, blob: &Descriptor) -> Result<()> {
    match pump::pump(stream, writer).await {
        (writer, Pumped::Whole) => {
            writer.finish(blob.clone());
            Ok(())
        }
        (writer, Pumped::StreamFailed(error)) => {
            writer.fail(error.to_string());
            Err(error)
        }
        (writer, Pumped::SinkFailed(error)) => {
            let fault = Fault::new(format!("blob {} cannot be kept on this machine", blob.digest))
                .with_hint(format!(
                    "free some space in {}, or choose a folder on another disk",
                    writer.content.folder.display()
                ))
                .caused_by(error);
            writer.fail(fault.to_string());
            Err(StoreError::Local(fault))
        }
    }
}

#[cfg(test)]
mod tests;
