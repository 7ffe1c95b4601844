//! The secret as it is in the cluster, and who put what there.

use std::collections::BTreeMap;

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
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    resource_version: String,
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
    fn has(&self, key: &str) -> bool {
        self.fields_v1.get("f:data").is_some_and(|data| data.get(format!("f:{key}")).is_some())
    }

    fn is_ours(&self) -> bool {
        self.manager == MANAGER && self.operation == APPLY
    }
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

    /// Check that it has the type of `secret`.
    pub(super) fn must_be(&self, secret: &Secret, namespace: &Namespace) -> Result<(), ApplyError> {
        let wanted = secret.kind.as_str();
        if self.r#type == wanted {
            return Ok(());
        }
        let (name, namespace) = (secret.name.to_string(), namespace.to_string());
        Err(ApplyError::WrongType { name, namespace, live: self.r#type.clone(), wanted })
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

    /// Keys that `secret` does not have and that would stay all the same, as somebody else put them there.
    pub(super) fn strangers(&self, secret: &Secret) -> Vec<Field> {
        let mut fields = Vec::new();
        for key in self.left_over(secret) {
            let owners: Vec<&Managed> =
                self.metadata.managed_fields.iter().filter(|managed| managed.has(key)).collect();
            let others = owners.iter().filter(|managed| !managed.is_ours());
            let path = format!(".data.{key}");
            fields.extend(others.map(|managed| Field { manager: managed.manager.clone(), path: path.clone() }));
            if owners.is_empty() {
                fields.push(Field { manager: String::new(), path });
            }
        }
        fields
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
            data: [("new.crt".to_owned(), Content::from(b"new".to_vec()))].into(),
        };
        let owns = |manager: &str, operation: &str, key: &str| {
            let fields = json!({ "f:data": { format!("f:{key}"): {} }, "f:type": {} });
            json!({ "manager": manager, "operation": operation, "fieldsType": "FieldsV1", "fieldsV1": fields })
        };
        let live = json!({
            "metadata": { "managedFields": [
                owns("bobctl", "Apply", "ours.crt"),
                owns("bobctl", "Apply", "shared.crt"),
                owns("flux", "Update", "shared.crt"),
                owns("flux", "Update", "new.crt"),
                owns("bobctl", "Update", "edited.crt"),
            ] },
            "data": { "ours.crt": "", "shared.crt": "", "new.crt": "", "edited.crt": "", "lost.crt": "" },
        });
        let live = Live::parse(live.to_string().as_bytes()).expect("a secret");
        let found = [("bobctl", "edited"), ("", "lost"), ("flux", "shared")];
        let found = found.map(|(manager, key)| Field { manager: manager.into(), path: format!(".data.{key}.crt") });
        assert_eq!(live.strangers(&secret), found);
    }
}
