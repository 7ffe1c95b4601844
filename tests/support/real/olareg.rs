//! olareg: small, strict, with the referrers API and OCI 1.1 in full.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Server, TlsFiles, bcrypt};
use crate::support::peers::peer;

/// How olareg asks who it is talking to. The account may read and write every repository, others none.
#[derive(Clone, Copy)]
pub enum OlaregAuth<'a> {
    /// User and password with every request.
    Basic(&'a str, &'a str),
    /// User and password for a bearer token, with which the requests are made.
    Token(&'a str, &'a str),
}

/// What kind of olareg to start; the default is an open one over plain HTTP.
#[derive(Clone, Copy)]
pub struct OlaregOptions<'a> {
    /// Whether it has the referrers API.
    pub referrers: bool,
    /// Whom it lets in; everybody when `None`.
    pub auth: Option<OlaregAuth<'a>>,
    /// Whether it speaks TLS.
    pub tls: Option<&'a TlsFiles>,
    /// Requests a second that it takes from one address. The launcher's own first request counts.
    pub rate_limit: Option<u32>,
    /// Where it keeps its content, if that is to outlive it.
    pub store: Option<&'a Path>,
}

impl Default for OlaregOptions<'_> {
    fn default() -> Self {
        Self { referrers: true, auth: None, tls: None, rate_limit: None, store: None }
    }
}

/// A running olareg.
pub struct Olareg(Server);

impl Olareg {
    /// Starts olareg; without the program the calling test is left out.
    #[track_caller]
    pub fn start(options: OlaregOptions) -> Option<Self> {
        let program = peer("olareg")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = options.store.map_or_else(|| folder.path().join("store"), Path::to_owned);
        fs::create_dir_all(&store).expect("the store's folder can be made");
        let auth = options.auth.map(|auth| auth_flag(auth, folder.path()));
        Some(Self(Server::start(folder, options.tls, |port| {
            let mut command = Command::new(&program);
            command.args(["serve", "--verbosity", "debug", "--addr", "127.0.0.1", "--port", &port.to_string()]);
            command.arg(format!("--external-url={}://127.0.0.1:{port}", scheme(options.tls)));
            command
                .arg(format!("--api-referrer={}", options.referrers))
                .arg("--api-delete=true")
                .arg("--dir")
                .arg(&store);
            if let Some((flag, file)) = &auth {
                command.arg(flag).arg(file);
            }
            if let Some(tls) = options.tls {
                command.arg("--tls-cert").arg(&tls.certificate).arg("--tls-key").arg(&tls.key);
            }
            if let Some(limit) = options.rate_limit {
                command.arg(format!("--rate-limit={limit}"));
            }
            command
        })))
    }
}

impl Deref for Olareg {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

fn scheme(tls: Option<&TlsFiles>) -> &'static str {
    if tls.is_some() { "https" } else { "http" }
}

/// The flag for `auth` and the file it names, written into `folder`.
fn auth_flag(auth: OlaregAuth, folder: &Path) -> (&'static str, PathBuf) {
    let (flag, user, password) = match auth {
        OlaregAuth::Basic(user, password) => ("--auth-basic", user, password),
        OlaregAuth::Token(user, password) => ("--auth-token-opaque", user, password),
    };
    let accounts = serde_json::json!({
        "users": { user: { "cred": bcrypt(password) } },
        "acls": [
            { "repo": "", "members": [user], "access": ["read"] },
            { "repo": "*", "members": [user], "access": ["*"] },
        ],
    });
    let file = folder.join("accounts.yaml");
    // JSON is YAML, and quotes whatever stands in a user's name.
    fs::write(&file, accounts.to_string()).expect("the temporary folder is writable");
    (flag, file)
}
