//! `list`: a row a tag, from its manifest alone.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use regex::Regex;
use serde::Serialize;

use super::report::{Event, Reporter};
use super::{Result, versions};
use crate::oci::annotation::{self, Annotations};
use crate::oci::range::{self, Range};
use crate::oci::{Digest, Document, RawManifest, Tag, Version};
use crate::store::Store;

/// Which tags to list.
#[derive(Debug, Default)]
pub struct ListRequest {
    /// Versions in this range only.
    pub range: Option<Range>,
    /// Tags that match this only.
    pub pattern: Option<Regex>,
    /// So many rows at most, after sorting.
    pub limit: Option<usize>,
    /// The tags of referrers and signatures too.
    pub all: bool,
    /// How many manifests are fetched at the same time.
    pub concurrency: usize,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The tag.
    pub tag: String,
    /// What it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// When it was made, as its annotation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Of which revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// From which source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The platforms of an index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Why the row has nothing but its tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// List the tags of a repository: versions first, highest first, then the others in natural order, descending.
pub async fn list(store: &dyn Store, request: ListRequest, reporter: &Arc<dyn Reporter>) -> Result<Vec<Row>> {
    let mut tags: Vec<Tag> = versions::all(store).await?.into_iter().filter(|tag| request.wants(tag)).collect();
    tags.sort_by(range::listing_order);
    let found = tags.len();
    if found == 0 {
        reporter.report(Event::Note(&format!("{} has no such tags", store.location())));
    }
    tags.truncate(request.limit.unwrap_or(usize::MAX));
    if tags.len() < found {
        reporter.report(Event::Note(&format!("{} of {found} tags are shown", tags.len())));
    }
    let rows = stream::iter(tags).map(|tag| row(store, tag)).buffered(request.concurrency.max(1)).collect().await;
    Ok(rows)
}

impl ListRequest {
    fn wants(&self, tag: &Tag) -> bool {
        let in_range = |range: &Range| range::tag_version(tag.as_str()).is_some_and(|version| range.matches(&version));
        (self.all || !range::is_fallback_or_signature(tag))
            && self.range.as_ref().is_none_or(in_range)
            && self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(tag.as_str()))
    }
}

/// A tag that cannot be read is a row with its error: one bad tag does not hide the others.
async fn row(store: &dyn Store, tag: Tag) -> Row {
    let read = async { describe(&store.manifest(&Version::Tag(tag.clone())).await?) }.await;
    let row = Row {
        tag: tag.to_string(),
        digest: None,
        created: None,
        revision: None,
        source: None,
        platforms: Vec::new(),
        error: None,
    };
    match read {
        Ok(described) => Row { tag: row.tag, ..described },
        Err(error) => Row { error: Some(error.to_string()), ..row },
    }
}

fn describe(manifest: &RawManifest) -> Result<Row> {
    let document = manifest.document()?;
    let platforms = match &document {
        Document::Manifest(_) => Vec::new(),
        Document::Index(index) => {
            index.manifests.iter().filter_map(|entry| Some(entry.platform.as_ref()?.to_string())).collect()
        }
    };
    let annotations = document.annotations();
    Ok(Row {
        tag: String::new(),
        digest: Some(manifest.digest().clone()),
        created: annotation::created(annotations).map(str::to_owned),
        revision: named(annotations, annotation::REVISION),
        source: named(annotations, annotation::SOURCE),
        platforms,
        error: None,
    })
}

fn named(annotations: &Annotations, key: &str) -> Option<String> {
    annotations.get(key).cloned()
}
