//! HTTP clients, built at the first request that needs one.
//!
//! The library keeps one TLS identity and one set of roots a client, so there is one client for each combination that is
//! met, and one of its own for a registry that has anything of its own: for most runs one. Reading the system's roots
//! takes milliseconds; a client for plain HTTP reads none.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Proxy, Url, redirect};
use rustls::ClientConfig;

use super::certs_d::Entry;
use super::error::{Peer, told, unreachable};
use super::identity::Showing;
use super::probe::{self, CONNECT_TIMEOUT};
use super::proxy::{Proxies, Through};
use super::response::host_of;
use super::target::{same_host, same_origin};
use super::{ClientOptions, Result, trust};
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

/// How many bytes of one HTTP/2 answer may be under way, enough for a fast line over a long distance.
const STREAM_WINDOW: u32 = 4 << 20;
/// The same for all answers on a connection: this much may wait in memory when a disk is slow.
const CONNECTION_WINDOW: u32 = 16 << 20;
/// The largest HTTP/2 frame that is taken: fewer and larger pieces than the default of 16 KiB.
const FRAME: u32 = 256 << 10;
/// Who we are (NET-13).
const USER_AGENT: &str = concat!("bobctl/", env!("CARGO_PKG_VERSION"));

/// Which certificates a client believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Trust {
    /// None at all: the client speaks plain HTTP only.
    Nothing,
    /// The system's roots, else the built-in ones, those of `--ca-file`, and the registry's own.
    Roots,
    /// Any: `--tls-skip-verify`.
    Anything,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    trust: Trust,
    /// The one origin that it is for, when it has anything that is for nobody else.
    origin: Option<String>,
    /// A proxy forwards its requests one by one, as it does without TLS.
    forwarded: bool,
}

/// What is for one registry's own origin, and never leaves it (NET-2, NET-13).
struct Own {
    certificates: Entry,
    headers: HeaderMap,
}

/// The clients that were needed so far.
pub(super) struct Clients {
    options: ClientOptions,
    /// By origin. Most registries have none.
    owns: Mutex<HashMap<String, Arc<Own>>>,
    built: Mutex<HashMap<Kind, Client>>,
    /// Whether any server wanted to see a certificate of ours.
    asked: Arc<AtomicBool>,
}

impl Clients {
    /// None yet.
    pub(super) fn new(options: ClientOptions) -> Self {
        Self { options, owns: Mutex::default(), built: Mutex::default(), asked: Arc::default() }
    }

    /// What the clients are built by.
    pub(super) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// The root address of the registry `host`, which listens at `authority`: `https`, or `http` where the user or a
    /// loopback registry asks for it (REF-14). From here on its own origin is met with what is laid down for it, and
    /// with `headers`.
    pub(super) async fn meet(&self, host: &Host, authority: &str, headers: HeaderMap) -> Result<Url> {
        let certificates = if self.options.plain_http {
            Entry::default()
        } else {
            Entry::read(&self.options.certs_d, host, self.options.identity.as_ref())?
        };
        let scheme = self.scheme(host, !certificates.is_empty()).await;
        let url = Url::parse(&format!("{scheme}://{authority}/"))
            .map_err(|error| StoreError::Local(Fault::new(format!("{authority} is no host")).caused_by(error)))?;
        if !certificates.is_empty() || !headers.is_empty() {
            let own = Arc::new(Own { certificates, headers });
            self.owns.lock().unwrap_or_else(PoisonError::into_inner).insert(origin(&url), own);
        }
        Ok(url)
    }

    /// The client for `url`, on behalf of `registry`. Only the registry's own host may go unverified, and only its own
    /// origin sees its client certificate and headers (NET-2).
    pub(super) fn get(&self, registry: &Url, url: &Url) -> Result<Client> {
        let own = self.own(registry, url);
        let proxy = self.options.proxies.between(url)?;
        let forwarded = proxy.is_some() && url.scheme() == "http";
        let secured = proxy.filter(|proxy| proxy.url.scheme() == "https");
        let trust = match self.trust(registry, url) {
            // The way to the proxy is one by TLS.
            Trust::Nothing if secured.is_some() => Trust::Roots,
            trust => trust,
        };
        if let Some(proxy) = secured.filter(|_| trust == Trust::Anything || shows(own.as_deref())) {
            return Err(StoreError::Refused(exposed(&proxy)));
        }
        let kind = Kind { trust, origin: own.as_ref().map(|_| origin(url)), forwarded };
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = built.get(&kind) {
            return Ok(client.clone());
        }
        let client = self.build(&kind, own.as_deref())?;
        built.insert(kind, client.clone());
        Ok(client)
    }

