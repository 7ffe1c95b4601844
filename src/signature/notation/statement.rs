//! One statement of a trust policy: for which repositories, how strictly, and whom it trusts.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::identity::{self, Identity};
use super::problem::{Problem, word};
use super::scope;
use crate::oci::json;

/// How strictly signatures are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Every check has to pass.
    Strict,
    /// Integrity and authenticity have to pass, the others are logged.
    Permissive,
    /// Integrity has to pass, the others are logged.
    Audit,
    /// Nothing is verified.
    Skip,
}

const LEVELS: [(&str, Level); 4] =
    [("strict", Level::Strict), ("permissive", Level::Permissive), ("audit", Level::Audit), ("skip", Level::Skip)];

/// What of a signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The envelope is whole and signed by its certificate.
    Integrity,
    /// The certificate leads to a trust store and an identity.
    Authenticity,
    /// The certificates were valid when it was signed.
    AuthenticTimestamp,
    /// The signature itself has not expired.
    Expiry,
    /// No certificate was revoked.
    Revocation,
}

const CHECKS: [(&str, Check); 4] = [
    ("authenticity", Check::Authenticity),
    ("authenticTimestamp", Check::AuthenticTimestamp),
    ("expiry", Check::Expiry),
    ("revocation", Check::Revocation),
];

/// What a check that does not pass means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The signature does not count.
    Enforce,
    /// It is reported, and the signature counts.
    Log,
    /// It is not checked.
    Skip,
}

const ACTIONS: [(&str, Action); 3] = [("enforce", Action::Enforce), ("log", Action::Log), ("skip", Action::Skip)];

/// When a timestamp authority's countersignature is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VerifyTimestamp {
    /// Whenever a `tsa:` store is named.
    #[default]
    Always,
    /// When a certificate of the signature has expired.
    AfterCertExpiry,
}

const TIMESTAMPS: [(&str, VerifyTimestamp); 2] =
    [("always", VerifyTimestamp::Always), ("afterCertExpiry", VerifyTimestamp::AfterCertExpiry)];

/// What the certificates of a trust store are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreKind {
    /// Signers, of the scheme `notary.x509`.
    Ca,
    /// Signing authorities, of the scheme `notary.x509.signingAuthority`.
    SigningAuthority,
    /// Timestamp authorities.
    Tsa,
}

const STORES: [(&str, StoreKind); 3] =
    [("ca", StoreKind::Ca), ("signingAuthority", StoreKind::SigningAuthority), ("tsa", StoreKind::Tsa)];

/// A trust store by its kind and name, printed as `ca:name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Store {
    /// What its certificates are for.
    pub kind: StoreKind,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = STORES.iter().find(|(_, kind)| *kind == self.kind).map_or("", |(word, _)| word);
        write!(f, "{kind}:{}", self.name)
    }
}

impl Store {
    fn read(text: &str) -> Result<Self, Problem> {
        let advice = "write TYPE:NAME, as in 'ca:acme'";
        let Some((kind, name)) = text.split_once(':') else {
            return Err(Problem::new(format!("the trust store '{text}' has no type"), advice));
        };
        let kind = word(&STORES, "the trust store type", kind)?;
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if name.is_empty() || !name.bytes().all(fits) {
            let problem = format!("the name of the trust store '{text}' does not fit");
            return Err(Problem::new(problem, "write a name of letters, digits, '_', '.' and '-'"));
        }
        Ok(Self { kind, name: name.to_owned() })
    }
}

/// One statement, every rule of which holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its name, the only one of it in the policy.
    pub name: String,
    /// `*` alone, or repositories with their host.
    pub scopes: Vec<String>,
    /// How strictly signatures are verified.
    pub level: Level,
    /// What differs from the level.
    pub overrides: BTreeMap<Check, Action>,
    /// When a countersignature is needed.
    pub verify_timestamp: VerifyTimestamp,
    /// Where trusted certificates are; none for [`Level::Skip`] alone.
    pub stores: Vec<Store>,
    /// Who is trusted; none for [`Level::Skip`] alone.
    pub identities: Vec<Identity>,
}

