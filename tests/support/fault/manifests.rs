//! Manifests, tags and referrers.

use bobctl::oci::{Digest, media_type};
use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION};
use serde_json::{Value, json};

use super::content::{Content, Repository, Stored};
use super::message::{OCI_SUBJECT, Reply, Request};
use super::options::{Builder, Feature};

/// What every registry takes.
const MAX_MANIFEST: usize = 4 << 20;
const FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// An answer that ends the handling of a request; boxed, as it is much larger than what success carries.
type Refusal = Box<Reply>;

fn refusal(status: u16, code: &str, message: &str) -> Refusal {
    Box::new(Reply::error(status, code, message))
}

pub fn serve(content: &mut Content, options: &Builder, request: &Request, at: (&str, &str)) -> Reply {
    match request.method {
        Method::GET | Method::HEAD => read(content, options, request, at),
        Method::PUT => write(content, options, request, at).unwrap_or_else(|refusal| *refusal),
        Method::DELETE if options.has(Feature::KeepsTags) && at.1.parse::<Digest>().is_err() => {
            Reply::error(400, "UNSUPPORTED", "a tag cannot be deleted")
        }
        Method::DELETE if options.has(Feature::Deletes) => delete(content, at),
        _ => Reply::error(405, "UNSUPPORTED", "the operation is unsupported"),
    }
}

fn read(content: &Content, options: &Builder, request: &Request, at: (&str, &str)) -> Reply {
    let Some(repository) = content.repository(at.0) else { return name_unknown() };
    let spelled = options.has(Feature::DigestTags).then(|| repository.spelled(at.1)).flatten();
    let Some((digest, stored)) = spelled.or_else(|| repository.resolve(at.1)).and_then(|digest| {
        let stored = repository.manifests.get(&digest)?.clone();
        Some((digest, stored))
    }) else {
        return Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown");
    };
    if options.has(Feature::StrictAccept) && !accepts(request, &stored.media_type) {
        return Reply::error(404, "MANIFEST_UNKNOWN", "OCI manifest found, but accept header does not support it");
    }
    let reply = Reply::new(200).with(CONTENT_TYPE, &stored.media_type).naming(&digest).bytes(stored.bytes);
    if options.has(Feature::NoEtags) { reply } else { reply.with(ETAG, format!("\"{digest}\"")) }
}

fn accepts(request: &Request, media_type: &str) -> bool {
    let lines = request.headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|one| media_type::same(one, media_type) || one.trim() == "*/*")
}

