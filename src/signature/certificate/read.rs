//! A certificate file: which blocks it holds, and what to say of those that are no certificates.

use x509_cert::der;

use super::Certificate;
use crate::signature::pem::{self, Block, PemError, Place};
use crate::signature::{MAX_FILE, holds_a_key, looks_like_der};

/// A file that does not hold what a trust store needs. No message shows the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// More than [`MAX_FILE`] bytes.
    #[error("{0} bytes are more than a certificate file may have ({MAX_FILE})")]
    TooLarge(usize),
    /// The PEM is broken.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// A private key, beside a certificate or alone.
    #[error("{0} is a private key: it must not go into a cluster")]
    PrivateKey(Place),
    /// A private key in DER, or a PKCS #12 file, which holds one.
    #[error("it is a private key or a PKCS #12 file in DER: it must not go into a cluster")]
    BinaryKey,
    /// Another thing than a certificate, and what stands in its first line.
    #[error("{0} is {what}, not a certificate", what = pem::describe(.1))]
    Foreign(Place, String),
    /// Neither a PEM block nor DER.
    #[error("there is no certificate in it")]
    None,
    /// A block that says it is a certificate and is none, or is followed by something else.
    #[error("{0} is not a valid certificate")]
    Block(Place, #[source] der::Error),
    /// A binary file that is no certificate, or has something after it.
    #[error("it is neither PEM nor one valid certificate in DER")]
    Der(#[source] der::Error),
}

impl CertificateError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::PrivateKey(_) => {
                "give the certificate alone: `openssl x509 -in FILE -out ca.crt` leaves its key behind"
            }
            Self::BinaryKey => "of a PKCS #12 file, the certificates: `openssl pkcs12 -nokeys -in FILE -out ca.crt`",
            Self::Foreign(_, label) => match label.as_str() {
                "PKCS7" => "take the certificates out of it: `openssl pkcs7 -print_certs -in FILE -out ca.crt`",
                "TRUSTED CERTIFICATE" => "write it as others read it: `openssl x509 -in FILE -out ca.crt`",
                label if label.ends_with("CERTIFICATE REQUEST") => "give the certificate that the CA made of it",
                _ => "leave only CERTIFICATE blocks in the file",
            },
            Self::None => "expected PEM, which begins with '-----BEGIN CERTIFICATE-----', or DER",
            Self::Der(_) => "write it as PEM: `openssl x509 -inform DER -in FILE -out ca.crt`",
            Self::TooLarge(_) | Self::Pem(_) | Self::Block(..) => return None,
        })
    }
}

/// Every certificate of a file, in its order: one or several PEM blocks with text around them, or DER. Anything else
/// in the file is an error, a private key before all.
pub fn read(file: &[u8]) -> Result<Vec<Certificate>, CertificateError> {
    if file.len() > MAX_FILE {
        return Err(CertificateError::TooLarge(file.len()));
    }
    if looks_like_der(file) {
        if holds_a_key(file) {
            return Err(CertificateError::BinaryKey);
        }
        return Ok(vec![Certificate::from_der(file).map_err(CertificateError::Der)?]);
    }
    let blocks = pem::blocks(file)?;
    if let Some(key) = blocks.iter().find(|block| block.is_private_key()) {
        return Err(CertificateError::PrivateKey(key.place));
    }
    if blocks.is_empty() {
        return Err(CertificateError::None);
    }
    blocks.iter().map(certificate).collect()
}

fn certificate(block: &Block) -> Result<Certificate, CertificateError> {
    if block.label != "CERTIFICATE" {
        return Err(CertificateError::Foreign(block.place, block.label.clone()));
    }
    Certificate::from_der(&block.decode()?).map_err(|source| CertificateError::Block(block.place, source))
}
