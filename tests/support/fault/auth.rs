//! Who may do what: Basic, or Bearer with a token service.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::Method;
use hyper::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use serde_json::json;

use super::message::{Reply, Request, Route, pairs};

/// How the registry wants to be asked.
#[derive(Debug, Clone)]
pub enum Auth {
    /// Everybody may do everything.
    None,
    /// User name and password with every request.
    Basic { user: String, password: String },
    /// A token of the token service, for the right repository and action.
    Bearer(Account),
}

impl Auth {
    pub fn basic(user: &str, password: &str) -> Self {
        Self::Basic { user: user.to_owned(), password: password.to_owned() }
    }

    /// With a token service at `/token`.
    pub fn bearer(user: &str, password: &str) -> Account {
        Account {
            user: user.to_owned(),
            password: password.to_owned(),
            identity_token: None,
            actions: &["pull", "push", "delete"],
            anonymous_actions: &[],
            oauth: false,
            elsewhere: false,
            first_scope_only: false,
            claimed: Some(300),
            lifetime: Duration::from_secs(300),
        }
    }
}

/// The one account of a registry with tokens, and how its token service behaves.
#[derive(Debug, Clone)]
pub struct Account {
    user: String,
    password: String,
    identity_token: Option<String>,
    /// The actions that its tokens are for.
    actions: &'static [&'static str],
    /// The actions that tokens without a login are for.
    anonymous_actions: &'static [&'static str],
    oauth: bool,
    pub(super) elsewhere: bool,
    first_scope_only: bool,
    claimed: Option<u64>,
    lifetime: Duration,
}

impl From<Account> for Auth {
    fn from(account: Account) -> Self {
        Self::Bearer(account)
    }
}

impl Account {
    /// Who does not log in gets tokens for pulling.
    pub fn anonymous_pull(mut self) -> Self {
        self.anonymous_actions = &["pull"];
        self
    }

    /// The account gets tokens for pulling only.
    pub fn read_only(mut self) -> Self {
        self.actions = &["pull"];
        self
    }

    /// The token service takes OAuth 2.0 forms by `POST` too; without it, those are answered with 405.
    pub fn oauth(mut self) -> Self {
        self.oauth = true;
        self
    }

    /// As [`Account::oauth`], with a refresh token that stands for the account.
    pub fn identity_token(mut self, token: &str) -> Self {
        self.identity_token = Some(token.to_owned());
        self.oauth()
    }

    /// The token service listens on another port than the registry.
    pub fn token_service_elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// Of several scopes the token service looks at the first alone.
    pub fn first_scope_only(mut self) -> Self {
        self.first_scope_only = true;
        self
    }

    /// What the token service says in `expires_in`; nothing with `None`.
    pub fn expires_in(mut self, seconds: impl Into<Option<u64>>) -> Self {
        self.claimed = seconds.into();
        self
    }

    /// How long tokens really live.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    fn is(&self, user: &str, password: &str) -> bool {
        self.user == user && self.password == password
    }
}

/// A repository and what may be done there: `pull`, `push`, `delete`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    repository: String,
    action: String,
}

struct Token {
    grants: Vec<Grant>,
    until: Instant,
}

/// The tokens that were given out.
#[derive(Default)]
pub struct Tokens {
    valid: BTreeMap<String, Token>,
    issued: usize,
}

impl Tokens {
    /// A token for `scopes`, each `repository:<name>:<action>[,<action>]`.
    pub fn issue(&mut self, scopes: &[String], lifetime: Duration) -> String {
        let grants = scopes.iter().flat_map(|scope| grants(scope)).collect();
        self.add(grants, lifetime)
    }

    fn add(&mut self, grants: Vec<Grant>, lifetime: Duration) -> String {
        self.issued += 1;
        let name = format!("issued-token-{:04}", self.issued);
        self.valid.insert(name.clone(), Token { grants, until: Instant::now() + lifetime });
        name
    }

    /// The token that came with `request` ends.
    pub fn revoke(&mut self, request: &Request) {
        if let Some(token) = credentials(request, "bearer") {
            self.valid.remove(token);
        }
    }

    pub fn revoke_all(&mut self) {
        self.valid.clear();
    }
}

fn grants(scope: &str) -> Vec<Grant> {
    let Some((repository, actions)) = scope.strip_prefix("repository:").and_then(|rest| rest.rsplit_once(':')) else {
        return Vec::new();
    };
    let grant = |action: &str| Grant { repository: repository.to_owned(), action: action.to_owned() };
    actions.split(',').map(grant).collect()
}

