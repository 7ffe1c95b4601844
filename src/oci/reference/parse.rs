//! The grammar of references: scheme, place, tag, digest.

use std::path::PathBuf;

use super::slip::{Piece, Slip, shown};
use super::{Host, LOGIN_COMMAND, Location, Reference, Repository, Tag, host, name, tag};
use crate::oci::Digest;
use crate::oci::digest::DigestError;

/// Web sites that stand for a registry in people's minds: the host, what the paths of its pages begin with, and the
/// registry. Where that may be nothing, the host is no registry at all.
const WEB_SITES: [(&str, &[&str], &str); 4] = [
    ("hub.docker.com", &["r/", "_/", "repository/docker/", ""], "docker.io"),
    ("github.com", &[""], "ghcr.io"),
    ("gitlab.com", &[""], "registry.gitlab.com"),
    ("quay.io", &["repository/"], "quay.io"),
];

const TRAILING_SLASH: &str = "trailing slash after the repository";
const CREDENTIALS: &str = "credentials in a reference are refused";

fn login() -> String {
    format!("give them with --creds, or store them with {LOGIN_COMMAND}")
}

/// Reads a whole reference.
pub(super) fn reference(text: &str) -> Result<Reference, Slip> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err(empty());
    }
    if trimmed != text {
        return Err(Slip::new("white space around the reference").mended(trimmed));
    }
    let whole = Piece::new(text);
    match scheme(whole)? {
        Scheme::Registry(rest) => registry(rest),
        Scheme::Layout(rest) => layout(rest),
    }
}

/// Reads a reference that names a whole repository.
pub(super) fn location(text: &str) -> Result<Location, Slip> {
    let reference = reference(text)?;
    let given = match (&reference.tag, &reference.digest) {
        (None, None) => return Ok(reference.location),
        (Some(_), None) => "a tag",
        (None, Some(_)) => "a digest",
        (Some(_), Some(_)) => "a tag and a digest",
    };
    Err(Slip::new(format!("a repository is expected here, without {given}")).mended(reference.location.url()))
}

fn empty() -> Slip {
    Slip::new("the reference is empty").advice("write oci://HOST/REPOSITORY:TAG")
}

