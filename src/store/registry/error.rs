//! From what a server answered, or from the line that broke, to what a caller acts on.
//!
//! The messages follow `registry-client.md` 3.2: many registries say 401 or 404 for a repository that is private, so
//! nothing here claims to know which of the two it is.

use std::error::Error;
use std::fmt;

use reqwest::StatusCode;

use super::handshake;
use super::problem::{KNOWN_TYPES, Problem};
use crate::oci::reference::LOGIN_COMMAND;
use crate::oci::{Descriptor, Digest, Repository, Version};
use crate::store::{Fault, Passing, StoreError};

/// What a request was for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Matter<'a> {
    /// Reading a manifest.
    Manifest(&'a Version),
    /// Reading a blob.
    Blob(&'a Digest),
    /// Listing tags.
    Tags,
    /// Listing the referrers of a manifest.
    Referrers(&'a Digest),
    /// Starting the upload of a blob, which may not be known yet.
    Upload(Option<&'a Descriptor>),
    /// Sending a blob's bytes to the session that was started.
    Transfer(Option<&'a Descriptor>),
    /// Writing a manifest of this many bytes.
    Publish(&'a Version, usize),
    /// Deleting a manifest or a tag.
    Delete(&'a Version),
}

impl Matter<'_> {
    fn writes(self) -> bool {
        matches!(self, Self::Upload(_) | Self::Transfer(_) | Self::Publish(..))
    }

    fn size(self) -> Option<u64> {
        match self {
            Self::Upload(blob) | Self::Transfer(blob) => blob.map(|blob| blob.size),
            Self::Publish(_, size) => Some(size as u64),
            Self::Manifest(_) | Self::Blob(_) | Self::Tags | Self::Referrers(_) | Self::Delete(_) => None,
        }
    }

    /// What the repository is asked to let happen.
    fn doing(self) -> &'static str {
        match self {
            Self::Delete(_) => "changed",
            _ if self.writes() => "written",
            _ => "read",
        }
    }
}

impl fmt::Display for Matter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest(version) | Self::Publish(version, _) | Self::Delete(version) => match version {
                Version::Tag(tag) => write!(f, "tag {tag}"),
                Version::Digest(digest) => write!(f, "manifest {digest}"),
            },
            Self::Blob(digest) => write!(f, "blob {digest}"),
            Self::Tags => f.write_str("the list of tags"),
            Self::Referrers(digest) => write!(f, "the list of referrers of {digest}"),
            Self::Upload(Some(blob)) | Self::Transfer(Some(blob)) => write!(f, "blob {}", blob.digest),
            Self::Upload(None) | Self::Transfer(None) => f.write_str("a blob"),
        }
    }
}

/// Who was asking, for the hint of an error about access.
#[derive(Debug, Clone)]
pub(super) enum Who {
    /// Nobody in particular: no source has a credential for the host. Each line is one source.
    Nobody(Vec<String>),
    /// The holder of the credential from this source.
    Holder(String),
}

impl Who {
    /// What to do when access is denied to them.
    pub(super) fn hint(&self, host: &impl fmt::Display) -> String {
        match self {
            Self::Nobody(searched) if searched.is_empty() => {
                format!("no credentials for {host} were found; {}", login_hint(host))
            }
            Self::Nobody(searched) => {
                format!("no credentials for {host}; looked in: {}; {}", searched.join(", "), login_hint(host))
            }
            Self::Holder(origin) => {
                format!("the credentials for {host} came from {origin}; check them, or log in again if they expired")
            }
        }
    }
}

/// What to do after `problem` denied access at `host` to `who`.
pub(super) fn access_hint(problem: &Problem, who: &Who, host: &impl fmt::Display) -> String {
    match who {
        // ECR says so with 403, others where tokens are given out.
        Who::Holder(origin) if problem.says("expired") => {
            format!("the login at {host} has expired: log in again; the credentials came from {origin}")
        }
        who => who.hint(host),
    }
}

/// What to do where there are no credentials for `host`.
pub(super) fn login_hint(host: &impl fmt::Display) -> String {
    format!("give them with --creds, or store them with '{LOGIN_COMMAND} {host}'")
}

/// The failure that `problem` means for `matter` in `repository`, asked for by `who`.
pub(super) fn classify(problem: Problem, matter: Matter<'_>, repository: &Repository, who: &Who) -> StoreError {
    let host = repository.host();
    let status = problem.status();
    let fault = |message: String| Fault::new(message).answered(problem.answer());
    let (kind, fault): (fn(Fault) -> StoreError, Fault) = match status.as_u16() {
        _ if problem.is_denial() => (StoreError::Denied, denial(&problem, matter, repository, who)),
        404 => missing(&problem, matter, repository),
        409 | 412 if matches!(matter, Matter::Delete(_)) => {
            (StoreError::Conflict, fault(format!("{host} keeps {matter} of {repository}")))
        }
        407 => (StoreError::Unavailable, unknown_to_proxy(&problem, repository)),
        409 | 412 => (StoreError::Conflict, fault(format!("{host} keeps what is there instead of {matter}"))),
        413 => (StoreError::Refused, too_large(&problem, matter, repository)),
        429 => (StoreError::Unavailable, limited(&problem, repository)),
        400 if problem.is(&["TOOMANYREQUESTS"]) => (StoreError::Unavailable, limited(&problem, repository)),
        400 | 405 if matches!(matter, Matter::Delete(_)) => {
            (StoreError::Refused, fault(format!("{host} does not delete {matter}")))
        }
        400 if problem.is(&["DIGEST_INVALID", "SIZE_INVALID"]) => {
            (StoreError::Integrity, fault(format!("{matter} reached {host} with another digest or size")))
        }
        400 | 416 if problem.is(&["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"]) => {
            (StoreError::Unavailable, lost(&problem, repository))
        }
        // Both of Go's and nginx's ways to say it.
        400 if problem.says("https server") || problem.says("https port") => {
            let fault = fault(format!("{host} speaks HTTPS, and was asked in plain HTTP"));
            (StoreError::Refused, fault.with_hint("leave --plain-http out"))
        }
        400 | 501 if matches!(matter, Matter::Publish(..)) && (status == 501 || problem.is_about_types()) => {
            let fault = fault(format!("{host} does not take an artifact of this kind as {matter} of {repository}"));
            (StoreError::Refused, fault.with_hint(KNOWN_TYPES))
        }
        405 => (StoreError::Refused, fault(format!("{host} does not support this for {matter}"))),
        400..=499 if !matches!(status.as_u16(), 408 | 416 | 499) => {
            (StoreError::Refused, fault(format!("{host} refused {matter} of {repository}")))
        }
        400..=599 => {
            let fault = fault(format!("{host} failed at {matter} of {repository}"));
            let hint = problem.comes_back().map(|when| format!("it asks to come back {when}"));
            (StoreError::Unavailable, hint.into_iter().fold(fault, Fault::with_hint))
        }
        _ => (StoreError::Unavailable, fault(format!("{host} gave an answer that no registry gives"))),
    };
    let passing = problem.passing();
    let fault = fault.caused_by(problem);
    kind(match passing {
        Some(passing) => fault.passing(passing),
        None => fault,
    })
}

/// The failure of an answer that has the right status but is none of a registry's.
pub(super) fn nonsense(problem: Problem, what: &str) -> StoreError {
    let fault = Fault::new(what).answered(problem.answer());
    let hint = "check the host: this may be the address of a web site, a login page or a proxy";
    StoreError::Unavailable(fault.with_hint(hint).caused_by(problem))
}

fn denial(problem: &Problem, matter: Matter<'_>, repository: &Repository, who: &Who) -> Fault {
    let host = repository.host();
    let doing = matter.doing();
    let message = match who {
        _ if problem.status() == StatusCode::FORBIDDEN => {
            format!("{repository} may not be {doing} with this access")
        }
        // Harbor and GitLab say 401 for what is not there, too, so a wrong password is not certain.
        Who::Holder(_) if problem.status() == StatusCode::UNAUTHORIZED => {
            format!(
                "{host} does not accept the credentials, or {repository} does not exist or may not be {doing} with them"
            )
        }
        _ => format!("{repository} does not exist or may not be {doing} with this access"),
    };
    Fault::new(message).with_hint(access_hint(problem, who, host)).answered(problem.answer())
}

fn missing(problem: &Problem, matter: Matter<'_>, repository: &Repository) -> (fn(Fault) -> StoreError, Fault) {
    let answered = |fault: Fault| fault.answered(problem.answer());
    let gone = problem.is(&["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"]) || matches!(matter, Matter::Transfer(_));
    if gone && matter.writes() {
        return (StoreError::Unavailable, lost(problem, repository));
    }
    if matches!(matter, Matter::Publish(..)) && problem.is(&["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"]) {
        let message = format!("{} has not all the content that {matter} of {repository} points at", repository.host());
        return (StoreError::Refused, answered(Fault::new(message)));
    }
    let no_repository = matches!(matter, Matter::Tags) || matter.writes() || problem.is(&["NAME_UNKNOWN"]);
    if !no_repository {
        let fault = answered(Fault::new(format!("{matter} does not exist in {repository}")));
        let hint = format!("`bobctl list artifacts oci://{repository}` shows the tags there are");
        let a_tag = matches!(matter, Matter::Manifest(Version::Tag(_)));
        return (StoreError::NotFound, if a_tag { fault.with_hint(hint) } else { fault });
    }
    let fault = answered(Fault::new(format!("repository {repository} does not exist")));
    let hint = "some registries want a repository to be created before anything is pushed to it";
    (StoreError::NotFound, if matter.writes() { fault.with_hint(hint) } else { fault })
}

fn unknown_to_proxy(problem: &Problem, repository: &Repository) -> Fault {
    let message = format!("the proxy before {} wants to know who asks", repository.host());
    let hint = "put user and password into the variable that names it: HTTP_PROXY=http://USER:PASSWORD@HOST:PORT";
    Fault::new(message).with_hint(hint).answered(problem.answer())
}

fn lost(problem: &Problem, repository: &Repository) -> Fault {
    let message = format!("{} lost the upload to {repository}", repository.host());
    Fault::new(message).with_hint("push again").answered(problem.answer())
}

fn too_large(problem: &Problem, matter: Matter<'_>, repository: &Repository) -> Fault {
    let host = repository.host();
    let size = matter.size().map(|size| format!(" of {size} bytes")).unwrap_or_default();
    let hint = format!(
        "{host}, or a proxy in front of it, has a limit on the size of a request (nginx: client_max_body_size)"
    );
    Fault::new(format!("{matter}{size} is too large for {host}")).with_hint(hint).answered(problem.answer())
}

fn limited(problem: &Problem, repository: &Repository) -> Fault {
    let after = problem.comes_back().map(|when| format!("; it asks to come back {when}")).unwrap_or_default();
    let message = format!("{} takes no more requests for now{after}", repository.host());
    Fault::new(message).with_hint("try again later; logging in often raises the limit").answered(problem.answer())
}

/// Whom a line led to, for messages.
pub(super) struct Peer {
    /// Host and port.
    pub(super) host: String,
    /// The proxy between.
    pub(super) proxy: Option<String>,
    /// Whether it is shown a client certificate when it asks for one.
    pub(super) shows: bool,
    /// What it was found to refuse TLS for.
    pub(super) refusal: Option<rustls::Error>,
}

impl Peer {
    /// One that answered already, so that nothing between is to blame.
    pub(super) fn direct(host: &str) -> Self {
        Self { host: host.to_owned(), proxy: None, shows: false, refusal: None }
    }
}

/// The failure that a broken line to `peer` means.
pub(super) fn unreachable(peer: Peer, error: reqwest::Error) -> StoreError {
    let Peer { host, proxy, shows, refusal } = peer;
    let through = proxy.as_deref().map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default();
    if let Some(cause) = refusal.or_else(|| told(&error)) {
        // What TLS was refused for stays as it is.
        let (kind, fault) = handshake::failure(&cause, &format!("{host}{through}"), shows);
        return kind(fault.caused_by(cause));
    }
    let around = || proxy.as_deref().map(|_| format!("check that proxy; with {host} in NO_PROXY it is asked directly"));
    let (message, hint) = match &proxy {
        _ if error.is_timeout() => (format!("{host}{through} did not answer in time"), around()),
        Some(proxy) if error.is_dns() => {
            (format!("the name of the proxy {proxy} for {host} cannot be resolved"), around())
        }
        None if error.is_dns() => (format!("the name of {host} cannot be resolved"), None),
        _ if error.is_connect() => (format!("{host} cannot be reached{through}"), around()),
        _ => (format!("the connection to {host}{through} broke"), None),
    };
    // A name that nobody has stays as it is. Anything else on a line may be gone at the next attempt; nobody listening,
    // too: the services of a CI job start late.
    let nobody = error.is_dns() && !is_temporary(&root(&error).to_string());
    let mut fault = Fault::new(message).caused_by(Line(error.without_url()));
    if let Some(hint) = hint {
        fault = fault.with_hint(hint);
    }
    StoreError::Unavailable(if nobody { fault } else { fault.passing(Passing::default()) })
}

/// What TLS was refused for, if `error` tells.
pub(super) fn told(error: &reqwest::Error) -> Option<rustls::Error> {
    find::<rustls::Error>(error).cloned().or_else(|| handshake::heard(&root(error).to_string()))
}

/// Whether nobody could be asked about a name, and it may well be one: the system says which of the two it was in words
/// alone, here those of glibc, musl, macOS and Windows.
fn is_temporary(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    ["temporar", "try again"].iter().any(|word| reason.contains(word))
}

/// The failure of a request that was not sent: `host` asked for a pause that nobody waits for, of which `left` is left.
pub(super) fn closed(host: &str, left: std::time::Duration) -> StoreError {
    let left = std::time::Duration::from_secs(left.as_secs() + 1);
    let message = format!("{host} takes no more requests for now; it asks to come back in {left:?}");
    StoreError::Unavailable(Fault::new(message).with_hint("try again then"))
}

/// The failure of silence: no byte in either direction for `seconds`.
pub(super) fn silent(host: &str, idle: std::time::Duration) -> StoreError {
    let message = format!("no byte went to or came from {host} for {idle:?}");
    let fault = Fault::new(message).with_hint("--idle-timeout sets how long to wait");
    StoreError::Unavailable(fault.passing(Passing::default()))
}

/// `error` once more, for a second caller that waited for the same answer.
pub(super) fn again(error: &std::sync::Arc<StoreError>) -> StoreError {
    let kind: fn(Fault) -> StoreError = match **error {
        StoreError::NotFound(_) => StoreError::NotFound,
        StoreError::Denied(_) => StoreError::Denied,
        StoreError::Unavailable(_) => StoreError::Unavailable,
        StoreError::Integrity(_) => StoreError::Integrity,
        StoreError::Conflict(_) => StoreError::Conflict,
        StoreError::Unreadable(_) => StoreError::Unreadable,
        StoreError::Refused(_) => StoreError::Refused,
        StoreError::Local(_) => StoreError::Local,
    };
    let known = error.fault();
    let mut fault = Fault::new(known.to_string());
    if let Some(hint) = known.hint() {
        fault = fault.with_hint(hint);
    }
    if let Some(answer) = known.answer() {
        fault = fault.answered(answer.clone());
    }
    if known.source().is_some() {
        fault = fault.caused_by(Cause(std::sync::Arc::clone(error)));
    }
    kind(fault)
}

/// A broken line, told by its root: what lies between repeats itself.
#[derive(Debug)]
struct Line(reqwest::Error);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(root(&self.0), f)
    }
}

impl Error for Line {}

/// The cause of an error that several callers got.
#[derive(Debug)]
struct Cause(std::sync::Arc<StoreError>);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fault().source().map_or(Ok(()), |source| fmt::Display::fmt(source, f))
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.fault().source().and_then(Error::source)
    }
}

/// What is at the bottom of `error`.
fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root
}

/// The first error of type `E` among the causes of `error`, also where an I/O error carries it.
pub(super) fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let carried = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(found) = carried.and_then(|carried| find::<E>(carried)) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_nobody_has_is_no_name_that_could_not_be_asked_for() {
        for (reason, temporary) in [
            ("failed to lookup address information: Temporary failure in name resolution", true),
            ("failed to lookup address information: Try again", true),
            ("This is usually a temporary error during hostname resolution. (os error 11002)", true),
            ("failed to lookup address information: Name or service not known", false),
            ("failed to lookup address information: Name does not resolve", false),
            ("failed to lookup address information: nodename nor servname provided, or not known", false),
            ("No such host is known. (os error 11001)", false),
        ] {
            assert_eq!(is_temporary(reason), temporary, "{reason}");
        }
    }
}
