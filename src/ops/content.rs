//! From a folder to a content layer in a spool, with everything that is said about it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use super::cancel::blocking;
use super::report::{Event, Reporter, Step};
use super::{OpError, Result, ignored};
use crate::artifact::config::Summary;
use crate::artifact::pack::{self, Input, Options, Packed, Plan, Watch};
use crate::artifact::provenance::{self, Claims, Provenance};
use crate::artifact::summary::{self, Lookout, Noticed, Values};
use crate::oci::{Platform, media_type};
use crate::store::spool::{self, Spool, SpoolWriter};

/// What to pack, and how.
#[derive(Debug, Clone)]
pub struct Content {
    /// A folder, a file, or bytes.
    pub input: Input,
    /// What to leave out, and what to do about links.
    pub options: Options,
    /// How many threads compress; the result does not depend on it.
    pub jobs: usize,
    /// Where a layer that does not fit into memory is kept while it is sent.
    pub scratch: PathBuf,
}

impl Content {
    /// The folder whose checkout tells where the content comes from; `None` for standard input.
    pub(super) fn folder(&self) -> Option<PathBuf> {
        match &self.input {
            Input::Path(path) if path.is_dir() => Some(path.clone()),
            Input::Path(file) => {
                let around = file.parent().filter(|around| !around.as_os_str().is_empty());
                Some(around.map_or_else(|| PathBuf::from("."), PathBuf::from))
            }
            Input::Bytes { .. } => None,
        }
    }
}

/// Content that has been looked through and can be packed: nothing about it is left to refuse.
pub(super) struct Prepared {
    plan: Arc<Plan>,
    values: Arc<Values>,
    jobs: usize,
    scratch: PathBuf,
}

impl Prepared {
    /// Whether something that is written at `place` would be packed.
    pub(super) fn holds(&self, place: &Path) -> bool {
        self.plan.holds(place)
    }

    /// Where a layer that does not fit into memory is kept while it is sent.
    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }

    fn of(content: Content) -> Result<Self> {
        let plan = Arc::new(pack::plan(&content.input, &content.options)?);
        let values = Arc::new(summary::values(&plan)?);
        Ok(Self { plan, values, jobs: content.jobs, scratch: content.scratch })
    }
}

/// The layer that was made.
pub(super) struct Made {
    pub(super) packed: Packed,
    pub(super) summary: Summary,
    /// Warnings about the files, one line each.
    pub(super) warnings: Vec<String>,
}

/// Walk the folders, ask git, and refuse what cannot be pushed, before the first request goes out. `platforms` says which
/// folder is for what; it is empty when there is one folder for any platform.
pub(super) async fn prepare(
    contents: Vec<Content>,
    platforms: &[Platform],
    claims: Claims,
) -> Result<(Vec<Prepared>, Provenance)> {
    let platforms = platforms.to_vec();
    blocking(move |_| {
        let folders: Vec<Option<PathBuf>> = contents.iter().map(Content::folder).collect();
        let prepare = |(position, content): (usize, Content)| {
            Prepared::of(content).map_err(|error| match platforms.get(position) {
                Some(platform) => OpError::For { platform: Box::new(platform.clone()), source: Box::new(error) },
                None => error,
            })
        };
        let prepared = contents.into_iter().enumerate().map(prepare).collect::<Result<Vec<Prepared>>>()?;
        // Both ask git, which takes some milliseconds each time.
        let (ignored, provenance) = std::thread::scope(|scope| {
            let ignored = scope.spawn(|| {
                let pairs = prepared.iter().zip(&folders);
                let warnings = pairs.filter_map(|(part, folder)| ignored::warning(&part.plan, folder.as_deref()));
                warnings.collect::<BTreeSet<String>>()
            });
            let provenance = provenance::of_folders(&claims, &folders);
            (ignored.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), provenance)
        });
        let mut provenance = provenance?;
        provenance.warnings.extend(ignored);
        Ok((prepared, provenance))
    })
    .await
}

/// How many names a note lists.
const NAMES_IN_A_NOTE: usize = 5;

/// What Flux will leave out of the content, in one line.
pub(super) fn note_on_flux(prepared: &Prepared) -> Option<String> {
    let left_out = prepared.plan.left_out_by_flux();
    if left_out.is_empty() {
        return None;
    }
    let names = left_out.iter().take(NAMES_IN_A_NOTE).copied().collect::<Vec<_>>().join(", ");
    let more = left_out.len().saturating_sub(NAMES_IN_A_NOTE);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!("Flux leaves out {names}{more} unless .sourceignore or spec.ignore says otherwise"))
}

/// A place for the layer: what is written to the one is read from the other, while it grows.
pub(super) fn layer_spool(scratch: &Path) -> Result<(SpoolWriter, Spool)> {
    spool::spool(media_type::BOB_CONTENT, scratch).map_err(OpError::Local)
}

/// Pack into `writer`, and read the profiles and values at the same time.
pub(super) async fn make(prepared: &Prepared, writer: SpoolWriter, reporter: &Arc<dyn Reporter>) -> Result<Made> {
    let (plan, jobs, progress) = (prepared.plan.clone(), prepared.jobs, reporter.clone());
    reporter.report(Event::Begin(Step::Pack, Some(plan.total_size())));
    let (chosen, choices) = mpsc::channel();
    let packing = blocking(move |wanted| {
        let mut out = wanted.guard(writer);
        let lookout = Lookout::new(&plan);
        let pick = |position, content: Option<&[u8]>| {
            if lookout.picks(position, content) {
                // Who reads them may have failed; then its error is told.
                let _ = chosen.send(position);
            }
        };
        let watch = Watch { progress: &|bytes| progress.report(Event::Advance(Step::Pack, bytes)), content: &pick };
        match pack::pack_watched(&plan, jobs, &mut out, watch) {
            Ok(packed) => {
                out.into_inner().finish(packed.layer.clone());
                Ok(packed)
            }
            Err(error) => {
                out.into_inner().fail(error.to_string());
                Err(error.into())
            }
        }
    });
    let (plan, values) = (prepared.plan.clone(), prepared.values.clone());
    let reading = blocking(move |_| Ok(summary::summarise(&plan, &values, choices)?));
    let (packed, Noticed { summary, warnings }) = tokio::try_join!(packing, reading)?;
    reporter.report(Event::End(Step::Pack));
    Ok(Made { packed, summary, warnings })
}
