//! `version`.

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::error::CliError;
use super::flags::{FormatOrShort, Shown};

/// Print the version
#[derive(Debug, Args)]
pub(super) struct VersionArgs {
    #[command(flatten)]
    format: FormatOrShort,
}

#[derive(Serialize)]
struct Version {
    #[serde(rename = "version")]
    number: &'static str,
    os: &'static str,
    arch: &'static str,
}

impl VersionArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    #[expect(clippy::unused_self, reason = "verbs have one shape")]
    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let version =
            Version { number: env!("CARGO_PKG_VERSION"), os: std::env::consts::OS, arch: std::env::consts::ARCH };
        context.ui().result(&version, |version| format!("bobctl {}", version.number))?;
        Ok(())
    }
}
