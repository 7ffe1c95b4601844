//! From kubeconfig files to a client: which cluster is meant, and who asks there.

use std::path::PathBuf;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use super::super::Namespace;
use super::ApplyOptions;
use super::error::ApplyError;
use super::plugin::{self, Issued};

/// The one authentication provider that is left; those of clouds have become credential plugins.
const OIDC: &str = "oidc";
/// The header of a client's name and version.
const USER_AGENT: http::HeaderName = http::header::USER_AGENT;

/// Which cluster is meant.
pub(super) struct Target {
    /// The name of the context.
    pub(super) context: String,
    config: Config,
}

/// A client, and the address it is for.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) server: String,
}

impl Target {
    /// Read what the kubeconfigs say, without asking anybody.
    pub(super) async fn read(options: &ApplyOptions) -> Result<Self, ApplyError> {
        let kubeconfig = merged(&options.kubeconfigs)?;
        let context = options.context.clone().or_else(|| kubeconfig.current_context.clone());
        let context = context.filter(|context| !context.is_empty()).ok_or_else(|| no_context(&kubeconfig))?;
        let own_proxy = has_proxy(&kubeconfig, &context);
        let choice = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &choice).await;
        let mut config = config.map_err(|error| ApplyError::Kubeconfig(explained(&error)))?;
        if !own_proxy && !is_proxied(&config) {
            config.proxy_url = None;
        }
        Ok(Self { context, config })
    }

    /// The namespace of the context, or `default`.
    pub(super) fn namespace(&self) -> Result<Namespace, ApplyError> {
        let text = &self.config.default_namespace;
        let text = if text.is_empty() { "default" } else { text };
        let wrong = |error| ApplyError::Kubeconfig(format!("the context '{}' has no namespace: {error}", self.context));
        text.parse().map_err(wrong)
    }

    /// Get the credentials, and make a client that has them.
    pub(super) async fn connect(mut self, plugin_limit: Duration) -> Result<Connection, ApplyError> {
        self.check_provider()?;
        if let Some(exec) = self.config.auth_info.exec.take() {
            self.equip(plugin::run(&exec, plugin_limit).await?);
        }
        // Requests are bounded and repeated by `Api`, which knows what may be repeated.
        self.config.default_retry = false;
        let agent = http::HeaderValue::from_static(concat!("bobctl/", env!("CARGO_PKG_VERSION")));
        self.config.headers.push((USER_AGENT, agent));
        let server = shown(&self.config.cluster_url);
        let client = Client::try_from(self.config);
        let client = client.map_err(|error| ApplyError::Kubeconfig(format!("no client for {server}: {error}")))?;
        Ok(Connection { client, server })
    }

    fn equip(&mut self, issued: Issued) {
        let user = &mut self.config.auth_info;
        if let Some(token) = issued.token {
            user.token = Some(token);
        }
        if let Some((certificate, key)) = issued.certificate {
            user.client_certificate_data = Some(certificate);
            user.client_key_data = Some(key);
        }
    }

    /// The library would start a cloud's command by itself, and wait for it for ever.
    fn check_provider(&self) -> Result<(), ApplyError> {
        match &self.config.auth_info.auth_provider {
            Some(provider) if provider.name != OIDC => Err(ApplyError::Kubeconfig(format!(
                "the kubeconfig logs in by the auth-provider '{}', which Kubernetes has given up for credential plugins",
                provider.name
            ))),
            _ => Ok(()),
        }
    }
}

/// The files that exist, merged: the first one wins.
fn merged(files: &[PathBuf]) -> Result<Kubeconfig, ApplyError> {
    let mut found: Option<Kubeconfig> = None;
    for file in files {
        let next = match Kubeconfig::read_from(file) {
            Err(KubeconfigError::ReadConfig(error, _)) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(KubeconfigError::Parse(error)) => {
                // The error itself shows the lines around it, where tokens may stand.
                let line = error.location().map_or_else(String::new, |place| format!(", line {}", place.line()));
                return Err(ApplyError::Kubeconfig(format!("'{}' is no kubeconfig{line}", file.display())));
            }
            Err(error) => return Err(ApplyError::Kubeconfig(error.to_string())),
            Ok(next) => next,
        };
        found = Some(match found {
            None => next,
            Some(found) => found.merge(next).map_err(|error| ApplyError::Kubeconfig(error.to_string()))?,
        });
    }
    found.ok_or_else(|| ApplyError::NoKubeconfig(files.to_vec()))
}

fn no_context(kubeconfig: &Kubeconfig) -> ApplyError {
    let names: Vec<&str> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    ApplyError::Kubeconfig(format!("the kubeconfig has no current context; name one with --context (it has: {names})"))
}

/// Whether the context's cluster names a proxy.
fn has_proxy(kubeconfig: &Kubeconfig, context: &str) -> bool {
    let context =
        kubeconfig.contexts.iter().find(|named| named.name == context).and_then(|named| named.context.as_ref());
    let cluster = context.and_then(|context| kubeconfig.clusters.iter().find(|named| named.name == context.cluster));
    let proxy = cluster.and_then(|named| named.cluster.as_ref()).and_then(|cluster| cluster.proxy_url.as_ref());
    proxy.is_some_and(|proxy| !proxy.is_empty())
}

/// Whether the proxy of the surroundings is for this cluster. The library compares `NO_PROXY` with the proxy instead,
/// and sends loopback through it.
fn is_proxied(config: &Config) -> bool {
    let host = config.cluster_url.host().unwrap_or_default().trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    !loopback && Matcher::from_system().intercept(&config.cluster_url).is_some()
}

/// The address without what may stand before an `@`.
fn shown(url: &http::Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{}://{authority}", url.scheme_str().unwrap_or("https"))
}

fn explained(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::LoadContext(name) => format!("the kubeconfig has no context '{name}'"),
        KubeconfigError::LoadClusterOfContext(name) => format!("the kubeconfig has no cluster '{name}'"),
        KubeconfigError::ParseProxyUrl(_) => "the proxy of the cluster is no URL".to_owned(),
        error => format!("the kubeconfig makes no sense: {error}"),
    }
}