enum Scheme<'a> {
    Registry(Piece<'a>),
    Layout(Piece<'a>),
}

fn scheme(whole: Piece) -> Result<Scheme, Slip> {
    let text = whole.text();
    let is_scheme = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let Some(at) = text.find("://").filter(|at| is_scheme(&text[..*at])) else {
        return no_scheme(whole);
    };
    let rest = whole.after(at + "://".len());
    let oci = format!("oci://{}", rest.text());
    match text[..at].to_ascii_lowercase().as_str() {
        "oci" => Ok(Scheme::Registry(rest)),
        "oci-layout" => Ok(Scheme::Layout(rest)),
        "https" => Err(Slip::new("drop the scheme https://: a reference is no URL").mended(oci)),
        "http" => Err(Slip::new("drop the scheme http://: a reference is no URL")
            .mended(oci)
            .advice("a registry without TLS takes the flag --plain-http")),
        "docker" | "bob" => {
            Err(Slip::new(format!("the scheme of a registry is oci://, not {}", &text[..at + 3])).mended(oci))
        }
        "ocidir" => Err(Slip::new("the scheme of an OCI image layout is oci-layout://, not ocidir://")
            .mended(format!("oci-layout://{}", rest.text()))),
        _ => Err(Slip::new("a reference begins with oci:// or oci-layout://, not with another scheme")),
    }
}

fn no_scheme(whole: Piece) -> Result<Scheme, Slip> {
    let text = whole.text();
    if let Some(slip) = text.strip_prefix("oci:").and_then(after_oci) {
        return Err(slip);
    }
    if let Some(rest) = text.strip_prefix("oci//") {
        return Err(Slip::new("a colon is expected after 'oci'").mended(format!("oci://{rest}")));
    }
    if let Some(rest) = text.strip_prefix("oci-layout:") {
        return Err(Slip::new("two slashes are expected after 'oci-layout:'").mended(format!("oci-layout://{rest}")));
    }
    if ["/", "./", "../"].iter().any(|start| text.starts_with(start)) || matches!(text, "." | "..") {
        return Err(Slip::new("a folder in the OCI image layout is written oci-layout://DIR")
            .mended(format!("oci-layout://{text}")));
    }
    Ok(Scheme::Registry(whole))
}

/// What follows `oci:` and no two slashes: a registry that lacks them, or a folder as skopeo names it. `None` where `oci`
/// is a host itself and a port follows.
fn after_oci(rest: &str) -> Option<Slip> {
    let registry = rest.strip_prefix('/').unwrap_or(rest);
    let (first, path) = registry.split_once('/').unwrap_or((registry, ""));
    let is_port = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    let is_host = !path.is_empty() && host::is_host(first) && !matches!(first, "." | "..");
    match () {
        () if is_port && !rest.starts_with('/') => None,
        () if is_host || registry.is_empty() => {
            Some(Slip::new("two slashes are expected after 'oci:'").mended(format!("oci://{registry}")))
        }
        () => Some(
            Slip::new("a folder in the OCI image layout is written oci-layout://DIR:TAG, not oci:DIR:TAG")
                .mended(format!("oci-layout://{rest}")),
        ),
    }
}

fn layout(rest: Piece) -> Result<Reference, Slip> {
    if let Some((at, character)) = rest.text().char_indices().find(|(_, c)| c.is_control()) {
        return Err(Slip::new(format!(
            "control character {} at column {} in the name of a folder",
            shown(character),
            rest.column(at)
        )));
    }
    let last = rest.text().rfind('/').map_or(0, |at| at + 1);
    let (end, digest) = split_from(rest, last, rest.text()[last..].find('@'));
    let (folder, tag) = split_from(end, last, end.text()[last..].rfind(':'));
    if folder.text().is_empty() {
        return Err(Slip::new("the folder after oci-layout:// is empty").advice("write oci-layout://DIR:TAG"));
    }
    let tag = tag.map(parse_tag).transpose()?;
    let digest = digest.map(parse_digest).transpose()?;
    Ok(Reference { location: Location::Layout(PathBuf::from(folder.text())), tag, digest })
}

/// Splits `piece` around the separator that was found at `found`, counted from `base`.
fn split_from(piece: Piece, base: usize, found: Option<usize>) -> (Piece, Option<Piece>) {
    match found {
        Some(at) => (piece.before(base + at), Some(piece.after(base + at + 1))),
        None => (piece, None),
    }
}

fn registry(rest: Piece) -> Result<Reference, Slip> {
    if rest.text().is_empty() {
        return Err(empty());
    }
    refuse_credentials(rest)?;
    let (place, digest) = rest.split_once('@').map_or((rest, None), |(place, digest)| (place, Some(digest)));
    refuse_empty_components(place)?;
    let Some((host, path)) = place.split_once('/') else {
        return Err(without_path(place));
    };
    if !host::is_host(host.text()) {
        return Err(without_host(place));
    }
    let host = Host::parse(host)?;
    let (name, tag) = path.split_once(':').map_or((path, None), |(name, tag)| (name, Some(tag)));
    if name.text().is_empty() {
        return Err(without_path(place));
    }
    if let Some(start) = name.text().strip_suffix('/') {
        return Err(Slip::new(TRAILING_SLASH).mended(name.replaced(start)));
    }
    refuse_web_sites(&host, place, path)?;
    let repository = repository(host, name)?;
    let tag = tag.map(parse_tag).transpose()?;
    let digest = digest.map(parse_digest).transpose()?;
    Ok(Reference { location: Location::Registry(repository), tag, digest })
}

/// `user:password@host/…`: refused before anything of it can be shown.
pub(super) fn refuse_credentials(rest: Piece) -> Result<(), Slip> {
    let text = rest.text();
    let is_digest = |tail: &str| tail.starts_with("sha256:") || tail.starts_with("sha512:");
    let has_path = |tail: &str| tail.contains('/') && !is_digest(tail);
    let ats = || text.match_indices('@').map(|(at, _)| at + 1);
    if let Some(end) = ats().rfind(|at| has_path(&text[*at..])) {
        return Err(Slip::new(CREDENTIALS).mended(rest.before(end).replaced("")).advice(login()));
    }
    let Some((user, tail)) = text.split_once('@') else { return Ok(()) };
    if user.contains(':') && !user.contains('/') && !is_digest(tail) && !tail.is_empty() {
        return Err(Slip::new(CREDENTIALS).advice(login()));
    }
    Ok(())
}

fn refuse_empty_components(place: Piece) -> Result<(), Slip> {
    let text = place.text();
    let at = if text.starts_with('/') { Some(0) } else { text.find("//").map(|at| at + 1) };
    if let Some(at) = at {
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        return Err(Slip::new(format!("empty path component at column {}", place.column(at)))
            .mended(place.replaced(&parts.join("/"))));
    }
    match text.strip_suffix('/') {
        Some(start) if start.contains('/') => Err(Slip::new(TRAILING_SLASH).mended(place.replaced(start))),
        _ => Ok(()),
    }
}

/// `place` holds no path: it is a host alone, or a name without a host.
fn without_path(place: Piece) -> Slip {
    let text = place.text().trim_end_matches('/');
    let (name, port) = text.rsplit_once(':').unwrap_or((text, ""));
    if !host::is_host(name) {
        return without_host(place);
    }
    let message = if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) {
        "this looks like host:port, no repository path follows"
    } else {
        "there is no repository path after the host"
    };
    Slip::new(message).advice("write oci://HOST/REPOSITORY:TAG")
}

