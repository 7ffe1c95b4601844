//! Answers of an API server that are no secret: its `Status` document, read tolerantly, bounded and cleaned.

use serde::Deserialize;

use super::super::{Namespace, Secret};
use super::api::Answer;
use super::error::{ApplyError, Field};

/// How many characters of a server's text are shown.
const MAX_TEXT: usize = 400;
/// How many fields of others are named.
const MAX_FIELDS: usize = 20;
/// The reason of a cause that names a field of another manager.
const FIELD_CONFLICT: &str = "FieldManagerConflict";

/// `meta/v1.Status`.
#[derive(Default, Deserialize)]
struct Status {
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    kind: String,
    #[serde(default)]
    causes: Vec<Cause>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    field: String,
}

/// Whether the answer says that there is no such secret: not a path that nobody knows.
pub(super) fn is_absent(answer: &Answer) -> bool {
    answer.status == 404
        && status(answer).and_then(|status| status.details).is_some_and(|details| details.kind == "secrets")
}

/// Turn an answer that is no success into its error.
pub(super) fn check(answer: &Answer, secret: &Secret, namespace: &Namespace, server: &str) -> Result<(), ApplyError> {
    let said = said(answer);
    let status = match status(answer) {
        _ if (200..300).contains(&answer.status) => return Ok(()),
        // Whoever answers so need not be an API server.
        None if answer.status != 401 && answer.status != 403 => {
            return Err(ApplyError::nonsense(server, answer.status));
        }
        status => status.unwrap_or_default(),
    };
    let details = status.details.unwrap_or_default();
    Err(match answer.status {
        401 => ApplyError::Denied(format!("the cluster at {server} does not know the user of the kubeconfig ({said})")),
        403 => ApplyError::Denied(format!("the cluster does not allow it: {said}")),
        404 if details.kind == "namespaces" => ApplyError::NoNamespace(namespace.to_string()),
        409 => match conflicts(&details) {
            fields if fields.is_empty() => ApplyError::Raced(said),
            fields => ApplyError::Conflict { name: secret.name.to_string(), fields },
        },
        _ => ApplyError::Refused(said),
    })
}

/// What the server says, in one line.
pub(super) fn said(answer: &Answer) -> String {
    let text = match status(answer) {
        Some(status) if !status.message.is_empty() => status.message,
        _ => String::from_utf8_lossy(&answer.body[..answer.body.len().min(MAX_TEXT * 4)]).into_owned(),
    };
    if text.trim_start().starts_with('<') {
        return "an HTML page".to_owned();
    }
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_TEXT).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "it does not say why".to_owned() } else { text }
}

fn status(answer: &Answer) -> Option<Status> {
    serde_json::from_slice(&answer.body).ok()
}

/// `conflict with "kubectl" using v1` at `.data.ca\.crt`.
fn conflicts(details: &Details) -> Vec<Field> {
    let causes = details.causes.iter().filter(|cause| cause.reason == FIELD_CONFLICT).take(MAX_FIELDS);
    let field = |cause: &Cause| Field {
        manager: cause.message.split('"').nth(1).unwrap_or(&cause.message).to_owned(),
        path: cause.field.clone(),
    };
    causes.map(field).collect()
}
