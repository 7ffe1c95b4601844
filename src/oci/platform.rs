//! Platforms: operating system, architecture and variant, in the names of the OCI image specification.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a manifest runs on, written `os/architecture[/variant]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Platform {
    /// CPU architecture, in Go's names: `amd64`, `arm64`.
    #[serde(default)]
    pub architecture: String,
    /// Operating system, in Go's names: `linux`.
    #[serde(default)]
    pub os: String,
    /// Version of the operating system, Windows only.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// CPU variant: `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// A string that is no `os/architecture[/variant]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a platform; expected os/architecture[/variant], linux/amd64 for one")]
pub struct PlatformError(String);

impl Platform {
    /// A platform without variant.
    pub fn new(os: &str, architecture: &str) -> Self {
        Self { architecture: architecture.to_owned(), os: os.to_owned(), os_version: None, variant: None }
    }

    /// Linux on the architecture this program was built for.
    pub fn linux_here() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "x86" => "386",
            "aarch64" => "arm64",
            "powerpc64" => "ppc64le",
            other => other,
        };
        Self::new("linux", architecture)
    }

    /// Whether this platform satisfies `wanted`: an absent variant in `wanted` accepts any.
    pub fn satisfies(&self, wanted: &Self) -> bool {
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (wanted.variant.is_none() || self.variant == wanted.variant)
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let parts: Vec<&str> = text.split('/').collect();
        let fits = |part: &&str| {
            !part.is_empty() && part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'))
        };
        match parts.as_slice() {
            [os, architecture, variant @ ..] if variant.len() <= 1 && parts.iter().all(fits) => {
                let variant = variant.first().map(|&variant| variant.to_owned());
                Ok(Self { variant, ..Self::new(os, architecture) })
            }
            _ => Err(PlatformError(text.to_owned())),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.as_ref().map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_is_printed() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        for text in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "Linux/amd64", "linux/a md"] {
            assert!(text.parse::<Platform>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_absent_variant_accepts_any() {
        let v7: Platform = "linux/arm/v7".parse().unwrap();
        assert!(v7.satisfies(&Platform::new("linux", "arm")));
        assert!(!Platform::new("linux", "arm").satisfies(&v7));
    }
}
