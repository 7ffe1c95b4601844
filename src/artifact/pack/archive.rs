//! The tar archive: folders and files in one order, each with its content and padding.

use super::blocks::{Blocks, Sink, Stop};
use super::header::{self, Item, RECORD};
use super::prefetch::{Fetched, Prefetch};
use super::{Entry, Plan, Watch};

/// Writes a plan's archive.
pub(super) struct Archive<'a, S> {
    pub(super) plan: &'a Plan,
    pub(super) blocks: Blocks<S>,
    pub(super) watch: Watch<'a>,
}

impl<S: Sink> Archive<'_, S> {
    /// Write everything, to the two empty records at the end.
    pub(super) fn write(mut self, files: &mut Prefetch<'_>) -> Result<S, Stop> {
        let mut folders = self.plan.folders.iter().peekable();
        for (position, entry) in self.plan.files.iter().enumerate() {
            while let Some(path) = folders.next_if(|folder| **folder < entry.path) {
                self.blocks.write(&header::headers(Item::Folder { path }))?;
            }
            let Entry { path, executable, .. } = entry;
            self.blocks.write(&header::headers(Item::File { path, size: entry.size(), executable: *executable }))?;
            match files.next(entry)? {
                Fetched::Whole(content) => {
                    (self.watch.content)(position, Some(content));
                    self.blocks.write(content)?;
                    (self.watch.progress)(entry.size());
                }
                Fetched::Unread => {
                    (self.watch.content)(position, None);
                    self.stream(entry)?;
                }
            }
            self.blocks.zeros(entry.size().next_multiple_of(RECORD as u64) - entry.size())?;
        }
        self.blocks.zeros(2 * RECORD as u64)?;
        self.blocks.finish()
    }

    /// A file read straight into the blocks.
    fn stream(&mut self, entry: &Entry) -> Result<(), Stop> {
        let mut content = self.plan.root.open(entry)?;
        let mut left = entry.size();
        while left > 0 {
            let count = self.blocks.fill(&mut left, |room| content.fill(room))?;
            (self.watch.progress)(count as u64);
        }
        Ok(content.finish()?)
    }
}
