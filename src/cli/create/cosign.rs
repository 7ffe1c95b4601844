//! `create secret cosign`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::SecretFlags;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::ops::secret::cosign;

/// Create a secret of public keys, with which Flux verifies signatures of cosign
///
/// It is what spec.verify.secretRef of an OCIRepository names. A signature by any of the keys is enough. A private key is
/// refused.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl create secret cosign bob-keys -n flux-system --public-key cosign.pub --export"
)]
pub(in crate::cli) struct CosignArgs {
    /// A file with a public key in PEM (repeat)
    #[arg(long, value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    public_key: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) secret: SecretFlags,
}

impl CosignArgs {
    pub(in crate::cli) fn run(self, context: &Context) -> Result<(), CliError> {
        let identity = self.secret.identity()?;
        let secret = cosign::secret(identity, &self.public_key, context.reporter())?;
        self.secret.finish(&secret, context)
    }
}
