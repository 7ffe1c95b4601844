//! A blob source whose bytes are counted on their way out.

use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt;

use super::super::report::{Event, Reporter, Step};
use crate::oci::{Descriptor, Repository};
use crate::store::BlobSource;
use crate::store::blob::SourceStream;

/// A source that reports each chunk it hands out.
pub(in crate::ops) struct Counted<'a> {
    source: &'a dyn BlobSource,
    reporter: &'a Arc<dyn Reporter>,
    step: Step,
}

impl<'a> Counted<'a> {
    /// Count `source` as part of `step`.
    pub(in crate::ops) fn new(source: &'a dyn BlobSource, reporter: &'a Arc<dyn Reporter>, step: Step) -> Self {
        Self { source, reporter, step }
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
        let (reporter, step) = (self.reporter.clone(), self.step);
        let count = move |chunk: &io::Result<bytes::Bytes>| {
            if let Ok(chunk) = chunk {
                reporter.report(Event::Advance(step, chunk.len() as u64));
            }
        };
        self.source.open().inspect(count).boxed()
    }
}
