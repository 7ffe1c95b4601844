//! Blocking work that stops when the future that waits for it is dropped.
//!
//! Ctrl-C drops the operation's future. Its packing and unpacking run on threads that nobody can end from outside, so
//! they read and write through [`Guarded`], which fails from then on, and tidy up as after any other failure.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{OpError, Result};

/// Says whether the work is still wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted(Arc<AtomicBool>);

impl Wanted {
    // Not `ErrorKind::Interrupted`: the standard library's loops try that one again.
    fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(io::Error::other(Gone)) } else { Ok(()) }
    }

    /// `inner`, failing once the work is no longer wanted.
    pub(super) fn guard<T>(&self, inner: T) -> Guarded<T> {
        Guarded { inner, wanted: self.clone() }
    }
}

/// The error of work that is no longer wanted. Nobody is left to read it.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
struct Gone;

/// A reader or writer that fails once the work is no longer wanted.
#[derive(Debug)]
pub(super) struct Guarded<T> {
    inner: T,
    wanted: Wanted,
}

impl<T> Guarded<T> {
    /// The reader or writer inside.
    pub(super) fn into_inner(self) -> T {
        self.inner
    }
}

impl<T: Read> Read for Guarded<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.wanted.check()?;
        self.inner.read(buffer)
    }
}

impl<T: Write> Write for Guarded<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.wanted.check()?;
        self.inner.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

struct OnDrop(Wanted);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Run `work` on a blocking thread; when this future is dropped, what `work` guards fails.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce(Wanted) -> Result<T> + Send + 'static) -> Result<T> {
    let wanted = Wanted::default();
    let guard = OnDrop(wanted.clone());
    let result = tokio::task::spawn_blocking(move || work(wanted)).await;
    drop(guard);
    match result {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(OpError::Local(io::Error::other(error))),
    }
}
