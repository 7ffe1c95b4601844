//! What killed processes leave in a layout: files without a final name.

use std::fs::DirEntry;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::folder::UNNAMED;
use super::lock::Lock;

/// A file that was not written to for so long has no process any more (LAY-12's grace age).
const DEAD: Duration = Duration::from_secs(3600);

/// Remove what killed processes left in the layout at `folder`. What cannot be removed now stays for the next time: it
/// takes space and does no other harm.
pub(super) fn sweep(folder: &Path, lock: &Lock) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let leftovers: Vec<DirEntry> = entries.filter_map(Result::ok).filter(is_unnamed).collect();
    if leftovers.is_empty() {
        return;
    }
    let Ok(now) = lock.now() else { return };
    for leftover in leftovers.iter().filter(|leftover| is_dead(leftover, now)) {
        let _ = std::fs::remove_file(leftover.path());
    }
}

fn is_unnamed(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    let (begin, end) = UNNAMED;
    name.to_str().is_some_and(|name| name.starts_with(begin) && name.ends_with(end))
}

/// Only plain files are ours; of a link, its own age would say nothing about what it points to.
fn is_dead(entry: &DirEntry, now: SystemTime) -> bool {
    let Ok(metadata) = entry.metadata() else { return false };
    let age = metadata.modified().ok().and_then(|modified| now.duration_since(modified).ok());
    metadata.is_file() && age.is_some_and(|age| age > DEAD)
}