/// What a request needs: one entry for each action.
fn needs(request: &Request) -> Vec<Grant> {
    let actions: &[&str] = match (&request.route, &request.method) {
        (Route::Manifest { .. } | Route::Blob { .. }, &Method::DELETE) => &["delete"],
        (_, &Method::GET | &Method::HEAD) if !matches!(request.route, Route::Upload { .. }) => &["pull"],
        _ => &["pull", "push"],
    };
    let Some(repository) = request.route.repository() else { return Vec::new() };
    actions.iter().map(|&action| Grant { repository: repository.to_owned(), action: action.to_owned() }).collect()
}

/// The challenge for a request that may not pass; `None` when it may.
pub fn refuse(auth: &Auth, tokens: &Tokens, request: &Request, realm: &str) -> Option<Reply> {
    let unauthorized = |challenge: String| {
        Some(Reply::error(401, "UNAUTHORIZED", "authentication required").with(WWW_AUTHENTICATE, challenge))
    };
    match auth {
        Auth::None => None,
        _ if request.route == Route::Token => None,
        Auth::Basic { user, password } => match basic(request) {
            Some((name, secret)) if name == *user && secret == *password => None,
            _ => unauthorized("Basic realm=\"fault registry\"".to_owned()),
        },
        Auth::Bearer(_) => match (token(tokens, request), needs(request)) {
            (Some(token), needs) if needs.iter().all(|need| token.grants.contains(need)) => None,
            (token, needs) => unauthorized(challenge(realm, &needs, token.is_some())),
        },
    }
}

/// Whether the request's own credentials would let it pull from `repository` (for mounts).
pub fn may_pull(auth: &Auth, tokens: &Tokens, request: &Request, repository: &str) -> bool {
    let need = Grant { repository: repository.to_owned(), action: "pull".to_owned() };
    !matches!(auth, Auth::Bearer(_)) || token(tokens, request).is_some_and(|token| token.grants.contains(&need))
}

fn challenge(realm: &str, needs: &[Grant], known: bool) -> String {
    let actions: Vec<&str> = needs.iter().map(|need| need.action.as_str()).collect();
    let scope = needs.first().map(|need| format!(",scope=\"repository:{}:{}\"", need.repository, actions.join(",")));
    let error = if known { ",error=\"insufficient_scope\"" } else { "" };
    format!("Bearer realm=\"{realm}\",service=\"fault-registry\"{}{error}", scope.unwrap_or_default())
}

fn credentials<'a>(request: &'a Request, scheme: &str) -> Option<&'a str> {
    let (name, value) = request.header(AUTHORIZATION)?.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then_some(value)
}

fn token<'a>(tokens: &'a Tokens, request: &Request) -> Option<&'a Token> {
    tokens.valid.get(credentials(request, "bearer")?).filter(|token| token.until > Instant::now())
}

/// User name and password of a request.
pub fn basic(request: &Request) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(credentials(request, "basic")?).ok()?).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// The token service: `GET` with parameters, `POST` with an OAuth 2.0 form.
pub fn serve(auth: &Auth, tokens: &mut Tokens, request: &Request) -> Reply {
    let Auth::Bearer(account) = auth else { return Reply::new(404) };
    let (parameters, logged_in) = match request.method {
        Method::GET => {
            let login = basic(request).map(|(user, password)| account.is(&user, &password));
            (pairs(&request.query), login)
        }
        Method::POST if account.oauth => {
            let form = pairs(&String::from_utf8_lossy(&request.body));
            let login = Some(account.takes(&form));
            (form, login)
        }
        _ => return Reply::new(405),
    };
    if logged_in == Some(false) {
        return Reply::error(401, "UNAUTHORIZED", "incorrect username or password");
    }
    let scopes = parameters.iter().filter(|(key, _)| key == "scope").flat_map(|(_, value)| value.split(' '));
    let heard = if account.first_scope_only { 1 } else { usize::MAX };
    let mut granted: Vec<Grant> = scopes.take(heard).flat_map(grants).collect();
    granted.retain(|grant| account.allows(grant, logged_in.is_some()));
    let token = tokens.add(granted, account.lifetime);
    let mut body = json!({"token": token, "access_token": token});
    if let Some(seconds) = account.claimed {
        body["expires_in"] = seconds.into();
    }
    Reply::new(200).json(&body)
}

impl Account {
    fn takes(&self, form: &[(String, String)]) -> bool {
        let value = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
        match value("grant_type") {
            "refresh_token" => self.identity_token.as_deref() == Some(value("refresh_token")),
            "password" => self.is(value("username"), value("password")),
            _ => false,
        }
    }

    fn allows(&self, grant: &Grant, logged_in: bool) -> bool {
        let actions = if logged_in { self.actions } else { self.anonymous_actions };
        actions.contains(&grant.action.as_str())
    }
}
