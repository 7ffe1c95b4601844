//! One registry as this process met it, and the whole flow of proving who is asking.
//!
//! The first requests go out without a credential and so learn how the registry wants to be asked (AUTH-9). From then on
//! each request carries what is wanted, a 401 is answered once, and no credential ever goes to another origin.

mod anonymous;

use std::collections::HashSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Method, StatusCode, Url};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

use super::Result;
use super::account::{Account, Accounts};
use super::challenge::{self, Challenge};
use super::error::{Matter, Who, classify};
use super::mount::Unmountable;
use super::problem::MAX_ERROR_BODY;
use super::request::{Broken, Request};
use super::response::Response;
use super::scope::Scopes;
use super::target::{self, NotFollowed, same_origin};
use super::token::{Question, Realm, Token, basic, bearer};
use super::transport::Transport;
use super::upload::way::Habit;
use crate::credentials::Credential;
use crate::oci::Repository;
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

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

/// For what a request is sent, and whether by an account.
#[derive(Clone, Copy)]
struct Ask<'a> {
    scopes: &'a Scopes,
    /// By nobody, although there may be an account.
    anonymous: bool,
}

/// An answer, and what came before it.
struct Sent {
    response: Response,
    /// The same request was refused without any proof.
    bare: bool,
}

/// A registry: its address, how it wants to be asked, and what it was seen to do.
pub(super) struct Registry {
    host: Host,
    base: Url,
    transport: Arc<Transport>,
    accounts: Arc<Accounts>,
    /// Who has no account.
    nobody: Arc<Account>,
    /// Repositories that everybody may read, and their account may not (AUTH-15).
    public: Mutex<HashSet<String>>,
    /// Closed once the scheme is known, which wakes everybody who waits for that.
    gate: Semaphore,
    scheme: Mutex<Option<Scheme>>,
    root_challenges: OnceCell<Vec<Challenge>>,
    /// It does not take a blob in a single request (HTTP-33).
    pub(super) wants_sessions: AtomicBool,
    /// Which requests it wants blobs in (HTTP-34, HTTP-35).
    pub(super) habit: Habit,
    /// It was seen to keep a manifest that it answered without a digest (HTTP-51).
    pub(super) keeps_manifests: AtomicBool,
    /// Where it does not mount from (HTTP-37).
    pub(super) unmountable: Unmountable,
}

impl Registry {
    /// The registry `host` at `base`, of which nothing is known yet.
    pub(super) fn new(host: Host, base: Url, transport: Arc<Transport>, accounts: Arc<Accounts>) -> Self {
        let nobody = Arc::new(Account::anonymous(host.clone()));
        Self {
            host,
            base,
            transport,
            accounts,
            nobody,
            public: Mutex::default(),
            gate: Semaphore::new(FIRST_REQUESTS as usize),
            scheme: Mutex::new(None),
            root_challenges: OnceCell::new(),
            wants_sessions: AtomicBool::new(false),
            habit: Habit::default(),
            keeps_manifests: AtomicBool::new(false),
            unmountable: Unmountable::default(),
        }
    }

    /// Its root address.
    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    /// Send `request`, which needs `scopes`, as the account that is for their first repository, or as nobody where that
    /// account may not read and everybody may; an answer of 401 is final.
    pub(super) async fn send(&self, request: &Request<'_>, scopes: &Scopes) -> std::result::Result<Response, Broken> {
        if !same_origin(&self.base, &request.url) {
            return self.transport.send(&self.base, request, None).await;
        }
        if scopes.writes() {
            let ask = Ask { scopes, anonymous: false };
            return Ok(self.send_as(request, ask).await?.response);
        }
        // A request under way takes much room.
        Box::pin(self.read_as_somebody(request, scopes)).await
    }

    /// Send `request`, which is about no repository, as the account for the registry and never as nobody instead.
    pub(super) async fn send_by_account(&self, request: &Request<'_>) -> std::result::Result<Response, Broken> {
        let ask = Ask { scopes: &Scopes::default(), anonymous: false };
        Ok(self.send_as(request, ask).await?.response)
    }

    /// Send `request` with what proves who asks.
    async fn send_as(&self, request: &Request<'_>, ask: Ask<'_>) -> std::result::Result<Sent, Broken> {
        let mut pass = self.enter(request.has_body()).await;
        let mut proof = self.proof(ask).await?;
        let (mut turn, mut bare) = (1, false);
        loop {
            let response = self.transport.send(&self.base, request, proof.header()).await?;
            if response.status() != StatusCode::UNAUTHORIZED || response.is_abroad() {
                self.answered(response.status());
                return Ok(Sent { response, bare });
            }
            bare |= matches!(proof, Proof::Nothing);
            let demand = self.challenged(&response).await?;
            drop(pass.take());
            let Some(demand) = demand.filter(|_| turn < MAX_TURNS) else { return Ok(Sent { response, bare }) };
            let Some(next) = self.better_proof(demand, &proof, ask, turn).await? else {
                return Ok(Sent { response, bare });
            };
            response.drain().await;
            proof = next;
            turn += 1;
        }
    }

