//! Requests out, answers in: redirects followed by hand, silence bounded, credentials kept at home. One attempt; who
//! wants more of them is [`super::repeat`].

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode, Url};

use super::connect::Clients;
use super::error::{closed, silent};
use super::idle::{Activity, Limit, guard};
use super::observer::{Notice, Observer};
use super::request::{Broken, Request};
use super::response::{Response, host_of};
use super::secrets::Secrets;
use super::target::{self, same_origin};
use super::trace::{Teller, Way};
use super::traffic::{Pass, Traffic};
use super::{ClientOptions, Result};
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

/// How many redirects in a row are followed (HTTP-3).
const MAX_REDIRECTS: usize = 10;
/// A pause that a server asks for and that is longer than this is told to everybody: nobody shall wonder.
const LONG_PAUSE: Duration = Duration::from_secs(5);

/// Sends requests, on behalf of one registry at a time. One a process.
pub(super) struct Transport {
    clients: Clients,
    teller: Teller,
    traffic: Traffic,
}

impl Transport {
    /// A transport that has built nothing yet.
    pub(super) fn new(options: ClientOptions, teller: Teller) -> Self {
        let traffic = Traffic::new(options.concurrency, options.retry.patience);
        Self { clients: Clients::new(options), teller, traffic }
    }

    /// Who is told what happens.
    pub(super) fn observer(&self) -> &dyn Observer {
        self.teller.observer()
    }

    /// What nobody may be told.
    pub(super) fn secrets(&self) -> &Secrets {
        self.teller.secrets()
    }

    /// What it was made with.
    pub(super) fn options(&self) -> &ClientOptions {
        self.clients.options()
    }

    /// The root address of the registry `host`; `authority` is where it really listens. What is sent there has `headers`.
    pub(super) async fn base(&self, host: &Host, authority: &str, headers: HeaderMap) -> Result<Url> {
        self.clients.meet(host, authority, headers).await
    }

    /// Send `request` once, on its way from `hop` on, and follow where it leads.
    pub(super) async fn travel(
        &self,
        request: &Request<'_>,
        mut hop: Hop<'_>,
    ) -> std::result::Result<Response, Broken> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.attempt(request, &hop).await?;
            let Some(location) = redirect_of(request, &response) else { return Ok(response) };
            let next = hop.follow(request, &location, response.exchange().number());
            let next = next.map_err(|why| self.not_followed(&hop, &why));
            if request.stays && next.as_ref().map_or(true, |next| next.way.abroad) {
                return Ok(response);
            }
            let next = next.map_err(|error| hop.broken(error, true))?;
            response.drain().await;
            hop = next;
        }
        let message = format!("{} redirects more than {MAX_REDIRECTS} times", host_of(&request.url));
        Err(hop.broken(StoreError::Unavailable(Fault::new(message)), true))
    }

    fn not_followed(&self, hop: &Hop<'_>, why: &str) -> StoreError {
        let message = format!("a redirect of {} is not followed", host_of(&hop.url));
        StoreError::Unavailable(Fault::new(message).caused_by(self.secrets().mask(why)))
    }

    /// One request on one connection, when its origin has room for it. The payload is opened anew.
    async fn attempt(&self, request: &Request<'_>, hop: &Hop<'_>) -> std::result::Result<Response, Broken> {
        let host = host_of(&hop.url);
        let unsent = |error| hop.broken(error, false);
        let client = self.clients.get(hop.registry, &hop.url).map_err(unsent)?;
        let pass = self.traffic.enter(&hop.url, request.lane()).await.map_err(|left| unsent(closed(&host, left.0)))?;
        let idle = self.options().idle_timeout;
        let limit = Limit { idle, answer: idle.saturating_mul(request.patience) };
        let activity = Arc::new(Activity::new());
        let mut message = reqwest::Request::new(request.method.clone(), hop.url.clone());
        *message.headers_mut() = request.headers.clone();
        if let Some(authorization) = hop.authorization {
            message.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        request.payload.open(&mut message, &activity, &request.passage);
        let proxy = || self.options().proxies.between(&hop.url).ok().flatten().map(|proxy| proxy.to_string());
        let exchange = self.teller.begin(&message, &hop.way, proxy);
        let outcome = guard(&activity, limit, client.execute(message)).await;
        // What is not streamed goes out with the head.
        let begun = activity.has_begun() || !request.payload.streams();
        let broken = |error| hop.broken(error, begun);
        if let Some(failure) = request.passage.take_failure() {
            // Our own content failed, and where that is a store it was tried there as often as it makes sense.
            return Err(broken(exchange.failed(failure.settled())));
        }
        match outcome {
            Ok(Ok(inner)) => {
                exchange.answered(&inner);
                let response = Response::new(inner, exchange, idle);
                self.learn(&pass, &response);
                response.under(pass, request).await.map_err(broken)
            }
            Ok(Err(error)) => {
                let begun = begun && !error.is_connect();
                let failure = self.clients.unreachable(hop.registry, &hop.url, error).await;
                Err(hop.broken(exchange.failed(failure), begun))
            }
            Err(silence) => Err(broken(exchange.failed(silent(&host, silence.0)))),
        }
    }

    /// How much a host takes and when it wants to be left alone, by its own word.
    fn learn(&self, pass: &Pass, response: &Response) {
        pass.answered(response.status());
        let Some(pause) = response.passing().and_then(|passing| passing.pause) else { return };
        if pass.close(pause) && pause > LONG_PAUSE && pause <= self.options().retry.patience {
            let host = host_of(response.url());
            let text = format!("{host} asks to wait {pause:?} before the next request");
            self.observer().notice(Notice::Warning(&text));
        }
    }
}

/// One step of a request's way. The authorization goes along as long as the origin stays the same.
pub(super) struct Hop<'a> {
    registry: &'a Url,
    url: Url,
    authorization: Option<&'a HeaderValue>,
    /// Once another origin was met, credentials do not come back even if the way does.
    way: Way,
}

impl<'a> Hop<'a> {
    /// The first one, which `failed` attempts came before.
    pub(super) fn first(
        registry: &'a Url,
        request: &Request<'_>,
        authorization: Option<&'a HeaderValue>,
        failed: u32,
    ) -> Self {
        Self { registry, url: request.url.clone(), authorization, way: Way { failed, ..Way::default() } }
    }

    fn broken(&self, error: StoreError, begun: bool) -> Broken {
        Broken { error, redirected: self.way.redirected_by.is_some(), begun }
    }

    /// The next step, to `location`, as the exchange `number` said; else why it is not taken.
    fn follow(&self, request: &Request<'_>, location: &str, number: u64) -> std::result::Result<Self, String> {
        let url = target::redirect(self.registry, &self.url, location).map_err(|why| why.to_string())?;
        let abroad = self.way.abroad || !same_origin(&self.url, &url);
        if abroad && request.payload.is_secret() {
            return Err("it would take a secret to another origin".to_owned());
        }
        let authorization = self.authorization.filter(|_| !abroad);
        let way = Way { redirected_by: Some(number), abroad, ..self.way };
        Ok(Self { registry: self.registry, url, authorization, way })
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
