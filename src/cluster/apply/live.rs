//! The secret as it is in the cluster, and who put what there.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use super::super::{Namespace, Secret};
use super::MANAGER;
use super::error::{ApplyError, Field};

/// The operation of those who apply; what they stop applying disappears.
const APPLY: &str = "Apply";

/// A secret in a cluster. It holds secrets, and has no `Debug` therefore.
#[derive(Deserialize)]
pub(super) struct Live {
    metadata: Metadata,
    #[serde(default)]
    data: Option<BTreeMap<String, String>>,
    #[serde(default = "opaque")]
    r#type: String,
    #[serde(default)]
    immutable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
    deletion_timestamp: Option<String>,
    #[serde(default)]
    finalizers: Vec<String>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    #[serde(default)]
    managed_fields: Vec<Managed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Managed {
    #[serde(default)]
    manager: String,
    #[serde(default)]
    operation: String,
    /// Paths as nested members, each after `f:`.
    #[serde(default)]
    fields_v1: Value,
}

impl Managed {
    fn has(&self, field: &str, key: &str) -> bool {
        self.fields_v1.get(format!("f:{field}")).is_some_and(|data| data.get(format!("f:{key}")).is_some())
    }

    fn is_ours(&self) -> bool {
        self.manager == MANAGER && self.operation == APPLY
    }
}

/// Whether `secret` has this `key` with this `value`, which is in base64.
fn is_in(secret: &Secret, key: &str, value: &str) -> bool {
    secret.data.get(key).is_some_and(|content| STANDARD.encode(content.expose()) == value)
}

fn opaque() -> String {
    "Opaque".to_owned()
}

impl Live {
    /// The secret in an answer, or `None` when there is none in it.
    pub(super) fn parse(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// Whether it holds the same.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let parts = |live: &Self| {
            let present = [&live.data, &live.metadata.labels, &live.metadata.annotations];
            (present.map(|map| map.clone().unwrap_or_default()), live.r#type.clone())
        };
        parts(self) == parts(other)
    }

    /// Check that it can become what `secret` is: whatever the cluster would refuse, or forget.
    pub(super) fn can_become(&self, secret: &Secret, namespace: &Namespace) -> Result<(), ApplyError> {
        let (name, namespace, wanted) = (secret.name.to_string(), namespace.to_string(), secret.kind.as_str());
        if self.metadata.deletion_timestamp.is_some() {
            return Err(ApplyError::Deleted { name, finalizers: self.metadata.finalizers.clone() });
        }
        if self.r#type != wanted {
            return Err(ApplyError::WrongType { name, namespace, live: self.r#type.clone(), wanted });
        }
        if self.immutable && !self.holds(secret) {
            return Err(ApplyError::Immutable { name, namespace });
        }
        Ok(())
    }

    /// Whether it holds what `secret` holds.
    fn holds(&self, secret: &Secret) -> bool {
        let data = self.data.as_ref();
        data.map_or(0, BTreeMap::len) == secret.data.len()
            && data.into_iter().flatten().all(|(key, value)| is_in(secret, key, value))
    }

    /// What it was changed to last.
    pub(super) fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }

    /// Keys that `secret` does not have.
    pub(super) fn left_over(&self, secret: &Secret) -> Vec<&str> {
        let keys = self.data.iter().flat_map(BTreeMap::keys).map(String::as_str);
        keys.filter(|key| !secret.data.contains_key(*key)).collect()
    }

    /// What somebody else put there and `secret` does not: values that would be overwritten, and keys that would stay.
    ///
    /// Not all of it would the API server call a conflict: it knows nothing of keys that are not applied, nor that what
    /// came as `stringData`, as Flux sends it, is the same as `data`.
    pub(super) fn strangers(&self, secret: &Secret) -> Vec<Field> {
        let data = self.data.iter().flatten().filter(|(key, value)| !is_in(secret, key, value));
        data.flat_map(|(key, _)| self.strangers_at(key)).collect()
    }

    fn strangers_at(&self, key: &str) -> Vec<Field> {
        let owners = |field: &str| -> Vec<&Managed> {
            self.metadata.managed_fields.iter().filter(|managed| managed.has(field, key)).collect()
        };
        let mut found = owners("data");
        if found.is_empty() {
            found = owners("stringData");
        }
        let field = |manager: &str| Field { manager: manager.to_owned(), path: format!(".data.{key}") };
        if found.is_empty() {
            return vec![field("")];
        }
        found.iter().filter(|managed| !managed.is_ours()).map(|managed| field(&managed.manager)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::{Content, Kind, Secret};
    use super::{Field, Live};

    #[test]
    fn keys_of_others_are_told_from_our_own() {
        let secret = Secret {
            name: "trust".parse().expect("a name"),
            namespace: None,
            kind: Kind::Opaque,
            labels: [].into(),
            annotations: [].into(),
            data: [("new.crt", "new"), ("equal.crt", "same")]
                .map(|(key, text)| (key.to_owned(), Content::from(text.as_bytes().to_vec())))
                .into(),
        };
        let owns = |manager: &str, operation: &str, key: &str| {
            let fields = json!({ "f:data": { format!("f:{key}"): {} }, "f:type": {} });
            json!({ "manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields })
        };
        let text =
            json!({ "manager": "flux", "operation": "Apply", "fieldsV1": { "f:stringData": { "f:text.crt": {} } } });
        let live = json!({
            "metadata": { "managedFields": [
                text,
                owns("bobctl", "Apply", "ours.crt"),
                owns("bobctl", "Apply", "shared.crt"),
                owns("flux", "Update", "shared.crt"),
                owns("flux", "Update", "new.crt"),
                owns("flux", "Update", "equal.crt"),
                owns("bobctl", "Update", "edited.crt"),
            ] },
            "data": { "ours.crt": "", "shared.crt": "", "new.crt": "", "edited.crt": "", "lost.crt": "",
                "equal.crt": "c2FtZQ==", "text.crt": "" },
        });
        let live = Live::parse(live.to_string().as_bytes()).expect("a secret");
        let found = [("bobctl", "edited"), ("", "lost"), ("flux", "new"), ("flux", "shared"), ("flux", "text")];
        let found = found.map(|(manager, key)| Field { manager: manager.into(), path: format!(".data.{key}.crt") });
        assert_eq!(live.strangers(&secret), found);
    }
}
