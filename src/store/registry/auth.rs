//! One registry as this process met it, and the whole flow of proving who is asking.
//!
//! The first requests go out without a credential and so learn how the registry wants to be asked (AUTH-9). From then on
//! each request carries what is wanted, a 401 is answered once, and no credential ever goes to another origin.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode, Url};
use secrecy::SecretString;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::Result;
use super::challenge::{self, Challenge};
use super::error::{Account, Matter, classify};
use super::mount::Unmountable;
use super::problem::MAX_ERROR_BODY;
use super::request::{Broken, Request};
use super::response::Response;
use super::scope::Scopes;
use super::target::{self, NotFollowed, same_origin};
use super::token::{Question, Realm, Token, Tokens, basic, basic_pair, bearer};
use super::transport::Transport;
use crate::credentials::{Credential, Found, Keychain};
use crate::oci::Repository;
use crate::oci::reference::Host;
use crate::store::{Answer, Fault, StoreError};

/// How many requests without a body may go out together before anything is known about the registry (AUTH-9).
const FIRST_REQUESTS: u32 = 4;
/// How often a request is sent at most: without proof, with a token, and with a wider one.
const MAX_TURNS: usize = 3;

/// How a registry wants to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scheme {
    /// It answered without asking who we are. It may still do so for something else.
    Open,
    Basic,
    Bearer(Realm),
}

/// What a 401 asks for.
struct Demand {
    scheme: Scheme,
    /// The scopes that the challenge names.
    scopes: Scopes,
}

/// What goes along with a request.
enum Proof {
    Nothing,
    /// User and password, or a token from the configuration: there is no other one to try.
    Fixed(HeaderValue),
    Token(Arc<Token>),
}

impl Proof {
    fn header(&self) -> Option<&HeaderValue> {
        match self {
            Self::Nothing => None,
            Self::Fixed(header) => Some(header),
            Self::Token(token) => Some(token.header()),
        }
    }
}

/// A registry: its address, how it wants to be asked, and what it was seen to do.
pub(super) struct Registry {
    host: Host,
    base: Url,
    transport: Arc<Transport>,
    keychain: Arc<dyn Keychain>,
    found: OnceCell<Option<Found>>,
    /// Closed once the scheme is known, which wakes everybody who waits for that.
    gate: Semaphore,
    scheme: Mutex<Option<Scheme>>,
    tokens: Tokens,
    root_challenges: OnceCell<Vec<Challenge>>,
    /// It does not take a blob in a single request (HTTP-33).
    pub(super) wants_sessions: AtomicBool,
    /// It was seen to keep a manifest that it answered without a digest (HTTP-51).
    pub(super) keeps_manifests: AtomicBool,
    /// Where it does not mount from (HTTP-37).
    pub(super) unmountable: Unmountable,
}

impl Registry {
    /// The registry `host` at `base`, of which nothing is known yet.
    pub(super) fn new(host: Host, base: Url, transport: Arc<Transport>, keychain: Arc<dyn Keychain>) -> Self {
        Self {
            host,
            base,
            transport,
            keychain,
            found: OnceCell::new(),
            gate: Semaphore::new(FIRST_REQUESTS as usize),
            scheme: Mutex::new(None),
            tokens: Tokens::default(),
            root_challenges: OnceCell::new(),
            wants_sessions: AtomicBool::new(false),
            keeps_manifests: AtomicBool::new(false),
            unmountable: Unmountable::default(),
        }
    }

    /// Its root address.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Send `request`, which needs `scopes`; an answer of 401 is final.
    pub(super) async fn send(&self, request: &Request<'_>, scopes: &Scopes) -> std::result::Result<Response, Broken> {
        if !same_origin(&self.base, &request.url) {
            return self.transport.send(&self.base, request, None).await;
        }
        let mut pass = self.enter(request.has_body()).await;
        let mut proof = self.proof(scopes).await?;
        let mut turn = 1;
        loop {
            let response = self.transport.send(&self.base, request, proof.header()).await?;
            if response.status() != StatusCode::UNAUTHORIZED || response.is_abroad() {
                self.answered(response.status());
                return Ok(response);
            }
            let demand = self.challenged(&response).await?;
            drop(pass.take());
            let Some(demand) = demand.filter(|_| turn < MAX_TURNS) else { return Ok(response) };
            let Some(next) = self.better_proof(demand, &proof, scopes, turn).await? else { return Ok(response) };
            response.drain().await;
            proof = next;
            turn += 1;
        }
    }