    /// The failure that a broken line to `url` means.
    pub(super) async fn unreachable(&self, registry: &Url, url: &Url, error: reqwest::Error) -> StoreError {
        let (own, trust) = (self.own(registry, url), self.trust(registry, url));
        let proxy = self.options.proxies.between(url).ok().flatten().map(|proxy| proxy.to_string());
        // Who wants a certificate says why it hangs up, and the library may miss that.
        let unsaid = told(&error).is_none() && self.asked.load(Ordering::Relaxed);
        let probed = unsaid && proxy.is_none() && trust != Trust::Nothing;
        let refusal = match probed.then(|| self.tls(trust, own.as_deref())) {
            Some(Ok(config)) => probe::refusal(url, config).await,
            _ => None,
        };
        unreachable(Peer { host: host_of(url), proxy, shows: shows(own.as_deref()), refusal }, error)
    }

    /// What is believed of `url`, the way of a proxy to it aside.
    fn trust(&self, registry: &Url, url: &Url) -> Trust {
        match url.scheme() {
            "http" => Trust::Nothing,
            _ if self.options.tls_skip_verify && same_host(registry, url) => Trust::Anything,
            _ => Trust::Roots,
        }
    }

    /// What the registry has of its own, if `url` is at its origin.
    fn own(&self, registry: &Url, url: &Url) -> Option<Arc<Own>> {
        let owns = self.owns.lock().unwrap_or_else(PoisonError::into_inner);
        owns.get(&origin(registry)).filter(|_| same_origin(registry, url)).map(Arc::clone)
    }

    async fn scheme(&self, host: &Host, certificates: bool) -> &'static str {
        let tls_wanted = certificates || self.options.tls_skip_verify || self.options.ca_file.is_some();
        match host.port() {
            _ if self.options.plain_http => "http",
            Some(port) if host.is_loopback() && !tls_wanted => match probe::answers_tls(host, port).await {
                Ok(false) => "http",
                // Nobody there: the request itself will say so.
                Ok(true) | Err(_) => "https",
            },
            _ => "https",
        }
    }

    fn build(&self, kind: &Kind, own: Option<&Own>) -> Result<Client> {
        trust::install_provider();
        let builder = proxied(base(), &self.options.proxies);
        // Some such proxies close each connection after one answer, and do not say so.
        let builder = if kind.forwarded { builder.pool_max_idle_per_host(0) } else { builder };
        let builder = match kind.trust {
            Trust::Nothing => builder.tls_certs_only([]),
            trust => builder.tls_backend_preconfigured(self.tls(trust, own)?),
        };
        let builder = match own {
            Some(own) => builder.default_headers(own.headers.clone()),
            None => builder,
        };
        builder.build().map_err(|error| StoreError::Local(Fault::new("no HTTP client can be made").caused_by(error)))
    }

    fn tls(&self, trust: Trust, own: Option<&Own>) -> Result<ClientConfig> {
        let judge = if trust == Trust::Anything {
            trust::anything()
        } else {
            let mut added = self.options.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), trust::roots)?;
            added.extend(own.iter().flat_map(|own| own.certificates.roots.iter().cloned()));
            trust::roots_and(added, self.options.roots_named)?
        };
        let identity = own.and_then(|own| own.certificates.identity.clone());
        trust::config(judge, Showing { identity, asked: Arc::clone(&self.asked) })
    }
}

fn shows(own: Option<&Own>) -> bool {
    own.is_some_and(|own| own.certificates.identity.is_some())
}

/// Scheme, host and port as text.
fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn base() -> ClientBuilder {
    let os = std::env::consts::OS;
    let arch = std::env::consts::ARCH;
    let builder = Client::builder()
        .user_agent(format!("{USER_AGENT} ({os}/{arch})"))
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .http2_max_frame_size(FRAME);
    // The idle guard decides how long unacknowledged bytes may wait.
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let builder = builder.tcp_user_timeout(None);
    // Else the library would read the environment by itself.
    builder.no_proxy()
}

/// With the proxies of the user. A proxy that cannot be used was an error before.
fn proxied(builder: ClientBuilder, proxies: &Proxies) -> ClientBuilder {
    if proxies.is_empty() {
        return builder;
    }
    let proxies = proxies.clone();
    builder.proxy(Proxy::custom(move |url| proxies.between(url).ok().flatten().map(|through| through.url)))
}

/// The library meets such a proxy with the very settings that are for the registry.
fn exposed(proxy: &Through) -> Fault {
    let message = format!(
        "a client certificate, or --tls-skip-verify, cannot be used through the proxy {proxy}, which speaks TLS"
    );
    Fault::new(message).with_hint("name the proxy as http://HOST:PORT, or the registry in NO_PROXY")
}
