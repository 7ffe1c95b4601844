//! Registry hosts: what counts as one, and the one spelling that each is kept in (REF-3, REF-5, REF-7, REF-8).

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::slip::{Piece, Slip, shown};

/// Docker Hub, as it is shown.
pub(super) const DOCKER_HUB: &str = "docker.io";
/// Docker Hub, as it is reached.
const DOCKER_HUB_ENDPOINT: &str = "registry-1.docker.io";
/// Docker Hub's other names.
const DOCKER_HUB_ALIASES: [&str; 2] = ["index.docker.io", DOCKER_HUB_ENDPOINT];
/// The port of https.
const DEFAULT_PORT: u16 = 443;

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

    /// The port, when one is named. `443` is left out where the name alone is unmistakably a host.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether this is Docker Hub (REF-5).
    pub fn is_docker_hub(&self) -> bool {
        self.name == DOCKER_HUB && self.port.is_none()
    }

    /// Whether this is this machine: `localhost`, `*.localhost`, 127/8 or `[::1]` (REF-14).
    pub fn is_loopback(&self) -> bool {
        self.name == "localhost"
            || self.name.ends_with(".localhost")
            || self.name == "[::1]"
            || self.name.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    }

    /// Host and port to connect to: `registry-1.docker.io` for Docker Hub, else what is shown.
    pub fn endpoint(&self) -> String {
        if self.is_docker_hub() { DOCKER_HUB_ENDPOINT.to_owned() } else { self.to_string() }
    }

    /// Reads `HOST[:PORT]`, of which `is_host` has said yes.
    pub(super) fn parse(piece: Piece) -> Result<Self, Slip> {
        let (name, port) = split_port(piece)?;
        let name = if name.text().starts_with('[') { ipv6(name)? } else { dns_name(name)? };
        let port = port.map(parse_port).transpose()?.filter(|port| *port != DEFAULT_PORT || !is_host(&name));
        let name =
            if port.is_none() && DOCKER_HUB_ALIASES.contains(&name.as_str()) { DOCKER_HUB.to_owned() } else { name };
        Ok(Self { name, port })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Whether the first part of a reference is unmistakably a host (REF-3).
pub(super) fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part.starts_with('[') || part.eq_ignore_ascii_case("localhost")
}

fn split_port(piece: Piece) -> Result<(Piece, Option<Piece>), Slip> {
    let text = piece.text();
    if text.starts_with('[') {
        let Some(close) = text.find(']') else {
            return Err(Slip::new("an IPv6 address in brackets lacks its ']'"));
        };
        return match text[close + 1..].strip_prefix(':') {
            Some(_) => Ok((piece.before(close + 1), Some(piece.after(close + 2)))),
            None if close + 1 == text.len() => Ok((piece, None)),
            None => Err(Slip::new(format!("':' and a port are expected at column {}", piece.column(close + 1)))),
        };
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(Slip::new("put the IPv6 address in brackets").mended(piece.replaced(&format!("[{text}]"))));
    }
    Ok(piece.split_once(':').map_or((piece, None), |(name, port)| (name, Some(port))))
}

/// The value is not echoed when it is no number: it may be the password of `user:password/…`.
fn parse_port(piece: Piece) -> Result<u16, Slip> {
    let text = piece.text();
    if text.is_empty() {
        return Err(Slip::new("the port after ':' is empty").mended(piece.with_separator().replaced("")));
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Slip::new(format!("the port at column {} is not a number", piece.column(0))));
    }
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Slip::new(format!("port {text} is out of range; 1 to 65535 are ports"))),
    }
}

fn ipv6(piece: Piece) -> Result<String, Slip> {
    let address = piece.text().trim_start_matches('[').trim_end_matches(']');
    if address.contains('%') {
        return Err(Slip::new("an IPv6 zone id is not allowed in a reference"));
    }
    match address.parse::<Ipv6Addr>() {
        Ok(address) => Ok(format!("[{address}]")),
        Err(_) => Err(Slip::new(format!("no IPv6 address in the brackets at column {}", piece.column(0)))),
    }
}

fn dns_name(piece: Piece) -> Result<String, Slip> {
    let text = piece.text();
    if let Some((at, character)) =
        text.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
    {
        let slip =
            Slip::new(format!("{} at column {} is not allowed in a host name", shown(character), piece.column(at)));
        let compact = || text.split_whitespace().collect::<String>();
        return Err(if character.is_whitespace() { slip.mended(piece.replaced(&compact())) } else { slip });
    }
    if text.split('.').any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-')) {
        return Err(Slip::new(format!("the host at column {} is no host name", piece.column(0)))
            .advice("its parts between dots are not empty and neither begin nor end with '-'"));
    }
    Ok(text.to_ascii_lowercase())
}
