//! A configuration of docker or podman: which helper keeps a host's credential, and the entries of `auths` (AUTH-20 to
//! AUTH-22).

use docker_credential::{CredentialRetrievalError, DockerCredential};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::Credential;
use super::key::Wanted;
use crate::oci::reference::Host;

/// The user name that marks a password as an identity token.
pub(super) const TOKEN_USER: &str = "<token>";

/// A configuration document, `{}` when nothing was in it.
pub(super) struct Config(Map<String, Value>);

/// What `auths` says about a host.
pub(super) enum Entry {
    /// A credential, and the key that it stands at.
    Has(Credential, String),
    /// Nothing.
    Missing,
    /// An entry without a secret, as it stands beside a helper.
    Empty,
    /// An entry that cannot be used, and why: without any secret.
    Broken(String),
}

impl Config {
    /// A document without anything.
    pub(super) fn empty() -> Self {
        Self(Map::new())
    }

    /// Read the document; nothing in it is as good as `{}`, as docker has it too. The error has line and column, and
    /// nothing of the content.
    pub(super) fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        if text.trim_ascii().is_empty() {
            return Ok(Self::empty());
        }
        serde_json::from_slice(text).map(Self)
    }

    /// Read a document that is nothing but `auths`, as docker's first versions wrote it.
    pub(super) fn parse_legacy(text: &[u8]) -> Result<Self, serde_json::Error> {
        let Self(auths) = Self::parse(text)?;
        Ok(Self(Map::from_iter([("auths".to_owned(), Value::Object(auths))])))
    }

    /// A member of the document.
    pub(super) fn member(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The members of the document, to be changed.
    pub(super) fn members_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// The members of the document.
    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The name of the helper that keeps the credential for `host`. One of its own goes before the general one, and an
    /// empty name means that no helper does.
    pub(super) fn helper(&self, host: &Host) -> Option<&str> {
        let own = self.matching("credHelpers", Wanted::host(host)).next().map(|(_, name)| name);
        own.or_else(|| self.member("credsStore"))?.as_str().filter(|name| !name.is_empty())
    }

    /// The credential in `auths` for what is wanted.
    pub(super) fn entry(&self, wanted: Wanted<'_>) -> Entry {
        let mut found = Entry::Missing;
        for (key, entry) in self.matching("auths", wanted) {
            match decode(entry) {
                Ok(Some(credential)) => return Entry::Has(credential, key.to_owned()),
                Ok(None) if matches!(found, Entry::Missing) => found = Entry::Empty,
                Ok(None) => {}
                Err(what) => found = Entry::Broken(format!("the entry '{key}' of 'auths' {what}")),
            }
        }
        found
    }

    /// The headers in `HttpHeaders`.
    pub(super) fn headers(&self) -> Vec<(String, SecretString)> {
        let headers = self.0.get("HttpHeaders").and_then(Value::as_object).into_iter().flatten();
        headers.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.into()))).collect()
    }

    /// The values of the object `member` that are for what is wanted, the best key first.
    fn matching(&self, member: &str, wanted: Wanted<'_>) -> impl Iterator<Item = (&str, &Value)> {
        let entries = self.member(member).and_then(Value::as_object).into_iter().flatten();
        let ranked = entries.filter_map(|(key, value)| Some((wanted.rank(key)?, key.as_str(), value)));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, key, value)| (key, value))
    }
}

/// The credential in an entry of `auths`, as docker weighs its members.
fn decode(entry: &Value) -> Result<Option<Credential>, &'static str> {
    let text = |member: &str| entry.get(member).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    if let Some(token) = text("registrytoken") {
        return Ok(Some(Credential::RegistryToken(token.into())));
    }
    let reduced = match (text("identitytoken"), text("auth"), text("username")) {
        (Some(token), ..) => json!({"identitytoken": token}),
        (None, Some(auth), _) => json!({"auth": auth}),
        (None, None, Some(_)) => {
            let password = entry.get("password").and_then(Value::as_str).unwrap_or_default();
            json!({"username": entry["username"], "password": password})
        }
        (None, None, None) => return Ok(None),
    };
    match one_entry(&reduced) {
        Ok(DockerCredential::IdentityToken(token)) => Ok(Some(Credential::IdentityToken(token.into()))),
        Ok(DockerCredential::UsernamePassword(username, password)) => {
            Ok(basic(username, password.trim_end_matches('\0').to_owned()))
        }
        Err(_) => Err("has an 'auth' that is not the base64 of user:password"),
    }
}

/// Let the crate decode a document of one entry, so that nothing but that entry can be what it finds.
fn one_entry(entry: &Value) -> Result<DockerCredential, CredentialRetrievalError> {
    let document = json!({"auths": {"host": entry}}).to_string();
    docker_credential::get_credential_from_reader(document.as_bytes(), "host")
}

/// User name and password, unless both are empty, or the token that the name says the password is (AUTH-5).
pub(super) fn basic(username: String, password: String) -> Option<Credential> {
    match (username.as_str(), password.as_str()) {
        ("", "") => None,
        _ => Some(Credential::new(username, password.into())),
    }
}

#[cfg(test)]
mod tests;
