//! cosign's public keys (`signing.md` A1): which files hold one, and which of them cosign and Flux verify with.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use x509_cert::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode as _, Encode as _, ErrorKind, Reader as _, Tag};
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::signature::pem::{self, PemError, Place};
use crate::signature::{MAX_FILE, holds_a_key, looks_like_der};

const LABEL: &str = "PUBLIC KEY";
/// An RSA key in the form of PKCS #1, which cosign reads as well.
const RSA_LABEL: &str = "RSA PUBLIC KEY";
const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED: &str = "1.3.101.112";
const CURVES: [(&str, Kind); 3] =
    [("1.2.840.10045.3.1.7", Kind::P256), ("1.3.132.0.34", Kind::P384), ("1.3.132.0.35", Kind::P521)];
/// The sizes of RSA keys that are verified with, in bits.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;
/// The first byte of a point that is not compressed; Go reads no other.
const UNCOMPRESSED: u8 = 4;

/// A file that does not hold one public key for cosign. No message shows the content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// More than [`MAX_FILE`] bytes.
    #[error("{0} bytes are more than a key file may have ({MAX_FILE})")]
    TooLarge(usize),
    /// The PEM is broken.
    #[error(transparent)]
    Pem(#[from] PemError),
    /// A private key, whatever else is in the file.
    #[error("{0} is a private key ('{1}'): it must not go into a cluster")]
    PrivateKey(Place, String),
    /// A private key in DER.
    #[error("it is a private key in DER: it must not go into a cluster")]
    BinaryKey,
    /// More than one block, of which only the first would count.
    #[error("{0} PEM blocks, of which only the first would count")]
    Several(usize),
    /// Another thing than a public key.
    #[error("this is {what}, not a public key", what = pem::describe(.0))]
    Foreign(String),
    /// A binary file, which cosign does not read.
    #[error("this is a binary file, and keys are read as PEM")]
    Binary,
    /// No PEM block.
    #[error("there is no public key in it")]
    None,
    /// The content of the block is not a public key's.
    #[error("this is not a valid public key")]
    Der(#[from] der::Error),
    /// A key of the right form that cannot exist, as a point that is not on its curve.
    #[error("this is not a valid {0} key")]
    Invalid(Kind),
    /// A key that is too weak, or that cosign cannot read.
    #[error("keys of this kind are refused: {0}")]
    Unsupported(String),
}

impl KeyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::PrivateKey(_, label) => match label.as_str() {
                "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                    "give its public half: `cosign public-key --key FILE > cosign.pub`"
                }
                "PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY" => {
                    "give its public half: `openssl pkey -in FILE -pubout -out cosign.pub`"
                }
                _ => "give a public key, as cosign.pub is",
            },
            Self::BinaryKey => "give its public half: `openssl pkey -in FILE -inform DER -pubout -out cosign.pub`",
            Self::Several(_) => "write each key into a file of its own and repeat the flag",
            Self::Foreign(label) if label == "CERTIFICATE" => {
                "take the public key out of it: `openssl x509 -in FILE -noout -pubkey > cosign.pub`"
            }
            Self::Binary => "if it is a public key: `openssl pkey -pubin -inform DER -in FILE -out cosign.pub`",
            Self::Foreign(_) | Self::None => {
                "expected PEM, which begins with '-----BEGIN PUBLIC KEY-----', as cosign.pub does"
            }
            Self::Unsupported(_) => {
                "take ECDSA P-256, which `cosign generate-key-pair` makes, or RSA of 2048 to 8192 bits"
            }
            Self::TooLarge(_) | Self::Pem(_) | Self::Der(_) | Self::Invalid(_) => return None,
        })
    }
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// ECDSA on P-256, which cosign makes.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// RSA, and how many bits its modulus has.
    Rsa(usize),
    /// Ed25519.
    Ed25519,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("ECDSA P-256"),
            Self::P384 => f.write_str("ECDSA P-384"),
            Self::P521 => f.write_str("ECDSA P-521"),
            Self::Rsa(bits) => write!(f, "RSA {bits}"),
            Self::Ed25519 => f.write_str("Ed25519"),
        }
    }
}

/// A public key that cosign verifies with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    kind: Kind,
}

impl PublicKey {
    /// The key as `SubjectPublicKeyInfo`.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key as one PEM block: the same bytes for the same key, however its file looked.
    pub fn pem(&self) -> String {
        pem::encode(LABEL, &self.der)
    }

