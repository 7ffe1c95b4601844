//! `create secret oci`.

use std::convert::Infallible;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};
use secrecy::SecretString;

use super::SecretFlags;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::oci::reference::Address;
use crate::ops::secret::oci::{self, Login};

/// Create a pull secret: the login with which a cluster fetches from a registry
///
/// Its type is kubernetes.io/dockerconfigjson, for imagePullSecrets and for the secretRef of Flux's OCIRepository.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  printf %s \"$TOKEN\" | bobctl create secret oci ghcr -n flux-system --url ghcr.io --username bob --password-stdin --export"
)]
#[command(group = ArgGroup::new("login").required(true))]
pub(in crate::cli) struct OciArgs {
    /// The registry: HOST[:PORT], oci://HOST/REPOSITORY, https://HOST; Docker Hub is docker.io
    #[arg(long, value_name = "URL")]
    url: String,
    /// The user name
    #[arg(long, value_name = "USER", required_unless_present = "from_docker_config")]
    username: Option<String>,
    /// The password; it shows in the process list, so prefer --password-stdin
    #[arg(long, value_name = "PASSWORD", group = "login", value_parser = secret)]
    password: Option<SecretString>,
    /// Read the password from standard input
    #[arg(long, group = "login")]
    password_stdin: bool,
    /// Read the password from a file
    #[arg(long, value_name = "FILE", group = "login", value_hint = ValueHint::FilePath)]
    password_file: Option<PathBuf>,
    /// Take the login that docker or podman has for the registry, helpers included
    #[arg(long, group = "login", conflicts_with = "username")]
    from_docker_config: bool,
    /// The folder of docker's config.json; other sources of credentials stay [default: $DOCKER_CONFIG or ~/.docker]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    #[arg(conflicts_with_all = ["username", "password", "password_stdin", "password_file"])]
    docker_config: Option<PathBuf>,
    #[command(flatten)]
    pub(super) secret: SecretFlags,
}

#[expect(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::from(text))
}

impl OciArgs {
    pub(in crate::cli) fn run(self, context: &Context) -> Result<(), CliError> {
        let identity = self.secret.identity()?;
        let registry: Address = self.url.parse()?;
        let login = self.login(&registry, context)?;
        let secret = oci::secret(identity, &registry, &login)?;
        self.secret.finish(&secret, context)
    }

    fn login(&self, registry: &Address, context: &Context) -> Result<Login, CliError> {
        if self.from_docker_config {
            return context.docker_login(registry.host(), self.docker_config.clone());
        }
        let password = match (&self.password, &self.password_file) {
            (Some(password), _) => {
                context.ui().warning(
                    "--password shows in the process list and in the shell's history; --password-stdin and \
                     --password-file do not",
                );
                password.clone()
            }
            (None, Some(file)) => Context::password_in(file)?,
            (None, None) => Context::password_from_stdin()?,
        };
        Ok(Login { username: self.username.clone().unwrap_or_default(), password })
    }
}
