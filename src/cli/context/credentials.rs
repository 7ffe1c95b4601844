//! Who asks a registry: the credentials of the flags, and docker's own places for them.

use std::env;
use std::path::PathBuf;

use secrecy::SecretString;

use super::{CliError, DOCKER_AUTH_CONFIG, DOCKER_CONFIG, PATH, home, standard_input};
use crate::cli::flags::{Flagged, Login};
use crate::credentials::{self, Credential, DockerKeychain, Found, Sources};
use crate::oci::reference::Host;

/// The largest password that is read from standard input, in bytes: registries' tokens have some thousands.
const MAX_PASSWORD: u64 = 64 << 10;

/// A keychain with what was `given` first. Without a folder of docker's configuration it is the environment's.
pub(super) fn keychain(given: Vec<(Host, Found)>, folder: Option<PathBuf>) -> DockerKeychain {
    let named = || env::var_os(DOCKER_CONFIG).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(named).or_else(|| home().map(|home| home.join(".docker")));
    DockerKeychain::new(Sources {
        given,
        auth_config: env::var(DOCKER_AUTH_CONFIG).ok().map(SecretString::from),
        docker_config: folder.map(|folder| folder.join("config.json")),
        helper_path: env::var_os(PATH),
        ..Sources::default()
    })
}

/// The credential of `--creds`, or of `--username` with `--password-stdin`; `typed` reads that password.
pub(super) fn given(
    login: &Flagged<Login>,
    typed: impl FnOnce() -> Result<SecretString, CliError>,
) -> Result<Option<Found>, CliError> {
    let (creds, name, stdin) = ["creds", "username", "password-stdin"].map(|name| login.flag(name)).into();
    let Login { creds: text, username, password_stdin } = &login.value;
    let (username, password, origin) = match (text, username) {
        (Some(text), _) => {
            let (username, password) = credentials::parse_creds(text).map_err(CliError::usage)?;
            (username, password, creds.clone())
        }
        (None, Some(username)) => (username.clone(), None, name),
        (None, None) if *password_stdin => {
            return Err(CliError::usage(anyhow::anyhow!("{stdin} is given without {name}")));
        }
        (None, None) => return Ok(None),
    };
    let password = match password {
        Some(_) if *password_stdin => {
            return Err(CliError::usage(anyhow::anyhow!("{creds} has a password, and {stdin} is given too")));
        }
        Some(password) => password,
        None if *password_stdin => typed()?,
        None => {
            let error = anyhow::anyhow!("{creds} has no password");
            return Err(CliError::usage(error).with_hint(format!("pipe it in and add {stdin}")));
        }
    };
    Ok(Some(Found { credential: Credential::Basic { username, password }, origin }))
}

/// The password in standard input, without the line break that ends it.
pub(super) fn password_from_stdin() -> Result<SecretString, CliError> {
    let bytes = standard_input(MAX_PASSWORD)?;
    let text = String::from_utf8(bytes).map_err(|_| CliError::usage(anyhow::anyhow!("the password is not UTF-8")))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(CliError::usage(anyhow::anyhow!("standard input has no password")));
    }
    Ok(SecretString::from(password.to_owned()))
}