fn without_host(place: Piece) -> Slip {
    Slip::new(format!("no registry host in '{}'", place.text().escape_default()))
        .mended(place.replaced(&format!("{}/{}", host::DOCKER_HUB, place.text())))
        .advice("another registry's host goes in front likewise, ghcr.io/ for one; a host without a dot needs its port")
}

/// The registry that is meant by the host of a web site which is no registry itself.
pub(super) fn web_site(host: &Host) -> Option<&'static str> {
    let is_it = |(site, pages, _): &(&str, &[&str], &str)| host.to_string() == *site && pages.contains(&"");
    WEB_SITES.into_iter().find(is_it).map(|(.., registry)| registry)
}

fn refuse_web_sites(host: &Host, place: Piece, path: Piece) -> Result<(), Slip> {
    let Some((site, pages, registry)) = WEB_SITES.into_iter().find(|(site, ..)| host.to_string() == *site) else {
        return Ok(());
    };
    match pages.iter().find_map(|page| path.text().strip_prefix(page)) {
        Some(path) => Err(Slip::new(format!("this is a page of the web site {site}, not a repository"))
            .mended(place.replaced(&format!("{registry}/{path}")))),
        None => Ok(()),
    }
}

fn repository(host: Host, piece: Piece) -> Result<Repository, Slip> {
    name::check(piece)?;
    let name = piece.text();
    let name = if host.is_docker_hub() && !name.contains('/') { format!("library/{name}") } else { name.to_owned() };
    let repository = Repository { host, name };
    name::check_length(&repository.to_string())?;
    Ok(repository)
}

fn parse_tag(piece: Piece) -> Result<Tag, Slip> {
    let text = piece.text();
    if text.is_empty() {
        let slip = Slip::new("the tag after ':' is empty").mended(piece.with_separator().replaced(""));
        return Err(slip.advice(tag::EMPTY));
    }
    match text.split_once(':') {
        Some((first, second)) if !text.contains('/') => {
            Err(Slip::new(format!("two tags, '{}' and '{}'", first.escape_default(), second.escape_default()))
                .mended(piece.replaced(first))
                .advice(tag::SEVERAL))
        }
        _ => Tag::parse(piece),
    }
}

fn parse_digest(piece: Piece) -> Result<Digest, Slip> {
    let text = piece.text();
    if text.is_empty() {
        return Err(Slip::new("the digest after '@' is empty").mended(piece.with_separator().replaced("")));
    }
    if let Some((at, character)) = text.char_indices().find(|(_, c)| !c.is_ascii_graphic()) {
        return Err(Slip::new(format!(
            "{} at column {} is not allowed in a digest",
            shown(character),
            piece.column(at)
        )));
    }
    let error = match text.parse() {
        Ok(digest) => return Ok(digest),
        Err(error) => error,
    };
    Err(match error {
        DigestError::NoAlgorithm(_) => {
            Slip::new("'@' takes a digest, ':' a tag").mended(piece.with_separator().replaced(&format!(":{text}")))
        }
        DigestError::Character { character } => wrong_digest(piece, character),
        DigestError::Unsupported(_) => Slip::new(error.to_string()).mended(piece.replaced(&text.to_ascii_lowercase())),
        DigestError::Length { .. } => Slip::new(error.to_string()),
    })
}

fn wrong_digest(piece: Piece, character: char) -> Slip {
    let (algorithm, hex) = piece.text().split_once(':').unwrap_or_default();
    let expected = if algorithm == "sha512" { 128 } else { 64 };
    let got = hex.chars().count();
    Slip::new(format!(
        "a {algorithm} digest is lower-case hex; expected {expected} characters, got {got}, {} among them",
        shown(character)
    ))
    .mended(piece.replaced(&piece.text().to_ascii_lowercase()))
}
