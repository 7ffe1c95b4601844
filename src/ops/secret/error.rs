//! What can be wrong with what a secret is to be made of. No message shows what a file or a flag held.

use std::io;
use std::path::PathBuf;

use crate::cluster::{NameError, SecretError};
use crate::signature::certificate::{CertificateError, Unfit};
use crate::signature::cosign::key::KeyError;
use crate::signature::notation::PolicyError;

/// What a secret cannot be made of.
#[derive(Debug, thiserror::Error)]
pub enum SecretInputError {
    /// A name, namespace, label or annotation that the API server would refuse.
    #[error(transparent)]
    Name(#[from] NameError),
    /// A secret that the API server would refuse.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A label or annotation that is given twice.
    #[error("the {what} '{key}' is given twice")]
    Twice {
        /// What is given.
        what: &'static str,
        /// Its key.
        key: String,
    },
    /// A login that no registry would get as it is meant.
    #[error("the {what} {why}")]
    Login {
        /// Which part of the login.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file that is not there, or a folder.
    #[error("{} is no file", .0.display())]
    NoFile(PathBuf),
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is larger than a secret may be.
    #[error("{} has more than {limit} bytes", path.display())]
    Large {
        /// The file.
        path: PathBuf,
        /// How many it may have.
        limit: u64,
    },
    /// A file whose name is no key of a secret.
    #[error("the file name of {} cannot be the name of a key", path.display())]
    FileName {
        /// The file.
        path: PathBuf,
        /// Why.
        source: NameError,
    },
    /// A file that does not hold the certificates that it should.
    #[error("{} cannot be used as a CA certificate", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// A certificate that nothing would ever be verified with.
    #[error("the certificate '{subject}' in {} cannot be used as a CA certificate", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Whom the certificate is for.
        subject: String,
        /// Why.
        source: Unfit,
    },
    /// A policy that names trust stores, and nothing to put into them.
    #[error("{} {}, and no certificate is given", path.display(), named(stores))]
    NoCertificates {
        /// The policy.
        path: PathBuf,
        /// The stores.
        stores: Vec<String>,
    },
    /// A file that is no trust policy.
    #[error("{} cannot be used as a trust policy", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<PolicyError>,
    },
    /// A file that does not hold one public key.
    #[error("{} cannot be used as a public key", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
}

impl SecretInputError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Certificates { source, .. } => source.hint().map(ToOwned::to_owned),
            Self::Key { source, .. } => source.hint().map(ToOwned::to_owned),
            Self::Policy { source, .. } => source.hint().map(ToOwned::to_owned),
            Self::FileName { source: NameError::Long { .. }, .. } => Some("give it a shorter name".to_owned()),
            Self::FileName { .. } => Some("rename it: letters, digits, '-', '_' and '.'".to_owned()),
            Self::NoCertificates { .. } => Some("give the certificate of the CA with --ca-cert-file".to_owned()),
            _ => None,
        }
    }
}

fn named(stores: &[String]) -> String {
    match stores {
        [] => "names no trust store".to_owned(),
        [store] => format!("names the trust store {store}"),
        stores => format!("names the trust stores {}", stores.join(", ")),
    }
}
