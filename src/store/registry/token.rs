//! Bearer tokens: how they are fetched, how long they are good for, and who shares them (AUTH-2, AUTH-5, AUTH-9, AUTH-10).
//!
//! Tokens belong to one account at one registry; they live in memory only.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::Result;
use super::account::Account;
use super::endpoint::{encode, with_parameter};
use super::error::{access_hint, again};
use super::payload::Payload;
use super::problem::Problem;
use super::request::Request;
use super::response::{Response, host_of};
use super::scope::Scopes;
use super::transport::Transport;
use crate::credentials::Credential;
use crate::store::{Fault, StoreError};

/// How much of a token service's answer is read, in bytes (HTTP-6).
const MAX_TOKEN_BODY: usize = 64 << 10;
/// What a token is good for when nothing is said, and at the least.
const MIN_LIFETIME: Duration = Duration::from_secs(60);
/// A token is not sent any more when less than this is left of it, or less than a tenth.
const MIN_LEFT: Duration = Duration::from_secs(10);
/// The user name that goes with an identity token where only user and password are taken.
const IDENTITY_USER: &str = "<token>";

/// A token service as a challenge names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Realm {
    /// Where it is.
    pub(super) url: Url,
    /// What the registry is called there.
    pub(super) service: Option<String>,
}

/// A bearer token, and what it was asked for.
#[derive(Debug)]
pub(super) struct Token {
    realm: Realm,
    scopes: Scopes,
    header: HeaderValue,
    until: Instant,
    lifetime: Duration,
}

impl Token {
    /// The value of an `Authorization` header.
    pub(super) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// What it was asked for.
    pub(super) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Whether it outlives the next request.
    fn is_fresh(&self) -> bool {
        let left = self.until.saturating_duration_since(Instant::now());
        left >= MIN_LEFT && left >= self.lifetime / 10
    }
}

type Flight = Arc<OnceCell<std::result::Result<Arc<Token>, Arc<StoreError>>>>;

/// The tokens of one account.
#[derive(Default)]
pub(super) struct Tokens {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Vec<Arc<Token>>,
    /// Requests for tokens that are under way; who needs the same one waits for it.
    flights: HashMap<(Realm, Scopes), Flight>,
    /// The refresh token that replaced the account's own.
    rotated: Option<SecretString>,
}

impl Tokens {
    /// A token of `realm` for `scopes`: one that is held, else the one that `fetch` brings. Whoever asks for the same
    /// token meanwhile gets the same outcome, also when it is a failure.
    pub(super) async fn get<F>(
        &self,
        realm: &Realm,
        scopes: &Scopes,
        fetch: impl FnOnce(Scopes) -> F,
    ) -> Result<Arc<Token>>
    where
        F: Future<Output = Result<Token>>,
    {
        let (flight, key) = {
            let mut state = self.state();
            let mut able = state.held.iter().filter(|token| token.realm == *realm && token.scopes.covers(scopes));
            let (fresh, last) = (able.clone().find(|token| token.is_fresh()), able.next());
            if let Some(token) = fresh {
                return Ok(Arc::clone(token));
            }
            // What the last token was for may be more than the caller knows of.
            let scopes = last.map_or_else(|| scopes.clone(), |token| token.scopes.clone());
            let key = (realm.clone(), scopes);
            (Arc::clone(state.flights.entry(key.clone()).or_default()), key)
        };
        let land = async {
            let outcome = fetch(key.1.clone()).await.map(Arc::new).map_err(Arc::new);
            let mut state = self.state();
            state.flights.remove(&key);
            // A stale one goes whatever the outcome is: scopes that are refused by now are not asked for again.
            state.held.retain(|held| held.is_fresh());
            if let Ok(token) = &outcome {
                state.held.push(Arc::clone(token));
            }
            outcome
        };
        flight.get_or_init(|| land).await.clone().map_err(|error| again(&error))
    }

    /// Do not use `token` any more.
    pub(super) fn forget(&self, token: &Arc<Token>) {
        self.state().held.retain(|held| !Arc::ptr_eq(held, token));
    }

    fn rotated(&self) -> Option<SecretString> {
        self.state().rotated.clone()
    }

    fn rotate(&self, token: SecretString) {
        self.state().rotated = Some(token);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of an `Authorization` header for user and password.
pub(super) fn basic(username: &str, password: &SecretString) -> Option<HeaderValue> {
    let pair = BASE64.encode(format!("{username}:{}", password.expose_secret()));
    sensitive(&format!("Basic {pair}"))
}

/// The value of an `Authorization` header for a token.
pub(super) fn bearer(token: &SecretString) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.expose_secret()))
}

fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// One question to a token service.
pub(super) struct Question<'a> {
    pub(super) transport: &'a Transport,
    pub(super) registry: &'a Url,
    pub(super) realm: &'a Realm,
    pub(super) account: &'a Account,
}

