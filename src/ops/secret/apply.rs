//! Applying a secret to a cluster, and what is said of it.

use serde::Serialize;

use super::Secret;
use crate::cluster::apply::{self, Applied};
pub use crate::cluster::apply::{ApplyError, ApplyOptions, DryRun, Outcome, PluginOutput};

/// What was created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// The secret's name.
    pub name: String,
    /// The namespace it is in.
    pub namespace: String,
    /// Its type.
    pub r#type: &'static str,
    /// The keys that it holds, sorted.
    pub keys: Vec<String>,
    /// What became of it; absent when the cluster was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether nothing was really changed, and who decided so: absent when it was.
    #[serde(skip_serializing_if = "is_real")]
    pub dry_run: DryRun,
}

/// For serde, which hands over references.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
fn is_real(dry_run: &DryRun) -> bool {
    *dry_run == DryRun::None
}

/// Make the cluster's secret hold what `secret` holds, and nothing else.
pub async fn apply(secret: &Secret, options: &ApplyOptions) -> Result<Created, ApplyError> {
    let Applied { name, namespace, outcome, .. } = apply::apply(secret, options).await?;
    let keys = secret.data.keys().cloned().collect();
    Ok(Created { name, namespace, r#type: secret.kind.as_str(), keys, outcome, dry_run: options.dry_run })
}
