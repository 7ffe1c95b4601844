//! Which certificates are believed: the system's roots, those that the user adds, and the built-in ones where there are
//! none.
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
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::Result;
use super::identity::Showing;
use super::pem::{self, PemError};
use crate::store::{Fault, StoreError};

/// Choose the cryptography that TLS uses.
pub(super) fn install_provider() {
    // It fails when there is one already, which is as good.
    let _ = aws_lc_rs::default_provider().install_default();
}

/// How certificates of servers are judged.
type Judge = Arc<dyn ServerCertVerifier>;

/// TLS that judges servers by `judge`, and shows them what `showing` has when they ask.
pub(super) fn config(judge: Judge, showing: Showing) -> Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        .with_custom_certificate_verifier(judge)
        .with_client_cert_resolver(Arc::new(showing));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Belief in the system's roots and in those that are `added`. On a machine without any root the built-in ones take
/// their place, unless the user named where roots are (`roots_named`): then that is an error.
pub(super) fn roots_and(added: Vec<CertificateDer<'static>>, roots_named: bool) -> Result<Judge> {
    let roots = match Verifier::new(provider()) {
        Ok(system) if added.is_empty() => Ok(system),
        Ok(_) => Verifier::new_with_extra_roots(added.clone(), provider()),
        Err(error) if roots_named => {
            let message = "no certificate could be read from where SSL_CERT_FILE or SSL_CERT_DIR points";
            return Err(StoreError::Local(Fault::new(message).caused_by(error)));
        }
        Err(_) => {
            let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned();
            Verifier::new_with_extra_roots(built_in.chain(added.iter().cloned()), provider())
        }
    };
    Ok(Arc::new(Trust { roots: roots.map_err(unusable)?, added }))
}

/// Belief in whatever is shown: `--tls-skip-verify`.
pub(super) fn anything() -> Judge {
    Arc::new(Anything(provider()))
}

/// The certificates of authorities in the file at `path`.
pub(super) fn roots(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = pem::certificates(path).map_err(|error| {
        let message = format!("the CA file {error}");
        match error {
            PemError::Unreadable(_, source) => StoreError::Local(Fault::new(message).caused_by(source)),
            PemError::NoCertificate(_, source) => {
                let fault = Fault::new(message).with_hint("a CA file has certificates in PEM form");
                StoreError::Refused(match source {
                    Some(source) => fault.caused_by(source),
                    None => fault,
                })
            }
        }
    })?;
    let mut store = RootCertStore::empty();
    for certificate in &found {
        store.add(certificate.clone()).map_err(|error| {
            let message = format!("a certificate in the CA file {} cannot be used", path.display());
            StoreError::Refused(Fault::new(message).caused_by(error))
        })?;
    }
    Ok(found)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn unusable(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::Local(Fault::new("TLS cannot be set up").caused_by(error))
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

/// Believes any certificate. What proves that the server holds its key is not looked at either: whoever stands between
/// shows a certificate of their own.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
