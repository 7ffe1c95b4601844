//! Who asks a registry: the credentials of the flags, and the login that a pull secret is made of.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::sources::sources;
use super::{CliError, Context, Kind, standard_input};
use crate::cli::flags::{self, Flagged};
use crate::credentials::{self, Credential, DockerKeychain, Found, Keychain};
use crate::oci::reference::{Host, LOGIN_COMMAND};
use crate::ops::secret::oci::Login;

/// The largest password that is read from standard input, in bytes: registries' tokens have some thousands.
pub(super) const MAX_PASSWORD: u64 = 64 << 10;

/// The credential of `--creds`, or of `--username` with `--password-stdin`; `typed` reads that password.
pub(super) fn given(
    login: &Flagged<flags::Login>,
    typed: impl FnOnce() -> Result<SecretString, CliError>,
) -> Result<Option<Found>, CliError> {
    let (creds, name, stdin) = ["creds", "username", "password-stdin"].map(|name| login.flag(name)).into();
    let flags::Login { creds: text, username, password_stdin } = &login.value;
    let (username, password, origin) = match (text, username) {
        (Some(text), _) => {
            let (username, password) = credentials::parse_creds(&text.0).map_err(CliError::usage)?;
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
    Ok(Some(Found { credential: Credential::new(username, password), origin }))
}

/// The password in standard input, without the line break that ends it.
pub(super) fn password_from_stdin() -> Result<SecretString, CliError> {
    password(standard_input(MAX_PASSWORD)?, "standard input")
}

/// The password in what `source` held, without the line break that ends it.
fn password(bytes: Vec<u8>, source: &str) -> Result<SecretString, CliError> {
    let text = String::from_utf8(bytes).map_err(|_| CliError::usage(anyhow::anyhow!("the password is not UTF-8")))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(CliError::usage(anyhow::anyhow!("{source} has no password")));
    }
    Ok(SecretString::from(password.to_owned()))
}

impl Context {
    /// The password in standard input.
    pub(in crate::cli) fn password_from_stdin() -> Result<SecretString, CliError> {
        password_from_stdin()
    }

    /// The password in a file, which may be a pipe.
    pub(in crate::cli) fn password_in(path: &Path) -> Result<SecretString, CliError> {
        let shown = path.display();
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_PASSWORD + 1).read_to_end(&mut bytes));
        read.map_err(|error| {
            let is_none = [io::ErrorKind::NotFound, io::ErrorKind::IsADirectory].contains(&error.kind());
            let kind = if is_none { Kind::Usage } else { Kind::Failure };
            CliError::new(kind, anyhow::Error::new(error).context(format!("cannot read the password in {shown}")))
        })?;
        if bytes.len() as u64 > MAX_PASSWORD {
            return Err(CliError::usage(anyhow::anyhow!("{shown} has more than {MAX_PASSWORD} bytes")));
        }
        password(bytes, &shown.to_string())
    }

    /// The login that docker or podman has for `host`, helpers included.
    pub(in crate::cli) fn docker_login(&self, host: &Host, folder: Option<PathBuf>) -> Result<Login, CliError> {
        let keychain = DockerKeychain::new(sources(Vec::new(), folder));
        let lookup = self.wait_local(async { Ok(keychain.find(host, None).await) })?;
        for what in lookup.broken.iter().chain(&lookup.failed) {
            self.ui().warning(&format!("{what}; going on without it"));
        }
        let Some(Found { credential, origin }) = lookup.found.clone() else {
            let error = anyhow::anyhow!(lookup.nothing(host));
            return Err(CliError::new(Kind::Denied, error).with_hint(format!("'{LOGIN_COMMAND} {host}' stores them")));
        };
        let token = match credential {
            Credential::Basic { username, password } => {
                self.ui().note(&format!(
                    "the login for {host} is from {origin}; the secret has a copy, which does not follow when the password \
                     changes or expires"
                ));
                return Ok(Login { username, password });
            }
            Credential::IdentityToken(_) => "an identity token",
            Credential::RegistryToken(_) => "a registry token",
        };
        let error = anyhow::anyhow!(
            "the login for {host} in {origin} is {token}, which a pull secret cannot hold: clusters send user name and password"
        );
        Err(CliError::usage(error)
            .with_hint("make an access token at the registry, and give it with --username and --password-stdin"))
    }
}
