//! References: where an artifact is, and which one is meant.
//!
//! `oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]` is a registry, `oci-layout://DIR[:TAG][@DIGEST]` a folder in the OCI
//! image layout. Parsing is strict (REF-1 to REF-14), knows the common slips of `registry-client.md` 1.2, and answers
//! each with a message and, where there is one, the mended reference.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::Digest;

/// A string that is no reference: what is wrong, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReferenceError {
    message: String,
    hint: Option<String>,
}

impl ReferenceError {
    /// What to do about it; names the mended reference where there is one.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// A tag: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

impl Tag {
    /// The tag that read commands mean when none is given.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// The tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

/// A registry's host, and its port where it is not the default: lower case, `docker.io` for all of Docker Hub's names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

impl Host {
    /// The host name or address; an IPv6 address in brackets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The port, when one is named.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether this is Docker Hub (REF-5).
    pub fn is_docker_hub(&self) -> bool {
        self.name == "docker.io"
    }

    /// Whether this is this machine: `localhost`, `*.localhost`, 127/8 or `[::1]` (REF-14).
    pub fn is_loopback(&self) -> bool {
        self.name == "localhost"
            || self.name.ends_with(".localhost")
            || self.name == "[::1]"
            || self.name.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
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

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(repository) => repository.fmt(f),
            Self::Layout(folder) => write!(f, "oci-layout://{}", folder.display()),
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
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        Err(ReferenceError { message: format!("not a reference: {text}"), hint: None })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.as_ref().map_or(Ok(()), |digest| write!(f, "@{digest}"))
    }
}
