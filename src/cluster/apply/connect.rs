//! From a kubeconfig to a client: which cluster is meant, and who asks there.

use http::Uri;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};

use super::super::Namespace;
use super::error::ApplyError;
use super::{ApplyOptions, kubeconfig, login, proxy};

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
        let kubeconfig = kubeconfig::merged(&options.kubeconfigs)?;
        let context = options.context.clone().or_else(|| kubeconfig.current_context.clone());
        let context =
            context.filter(|context| !context.is_empty()).ok_or_else(|| kubeconfig::no_context(&kubeconfig))?;
        let cluster = kubeconfig::cluster(&kubeconfig, &context);
        let named_proxy = cluster.and_then(|cluster| cluster.proxy_url.clone()).filter(|proxy| !proxy.is_empty());
        let choice = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &choice).await;
        let mut config = config.map_err(|error| kubeconfig::explained(&error))?;
        check_server(&config.cluster_url)?;
        config.proxy_url = proxy::between(&config.cluster_url, named_proxy.as_deref())?;
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
    pub(super) async fn connect(mut self, options: &ApplyOptions) -> Result<Connection, ApplyError> {
        login::prepare(&mut self.config.auth_info, options.limits, options.plugin_output).await?;
        // Requests are bounded and repeated by `Api`, which knows what may be repeated.
        self.config.default_retry = false;
        let agent = http::HeaderValue::from_static(concat!("bobctl/", env!("CARGO_PKG_VERSION")));
        self.config.headers.push((USER_AGENT, agent));
        let server = match &self.config.proxy_url {
            Some(proxy) => format!("{} (through the proxy {})", shown(&self.config.cluster_url), shown(proxy)),
            None => shown(&self.config.cluster_url),
        };
        let client = Client::try_from(self.config);
        let client = client.map_err(|error| ApplyError::Kubeconfig(format!("no client for {server}: {error}")))?;
        Ok(Connection { client, server })
    }
}

/// The library panics at an address without a scheme.
fn check_server(url: &Uri) -> Result<(), ApplyError> {
    match (url.scheme_str(), url.host()) {
        (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(()),
        _ => Err(ApplyError::Kubeconfig("the server of the cluster is no https:// or http:// address".to_owned())),
    }
}

/// The address without what may stand before an `@`.
fn shown(url: &Uri) -> String {
    let authority = url.authority().map_or("", |authority| authority.as_str());
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{}://{authority}", url.scheme_str().unwrap_or("https"))
}
