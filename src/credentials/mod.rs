//! Credentials: where docker keeps them, and the types that carry them without showing them.
//!
//! [`DockerKeychain`] looks where its caller says, in docker's own order, when a registry asks and not before. What is
//! missing or broken on the way is noted for the error that may follow; it never ends the look-up. Nothing here reads
//! the environment, and no secret is ever part of a message.
//!
//! Of the `docker_credential` crate the decoding of one `auths` entry is used. Its look-up is not: it asks `auths` before
//! `credsStore`, does not know `registrytoken` and Docker Hub's other keys, reads the environment, and its helper call
//! can neither be bounded nor ended.

mod config;
mod helper;
mod keychain;

use secrecy::SecretString;

pub use keychain::{DockerKeychain, HELPER_LIMIT, Sources};

use crate::oci::reference::Host;

/// What proves to a registry who is asking.
#[derive(Debug, Clone)]
pub enum Credential {
    /// User name and password.
    Basic {
        /// The user name.
        username: String,
        /// The password; never printed.
        password: SecretString,
    },
    /// A refresh token, to be traded at the token service (AUTH-5).
    IdentityToken(SecretString),
    /// A bearer token, to be sent as it is (AUTH-6).
    RegistryToken(SecretString),
}

/// A credential, and where it came from.
#[derive(Debug, Clone)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// Where it came from, for people: a flag, a file's path, a helper's name.
    pub origin: String,
}

/// Where credentials are looked up: lazily, and once a host (AUTH-26).
#[async_trait::async_trait]
pub trait Keychain: Send + Sync {
    /// The credential for `host`, or `None` when no source has one. What breaks on the way is kept for
    /// [`Keychain::searched`] and never ends a look-up (AUTH-25).
    async fn find(&self, host: &Host) -> Option<Found>;

    /// Where [`Keychain::find`] looked for `host` and what it met there, for the error of AUTH-14: one line a source,
    /// without any secret.
    fn searched(&self, host: &Host) -> Vec<String>;

    /// Headers that the configuration adds to each request to a registry (NET-13): what stands there, unchecked.
    async fn headers(&self) -> Vec<(String, SecretString)> {
        Vec::new()
    }
}

/// The value of `--creds` without a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the credentials have no user name; expected USER[:PASSWORD]")]
pub struct CredsError;

/// Split `USER[:PASSWORD]` at the first colon. Without a colon there is no password yet: the caller asks for it.
pub fn parse_creds(text: &str) -> Result<(String, Option<SecretString>), CredsError> {
    let (username, password) = text.split_once(':').map_or((text, None), |(user, password)| (user, Some(password)));
    if username.is_empty() {
        return Err(CredsError);
    }
    Ok((username.to_owned(), password.map(SecretString::from)))
}

#[cfg(test)]
mod tests;
