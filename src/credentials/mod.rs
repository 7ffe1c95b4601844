//! Credentials: where docker and podman keep them, and the types that carry them without showing them.
//!
//! [`DockerKeychain`] looks where its caller says, when a registry asks and not before, and in every place until one has a
//! credential. What is missing, broken or failing on the way never ends the look-up: [`Lookup`] says it, and who asked
//! decides. Nothing here reads the environment, and no secret is ever part of a message.
//!
//! `file` knows the files and their formats, `config` what one says about a host, `key` which keys are for it, `helper`
//! asks the programs that keep secrets, and `keychain` goes through all of them in order. `save` is the way back: what a
//! login writes, and a logout removes.
//!
//! Of the `docker_credential` crate the decoding of one `auths` entry is used. Its look-up is not: it asks `auths` before
//! `credsStore`, does not know `registrytoken` and Docker Hub's other keys, reads the environment, and its helper call
//! can neither be bounded nor ended.

mod config;
mod file;
mod helper;
mod key;
mod keychain;
mod save;

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use file::{AuthFile, Format};
pub use keychain::{DockerKeychain, HELPER_LIMIT, Sources};
pub use save::{LoginFile, Removed, SaveError, Saved};

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

impl Credential {
    /// What a user name and a password are: the name `<token>` says that the password is an identity token (AUTH-5).
    pub fn new(username: String, password: SecretString) -> Self {
        if username == config::TOKEN_USER { Self::IdentityToken(password) } else { Self::Basic { username, password } }
    }

    /// What proves it, and the user whom it proves.
    fn parts(&self) -> (Option<&str>, &str) {
        match self {
            Self::Basic { username, password } => (Some(username), password.expose_secret()),
            Self::IdentityToken(token) | Self::RegistryToken(token) => (None, token.expose_secret()),
        }
    }
}

/// Whether both are the same account's. No registry learns how long that took.
impl PartialEq for Credential {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && self.parts() == other.parts()
    }
}

/// A credential, and where it came from.
#[derive(Debug, Clone)]
pub struct Found {
    /// The credential.
    pub credential: Credential,
    /// Where it came from, for people: a flag, a file's path, a helper's name.
    pub origin: String,
}

/// How a look-up went. Each text is one line without any secret.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// The credential, when a source has one.
    pub found: Option<Found>,
    /// Sources that cannot be read or understood, and why: what was found may not be what was meant (AUTH-23).
    pub broken: Vec<String>,
    /// Helpers that failed, and why (AUTH-25).
    pub failed: Vec<String>,
    /// Where it was looked, and what was there, for the error of AUTH-14: short, one line a source.
    pub searched: Vec<String>,
}

impl Lookup {
    /// That nothing was found for `host`, and where.
    pub fn nothing(&self, host: &Host) -> String {
        match self.searched.as_slice() {
            [] => format!("no credentials for {host}"),
            searched => format!("no credentials for {host}; looked in: {}", searched.join(", ")),
        }
    }
}

/// Where credentials are looked up: lazily, and once (AUTH-26).
#[async_trait::async_trait]
pub trait Keychain: Send + Sync {
    /// Look for the credential for `repository` at `host`; without a repository for the host as a whole.
    async fn find(&self, host: &Host, repository: Option<&str>) -> Arc<Lookup>;

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
