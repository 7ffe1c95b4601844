//! `delete`: a tag is taken away, or a manifest is deleted with all its tags.
//!
//! First [`plan`] finds out what goes, so that somebody can be asked; then [`delete`] does it.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::{OpError, Result};
use crate::oci::range::is_fallback_or_signature;
use crate::oci::{Digest, Location, RawManifest, Reference, Tag, Version, json, media_type};
use crate::store::{Delete, Fault, Store, StoreError};

/// How many tags of a registry are looked up to see whether they name what is deleted.
const TAGS_LOOKED_UP: usize = 64;
/// How many of them at the same time (NET-11).
const LOOKUPS_AT_ONCE: usize = 16;
/// How many tags a text names.
const TAGS_NAMED: usize = 10;

/// What is going to be deleted, and what that means for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    reference: Reference,
    digest: Digest,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Tag(Tag),
    Manifest {
        /// The tags that go too; `None` when that is not known.
        tags: Option<Vec<Tag>>,
        /// What it refers to.
        subject: Option<Digest>,
        /// What refers to it, and stays.
        referrers: Vec<Digest>,
        /// How many manifests it lists as an index; they stay.
        children: usize,
    },
}

/// What was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// The tag's reference, or the manifest's.
    pub reference: String,
    /// The manifest that was deleted, or that the tag named.
    pub digest: Digest,
    /// The tags that went; absent when nobody knows which there were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// What the deleted manifest referred to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// What refers to the deleted manifest and is still there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrers: Vec<Digest>,
}

/// Find out what `reference` would delete: its digest decides, else its tag. There is no default (HTTP-90).
pub async fn plan(store: &dyn Store, reference: Reference) -> Result<Plan> {
    match (&reference.digest, &reference.tag) {
        (Some(digest), _) => {
            let digest = digest.clone();
            let what = manifest(store, &digest).await?;
            Ok(Plan { reference, digest, what })
        }
        (None, Some(tag)) => {
            let digest = store.resolve(&Version::Tag(tag.clone())).await?.digest;
            let what = What::Tag(tag.clone());
            Ok(Plan { reference, digest, what })
        }
        (None, None) => Err(StoreError::Refused(Fault::new("nothing is named that could be deleted")).into()),
    }
}

/// Do what `plan` says. What is gone meanwhile, by an earlier attempt of ours or by others, is deleted (NET-7).
pub async fn delete(store: &dyn Delete, plan: Plan) -> Result<Deleted> {
    let Plan { reference, digest, what } = plan;
    match what {
        What::Tag(tag) => {
            gone(store.untag(&tag).await).map_err(|source| not_untagged(&reference, &tag, &digest, source))?;
            let (reference, tags) = (reference.tagged(&tag), Some(vec![tag.to_string()]));
            Ok(Deleted { reference, digest, tags, subject: None, referrers: Vec::new() })
        }
        What::Manifest { tags, subject, referrers, .. } => {
            gone(store.delete_manifest(&digest, subject.as_ref()).await)
                .map_err(|source| not_deleted(&reference, &digest, source))?;
            let tags = tags.map(|tags| tags.iter().map(Tag::to_string).collect());
            Ok(Deleted { reference: reference.at(&digest), digest, tags, subject, referrers })
        }
    }
}

impl Plan {
    /// The question whether to do it, without its end.
    pub fn question(&self) -> String {
        match &self.what {
            What::Tag(tag) => format!("Take tag {tag} away from {}?", self.reference.location),
            What::Manifest { .. } => format!("Delete {}?", self.reference.at(&self.digest)),
        }
    }

    /// What somebody should know before it is done.
    pub fn notes(&self) -> Vec<String> {
        match &self.what {
            What::Tag(_) => vec![format!("manifest {} stays, under its digest and its other tags", self.digest)],
            What::Manifest { tags, children, .. } => {
                let mut notes = vec![tags_note(tags.as_deref())];
                if *children > 0 {
                    notes.push(format!("it is an index: the {children} manifests that it lists stay"));
                }
                notes
            }
        }
    }

    /// What somebody may regret.
    pub fn warnings(&self) -> Vec<String> {
        match &self.what {
            What::Tag(tag) if is_fallback_or_signature(tag) => {
                vec![format!(
                    "tag {tag} keeps the referrers or signatures of a manifest: they are not found without it"
                )]
            }
            What::Manifest { referrers, .. } if !referrers.is_empty() => {
                let refer = match referrers.len() {
                    1 => "1 manifest refers".to_owned(),
                    count => format!("{count} manifests refer"),
                };
                vec![format!("{refer} to it, such as signatures and links: what refers to it stays, about nothing")]
            }
            _ => Vec::new(),
        }
    }
}

