//! What git knows about a folder: where it came from, which commit it is, and whether it was changed since.
//!
//! The `git` program is asked, because it alone reads every repository format and obeys the user's own configuration.

use std::collections::HashSet;
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// How many bytes of names of ignored files are read.
const MAX_IGNORED: u64 = 32 << 20;

/// Git failed although the folder is in a checkout.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// Git refuses a checkout of another owner.
    #[error("git does not trust the checkout of {folder}, it belongs to somebody else")]
    Ownership {
        /// The folder asked about.
        folder: String,
    },
    /// Anything else that git complained of.
    #[error("git failed in {folder}: {message}")]
    Failed {
        /// The folder asked about.
        folder: String,
        /// What it printed.
        message: String,
    },
    /// There is no git to ask.
    #[error("the program git is not installed")]
    Absent,
    /// Git could not be started.
    #[error("cannot run git")]
    Start(#[source] io::Error),
}

impl GitError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Ownership { folder } => {
                format!("run 'git config --global --add safe.directory {folder}', or give --source and --revision")
            }
            Self::Failed { .. } | Self::Absent | Self::Start(_) => "give --source and --revision".to_owned(),
        }
    }
}

/// The state of a checkout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkout {
    /// URL of the remote `origin`.
    pub origin: Option<String>,
    /// The commit of HEAD; absent in a repository without commits.
    pub head: Option<Head>,
    /// Whether something in the folder is not as HEAD has it.
    pub dirty: bool,
}

/// The commit that is checked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Head {
    /// Its full hash.
    pub commit: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The branch; absent when HEAD is detached.
    pub branch: Option<String>,
    /// The tags that point at it.
    pub tags: Vec<String>,
}

impl Head {
    /// The revision as `artifact.md` section 5 writes it: `branch@sha1:commit`, detached with one tag
    /// `tag@sha1:commit`, else `sha1:commit`.
    pub fn revision(&self) -> String {
        let name = match (&self.branch, self.tags.as_slice()) {
            (Some(branch), _) => Some(branch),
            (None, [tag]) => Some(tag),
            (None, _) => None,
        };
        let commit = &self.commit;
        name.map_or_else(|| format!("sha1:{commit}"), |name| format!("{name}@sha1:{commit}"))
    }
}

/// Ask git about `folder`; `None` when it is in no checkout.
pub fn inspect(folder: &Path) -> Result<Option<Checkout>, GitError> {
    // The three questions take some milliseconds each, and none needs another's answer.
    std::thread::scope(|scope| {
        let origin = scope.spawn(|| git(folder, &["config", "--get", "remote.origin.url"]));
        let status = scope.spawn(|| git(folder, &["status", "--porcelain", "--", "."]));
        let log = git(folder, &["log", "-1", "--decorate=full", "--format=%H%n%ct%n%D", "HEAD"]);
        let (origin, status) = (join(origin)?, join(status)?);
        if !status.status.success() {
            return failure(folder, &status);
        }
        let text =
            |output: &Output| output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned());
        let origin = text(&origin).map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        let head = text(&log?).as_deref().and_then(head);
        Ok(Some(Checkout { origin, head, dirty: !status.stdout.is_empty() }))
    })
}

/// The files below `folder` that git ignores, relative to it; none when git has no answer.
pub fn ignored(folder: &Path) -> HashSet<String> {
    let arguments = ["ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--", "."];
    let child = command(folder, &arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    child.and_then(names).unwrap_or_default()
}

fn names(mut child: Child) -> io::Result<HashSet<String>> {
    let mut names = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        // What is read no further closes the pipe, and ends git.
        stdout.take(MAX_IGNORED).read_to_end(&mut names)?;
    }
    child.wait()?;
    let names = names.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    Ok(names.filter_map(|name| std::str::from_utf8(name).ok().map(str::to_owned)).collect())
}

type Asked = Result<Output, GitError>;

fn join(thread: std::thread::ScopedJoinHandle<'_, Asked>) -> Asked {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").stdin(Stdio::null());
    command
}

fn git(folder: &Path, arguments: &[&str]) -> Asked {
    match command(folder, arguments).output() {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(GitError::Absent),
        Err(error) => Err(GitError::Start(error)),
    }
}

fn failure(folder: &Path, output: &Output) -> Result<Option<Checkout>, GitError> {
    let message = String::from_utf8_lossy(&output.stderr);
    if message.contains("not a git repository") || message.contains("must be run in a work tree") {
        return Ok(None);
    }
    let folder = folder.display().to_string();
    if message.contains("dubious ownership") {
        return Err(GitError::Ownership { folder });
    }
    Err(GitError::Failed { folder, message: message.lines().next().unwrap_or_default().to_owned() })
}

/// Read the three lines of `git log` above: hash, time, and the names that point there.
fn head(log: &str) -> Option<Head> {
    let mut lines = log.lines();
    let mut head = Head { commit: lines.next()?.to_owned(), time: lines.next()?.parse().ok()?, ..Head::default() };
    for name in lines.next().unwrap_or_default().split(", ") {
        if let Some(branch) = name.strip_prefix("HEAD -> refs/heads/") {
            head.branch = Some(branch.to_owned());
        } else if let Some(tag) = name.strip_prefix("tag: refs/tags/") {
            head.tags.push(tag.to_owned());
        }
    }
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_names_the_branch_or_the_only_tag() {
        let revision = |decoration: &str| head(&format!("abc\n7\n{decoration}\n")).unwrap().revision();
        assert_eq!(revision("HEAD -> refs/heads/main, tag: refs/tags/v1, refs/remotes/origin/main"), "main@sha1:abc");
        assert_eq!(revision("HEAD, tag: refs/tags/v1, refs/remotes/origin/main"), "v1@sha1:abc");
        assert_eq!(revision("HEAD, tag: refs/tags/v1, tag: refs/tags/v2"), "sha1:abc");
        assert_eq!(revision(""), "sha1:abc");
    }

    #[test]
    fn a_folder_outside_of_any_checkout_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(inspect(folder.path()).unwrap(), None);
    }
}
