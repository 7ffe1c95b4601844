//! A registry behind a proxy that ends TLS, and that does not know it: it names itself in plain HTTP (HTTP-32).

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::support::fault::{FaultRegistry, Feature};
use crate::support::real::{TlsFiles, tls_files};
use crate::support::sandbox::Sandbox;
use crate::support::story::{digest, noise, push, webapp};

/// Ends TLS in front of another server, for as long as it is there.
struct Front {
    port: u16,
    _runtime: Runtime,
}

impl Front {
    fn before(server: SocketAddr, files: &TlsFiles) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let acceptor = acceptor(files);
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                // A line that ends is no failure: the client's own end tells what came of it.
                tokio::spawn(async move { drop(pass_on(stream, acceptor, server).await) });
            }
        });
        Self { port, _runtime: runtime }
    }
}

fn acceptor(files: &TlsFiles) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_file(&files.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    TlsAcceptor::from(Arc::new(config.with_no_client_auth().with_single_cert(chain, key).unwrap()))
}

async fn pass_on(stream: TcpStream, acceptor: TlsAcceptor, server: SocketAddr) -> io::Result<()> {
    let (mut client, mut server) = (acceptor.accept(stream).await?, TcpStream::connect(server).await?);
    tokio::io::copy_bidirectional(&mut client, &mut server).await.map(drop)
}

#[test]
fn its_locations_and_pages_are_asked_for_by_tls() {
    for feature in [None, Some(Feature::LostPorts)] {
        let sandbox = Sandbox::new();
        webapp(&sandbox, "bob");
        // More than goes in a single request.
        sandbox.write("bob/noise", noise(200_000));
        let builder = FaultRegistry::builder().with(Feature::AbsoluteLocations).without(Feature::SinglePost);
        let registry = feature.map_or(builder.clone(), |feature| builder.with(feature)).page_size(1).start();
        let files = tls_files();
        let front = Front::before(registry.address(), &files);
        let (reference, ca) =
            (format!("oci://127.0.0.1:{}/org/webapp", front.port), files.ca.to_str().unwrap().to_owned());
        let tagged = format!("{reference}:1");
        let bob = digest(&push(&sandbox, &tagged, "bob", &["--ca-file", &ca, "--tag", "2"]).run().ok());
        let listed = sandbox.bobctl(["list", "artifacts", &reference, "--ca-file", &ca, "-o", "json"]).run().ok();
        assert_eq!(listed.matches(&bob).count(), 2, "{listed}");
        sandbox.bobctl(["pull", "artifact", &tagged, "-o", "out", "--ca-file", &ca]).run().ok();
        assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
        // Nobody came by another way.
        assert_eq!(registry.open_uploads(), 0, "{}", registry.log());
    }
}
