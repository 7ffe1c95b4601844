//! `list artifacts`.

use clap::Args;
use regex::Regex;

use super::context::{Access, Context};
use super::error::CliError;
use super::flags::{self, FormatOrShort, RegistryFlags, Shown};
use crate::oci::range::Range;
use crate::ops::list::{self, ListRequest, Row};
use crate::output::table;

/// How many manifests are fetched at the same time; they are small (NET-11).
const MANIFESTS_AT_ONCE: usize = 16;

/// List the tags of a repository, each with what its manifest says
///
/// Versions come first, the highest first, then the other tags in natural order, descending. A tag that cannot be read
/// is a row with its error, and the exit code is 1 at the end.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl list artifacts oci://ghcr.io/org/bobs/webapp --filter-semver '^1' --limit 5"
)]
pub(super) struct ListArgs {
    /// Which repository: oci://HOST/REPOSITORY or oci-layout://DIR
    #[arg(value_name = "REPO")]
    repository: String,
    #[arg(hide = true)]
    more: Vec<String>,
    /// Only versions in this range
    #[arg(long, value_name = "RANGE")]
    filter_semver: Option<Range>,
    /// Only tags that match this regular expression
    #[arg(long, value_name = "REGEX")]
    filter_regex: Option<Regex>,
    /// Only the first rows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    /// The tags of referrers and signatures too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

impl ListArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let location = flags::repository(&self.repository, &self.more)?;
        let store = context.store(&location, &self.registry, Access::Pull)?;
        let request = ListRequest {
            range: self.filter_semver,
            pattern: self.filter_regex,
            limit: self.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            all: self.all,
            concurrency: MANIFESTS_AT_ONCE,
        };
        let rows = context.wait(&self.registry.access, list::list(store.as_ref(), request, context.reporter()))?;
        context.ui().result(&rows, |rows| text(rows))?;
        let bad = rows.iter().filter(|row| row.error.is_some()).count();
        if bad > 0 {
            return Err(CliError::failure(anyhow::anyhow!("{bad} of {} tags cannot be read", rows.len())));
        }
        Ok(())
    }
}

fn text(rows: &[Row]) -> String {
    let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
    let platforms = rows.iter().any(|row| !row.platforms.is_empty());
    let head = ["TAG", "DIGEST", "CREATED", "REVISION", "SOURCE", "PLATFORMS"];
    table(if platforms { &head } else { &head[..5] }, &cells)
}

fn cells(row: &Row) -> Vec<String> {
    let digest = row.error.as_ref().map_or_else(
        || row.digest.as_ref().map(ToString::to_string).unwrap_or_default(),
        |error| format!("error: {error}"),
    );
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        row.tag.clone(),
        digest,
        or_empty(&row.created),
        or_empty(&row.revision),
        or_empty(&row.source),
        row.platforms.join(","),
    ]
}