    /// What kind of key it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What of this key's signatures Flux and cosign do not verify, if anything: it checks over SHA-256 alone, and
    /// Ed25519 without a prehash (`signing.md` A1 and C).
    pub fn warning(&self) -> Option<String> {
        let signs = match self.kind {
            Kind::P256 | Kind::Rsa(_) => return None,
            Kind::P384 => "over SHA-384",
            Kind::P521 => "over SHA-512",
            Kind::Ed25519 => "as Ed25519ph",
        };
        let kind = self.kind;
        Some(format!(
            "cosign 2.6 and later sign {signs} with an {kind} key, which Flux never verifies; ECDSA P-256 works everywhere"
        ))
    }
}

/// The public key of a file: one PEM block, `PUBLIC KEY` or `RSA PUBLIC KEY`, with text around it.
pub fn public_key(file: &[u8]) -> Result<PublicKey, KeyError> {
    if file.len() > MAX_FILE {
        return Err(KeyError::TooLarge(file.len()));
    }
    if looks_like_der(file) {
        return Err(if holds_a_key(file) { KeyError::BinaryKey } else { KeyError::Binary });
    }
    let blocks = pem::blocks(file)?;
    if let Some(key) = blocks.iter().find(|block| block.is_private_key()) {
        return Err(KeyError::PrivateKey(key.place, key.label.clone()));
    }
    match blocks.as_slice() {
        [] => Err(KeyError::None),
        [block] if [LABEL, RSA_LABEL].contains(&block.label.as_str()) => {
            let content = block.decode()?;
            let der = if block.label == RSA_LABEL { from_pkcs1(&content)? } else { content };
            Ok(PublicKey { kind: kind(&der)?, der })
        }
        [block] => Err(KeyError::Foreign(block.label.clone())),
        blocks => Err(KeyError::Several(blocks.len())),
    }
}

fn kind(der: &[u8]) -> Result<Kind, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der)?;
    let key = info.subject_public_key.as_bytes().ok_or_else(|| ErrorKind::Value { tag: Tag::BitString }.to_error())?;
    let kind = match info.algorithm.oid.to_string().as_str() {
        RSA => Kind::Rsa(modulus_bits(key)?),
        EC => curve(info.algorithm.parameters_oid().map_err(|_| unsupported("an elliptic curve without a name"))?)?,
        ED => Kind::Ed25519,
        other => return Err(unsupported(other)),
    };
    let algorithm: &'static dyn VerificationAlgorithm = match kind {
        Kind::P256 => &ECDSA_P256_SHA256_ASN1,
        Kind::P384 => &ECDSA_P384_SHA384_ASN1,
        Kind::P521 => &ECDSA_P521_SHA512_ASN1,
        Kind::Rsa(bits) if RSA_BITS.contains(&bits) => &RSA_PKCS1_2048_8192_SHA256,
        Kind::Rsa(_) => return Err(unsupported(kind)),
        Kind::Ed25519 => &ED25519,
    };
    if matches!(kind, Kind::P256 | Kind::P384 | Kind::P521) && key.first() != Some(&UNCOMPRESSED) {
        return Err(unsupported("a compressed point"));
    }
    ParsedPublicKey::new(algorithm, key).map(|_| kind).map_err(|_| KeyError::Invalid(kind))
}

/// The `SubjectPublicKeyInfo` of an RSA key.
fn from_pkcs1(key: &[u8]) -> der::Result<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid: ObjectIdentifier::new(RSA)?, parameters: Some(AnyRef::NULL) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(key)? }.to_der()
}

fn unsupported(what: impl fmt::Display) -> KeyError {
    KeyError::Unsupported(what.to_string())
}

fn curve(oid: ObjectIdentifier) -> Result<Kind, KeyError> {
    let oid = oid.to_string();
    let known = CURVES.iter().find(|(known, _)| *known == oid);
    known.map(|(_, kind)| *kind).ok_or_else(|| unsupported(format!("the elliptic curve {oid}")))
}

/// How many bits the modulus of a PKCS #1 public key has.
fn modulus_bits(key: &[u8]) -> der::Result<usize> {
    AnyRef::from_der(key)?.sequence(|reader| {
        let modulus: UintRef<'_> = reader.decode()?;
        let _exponent: UintRef<'_> = reader.decode()?;
        let bytes = modulus.as_bytes();
        Ok(bytes.len() * 8 - bytes.first().map_or(0, |byte| byte.leading_zeros() as usize))
    })
}
