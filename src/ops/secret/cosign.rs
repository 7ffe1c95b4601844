//! Public keys of cosign, as Flux's source-controller reads them: each key of the secret that ends in `.pub`.

use std::path::PathBuf;
use std::sync::Arc;

use super::keys::Keys;
use super::{Identity, Secret, SecretInputError, file};
use crate::cluster::Kind;
use crate::ops::{Event, Reporter};
use crate::signature::cosign::key;

/// What a key has to end in for Flux to see it.
const ENDING: &str = ".pub";

/// The secret that holds the public keys in these files.
///
/// Each is checked to be one: of a malformed key beside a good one, Flux makes a failure of both.
pub fn secret(identity: Identity, files: &[PathBuf], reporter: &Arc<dyn Reporter>) -> Result<Secret, SecretInputError> {
    let mut keys = Keys::default();
    for path in files {
        let bytes = file::read(path)?;
        let key = key::public_key(&bytes).map_err(|source| SecretInputError::Key { path: path.clone(), source })?;
        if let Some(warning) = key.warning() {
            reporter.report(Event::Warning(&format!("{}: {warning}", path.display())));
        }
        keys.add(path, &[ENDING], key.pem().into_bytes())?;
    }
    identity.holding(Kind::Opaque, keys.into_data())
}
