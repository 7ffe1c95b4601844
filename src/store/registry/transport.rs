//! Requests out, answers in: redirects followed by hand, silence bounded, credentials kept at home.

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::connect::Clients;
use super::error::silent;
use super::idle::{Activity, Limit, guard};
use super::observer::Observer;
use super::request::{Broken, Request};
use super::response::{Response, host_of};
use super::target::{self, same_origin};
use super::{ClientOptions, Result};
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

/// How many redirects in a row are followed (HTTP-3).
const MAX_REDIRECTS: usize = 10;

/// Sends requests, on behalf of one registry at a time. One a process.
pub(super) struct Transport {
    clients: Clients,
    observer: Arc<dyn Observer>,
}

impl Transport {
    /// A transport that has built nothing yet.
    pub(super) fn new(options: ClientOptions, observer: Arc<dyn Observer>) -> Self {
        Self { clients: Clients::new(options), observer }
    }

    /// Who is told what happens.
    pub(super) fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// What it was made with.
    pub(super) fn options(&self) -> &ClientOptions {
        self.clients.options()
    }

    /// The root address of the registry `host`; `authority` is where it really listens. What is sent there has `headers`.
    pub(super) async fn base(&self, host: &Host, authority: &str, headers: HeaderMap) -> Result<Url> {
        self.clients.meet(host, authority, headers).await
    }

    /// Send `request` and follow where it leads. `authorization` goes along as long as the origin stays the same.
    pub(super) async fn send(
        &self,
        registry: &Url,
        request: &Request<'_>,
        authorization: Option<&HeaderValue>,
    ) -> std::result::Result<Response, Broken> {
        let mut hop = Hop { registry, url: request.url.clone(), authorization, abroad: false };
        for redirected in 0..=MAX_REDIRECTS {
            let broken = |error| Broken { error, redirected: redirected > 0 };
            let response = self.attempt(request, &hop).await.map_err(broken)?;
            let Some(location) = redirect_of(request, &response) else { return Ok(response) };
            let next = hop.follow(request, &location);
            if request.stays && next.as_ref().map_or(true, |next| next.abroad) {
                return Ok(response);
            }
            let next = next.map_err(broken)?;
            response.drain().await;
            hop = next;
        }
        let message = format!("{} redirects more than {MAX_REDIRECTS} times", host_of(&request.url));
        Err(Broken { error: StoreError::Unavailable(Fault::new(message)), redirected: true })
    }

    /// One request on one connection. A policy of repeating belongs around this and nowhere else: the payload is opened
    /// anew each time.
    async fn attempt(&self, request: &Request<'_>, hop: &Hop<'_>) -> Result<Response> {
        let client = self.clients.get(hop.registry, &hop.url)?;
        let idle = self.options().idle_timeout;
        let limit = Limit { idle, answer: idle.saturating_mul(request.patience) };
        let activity = Arc::new(Activity::new());
        let mut message = reqwest::Request::new(request.method.clone(), hop.url.clone());
        *message.headers_mut() = request.headers.clone();
        if let Some(authorization) = hop.authorization {
            message.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        request.payload.open(&mut message, &activity, &request.passage);
        let outcome = guard(&activity, limit, client.execute(message)).await;
        if let Some(failure) = request.passage.take_failure() {
            return Err(failure);
        }
        match outcome {
            Ok(Ok(inner)) => Ok(Response::new(inner, request.method.clone(), hop.url.clone(), hop.abroad, idle)),
            Ok(Err(error)) => Err(self.clients.unreachable(hop.registry, &hop.url, error).await),
            Err(silence) => Err(silent(&host_of(&hop.url), silence.0)),
        }
    }
}

/// One step of a request's way.
struct Hop<'a> {
    registry: &'a Url,
    url: Url,
    authorization: Option<&'a HeaderValue>,
    /// Another origin was met: credentials do not come back even if the way does.
    abroad: bool,
}

impl Hop<'_> {
    fn follow(&self, request: &Request<'_>, location: &str) -> Result<Self> {
        let refuse = |why: String| {
            let message = format!("a redirect of {} is not followed", host_of(&self.url));
            StoreError::Unavailable(Fault::new(message).caused_by(why))
        };
        let url = target::redirect(self.registry, &self.url, location).map_err(|why| refuse(why.to_string()))?;
        let abroad = self.abroad || !same_origin(&self.url, &url);
        if abroad && request.payload.is_secret() {
            return Err(refuse("it would take a secret to another origin".to_owned()));
        }
        let authorization = self.authorization.filter(|_| !abroad);
        Ok(Self { registry: self.registry, url, authorization, abroad })
    }
}

/// Where an answer leads, if it is a redirect that may be followed: any for reading, and for the rest those that keep
/// method and body.
fn redirect_of(request: &Request<'_>, response: &Response) -> Option<String> {
    let reading = matches!(request.method, Method::GET | Method::HEAD);
    let followed = match response.status() {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => true,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => reading,
        _ => false,
    };
    response.header(LOCATION).filter(|_| followed).map(str::to_owned)
}
