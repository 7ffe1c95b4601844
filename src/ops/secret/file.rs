//! Reading the files that go into a secret, bounded.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::SecretInputError;
use crate::signature::MAX_FILE;

/// All of a file, which may be a pipe as a shell's `<(…)` makes them.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, SecretInputError> {
    let limit = MAX_FILE as u64;
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::IsADirectory => SecretInputError::NoFile(path.to_owned()),
        _ => SecretInputError::Unreadable { path: path.to_owned(), source },
    };
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes));
    read.map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(SecretInputError::Large { path: path.to_owned(), limit });
    }
    Ok(bytes)
}
