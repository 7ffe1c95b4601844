//! Logging in and out: who it is, whether the registry takes that, and where it is kept.

use std::path::{Path, PathBuf};

use super::credentials::given;
use super::sources::{self, sources};
use super::{CliError, Context, prompt};
use crate::cli::flags::{AccessFlags, Reach};
use crate::credentials::{Credential, DockerKeychain, Found, Keychain, LoginFile, Removed, Saved};
use crate::oci::reference::Host;
use crate::ops::secret::oci::Login;
use crate::store::registry::Verified;

/// A login that is kept.
pub(in crate::cli) struct LoggedIn {
    /// The user name; none with an identity token.
    pub(in crate::cli) username: Option<String>,
    /// Whether the registry said that it takes it.
    pub(in crate::cli) verified: bool,
    /// The file that has the login, or names who has it.
    pub(in crate::cli) file: PathBuf,
    /// The helper that has it.
    pub(in crate::cli) helper: Option<String>,
}

impl Context {
    /// Ask who it is where no flag says so, let the registry `host` say whether it takes that, and keep it.
    pub(in crate::cli) fn log_in(&self, host: &Host, flags: &AccessFlags) -> Result<LoggedIn, CliError> {
        let file = login_file(flags.docker_config.clone())?;
        // Before anybody types a password for nothing.
        file.check()?;
        let found = self.who(flags)?;
        let credential = found.credential.clone();
        let client = self.stranger(&Reach::by(flags, 1), host, found)?;
        let verified = self.wait(flags, async { Ok(client.verify(host).await?) })?;
        let saved = self.wait_local(async { Ok(file.save(host, &credential).await) })??;
        self.warn_of_others(&file.path, host, flags.docker_config.clone())?;
        Ok(LoggedIn {
            username: match credential {
                Credential::Basic { username, .. } => Some(username),
                Credential::IdentityToken(_) | Credential::RegistryToken(_) => None,
            },
            verified: verified == Verified::Accepted,
            file: file.path,
            helper: match saved {
                Saved::Helper(name) => Some(name),
                Saved::File => None,
            },
        })
    }

    /// Forget the login for `host` where logins are written, and say who still has one. Answers that file as well.
    pub(in crate::cli) fn log_out(&self, host: &Host, folder: Option<PathBuf>) -> Result<(PathBuf, Removed), CliError> {
        let file = login_file(folder.clone())?;
        let removed = self.wait_local(async { Ok(file.remove(host).await) })??;
        let keychain = DockerKeychain::new(sources(Vec::new(), folder));
        let lookup = self.wait_local(async { Ok(keychain.find(host, None).await) })?;
        for what in lookup.broken.iter().chain(&lookup.failed) {
            self.ui().warning(&format!("{what}; it may have a login for {host}"));
        }
        if let Some(found) = &lookup.found {
            self.ui().warning(&format!("there is still a login for {host}: {}", found.origin));
        }
        Ok((file.path, removed))
    }

    /// Who logs in, by the flags, else by what is typed.
    fn who(&self, flags: &AccessFlags) -> Result<Found, CliError> {
        let login = Reach::by(flags, 1).login;
        let creds = login.value.creds.as_ref().map(|creds| creds.0.as_str());
        let name = creds.or(login.value.username.as_deref());
        let complete = login.value.password_stdin || creds.is_some_and(|creds| creds.contains(':'));
        if creds.is_some_and(|creds| creds.contains(':')) {
            self.ui().warning(
                "the password of --creds shows in the process list and in the shell's history; --password-stdin does not",
            );
        }
        let found = if complete { given(&login, Self::password_from_stdin)? } else { None };
        let found = match found {
            Some(found) => found,
            None => self.asked(name)?,
        };
        if let Credential::Basic { username, password } = &found.credential {
            Login { username: username.clone(), password: password.clone() }.check()?;
        }
        Ok(found)
    }

    /// Who sits at the terminal: `name`, where that is known.
    fn asked(&self, name: Option<&str>) -> Result<Found, CliError> {
        if !prompt::is_terminal() {
            let what = if name.is_some() { "no password is" } else { "no user name and no password are" };
            let error = anyhow::anyhow!("{what} given, and nobody can be asked: standard input is no terminal");
            return Err(CliError::usage(error).with_hint("pipe the password in, with --username USER --password-stdin"));
        }
        let username = match name {
            Some(name) => name.to_owned(),
            None => self.ask("User name: ")?,
        };
        if username.is_empty() {
            return Err(CliError::usage(anyhow::anyhow!("the user name is empty")));
        }
        let password = self.ask_unseen("Password: ")?;
        Ok(Found { credential: Credential::new(username, password), origin: "the terminal".to_owned() })
    }

    /// Say which source is asked for `host` before the file at `path`, and so hides what that has.
    fn warn_of_others(&self, path: &Path, host: &Host, folder: Option<PathBuf>) -> Result<(), CliError> {
        let mut sources = sources(Vec::new(), folder);
        let own = sources.files.iter().position(|file| file.path == path);
        sources.files.truncate(own.unwrap_or_default());
        let keychain = DockerKeychain::new(sources);
        let lookup = self.wait_local(async { Ok(keychain.find(host, None).await) })?;
        if let Some(found) = &lookup.found {
            let origin = &found.origin;
            self.ui().warning(&format!("{origin} has a login for {host} too, which goes before this one"));
        }
        Ok(())
    }
}

fn login_file(folder: Option<PathBuf>) -> Result<LoginFile, CliError> {
    sources::login_file(folder).ok_or_else(|| {
        let error = anyhow::anyhow!("there is no folder for docker's config.json: HOME is not set");
        CliError::failure(error).with_hint("name one with --docker-config")
    })
}
