//! Which certificates are believed: the system's roots, those of `--ca-file`, and the built-in ones where there are none.
//!
//! One exception to the library's rules: many registries show a self-signed certificate that says of itself that it is an
//! authority, because that is what `openssl req -x509` makes. The library refuses such a certificate for a server even
//! when it is itself a root. Other clients believe it then, and so does this one: if it is a root byte for byte, in its
//! time, and for this host.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::Result;
use crate::store::{Fault, StoreError};

/// Choose the cryptography that TLS uses.
pub(super) fn install_provider() {
    // It fails when there is one already, which is as good.
    let _ = aws_lc_rs::default_provider().install_default();
}

/// TLS that believes the system's roots and the certificates in `ca_file`. On a machine without any root the built-in
/// ones take their place, unless the user named where roots are (`roots_named`): then that is an error.
pub(super) fn config(ca_file: Option<&Path>, roots_named: bool) -> Result<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let added = ca_file.map_or_else(|| Ok(Vec::new()), read)?;
    let roots = match (Verifier::new(Arc::clone(&provider)), ca_file) {
        (Ok(system), None) => Ok(system),
        (Ok(_), Some(_)) => Verifier::new_with_extra_roots(added.clone(), Arc::clone(&provider)),
        (Err(error), _) if roots_named => {
            let message = "no certificate could be read from where SSL_CERT_FILE or SSL_CERT_DIR points";
            return Err(StoreError::Local(Fault::new(message).caused_by(error)));
        }
        (Err(_), _) => {
            let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
            Verifier::new_with_extra_roots(built_in.chain(added.iter().cloned()), Arc::clone(&provider))
        }
    };
    let roots = roots.map_err(|error| unusable(ca_file, error))?;
    let verifier = Arc::new(Trust { roots, added });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(None, error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(path).map_err(|error| unusable(Some(path), error))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| no_certificates(path).caused_by(error))
        .map_err(StoreError::Refused)?;
    if certificates.is_empty() {
        return Err(StoreError::Refused(no_certificates(path)));
    }
    Ok(certificates)
}

fn no_certificates(path: &Path) -> Fault {
    let message = format!("the CA file {} has no certificate that can be read", path.display());
    Fault::new(message).with_hint("--ca-file takes certificates in PEM form")
}

fn unusable(ca_file: Option<&Path>, error: impl Error + Send + Sync + 'static) -> StoreError {
    let message = match ca_file {
        Some(path) => format!("the CA file {} cannot be used", path.display()),
        None => "TLS cannot be set up".to_owned(),
    };
    StoreError::Local(Fault::new(message).caused_by(error))
}

/// The platform's verifier, and the exception.
#[derive(Debug)]
struct Trust {
    roots: Verifier,
    added: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// Whether `certificate` is itself one of the roots. The system's are read again: this is rare, and nobody keeps
    /// them otherwise.
    fn is_root(&self, certificate: &CertificateDer<'_>) -> bool {
        self.added.contains(certificate) || rustls_native_certs::load_native_certs().certs.contains(certificate)
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        match self.roots.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            // Said of a certificate that is in its time: that is looked at before.
            Err(error) if is_authority(&error) && self.is_root(end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            outcome => outcome,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.roots.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.supported_verify_schemes()
    }
}

/// Whether the one thing wrong is that the certificate says that it is an authority.
fn is_authority(error: &rustls::Error) -> bool {
    let rustls::Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}
