//! Reading as nobody where an account is refused (AUTH-15).
//!
//! Everybody may read a public repository but who comes with a login that has expired: token services and registries
//! refuse the credential and do not look further. So what is denied to an account is asked once more without it, and where
//! that helps, nobody is who reads this repository from then on. Nothing is ever written so.

use std::sync::PoisonError;

use reqwest::{Method, StatusCode};

use super::{Ask, Registry, Scheme, Sent};
use crate::store::StoreError;
use crate::store::registry::observer::Notice;
use crate::store::registry::request::{Broken, Request};
use crate::store::registry::response::Response;
use crate::store::registry::scope::Scopes;

impl Registry {
    /// Send `request`, which only reads, in the first of two ways that is not denied: as the account for it and as nobody.
    /// When both are, the first one's outcome is the outcome.
    pub(super) async fn read_as_somebody(&self, request: &Request<'_>, scopes: &Scopes) -> Result<Response, Broken> {
        let anonymous = scopes.subject().is_some_and(|repository| self.is_public(repository));
        let first = self.send_as(request, Ask { scopes, anonymous }).await;
        let ask = Ask { scopes, anonymous: !anonymous };
        if !matches!(request.method, Method::GET | Method::HEAD) || !self.may_go_better(&first, ask).await {
            return first.map(|sent| sent.response);
        }
        match self.send_as(request, ask).await {
            Ok(Sent { response, .. }) if tells(response.status()) => {
                self.went_better(ask).await;
                if let Ok(denied) = first {
                    denied.response.drain().await;
                }
                Ok(response)
            }
            _ => first.map(|sent| sent.response),
        }
    }

    /// Whether `ask` may go better than the way that came to `outcome`: that was a denial, there is an account, and the
    /// request did not go out in the way of `ask` before.
    async fn may_go_better(&self, outcome: &Result<Sent, Broken>, ask: Ask<'_>) -> bool {
        let denied = match outcome {
            Ok(Sent { response, .. }) => is_denial(response.status()) && !response.is_abroad(),
            Err(broken) => matches!(broken.error, StoreError::Denied(_)),
        };
        let bare = outcome.as_ref().is_ok_and(|sent| sent.bare);
        let new = match self.known() {
            // Nobody was asked who they are.
            None | Some(Scheme::Open) => false,
            Some(Scheme::Basic) => !(ask.anonymous && bare),
            Some(Scheme::Bearer(_)) => true,
        };
        // The account was looked up for the first way already, if it was asked for.
        denied && new && self.account(Ask { anonymous: false, ..ask }).await.credential().is_some()
    }

    /// Remember who may read, and say once that an account was of no use.
    async fn went_better(&self, ask: Ask<'_>) {
        let Some(repository) = ask.scopes.subject() else { return };
        if !self.remember(repository, ask.anonymous) || !ask.anonymous {
            return;
        }
        let account = self.account(Ask { anonymous: false, ..ask }).await;
        let (host, origin) = (&self.host, account.origin().unwrap_or_default());
        let what = format!("{host} refused the credentials from {origin}, and gave {repository} without any");
        self.transport.observer().notice(Notice::Warning(&format!("{what}; log in again, or remove them")));
    }

    /// Whether `repository` is read by nobody, who may; whether that is news.
    fn remember(&self, repository: &str, public: bool) -> bool {
        let mut known = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if public { known.insert(repository.to_owned()) } else { known.remove(repository) }
    }

    fn is_public(&self, repository: &str) -> bool {
        self.public.lock().unwrap_or_else(PoisonError::into_inner).contains(repository)
    }
}

fn is_denial(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// Whether an answer says something about what was asked for.
fn tells(status: StatusCode) -> bool {
    !is_denial(status) && !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS
}
