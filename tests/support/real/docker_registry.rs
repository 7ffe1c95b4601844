//! Docker's registry 2.8: the code behind most registries that exist, without the referrers API.

use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{Server, TlsFiles, TokenServer, bcrypt};
use crate::support::peers::peer;

/// What kind of registry to start; the default is an open one over plain HTTP.
#[derive(Clone, Copy, Default)]
pub struct DockerRegistryOptions<'a> {
    /// User and password of the one account it lets in; everybody when `None`.
    pub htpasswd: Option<(&'a str, &'a str)>,
    /// Who gives out the tokens that it wants.
    pub tokens: Option<&'a TokenServer>,
    /// Whether it speaks TLS.
    pub tls: Option<&'a TlsFiles>,
    /// Whether it deletes manifests; it does not unless told to.
    pub deletes: bool,
    /// Whether, over TLS, it refuses clients without a certificate of the same authority.
    pub client_certificates: bool,
}

/// A running registry.
pub struct DockerRegistry(Server);

impl DockerRegistry {
    /// Starts Docker's registry; without the program the calling test is left out.
    #[track_caller]
    pub fn start(options: DockerRegistryOptions) -> Option<Self> {
        let program = peer("docker-registry")?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("config.yml");
        let config = config(&options, folder.path());
        Some(Self(Server::start(folder, options.tls, |port| {
            let mut config = config.clone();
            config["http"]["addr"] = json!(format!("127.0.0.1:{port}"));
            // JSON is YAML, and quotes whatever stands in a path.
            fs::write(&file, config.to_string()).expect("the temporary folder is writable");
            let mut command = Command::new(&program);
            command.arg("serve").arg(&file);
            command
        })))
    }
}

impl Deref for DockerRegistry {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.0
    }
}

fn config(options: &DockerRegistryOptions, folder: &Path) -> serde_json::Value {
    let mut config = json!({
        "version": 0.1,
        "storage": {
            "filesystem": { "rootdirectory": folder.join("store") },
            "delete": { "enabled": options.deletes },
        },
        "http": {},
    });
    if let Some((user, password)) = options.htpasswd {
        let file = folder.join("htpasswd");
        fs::write(&file, format!("{user}:{}\n", bcrypt(password))).expect("the temporary folder is writable");
        config["auth"] = json!({ "htpasswd": { "realm": "test", "path": file } });
    }
    if let Some(tokens) = options.tokens {
        config["auth"] = json!({ "token": tokens.config() });
    }
    if let Some(tls) = options.tls {
        config["http"]["tls"] = json!({ "certificate": tls.certificate, "key": tls.key });
        if options.client_certificates {
            config["http"]["tls"]["clientcas"] = json!([tls.ca]);
        }
    }
    config
}
