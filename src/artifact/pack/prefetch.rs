//! Small files read ahead on several threads: on a cold disk, waiting for one file at a time takes longest.
//!
//! Neighbouring small files are read as one batch into one buffer. Larger files are left to the reader of the archive,
//! since the kernel reads ahead within a file.

use std::collections::VecDeque;
use std::sync::mpsc::{self, Receiver, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;

use super::blocks::Stop;
use super::{Entry, PackError, Plan};

/// More than there are cores: readers wait for the disk.
const READERS: usize = 8;

/// Files up to this size are read ahead; also the most that a batch holds.
const BATCH: usize = 256 << 10;

/// The most files in a batch.
const BATCH_FILES: usize = 64;

/// How many batches are on their way.
const AHEAD: usize = 2 * READERS;

/// Below this number of files, threads cost more than they bring.
const WORTHWHILE: usize = 64;

/// The files of a plan in their order, small ones read before they are asked for.
pub(super) struct Prefetch<'a> {
    readers: Option<Sender<Task<'a>>>,
    /// The files that no batch was made of yet.
    rest: &'a [Entry],
    ahead: VecDeque<Batch>,
    /// The batch that is asked for: its content, how many of its files are left, and where the next one begins.
    content: Vec<u8>,
    left: usize,
    at: usize,
    /// Buffers to be used again.
    spare: Vec<Vec<u8>>,
}

/// How a file comes.
pub(super) enum Fetched<'p> {
    /// Its content; it did not change.
    Whole(&'p [u8]),
    /// Whoever asks has to read it.
    Unread,
}

type Content = Result<Vec<u8>, PackError>;

/// Neighbouring small files on their way, or one large file.
enum Batch {
    Small { files: usize, content: Receiver<Content> },
    Large,
}

struct Task<'a> {
    files: &'a [Entry],
    buffer: Vec<u8>,
    done: SyncSender<Content>,
}

impl<'a> Prefetch<'a> {
    /// Nothing is read ahead.
    pub(super) fn none() -> Self {
        Self {
            readers: None,
            rest: &[],
            ahead: VecDeque::new(),
            content: Vec::new(),
            left: 0,
            at: 0,
            spare: Vec::new(),
        }
    }

    /// Start threads that read ahead, when there are files enough. They end when this is dropped.
    pub(super) fn start<'scope>(plan: &'a Plan, scope: &'scope Scope<'scope, '_>) -> Self
    where
        'a: 'scope,
    {
        if plan.files.iter().filter_map(small).count() < WORTHWHILE {
            return Self::none();
        }
        let (readers, tasks) = mpsc::channel();
        let tasks = Arc::new(Mutex::new(tasks));
        for _ in 0..READERS {
            let tasks = Arc::clone(&tasks);
            scope.spawn(move || read_tasks(plan, &tasks));
        }
        Self { readers: Some(readers), rest: &plan.files, ..Self::none() }
    }

    /// The next file, which is `entry`.
    pub(super) fn next(&mut self, entry: &Entry) -> Result<Fetched<'_>, Stop> {
        if self.left == 0 {
            self.top_up()?;
            match self.ahead.pop_front() {
                None | Some(Batch::Large) => return Ok(Fetched::Unread),
                Some(Batch::Small { files, content }) => {
                    // Without an answer the reader panicked, which its scope reports.
                    let content = content.recv().map_err(|_| Stop::Abandoned)??;
                    self.spare.push(std::mem::replace(&mut self.content, content));
                    (self.left, self.at) = (files, 0);
                }
            }
        }
        let from = self.at;
        self.left -= 1;
        self.at += small(entry).unwrap_or_default();
        Ok(Fetched::Whole(&self.content[from..self.at]))
    }

    fn top_up(&mut self) -> Result<(), Stop> {
        let Some(readers) = &self.readers else { return Ok(()) };
        while self.ahead.len() < AHEAD && !self.rest.is_empty() {
            let count = batch(self.rest);
            let (files, rest) = self.rest.split_at(count.max(1));
            self.rest = rest;
            if count == 0 {
                self.ahead.push_back(Batch::Large);
                continue;
            }
            let (done, content) = mpsc::sync_channel(1);
            let buffer = self.spare.pop().unwrap_or_default();
            readers.send(Task { files, buffer, done }).map_err(|_| Stop::Abandoned)?;
            self.ahead.push_back(Batch::Small { files: count, content });
        }
        Ok(())
    }
}

/// The size of a file that is read ahead.
fn small(entry: &Entry) -> Option<usize> {
    usize::try_from(entry.size()).ok().filter(|size| *size <= BATCH)
}

/// How many of the first files make a batch; none when the first one is large.
fn batch(files: &[Entry]) -> usize {
    let mut total = 0;
    let fits = |entry: &&Entry| {
        total += small(entry).unwrap_or(BATCH + 1);
        total <= BATCH
    };
    files.iter().take(BATCH_FILES).take_while(fits).count()
}

fn read_tasks(plan: &Plan, tasks: &Mutex<Receiver<Task<'_>>>) {
    loop {
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Task { files, buffer, done }) = task else { return };
        // Nobody listens any more once packing has failed.
        let _ = done.send(read(plan, files, buffer));
    }
}

/// The content of `files`, one after the other, in `buffer`, which may be longer.
fn read(plan: &Plan, files: &[Entry], mut buffer: Vec<u8>) -> Content {
    let total = files.iter().filter_map(small).sum();
    if buffer.len() < total {
        buffer.resize(total, 0);
    }
    let mut room = buffer.as_mut_slice();
    for entry in files {
        let (now, later) = room.split_at_mut(small(entry).unwrap_or_default());
        let mut content = plan.root.open(entry)?;
        content.fill(now)?;
        content.finish()?;
        room = later;
    }
    Ok(buffer)
}
