//! The client's certificate with its private key: one thing, as neither is of use alone (NET-2).

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsError, InconsistentKeys, SignatureScheme};

use super::pem::{self, PemError};

/// How PEM says that a key is encrypted: today, and in OpenSSL's old way.
const ENCRYPTED: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];

/// A client's certificate, with the chain to its authority, and the key that it is for. The key is never shown.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Why two files are no [`Identity`]. Nothing of the key is part of it.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The file of the certificate cannot be read, or has none.
    #[error("the client certificate {0}")]
    Certificate(String, #[source] Option<Box<dyn std::error::Error + Send + Sync>>),
    /// The file of the key cannot be read.
    #[error("the private key {} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// There is no key in the file, or none of a kind that TLS knows.
    #[error("{} has no private key that can be used", .0.display())]
    NoKey(PathBuf),
    /// The key is behind a password.
    #[error("the private key {} is encrypted", .0.display())]
    Encrypted(PathBuf),
    /// They do not belong together.
    #[error("the private key {} is not the one of the certificate {}", key.display(), certificate.display())]
    Mismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
}

impl IdentityError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Certificate(..) => "a client certificate is in PEM form, its own first and then its authorities'",
            Self::Unreadable(..) => "the file has to be readable for the user that runs bobctl",
            Self::NoKey(_) => "a private key is in PEM form: PKCS #8, PKCS #1 or SEC 1",
            Self::Encrypted(_) => "decrypt it into a file that only you can read: openssl pkey -in KEY -out FILE",
            Self::Mismatch { .. } => {
                "give the key that the certificate was made with; the certificate's own comes first"
            }
        }
    }
}

impl Identity {
    /// Read a pair of PEM files, which may be one and the same.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, IdentityError> {
        let chain = pem::certificates(certificate).map_err(of_certificate)?;
        let private = private_key(key)?;
        match CertifiedKey::from_der(chain, private, &aws_lc_rs::default_provider()) {
            Ok(pair) => Ok(Self(Arc::new(pair))),
            Err(TlsError::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
                Err(IdentityError::Mismatch { certificate: certificate.to_owned(), key: key.to_owned() })
            }
            // Said of the certificate, and without the key.
            Err(error @ TlsError::InvalidCertificate(_)) => {
                Err(IdentityError::Certificate(format!("{} cannot be used", certificate.display()), Some(error.into())))
            }
            Err(_) => Err(IdentityError::NoKey(key.to_owned())),
        }
    }
}

/// Shows an identity to each server that asks, if there is one, and notes that one asked.
#[derive(Debug)]
pub(super) struct Showing {
    pub(super) identity: Option<Identity>,
    pub(super) asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Showing {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.identity.as_ref().map(|identity| Arc::clone(&identity.0))
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

fn of_certificate(error: PemError) -> IdentityError {
    let message = error.to_string();
    let source = match error {
        PemError::Unreadable(_, source) => Some(source.into()),
        PemError::NoCertificate(_, source) => source.map(Into::into),
    };
    IdentityError::Certificate(message, source)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, IdentityError> {
    let text = pem::read(path).map_err(|error| IdentityError::Unreadable(path.to_owned(), error))?;
    let encrypted = ENCRYPTED.iter().any(|mark| memchr::memmem::find(&text, mark).is_some());
    match PrivateKeyDer::from_pem_slice(&text) {
        _ if encrypted => Err(IdentityError::Encrypted(path.to_owned())),
        Ok(key) => Ok(key),
        // The cause might quote the file.
        Err(_) => Err(IdentityError::NoKey(path.to_owned())),
    }
}

/// The same certificates: a certificate has one key.
impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Identity {}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.0.cert.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The PEM of a certificate and of its key.
    fn pair() -> (String, String) {
        let rcgen::CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["me".to_owned()]).unwrap();
        (cert.pem(), signing_key.serialize_pem())
    }

    fn read(certificate: &str, key: &str) -> Result<Identity, IdentityError> {
        let folder = tempfile::tempdir().unwrap();
        let files = ["me.cert", "me.key"].map(|name| folder.path().join(name));
        for (file, text) in files.iter().zip([certificate, key]) {
            std::fs::write(file, text).unwrap();
        }
        Identity::read(&files[0], &files[1])
    }

    #[test]
    fn a_pair_is_read_from_two_files_or_from_one() {
        let (certificate, key) = pair();
        let both = format!("{key}{certificate}");
        assert_eq!(read(&certificate, &key).unwrap(), read(&both, &both).unwrap());
        assert_ne!(read(&certificate, &key).unwrap(), {
            let (certificate, key) = pair();
            read(&certificate, &key).unwrap()
        });
    }

    #[test]
    fn what_is_no_pair_is_told_apart() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        let cut = |text: &str| text.chars().take(text.len() / 2).collect::<String>();
        let body = key.lines().nth(1).unwrap().to_owned();
        for (certificate, key, message) in [
            (certificate.as_str(), other.as_str(), "is not the one of the certificate"),
            (certificate.as_str(), &key.replace("PRIVATE", "ENCRYPTED PRIVATE"), "is encrypted"),
            (certificate.as_str(), &key.replacen('\n', "\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\n", 1), "is encrypted"),
            (certificate.as_str(), "", "has no private key"),
            (certificate.as_str(), &certificate, "has no private key"),
            (certificate.as_str(), &cut(&key), "has no private key"),
            ("", key.as_str(), "me.cert has no certificate that can be read"),
            (key.as_str(), key.as_str(), "me.cert has no certificate that can be read"),
            (&cut(&certificate), key.as_str(), "me.cert has no certificate that can be read"),
        ] {
            let error = read(certificate, key).unwrap_err();
            assert!(error.to_string().contains(message), "{message}: {error}");
            assert!(!format!("{error:?} {error}").contains(&body), "{error:?}");
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        let (certificate, key) = pair();
        assert_eq!(format!("{:?}", read(&certificate, &key).unwrap()), "Identity { certificates: 1, .. }");
    }
}