impl Question<'_> {
    /// Ask for a token for `scopes`.
    pub(super) async fn ask(&self, scopes: Scopes) -> Result<Token> {
        let begun = Instant::now();
        let response = match self.account.credential() {
            Some(Credential::Basic { username, password }) => self.by_password(&scopes, username, password).await?,
            Some(Credential::IdentityToken(token)) => self.by_identity(&scopes, token).await?,
            Some(Credential::RegistryToken(_)) | None => self.get(&scopes, None).await?,
        };
        self.read(response, scopes, begun).await
    }

    async fn by_password(&self, scopes: &Scopes, username: &str, password: &SecretString) -> Result<Response> {
        let response = self.get(scopes, basic(username, password)).await?;
        if !is_absent(&response) {
            return Ok(response);
        }
        response.drain().await;
        let grant = [("grant_type", "password"), ("username", username), ("password", password.expose_secret())];
        self.transport.secrets().add(password.expose_secret());
        self.post(scopes, &grant).await
    }

    async fn by_identity(&self, scopes: &Scopes, own: &SecretString) -> Result<Response> {
        let token = self.account.tokens.rotated().unwrap_or_else(|| own.clone());
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())];
        self.transport.secrets().add(token.expose_secret());
        let response = self.post(scopes, &grant).await?;
        if !is_absent(&response) {
            return Ok(response);
        }
        response.drain().await;
        self.get(scopes, basic(IDENTITY_USER, &token)).await
    }

    async fn get(&self, scopes: &Scopes, authorization: Option<HeaderValue>) -> Result<Response> {
        let mut url = self.realm.url.clone();
        if let Some(service) = &self.realm.service {
            url = with_parameter(&url, "service", service);
        }
        for scope in scopes.iter() {
            url = with_parameter(&url, "scope", &scope);
        }
        let request = Request::new(Method::GET, url).whole(MAX_TOKEN_BODY);
        Ok(self.transport.send(self.registry, &request, authorization.as_ref()).await?)
    }

    async fn post(&self, scopes: &Scopes, grant: &[(&str, &str)]) -> Result<Response> {
        let scope = scopes.iter().collect::<Vec<_>>().join(" ");
        let service = self.realm.service.as_deref().map(|service| ("service", service));
        let rest = [("client_id", "bobctl"), ("scope", scope.as_str())];
        let fields = grant.iter().copied().chain(service).chain(rest);
        let form: Vec<String> = fields.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = Request::new(Method::POST, self.realm.url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .carrying(Payload::Secret(form.join("&").into()))
            .whole(MAX_TOKEN_BODY);
        Ok(self.transport.send(self.registry, &request, None).await?)
    }

    async fn read(&self, response: Response, scopes: Scopes, begun: Instant) -> Result<Token> {
        if response.status() != StatusCode::OK {
            return Err(self.refusal(response.problem().await, &scopes));
        }
        if response.is_html() {
            return Err(response.nonsense("a token was asked for").await);
        }
        let body = response.bytes(MAX_TOKEN_BODY, StoreError::Unavailable).await?;
        let unusable = || {
            let message = format!("{} answered without a token", host_of(&self.realm.url));
            StoreError::Unavailable(Fault::new(message))
        };
        let value: Value = serde_json::from_slice(&body).map_err(|_| unusable())?;
        let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(refresh) = text("refresh_token") {
            self.transport.secrets().add(refresh);
            self.account.tokens.rotate(refresh.into());
        }
        let secret: SecretString = text("token").or_else(|| text("access_token")).ok_or_else(unusable)?.into();
        self.transport.secrets().add(secret.expose_secret());
        let header = bearer(&secret).ok_or_else(unusable)?;
        let lifetime = lifetime(value.get("expires_in"));
        Ok(Token { realm: self.realm.clone(), scopes, header, until: begun + lifetime, lifetime })
    }

    fn refusal(&self, problem: Problem, scopes: &Scopes) -> StoreError {
        let (service, host) = (host_of(&self.realm.url), self.account.host());
        let answer = problem.answer();
        match problem.status().as_u16() {
            400 | 401 | 403 => {
                let wanted = scopes.iter().collect::<Vec<_>>().join(" ");
                let message = match wanted.as_str() {
                    "" => format!("{service} gave no token"),
                    _ => {
                        format!("{service} gave no token for {wanted}: it does not exist, or this access is not enough")
                    }
                };
                let hint = access_hint(&problem, &self.account.who(), host);
                StoreError::Denied(Fault::new(message).with_hint(hint).answered(answer).caused_by(problem))
            }
            _ => {
                let message = format!("{service}, the token service of {host}, failed");
                let hint = problem.comes_back().map(|when| format!("it asks to come back {when}"));
                let fault = hint.into_iter().fold(Fault::new(message), Fault::with_hint);
                StoreError::Unavailable(fault.answered(answer).caused_by(problem))
            }
        }
    }
}

