//! References: where an artifact is, and which one is meant.
//!
//! `oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]` is a registry, `oci-layout://DIR[:TAG][@DIGEST]` a folder in the OCI
//! image layout. Parsing is strict (REF-1 to REF-14), knows the common slips of `registry-client.md` 1.2, and answers
//! each with a message and, where there is one, the mended reference.

mod address;
mod host;
mod name;
mod parse;
mod slip;
mod tag;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Digest;
pub use address::Address;
pub use host::Host;
pub use slip::ReferenceError;
pub use tag::Tag;

/// The command that keeps credentials for a host, as hints name it.
pub const LOGIN_COMMAND: &str = "bobctl login";

/// Which manifest of a repository is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Version {
    /// The one that a tag names now.
    Tag(Tag),
    /// The one with this digest.
    Digest(Digest),
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => fmt::Display::fmt(digest, f),
        }
    }
}

/// A repository of a registry, printed as `ghcr.io/org/app`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    host: Host,
    name: String,
}

impl Repository {
    /// The registry.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The path inside the registry, `library/` included (REF-6).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is one of Docker Hub's official images, which nobody but Docker can write (REF-6).
    pub fn is_official(&self) -> bool {
        self.host.is_docker_hub() && self.name.starts_with("library/")
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.name)
    }
}

/// Where artifacts are: a repository of a registry, or a folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// A repository, reached by the distribution protocol.
    Registry(Repository),
    /// A folder in the OCI image layout.
    Layout(PathBuf),
}

impl FromStr for Location {
    type Err = ReferenceError;

    /// Reads what stands where a whole repository is meant: a tag or a digest is an error.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse::location(text).map_err(|slip| slip.explain(parse::location, Self::url))
    }
}

impl Location {
    /// With its scheme, as people are asked to write it.
    fn url(&self) -> String {
        match self {
            Self::Registry(repository) => format!("oci://{repository}"),
            Self::Layout(_) => self.to_string(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(repository) => repository.fmt(f),
            Self::Layout(folder) => {
                let folder = folder.display().to_string();
                let last = folder.rsplit('/').next().unwrap_or_default();
                // Without the slash, the end of the folder's name would be read as a tag or a digest.
                let slash = if last.contains([':', '@']) { "/" } else { "" };
                write!(f, "oci-layout://{folder}{slash}")
            }
        }
    }
}

/// A reference as it was given: a location, and a tag, a digest, both or neither.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// Where.
    pub location: Location,
    /// The tag, when one was given.
    pub tag: Option<Tag>,
    /// The digest, when one was given; it decides what is fetched (REF-10).
    pub digest: Option<Digest>,
}

impl Reference {
    /// What to fetch: the digest, else the tag, else `latest`. For read commands only (REF-9).
    pub fn version(&self) -> Version {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => Version::Digest(digest.clone()),
            (None, tag) => Version::Tag(tag.clone().unwrap_or_else(Tag::latest)),
        }
    }

    /// The place and this digest: `HOST/REPO@DIGEST`, `oci-layout://DIR@DIGEST`.
    pub fn at(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.location)
    }

    /// As [`Reference::at`], with its scheme, as people are asked to write it.
    pub fn url_at(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.location.url())
    }

    /// The place and this tag: `HOST/REPO:TAG`, `oci-layout://DIR:TAG`.
    pub fn tagged(&self, tag: &Tag) -> String {
        format!("{}:{tag}", self.location)
    }

    /// With its scheme, as people are asked to write it.
    fn url(&self) -> String {
        self.after(&self.location.url())
    }

    fn after(&self, place: &str) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        format!("{place}{tag}{digest}")
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse::reference(text).map_err(|slip| slip.explain(parse::reference, Self::url))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.after(&self.location.to_string()))
    }
}