fn write(content: &mut Content, options: &Builder, request: &Request, at: (&str, &str)) -> Result<Reply, Refusal> {
    let (name, reference) = at;
    let digest = match reference.parse::<Digest>() {
        Ok(asked) if Digest::of_with(asked.algorithm(), &request.body) == asked => asked,
        Ok(_) => return Err(refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content")),
        Err(_) => Digest::of(&request.body),
    };
    let document = valid(request)?;
    let repository = content.repository(name);
    if let Some(missing) = missing(repository, &document) {
        return Err(refusal(404, "MANIFEST_BLOB_UNKNOWN", &format!("blob unknown to registry: {missing}")));
    }
    if options.has(Feature::StrictSubjects) && !knows_subject(repository, &document) {
        return Err(refusal(404, "MANIFEST_UNKNOWN", "the subject is unknown"));
    }
    let current = repository.and_then(|repository| repository.tags.get(reference));
    if let Some((status, code)) = options.immutable.filter(|_| current.is_some() && !reference.starts_with("sha256-")) {
        return Err(refusal(status, code, &format!("tag {reference} is immutable")));
    }
    if options.has(Feature::ImmutableTags) && current.is_some() {
        return Err(refusal(409, "DENIED", &format!("tag {reference} is immutable")));
    }
    if options.has(Feature::ConditionalWrites) && !condition_holds(request, current) {
        return Err(refusal(412, "PRECONDITION_FAILED", "the tag has moved"));
    }
    let media_type = media_type::essence(request.header(CONTENT_TYPE).unwrap_or_default());
    let stored = Stored { media_type, bytes: request.body.clone() };
    let repository = content.repository_mut(name);
    repository.manifests.insert(digest.clone(), stored);
    if reference.parse::<Digest>().is_err() {
        repository.tags.insert(reference.to_owned(), digest.clone());
    }
    let reply = Reply::new(201).naming(&digest).with(LOCATION, format!("/v2/{name}/manifests/{digest}"));
    let kept = options.has(Feature::Referrers) && !options.has(Feature::SilentSubject);
    Ok(match document["subject"]["digest"].as_str() {
        Some(subject) if kept || options.has(Feature::EmptyPromise) => reply.with(OCI_SUBJECT, subject),
        _ => reply,
    })
}

fn valid(request: &Request) -> Result<Value, Refusal> {
    let invalid = |message: &str| refusal(400, "MANIFEST_INVALID", message);
    if request.body.len() > MAX_MANIFEST {
        return Err(refusal(413, "SIZE_INVALID", "manifest too large"));
    }
    let given = request.header(CONTENT_TYPE).ok_or_else(|| invalid("no content type"))?;
    let document: Value = serde_json::from_slice(&request.body).map_err(|error| invalid(&error.to_string()))?;
    match document["mediaType"].as_str() {
        Some(own) if !media_type::same(own, given) => Err(invalid("mediaType is not the content type")),
        _ => Ok(document),
    }
}

/// The first thing that `document` points at and the repository does not have; the subject may be missing.
fn missing(repository: Option<&Repository>, document: &Value) -> Option<String> {
    let has = |digest: &str, child: bool| {
        let (Some(repository), Ok(digest)) = (repository, digest.parse()) else { return false };
        if child { repository.manifests.contains_key(&digest) } else { repository.blobs.contains_key(&digest) }
    };
    let list = |member: &str| document[member].as_array().cloned().unwrap_or_default();
    let blobs = list("layers").into_iter().chain(document.get("config").cloned()).map(|blob| (blob, false));
    let children = list("manifests").into_iter().map(|child| (child, true));
    blobs.chain(children).find_map(|(descriptor, child)| {
        let digest = descriptor["digest"].as_str().unwrap_or_default();
        (!has(digest, child)).then(|| digest.to_owned())
    })
}

fn knows_subject(repository: Option<&Repository>, document: &Value) -> bool {
    let Some(subject) = document["subject"]["digest"].as_str() else { return true };
    repository.is_some_and(|repository| repository.resolve(subject).is_some())
}

fn condition_holds(request: &Request, current: Option<&Digest>) -> bool {
    let is_current = |tag: &str| current.is_some_and(|digest| tag == format!("\"{digest}\""));
    let matches = request.header(IF_MATCH).is_none_or(is_current);
    let free = request.header(IF_NONE_MATCH).is_none_or(|tag| tag != "*" || current.is_none());
    matches && free
}

fn delete(content: &mut Content, at: (&str, &str)) -> Reply {
    let (name, reference) = at;
    let repository = content.repository_mut(name);
    let removed = match reference.parse::<Digest>() {
        Ok(digest) => {
            repository.tags.retain(|_, tagged| *tagged != digest);
            repository.manifests.remove(&digest).is_some()
        }
        Err(_) => repository.tags.remove(reference).is_some(),
    };
    if removed { Reply::new(202) } else { Reply::error(404, "MANIFEST_UNKNOWN", "manifest unknown") }
}

fn name_unknown() -> Reply {
    Reply::error(404, "NAME_UNKNOWN", "repository name not known to registry")
}

/// `GET …/tags/list`, in pages.
pub fn tags(content: &Content, options: &Builder, request: &Request, name: &str) -> Reply {
    let Some(repository) = content.repository(name) else { return name_unknown() };
    if options.has(Feature::WholeTagLists) {
        let all: Vec<&String> = repository.tags.keys().rev().collect();
        let tags = if all.is_empty() { Value::Null } else { json!(all) };
        return Reply::new(200).json(&json!({"name": name, "tags": tags}));
    }
    let last = request.parameter("last").unwrap_or_default();
    let rest: Vec<&str> = repository.tags.keys().map(String::as_str).filter(|tag| *tag > last.as_str()).collect();
    let asked = request.parameter("n").and_then(|n| n.parse().ok());
    let (page, next) = page(&rest, asked, options.page_size);
    let reply = Reply::new(200).json(&json!({"name": name, "tags": page}));
    let Some(last) = next else { return reply };
    let target = format!("/v2/{name}/tags/list?n={}&last={last}", page.len());
    reply.with(LINK, link(options, request, &target))
}

/// `GET …/referrers/<digest>`, in pages.
pub fn referrers(content: &Content, options: &Builder, request: &Request, at: (&str, &str)) -> Reply {
    let (name, subject) = at;
    if !options.has(Feature::Referrers) {
        return Reply::new(404);
    }
    let known = content.repository(name).is_some_and(|repository| repository.resolve(subject).is_some());
    if options.has(Feature::KnownSubjects) && !known {
        return Reply::error(400, "MANIFEST_INVALID", "manifest invalid");
    }
    let filter = request.parameter("artifactType");
    let all: Vec<(String, Value)> = content
        .repository(name)
        .into_iter()
        .flat_map(|repository| &repository.manifests)
        .filter_map(|(digest, stored)| Some((digest.to_string(), referrer(digest, stored, subject)?)))
        .filter(|(_, entry)| filter.as_deref().is_none_or(|kind| entry["artifactType"] == kind))
        .collect();
    let last = request.parameter("last").unwrap_or_default();
    let rest: Vec<&(String, Value)> = all.iter().filter(|(digest, _)| *digest > last).collect();
    let (page, next) = page(&rest, None, options.page_size);
    let entries: Vec<&Value> = page.iter().map(|(_, entry)| entry).collect();
    let body = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries});
    let mut reply = Reply::new(200).json(&body).with(CONTENT_TYPE, media_type::INDEX);
    if filter.is_some() {
        reply = reply.with(FILTERS_APPLIED, "artifactType");
    }
    let Some((last, _)) = next else { return reply };
    let kind = filter.map(|kind| format!("&artifactType={}", kind.replace('+', "%2B"))).unwrap_or_default();
    let target = format!("/v2/{name}/referrers/{subject}?last={last}{kind}");
    reply.with(LINK, link(options, request, &target))
}

