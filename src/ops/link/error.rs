//! What can go wrong with a link.

use std::fmt;

use crate::artifact::linked::LinkedError;
use crate::oci::{Digest, Platform, Tag};
use crate::store::StoreError;

/// What to write when the two references may have been mixed up.
const ORDER: &str = "the BoB comes first, then the image: bobctl link artifact BOB IMAGE";

/// Which of the two references is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The artifact that is linked.
    Bob,
    /// What it is linked to.
    Image,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bob => "the BoB",
            Self::Image => "the image",
        })
    }
}

/// Why a BoB was not linked, or not so that anybody finds it.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// One of the two cannot be had.
    #[error("{side} {reference} {}", found(source))]
    Side {
        /// Which one.
        side: Side,
        /// As it was given.
        reference: String,
        /// Why.
        source: StoreError,
    },
    /// The image is given by the digest of a blob.
    #[error("{digest} is a blob in {location}, not a manifest")]
    Blob {
        /// The digest.
        digest: Digest,
        /// Where it is.
        location: String,
    },
    /// Both references mean one manifest.
    #[error("the BoB and the image are the same manifest, {0}")]
    Same(Digest),
    /// A tag that is to be written is the image's.
    #[error("the tag {tag} is the image's, {image}; what is pushed would take its place")]
    Overwrites {
        /// The tag.
        tag: Tag,
        /// The image.
        image: String,
    },
    /// What is given as a BoB is something to run.
    #[error("{0} is a container image, not a BoB")]
    IsImage(String),
    /// The BoB's manifest cannot have a subject.
    #[error(transparent)]
    Linked(#[from] LinkedError),
    /// The BoB is about another image.
    #[error("the BoB {bob} does not fit the image {image}{}: {}", of(platform.as_ref()), why.join("; "))]
    Mismatch {
        /// The BoB.
        bob: String,
        /// The image.
        image: String,
        /// Which child of the image's index is meant, if one is.
        platform: Option<Platform>,
        /// What does not fit, a line for each profile.
        why: Vec<String>,
    },
    /// `--platforms`, and there is only one.
    #[error("the image {0} is no index: it has no platforms to choose from")]
    NoIndex(String),
    /// `--platforms`, and nothing tells which manifest is for which.
    #[error("the image {0} is an index that names no platform of what it lists")]
    NoNames(String),
    /// A platform that was asked for is not there.
    #[error("{side} has no manifest for {wanted}; there are: {}", names(available))]
    NoPlatform {
        /// Who lacks it.
        side: Side,
        /// What was asked for.
        wanted: String,
        /// What there is.
        available: Vec<Platform>,
    },
    /// The link is there, and nobody will find it from the image.
    #[error("{link} was pushed, but is not listed as a referrer of {subject}")]
    Unlisted {
        /// `HOST/REPOSITORY@DIGEST` of the link.
        link: String,
        /// The digest of its subject.
        subject: Digest,
        /// The command that mends it; `None` when it is the same once more.
        mend: Option<String>,
        /// Why, where more is known than that it did not show.
        source: Option<StoreError>,
    },
}

fn found(error: &StoreError) -> &'static str {
    match error {
        StoreError::NotFound(_) => "was not found",
        StoreError::Denied(_) => "may not be read",
        _ => "cannot be read",
    }
}

fn of(platform: Option<&Platform>) -> String {
    platform.map_or_else(String::new, |platform| format!(" for {platform}"))
}

/// What has to be done before another try can succeed.
fn in_the_way(error: &StoreError) -> Option<&str> {
    match error {
        StoreError::Unavailable(_) => None,
        error => error.fault().hint(),
    }
}

fn names(platforms: &[Platform]) -> String {
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl LinkError {
    /// What the store had to say, where it is to blame.
    pub fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Side { source, .. } => Some(source),
            Self::Unlisted { source, .. } => source.as_ref(),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Side { source, .. } => source.fault().hint().map(str::to_owned),
            Self::Blob { .. } => {
                Some("name the image by its tag, or by the digest of its manifest or index".to_owned())
            }
            Self::Same(_) | Self::IsImage(_) => Some(ORDER.to_owned()),
            Self::Overwrites { .. } => Some("push to a tag of its own, or to a repository of its own".to_owned()),
            Self::Linked(error) => error.hint().map(str::to_owned),
            Self::Mismatch { platform: Some(_), .. } => Some(
                "name the platforms that the BoB is for with --platforms, or link it regardless with --allow-mismatch"
                    .to_owned(),
            ),
            Self::Mismatch { .. } => Some("link it regardless with --allow-mismatch".to_owned()),
            Self::NoIndex(_) => Some("leave --platforms out, or name the image's index".to_owned()),
            Self::NoNames(_) => Some("leave --platforms out, or name a manifest of the index by its digest".to_owned()),
            Self::NoPlatform { available, .. } if available.is_empty() => None,
            Self::NoPlatform { .. } => Some("name one of them with --platforms".to_owned()),
            Self::Unlisted { mend, source, .. } => {
                let again = mend.as_deref().unwrap_or("run the same command again");
                Some(match source.as_ref().and_then(in_the_way) {
                    Some(first) => format!("{first}; then, to have it listed: {again}"),
                    None => format!("to have it listed: {again}"),
                })
            }
        }
    }
}
