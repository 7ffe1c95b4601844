//! A configuration in which one host's entry changes. The rest stays: other hosts, members that nobody here knows, their
//! order, and the indentation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use super::malformed;
use crate::credentials::Credential;
use crate::credentials::config::{Config, TOKEN_USER};
use crate::credentials::key::{Wanted, server_url};
use crate::oci::reference::Host;

/// What docker indents by.
const INDENT: &str = "\t";
/// The member that has the entries.
const AUTHS: &str = "auths";
/// The members of an entry that are, or tell of, a credential.
const SECRETS: [&str; 5] = ["auth", "username", "password", "identitytoken", "registrytoken"];

/// What stands in a configuration file.
pub(super) struct Document {
    config: Config,
    indent: String,
    /// What stands behind the last brace.
    end: &'static str,
}

/// Why a text is no configuration.
#[derive(Debug, thiserror::Error)]
pub(super) enum Malformed {
    #[error("{}", malformed(.0))]
    Json(#[from] serde_json::Error),
    #[error("has 'auths' that is not a JSON object")]
    Auths,
}

impl Default for Document {
    fn default() -> Self {
        Self { config: Config::empty(), indent: INDENT.to_owned(), end: "" }
    }
}

impl Document {
    /// Read a document. An `auths` of `null` is as good as none.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let mut config = Config::parse(text)?;
        match config.member(AUTHS) {
            None | Some(Value::Object(_)) => {}
            Some(Value::Null) => {
                config.members_mut().insert(AUTHS.to_owned(), Value::Object(Map::new()));
            }
            Some(_) => return Err(Malformed::Auths),
        }
        let end = if text.ends_with(b"\n") { "\n" } else { "" };
        Ok(Self { config, indent: indent(text).unwrap_or_else(|| INDENT.to_owned()), end })
    }

    /// The name of the helper that keeps the credential for `host`.
    pub(super) fn helper(&self, host: &Host) -> Option<&str> {
        self.config.helper(host)
    }

    /// The keys of the entries for the whole of `host`, in any spelling.
    pub(super) fn keys(&self, host: &Host) -> Vec<String> {
        let auths = self.config.member(AUTHS).and_then(Value::as_object).into_iter().flatten();
        let own = auths.filter(|(key, _)| Wanted::host(host).rank(key).is_some());
        own.map(|(key, _)| key.clone()).collect()
    }

    /// Have one entry for `host`, under the key that docker uses, with `credential`, or with none when that is a helper's.
    /// Members of the entry that are nobody's secret stay.
    pub(super) fn put(&mut self, host: &Host, credential: Option<&Credential>) {
        let key = server_url(host);
        self.remove_but(host, &key);
        let members = self.config.members_mut();
        let auths = members.entry(AUTHS).or_insert_with(|| Value::Object(Map::new()));
        // `parse` saw to it that this is an object.
        let Some(auths) = auths.as_object_mut() else { return };
        let entry = auths.entry(key).or_insert(Value::Null);
        let mut kept = entry.as_object().cloned().unwrap_or_default();
        kept.retain(|member, _| !SECRETS.contains(&member.as_str()));
        for (at, (member, secret)) in credential.into_iter().flat_map(written).enumerate() {
            kept.shift_insert(at, member.to_owned(), secret.into());
        }
        *entry = Value::Object(kept);
    }

    /// Have no entry for `host`.
    pub(super) fn remove(&mut self, host: &Host) {
        self.remove_but(host, "");
    }

    /// The document as it is written.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        let formatter = PrettyFormatter::with_indent(self.indent.as_bytes());
        // Members with text for keys, into memory: neither can fail.
        let _ = self.config.members().serialize(&mut Serializer::with_formatter(&mut text, formatter));
        text.extend_from_slice(self.end.as_bytes());
        text
    }

    fn remove_but(&mut self, host: &Host, key: &str) {
        let others: Vec<String> = self.keys(host).into_iter().filter(|own| own != key).collect();
        if let Some(auths) = self.config.members_mut().get_mut(AUTHS).and_then(Value::as_object_mut) {
            for other in others {
                auths.shift_remove(&other);
            }
        }
    }
}

/// The members of an entry that hold `credential`, as docker writes them: podman's tools skip an identity token without a
/// user name.
fn written(credential: &Credential) -> Vec<(&'static str, String)> {
    let pair = |username: &str, password: &str| ("auth", BASE64.encode(format!("{username}:{password}")));
    match credential {
        Credential::Basic { username, password } => vec![pair(username, password.expose_secret())],
        Credential::IdentityToken(token) => {
            vec![pair(TOKEN_USER, ""), ("identitytoken", token.expose_secret().to_owned())]
        }
        Credential::RegistryToken(token) => vec![("registrytoken", token.expose_secret().to_owned())],
    }
}

/// The white space before the first member, where that has a line of its own.
fn indent(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.trim_start().strip_prefix('{')?.trim_start_matches([' ', '\t', '\r']).strip_prefix('\n')?;
    let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
    Some(indent).filter(|indent| !indent.is_empty())
}
