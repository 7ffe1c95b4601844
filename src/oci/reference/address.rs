//! A registry's address, as people write it where a login or a pull secret is asked for.

use std::str::FromStr;

use super::host::{self, Host};
use super::parse::{refuse_credentials, web_site};
use super::slip::{Piece, ReferenceError, Slip};

/// How addresses begin; the host follows.
const SCHEMES: [&str; 3] = ["oci://", "https://", "http://"];
/// The port that [`Host`] leaves out.
const DEFAULT_PORT: &str = ":443";
/// The key that docker, the kubelet and Flux look Docker Hub up by.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// The names by which the kubelet and Flux know Docker Hub. In a reference with any other they look up that one.
const DOCKER_HUB_NAMES: [&str; 2] = ["docker.io", "index.docker.io"];

/// A registry: `HOST[:PORT]`, with a scheme in front or a path behind, which say nothing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: Host,
    /// Host and port as they were written, in lower case.
    written: String,
}

impl Address {
    /// The host.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The keys under which an `auths` of docker's is read: host and port, as the references to its images are written.
    /// One, but for Docker Hub under a name that clusters do not take for it: `registry-1.docker.io`.
    pub fn keys(&self) -> Vec<String> {
        match &self.host {
            host if host.is_docker_hub() => {
                let other = Some(&self.written).filter(|name| !DOCKER_HUB_NAMES.contains(&name.as_str()));
                std::iter::once(DOCKER_HUB_KEY).chain(other.map(String::as_str)).map(ToOwned::to_owned).collect()
            }
            host if self.written.ends_with(DEFAULT_PORT) => vec![format!("{host}{DEFAULT_PORT}")],
            host => vec![host.to_string()],
        }
    }
}

impl FromStr for Address {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse(text).map_err(|slip| slip.explain(parse, |address| address.host.to_string()))
    }
}

fn parse(text: &str) -> Result<Address, Slip> {
    let trimmed = text.trim();
    if trimmed != text {
        return Err(Slip::new("white space around the registry's address").mended(trimmed));
    }
    let whole = Piece::new(text);
    let is_scheme = |scheme: &&&str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    let rest = SCHEMES.iter().find(is_scheme).map_or(whole, |scheme| whole.after(scheme.len()));
    if rest.text().contains("://") {
        return Err(Slip::new("a registry's address begins with oci://, https:// or its host"));
    }
    refuse_userinfo(rest)?;
    let place = rest.split_once('/').map_or(rest, |(host, _)| host);
    let name = place.text();
    if name.is_empty() {
        return Err(Slip::new("the registry's address is empty").advice("write HOST or HOST:PORT"));
    }
    if !host::is_host(name) {
        let slip = Slip::new(format!("'{}' is no registry host", name.escape_debug()));
        return Err(slip.advice("a host has a dot, a port, or is localhost; Docker Hub is docker.io"));
    }
    let host = Host::parse(place)?;
    if let Some(registry) = web_site(&host) {
        return Err(Slip::new(format!("{host} is a web site, not a registry")).mended(registry));
    }
    Ok(Address { host, written: name.to_ascii_lowercase() })
}

/// `user:password@host`: refused before anything of it can be shown.
fn refuse_userinfo(rest: Piece) -> Result<(), Slip> {
    let place = rest.split_once('/').map_or(rest, |(host, _)| host);
    if refuse_credentials(rest).is_err() || place.text().contains('@') {
        return Err(Slip::new("credentials in a registry's address are refused").advice("give them by their own flags"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_what_clusters_look_up() {
        for (text, key) in [
            ("ghcr.io", "ghcr.io"),
            ("GHCR.io/", "ghcr.io"),
            ("oci://ghcr.io/org/app:1.2", "ghcr.io"),
            ("https://registry.example.org:5000/v2/", "registry.example.org:5000"),
            ("http://registry:5000", "registry:5000"),
            ("ghcr.io:443", "ghcr.io:443"),
            ("localhost", "localhost"),
            ("[::1]:5000/a", "[::1]:5000"),
            ("docker.io", DOCKER_HUB_KEY),
            ("index.docker.io", DOCKER_HUB_KEY),
            ("https://index.docker.io/v1/", DOCKER_HUB_KEY),
        ] {
            assert_eq!(text.parse::<Address>().map(|address| address.keys()), Ok(vec![key.to_owned()]), "{text}");
        }
        for (text, other) in
            [("oci://Registry-1.docker.io/org/app", "registry-1.docker.io"), ("Docker.io:443", "docker.io:443")]
        {
            assert_eq!(text.parse::<Address>().unwrap().keys(), [DOCKER_HUB_KEY, other], "{text}");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, message, hint) in [
            ("", "is empty", Some("HOST:PORT")),
            ("oci://", "is empty", Some("HOST:PORT")),
            ("ghcr", "'ghcr' is no registry host", Some("docker.io")),
            (" ghcr.io", "white space", Some("write ghcr.io")),
            ("ftp://ghcr.io", "begins with oci://", None),
            ("*.example.org", "'*' at column 1", None),
            ("hub.docker.com", "web site", Some("write docker.io")),
            ("https://github.com/org", "web site", Some("write ghcr.io")),
            ("https://bob:s3cret@ghcr.io/a", "credentials", None),
            ("bob:s3cret@ghcr.io", "credentials", None),
            ("bob@ghcr.io", "credentials", None),
        ] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.to_string().contains(message), "{text}: {error}");
            assert!(hint.is_none_or(|hint| error.hint().is_some_and(|own| own.contains(hint))), "{text}: {error:?}");
            assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        }
    }
}
