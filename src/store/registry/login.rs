//! Whether a registry takes a credential, asked before that is kept (AUTH-27).

use reqwest::header::WWW_AUTHENTICATE;
use reqwest::{Method, StatusCode};

use super::problem::MAX_ERROR_BODY;
use super::request::{Broken, Request};
use super::response::Response;
use super::{Client, Result, target};
use crate::oci::reference::Host;
use crate::store::{Answer, Fault, StoreError};

/// What a registry says to a credential that it did not refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It asked for one, and takes this one.
    Accepted,
    /// It lets everybody in there, and so does not tell.
    Unasked,
}

impl Client {
    /// Ask the root of the registry `host` with the credential that the keychain has for it, and for no repository.
    ///
    /// A credential that is not taken is [`StoreError::Denied`]; what does not answer as a registry does is
    /// [`StoreError::Unavailable`].
    pub async fn verify(&self, host: &Host) -> Result<Verified> {
        let registry = self.registry(host).await.map_err(StoreError::settled)?;
        let request = Request::new(Method::GET, target::root(registry.base())).whole(MAX_ERROR_BODY);
        let response = match registry.send_by_account(&request).await {
            Ok(response) => response,
            // The token service said no.
            Err(Broken { error: StoreError::Denied(fault), .. }) if fault.answer().is_some() => {
                let answer = fault.answer().cloned();
                return Err(refused(host, answer, fault));
            }
            Err(broken) => return Err(broken.error.settled()),
        };
        if response.status() == StatusCode::OK && !response.is_html() && !response.is_abroad() {
            response.drain().await;
            return Ok(if registry.is_open() { Verified::Unasked } else { Verified::Accepted });
        }
        Err(self.unverified(host, response).await)
    }

    async fn unverified(&self, host: &Host, response: Response) -> StoreError {
        let status = response.status();
        let asks = response.all(WWW_AUTHENTICATE).next().is_some();
        match status.as_u16() {
            _ if response.is_abroad() => {}
            401 if !asks => {}
            401 | 403 => {
                let problem = response.problem().await;
                return refused(host, Some(problem.answer()), problem);
            }
            408 | 429 | 500.. => {
                let problem = response.problem().await;
                let fault = Fault::new(format!("{host} cannot say now whether it takes the credentials"));
                return StoreError::Unavailable(fault.answered(problem.answer()).caused_by(problem));
            }
            _ => {}
        }
        response.nonsense("the root of its API, /v2/, was asked for").await
    }
}

fn refused(
    host: &Host,
    answer: Option<Answer>,
    why: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    let fault = Fault::new(format!("{host} does not take the credentials"));
    let hint = "check user name and password; many registries want an access token in place of the password";
    let fault = fault.with_hint(hint).caused_by(why);
    StoreError::Denied(match answer {
        Some(answer) => fault.answered(answer),
        None => fault,
    })
}