fn is_absent(response: &Response) -> bool {
    matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED)
}

/// `expires_in` as a span of time; some services send it as text. A minute when it is absent, and at the least.
fn lifetime(expires_in: Option<&Value>) -> Duration {
    let seconds = match expires_in {
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_f64(),
        None => None,
    };
    let given = seconds.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    // More than a day is a mistake, and more than the clock can count would be a crash.
    given.unwrap_or(MIN_LIFETIME).clamp(MIN_LIFETIME, Duration::from_secs(86_400))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn realm() -> Realm {
        Realm { url: Url::parse("https://auth.io/token").unwrap(), service: None }
    }

    fn token(scopes: &Scopes, seconds: u64) -> Token {
        let lifetime = Duration::from_secs(seconds);
        let header = bearer(&"t".into()).unwrap();
        Token { realm: realm(), scopes: scopes.clone(), header, until: Instant::now() + lifetime, lifetime }
    }

    #[test]
    fn lifetimes_as_they_are_met() {
        for (value, seconds) in [
            (None, 60),
            (Some(json!(300)), 300),
            (Some(json!("300")), 300),
            (Some(json!(299.5)), 299),
            (Some(json!(5)), 60),
            (Some(json!(-1)), 60),
            (Some(json!(1e300)), 60),
            (Some(json!(1e9)), 86_400),
            (Some(json!(null)), 60),
        ] {
            assert_eq!(lifetime(value.as_ref()).as_secs(), seconds, "{value:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_is_used_until_little_is_left_of_it() {
        let tokens = Tokens::default();
        let pull = Scopes::repository("a", false);
        let first = tokens.get(&realm(), &pull, async |scopes| Ok(token(&scopes, 300))).await.unwrap();
        tokio::time::advance(Duration::from_secs(269)).await;
        let same = tokens.get(&realm(), &pull, async |_| panic!("one is held")).await.unwrap();
        assert!(Arc::ptr_eq(&first, &same));
        tokio::time::advance(Duration::from_secs(2)).await;
        let next = tokens.get(&realm(), &pull, async |scopes| Ok(token(&scopes, 60))).await.unwrap();
        assert!(!Arc::ptr_eq(&first, &next));
    }

    #[tokio::test]
    async fn a_wider_token_is_reused_and_renewed_with_its_own_scopes() {
        let tokens = Tokens::default();
        let (push, pull) = (Scopes::repository("a", true), Scopes::repository("a", false));
        let wide = tokens.get(&realm(), &push, async |scopes| Ok(token(&scopes, 0))).await.unwrap();
        assert_eq!(wide.scopes(), &push);
        // It is stale already; the next one is asked for as wide as this one was.
        let next = tokens.get(&realm(), &pull, async |scopes| Ok(token(&scopes, 60))).await.unwrap();
        assert_eq!(next.scopes(), &push);
        let held = tokens.get(&realm(), &pull, async |_| panic!("one is held")).await.unwrap();
        assert!(Arc::ptr_eq(&next, &held));
    }

    #[tokio::test]
    async fn scopes_that_are_refused_by_now_are_not_asked_for_again() {
        let tokens = Tokens::default();
        let (push, pull) = (Scopes::repository("a", true), Scopes::repository("a", false));
        tokens.get(&realm(), &push, async |scopes| Ok(token(&scopes, 0))).await.unwrap();
        let refuse = async |scopes| {
            assert_eq!(scopes, push);
            Err(StoreError::Denied(Fault::new("no")))
        };
        tokens.get(&realm(), &pull, refuse).await.unwrap_err();
        let narrow = tokens.get(&realm(), &pull, async |scopes| Ok(token(&scopes, 60))).await.unwrap();
        assert_eq!(narrow.scopes(), &pull);
    }

    #[tokio::test]
    async fn who_asks_together_shares_one_answer_even_a_bad_one() {
        let tokens = Tokens::default();
        let pull = Scopes::repository("a", false);
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let (realm, pull) = (&realm(), &pull);
        let ask = async || {
            tokens
                .get(realm, pull, async |_| {
                    asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    tokio::task::yield_now().await;
                    Err(StoreError::Denied(Fault::new("no").with_hint("log in").caused_by("because")))
                })
                .await
        };
        let (first, second) = tokio::join!(ask(), ask());
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
        for error in [first.unwrap_err(), second.unwrap_err()] {
            assert!(matches!(error, StoreError::Denied(_)));
            assert_eq!((error.to_string().as_str(), error.fault().hint()), ("no", Some("log in")));
            assert_eq!(std::error::Error::source(error.fault()).unwrap().to_string(), "because");
        }
    }
}
