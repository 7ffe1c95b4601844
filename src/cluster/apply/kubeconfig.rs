//! Kubeconfig files: read, merged, and what is wrong with them in words that repeat nothing secret.

use std::path::PathBuf;

use kube::config::{Cluster, Kubeconfig, KubeconfigError};

use super::error::ApplyError;

/// The files that exist, merged: the first one wins.
pub(super) fn merged(files: &[PathBuf]) -> Result<Kubeconfig, ApplyError> {
    let mut found: Option<Kubeconfig> = None;
    for file in files {
        let mut next = match Kubeconfig::read_from(file) {
            Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(KubeconfigError::ReadConfig(error, _)) => {
                return Err(ApplyError::Kubeconfig(format!("'{}' cannot be read: {error}", file.display())));
            }
            Err(KubeconfigError::Parse(error)) => {
                // The error itself shows the lines around it, where tokens may stand.
                let line = error.location().map_or_else(String::new, |place| format!(", line {}", place.line()));
                return Err(ApplyError::Kubeconfig(format!("'{}' is no kubeconfig{line}", file.display())));
            }
            Err(error) => return Err(ApplyError::Kubeconfig(error.to_string())),
            Ok(next) => next,
        };
        // As kubectl leaves it in a file without contexts: it says nothing, so that of the next file counts.
        next.current_context = next.current_context.filter(|context| !context.is_empty());
        found = Some(match found {
            None => next,
            Some(found) => found.merge(next).map_err(|error| ApplyError::Kubeconfig(error.to_string()))?,
        });
    }
    found.ok_or_else(|| ApplyError::NoKubeconfig(files.to_vec()))
}

/// There is no current context.
pub(super) fn no_context(kubeconfig: &Kubeconfig) -> ApplyError {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    ApplyError::Kubeconfig(format!("the kubeconfig has no current context; name one with --context (it has: {names})"))
}

/// The cluster of a context.
pub(super) fn cluster<'a>(kubeconfig: &'a Kubeconfig, context: &str) -> Option<&'a Cluster> {
    let context = kubeconfig.contexts.iter().find(|named| named.name == context)?.context.as_ref()?;
    kubeconfig.clusters.iter().find(|named| named.name == context.cluster)?.cluster.as_ref()
}

/// The error of the library, in our words where its own do not help.
pub(super) fn explained(error: &KubeconfigError) -> ApplyError {
    ApplyError::Kubeconfig(match error {
        KubeconfigError::LoadContext(name) => format!("the kubeconfig has no context '{name}'"),
        KubeconfigError::LoadClusterOfContext(name) => format!("the kubeconfig has no cluster '{name}'"),
        KubeconfigError::ParseProxyUrl(_) => "the proxy, of the kubeconfig or of HTTPS_PROXY, is no URL".to_owned(),
        KubeconfigError::ParseNoProxy(error) => format!("NO_PROXY makes no sense: {error}"),
        error => format!("the kubeconfig makes no sense: {error}"),
    })
}
