//! `create secret notation`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::SecretFlags;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::ops::secret::notation::{self, NotationInput};

/// Create a secret of a trust policy and CA certificates, with which Flux verifies signatures of notation
///
/// It is what spec.verify.secretRef of an OCIRepository names. Flux reads one certificate of each key, so a file that holds
/// several becomes several keys.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  bobctl create secret notation bob-trust -n flux-system --trust-policy-file trustpolicy.json --ca-cert-file ca.crt --export"
)]
pub(in crate::cli) struct NotationArgs {
    /// notation's trust policy
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    trust_policy_file: PathBuf,
    /// A file with CA certificates in PEM or DER (repeat)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca_cert_file: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) secret: SecretFlags,
}

impl NotationArgs {
    pub(in crate::cli) fn run(self, context: &Context) -> Result<(), CliError> {
        let identity = self.secret.identity()?;
        let input =
            NotationInput { policy: self.trust_policy_file, certificates: self.ca_cert_file, now: Context::now() };
        let secret = notation::secret(identity, &input, context.reporter())?;
        self.secret.finish(&secret, context)
    }
}
