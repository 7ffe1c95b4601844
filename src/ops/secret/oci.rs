//! A pull secret: user name and password for one registry, as docker's configuration has them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::{Identity, Secret, SecretInputError};
use crate::cluster::Kind;
use crate::oci::reference::Address;

/// The one key of a pull secret.
const KEY: &str = ".dockerconfigjson";
/// What Windows puts in front of text, in files and pipes.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Who logs in.
#[derive(Debug, Clone)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password; never printed.
    pub password: SecretString,
}

impl Login {
    /// Check what registries and the readers of `auth` would take for something else.
    pub fn check(&self) -> Result<(), SecretInputError> {
        let wrong = |what, why| Err(SecretInputError::Login { what, why });
        let password = self.password.expose_secret();
        match self.username.as_str() {
            "" => return wrong("user name", "is empty"),
            name if name.contains(':') => return wrong("user name", "has a ':', after which it would end"),
            name if name.contains(char::is_control) => return wrong("user name", "has a control character in it"),
            _ => {}
        }
        match password {
            "" => wrong("password", "is empty"),
            password if password.contains(['\n', '\r']) => wrong("password", "has a line break in it"),
            password if password.contains(char::is_control) => wrong("password", "has a control character in it"),
            password if password.starts_with(BYTE_ORDER_MARK) => {
                wrong("password", "begins with a byte order mark; write it as UTF-8 without one")
            }
            _ => Ok(()),
        }
    }
}

/// The secret with which the images of `registry` are pulled.
pub fn secret(identity: Identity, registry: &Address, login: &Login) -> Result<Secret, SecretInputError> {
    login.check()?;
    let content = document(&registry.keys(), login);
    identity.holding(Kind::DockerConfigJson, BTreeMap::from([(KEY.to_owned(), content.into_bytes().into())]))
}

/// docker's configuration with one login, in the bytes that Flux writes: two spaces, this order of members, no line
/// break at the end.
fn document(keys: &[String], login: &Login) -> String {
    let Login { username, password } = login;
    let auth = STANDARD.encode(format!("{username}:{}", password.expose_secret()));
    let [username, password, auth] = [username, password.expose_secret(), &auth].map(quoted);
    let entry = |key: &String| {
        let key = quoted(key);
        format!(
            "    {key}: {{\n      \"username\": {username},\n      \"password\": {password},\n      \"auth\": {auth}\n    }}"
        )
    };
    let entries: Vec<String> = keys.iter().map(entry).collect();
    format!("{{\n  \"auths\": {{\n{}\n  }}\n}}", entries.join(",\n"))
}

/// Text in JSON as Go writes it, which escapes what could end a script in HTML or JavaScript.
fn quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' => escaped.push_str("\\u003c"),
            '>' => escaped.push_str("\\u003e"),
            '&' => escaped.push_str("\\u0026"),
            '\u{2028}' => escaped.push_str("\\u2028"),
            '\u{2029}' => escaped.push_str("\\u2029"),
            other => escaped.push(other),
        }
    }
    escaped
}
