//! Credentials: where docker keeps them, and the types that carry them without showing them.

use secrecy::SecretString;

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
