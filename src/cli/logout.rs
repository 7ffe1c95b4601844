//! `logout`.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;

use super::context::Context;
use super::error::CliError;
use super::flags::{FormatOrShort, Shown};
use crate::oci::reference::Address;

/// Log out of a registry
///
/// The login that is kept for it is removed, in all spellings of its name: by the credential helper that docker's
/// config.json names, and from that file. With REGISTRY_AUTH_FILE set and no --docker-config, that file takes the place of
/// docker's. The registry is not asked.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  bobctl logout ghcr.io")]
pub(super) struct LogoutArgs {
    /// Which registry: HOST[:PORT], oci://HOST, https://HOST; Docker Hub is docker.io
    #[arg(value_name = "HOST")]
    host: String,
    /// The folder of docker's config.json [default: $DOCKER_CONFIG or ~/.docker]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Registry")]
    docker_config: Option<PathBuf>,
    #[command(flatten)]
    format: FormatOrShort,
}

/// What became of a login.
#[derive(Serialize)]
struct Forgotten {
    host: String,
    removed: bool,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper: Option<String>,
}

impl LogoutArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let address: Address = self.host.parse()?;
        let host = address.host();
        let (file, removed) = context.log_out(host, self.docker_config)?;
        let forgotten = Forgotten {
            host: host.to_string(),
            removed: removed.anything,
            file: file.display().to_string(),
            helper: removed.helper,
        };
        context.ui().note(&if forgotten.removed {
            format!("logged out of {host}")
        } else {
            format!("not logged in to {host}: {} has no login for it", forgotten.file)
        });
        context.ui().result(&forgotten, |_| String::new())?;
        Ok(())
    }
}
