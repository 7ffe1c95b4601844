//! From async streams to blocking writers: the one place where stores hand bytes to a thread that may wait for a disk.

use std::io::{self, Write};

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt};
use tokio::sync::mpsc;

/// How many chunks that are ready at once travel together: a thread is woken for each batch, not for each chunk.
const BATCH: usize = 16;
/// How many batches may wait for the disk.
const WAITING: usize = 2;

/// How a stream ended.
pub(super) enum Pumped<E> {
    /// Every byte was written.
    Whole,
    /// The stream ended with an error.
    StreamFailed(E),
    /// The writer did not take a chunk.
    SinkFailed(io::Error),
}

/// Run `work` on a thread that may block; a panic in it goes on in the caller.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Write every chunk of `stream` to `sink` on a blocking thread, and give `sink` back. Dropping the future ends the
/// thread at the next chunk and drops `sink`.
pub(super) async fn pump<E, W>(stream: impl Stream<Item = Result<Bytes, E>> + Unpin, sink: W) -> (W, Pumped<E>)
where
    W: Write + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(WAITING);
    let writer = blocking(move || drain(receiver, sink));
    let feeder = feed(stream, sender);
    let ((sink, written), fed) = futures_util::future::join(writer, feeder).await;
    match (written, fed) {
        (Err(error), _) => (sink, Pumped::SinkFailed(error)),
        (Ok(()), Err(error)) => (sink, Pumped::StreamFailed(error)),
        (Ok(()), Ok(())) => (sink, Pumped::Whole),
    }
}

/// Stops early, without an error of its own, when the writer is gone.
async fn feed<E>(
    stream: impl Stream<Item = Result<Bytes, E>> + Unpin,
    sender: mpsc::Sender<Vec<Bytes>>,
) -> Result<(), E> {
    let mut batches = stream.ready_chunks(BATCH);
    loop {
        let batch = tokio::select! {
            biased;
            () = sender.closed() => return Ok(()),
            batch = batches.next() => batch,
        };
        let Some(batch) = batch else { return Ok(()) };
        let batch = batch.into_iter().collect::<Result<Vec<Bytes>, E>>()?;
        if sender.send(batch).await.is_err() {
            return Ok(());
        }
    }
}

fn drain<W: Write>(mut receiver: mpsc::Receiver<Vec<Bytes>>, mut sink: W) -> (W, io::Result<()>) {
    while let Some(batch) = receiver.blocking_recv() {
        for chunk in batch {
            if let Err(error) = sink.write_all(&chunk) {
                return (sink, Err(error));
            }
        }
    }
    (sink, Ok(()))
}
