//! A download that goes on where its line broke (HTTP-22, HTTP-23).
//!
//! What came stays: the bytes that follow are asked for at the registry's own address again, as one that it redirected to
//! may have expired. A registry that gives no ranges, or wrong ones, sends everything again, and what is there already is
//! left out. Nothing is compared on the way: who reads the stream holds all of it against the digest.

use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use futures_util::{StreamExt as _, stream};
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, StatusCode, Url};
use tokio::time::sleep;

use super::super::auth::Registry;
use super::super::error::Matter;
use super::super::request::Request;
use super::super::response::Response;
use super::super::scope::Scopes;
use crate::oci::{Descriptor, Repository, media_type};
use crate::store::retry::{Attempts, Policy};
use crate::store::{BlobStream, Fault, Passing, Result, StoreError};

/// So many bytes since the last break are a new beginning: the attempts are counted anew (HTTP-23).
const PROGRESS: u64 = 1 << 20;

/// A blob, and how it is asked for.
pub(super) struct Download {
    pub(super) registry: Arc<Registry>,
    pub(super) scopes: Scopes,
    pub(super) repository: Repository,
    pub(super) url: Url,
    pub(super) blob: Descriptor,
}

/// The body of an answer.
pub(super) struct Body {
    content: BlobStream,
    /// How many of its first bytes came before.
    known: u64,
    /// It says nowhere how long it is: its end and a break look the same.
    endless: bool,
}

impl Download {
    /// The request for everything from byte `start` on.
    pub(super) fn request(&self, start: u64) -> Request<'static> {
        let request = Request::new(Method::GET, self.url.clone());
        if start == 0 { request } else { request.header_text(RANGE, &format!("bytes={start}-")) }
    }

    /// The body of the answer that has to have the whole blob.
    pub(super) async fn whole(&self, response: Response) -> Result<Body> {
        let (blob, matter) = (&self.blob, Matter::Blob(&self.blob.digest));
        if response.status() != StatusCode::OK {
            return Err(self.registry.failure(response, matter, &self.repository).await);
        }
        if response.is_html() && !media_type::same(&blob.media_type, "text/html") {
            return Err(response.nonsense("a blob was asked for").await);
        }
        response.refuse_encoding()?;
        if let Some(length) = response.content_length().filter(|length| *length != blob.size) {
            let message = format!("blob {} is served with {length} bytes instead of {}", blob.digest, blob.size);
            return Err(StoreError::Integrity(Fault::new(message)));
        }
        Ok(Body { endless: response.is_endless(), content: response.stream(), known: 0 })
    }

    /// The bytes that follow `first`, and on over every break that `policy` has patience for.
    pub(super) fn stream(self, first: Body, policy: Policy) -> BlobStream {
        let attempts = Attempts::new(policy);
        let running = Running { download: self, body: first, have: 0, fresh: 0, attempts, ranges: true };
        stream::unfold(Some(running), async |running| {
            let mut running = running?;
            match running.next().await {
                Ok(Some(chunk)) => Some((Ok(chunk), Some(running))),
                Ok(None) => None,
                Err(error) => Some((Err(error.settled()), None)),
            }
        })
        .boxed()
    }

    async fn ask(&self, start: u64) -> Result<Response> {
        Ok(self.registry.send(&self.request(start).once(), &self.scopes).await?)
    }

    /// The body of an answer that has the whole blob, of which `known` bytes are there.
    async fn again(&self, response: Response, known: u64) -> Result<Body> {
        let whole = self.whole(response).await?;
        Ok(Body { known, ..whole })
    }

    /// Whether `response` has just what follows byte `start`, up to the end.
    fn continues(&self, response: &Response, start: u64) -> bool {
        let size = self.blob.size;
        let length = response.content_length().is_none_or(|length| length == size - start);
        let range = response.header(CONTENT_RANGE).and_then(read_range);
        response.status() == StatusCode::PARTIAL_CONTENT && length && range == Some((start, size - 1, size))
    }
}

