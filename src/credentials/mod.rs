//! Credentials: where docker keeps them, and the types that carry them without showing them.

use secrecy::SecretString;

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
}
