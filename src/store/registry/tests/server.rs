//! A loopback server that answers by a function and keeps what it was asked.

use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    /// Path and query, byte for byte.
    pub(super) target: String,
    pub(super) headers: hyper::HeaderMap,
    pub(super) body: Bytes,
    /// Which connection it came on, from zero.
    pub(super) connection: usize,
    /// Whether the client showed [`CLIENT`] there.
    pub(super) certificate: bool,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Method and target, the way tests compare them.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }

    pub(super) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.target.split('?').next() == Some(path)
    }

    pub(super) fn query(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// An answer in the making.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
    /// Never answer.
    hang: bool,
}

pub(super) fn reply(status: u16) -> Reply {
    Reply { status, headers: Vec::new(), body: Bytes::new(), hang: false }
}

pub(super) fn hang() -> Reply {
    Reply { hang: true, ..reply(200) }
}

impl Reply {
    #[expect(clippy::needless_pass_by_value, reason = "a story reads better without the reference")]
    pub(super) fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }

    pub(super) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn error(self, code: &str, message: &str) -> Self {
        self.with("content-type", "application/json")
            .body(format!(r#"{{"errors":[{{"code":"{code}","message":"{message}"}}]}}"#))
    }
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A running server. It stops when it is dropped.
pub(super) struct Server {
    port: u16,
    log: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// A server that answers by `answer`, without TLS.
    pub(super) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(None, answer).await
    }

    /// A server that speaks TLS with a certificate of `authority`.
    pub(super) async fn start_tls(
        authority: &Authority,
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::listen(Some(authority.acceptor()), answer).await
    }

    async fn listen(tls: Option<TlsAcceptor>, answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (log, answer): (Arc<Mutex<Vec<Seen>>>, Arc<Answer>) = (Arc::default(), Arc::new(answer));
        let kept = Arc::clone(&log);
        let task = tokio::spawn(async move {
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else { return };
                let (log, answer, tls) = (Arc::clone(&kept), Arc::clone(&answer), tls.clone());
                tokio::spawn(async move {
                    let service = |certificate| {
                        let way = (connection, certificate);
                        service_fn(move |request| serve(request, way, Arc::clone(&log), Arc::clone(&answer)))
                    };
                    let http = hyper::server::conn::http1::Builder::new();
                    match tls {
                        None => drop(http.serve_connection(TokioIo::new(stream), service(false)).await),
                        Some(tls) => {
                            // A client that does not believe the certificate goes away here.
                            let Ok(stream) = tls.accept(stream).await else { return };
                            let shown = stream.get_ref().1.peer_certificates().is_some();
                            drop(http.serve_connection(TokioIo::new(stream), service(shown)).await);
                        }
                    }
                });
            }
        });
        Self { port, log, task }
    }

    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// All requests so far.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.log.lock().unwrap().clone()
    }

    /// All requests so far as lines.
    pub(super) fn lines(&self) -> Vec<String> {
        self.seen().iter().map(Seen::line).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    request: hyper::Request<Incoming>,
    (connection, certificate): (usize, bool),
    log: Arc<Mutex<Vec<Seen>>>,
    answer: Arc<Answer>,
) -> Result<hyper::Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let seen = Seen { method: parts.method.to_string(), target, headers: parts.headers, body, connection, certificate };
    log.lock().unwrap().push(seen.clone());
    let reply = answer(&seen);
    if reply.hang {
        std::future::pending::<()>().await;
    }
    let mut response = hyper::Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(reply.body)).unwrap())
}

/// A client that each server with TLS asks for, and does without.
pub(super) static CLIENT: LazyLock<rcgen::CertifiedKey<rcgen::KeyPair>> =
    LazyLock::new(|| rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap());

/// A certificate for this machine that nobody but its owner believes.
pub(super) struct Authority {
    signed: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Authority {
    pub(super) fn new() -> Self {
        Self::with(&["localhost", "127.0.0.1"], |_| ())
    }

    /// One for `names` that is changed by `change`.
    pub(super) fn with(names: &[&str], change: impl FnOnce(&mut rcgen::CertificateParams)) -> Self {
        let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
        let mut params = rcgen::CertificateParams::new(names).unwrap();
        change(&mut params);
        let signing_key = rcgen::KeyPair::generate().unwrap();
        let cert = params.self_signed(&signing_key).unwrap();
        Self { signed: rcgen::CertifiedKey { cert, signing_key } }
    }

    /// What `--ca-file` takes.
    pub(super) fn pem(&self) -> String {
        self.signed.cert.pem()
    }

    fn acceptor(&self) -> TlsAcceptor {
        super::super::trust::install_provider();
        let key = PrivatePkcs8KeyDer::from(self.signed.signing_key.serialize_der());
        let chain = vec![self.signed.cert.der().clone()];
        let mut clients = RootCertStore::empty();
        clients.add(CLIENT.cert.der().clone()).unwrap();
        let clients = WebPkiClientVerifier::builder(clients.into()).allow_unauthenticated().build().unwrap();
        let config = ServerConfig::builder().with_client_cert_verifier(clients);
        let config = config.with_single_cert(chain, key.into()).unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}
