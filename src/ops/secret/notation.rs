//! A trust policy and CA certificates of notation, as Flux's source-controller reads them: `trustpolicy.json`, and of
//! each key that ends in `.crt` or `.pem` the first certificate.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keys::Keys;
use super::{Identity, Secret, SecretInputError, file};
use crate::cluster::Kind;
use crate::ops::{Event, Reporter};
use crate::signature::certificate::{self, Certificate};
use crate::signature::notation::Policy;

/// The key of the policy.
const POLICY: &str = "trustpolicy.json";
/// What a key has to end in for Flux to take it for a certificate.
const ENDINGS: [&str; 2] = [".crt", ".pem"];
/// What the names of DER files end in: their certificates become PEM.
const OTHER_ENDINGS: [&str; 2] = ["cer", "der"];

/// What the secret is made of.
#[derive(Debug, Clone)]
pub struct NotationInput {
    /// The file with the trust policy.
    pub policy: PathBuf,
    /// The files with certificates; each may hold several.
    pub certificates: Vec<PathBuf>,
    /// Now, in Unix seconds.
    pub now: i64,
}

/// The secret that holds the policy as it is, and each certificate under a key of its own.
///
/// Flux gives every certificate of the secret to every trust store that the policy names.
pub fn secret(
    identity: Identity,
    input: &NotationInput,
    reporter: &Arc<dyn Reporter>,
) -> Result<Secret, SecretInputError> {
    let mut keys = Keys::default();
    keys.insert(POLICY, policy(input, reporter)?);
    let mut known: Vec<Certificate> = Vec::new();
    for path in &input.certificates {
        let bytes = file::read(path)?;
        let found = certificate::read(&bytes)
            .map_err(|source| SecretInputError::Certificates { path: path.clone(), source })?;
        for certificate in found {
            check(&certificate, path, input.now, reporter)?;
            if known.contains(&certificate) {
                let text = format!("{}: '{}' is given twice, and kept once", path.display(), certificate.subject());
                reporter.report(Event::Note(&text));
                continue;
            }
            keys.add(&named(path), &ENDINGS, certificate.pem().into_bytes())?;
            known.push(certificate);
        }
    }
    identity.holding(Kind::Opaque, keys.into_data())
}

/// A file's name for a key.
fn named(path: &Path) -> PathBuf {
    let ending = path.extension().unwrap_or_default();
    let is_other = OTHER_ENDINGS.iter().any(|other| ending.eq_ignore_ascii_case(other));
    if is_other { path.with_extension("") } else { path.to_owned() }
}

/// Whether anything can be verified with a certificate.
fn check(
    certificate: &Certificate,
    path: &Path,
    now: i64,
    reporter: &Arc<dyn Reporter>,
) -> Result<(), SecretInputError> {
    let verdict = certificate.for_trust(now);
    let subject = certificate.subject();
    if let Some(source) = verdict.refused {
        return Err(SecretInputError::Unfit { path: path.to_owned(), subject: subject.to_owned(), source });
    }
    for doubt in verdict.warnings {
        reporter.report(Event::Warning(&format!("{}: '{subject}': {doubt}", path.display())));
    }
    Ok(())
}

/// The bytes of the policy, which is valid.
fn policy(input: &NotationInput, reporter: &Arc<dyn Reporter>) -> Result<Vec<u8>, SecretInputError> {
    let path = &input.policy;
    let bytes = file::read(path)?;
    let policy = Policy::read(&bytes)
        .map_err(|source| SecretInputError::Policy { path: path.clone(), source: Box::new(source) })?;
    for warning in policy.warnings() {
        reporter.report(Event::Warning(&format!("{}: {warning}", path.display())));
    }
    if input.certificates.is_empty() {
        let stores = policy.stores().into_iter().map(ToString::to_string).collect();
        return Err(SecretInputError::NoCertificates { path: path.clone(), stores });
    }
    Ok(bytes)
}