/// What goes with the manifest `digest`. One that cannot be read can be deleted all the same.
async fn manifest(store: &dyn Store, digest: &Digest) -> Result<What> {
    let version = Version::Digest(digest.clone());
    let (subject, children) = match store.manifest(&version).await {
        Ok(raw) => facts(&raw),
        Err(StoreError::Unreadable(_) | StoreError::Integrity(_)) => (None, 0),
        Err(error) => return Err(error.into()),
    };
    let referrers = async { Ok(store.referrers(digest).await?) };
    let (referrers, tags) = tokio::try_join!(referrers, tags_of(store, digest))?;
    let referrers = referrers.entries.into_iter().map(|entry| entry.descriptor.digest).collect();
    Ok(What::Manifest { tags, subject, referrers, children })
}

/// The subject of a manifest of whatever type, and how many manifests it lists.
fn facts(raw: &RawManifest) -> (Option<Digest>, usize) {
    let Ok(document) = json::value(raw.bytes()) else { return (None, 0) };
    let subject = document["subject"]["digest"].as_str().and_then(|digest| digest.parse().ok());
    let listed = document["manifests"].as_array().filter(|_| media_type::is_index(raw.media_type()));
    (subject, listed.map_or(0, Vec::len))
}

/// The tags that name `digest`, where it is cheap to find out: in a layout, and in a repository of few tags.
async fn tags_of(store: &dyn Store, digest: &Digest) -> Result<Option<Vec<Tag>>> {
    let page = match store.tags(None).await {
        Ok(page) => page,
        // Who may delete by digest need not be allowed to list.
        Err(StoreError::NotFound(_) | StoreError::Denied(_) | StoreError::Refused(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let remote = matches!(store.location(), Location::Registry(_));
    if remote && (page.next.is_some() || page.tags.len() > TAGS_LOOKED_UP) {
        return Ok(None);
    }
    let names_it = async |tag: Tag| match store.resolve(&Version::Tag(tag.clone())).await {
        Ok(found) => Ok((found.digest == *digest).then_some(tag)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(OpError::from(error)),
    };
    let found = stream::iter(page.tags).map(names_it).buffered(LOOKUPS_AT_ONCE);
    let mut tags: Vec<Tag> = found.try_filter_map(async |tag| Ok(tag)).try_collect().await?;
    tags.sort();
    Ok(Some(tags))
}

fn tags_note(tags: Option<&[Tag]>) -> String {
    match tags {
        None => "every tag that names it goes too; there are too many tags to look for them".to_owned(),
        Some([]) => "no tag names it".to_owned(),
        Some(tags) => {
            let named: Vec<&str> = tags.iter().take(TAGS_NAMED).map(Tag::as_str).collect();
            let more = tags.len().saturating_sub(TAGS_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("its tags go too: {}{more}", named.join(", "))
        }
    }
}

fn gone(outcome: std::result::Result<(), StoreError>) -> std::result::Result<(), StoreError> {
    match outcome {
        Err(StoreError::NotFound(_)) => Ok(()),
        other => other,
    }
}

/// A registry that takes no tags away is not asked to delete the manifest instead: that would take the other tags along.
fn not_untagged(reference: &Reference, tag: &Tag, digest: &Digest, source: StoreError) -> OpError {
    match source {
        StoreError::Refused(_) => {
            let hint = format!(
                "many registries delete by digest only, which takes all tags of a manifest away: \
                 `bobctl delete artifact {}`",
                reference.url_at(digest)
            );
            let what = format!("tag {tag} of {}", reference.location);
            OpError::NotDeleted { what, hint, source: Box::new(source) }
        }
        source => source.into(),
    }
}

fn not_deleted(reference: &Reference, digest: &Digest, source: StoreError) -> OpError {
    match source {
        StoreError::Refused(fault) if fault.answer().is_some() => OpError::NotDeleted {
            what: reference.at(digest),
            hint: "deleting is probably switched off there: docker's registry wants storage.delete.enabled".to_owned(),
            source: Box::new(StoreError::Refused(fault)),
        },
        source => source.into(),
    }
}
