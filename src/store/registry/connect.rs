//! HTTP clients, built at the first request that needs one, and the question whether a loopback registry speaks TLS.
//!
//! The library keeps one TLS identity and one proxy rule a client, so there is one client for each combination that is
//! met: for most runs one. Reading the system's roots takes milliseconds; a client for plain HTTP reads none.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, ClientBuilder, Url, redirect};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::target::{is_loopback, same_host};
use super::{ClientOptions, Result, trust};
use crate::oci::reference::Host;
use crate::store::{Fault, StoreError};

/// How long a connection may take to come up: name, TCP and TLS together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
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
    /// The system's roots, else the built-in ones, and those of `--ca-file`.
    Roots,
    /// Any: `--tls-skip-verify`.
    Anything,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    trust: Trust,
    /// Not through a proxy.
    direct: bool,
}

/// The clients that were needed so far.
pub(super) struct Clients {
    options: ClientOptions,
    built: Mutex<HashMap<Kind, Client>>,
}

impl Clients {
    /// None yet.
    pub(super) fn new(options: ClientOptions) -> Self {
        Self { options, built: Mutex::default() }
    }

    /// What the clients are built by.
    pub(super) fn options(&self) -> &ClientOptions {
        &self.options
    }

    /// The client for `url`, on behalf of `registry`. Only the registry's own host may go unverified (NET-2).
    pub(super) fn get(&self, registry: &Url, url: &Url) -> Result<Client> {
        let trust = match url.scheme() {
            "http" => Trust::Nothing,
            _ if self.options.tls_skip_verify && same_host(registry, url) => Trust::Anything,
            _ => Trust::Roots,
        };
        let kind = Kind { trust, direct: is_loopback(url) };
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = built.get(&kind) {
            return Ok(client.clone());
        }
        let client = self.build(kind)?;
        built.insert(kind, client.clone());
        Ok(client)
    }

    /// `https`, or `http` where the user or a loopback registry asks for it (REF-14).
    pub(super) async fn scheme(&self, host: &Host) -> &'static str {
        let tls_wanted = self.options.tls_skip_verify || self.options.ca_file.is_some();
        match host.port() {
            _ if self.options.plain_http => "http",
            Some(port) if host.is_loopback() && !tls_wanted => match answers_tls(host, port).await {
                Ok(false) => "http",
                // Nobody there: the request itself will say so.
                Ok(true) | Err(_) => "https",
            },
            _ => "https",
        }
    }

    fn build(&self, kind: Kind) -> Result<Client> {
        trust::install_provider();
        match kind.trust {
            Trust::Nothing => finish(base(kind).tls_certs_only([])),
            Trust::Anything => finish(base(kind).tls_certs_only([]).tls_danger_accept_invalid_certs(true)),
            Trust::Roots => self.build_verifying(kind),
        }
    }

    fn build_verifying(&self, kind: Kind) -> Result<Client> {
        let config = trust::config(self.options.ca_file.as_deref(), self.options.roots_named)?;
        finish(base(kind).tls_backend_preconfigured(config))
    }
}

fn base(kind: Kind) -> ClientBuilder {
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
    if kind.direct { builder.no_proxy() } else { builder }
}

fn finish(builder: ClientBuilder) -> Result<Client> {
    builder.build().map_err(|error| StoreError::Local(Fault::new("no HTTP client can be made").caused_by(error)))
}

/// Whether what listens on `port` of the loopback `host` answers a TLS greeting in TLS.
///
/// Nothing but the greeting is sent, so no credential can be. Silence counts as TLS: only words that are no TLS switch.
async fn answers_tls(host: &Host, port: u16) -> io::Result<bool> {
    let name = host.name().trim_matches(['[', ']']);
    let greeting = greeting(name)?;
    let ask = async {
        let mut stream = TcpStream::connect((name, port)).await?;
        stream.write_all(&greeting).await?;
        let mut first = [0];
        let read = stream.read(&mut first).await?;
        // TLS records are alerts (21) and handshakes (22) here.
        Ok(read == 0 || matches!(first, [21 | 22]))
    };
    timeout(CONNECT_TIMEOUT, ask).await?
}

fn greeting(name: &str) -> io::Result<Vec<u8>> {
    trust::install_provider();
    let mut config = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    // A server that reads lines answers only once it has seen one: the last "protocol" ends the line for it.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec(), b"\r\n\r\n".to_vec()];
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut bytes = Vec::new();
    connection.write_tls(&mut bytes)?;
    Ok(bytes)
}