/// A statement as it stands in the document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
pub(super) struct Raw {
    #[serde(deserialize_with = "json::or_default")]
    pub(super) name: String,
    #[serde(deserialize_with = "json::or_default")]
    registry_scopes: Vec<String>,
    #[serde(deserialize_with = "json::or_default")]
    signature_verification: Verification,
    #[serde(deserialize_with = "json::or_default")]
    trust_stores: Vec<String>,
    #[serde(deserialize_with = "json::or_default")]
    trusted_identities: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Verification {
    #[serde(deserialize_with = "json::or_default")]
    level: String,
    #[serde(deserialize_with = "json::or_default", rename = "override")]
    overrides: BTreeMap<String, String>,
    #[serde(deserialize_with = "json::or_default")]
    verify_timestamp: String,
}

/// The members that notation reads, of a statement and of its `signatureVerification`.
pub(super) const MEMBERS: [&str; 5] =
    ["name", "registryScopes", "signatureVerification", "trustStores", "trustedIdentities"];
pub(super) const VERIFICATION_MEMBERS: [&str; 3] = ["level", "override", "verifyTimestamp"];

impl TryFrom<Raw> for Statement {
    type Error = Problem;

    fn try_from(raw: Raw) -> Result<Self, Problem> {
        if raw.name.is_empty() {
            return Err(Problem::new("it has no name", "give each statement a name of its own"));
        }
        let verification = &raw.signature_verification;
        let level = word(&LEVELS, "the level", &verification.level)?;
        let overrides = overrides(level, &verification.overrides)?;
        let verify_timestamp = match verification.verify_timestamp.as_str() {
            "" => VerifyTimestamp::default(),
            text => word(&TIMESTAMPS, "verifyTimestamp", text)?,
        };
        check_trust(level, &raw)?;
        let stores = raw.trust_stores.iter().map(|text| Store::read(text)).collect::<Result<_, _>>()?;
        let identities = identity::read_all(&raw.trusted_identities)?;
        check_scopes(&raw.registry_scopes)?;
        Ok(Self { name: raw.name, scopes: raw.registry_scopes, level, overrides, verify_timestamp, stores, identities })
    }
}

fn overrides(level: Level, written: &BTreeMap<String, String>) -> Result<BTreeMap<Check, Action>, Problem> {
    if level == Level::Skip && !written.is_empty() {
        return Err(Problem::new("the level 'skip' has an override", "remove it, or take the level 'audit'"));
    }
    let read = |(check, action): (&String, &String)| {
        if check == "integrity" {
            return Err(Problem::new("integrity is overridden", "remove it: integrity is always enforced"));
        }
        let (name, check) = (check, word(&CHECKS, "the check", check)?);
        let action = word(&ACTIONS, &format!("the action of {name}"), action)?;
        if action == Action::Skip && check != Check::Revocation {
            return Err(Problem::new(format!("{name} is skipped"), format!("write '{name}': 'log'")));
        }
        Ok((check, action))
    };
    written.iter().map(read).collect()
}

/// The level `skip` trusts nobody, every other level somebody.
fn check_trust(level: Level, raw: &Raw) -> Result<(), Problem> {
    let (stores, identities) = (raw.trust_stores.is_empty(), raw.trusted_identities.is_empty());
    match level {
        Level::Skip if !stores || !identities => Err(Problem::new(
            "the level 'skip' has trust stores or trusted identities",
            "remove both, or take another level",
        )),
        Level::Skip => Ok(()),
        _ if stores => Err(Problem::new("it has no trust stores", "add \"trustStores\": [\"ca:NAME\"]")),
        _ if identities => {
            Err(Problem::new("it has no trusted identities", "add \"trustedIdentities\": [\"*\"], or subjects"))
        }
        _ => Ok(()),
    }
}

fn check_scopes(scopes: &[String]) -> Result<(), Problem> {
    if scopes.is_empty() {
        return Err(Problem::new("it has no registry scopes", "add \"registryScopes\": [\"*\"], or repositories"));
    }
    if scopes.len() > 1 && scopes.iter().any(|scope| scope == scope::WILDCARD) {
        return Err(Problem::new("the registry scope '*' stands beside others", "leave '*' alone, or only the others"));
    }
    scopes.iter().try_for_each(|scope| scope::check(scope))
}

impl Statement {
    /// What it means when `check` does not pass.
    pub fn action(&self, check: Check) -> Action {
        let of_level = match (self.level, check) {
            (Level::Skip, _) => Action::Skip,
            (Level::Strict, _) | (_, Check::Integrity) | (Level::Permissive, Check::Authenticity) => Action::Enforce,
            (Level::Permissive | Level::Audit, _) => Action::Log,
        };
        self.overrides.get(&check).copied().unwrap_or(of_level)
    }
}