/// First byte, last byte and size of `bytes FIRST-LAST/SIZE`.
fn read_range(text: &str) -> Option<(u64, u64, u64)> {
    let (unit, range) = text.trim().split_once(' ')?;
    let (ends, size) = range.split_once('/')?;
    let (first, last) = ends.split_once('-')?;
    let number = |text: &str| text.trim().parse().ok();
    unit.eq_ignore_ascii_case("bytes").then_some((number(first)?, number(last)?, number(size)?))
}

/// A download under way.
struct Running {
    download: Download,
    body: Body,
    /// How many bytes were handed on.
    have: u64,
    /// How many of them since the last break.
    fresh: u64,
    attempts: Attempts,
    /// The registry was not seen to give no ranges, or wrong ones.
    ranges: bool,
}

impl Running {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let ended = self.have >= self.download.blob.size;
            match self.body.content.next().await {
                Some(Ok(chunk)) => {
                    if let Some(chunk) = self.take(chunk) {
                        return Ok(Some(chunk));
                    }
                }
                // A break after the last byte loses nothing.
                Some(Err(_)) | None if ended => return Ok(None),
                Some(Err(error)) => self.reconnect(error).await?,
                None if self.body.endless => self.reconnect(self.broke_off()).await?,
                None => return Ok(None),
            }
        }
    }

    /// What is new of `chunk`.
    fn take(&mut self, mut chunk: Bytes) -> Option<Bytes> {
        let known = usize::try_from(self.body.known).unwrap_or(usize::MAX).min(chunk.len());
        chunk.advance(known);
        self.body.known -= known as u64;
        self.have += chunk.len() as u64;
        self.fresh += chunk.len() as u64;
        (!chunk.is_empty()).then_some(chunk)
    }

    /// Ask for the rest, until there is a body with it; `error` is why.
    async fn reconnect(&mut self, mut error: StoreError) -> Result<()> {
        if self.fresh >= PROGRESS {
            self.attempts.progressed();
        }
        self.fresh = 0;
        // What is left of the old body must not keep its place at the registry.
        self.body.content = stream::empty().boxed();
        loop {
            let Some(passing) = error.passes() else { return Err(error) };
            let Some(pause) = self.attempts.after_failure(passing) else {
                return Err(error.after(self.attempts.failed()));
            };
            sleep(pause).await;
            match self.rest().await {
                Ok(body) => {
                    self.body = body;
                    return Ok(());
                }
                Err(again) => error = again,
            }
        }
    }

    /// A body that has what is not there yet.
    async fn rest(&mut self) -> Result<Body> {
        if self.ranges && self.have > 0 {
            let response = self.download.ask(self.have).await?;
            if self.download.continues(&response, self.have) {
                response.refuse_encoding()?;
                return Ok(Body { content: response.stream(), known: 0, endless: false });
            }
            let status = response.status();
            if !matches!(status, StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE) {
                return self.download.again(response, self.have).await;
            }
            self.ranges = false;
        }
        let response = self.download.ask(0).await?;
        self.download.again(response, self.have).await
    }

    fn broke_off(&self) -> StoreError {
        let Descriptor { digest, size, .. } = &self.download.blob;
        let message = format!("blob {digest} broke off after {} of {size} bytes", self.have);
        StoreError::Unavailable(Fault::new(message).passing(Passing::default()))
    }
}

#[cfg(test)]
mod tests {
    use super::read_range;

    #[test]
    fn a_range_is_read_to_the_letter() {
        assert_eq!(read_range("bytes 5-9/10"), Some((5, 9, 10)));
        assert_eq!(read_range(" Bytes 0-0/1 "), Some((0, 0, 1)));
        for text in
            ["", "5-9/10", "bytes 5-9", "bytes 5-9/*", "bytes */10", "items 5-9/10", "bytes 5/10", "bytes -1-9/10"]
        {
            assert_eq!(read_range(text), None, "{text}");
        }
    }
}
