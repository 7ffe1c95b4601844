//! Whether a certificate can stand in a trust store (`signing.md` B4, B5).

use std::fmt;

use jiff::Timestamp;
use x509_cert::ext::pkix::KeyUsage;

use super::Certificate;

/// Extended key usages that notation refuses on a certificate that signs: TLS, mail, timestamps, OCSP.
const FOREIGN_PURPOSES: [&str; 5] =
    ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9"];

/// What [`Certificate::for_trust`] found. The texts do not name the certificate: the caller knows its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Why it must not stand in a trust store, if so.
    pub refused: Option<Unfit>,
    /// What is likely to be a mistake.
    pub warnings: Vec<Doubt>,
}

/// Why nothing would ever be verified with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// A leaf that someone else signed: notation refuses the whole trust store.
    #[error("it is neither a CA nor self-signed; give the certificate of the CA that issued it")]
    NotAnchor,
    /// Its signature is over a hash that can be forged.
    #[error("it is signed over {0}, which is refused; have it issued anew with SHA-256")]
    BrokenHash(&'static str),
}

/// Why a certificate that can be trusted may verify nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is valid no more, since these Unix seconds.
    Expired(i64),
    /// It is not valid yet, but from these Unix seconds on.
    NotYetValid(i64),
    /// A CA whose key usage is absent, not critical, or does not allow to sign certificates.
    CannotIssue,
    /// A self-signed certificate whose key usage is absent, not critical, or does not allow to sign.
    CannotSign,
    /// A self-signed certificate that is for more than to sign, by its key usage or extended key usage.
    SignsNotAlone,
    /// A CA that names itself as its issuer, but whose key did not verifiably make its signature.
    NotItsOwnSignature,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired(at) => write!(f, "it expired on {}: no signature verifies with it", date(*at)),
            Self::NotYetValid(at) => write!(f, "it is not valid before {}", date(*at)),
            Self::CannotIssue => f.write_str(
                "it is a CA without a critical key usage that has keyCertSign: notation refuses every chain with it",
            ),
            Self::CannotSign => f.write_str(
                "it has no critical key usage with digitalSignature: notation refuses every signature made with it",
            ),
            Self::SignsNotAlone => f.write_str(
                "it is for more than to sign: a key usage beside digitalSignature, or an extended key usage of TLS, mail or \
                 timestamps; notation refuses every signature made with it",
            ),
            Self::NotItsOwnSignature => f.write_str(
                "it names itself as its issuer, but its signature does not verify with its own key: it is no root, was \
                 altered, or has an RSA key of less than 2048 bits",
            ),
        }
    }
}

fn date(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| format!("second {seconds}"), |time| time.to_string())
}

/// Whether a key may do what notation allows no signer to; nonRepudiation it tolerates.
fn does_more(usage: KeyUsage) -> bool {
    usage.key_encipherment()
        || usage.data_encipherment()
        || usage.key_agreement()
        || usage.key_cert_sign()
        || usage.crl_sign()
        || usage.encipher_only()
        || usage.decipher_only()
}

impl Certificate {
    /// Whether it can stand in a trust store `now` (Unix seconds).
    pub fn for_trust(&self, now: i64) -> Verdict {
        let refused = match self.broken_hash {
            Some(hash) => Some(Unfit::BrokenHash(hash)),
            None => (!self.is_ca && !self.is_self_signed).then_some(Unfit::NotAnchor),
        };
        let may = |usage: fn(&KeyUsage) -> bool| self.usage.as_ref().is_some_and(usage);
        let is_foreign = || self.purposes.iter().any(|oid| FOREIGN_PURPOSES.contains(&oid.to_string().as_str()));
        let doubts = [
            (now > self.not_after, Doubt::Expired(self.not_after)),
            (now < self.not_before, Doubt::NotYetValid(self.not_before)),
            (self.is_ca && !may(KeyUsage::key_cert_sign), Doubt::CannotIssue),
            (!self.is_ca && !may(KeyUsage::digital_signature), Doubt::CannotSign),
            (
                !self.is_ca && may(KeyUsage::digital_signature) && (self.usage.is_some_and(does_more) || is_foreign()),
                Doubt::SignsNotAlone,
            ),
            (self.is_ca && self.is_self_issued && !self.is_self_signed, Doubt::NotItsOwnSignature),
        ];
        let warnings = doubts.into_iter().filter(|(holds, _)| *holds && refused.is_none()).map(|(_, doubt)| doubt);
        Verdict { warnings: warnings.collect(), refused }
    }
}
