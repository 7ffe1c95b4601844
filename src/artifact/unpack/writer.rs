//! Writing files: small ones by several threads at once, large ones while they are still being decompressed.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, Scope};

use rustix::fs::{Mode, OFlags};

use super::chunk::Piece;
use super::error::UnpackError;

/// Files that may wait for a writer. Each holds a buffer and a folder's handle.
const WAITING: usize = 64;

/// Pieces of a large file that may wait for its writer.
const PIECES: usize = 4;

/// A file to be written.
pub(super) struct Job {
    /// The folder that it goes to.
    pub(super) folder: Arc<OwnedFd>,
    /// Its path, for messages; the last part is its name.
    pub(super) path: PathBuf,
    /// Its permissions, in the end.
    pub(super) mode: Mode,
    /// What is in it.
    pub(super) content: Content,
}

/// What is in a file.
pub(super) enum Content {
    /// All of it.
    Whole(Vec<Piece>),
    /// Piece by piece, until the sender is gone.
    Stream(Receiver<Piece>),
}

/// A new file, empty so far, that exists under no other name and through no link.
pub(super) fn create(folder: &OwnedFd, path: &std::path::Path) -> Result<File, UnpackError> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let name = path.file_name().unwrap_or_default();
    match rustix::fs::openat(folder, name, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => Ok(File::from(file)),
        Err(rustix::io::Errno::EXIST) => {
            let what = "this disk takes its name and another entry's for the same";
            Err(UnpackError::hostile(&name.to_string_lossy(), what))
        }
        Err(error) => Err(UnpackError::Disk { path: path.to_owned(), source: error.into() }),
    }
}

impl Job {
    fn run(self) -> Result<(), UnpackError> {
        let mut file = create(&self.folder, &self.path)?;
        let write = || {
            match self.content {
                Content::Whole(pieces) => pieces.iter().try_for_each(|piece| file.write_all(piece.as_ref()))?,
                Content::Stream(pieces) => pieces.iter().try_for_each(|piece| file.write_all(piece.as_ref()))?,
            }
            rustix::fs::fchmod(&file, self.mode).map_err(io::Error::from)
        };
        write().map_err(|source| UnpackError::Disk { path: self.path, source })
    }
}

/// Those who write.
pub(super) enum Crew {
    /// The thread that asks: a small archive is done before a thread would have started.
    Here,
    /// Threads that take from a queue.
    Threads(SyncSender<Job>),
}

/// The first thing that went wrong on a writer's thread.
pub(super) type Mishap = OnceLock<UnpackError>;

impl Crew {
    /// Start writers that end when the crew does.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, mishap: &'scope Mishap) -> Self {
        let (sender, jobs) = sync_channel(WAITING);
        let jobs = Arc::new(Mutex::new(jobs));
        let writers = thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4));
        for _ in 0..writers {
            let jobs = Arc::clone(&jobs);
            scope.spawn(move || work(&jobs, mishap));
        }
        Self::Threads(sender)
    }

    /// Write a file whose content is there.
    pub(super) fn write(&self, job: Job) -> Result<(), UnpackError> {
        match self {
            Self::Here => job.run(),
            Self::Threads(jobs) => {
                // The writers end only after this sender; what went wrong with them is told by the mishap.
                let _ = jobs.send(job);
                Ok(())
            }
        }
    }

    /// Write a file whose content comes from `next`, until that has no more.
    pub(super) fn stream(
        &self,
        job: impl FnOnce(Content) -> Job,
        mut next: impl FnMut() -> Result<Option<Piece>, UnpackError>,
    ) -> Result<(), UnpackError> {
        let (sender, pieces) = sync_channel(PIECES);
        self.write(job(Content::Stream(pieces)))?;
        while let Some(piece) = next()? {
            if sender.send(piece).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Take jobs until there are no more; after a mishap, without doing them, so that nobody waits for room in the queue.
fn work(jobs: &Mutex<Receiver<Job>>, mishap: &Mishap) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        if mishap.get().is_none()
            && let Err(error) = job.run()
        {
            let _ = mishap.set(error);
        }
    }
}
