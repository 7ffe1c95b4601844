//! Certificates that a trust store is to hold (`signing.md` B4, B5): read from PEM or DER, written back canonically.
//!
//! A file may hold several, as CA bundles do. [`Certificate::for_trust`] says whether notation, and with it Flux, can
//! trust one.

mod read;
mod verdict;

pub use read::{CertificateError, read};
pub use verdict::{Doubt, Unfit, Verdict};

use rustls::crypto::aws_lc_rs;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode as _, Encode as _, Header, Reader as _, SliceReader};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::pem;
use crate::oci::Digest;

/// Signature algorithms over a broken hash, and its name.
const BROKEN_HASHES: [(&str, &str); 6] = [
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
    ("1.2.840.10040.4.3", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
];

/// An X.509 certificate and what trusting it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    subject: String,
    issuer: String,
    serial: String,
    not_before: i64,
    not_after: i64,
    is_ca: bool,
    is_self_issued: bool,
    is_self_signed: bool,
    broken_hash: Option<&'static str>,
    /// The key usage extension, if it is there and critical.
    usage: Option<KeyUsage>,
    /// Its extended key usage.
    purposes: Vec<ObjectIdentifier>,
}

impl Certificate {
    /// Read one certificate from exactly these DER bytes.
    fn from_der(der: &[u8]) -> der::Result<Self> {
        let parsed = x509_cert::Certificate::from_der(der)?;
        let tbs = parsed.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>()?;
        let usage = tbs.get_extension::<KeyUsage>()?;
        let purposes = tbs.get_extension::<ExtendedKeyUsage>()?.map_or_else(Vec::new, |(_, purposes)| purposes.0);
        let is_self_issued = tbs.subject() == tbs.issuer();
        let seconds =
            |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        Ok(Self {
            der: der.to_vec(),
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            serial: tbs.serial_number().to_string(),
            not_before: seconds(tbs.validity().not_before),
            not_after: seconds(tbs.validity().not_after),
            is_ca: constraints.is_some_and(|(_, constraints)| constraints.ca),
            is_self_issued,
            is_self_signed: is_self_issued && verifies_itself(der, &parsed)?,
            broken_hash: broken_hash(parsed.signature_algorithm().oid),
            usage: usage.and_then(|(critical, usage)| critical.then_some(usage)),
            purposes,
        })
    }

    /// The certificate as it was signed.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as one PEM block: the same bytes for the same certificate, however its file looked.
    pub fn pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// Whom it is for, as RFC 4514 writes names: the most specific part first, special characters escaped.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Who signed it, as [`Certificate::subject`].
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The serial number in hexadecimal, colons between the bytes.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// From when it is valid, in Unix seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// The last second in which it is valid, in Unix seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// Whether it says that it may sign other certificates.
    pub fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// Whether it names itself as its issuer, and its own key made its signature. Never with a broken hash.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_signed
    }

    /// The SHA-256 of [`Certificate::der`], which notation calls the thumbprint.
    pub fn fingerprint(&self) -> Digest {
        Digest::of(&self.der)
    }
}

fn broken_hash(algorithm: ObjectIdentifier) -> Option<&'static str> {
    let algorithm = algorithm.to_string();
    BROKEN_HASHES.iter().find(|(oid, _)| *oid == algorithm).map(|(_, hash)| *hash)
}

/// Whether the certificate's signature was made with its own key, by an algorithm that TLS accepts as well.
fn verifies_itself(der: &[u8], parsed: &x509_cert::Certificate) -> der::Result<bool> {
    let key = parsed.tbs_certificate().subject_public_key_info();
    let key_algorithm = identifier(&key.algorithm)?;
    let algorithm = identifier(parsed.signature_algorithm())?;
    let signed = signed_part(der)?;
    let provider = aws_lc_rs::default_provider();
    let known = provider.signature_verification_algorithms.all.iter();
    let mut fitting = known.filter(|known| {
        *known.public_key_alg_id() == *key_algorithm.as_slice() && *known.signature_alg_id() == *algorithm.as_slice()
    });
    // Both are whole bytes, or none of what is known made them.
    let (Some(key), Some(signature)) = (key.subject_public_key.as_bytes(), parsed.signature().as_bytes()) else {
        return Ok(false);
    };
    Ok(parsed.tbs_certificate().signature() == parsed.signature_algorithm()
        && fitting.any(|known| known.verify_signature(key, signed, signature).is_ok()))
}

/// The content of an `AlgorithmIdentifier`, without the header of its sequence.
fn identifier(algorithm: &AlgorithmIdentifierOwned) -> der::Result<Vec<u8>> {
    let mut bytes = algorithm.oid.to_der()?;
    if let Some(parameters) = &algorithm.parameters {
        parameters.encode_to_vec(&mut bytes)?;
    }
    Ok(bytes)
}

/// The bytes that the signature is over, as they stand in the file: written anew they could differ.
fn signed_part(der: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(der)?;
    Header::decode(&mut reader)?;
    reader.tlv_bytes()
}
