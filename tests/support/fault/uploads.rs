//! Writing blobs: upload sessions, whole or in chunks, and mounts.

use bobctl::oci::Digest;
use hyper::Method;
use hyper::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName, LOCATION, RANGE};

use super::content::{Content, Upload};
use super::message::{Reply, Request};
use super::options::{Builder, Feature};

const CHUNK_MIN_LENGTH: HeaderName = HeaderName::from_static("oci-chunk-min-length");
const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");

/// `POST …/blobs/uploads/`: mount, single post, or a new session. `from` is the repository that may be mounted from.
pub fn start(content: &mut Content, options: &Builder, request: &Request, at: (&str, Option<&str>)) -> Reply {
    let (repository, from) = at;
    if let Some(refusal) = too_large(options, request) {
        return refusal;
    }
    if request.method != Method::POST {
        return Reply::error(405, "UNSUPPORTED", "the operation is unsupported");
    }
    if options.has(Feature::KnownRepositories) && content.repository(repository).is_none() {
        return Reply::error(404, "NAME_UNKNOWN", &format!("the repository with name '{repository}' does not exist"));
    }
    if let Some(digest) = request.parameter("mount")
        && options.has(Feature::Mounts)
        && let Some(reply) = mount(content, repository, (from, &digest))
    {
        return located(options, request, reply);
    }
    if let Some(digest) = request.parameter("digest")
        && options.has(Feature::SinglePost)
    {
        let reply = keep(content, repository, (&digest, request.body.to_vec()));
        return located(options, request, reply);
    }
    let session = format!("session-{}", content.fresh());
    let upload = Upload { repository: repository.to_owned(), state: String::new(), bytes: Vec::new() };
    content.uploads.insert(session.clone(), upload);
    let reply = located(options, request, progress(content, &session, 202));
    match options.least_piece {
        Some(bytes) => reply.with(CHUNK_MIN_LENGTH, bytes.to_string()),
        None => reply,
    }
}

fn too_large(options: &Builder, request: &Request) -> Option<Reply> {
    let refused = options.max_body.is_some_and(|most| request.body.len() > most);
    let page =
        || Reply::new(413).with(CONTENT_TYPE, "text/html").bytes("<html><h1>413 Request Entity Too Large</h1></html>");
    refused.then(page)
}

fn mount(content: &mut Content, repository: &str, source: (Option<&str>, &str)) -> Option<Reply> {
    let (from, digest) = (source.0?, source.1.parse().ok()?);
    let bytes = content.blob(from, &digest)?;
    content.repository_mut(repository).blobs.insert(digest.clone(), bytes);
    Some(created(repository, &digest))
}

/// `PATCH`, `PUT`, `GET` and `DELETE` of a session.
pub fn go_on(content: &mut Content, options: &Builder, request: &Request, at: (&str, &str)) -> Reply {
    let (repository, session) = at;
    if let Some(refusal) = too_large(options, request) {
        return refusal;
    }
    // Whoever lost an answer knows no newer location, and may still ask.
    let newest = |upload: &Upload| request.method == Method::GET || upload.state == request.query_state();
    let current = content.uploads.get(session).filter(|upload| upload.repository == repository && newest(upload));
    let Some(have) = current.map(|upload| upload.bytes.len()) else {
        return Reply::error(404, "BLOB_UPLOAD_UNKNOWN", "no such session, or not its newest location");
    };
    let reply = match request.method {
        Method::GET => progress(content, session, 204),
        Method::DELETE => {
            content.uploads.remove(session);
            return Reply::new(204);
        }
        Method::PATCH | Method::PUT if !follows(request, have) && options.has(Feature::BareRefusals) => {
            return Reply::error(416, "RANGE_INVALID", "not where the session is");
        }
        Method::PATCH | Method::PUT if !follows(request, have) => progress(content, session, 416),
        Method::PATCH if have > 0 && request.header(CONTENT_RANGE).is_none() && options.has(Feature::RangedPieces) => {
            progress(content, session, 416)
        }
        Method::PATCH => {
            append(content, session, request);
            progress(content, session, 202)
        }
        Method::PUT => {
            append(content, session, request);
            close(content, request, (repository, session))
        }
        _ => Reply::error(405, "UNSUPPORTED", "the operation is unsupported"),
    };
    located(options, request, reply)
}

