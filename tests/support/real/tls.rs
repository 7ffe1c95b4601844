//! A private certificate authority with a certificate for loopback servers and one for their clients.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

/// PEM files in a folder that goes when this is dropped.
pub struct TlsFiles {
    /// The certificate of the authority that signed the two others.
    pub ca: PathBuf,
    /// The server's certificate, for `127.0.0.1`, `::1` and `localhost`.
    pub certificate: PathBuf,
    /// The server's private key.
    pub key: PathBuf,
    /// A client's certificate, for registries that ask for one.
    pub client_certificate: PathBuf,
    /// The client's private key.
    pub client_key: PathBuf,
    _folder: TempDir,
}

/// Makes a new authority with both certificates.
pub fn tls_files() -> TlsFiles {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let files = TlsFiles {
        ca: at("ca.pem"),
        certificate: at("server.pem"),
        key: at("server.key"),
        client_certificate: at("client.pem"),
        client_key: at("client.key"),
        _folder: folder,
    };
    let issuer = authority(&files.ca);
    let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned).to_vec();
    let server = params("server", names, ExtendedKeyUsagePurpose::ServerAuth);
    issue(&issuer, &server, &files.certificate, &files.key);
    let client = params("client", Vec::new(), ExtendedKeyUsagePurpose::ClientAuth);
    issue(&issuer, &client, &files.client_certificate, &files.client_key);
    files
}

fn authority(file: &Path) -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "test authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("a key pair");
    let certificate = params.self_signed(&key).expect("a self-signed certificate");
    write(file, &certificate.pem());
    Issuer::new(params, key)
}

fn params(name: &str, alternative_names: Vec<String>, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = CertificateParams::new(alternative_names).expect("valid names");
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params
}

fn issue(issuer: &Issuer<'_, KeyPair>, params: &CertificateParams, certificate: &Path, key: &Path) {
    let pair = KeyPair::generate().expect("a key pair");
    write(certificate, &params.signed_by(&pair, issuer).expect("a signed certificate").pem());
    write(key, &pair.serialize_pem());
}

fn write(file: &Path, pem: &str) {
    fs::write(file, pem).expect("the temporary folder is writable");
}

impl TlsFiles {
    /// Opens TLS to a loopback server, trusting this authority alone and offering the client's certificate.
    pub(super) fn connect(&self, stream: TcpStream) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(pem::<CertificateDer>(&self.ca)).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_client_auth_cert(vec![pem(&self.client_certificate)], pem::<PrivateKeyDer>(&self.client_key))
            .map_err(io::Error::other)?;
        let name = ServerName::try_from("127.0.0.1").map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(connection, stream))
    }
}

fn pem<T: PemObject>(file: &Path) -> T {
    T::from_pem_file(file).expect("a PEM file made above")
}
