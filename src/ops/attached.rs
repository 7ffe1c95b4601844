//! What is attached to a manifest: its referrers, and what cosign keeps under tags made of its digest.

use std::fmt;

use futures_util::future;
use serde::{Serialize, Serializer};

use super::Result;
use crate::oci::{Descriptor, Digest, Tag, Version};
use crate::store::{ListedBy, Store, StoreError};

/// What cosign keeps under tags: signatures, attestations and SBOMs (`signing.md` A3).
const COSIGN_TAGS: [&str; 3] = ["sig", "att", "sbom"];
/// Artifact types of signatures: cosign's two, every version of sigstore's bundle, and notation's.
const SIGNATURES: [&str; 3] = [
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    "application/vnd.dev.sigstore.bundle",
    "application/vnd.cncf.notary.signature",
];

/// How something is attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// As a referrer, in one of the store's lists.
    List(ListedBy),
    /// Under one of cosign's tags.
    CosignTag(Tag),
}

/// `api`, `tag` or `layout`, or the tag itself.
impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List(ListedBy::Api) => "api",
            Self::List(ListedBy::Tag) => "tag",
            Self::List(ListedBy::Layout) => "layout",
            Self::CosignTag(tag) => tag.as_str(),
        })
    }
}

impl Serialize for By {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A manifest that is attached to another one. Nothing about it is checked (SEC-9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attached {
    pub(super) descriptor: Descriptor,
    pub(super) by: By,
}

impl Attached {
    /// Whether it says that it is a signature.
    pub(super) fn is_signature(&self) -> bool {
        match &self.by {
            By::CosignTag(tag) => matches!(tag.as_str().rsplit_once('.'), Some((_, "sig"))),
            By::List(_) => {
                let kind = self.descriptor.artifact_type.as_deref().unwrap_or_default();
                SIGNATURES.iter().any(|signature| kind.starts_with(signature))
            }
        }
    }
}

/// Everything that is attached to `subject`: the store's lists and cosign's tags, asked for at the same time.
pub(super) async fn attached(store: &dyn Store, subject: &Digest) -> Result<Vec<Attached>> {
    let tags = COSIGN_TAGS.map(|suffix| Tag::of_cosign(subject, suffix));
    let tagged = future::try_join_all(tags.into_iter().map(|tag| under_tag(store, tag)));
    let (listed, tagged) = tokio::try_join!(async { Ok(store.referrers(subject).await?) }, tagged)?;
    let listed = listed.entries.into_iter();
    let listed = listed.map(|entry| Attached { descriptor: entry.descriptor, by: By::List(entry.by) });
    Ok(listed.chain(tagged.into_iter().flatten()).collect())
}

async fn under_tag(store: &dyn Store, tag: Tag) -> Result<Option<Attached>> {
    match store.resolve(&Version::Tag(tag.clone())).await {
        Ok(descriptor) => Ok(Some(Attached { descriptor, by: By::CosignTag(tag) })),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) if error.is_forbidden() => Ok(None),
        Err(error) => Err(error.into()),
    }
}
