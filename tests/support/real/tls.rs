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
    issuer: Issuer<'static, KeyPair>,
    folder: TempDir,
}

/// Makes a new authority with both certificates.
pub fn tls_files() -> TlsFiles {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let ca = folder.path().join("ca.pem");
    let none = PathBuf::new;
    let issuer = authority(&ca);
    let files = TlsFiles {
        ca,
        certificate: none(),
        key: none(),
        client_certificate: none(),
        client_key: none(),
        issuer,
        folder,
    };
    let (certificate, key) = files.server(&["127.0.0.1", "::1", "localhost"]);
    let (client_certificate, client_key) = files.client("client", |_| ());
    TlsFiles { certificate, key, client_certificate, client_key, ..files }
}

impl TlsFiles {
    /// Another server's certificate of the same authority, for these names, and its key.
    pub fn server(&self, names: &[&str]) -> (PathBuf, PathBuf) {
        let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
        let file = format!("server-for-{}", names.len());
        self.issue(&file, &params("server", names, ExtendedKeyUsagePurpose::ServerAuth))
    }

    /// Another client's certificate of the same authority, changed by `change`, and its key.
    pub fn client(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> (PathBuf, PathBuf) {
        let mut params = params(name, Vec::new(), ExtendedKeyUsagePurpose::ClientAuth);
        change(&mut params);
        self.issue(name, &params)
    }

    fn issue(&self, name: &str, params: &CertificateParams) -> (PathBuf, PathBuf) {
        let [certificate, key] = ["pem", "key"].map(|end| self.folder.path().join(format!("{name}.{end}")));
        let pair = KeyPair::generate().expect("a key pair");
        write(&certificate, &params.signed_by(&pair, &self.issuer).expect("a signed certificate").pem());
        write(&key, &pair.serialize_pem());
        (certificate, key)
    }
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
