//! What a secret holds, taken out of text that others wrote: an API server or a webhook may repeat what it refuses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::super::Secret;

/// Shorter text is no secret worth the words that it would blot out.
const MIN_LENGTH: usize = 4;
/// The members of a docker configuration that are secret.
const SECRET_MEMBERS: [&str; 4] = ["password", "auth", "identitytoken", "registrytoken"];
/// What stands in their place.
const MASKED: &str = "***";

/// Text that must not be shown.
pub(super) struct Mask(Vec<SecretString>);

impl Mask {
    /// Everything that `secret` holds: values as they are, as they are sent, and passwords inside of them.
    pub(super) fn of(secret: &Secret) -> Self {
        let mut found = Vec::new();
        for content in secret.data.values().map(super::super::Content::expose) {
            found.push(STANDARD.encode(content));
            if let Ok(text) = std::str::from_utf8(content) {
                found.push(text.to_owned());
                // As it is quoted in JSON and in Go.
                found.push(Value::from(text).to_string().trim_matches('"').to_owned());
            }
            if let Ok(value) = serde_json::from_slice(content) {
                collect(&value, &mut found);
            }
        }
        found.retain(|text| text.len() >= MIN_LENGTH);
        // Long ones first: a short one may be a part of them.
        found.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self(found.into_iter().map(SecretString::from).collect())
    }

    /// `text` without them.
    pub(super) fn apply(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.expose_secret(), MASKED))
    }
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(text) if SECRET_MEMBERS.contains(&key.as_str()) => found.push(text.clone()),
                    member => collect(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Content, Kind, Secret};
    use super::Mask;

    #[test]
    fn nothing_of_a_secret_is_repeated() {
        let docker =
            br#"{"auths":{"ghcr.io":{"username":"alice","password":"hunter22","auth":"YWxpY2U6aHVudGVyMjI="}}}"#;
        let secret = Secret {
            name: "pull".parse().expect("a name"),
            namespace: None,
            kind: Kind::DockerConfigJson,
            labels: [].into(),
            annotations: [].into(),
            data: [(".dockerconfigjson".to_owned(), Content::from(docker.to_vec()))].into(),
        };
        let mask = Mask::of(&secret);
        let whole = String::from_utf8_lossy(docker);
        for (said, shown) in [
            ("alice may not", "alice may not".to_owned()),
            ("password hunter22 is weak", "password *** is weak".to_owned()),
            ("auth YWxpY2U6aHVudGVyMjI=", "auth ***".to_owned()),
            (&format!("invalid value: {whole}"), "invalid value: ***".to_owned()),
            (&format!("invalid value: {:?}", whole.as_ref()), "invalid value: \"***\"".to_owned()),
        ] {
            assert_eq!(mask.apply(said), shown);
        }
    }
}
