//! Two looks at a server past the HTTP library: whether it speaks TLS at all, and why it hung up. No request is sent, and
//! so no credential.

use std::io::{self, Read as _};
use std::net::ToSocketAddrs as _;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::error::find;
use super::trust;
use crate::oci::reference::Host;

/// How long a connection may take to come up: name, TCP and TLS together.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a server may take to say why it hung up.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(2);

/// Whether what listens on `port` of the loopback `host` answers a TLS greeting in TLS.
///
/// Nothing but the greeting is sent, so no credential can be. Silence counts as TLS: only words that are no TLS switch.
pub(super) async fn answers_tls(host: &Host, port: u16) -> io::Result<bool> {
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

/// What the server at `url` refuses TLS with the client of `config` for, if it says so.
pub(super) async fn refusal(url: &Url, config: ClientConfig) -> Option<rustls::Error> {
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default()?;
    let look = tokio::task::spawn_blocking(move || greet(&host, port, config)).await;
    let error = look.ok()?.err()?;
    find::<rustls::Error>(&error).cloned()
}

/// Agree on TLS, and wait for the first word that follows.
fn greet(host: &str, port: u16, config: ClientConfig) -> io::Result<()> {
    let address = (host, port).to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let mut stream = std::net::TcpStream::connect_timeout(&address, REFUSAL_TIMEOUT)?;
    stream.set_read_timeout(Some(REFUSAL_TIMEOUT))?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    rustls::Stream::new(&mut connection, &mut stream).read(&mut [0]).map(drop)
}
