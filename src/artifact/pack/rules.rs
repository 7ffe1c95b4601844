//! Which files are left out: the defaults, then `.bobignore` files, then `--ignore-paths`; the last match wins.
//!
//! Patterns are git's, read by the `ignore` crate. Its own walk is not used: it would follow a link before it is known
//! whether the link is ignored, and what is ignored must never be an error.

use std::fs;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::{Options, PackError, Refusal};

/// The file that says what is left out below its folder.
pub(super) const FILE: &str = ".bobignore";

/// What is left out unless `--no-default-ignores` is given (`artifact.md` 2). In a worktree or a submodule `.git` is a
/// file that holds a path of this machine, so it is left out as well.
const DEFAULTS: [&str; 5] = [".git", ".gitignore", ".gitmodules", ".gitattributes", FILE];

/// The rules that hold at the place the walk has come to.
pub(super) struct Rules {
    defaults: Gitignore,
    files: Vec<Gitignore>,
    given: Gitignore,
}

impl Rules {
    /// The rules that hold before any `.bobignore` file was seen.
    pub(super) fn new(options: &Options) -> Result<Self, PackError> {
        let defaults: &[&str] = if options.default_ignores { &DEFAULTS } else { &[] };
        let root = Path::new("");
        Ok(Self {
            defaults: matcher(root, defaults.iter().copied(), |_| "default ignores".to_owned())?,
            files: Vec::new(),
            given: matcher(root, options.ignore_paths.iter().map(String::as_str), |_| "--ignore-paths".to_owned())?,
        })
    }

    /// Add the rules of `file`, a `.bobignore`, for the folder at `at`, until [`Rules::leave`].
    pub(super) fn enter(&mut self, at: &Path, file: &Path) -> Result<(), PackError> {
        let origin = |line: usize| format!("{}:{line}", file.display());
        let bytes = fs::read(file).map_err(PackError::unreadable(file))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = read.split(|byte| *byte == b'\n').count();
            Refusal::Pattern { origin: origin(line), message: "the line is not UTF-8".to_owned() }
        })?;
        let lines = text.strip_prefix('\u{feff}').unwrap_or(&text).lines();
        self.files.push(matcher(at, lines, origin)?);
        Ok(())
    }

    /// Drop the rules of the last [`Rules::enter`].
    pub(super) fn leave(&mut self) {
        self.files.pop();
    }

    /// Whether `path`, relative to the folder that is packed, is left out.
    pub(super) fn ignore(&self, path: &Path, is_folder: bool) -> bool {
        std::iter::once(&self.given)
            .chain(self.files.iter().rev())
            .chain(std::iter::once(&self.defaults))
            .map(|rules| rules.matched(path, is_folder))
            .find(|found| !found.is_none())
            .is_some_and(|found| found.is_ignore())
    }
}

/// The patterns in `lines`, for what lies in the folder `root`. `origin` says where the line of a number is.
fn matcher<'a>(
    root: &Path,
    lines: impl Iterator<Item = &'a str>,
    origin: impl Fn(usize) -> String,
) -> Result<Gitignore, PackError> {
    let mut builder = GitignoreBuilder::new(root);
    let refused =
        |number, error: ignore::Error| Refusal::Pattern { origin: origin(number), message: error.to_string() };
    let mut last = 0;
    for (index, line) in lines.enumerate() {
        last = index + 1;
        builder.add_line(None, line).map_err(|error| refused(last, error))?;
    }
    Ok(builder.build().map_err(|error| refused(last, error))?)
}
