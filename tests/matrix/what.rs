//! Which kinds of requests there are.

use std::collections::BTreeSet;

use hyper::Method;

use self::What::*;
use crate::support::fault::{ANY, DELETE, GET, HEAD, PATCH, POST, PUT, Request, Rule, on};

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Token,
    ReadManifest,
    HeadManifest,
    WriteManifest,
    DeleteManifest,
    ReadBlob,
    HeadBlob,
    StartUpload,
    SendUpload,
    ListTags,
    ListReferrers,
    /// The same, at a registry that does not have them.
    MissReferrers,
    /// The list of referrers under its tag.
    ReadList,
    /// The same, where there is none.
    MissList,
    WriteList,
    /// `/v2/`.
    Ping,
    /// The download of a blob of 1 MiB.
    ReadLarge,
    /// The upload of a blob of 1 MiB.
    SendLarge,
}

const LARGE: u64 = 1 << 20;

impl What {
    /// A rule for requests of this kind.
    pub fn rule(self, large: &BTreeSet<String>) -> Rule {
        let large = large.clone();
        match self {
            Token => on(ANY).token(),
            ReadManifest => on(GET).manifest().matching(|request| !is_list(&request.path)),
            HeadManifest => on(HEAD).manifest(),
            WriteManifest => on(PUT).manifest().matching(|request| !is_list(&request.path)),
            DeleteManifest => on(DELETE).manifest(),
            ReadBlob => on(GET).blob(),
            HeadBlob => on(HEAD).blob(),
            StartUpload => on(POST).upload(),
            SendUpload => on(ANY).upload().matching(sends),
            ListTags => on(GET).tags(),
            ListReferrers | MissReferrers => on(GET).referrers(),
            ReadList | MissList => on(GET).manifest().matching(|request| is_list(&request.path)),
            WriteList => on(PUT).manifest().matching(|request| is_list(&request.path)),
            Ping => on(GET).matching(|request| is_root(&request.path)),
            ReadLarge => on(GET).blob().matching(move |request| is_large(&request.path, &large)),
            SendLarge => on(ANY).upload().matching(|request| sends(request) && request.content_length() >= Some(LARGE)),
        }
    }

    /// The kind of a request with `received` bytes in its body, at a registry with the referrers API.
    pub fn of(method: &Method, target: &str, received: u64, large: &BTreeSet<String>) -> Option<Self> {
        let path = target.split('?').next().unwrap_or_default();
        Some(match method.as_str() {
            _ if path == "/token" => Token,
            _ if is_root(path) => Ping,
            "GET" if is_list(path) => MissList,
            "PUT" if is_list(path) => WriteList,
            "GET" if path.contains("/manifests/") => ReadManifest,
            "HEAD" if path.contains("/manifests/") => HeadManifest,
            "PUT" if path.contains("/manifests/") => WriteManifest,
            "DELETE" if path.contains("/manifests/") => DeleteManifest,
            "POST" if path.contains("/blobs/uploads/") => StartUpload,
            "PUT" | "PATCH" if path.contains("/blobs/uploads/") && received >= LARGE => SendLarge,
            "PUT" | "PATCH" if path.contains("/blobs/uploads/") => SendUpload,
            "GET" if path.contains("/blobs/") && is_large(path, large) => ReadLarge,
            "GET" if path.contains("/blobs/") => ReadBlob,
            "HEAD" if path.contains("/blobs/") => HeadBlob,
            "GET" if path.contains("/tags/list") => ListTags,
            "GET" if path.contains("/referrers/") => ListReferrers,
            _ => return None,
        })
    }

    /// The same kind at a registry without the referrers API.
    pub fn without_api(self) -> Self {
        match self {
            ListReferrers => MissReferrers,
            MissList => ReadList,
            other => other,
        }
    }
}

fn sends(request: &Request) -> bool {
    request.method == PUT || request.method == PATCH
}

fn is_list(path: &str) -> bool {
    path.contains("/manifests/sha256-")
}

fn is_root(path: &str) -> bool {
    path.trim_end_matches('/') == "/v2"
}

fn is_large(path: &str, large: &BTreeSet<String>) -> bool {
    path.rsplit('/').next().is_some_and(|digest| large.contains(digest))
}
