//! Credential helpers: `docker-credential-<name>` with `get`, `store` or `erase`, as a bounded child process (AUTH-24,
//! AUTH-25). What they are told goes through a pipe, where nobody else reads it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::Credential;
use super::config::{TOKEN_USER, basic};

/// How much a helper may answer, in bytes.
const MAX_ANSWER: usize = 1 << 20;
/// How much of what a helper complains is kept, in bytes.
const MAX_COMPLAINT: usize = 4 << 10;
/// How much of that is shown, in characters.
const SHOWN: usize = 200;
/// What helpers say when they have nothing, on stdout and with a failing status.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// Why a helper gave no credential. No message has anything of its answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HelperError {
    /// It has none for this host.
    #[error("has no credentials for this host")]
    NotFound,
    /// The configuration names something that is no helper.
    #[error("is no name of a helper")]
    Name,
    /// There is no such program.
    #[error("is not in PATH")]
    Missing,
    /// It could not be started or talked to.
    #[error("cannot be run: {0}")]
    Run(#[from] io::Error),
    /// It took too long, and was killed.
    #[error("gave no answer within {} s", .0.as_secs_f32())]
    Hung(Duration),
    /// It failed, and said why.
    #[error("failed ({status}){complaint}")]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// What it said, after a colon.
        complaint: String,
    },
    /// It answered more than a credential can be.
    #[error("answered more than {MAX_ANSWER} bytes")]
    TooLong,
    /// It answered something else.
    #[error("answered something that is no credential")]
    Garbage,
}

/// A helper, found by its name.
#[derive(Debug)]
pub(super) struct Helper {
    program: PathBuf,
    path: Option<std::ffi::OsString>,
    limit: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Helper {
    /// The helper `name` in the folders of `path`. Folders that are not absolute do not count: no program from the
    /// working directory is run.
    pub(super) fn find(name: &str, path: Option<&OsStr>, limit: Duration) -> Result<Self, HelperError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(fits) {
            return Err(HelperError::Name);
        }
        let folders = path.into_iter().flat_map(std::env::split_paths).filter(|folder| folder.is_absolute());
        let program = folders.map(|folder| folder.join(program(name))).find(is_executable);
        let program = program.ok_or(HelperError::Missing)?;
        Ok(Self { program, path: path.map(OsStr::to_owned), limit })
    }

    /// Ask for the credential of `server`.
    pub(super) async fn get(&self, server: &str) -> Result<Credential, HelperError> {
        credential(&self.run("get", server, None).await?)
    }

    /// Let it keep `credential` for `server`, in place of what it has.
    pub(super) async fn store(&self, server: &str, credential: &Credential) -> Result<(), HelperError> {
        let (username, secret) = credential.parts();
        let username = username.unwrap_or(TOKEN_USER);
        let message = json!({"ServerURL": server, "Username": username, "Secret": secret}).to_string();
        self.run("store", SecretString::from(message).expose_secret(), Some(secret)).await.map(drop)
    }

    /// Let it forget what it has for `server`.
    pub(super) async fn erase(&self, server: &str) -> Result<(), HelperError> {
        self.run("erase", server, None).await.map(drop)
    }

    /// Do `action` with `message`, and answer what it says. The child is gone when this returns, and when it is dropped.
    /// No error has `secret` in it.
    async fn run(&self, action: &str, message: &str, secret: Option<&str>) -> Result<Vec<u8>, HelperError> {
        let mut child = self.start(action)?;
        let answered = tokio::time::timeout(self.limit, converse(&mut child, message)).await;
        let answered = answered.unwrap_or(Err(HelperError::Hung(self.limit)));
        if answered.is_err() {
            // It may have ended by itself; then there is nothing to kill.
            let _ = child.kill().await;
        }
        let (status, answer, complaint) = answered?;
        if status.success() {
            return Ok(answer);
        }
        if answer.trim_ascii() == NOT_FOUND.as_bytes() {
            return Err(HelperError::NotFound);
        }
        Err(HelperError::Failed { status, complaint: shown(&complaint, &answer, secret) })
    }

    fn start(&self, action: &str) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command.arg(action).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true).spawn()
    }
}

/// The file name of the helper `name`.
pub(super) fn program(name: &str) -> String {
    format!("docker-credential-{name}")
}

fn is_executable(program: &PathBuf) -> bool {
    std::fs::metadata(program).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Say what is wanted, and listen until the child has ended.
async fn converse(child: &mut Child, message: &str) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), HelperError> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ((), answer, complaint) = tokio::try_join!(tell(stdin, message), listen(stdout), overhear(stderr))?;
    Ok((child.wait().await?, answer, complaint))
}

/// One that does not listen may answer all the same.
async fn tell(stdin: Option<ChildStdin>, message: &str) -> Result<(), HelperError> {
    let Some(mut stdin) = stdin else { return Ok(()) };
    match stdin.write_all(message.as_bytes()).await {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

async fn listen(stdout: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, HelperError> {
    let mut answer = Vec::new();
    if let Some(stdout) = stdout {
        stdout.take(MAX_ANSWER as u64 + 1).read_to_end(&mut answer).await?;
    }
    if answer.len() > MAX_ANSWER { Err(HelperError::TooLong) } else { Ok(answer) }
}

/// Keep the beginning; read the rest as well, so that the child can go on.
async fn overhear(stderr: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, HelperError> {
    let mut complaint = Vec::new();
    if let Some(mut stderr) = stderr {
        (&mut stderr).take(MAX_COMPLAINT as u64).read_to_end(&mut complaint).await?;
        tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await?;
    }
    Ok(complaint)
}

fn credential(answer: &[u8]) -> Result<Credential, HelperError> {
    let Answer { username, secret } = serde_json::from_slice(answer).map_err(|_| HelperError::Garbage)?;
    basic(username, secret).ok_or(HelperError::NotFound)
}

/// The first line of what a failing helper says, on stderr or where docker's own say it, on stdout: never JSON, which
/// may hold the secret, and without that where it is said twice, or where it is `told`, which the helper was to keep.
fn shown(complaint: &[u8], answer: &[u8], told: Option<&str>) -> String {
    let [complaint, answer] = [complaint, answer].map(String::from_utf8_lossy);
    let said = [&complaint, &answer].map(|said| said.trim());
    let said = said.into_iter().find(|said| !said.is_empty() && !said.starts_with(['{', '"']));
    let line = said.and_then(|said| said.lines().next()).unwrap_or_default();
    let answered = secret_in(&answer);
    let secrets = [answered.as_deref(), told];
    let line = secrets.into_iter().flatten().fold(line.to_owned(), |line, secret| line.replace(secret, "***"));
    let line: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}

/// The secret in an answer that came with a failing status.
fn secret_in(answer: &str) -> Option<String> {
    let value = serde_json::Deserializer::from_str(answer).into_iter::<Value>().next()?.ok()?;
    value.get("Secret")?.as_str().filter(|secret| !secret.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