    /// Whether it has answered without asking who we are, and never asked.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.known(), Some(Scheme::Open))
    }

    /// The failure that `response` means for `matter` in `repository`.
    pub(super) async fn failure(&self, response: Response, matter: Matter<'_>, repository: &Repository) -> StoreError {
        let problem = response.problem().await;
        // Only then is it asked who we are: looking that up may run a helper (AUTH-26).
        let who = if problem.is_denial() {
            self.accounts.get(&self.host, Some(repository.name())).await.who()
        } else {
            Who::Nobody(Vec::new())
        };
        classify(problem, matter, repository, &who)
    }

    /// Wait for the turn of a request: `None` once the scheme is known. Before that four requests without a body may go
    /// together, and one with a body only alone: it may be sent in vain.
    async fn enter(&self, has_body: bool) -> Option<SemaphorePermit<'_>> {
        let permits = if has_body { FIRST_REQUESTS } else { 1 };
        self.gate.acquire_many(permits).await.ok()
    }

    /// What goes along by all that is known.
    async fn proof(&self, ask: Ask<'_>) -> Result<Proof> {
        match self.known() {
            None | Some(Scheme::Open) => Ok(Proof::Nothing),
            Some(Scheme::Basic) if ask.anonymous => Ok(Proof::Nothing),
            Some(scheme) => self.prove(&scheme, &*self.account(ask).await, ask.scopes).await,
        }
    }

    /// Who asks: the account of the repository that a request is about, or nobody.
    async fn account(&self, ask: Ask<'_>) -> Arc<Account> {
        if ask.anonymous {
            return Arc::clone(&self.nobody);
        }
        self.accounts.get(&self.host, ask.scopes.subject()).await
    }

    async fn prove(&self, scheme: &Scheme, account: &Account, scopes: &Scopes) -> Result<Proof> {
        if scopes.writes() {
            account.may_write()?;
        }
        let somebody = match scheme {
            Scheme::Open => false,
            Scheme::Basic => true,
            Scheme::Bearer(_) => scopes.writes(),
        };
        if somebody && account.credential().is_none() {
            return Err(account.nobody());
        }
        self.accounts.warn(account);
        match (scheme, account.credential()) {
            (Scheme::Open, _) => Ok(Proof::Nothing),
            (Scheme::Bearer(_), Some(Credential::RegistryToken(token))) => {
                bearer(token).map(Proof::Fixed).ok_or_else(|| account.unusable())
            }
            (Scheme::Bearer(realm), _) => self.token(realm, account, scopes).await.map(Proof::Token),
            (Scheme::Basic, Some(Credential::Basic { username, password })) => {
                basic(username, password).map(Proof::Fixed).ok_or_else(|| account.unusable())
            }
            (Scheme::Basic, _) => Err(account.unusable()),
        }
    }

    async fn token(&self, realm: &Realm, account: &Account, scopes: &Scopes) -> Result<Arc<Token>> {
        let fetch = async |scopes: Scopes| {
            let question = Question { transport: &self.transport, registry: &self.base, realm, account };
            question.ask(scopes).await
        };
        account.tokens.get(realm, scopes, fetch).await
    }

    /// What to send after `demand` was the answer to `proof`; `None` when there is nothing better.
    async fn better_proof(&self, demand: Demand, proof: &Proof, ask: Ask<'_>, turn: usize) -> Result<Option<Proof>> {
        let scopes = demand.scopes.merged(ask.scopes);
        let account = match proof {
            Proof::Fixed(_) => return Ok(None),
            // The second one was fetched just now: only a wider one can be better (AUTH-11).
            Proof::Token(token) if turn > 1 && token.scopes().covers(&scopes) => return Ok(None),
            // Nobody has no password.
            Proof::Nothing if ask.anonymous && demand.scheme == Scheme::Basic => return Ok(None),
            Proof::Token(_) | Proof::Nothing => self.account(ask).await,
        };
        if let Proof::Token(token) = proof {
            account.tokens.forget(token);
        }
        self.prove(&demand.scheme, &account, &scopes).await.map(Some)
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
        refused.map_or(Ok(None), |why| Err(self.unusable_realm(&why)))
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

    fn unusable_realm(&self, why: &NotFollowed) -> StoreError {
        let message = format!("{} names a token service that is not used", self.host);
        let hint = "the base URL (external URL) in the registry's own settings may be wrong";
        StoreError::Unavailable(
            Fault::new(message).with_hint(hint).caused_by(self.transport.secrets().mask(&why.to_string())),
        )
    }
}
