//! Requests to an API server: bounded in time, in size and in how often they are repeated.
//!
//! Everything asked here may be asked twice: a look, an apply, and a patch that names the version it is for.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use super::Limits;
use super::connect::Connection;
use super::error::ApplyError;
use super::unreached;

/// The largest answer that is read, in bytes: a secret has at most one MiB, in base64, and who manages it.
const MAX_ANSWER: usize = 4 << 20;
/// How often a request is sent at most, as long as the server asks to come back later.
const MAX_TRIES: u32 = 4;
/// The longest pause that a server may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// An API server.
pub(super) struct Api {
    client: Client,
    server: String,
    limits: Limits,
}

/// A request.
pub(super) struct Call {
    method: Method,
    path: String,
    media_type: &'static str,
    body: Bytes,
}

impl Call {
    /// Look at what is at `path`.
    pub(super) fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), media_type: "application/json", body: Bytes::new() }
    }

    /// Apply `manifest`. JSON is YAML.
    pub(super) fn apply(path: String, manifest: &Value) -> Self {
        Self::patch(path, "application/apply-patch+yaml", manifest)
    }

    /// Merge `patch` into what is there.
    pub(super) fn merge(path: String, changes: &Value) -> Self {
        Self::patch(path, "application/merge-patch+json", changes)
    }

    fn patch(path: String, media_type: &'static str, body: &Value) -> Self {
        Self { method: Method::PATCH, path, media_type, body: body.to_string().into() }
    }

    fn request(&self) -> Result<Request<Body>, http::Error> {
        Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, self.media_type)
            .body(Body::from(self.body.clone()))
    }
}

/// What a server answered. It may hold secrets, and has no `Debug` therefore.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The whole body.
    pub(super) body: Bytes,
}

impl Api {
    /// The server at the other end of `connection`.
    pub(super) fn new(connection: Connection, limits: Limits) -> Self {
        Self { client: connection.client, server: connection.server, limits }
    }

    /// Its address.
    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Ask until there is an answer other than to come back later, which has its error after a few times.
    pub(super) async fn call(&self, call: &Call) -> Result<Answer, ApplyError> {
        let mut tries = 1;
        loop {
            let (answer, headers) = self.once(call).await?;
            let Some(pause) = pause(answer.status, &headers, self.limits.pause * (1 << (tries - 1))) else {
                return Ok(answer);
            };
            if tries == MAX_TRIES || pause > MAX_PAUSE {
                return Err(unreached::later(&self.server, &answer, tries, pause));
            }
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    async fn once(&self, call: &Call) -> Result<(Answer, HeaderMap), ApplyError> {
        let request = call.request().map_err(ApplyError::unsent)?;
        let asked = tokio::time::timeout(self.limits.request, async {
            let answer = self.client.send(request).await.map_err(|error| unreached::failed(&self.server, &error))?;
            let (head, body) = answer.into_parts();
            let body = Limited::new(body, MAX_ANSWER).collect().await;
            let body = body.map_err(|error| unreached::cut(&self.server, error.as_ref()))?.to_bytes();
            Ok((Answer { status: head.status.as_u16(), body }, head.headers))
        });
        asked.await.unwrap_or_else(|_| Err(unreached::silent(&self.server, self.limits.request)))
    }
}

/// How long to wait before asking again: as long as a server asks for that has too much to do, `otherwise` when it does not
/// say so or fails.
fn pause(status: u16, headers: &HeaderMap, otherwise: Duration) -> Option<Duration> {
    let status = StatusCode::from_u16(status).ok()?;
    if status != StatusCode::TOO_MANY_REQUESTS && !status.is_server_error() {
        return None;
    }
    let asked = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Some(asked.map_or(otherwise, Duration::from_secs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_long_to_wait() {
        let otherwise = Duration::from_millis(250);
        for (status, asked, expected) in [
            (200, None, None),
            (409, Some("1"), None),
            (429, Some("7"), Some(Duration::from_secs(7))),
            (429, None, Some(otherwise)),
            (503, Some("2"), Some(Duration::from_secs(2))),
            (500, Some("Wed, 21 Oct 2026 07:28:00 GMT"), Some(otherwise)),
        ] {
            let headers = asked.map(|value| (RETRY_AFTER, value.parse().expect("a header"))).into_iter().collect();
            assert_eq!(pause(status, &headers, otherwise), expected, "{status} {asked:?}");
        }
    }
}
