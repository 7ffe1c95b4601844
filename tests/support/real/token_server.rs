//! A token service for docker's registry: it signs what the registry believes, and remembers who asked for what.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair, KeyUsagePurpose, SigningKey};
use reqwest::Url;
use serde_json::{Value, json};
use tempfile::TempDir;

/// What the registry is called here, and who signs.
pub(super) const SERVICE: &str = "the registry of the tests";
pub(super) const ISSUER: &str = "the token server of the tests";
/// How much longer than it says docker's registry takes a token for good, in seconds.
const LEEWAY: u64 = 60;

/// Somebody who may do something.
#[derive(Debug, Clone)]
pub struct TokenAccount {
    user: Option<(&'static str, &'static str)>,
    /// The start of a repository's name, and what may be done there.
    may: Vec<(&'static str, &'static str)>,
}

impl TokenAccount {
    /// Who has this name and password, and may do this, as `("org/", "pull,push")`, the first that fits.
    pub fn new(name: &'static str, password: &'static str, may: &[(&'static str, &'static str)]) -> Self {
        Self { user: Some((name, password)), may: may.to_vec() }
    }

    /// Who does not say who they are.
    pub fn anonymous(may: &[(&'static str, &'static str)]) -> Self {
        Self { user: None, may: may.to_vec() }
    }

    fn actions(&self, repository: &str) -> &'static str {
        self.may.iter().find(|(start, _)| repository.starts_with(start)).map_or("", |(_, actions)| actions)
    }
}

/// One request for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenQuestion {
    /// The name that came along, whether its password was right or not.
    pub user: Option<String>,
    pub scopes: Vec<String>,
}

/// A running token service. It stops when it is dropped.
pub struct TokenServer {
    shared: Arc<Shared>,
    address: SocketAddr,
    certificate: PathBuf,
    serving: Option<JoinHandle<()>>,
    _folder: TempDir,
}

struct Shared {
    accounts: Vec<TokenAccount>,
    /// How long a token is good at the registry.
    lifetime: Duration,
    key: KeyPair,
    certificate: Vec<u8>,
    asked: Mutex<Vec<TokenQuestion>>,
    issued: Mutex<Vec<String>>,
    stopped: AtomicBool,
}

impl TokenServer {
    /// Tokens for `accounts` that are good for `lifetime`, to the second; the service claims a minute at the least.
    pub fn start(accounts: Vec<TokenAccount>, lifetime: Duration) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = KeyPair::generate().expect("a key pair");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, ISSUER);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyCertSign];
        let signed = params.self_signed(&key).expect("a self-signed certificate");
        let certificate = folder.path().join("tokens.pem");
        fs::write(&certificate, signed.pem()).expect("the temporary folder is writable");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            accounts,
            lifetime,
            key,
            certificate: signed.der().to_vec(),
            asked: Mutex::default(),
            issued: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let server = Arc::clone(&shared);
        let serving = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if server.stopped.load(Ordering::Relaxed) {
                    return;
                }
                // Who hangs up has no answer.
                let _gone = server.answer(&stream);
            }
        });
        Self { shared, address, certificate, serving: Some(serving), _folder: folder }
    }

    /// What `auth.token` of the registry's configuration is.
    pub(super) fn config(&self) -> Value {
        json!({
            "realm": format!("http://{}/token", self.address),
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": self.certificate,
        })
    }

    /// All questions so far, and none of them the next time.
    pub fn asked(&self) -> Vec<TokenQuestion> {
        std::mem::take(&mut self.shared.asked.lock().expect("no panic"))
    }

    /// All tokens that were given out.
    pub fn issued(&self) -> Vec<String> {
        self.shared.issued.lock().expect("no panic").clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // It waits for one more connection. When it is gone already, there is nothing to wake.
        let _ = TcpStream::connect(self.address);
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

impl Shared {
    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let mut lines = BufReader::new(stream.take(64 << 10)).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        let mut login = None;
        for line in lines {
            let line = line?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or_default();
            if name.eq_ignore_ascii_case("authorization") {
                login = value.strip_prefix("Basic ").map(str::to_owned);
            }
        }
        let (status, body) = self.reply(&request, login.as_deref());
        let body = body.to_string();
        let head = "Content-Type: application/json\r\nConnection: close";
        write!(stream, "HTTP/1.1 {status}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    }

    /// Status line and body for a request line and what came as `Authorization`.
    fn reply(&self, request: &str, login: Option<&str>) -> (&'static str, Value) {
        let Some(target) = request.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()) else {
            return ("405 Method Not Allowed", json!({}));
        };
        let url = Url::parse("http://server").and_then(|base| base.join(target)).expect("a path");
        let values = |wanted: &str| {
            let pairs = url.query_pairs().filter(|(name, _)| name == wanted);
            pairs.map(|(_, value)| value.into_owned()).collect::<Vec<_>>()
        };
        let pair = login.and_then(|login| String::from_utf8(STANDARD.decode(login).ok()?).ok());
        let user = pair.as_deref().and_then(|pair| pair.split_once(':'));
        let (scopes, service) = (values("scope"), values("service"));
        let name = user.map(|(name, _)| name.to_owned());
        self.asked.lock().expect("no panic").push(TokenQuestion { user: name, scopes: scopes.clone() });
        match self.accounts.iter().find(|account| account.user == user) {
            Some(account) if service == [SERVICE] => {
                let token = self.sign(&claims(account, &scopes, self.lifetime));
                self.issued.lock().expect("no panic").push(token.clone());
                let claimed = self.lifetime.as_secs().max(60);
                ("200 OK", json!({ "token": token, "expires_in": claimed }))
            }
            _ => ("401 Unauthorized", json!({ "details": "incorrect username or password" })),
        }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(&self.certificate)] });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(text.as_bytes()).expect("a signature");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(joined(&signature)))
    }
}

fn claims(account: &TokenAccount, scopes: &[String], lifetime: Duration) -> Value {
    let access: Vec<Value> = scopes
        .iter()
        .filter_map(|scope| {
            let (name, wanted) = scope.strip_prefix("repository:")?.rsplit_once(':')?;
            let may: BTreeSet<&str> = account.actions(name).split(',').collect();
            let actions: Vec<&str> = wanted.split(',').filter(|action| may.contains(action)).collect();
            Some(json!({ "type": "repository", "name": name, "actions": actions }))
        })
        .collect();
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs();
    json!({
        "iss": ISSUER,
        "aud": SERVICE,
        "sub": account.user.map_or("", |(name, _)| name),
        "iat": now,
        "nbf": now - 2 * LEEWAY,
        "exp": now + lifetime.as_secs() - LEEWAY,
        "access": access,
    })
}

/// A signature as JWT has it: two numbers of 32 bytes, which are a sequence of two integers in DER.
fn joined(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut whole = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        // Without the zero that says it is not negative, and with those that DER leaves out.
        let number = &number[number.len().saturating_sub(32)..];
        whole.resize(whole.len() + 32 - number.len(), 0);
        whole.extend(number);
        rest = &rest[2 + length..];
    }
    whole
}
