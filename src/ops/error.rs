//! What can go wrong with an operation.

use std::io;
use std::path::PathBuf;

use super::copy::CopyError;
use super::link::LinkError;
use crate::artifact::file::FileError;
use crate::artifact::pack::PackError;
use crate::artifact::place::PlaceError;
use crate::artifact::provenance::ProvenanceError;
use crate::artifact::unpack::UnpackError;
#[cfg(feature = "cluster")]
use crate::cluster::apply::ApplyError;
use crate::oci::manifest::ManifestError;
use crate::oci::{Digest, Platform, Tag};
use crate::store::StoreError;

/// A failure of an operation; a variant for each outcome that has a message or an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// The registry or the layout failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// A file cannot be pushed as it is.
    #[error(transparent)]
    File(#[from] FileError),
    /// One of several folders cannot be pushed.
    #[error("cannot push what is for {platform}")]
    For {
        /// What the folder is for.
        platform: Box<Platform>,
        /// Why.
        source: Box<OpError>,
    },
    /// The annotations cannot be made.
    #[error(transparent)]
    Provenance(#[from] ProvenanceError),
    /// The layer cannot be unpacked.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// The output folder cannot be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A manifest is none, or none that is read here.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The profile or values of the folder are broken.
    #[error(transparent)]
    Content(#[from] crate::artifact::summary::SummaryError),
    /// This machine failed: a temporary file, a file to write.
    #[error("{0}")]
    Local(#[source] io::Error),
    /// A file that was asked for cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is written would be packed into itself.
    #[error("{} is among the files to pack, and would be packed into itself", .0.display())]
    PacksItself(PathBuf),
    /// What is in the place of the file to write is none.
    #[error("output {} is {kind}, not a file", path.display())]
    NoFile {
        /// The output.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// `--no-clobber`, and the tag names something else.
    #[error("tag {tag} exists and names {existing}; it was to name {new}")]
    Exists {
        /// The tag.
        tag: Tag,
        /// What it names.
        existing: Digest,
        /// What it was to name.
        new: Digest,
    },
    /// `--if-match`, and the tag names something else, or nothing.
    #[error("tag {tag} names {}, not {wanted}", or_nothing(existing.as_ref()))]
    NoMatch {
        /// The tag.
        tag: Tag,
        /// What it was to name.
        wanted: Digest,
        /// What it names.
        existing: Option<Digest>,
    },
    /// The reference names a digest that the content does not give.
    #[error("the content gives {computed}, not {given} as the reference says")]
    OtherDigest {
        /// The digest in the reference.
        given: Digest,
        /// The digest of what was packed.
        computed: Digest,
    },
    /// No tag is in the range.
    #[error("no tag of {location} is in the range '{range}'")]
    NoVersion {
        /// The repository.
        location: String,
        /// The range asked for.
        range: String,
    },
    /// An index has no manifest for the platform.
    #[error("no manifest for {wanted}; there are: {}", list(available))]
    NoPlatform {
        /// The platform asked for, or this machine's.
        wanted: Box<Platform>,
        /// Those that the index has.
        available: Vec<Platform>,
        /// A manifest of the index that says nothing about its platform.
        unsaid: Option<Digest>,
    },
    /// Nothing that is linked to an image is a BoB.
    #[error("no BoB is linked to {image}{}", others(kinds))]
    NoBob {
        /// The image asked about.
        image: String,
        /// The types of what is linked to it.
        kinds: Vec<String>,
    },
    /// A list of referrers names a manifest that does not refer to its subject (SEC-9).
    #[error("{referrer} is listed as linked to {subject}, but its own subject is {}", or_nothing(found.as_ref()))]
    OtherSubject {
        /// What the list names.
        referrer: Digest,
        /// Whose list it is.
        subject: Digest,
        /// What the manifest refers to.
        found: Option<Digest>,
    },
    /// The registry does not delete it.
    #[error("{what} was not deleted: the registry does not allow it")]
    NotDeleted {
        /// The tag or manifest.
        what: String,
        /// What to do about it.
        hint: String,
        /// What the registry said.
        source: Box<StoreError>,
    },
    /// A manifest without anything that could be unpacked.
    #[error("not a BoB artifact (type '{kind}'): {why}")]
    NotArtifact {
        /// The artifact's type.
        kind: String,
        /// What stands against it.
        why: String,
    },
    /// The layer is not what the config says.
    #[error("the config promises {what} {promised}, but it is {found}")]
    Promise {
        /// Which digest.
        what: &'static str,
        /// What the config says.
        promised: Digest,
        /// What it is.
        found: Digest,
    },
    /// A BoB cannot be linked, or its link cannot be found.
    #[error(transparent)]
    Link(Box<LinkError>),
    /// Something cannot be copied.
    #[error(transparent)]
    Copy(Box<CopyError>),
    /// A secret cannot be applied to a cluster.
    #[cfg(feature = "cluster")]
    #[error(transparent)]
    Cluster(#[from] ApplyError),
    /// A config document that is no JSON object.
    #[error("the config of the artifact cannot be read")]
    Config(#[source] serde_json::Error),
}

impl From<LinkError> for OpError {
    fn from(error: LinkError) -> Self {
        Self::Link(Box::new(error))
    }
}

impl From<CopyError> for OpError {
    fn from(error: CopyError) -> Self {
        Self::Copy(Box::new(error))
    }
}

impl OpError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.fault().hint().map(ToOwned::to_owned),
            Self::Pack(error) => error.hint().map(ToOwned::to_owned),
            Self::File(error) => error.hint().map(ToOwned::to_owned),
            Self::For { source, .. } => source.hint(),
            Self::Provenance(error) => error.hint(),
            Self::Content(error) => error.hint().map(ToOwned::to_owned),
            Self::Unpack(error) => error.hint(),
            Self::Place(error) => error.hint().map(ToOwned::to_owned),
            Self::Link(error) => error.hint(),
            Self::Copy(error) => error.hint(),
            #[cfg(feature = "cluster")]
            Self::Cluster(error) => error.hint(),
            Self::PacksItself(_) => Some(
                "choose another place, outside of the folder that is packed, or name it in --ignore-paths".to_owned(),
            ),
            Self::NoFile { .. } => Some("name a file, or one that is not there yet".to_owned()),
            Self::Exists { .. } => Some("choose another tag, or leave --no-clobber out to move this one".to_owned()),
            Self::OtherDigest { .. } => {
                Some("leave the digest out of the reference, or choose the content that has it".to_owned())
            }
            Self::NoVersion { location, .. } => Some(format!("`bobctl list artifacts {location}` shows the tags")),
            Self::NoPlatform { available, .. } if !available.is_empty() => {
                Some("name one of them with --platform".to_owned())
            }
            Self::NoPlatform { unsaid: Some(digest), .. } => {
                Some(format!("the index gives no platforms; name a manifest by its digest instead: @{digest}"))
            }
            Self::NoBob { image, .. } => Some(format!(
                "`bobctl tree artifact {image}` shows what is linked to it; `bobctl link artifact BOB {image}` links a BoB"
            )),
            Self::NotDeleted { hint, .. } => Some(hint.clone()),
            Self::OtherSubject { .. } => Some(
                "anybody who may write to the image's repository may list what they like; \
                 name the BoB itself, with its digest, if you trust it"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

fn or_nothing(digest: Option<&Digest>) -> String {
    digest.map_or_else(|| "nothing".to_owned(), ToString::to_string)
}

/// How many types of referrers an error names, and how many characters of each: others chose them.
const KINDS_NAMED: usize = 10;
const KIND_LENGTH: usize = 128;

fn others(kinds: &[String]) -> String {
    if kinds.is_empty() {
        return ", and nothing else either".to_owned();
    }
    let named = kinds.iter().take(KINDS_NAMED).map(|kind| kind.chars().take(KIND_LENGTH).collect::<String>());
    let more = if kinds.len() > KINDS_NAMED { ", …" } else { "" };
    format!("; linked are: {}{more}", named.collect::<Vec<_>>().join(", "))
}

fn list(platforms: &[Platform]) -> String {
    let names: Vec<String> = platforms.iter().map(ToString::to_string).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
