//! What can go wrong while a secret is applied: a variant for each thing a user does about it.

use std::path::PathBuf;

use super::mask::Mask;

/// A field of the live secret that somebody else manages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Who manages it; empty when nobody says so.
    pub manager: String,
    /// Where it is, such as `.data.ca.crt`.
    pub path: String,
}

/// Why a secret was not applied. No message holds anything of its content, nor of the credentials used.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// There is no kubeconfig.
    #[error("no kubeconfig was found{}", looked(.0))]
    NoKubeconfig(
        /// Where it was looked for.
        Vec<PathBuf>,
    ),
    /// The kubeconfig makes no sense, or not for this.
    #[error("{0}")]
    Kubeconfig(
        /// What is wrong with it.
        String,
    ),
    /// The program that the kubeconfig names for credentials gave none.
    #[error("the credential plugin '{command}' of the kubeconfig {problem}")]
    Plugin {
        /// The program.
        command: String,
        /// What it did.
        problem: String,
        /// Where to get it, says the kubeconfig.
        install_hint: Option<String>,
    },
    /// The cluster does not know or not allow the user.
    #[error("{0}")]
    Denied(
        /// Whom, and what.
        String,
    ),
    /// The namespace does not exist.
    #[error("the namespace '{0}' does not exist")]
    NoNamespace(
        /// Its name.
        String,
    ),
    /// There is a secret of this name and another type.
    #[error("the secret '{name}' has the type '{live}', not '{wanted}', and a type never changes")]
    WrongType {
        /// The secret.
        name: String,
        /// Its namespace.
        namespace: String,
        /// The type it has.
        live: String,
        /// The type it would have.
        wanted: &'static str,
    },
    /// The secret was made immutable, and holds something else.
    #[error("the secret '{name}' is immutable, and holds something else")]
    Immutable {
        /// The secret.
        name: String,
        /// Its namespace.
        namespace: String,
    },
    /// The secret is being deleted, and with it would go what is applied.
    #[error("the secret '{name}' is being deleted, and waits for {}", .finalizers.join(", "))]
    Deleted {
        /// The secret.
        name: String,
        /// Who has to let it go.
        finalizers: Vec<String>,
    },
    /// Somebody else manages parts of the secret.
    #[error("the secret '{name}' is not bobctl's alone: {}", managed(.fields))]
    Conflict {
        /// The secret.
        name: String,
        /// What they manage.
        fields: Vec<Field>,
    },
    /// Somebody else changes the secret all the time.
    #[error("the secret is being changed by somebody else: {0}")]
    Raced(
        /// What the cluster says.
        String,
    ),
    /// The cluster does not take the secret.
    #[error("the cluster refuses the secret: {0}")]
    Refused(
        /// What the cluster says.
        String,
    ),
    /// The cluster does not prove that it is the one meant.
    #[error("the certificate of the cluster at {server} is not trusted: {problem}")]
    Untrusted {
        /// Its address.
        server: String,
        /// Why not.
        problem: String,
    },
    /// The cluster cannot be reached, or is failing.
    #[error("the cluster at {server} {problem}")]
    Unavailable {
        /// Its address.
        server: String,
        /// What it did.
        problem: String,
    },
}

impl ApplyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoKubeconfig(_) => {
                "name one with --kubeconfig, or print the secret with --export and apply it elsewhere".to_owned()
            }
            Self::Plugin { install_hint, .. } => install_hint.clone()?,
            Self::NoNamespace(namespace) => format!("kubectl create namespace {namespace}"),
            Self::WrongType { name, namespace, .. } | Self::Immutable { name, namespace } => {
                format!("choose another name, or delete it first: kubectl delete secret {name} --namespace {namespace}")
            }
            Self::Deleted { .. } => "try again when it is gone".to_owned(),
            Self::Conflict { .. } => {
                "--force-conflicts takes over what they manage, and takes out what is not given here".to_owned()
            }
            Self::Untrusted { .. } => {
                "the kubeconfig names whom to trust, as certificate-authority or certificate-authority-data".to_owned()
            }
            Self::Kubeconfig(_) | Self::Denied(_) | Self::Raced(_) | Self::Refused(_) | Self::Unavailable { .. } => {
                return None;
            }
        })
    }

    /// It answered something that no API server answers.
    pub(super) fn nonsense(server: &str, status: u16) -> Self {
        let problem = format!("answers with status {status} and something that no Kubernetes API does");
        Self::Unavailable { server: server.to_owned(), problem }
    }

    /// The secret cannot be sent.
    pub(super) fn unsent(error: impl std::fmt::Display) -> Self {
        Self::Refused(format!("it cannot be sent: {error}"))
    }

    /// The same without anything of the secret, should the cluster have repeated it.
    pub(super) fn masked(self, mask: &Mask) -> Self {
        match self {
            Self::Denied(text) => Self::Denied(mask.apply(&text)),
            Self::Raced(text) => Self::Raced(mask.apply(&text)),
            Self::Refused(text) => Self::Refused(mask.apply(&text)),
            Self::Unavailable { server, problem } => Self::Unavailable { server, problem: mask.apply(&problem) },
            error => error,
        }
    }
}

fn looked(files: &[PathBuf]) -> String {
    let files: Vec<String> = files.iter().map(|file| format!("'{}'", file.display())).collect();
    if files.is_empty() { String::new() } else { format!(" at {}", files.join(", ")) }
}

/// Each manager once, with its fields.
fn managed(fields: &[Field]) -> String {
    let mut managers: Vec<(&str, Vec<&str>)> = Vec::new();
    for field in fields {
        match managers.iter_mut().find(|(manager, _)| *manager == field.manager) {
            Some((_, paths)) => paths.push(&field.path),
            None => managers.push((&field.manager, vec![&field.path])),
        }
    }
    let said = managers.into_iter().map(|(manager, paths)| match manager {
        "" => format!("nobody manages {}", paths.join(", ")),
        manager => format!("'{manager}' manages {}", paths.join(", ")),
    });
    said.collect::<Vec<_>>().join("; ")
}
