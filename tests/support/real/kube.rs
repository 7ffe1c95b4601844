//! A real Kubernetes API server with its etcd, both on loopback: what a cluster is to a client, without any node.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::KeyPair;
use serde_json::{Value, json};

use super::server::free_address;
use super::{Server, TlsFiles, tls_files};
use crate::support::peers::peer;

/// A start takes some three seconds; a loaded machine gets all the time it may need.
const READY_LIMIT: Duration = Duration::from_secs(120);

/// Who asks. Tokens of tests are no secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// May do everything.
    Admin,
    /// May do nothing.
    Nobody,
    /// Not known to the cluster.
    Stranger,
}

impl User {
    /// The bearer token.
    pub fn token(self) -> &'static str {
        match self {
            Self::Admin => "token-of-admin",
            Self::Nobody => "token-of-nobody",
            Self::Stranger => "token-of-stranger",
        }
    }
}

/// A running cluster. Both processes end when it is dropped, the API server first.
pub struct KubeApiserver {
    server: Server,
    _etcd: Server,
    tls: TlsFiles,
    kubectl: PathBuf,
}

impl KubeApiserver {
    /// Starts etcd and an API server; without the programs the calling test is left out.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let (etcd, apiserver, kubectl) = (peer("etcd")?, peer("kube-apiserver")?, peer("kubectl")?);
        let etcd = start_etcd(&etcd);
        let tls = tls_files();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let arguments = arguments(folder.path(), &tls, &etcd.host());
        let server = Server::start(folder, Some(&tls), |port| {
            let mut command = Command::new(&apiserver);
            command.args(&arguments).arg(format!("--secure-port={port}"));
            command
        });
        let cluster = Self { server, _etcd: etcd, tls, kubectl };
        cluster.wait();
        Some(cluster)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://{}", self.host())
    }

    /// The authority that signed its certificate.
    pub fn ca(&self) -> &Path {
        &self.tls.ca
    }

    /// A certificate and its key, PEM, of the user `client`, who may do nothing yet.
    pub fn client_pem(&self) -> (String, String) {
        let read = |file| fs::read_to_string(file).expect("the files of the authority");
        (read(&self.tls.client_certificate), read(&self.tls.client_key))
    }

    /// A kubeconfig for `user`, whose context has no namespace.
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        self.write(&format!("{user:?}"), &self.config(&json!({ "token": user.token() })))
    }

    /// A kubeconfig with these credentials.
    pub fn config(&self, user: &Value) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "contexts": [{ "name": "test", "context": { "cluster": "test", "user": "test" } }],
            "clusters": [{ "name": "test", "cluster": { "server": self.url(), "certificate-authority": self.ca() } }],
            "users": [{ "name": "test", "user": user }],
        })
    }

    /// Writes a kubeconfig; JSON is YAML.
    pub fn write(&self, name: &str, config: &Value) -> PathBuf {
        let file = self.folder().join(format!("{name}.kubeconfig"));
        fs::write(&file, config.to_string()).expect("the server's folder is writable");
        file
    }

    /// Runs kubectl as the administrator, with `input` as its file `-`.
    pub fn kubectl(&self, arguments: &[&str], input: &str) -> Output {
        let file = self.folder().join("input");
        fs::write(&file, input).expect("the server's folder is writable");
        Command::new(&self.kubectl)
            .arg("--kubeconfig")
            .arg(self.kubeconfig(User::Admin))
            // What it learns about the cluster is kept there.
            .env("HOME", self.folder())
            .args(arguments)
            .stdin(fs::File::open(&file).expect("the file just written"))
            .output()
            .expect("kubectl runs")
    }

    /// Runs kubectl, which has to succeed, and returns what it prints.
    pub fn kubectl_ok(&self, arguments: &[&str], input: &str) -> String {
        let output = self.kubectl(arguments, input);
        assert!(output.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }

    fn wait(&self) {
        let header = format!("Authorization: Bearer {}", User::Admin.token());
        let start = Instant::now();
        while !self.get_tls(&self.tls, "/readyz", &[&header]).is_ok_and(|reply| reply.status == 200) {
            assert!(start.elapsed() < READY_LIMIT, "the API server is not ready:\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Deref for KubeApiserver {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

fn start_etcd(program: &Path) -> Server {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    Server::start(folder, None, |port| {
        let (clients, peers) = (format!("http://127.0.0.1:{port}"), format!("http://{}", free_address()));
        let mut command = Command::new(program);
        command.arg("--data-dir").arg(&data).arg("--unsafe-no-fsync");
        command.args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients]);
        command.args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers]);
        command.args(["--initial-cluster", &format!("default={peers}")]);
        command
    })
}

/// The arguments of the API server but its port, and the files they name in `folder`.
fn arguments(folder: &Path, tls: &TlsFiles, etcd: &str) -> Vec<String> {
    let file = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("the temporary folder is writable");
        file.display().to_string()
    };
    let pair = KeyPair::generate().expect("a key pair");
    let tokens =
        format!("{},admin,1,\"system:masters\"\n{},nobody,2,\"people\"\n", User::Admin.token(), User::Nobody.token());
    [
        ("etcd-servers", format!("http://{etcd}")),
        ("bind-address", "127.0.0.1".to_owned()),
        ("cert-dir", folder.join("certificates").display().to_string()),
        ("tls-cert-file", tls.certificate.display().to_string()),
        ("tls-private-key-file", tls.key.display().to_string()),
        ("client-ca-file", tls.ca.display().to_string()),
        ("authorization-mode", "RBAC".to_owned()),
        ("token-auth-file", file("tokens.csv", &tokens)),
        ("service-cluster-ip-range", "10.0.0.0/24".to_owned()),
        ("service-account-issuer", "https://kubernetes.default.svc".to_owned()),
        ("service-account-key-file", file("service-accounts.pub", &pair.public_key_pem())),
        ("service-account-signing-key-file", file("service-accounts.key", &pair.serialize_pem())),
    ]
    .map(|(name, value)| format!("--{name}={value}"))
    .to_vec()
}
