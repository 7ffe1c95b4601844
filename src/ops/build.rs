//! `build`: the content layer as a file.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::cancel::blocking;
pub use super::content::Content;
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, ignored};
use crate::artifact::pack::{self, PackError};
use crate::oci::Digest;

/// What was built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Built {
    /// The file.
    pub output: PathBuf,
    /// Digest of the file: of the layer that a push of the same folder makes.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of the uncompressed tar: the identity of the content.
    pub content: Digest,
}

/// Pack `content` into the file `output`, which appears whole or not at all.
pub async fn build(content: Content, output: PathBuf, reporter: &Arc<dyn Reporter>) -> Result<Built> {
    let teller = reporter.clone();
    let built = blocking(move |wanted| {
        let plan = pack::plan(&content.input, &content.options)?;
        if plan.holds(&output) {
            return Err(OpError::PacksItself(output));
        }
        if let Some(kind) = standing_in_the_way(&output) {
            return Err(OpError::NoFile { path: output, kind });
        }
        if let Some(warning) = ignored::warning(&plan, content.folder().as_deref()) {
            teller.report(Event::Warning(&warning));
        }
        teller.report(Event::Begin(Step::Pack, Some(plan.total_size())));
        let failed = |source: io::Error| OpError::Write { path: output.clone(), source };
        let folder = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new().prefix(".bobctl-").tempfile_in(folder).map_err(failed)?;
        let advance = |bytes| teller.report(Event::Advance(Step::Pack, bytes));
        let mut out = wanted.guard(BufWriter::new(file.as_file_mut()));
        let packed = pack::pack(&plan, content.jobs, &mut out, &advance).map_err(|error| match error {
            PackError::Output(source) => failed(source),
            error => error.into(),
        })?;
        out.flush().map_err(failed)?;
        drop(out);
        readable(file.as_file()).map_err(failed)?;
        file.persist(&output).map_err(|error| failed(error.error))?;
        Ok(Built { digest: packed.layer.digest, size: packed.layer.size, content: packed.content, output })
    })
    .await?;
    reporter.report(Event::End(Step::Pack));
    Ok(built)
}

/// What is at `output` and would be lost if a file took its place: `/dev/null` is one name that people give.
fn standing_in_the_way(output: &Path) -> Option<&'static str> {
    let kind = output.symlink_metadata().ok()?.file_type();
    match () {
        () if kind.is_file() => None,
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_symlink() => Some("a symbolic link"),
        () => Some("a device, a pipe or a socket"),
    }
}

/// A temporary file is made for its owner alone; the result is a file like any other.
fn readable(file: &std::fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}
