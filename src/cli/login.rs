//! `login`.

use clap::builder::Resettable;
use clap::{Args, Id};
use serde::Serialize;

use super::context::Context;
use super::error::CliError;
use super::flags::{AccessFlags, FormatOrShort, Shown};
use crate::oci::reference::Address;

/// Log in to a registry, and keep the login as docker does
///
/// At a terminal, what is not given is asked for. The credential helper that docker's config.json names for the registry
/// keeps the login, else that file itself does. With REGISTRY_AUTH_FILE set and no --docker-config, that file takes the
/// place of docker's. Nothing is kept when the registry does not take the login.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  bobctl login ghcr.io\n  printf %s \"$TOKEN\" | bobctl login ghcr.io --username bob --password-stdin"
)]
// A password may be typed, and the folder is written to.
#[command(mut_arg("username", |arg| {
    arg.requires(Resettable::<Id>::Reset).help("User name; the password comes by --password-stdin, or is typed")
}))]
#[command(mut_arg("docker_config", |arg| {
    arg.help("The folder of docker's config.json [default: $DOCKER_CONFIG or ~/.docker]")
}))]
pub(super) struct LoginArgs {
    /// Which registry: HOST[:PORT], oci://HOST, https://HOST; Docker Hub is docker.io
    #[arg(value_name = "HOST")]
    host: String,
    #[command(flatten)]
    registry: AccessFlags,
    #[command(flatten)]
    format: FormatOrShort,
}

/// Where a login is kept.
#[derive(Serialize)]
struct Kept {
    host: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    verified: bool,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    helper: Option<String>,
}

impl LoginArgs {
    pub(super) fn shown(&self) -> Shown {
        Shown { format: self.format.format }
    }

    pub(super) fn run(self, context: &Context) -> Result<(), CliError> {
        let address: Address = self.host.parse()?;
        let login = context.log_in(address.host(), &self.registry)?;
        let kept = Kept {
            host: address.host().to_string(),
            username: login.username,
            verified: login.verified,
            file: login.file.display().to_string(),
            helper: login.helper,
        };
        kept.tell(context);
        context.ui().result(&kept, |_| String::new())?;
        Ok(())
    }
}

impl Kept {
    fn tell(&self, context: &Context) {
        let Self { host, file, .. } = self;
        if !self.verified {
            context.ui().warning(&format!("{host} lets everybody in, so whether it takes this login is not known"));
        }
        if let Some(helper) = &self.helper {
            context.ui().note(&format!("logged in to {host}; {helper} keeps the login"));
            return;
        }
        context.ui().note(&format!("logged in to {host}; the login is kept in {file}"));
        context.ui().warning(&format!(
            "the password stands there unencrypted; with a credential helper, named by 'credsStore' in {file}, it does not"
        ));
    }
}
