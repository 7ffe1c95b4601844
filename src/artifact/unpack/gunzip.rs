//! A gzip stream as buffers of tar, member after member to the very end (SEC-27), within the ratio (SEC-25).

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::chunk::{CHUNK, Chunk, Pool};
use super::error::UnpackError;
use super::limits::{FREE_OF_RATIO, Limits};

/// Bytes read from the layer at a time.
const READ: usize = 64 << 10;

/// The decompressor.
pub(super) struct Gunzip<'a> {
    decoder: MultiGzDecoder<BufReader<Counted<'a>>>,
    pool: Pool,
    ratio: u64,
    produced: u64,
    ended: bool,
}

impl<'a> Gunzip<'a> {
    pub(super) fn new(layer: &'a mut dyn Read, limits: &Limits) -> Self {
        let counted = Counted { layer, count: 0, failed: false };
        Self {
            decoder: MultiGzDecoder::new(BufReader::with_capacity(READ, counted)),
            pool: Pool::new(),
            ratio: limits.ratio,
            produced: 0,
            ended: false,
        }
    }

    /// The stream has been read to its end.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The next buffer. All but the last are full; after the last they are empty.
    pub(super) fn next(&mut self) -> Result<(Arc<Chunk>, usize), UnpackError> {
        let mut buffer = self.pool.take();
        let mut length = 0;
        while length < CHUNK && !self.ended {
            match self.decoder.read(&mut buffer[length..]) {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    length += read;
                    self.count(read)?;
                }
                Err(error) => return Err(self.failure(error)),
            }
        }
        Ok((self.pool.share(buffer), length))
    }

    fn count(&mut self, read: usize) -> Result<(), UnpackError> {
        self.produced += read as u64;
        let input = self.decoder.get_ref();
        let consumed = input.get_ref().count - input.buffer().len() as u64;
        if self.produced > FREE_OF_RATIO && self.produced > consumed.saturating_mul(self.ratio) {
            return Err(UnpackError::limit(format!("it unpacks to more than {} times its size", self.ratio)));
        }
        Ok(())
    }

    fn failure(&self, error: io::Error) -> UnpackError {
        if self.decoder.get_ref().get_ref().failed {
            return UnpackError::Read(error);
        }
        let what = match (error.kind(), self.produced) {
            (io::ErrorKind::UnexpectedEof, _) => "its gzip stream ends too early",
            (_, 0) => "it is not a gzip stream",
            _ => "its gzip stream is damaged, or followed by something else",
        };
        UnpackError::Broken { what: what.into(), source: Some(error) }
    }
}

/// The compressed bytes, counted; and whether an error came from the caller's reader and not from the decompressor.
struct Counted<'a> {
    layer: &'a mut dyn Read,
    count: u64,
    failed: bool,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.layer.read(buffer) {
                Ok(read) => {
                    self.count += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
    }
}