fn append(content: &mut Content, session: &str, request: &Request) {
    if let Some(upload) = content.uploads.get_mut(session) {
        upload.bytes.extend_from_slice(&request.body);
    }
}

/// Whether a chunk's `Content-Range` (`START-END`, no unit) goes on where the session is, and fits the body.
fn follows(request: &Request, have: usize) -> bool {
    let Some(range) = request.header(CONTENT_RANGE) else { return true };
    let ends = range.split_once('-').and_then(|(first, last)| Some((first.parse().ok()?, last.parse().ok()?)));
    ends.is_some_and(|(first, last): (usize, usize)| first == have && last + 1 == have + request.body.len())
}

fn close(content: &mut Content, request: &Request, at: (&str, &str)) -> Reply {
    let (repository, session) = at;
    let bytes = content.uploads.remove(session).map(|upload| upload.bytes).unwrap_or_default();
    let digest = request.parameter("digest").unwrap_or_default();
    keep(content, repository, (&digest, bytes))
}

fn keep(content: &mut Content, repository: &str, blob: (&str, Vec<u8>)) -> Reply {
    let (digest, bytes) = blob;
    match digest.parse::<Digest>() {
        Ok(digest) if Digest::of_with(digest.algorithm(), &bytes) == digest => {
            content.repository_mut(repository).blobs.insert(digest.clone(), bytes.into());
            created(repository, &digest)
        }
        _ => Reply::error(400, "DIGEST_INVALID", "provided digest did not match uploaded content"),
    }
}

fn created(repository: &str, digest: &Digest) -> Reply {
    Reply::new(201).naming(digest).with(LOCATION, format!("/v2/{repository}/blobs/{digest}"))
}

/// Where the session stands, with a new `Location`. Its query must come back byte for byte: were it decoded and
/// encoded again, `%2F` and `+` would not survive.
fn progress(content: &mut Content, session: &str, status: u16) -> Reply {
    let state = format!("_state=a%2Fb+c%3D~{}", content.fresh());
    let Some(upload) = content.uploads.get_mut(session) else { return Reply::new(404) };
    upload.state.clone_from(&state);
    let end = upload.bytes.len().saturating_sub(1);
    Reply::new(status)
        .with(LOCATION, format!("/v2/{}/blobs/uploads/{session}?{state}", upload.repository))
        .with(RANGE, format!("0-{end}"))
        .with(UPLOAD_UUID, session)
}

fn located(options: &Builder, request: &Request, reply: Reply) -> Reply {
    let reply = in_units(options, reply);
    let path = reply.headers.get(LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match path {
        Some(path) if options.has(Feature::AbsoluteLocations) => {
            let origin = request.origin();
            let portless = origin.rsplit_once(':').map_or(origin.as_str(), |(portless, _)| portless);
            let origin = if options.has(Feature::LostPorts) { portless } else { &origin };
            reply.with(LOCATION, format!("{origin}{path}"))
        }
        _ => reply,
    }
}

fn in_units(options: &Builder, reply: Reply) -> Reply {
    let range = reply.headers.get(RANGE).and_then(|value| value.to_str().ok()).map(|range| format!("bytes={range}"));
    match range {
        Some(range) if options.has(Feature::RangeUnits) => reply.with(RANGE, range),
        _ => reply,
    }
}

impl Request {
    /// The query without what the client appended to it.
    fn query_state(&self) -> &str {
        self.query.split_once("&digest=").map_or(&self.query, |(state, _)| state)
    }
}
