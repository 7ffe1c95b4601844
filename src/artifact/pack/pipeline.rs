//! From plan to layer: on one thread for little content, else on several. The bytes are the same.
//!
//! With threads, one reads the files and makes the archive, one hashes it, `jobs` compress its blocks, and the calling
//! thread writes them in order. Blocks go round in a circle, so their number bounds the memory.

use std::io::{self, Write};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use super::archive::Archive;
use super::blocks::{Block, Blocks, Sink, Stop};
use super::gzip::{self, Layer, Sums};
use super::header::RECORD;
use super::prefetch::Prefetch;
use super::{PackError, Packed, Plan, TITLE, Watch};
use crate::oci::{Descriptor, annotation, media_type};

/// From this size of the archive on, threads bring more than they cost.
const THREADS_FROM: u64 = 4 << 20;

/// Pack `plan` into `out`.
pub(super) fn run(
    plan: &Plan,
    jobs: usize,
    out: &mut (dyn Write + Send),
    watch: Watch<'_>,
) -> Result<Packed, PackError> {
    let headers = (plan.files.len() + plan.folders.len()) * RECORD;
    let mut layer = Layer::begin(out).map_err(PackError::Output)?;
    let sums = if plan.total_size() + (headers as u64) < THREADS_FROM {
        alone(plan, &mut layer, watch)
    } else {
        threaded(plan, jobs.max(1), &mut layer, watch)
    };
    let (content, end) = sums?.finish();
    let (digest, size) = layer.finish(&end).map_err(PackError::Output)?;
    let layer = Descriptor::new(media_type::BOB_CONTENT, digest, size).with_annotation(annotation::TITLE, TITLE);
    Ok(Packed { layer, content })
}

/// Everything on the calling thread.
fn alone(plan: &Plan, layer: &mut Layer<'_>, watch: Watch<'_>) -> Result<Sums, Stop> {
    let sink = Alone { layer, sums: Sums::new(), compressed: Vec::new() };
    let archive = Archive { plan, blocks: Blocks::new(sink), watch };
    Ok(archive.write(&mut Prefetch::none())?.sums)
}

struct Alone<'a, 'out> {
    layer: &'a mut Layer<'out>,
    sums: Sums,
    compressed: Vec<u8>,
}

impl Sink for Alone<'_, '_> {
    fn take(&mut self, block: Block) -> Result<Block, Stop> {
        self.sums.update(&block);
        gzip::compress(&block, &mut self.compressed)
            .and_then(|()| self.layer.write(&self.compressed))
            .map_err(PackError::Output)?;
        Ok(block)
    }
}

type Compressed = io::Result<Vec<u8>>;

/// A block to be compressed, and who waits for it.
struct Job {
    block: Arc<Block>,
    done: SyncSender<Compressed>,
}

fn threaded(plan: &Plan, jobs: usize, layer: &mut Layer<'_>, watch: Watch<'_>) -> Result<Sums, Stop> {
    let first = OnceLock::new();
    let sums = thread::scope(|scope| {
        let (free, free_out) = mpsc::channel();
        let (to_hash, to_hash_out) = mpsc::channel();
        let (to_compress, to_compress_out) = mpsc::channel();
        let (spare, spare_out) = mpsc::channel();
        // Every compressed block has its place here first, so this bounds their number too.
        let (order, order_out) = mpsc::sync_channel(jobs + 1);
        let shared = Arc::new((Mutex::new(to_compress_out), Mutex::new(spare_out)));
        for _ in 0..jobs {
            let (shared, free) = (Arc::clone(&shared), free.clone());
            scope.spawn(move || compress_jobs(&shared.0, &shared.1, &free));
        }
        let hasher = scope.spawn(move || hash(&to_hash_out, &free));
        let fan = Fan { unused: 2 * jobs + 1, free: free_out, to_hash, to_compress, order };
        let archive = Archive { plan, blocks: Blocks::new(fan), watch };
        let first = &first;
        scope.spawn(move || {
            if let Err(Stop::Failed(error)) = archive.write(&mut Prefetch::start(plan, scope)) {
                let _ = first.set(error);
            }
        });
        if let Err(error) = write_in_order(order_out, layer, &spare) {
            let _ = first.set(PackError::Output(error));
        }
        hasher.join()
    });
    match (first.into_inner(), sums) {
        (Some(error), _) => Err(error.into()),
        (None, sums) => sums.map_err(|_| Stop::Abandoned),
    }
}

/// Hands each block to the hasher and to a compressor.
struct Fan {
    /// How many blocks may still be made, before they have to come back.
    unused: usize,
    free: Receiver<Block>,
    to_hash: Sender<Arc<Block>>,
    to_compress: Sender<Job>,
    order: SyncSender<Receiver<Compressed>>,
}

impl Sink for Fan {
    fn take(&mut self, block: Block) -> Result<Block, Stop> {
        let block = Arc::new(block);
        let (done, compressed) = mpsc::sync_channel(1);
        self.order.send(compressed).map_err(|_| Stop::Abandoned)?;
        self.to_hash.send(Arc::clone(&block)).map_err(|_| Stop::Abandoned)?;
        self.to_compress.send(Job { block, done }).map_err(|_| Stop::Abandoned)?;
        if self.unused > 0 {
            self.unused -= 1;
            return Ok(Block::new());
        }
        self.free.recv().map_err(|_| Stop::Abandoned)
    }
}

fn hash(blocks: &Receiver<Arc<Block>>, free: &Sender<Block>) -> Sums {
    let mut sums = Sums::new();
    for block in blocks {
        sums.update(&block);
        give_back(block, free);
    }
    sums
}

fn compress_jobs(jobs: &Mutex<Receiver<Job>>, spare: &Mutex<Receiver<Vec<u8>>>, free: &Sender<Block>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job { block, done }) = job else { return };
        let mut out = spare.lock().unwrap_or_else(PoisonError::into_inner).try_recv().unwrap_or_default();
        let result = gzip::compress(&block, &mut out);
        give_back(block, free);
        // Nobody listens any more once packing has failed.
        let _ = done.send(result.map(|()| out));
    }
}

/// Whoever is done with a block last returns it.
fn give_back(block: Arc<Block>, free: &Sender<Block>) {
    if let Some(block) = Arc::into_inner(block) {
        // Nobody takes it any more at the end of the archive.
        let _ = free.send(block);
    }
}

fn write_in_order(
    blocks: Receiver<Receiver<Compressed>>,
    layer: &mut Layer<'_>,
    spare: &Sender<Vec<u8>>,
) -> io::Result<()> {
    for block in blocks {
        let compressed = block.recv().map_err(|_| io::Error::other("a compressing thread ended early"))??;
        layer.write(&compressed)?;
        let _ = spare.send(compressed);
    }
    Ok(())
}
