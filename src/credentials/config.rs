//! Docker's configuration: which helper keeps a host's credential, and the entries of `auths` (AUTH-20 to AUTH-22).

use docker_credential::{CredentialRetrievalError, DockerCredential};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::Credential;
use crate::oci::reference::Host;

/// The key that docker itself uses for Docker Hub (REF-5).
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub's names, docker's own first.
const DOCKER_HUB_NAMES: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];
/// The user name that marks a password as an identity token.
const TOKEN_USER: &str = "<token>";

/// A configuration document, `{}` when nothing was in it.
pub(super) struct Config(Value);

/// What `auths` says about a host.
pub(super) enum Entry {
    /// A credential.
    Has(Credential),
    /// Nothing.
    Missing,
    /// An entry without a secret, as it stands beside a helper.
    Empty,
    /// An entry that cannot be used, and why: without any secret.
    Broken(String),
}

impl Config {
    /// Read the document. The error has line and column, and nothing of the content.
    pub(super) fn parse(text: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice::<Map<String, Value>>(text).map(|document| Self(Value::Object(document)))
    }

    /// The name of the helper that keeps the credential for `host`. One of its own goes before the general one, and an
    /// empty name means that no helper does.
    pub(super) fn helper(&self, host: &Host) -> Option<&str> {
        let own = self.matching("credHelpers", host).next().map(|(_, name)| name);
        own.or_else(|| self.0.get("credsStore"))?.as_str().filter(|name| !name.is_empty())
    }

    /// The credential for `host` in `auths`.
    pub(super) fn entry(&self, host: &Host) -> Entry {
        let mut found = Entry::Missing;
        for (key, entry) in self.matching("auths", host) {
            match decode(entry) {
                Ok(Some(credential)) => return Entry::Has(credential),
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

    /// The values of the object `member` that are for `host`, the best key first.
    fn matching(&self, member: &str, host: &Host) -> impl Iterator<Item = (&str, &Value)> {
        let names = names(host);
        let entries = self.0.get(member).and_then(Value::as_object).into_iter().flatten();
        let ranked = entries.filter_map(|(key, value)| Some((rank(key, &names)?, key.as_str(), value)));
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by_key(|(rank, ..)| *rank);
        ranked.into_iter().map(|(_, key, value)| (key, value))
    }
}

/// What a helper is asked for.
pub(super) fn server_url(host: &Host) -> String {
    if host.is_docker_hub() { DOCKER_HUB_KEY.to_owned() } else { host.to_string() }
}

/// The names that a host has in keys, the most usual first.
fn names(host: &Host) -> Vec<String> {
    if host.is_docker_hub() { DOCKER_HUB_NAMES.map(str::to_owned).to_vec() } else { vec![host.to_string()] }
}

/// How well `key` fits, 0 for best: by name, and within a name as written before a scheme or a path was added (AUTH-21).
fn rank(key: &str, names: &[String]) -> Option<usize> {
    let bare = ["https://", "http://"].iter().find_map(|scheme| key.strip_prefix(scheme)).unwrap_or(key);
    let bare = bare.strip_suffix('/').unwrap_or(bare);
    let bare = ["/v1", "/v2"].iter().find_map(|path| bare.strip_suffix(path)).unwrap_or(bare);
    let bare = bare.to_ascii_lowercase();
    let fits = |name: &String| bare == *name || bare.strip_suffix(":443").is_some_and(|bare| bare == name);
    let name = names.iter().position(fits)?;
    let usual = if names.len() > 1 { key == DOCKER_HUB_KEY } else { key == names[name] };
    Some(2 * name + usize::from(!usual))
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
        (TOKEN_USER, _) => Some(Credential::IdentityToken(password.into())),
        _ => Some(Credential::Basic { username, password: SecretString::from(password) }),
    }
}

#[cfg(test)]
mod tests;