/// The entry for a manifest in the list of its subject's referrers.
fn referrer(digest: &Digest, stored: &Stored, subject: &str) -> Option<Value> {
    let document: Value = serde_json::from_slice(&stored.bytes).ok()?;
    if document["subject"]["digest"] != subject {
        return None;
    }
    let kind = document["artifactType"].as_str().or_else(|| document["config"]["mediaType"].as_str());
    let mut entry = json!({"mediaType": stored.media_type, "digest": digest, "size": stored.bytes.len()});
    if let Some(kind) = kind {
        entry["artifactType"] = kind.into();
    }
    if let Some(annotations) = document.get("annotations") {
        entry["annotations"] = annotations.clone();
    }
    Some(entry)
}

/// The first entries, and the last of them when more follow.
fn page<T: Clone>(rest: &[T], asked: Option<usize>, limit: Option<usize>) -> (Vec<T>, Option<T>) {
    let size = asked.unwrap_or(usize::MAX).min(limit.unwrap_or(usize::MAX)).min(rest.len());
    let page = rest[..size].to_vec();
    let next = if size < rest.len() { page.last().cloned() } else { None };
    (page, next)
}

fn link(options: &Builder, request: &Request, target: &str) -> String {
    let origin = if options.has(Feature::AbsoluteLocations) { request.origin() } else { String::new() };
    format!("<{origin}{target}>; rel=\"next\"")
}
