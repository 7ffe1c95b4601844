//! Credential plugins: the program that a kubeconfig names under `exec`, as a bounded child process.
//!
//! The Kubernetes library would run it too, but without a limit of time, with our standard input (which may hold a
//! password), and its error repeats what the program wrote, token included.
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{ExecConfig, ExecInteractiveMode};
use secrecy::SecretString;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::PluginOutput;
use super::error::ApplyError;

/// How much a plugin may answer, in bytes.
const MAX_ANSWER: usize = 1 << 20;
/// How much of what a plugin complains is kept, in bytes.
const MAX_COMPLAINT: usize = 4 << 10;
/// How much of that is shown, in characters.
const SHOWN: usize = 200;
/// The variable that says what is asked for.
const INFO: &str = "KUBERNETES_EXEC_INFO";
/// The kind of document that is asked for and answered.
const KIND: &str = "ExecCredential";

/// What a plugin issued.
pub(super) struct Issued {
    /// A bearer token.
    pub(super) token: Option<SecretString>,
    /// A certificate and its key, both PEM in base64, as kubeconfigs have them.
    pub(super) certificate: Option<(String, SecretString)>,
}

#[derive(Deserialize)]
struct Answer {
    kind: String,
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
}

/// Ask the plugin of `exec` for credentials. The child is gone when this returns, and when it is dropped.
pub(super) async fn run(exec: &ExecConfig, limit: Duration, output: PluginOutput) -> Result<Issued, ApplyError> {
    let command = exec.command.as_deref().unwrap_or_default();
    let failed = |problem: String| ApplyError::Plugin {
        command: command.to_owned(),
        problem,
        install_hint: exec.install_hint.clone().filter(|hint| !hint.is_empty()),
    };
    if command.is_empty() {
        return Err(ApplyError::Kubeconfig("the kubeconfig names a credential plugin without its command".to_owned()));
    }
    if exec.interactive_mode == Some(ExecInteractiveMode::Always) {
        return Err(failed(
            "wants a terminal for itself (interactiveMode: Always), which it does not get here".to_owned(),
        ));
    }
    let mut child = start(exec, command, output).map_err(|error| failed(unstarted(&error)))?;
    let listened = tokio::time::timeout(limit, listen(&mut child)).await;
    let (status, answer, complaint) = match listened {
        Ok(Ok(heard)) => heard,
        problem => {
            // It may have ended by itself; then there is nothing to kill.
            let _ = child.kill().await;
            return Err(failed(match problem {
                Ok(Err(error)) => format!("cannot be listened to: {error}"),
                _ => format!("gave no answer within {} s", limit.as_secs_f32()),
            }));
        }
    };
    if !status.success() {
        return Err(failed(format!("failed ({status}){}", shown(&complaint))));
    }
    issued(&answer).map_err(|problem| failed(problem.to_owned()))
}

fn unstarted(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        _ => format!("cannot be run: {error}"),
    }
}

fn start(exec: &ExecConfig, command: &str, output: PluginOutput) -> io::Result<Child> {
    let mut spec = serde_json::json!({ "interactive": false });
    if let Some(cluster) = &exec.cluster {
        spec["cluster"] = serde_json::to_value(cluster).map_err(io::Error::other)?;
    }
    let info = serde_json::json!({ "apiVersion": exec.api_version, "kind": KIND, "spec": spec });
    let variables = exec.env.iter().flatten();
    let variables = variables.filter_map(|variable| Some((variable.get("name")?, variable.get("value")?)));
    Command::new(command)
        .args(exec.args.iter().flatten())
        .envs(variables)
        .env(INFO, info.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(match output {
            PluginOutput::Kept => Stdio::piped(),
            PluginOutput::Shown => Stdio::inherit(),
        })
        .kill_on_drop(true)
        .spawn()
}

/// Listen until the child has ended.
async fn listen(child: &mut Child) -> io::Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (answer, complaint) = tokio::try_join!(head(stdout, MAX_ANSWER), head(stderr, MAX_COMPLAINT))?;
    Ok((child.wait().await?, answer, complaint))
}

/// Keep the beginning; read the rest as well, so that the child can go on.
async fn head(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(limit as u64).read_to_end(&mut bytes).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(bytes)
}

/// What the plugin issued; why not, without anything of its answer.
fn issued(answer: &[u8]) -> Result<Issued, &'static str> {
    const NO_CREDENTIAL: &str = "answered something that is no ExecCredential in JSON";
    let answer: Answer = serde_json::from_slice(answer).map_err(|_| NO_CREDENTIAL)?;
    if answer.kind != KIND {
        return Err(NO_CREDENTIAL);
    }
    let status = answer.status.ok_or("answered without a status")?;
    let token = status.token.filter(|token| !token.is_empty()).map(SecretString::from);
    let certificate = match (status.client_certificate_data, status.client_key_data) {
        (Some(certificate), Some(key)) => Some((STANDARD.encode(certificate), STANDARD.encode(key).into())),
        (None, None) => None,
        _ => return Err("answered a certificate without its key, or a key without its certificate"),
    };
    if token.is_none() && certificate.is_none() {
        return Err("answered neither a token nor a certificate");
    }
    Ok(Issued { token, certificate })
}

/// The first line of what a failing plugin says on stderr: never JSON, which may hold a token.
fn shown(complaint: &[u8]) -> String {
    let complaint = String::from_utf8_lossy(complaint);
    let line = complaint.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if line.is_empty() || line.starts_with('{') { String::new() } else { format!(": {line}") }
}
