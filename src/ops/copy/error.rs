//! What can go wrong with a copy, besides what its stores say themselves.

use crate::oci::{Digest, Tag};
use crate::store::StoreError;

/// Why something was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// More than is copied at once (SEC-5, HTTP-80): a part of it would look like the whole.
    #[error("{0}")]
    Bound(String),
    /// A manifest of Docker's first schema: its digest is not that of its bytes, and no registry takes it any more.
    #[error("manifest {0} is of Docker's schema 1, which is not copied")]
    Schema1(Digest),
    /// An index lists what is not there.
    #[error("{parent} lists {child}, which is not in {from}")]
    Sparse {
        /// The index.
        parent: Digest,
        /// What it lists.
        child: Digest,
        /// The source.
        from: String,
        /// What the source said.
        source: StoreError,
    },
    /// The destination does not take manifests of a type that is not everybody's.
    #[error("{to} does not take manifest {digest}, which is of type '{media_type}'")]
    Type {
        /// The manifest.
        digest: Digest,
        /// Its media type.
        media_type: String,
        /// The destination.
        to: String,
        /// What the destination said.
        source: StoreError,
    },
    /// A tag of cosign's has signatures at the destination that the source does not have.
    #[error("{tag} in {to} has content of its own, which the copy would replace")]
    Signatures {
        /// The tag.
        tag: Tag,
        /// The destination.
        to: String,
    },
    /// What was copied refers to something, and does not show in its list.
    #[error("{referrer} was copied, but is not listed as referring to {subject} in {to}")]
    Unlisted {
        /// What was copied.
        referrer: Digest,
        /// What it refers to.
        subject: Digest,
        /// The destination.
        to: String,
        /// What went wrong; `None` when nothing did and it never showed.
        source: Option<StoreError>,
    },
}

impl CopyError {
    /// What a store said, if one did.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Sparse { source, .. } | Self::Type { source, .. } => Some(source),
            Self::Unlisted { source, .. } => source.as_ref(),
            Self::Bound(_) | Self::Schema1(_) | Self::Signatures { .. } => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Sparse { .. } => Some("copy what is there: one platform with --platform".to_owned()),
            Self::Type { .. } => Some("copy it to a layout, or without -r when it is a referrer".to_owned()),
            Self::Signatures { tag, to } => Some(format!(
                "`bobctl describe artifact {to}:{tag} --raw` shows what is there; copy without -r, or remove that tag first"
            )),
            Self::Unlisted { .. } => Some("run the copy again: what is there is not sent again".to_owned()),
            Self::Schema1(_) => Some("pull and push the image with a tool that converts it, such as skopeo".to_owned()),
            Self::Bound(_) => None,
        }
    }
}
