//! A real HTTP proxy: it forwards plain requests, and tunnels what is asked for by CONNECT.

use std::fs;
use std::ops::Deref;
use std::process::Command;

use super::Server;
use crate::support::peers::peer;

/// A running proxy on loopback.
pub struct Tinyproxy(Server);

impl Tinyproxy {
    /// Starts tinyproxy for everybody, or for `user` and `password` alone; without the program the calling test is left
    /// out.
    #[track_caller]
    pub fn start(login: Option<(&str, &str)>) -> Option<Self> {
        let program = peer("tinyproxy")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("tinyproxy.conf");
        let login = login.map(|(user, password)| format!("BasicAuth {user} {password}\n")).unwrap_or_default();
        Some(Self(Server::start(folder, None, |port| {
            let config = format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nLogLevel Connect\n{login}");
            fs::write(&file, config).expect("the temporary folder is writable");
            let mut command = Command::new(&program);
            command.arg("-d").arg("-c").arg(&file);
            command
        })))
    }

    /// How often it was asked for a tunnel to `host`.
    pub fn tunnels(&self, host: &str) -> usize {
        self.log().matches(&format!("CONNECT {host} ")).count()
    }

    /// How often a plain request to `host` went through.
    pub fn forwarded(&self, host: &str) -> usize {
        self.log().matches(&format!(" http://{host}/")).count()
    }
}

impl Deref for Tinyproxy {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}