    /// The failure that `response` means for `matter` in `repository`.
    pub(super) async fn failure(&self, response: Response, matter: Matter<'_>, repository: &Repository) -> StoreError {
        let problem = response.problem(&self.secrets()).await;
        // Only then is it asked who we are: looking that up may run a helper (AUTH-26).
        let account = if problem.is_denial() { self.account().await } else { Account::Nobody(Vec::new()) };
        classify(problem, matter, repository, &account)
    }

    /// Wait for the turn of a request: `None` once the scheme is known. Before that four requests without a body may go
    /// together, and one with a body only alone: it may be sent in vain.
    async fn enter(&self, has_body: bool) -> Option<SemaphorePermit<'_>> {
        let permits = if has_body { FIRST_REQUESTS } else { 1 };
        self.gate.acquire_many(permits).await.ok()
    }

    /// What goes along by all that is known.
    async fn proof(&self, scopes: &Scopes) -> Result<Proof> {
        match self.known() {
            None | Some(Scheme::Open) => Ok(Proof::Nothing),
            Some(scheme) => self.prove(&scheme, scopes).await,
        }
    }

    async fn prove(&self, scheme: &Scheme, scopes: &Scopes) -> Result<Proof> {
        let found = self.found().await;
        let credential = found.map(|found| &found.credential);
        match (scheme, credential) {
            (Scheme::Open, _) => Ok(Proof::Nothing),
            (Scheme::Bearer(_), Some(Credential::RegistryToken(token))) => {
                bearer(token).map(Proof::Fixed).ok_or_else(|| self.unusable_credential())
            }
            (Scheme::Bearer(realm), Some(_)) => self.token(realm, scopes).await.map(Proof::Token),
            (Scheme::Bearer(realm), None) if !scopes.writes() => self.token(realm, scopes).await.map(Proof::Token),
            (Scheme::Basic, Some(Credential::Basic { username, password })) => {
                basic(username, password).map(Proof::Fixed).ok_or_else(|| self.unusable_credential())
            }
            (Scheme::Basic, Some(_)) => Err(self.unusable_credential()),
            (Scheme::Basic | Scheme::Bearer(_), None) => Err(self.no_credential()),
        }
    }

    async fn token(&self, realm: &Realm, scopes: &Scopes) -> Result<Arc<Token>> {
        let fetch = async |scopes: Scopes| {
            let question = Question {
                transport: &self.transport,
                registry: &self.base,
                host: &self.host,
                realm,
                credential: self.found().await.map(|found| &found.credential),
                account: self.account().await,
                tokens: &self.tokens,
                secrets: self.secrets(),
            };
            question.ask(scopes).await
        };
        self.tokens.get(realm, scopes, fetch).await
    }

    /// What to send after `demand` was the answer to `proof`; `None` when there is nothing better.
    async fn better_proof(&self, demand: Demand, proof: &Proof, own: &Scopes, turn: usize) -> Result<Option<Proof>> {
        let scopes = demand.scopes.merged(own);
        match proof {
            Proof::Fixed(_) => return Ok(None),
            // The second one was fetched just now: only a wider one can be better (AUTH-11).
            Proof::Token(token) if turn > 1 && token.scopes().covers(&scopes) => return Ok(None),
            Proof::Token(token) => self.tokens.forget(token),
            Proof::Nothing => {}
        }
        self.prove(&demand.scheme, &scopes).await.map(Some)
    }

    /// Learn from a 401 how the registry wants to be asked.
    async fn challenged(&self, response: &Response) -> Result<Option<Demand>> {
        let challenges = challenge::parse(response.all(WWW_AUTHENTICATE));
        let wanted = match self.choose(&challenges)? {
            None => self.choose(self.root_challenges().await?)?,
            wanted => wanted,
        };
        let named =
            challenges.iter().find(|challenge| challenge.is("bearer")).and_then(|challenge| challenge.get("scope"));
        let scopes = Scopes::parse(named.unwrap_or_default());
        let mut known = self.scheme.lock().unwrap_or_else(PoisonError::into_inner);
        // Harbor asks for Basic when a token is too narrow: the token service is still the way (AUTH-11).
        let scheme = match (known.take(), wanted) {
            (Some(bearer @ Scheme::Bearer(_)), None | Some(Scheme::Basic)) => Some(bearer),
            (Some(Scheme::Basic), None) => Some(Scheme::Basic),
            (_, wanted) => wanted,
        };
        known.clone_from(&scheme);
        if scheme.is_some() {
            self.gate.close();
        }
        Ok(scheme.map(|scheme| Demand { scheme, scopes }))
    }

    /// Bearer with a usable realm, else Basic, else nothing (AUTH-1). A realm that is the only way and is not usable is
    /// an error.
    fn choose(&self, challenges: &[Challenge]) -> Result<Option<Scheme>> {
        let plain = self.transport.options().plain_http;
        let mut refused = None;
        for challenge in challenges.iter().filter(|challenge| challenge.is("bearer")) {
            let Some(text) = challenge.get("realm") else { continue };
            match target::realm(&self.base, text, plain) {
                Ok(url) => {
                    let service = challenge.get("service").map(str::to_owned);
                    return Ok(Some(Scheme::Bearer(Realm { url, service })));
                }
                Err(why) => refused = Some(why),
            }
        }
        if challenges.iter().any(|challenge| challenge.is("basic")) {
            return Ok(Some(Scheme::Basic));
        }
        refused.map_or(Ok(None), |why| Err(self.unusable_realm(why)))
    }

    /// The challenges of the registry's root: some give none elsewhere (HTTP-2). Asked for once.
    async fn root_challenges(&self) -> Result<&Vec<Challenge>> {
        let ask = async || {
            let request = Request::new(Method::GET, target::root(&self.base)).whole(MAX_ERROR_BODY);
            let response = self.transport.send(&self.base, &request, None).await?;
            let abroad = response.is_abroad();
            let challenges = if abroad { Vec::new() } else { challenge::parse(response.all(WWW_AUTHENTICATE)) };
            response.drain().await;
            Ok(challenges)
        };
        self.root_challenges.get_or_try_init(ask).await
    }

    /// Learn from an answer that was no 401. What says nothing about access teaches nothing.
    fn answered(&self, status: StatusCode) {
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return;
        }
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(Scheme::Open);
        self.gate.close();
    }

    fn known(&self) -> Option<Scheme> {
        self.scheme.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The account for this registry, looked up when it is needed and once.
    async fn found(&self) -> Option<&Found> {
        self.found.get_or_init(|| self.keychain.find(&self.host)).await.as_ref()
    }

    async fn account(&self) -> Account {
        match self.found().await {
            Some(found) => Account::Holder(found.origin.clone()),
            None => Account::Nobody(self.keychain.searched(&self.host)),
        }
    }

    /// Everything that must not stand in a text.
    fn secrets(&self) -> Vec<SecretString> {
        let mut secrets = self.tokens.secrets();
        match self.found.get().and_then(Option::as_ref).map(|found| &found.credential) {
            Some(Credential::Basic { username, password }) => {
                secrets.extend([basic_pair(username, password).into(), password.clone()]);
            }
            Some(Credential::IdentityToken(token) | Credential::RegistryToken(token)) => secrets.push(token.clone()),
            None => {}
        }
        secrets
    }

    fn no_credential(&self) -> StoreError {
        let searched = self.keychain.searched(&self.host);
        let host = &self.host;
        let mut message = format!("no credentials for {host}");
        if !searched.is_empty() {
            message = format!("{message}; looked in: {}", searched.join(", "));
        }
        let answer = Answer { status: 401, code: None };
        StoreError::Denied(
            Fault::new(message)
                .with_hint(format!("give them with --creds, or store them with 'docker login {host}'"))
                .answered(answer),
        )
    }

    fn unusable_credential(&self) -> StoreError {
        let message = format!("the credentials for {} are of a kind that it does not take", self.host);
        StoreError::Denied(Fault::new(message).with_hint("give user name and password with --creds"))
    }

    fn unusable_realm(&self, why: NotFollowed) -> StoreError {
        let message = format!("{} names a token service that is not used", self.host);
        let hint = "the base URL (external URL) in the registry's own settings may be wrong";
        StoreError::Unavailable(Fault::new(message).with_hint(hint).caused_by(why))
    }
}
