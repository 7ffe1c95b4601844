//! Certificates in PEM files.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject as _};

/// The largest PEM file that is read, in bytes: a bundle of all public authorities has a quarter of that.
const MAX_PEM: u64 = 1 << 20;

/// Why a PEM file gives no certificate.
#[derive(Debug, thiserror::Error)]
pub(super) enum PemError {
    /// It cannot be read.
    #[error("{} cannot be read", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// It is no PEM file, or there is something else in it.
    #[error("{} has no certificate that can be read", .0.display())]
    NoCertificate(PathBuf, #[source] Option<pem::Error>),
}

/// The certificates in the file at `path`, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let text = read(path).map_err(|error| PemError::Unreadable(path.to_owned(), error))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| PemError::NoCertificate(path.to_owned(), Some(error)))?;
    if found.is_empty() { Err(PemError::NoCertificate(path.to_owned(), None)) } else { Ok(found) }
}

/// What is in the file at `path`, which may be a pipe.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    File::open(path)?.take(MAX_PEM + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_PEM { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}
