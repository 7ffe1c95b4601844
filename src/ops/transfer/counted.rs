//! A blob source whose bytes are counted on their way out, each once however often it is sent.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use futures_util::StreamExt;

use super::super::report::{Event, Reporter, Step};
use crate::oci::{Descriptor, Repository};
use crate::store::BlobSource;
use crate::store::blob::SourceStream;

/// A source that reports what it hands out for the first time.
pub(in crate::ops) struct Counted<'a> {
    source: &'a dyn BlobSource,
    reporter: &'a Arc<dyn Reporter>,
    step: Step,
    /// How many bytes were reported.
    told: Arc<AtomicU64>,
}

impl<'a> Counted<'a> {
    /// Count `source` as part of `step`.
    pub(in crate::ops) fn new(source: &'a dyn BlobSource, reporter: &'a Arc<dyn Reporter>, step: Step) -> Self {
        Self { source, reporter, step, told: Arc::default() }
    }
}

#[async_trait]
impl BlobSource for Counted<'_> {
    fn known(&self) -> Option<Descriptor> {
        self.source.known()
    }

    async fn complete(&self) -> io::Result<Descriptor> {
        self.source.complete().await
    }

    fn origin(&self) -> Option<&Repository> {
        self.source.origin()
    }

    fn open(&self) -> SourceStream {
        let (reporter, step, told) = (self.reporter.clone(), self.step, Arc::clone(&self.told));
        let mut position = 0;
        let count = move |chunk: &io::Result<bytes::Bytes>| {
            if let Ok(chunk) = chunk {
                position += chunk.len() as u64;
                let before = told.fetch_max(position, Ordering::Relaxed);
                if position > before {
                    reporter.report(Event::Advance(step, position - before));
                }
            }
        };
        self.source.open().inspect(count).boxed()
    }
}
