//! Requests and answers as the registry's own code sees them: whole, in memory, with their route.

use std::time::Duration;

use bobctl::oci::Digest;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, StatusCode};
use serde_json::json;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    Ping,
    Token,
    Manifest { repository: String, reference: String },
    Blob { repository: String, digest: String },
    Uploads { repository: String },
    Upload { repository: String, session: String },
    Tags { repository: String },
    Referrers { repository: String, digest: String },
    Unknown,
}

impl Route {
    pub fn of(path: &str) -> Self {
        match path {
            "/v2/" | "/v2" => return Self::Ping,
            "/token" => return Self::Token,
            _ => {}
        }
        let Some(path) = path.strip_prefix("/v2/") else { return Self::Unknown };
        if let Some(name) = path.strip_suffix("/blobs/uploads/").or_else(|| path.strip_suffix("/blobs/uploads")) {
            return Self::Uploads { repository: name.to_owned() };
        }
        if let Some(name) = path.strip_suffix("/tags/list") {
            return Self::Tags { repository: name.to_owned() };
        }
        let named = |word: &str| path.rsplit_once(word).map(|(name, last)| (name.to_owned(), last.to_owned()));
        if let Some((repository, session)) = named("/blobs/uploads/") {
            Self::Upload { repository, session }
        } else if let Some((repository, reference)) = named("/manifests/") {
            Self::Manifest { repository, reference }
        } else if let Some((repository, digest)) = named("/blobs/") {
            Self::Blob { repository, digest }
        } else if let Some((repository, digest)) = named("/referrers/") {
            Self::Referrers { repository, digest }
        } else {
            Self::Unknown
        }
    }

    pub fn repository(&self) -> Option<&str> {
        match self {
            Self::Ping | Self::Token | Self::Unknown => None,
            Self::Manifest { repository, .. }
            | Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. }
            | Self::Tags { repository }
            | Self::Referrers { repository, .. } => Some(repository),
        }
    }
}

/// A request; the body is filled in once it was read.
pub struct Request {
    pub method: Method,
    pub path: String,
    /// As it came, not decoded.
    pub query: String,
    pub headers: HeaderMap,
    pub route: Route,
    pub body: Bytes,
}

impl Request {
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The decoded value of the first query parameter called `name`.
    pub fn parameter(&self, name: &str) -> Option<String> {
        pairs(&self.query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Scheme and authority under which the client reached us.
    pub fn origin(&self) -> String {
        format!("http://{}", self.header(HOST).unwrap_or_default())
    }

    /// The length that the client announced.
    pub fn content_length(&self) -> Option<u64> {
        self.header(hyper::header::CONTENT_LENGTH)?.parse().ok()
    }
}

/// The decoded pairs of a query or a form.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn decode(text: &str) -> String {
    let bytes = text.replace('+', " ").into_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = (first == b'%').then(|| tail.get(..2)).flatten().and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            rest = &tail[2..];
        } else {
            out.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// An answer, and how its bytes shall go wrong on their way.
#[derive(Debug, Default)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub transit: Transit,
}

/// What happens to an answer's bytes after the registry let go of them.
#[derive(Debug, Default, Clone)]
pub struct Transit {
    /// Nothing is sent, and the connection ends.
    pub lost: bool,
    /// Nothing is sent, and the connection stays.
    pub withheld: bool,
    /// The connection ends after this many bytes of the body.
    pub cut_after: Option<usize>,
    /// Nothing more comes after this many bytes of the body.
    pub stall_after: Option<usize>,
    /// What `Content-Length` says instead of the truth.
    pub claimed_length: Option<u64>,
    /// No `Content-Length` goes out.
    pub unmeasured: bool,
    /// How long the answer waits.
    pub delay: Duration,
    /// How many bytes there are, the body being repeated.
    pub repeated: Option<u64>,
    /// How many bytes a step of the body has, when not 64 KiB.
    pub piece: Option<usize>,
    /// How long each step of the body waits.
    pub drip: Option<Duration>,
}

impl Reply {
    pub fn new(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).expect("a status that exists"), ..Self::default() }
    }

    /// An error body as the specification defines it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"errors": [{"code": code, "message": message, "detail": {}}]});
        Self::new(status).json(&body)
    }

    pub fn json(self, body: &serde_json::Value) -> Self {
        self.with(CONTENT_TYPE, "application/json").bytes(body.to_string())
    }

    pub fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// With one header, in place of any of that name.
    pub fn with(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        self.headers.insert(name, header_value(value.as_ref()));
        self
    }

    /// With `Docker-Content-Digest`.
    pub fn naming(self, digest: &Digest) -> Self {
        self.with(DOCKER_CONTENT_DIGEST, digest.to_string())
    }
}

pub const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
pub const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");

pub fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_bytes(text.as_bytes()).expect("a header value")
}
