//! A file as a blob: hashed first, and read again for each time that it is sent (HTTP-42).

use std::io::{self, Read};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};

use crate::artifact::file::{FileReader, PlainFile};
use crate::oci::{Descriptor, Hasher, annotation};
use crate::ops::cancel::blocking;
use crate::ops::report::{Event, Reporter, Step};
use crate::ops::{OpError, Result};
use crate::store::BlobSource;
use crate::store::blob::SourceStream;

/// How much of a file is read at once.
const CHUNK: usize = 256 << 10;

/// A file whose digest is known.
pub(super) struct FileSource {
    file: PlainFile,
    blob: Descriptor,
}

impl FileSource {
    /// Read the file and learn its digest.
    pub(super) async fn hash(file: PlainFile, media_type: String, reporter: Arc<dyn Reporter>) -> Result<Self> {
        blocking(move |wanted| {
            let mut reader = wanted.guard(file.open()?);
            let mut hasher = Hasher::sha256();
            let mut chunk = vec![0; CHUNK];
            loop {
                let read = reader.read(&mut chunk).map_err(OpError::Local)?;
                if read == 0 {
                    break;
                }
                hasher.update(&chunk[..read]);
                reporter.report(Event::Advance(Step::Pack, read as u64));
            }
            let blob = Descriptor::new(media_type, hasher.finish(), file.size());
            let blob = blob.with_annotation(annotation::TITLE, file.name());
            Ok(Self { file, blob })
        })
        .await
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.file.name()
    }

    /// The layer that it becomes, with the file's name for a title.
    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.blob
    }
}

#[async_trait]
impl BlobSource for FileSource {
    fn known(&self) -> Option<Descriptor> {
        Some(self.blob.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        Ok(self.blob.clone())
    }

    fn open(&self) -> SourceStream {
        stream::try_unfold(Reading::Closed(self.file.clone()), next_chunk).boxed()
    }
}

/// How far a stream has come.
enum Reading {
    Closed(PlainFile),
    Open(FileReader),
}

/// The next chunk, read where waiting for a disk is allowed.
async fn next_chunk(reading: Reading) -> io::Result<Option<(Bytes, Reading)>> {
    let read = tokio::task::spawn_blocking(|| {
        let mut reader = match reading {
            Reading::Closed(file) => file.open().map_err(io::Error::other)?,
            Reading::Open(reader) => reader,
        };
        let mut chunk = Vec::with_capacity(CHUNK);
        (&mut reader).take(CHUNK as u64).read_to_end(&mut chunk)?;
        Ok((!chunk.is_empty()).then(|| (Bytes::from(chunk), Reading::Open(reader))))
    });
    match read.await {
        Ok(chunk) => chunk,
        Err(error) => Err(io::Error::other(error)),
    }
}
