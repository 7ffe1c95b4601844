//! A warning of files that are packed although git ignores them: a `.env` with passwords, for one.
//!
//! Only `.bobignore` and `--ignore-paths` leave files out (`artifact.md` section 2), and a folder with ignored files in it
//! still counts as clean.

use std::path::Path;

use crate::artifact::git;
use crate::artifact::pack::{Entry, Plan};

/// How many names the warning lists.
const NAMED: usize = 5;

/// The warning, when a packed file is one that git ignores in the checkout around `folder`.
pub(super) fn warning(plan: &Plan, folder: Option<&Path>) -> Option<String> {
    let ignored = git::ignored(folder?);
    let packed: Vec<&str> = plan.entries().iter().map(Entry::path).filter(|path| ignored.contains(*path)).collect();
    if packed.is_empty() {
        return None;
    }
    let named = packed.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let more = packed.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("git ignores {named}{more}, but .bobignore and --ignore-paths do not: packed all the same"))
}
