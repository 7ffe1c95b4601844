//! Content as no file has it: growing, breaking off, lying about itself.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use bobctl::oci::Descriptor;
use bobctl::store::{BlobSource, BytesSource};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::watch;

/// What a [`BlobSource`] streams.
type SourceStream = bobctl::store::blob::SourceStream;

/// Content that is being made: its digest is known once the last chunk is there.
pub struct Growing {
    chunks: Vec<Bytes>,
    descriptor: Descriptor,
    /// How many chunks are there, and whether more will come.
    made: watch::Receiver<Made>,
}

#[derive(Clone, Copy)]
struct Made {
    chunks: usize,
    broken: bool,
}

impl Growing {
    /// One chunk more every other millisecond.
    pub fn all(chunks: Vec<Bytes>) -> Self {
        let count = chunks.len();
        Self::until(chunks, count)
    }

    /// As [`Growing::all`]; the making fails before the chunk `end`, if there is one.
    pub fn until(chunks: Vec<Bytes>, end: usize) -> Self {
        let (making, made) = watch::channel(Made { chunks: 0, broken: false });
        let count = chunks.len();
        tokio::spawn(async move {
            for chunks in 1..=end {
                tokio::time::sleep(Duration::from_millis(2)).await;
                making.send_replace(Made { chunks, broken: false });
            }
            making.send_replace(Made { chunks: end, broken: end < count });
        });
        let descriptor = Descriptor::of("application/octet-stream", &chunks.concat());
        Self { chunks, descriptor, made }
    }

    /// What the content will be.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }
}

/// Wait for the `wanted`th chunk.
async fn wait(mut made: watch::Receiver<Made>, wanted: usize) -> io::Result<()> {
    // The last state stays readable when the maker has ended.
    let state = made.wait_for(|made| made.chunks >= wanted || made.broken).await.map_err(io::Error::other)?;
    if state.chunks >= wanted { Ok(()) } else { Err(io::Error::other("the maker broke off")) }
}

#[async_trait]
impl BlobSource for Growing {
    fn known(&self) -> Option<Descriptor> {
        (self.made.borrow().chunks == self.chunks.len()).then(|| self.descriptor.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        wait(self.made.clone(), self.chunks.len()).await?;
        Ok(self.descriptor.clone())
    }

    fn open(&self) -> SourceStream {
        let made = self.made.clone();
        stream::iter(self.chunks.clone().into_iter().enumerate())
            .then(move |(index, chunk)| {
                let made = made.clone();
                async move { wait(made, index + 1).await.map(|()| chunk) }
            })
            .boxed()
    }
}

/// Content that is said to be something else: a file that changed after it was hashed.
pub struct Changed {
    said: Descriptor,
    real: BytesSource,
}

impl Changed {
    pub fn new(said: Descriptor, real: &'static str) -> Self {
        Self { real: BytesSource::new(&said.media_type, real), said }
    }
}

#[async_trait]
impl BlobSource for Changed {
    fn known(&self) -> Option<Descriptor> {
        Some(self.said.clone())
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        Ok(self.said.clone())
    }

    fn open(&self) -> SourceStream {
        self.real.open()
    }
}
