//! Who asks: what the kubeconfig's user has, and what a plugin issued, brought into the one form that is sent.

use std::fs;

use http::HeaderValue;
use kube::config::AuthInfo;
use secrecy::{ExposeSecret, SecretString};

use super::error::ApplyError;
use super::plugin::{self, Issued};
use super::{Limits, PluginOutput};

/// The one authentication provider that is left; those of clouds have become credential plugins.
const OIDC: &str = "oidc";

/// Make `user` ready: ask its plugin, read its token. The library would do both in ways that hang, or end the program.
pub(super) async fn prepare(user: &mut AuthInfo, limits: Limits, output: PluginOutput) -> Result<(), ApplyError> {
    take_provider(user)?;
    // The file counts more than the token beside it, as for kubectl; a plugin counts more than both.
    if let Some(file) = user.token_file.take() {
        let token = fs::read_to_string(&file);
        let unread = |error| ApplyError::Kubeconfig(format!("the tokenFile '{file}' cannot be read: {error}"));
        user.token = Some(token.map_err(unread)?.into());
    }
    if let Some(exec) = user.exec.take() {
        equip(user, plugin::run(&exec, limits.plugin, output).await?);
    }
    user.token = user.token.as_ref().map(sendable).transpose()?;
    Ok(())
}

/// The token of an authentication provider. For others the library would start a cloud's command, and wait for it for ever.
fn take_provider(user: &mut AuthInfo) -> Result<(), ApplyError> {
    let Some(provider) = user.auth_provider.take() else { return Ok(()) };
    let wrong = |problem| format!("the kubeconfig logs in by the auth-provider '{}', which {problem}", provider.name);
    if provider.name != OIDC {
        return Err(ApplyError::Kubeconfig(wrong("Kubernetes has given up for credential plugins")));
    }
    let Some(token) = provider.config.get("id-token") else {
        return Err(ApplyError::Kubeconfig(wrong("has no id-token")));
    };
    user.token = Some(token.clone().into());
    Ok(())
}

fn equip(user: &mut AuthInfo, issued: Issued) {
    if let Some(token) = issued.token {
        user.token = Some(token);
    }
    if let Some((certificate, key)) = issued.certificate {
        user.client_certificate_data = Some(certificate);
        user.client_key_data = Some(key);
    }
}

/// A token without the line break that files and YAML blocks end in. The library panics at what fits in no header.
fn sendable(token: &SecretString) -> Result<SecretString, ApplyError> {
    let token = token.expose_secret().trim();
    match HeaderValue::from_str(token) {
        Ok(_) => Ok(token.into()),
        Err(_) => Err(ApplyError::Kubeconfig("the token of the user has a character that no token has".to_owned())),
    }
}
