//! The client against small loopback servers: one story a test.

mod account;
mod anonymous;
mod auth;
mod expiry;
mod mount;
mod pull;
mod push;
mod referrers;
mod retries;
mod safety;
mod server;
mod tags;
mod tls;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;

use async_trait::async_trait;

use super::*;
use crate::credentials::{Credential, Found, Lookup};
use crate::oci::{Digest, Reference};
use server::{Reply, Seen, Server, hang, reply};

/// A name for a failing assertion, and how a server answers.
type Case = (&'static str, fn() -> Reply);
/// The same with the kind of failure that it means, and a part of its message.
type Failing = (&'static str, fn() -> Reply, fn(&StoreError) -> bool, &'static str);

/// A keychain with one answer for every host.
struct Fixed {
    credential: Option<Credential>,
    asked: AtomicUsize,
}

#[async_trait]
impl Keychain for Fixed {
    async fn find(&self, _host: &Host, _repository: Option<&str>) -> Arc<Lookup> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let found = self.credential.clone().map(|credential| Found { credential, origin: "the test".to_owned() });
        let searched = vec!["--creds".to_owned(), "/home/me/.docker/config.json".to_owned()];
        Arc::new(Lookup { found, searched, ..Lookup::default() })
    }
}

fn keychain(credential: Option<Credential>) -> Arc<Fixed> {
    Arc::new(Fixed { credential, asked: AtomicUsize::new(0) })
}

fn password() -> Credential {
    Credential::Basic { username: "me".to_owned(), password: "hunter2".into() }
}

/// `me:hunter2` as it travels.
const BASIC: &str = "Basic bWU6aHVudGVyMg==";

/// As by default, with pauses that nobody notices.
fn quick() -> Policy {
    Policy { first: Duration::from_millis(1), longest: Duration::from_millis(4), ..Policy::default() }
}

fn options() -> ClientOptions {
    ClientOptions { plain_http: true, idle_timeout: Duration::from_secs(5), retry: quick(), ..ClientOptions::default() }
}

fn repository(text: &str) -> Repository {
    match text.parse::<Reference>().unwrap().location {
        Location::Registry(repository) => repository,
        Location::Layout(_) => panic!("{text} is no repository"),
    }
}

/// The repository `org/app` of a server, for somebody who has no credentials.
fn open(server: &Server, access: Access) -> RegistryStore {
    open_as(server, access, None)
}

fn open_as(server: &Server, access: Access, credential: Option<Credential>) -> RegistryStore {
    let client = Client::new(options(), keychain(credential), Arc::new(Unobserved));
    client.repository(repository(&format!("{}/org/app", server.host())), access)
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

fn version(text: &str) -> Version {
    Version::Tag(tag(text))
}

/// A registry in memory, as the specification wants it: the healthy background of a story.
#[derive(Default)]
struct Memory {
    kept: Mutex<BTreeMap<String, (String, Vec<u8>)>>,
    /// Answer 202 to a single POST, as old registries do.
    sessions_only: bool,
}

impl Memory {
    fn put(&self, path: &str, media_type: &str, bytes: &[u8]) {
        self.kept.lock().unwrap().insert(path.to_owned(), (media_type.to_owned(), bytes.to_vec()));
    }

    fn get(&self, path: &str) -> Option<Vec<u8>> {
        self.kept.lock().unwrap().get(path).map(|(_, bytes)| bytes.clone())
    }

    fn answer(&self, seen: &Seen) -> Reply {
        let path = seen.target.split('?').next().unwrap_or_default();
        match seen.method.as_str() {
            "GET" | "HEAD" => match self.kept.lock().unwrap().get(path) {
                Some((media_type, bytes)) => reply(200)
                    .with("content-type", media_type)
                    .with("docker-content-digest", Digest::of(bytes))
                    .body(bytes.clone()),
                None => reply(404).error("MANIFEST_UNKNOWN", "not here"),
            },
            "POST" => match seen.query("digest").filter(|_| !self.sessions_only) {
                Some(digest) => self.keep_blob(digest, &seen.body),
                None => reply(202).with("location", "/v2/org/app/blobs/uploads/1?_state=a%2Fb"),
            },
            "PATCH" => {
                self.put("session", "", &seen.body);
                reply(202).with("location", "/v2/org/app/blobs/uploads/1?_state=c%3D")
            }
            "PUT" if path.contains("/manifests/") => {
                let media_type = seen.header("content-type").unwrap_or_default();
                self.put(path, media_type, &seen.body);
                let digest = Digest::of(&seen.body);
                self.put(&format!("/v2/org/app/manifests/{digest}"), media_type, &seen.body);
                reply(201).with("docker-content-digest", digest)
            }
            "PUT" => {
                let body =
                    if seen.body.is_empty() { self.get("session").unwrap_or_default() } else { seen.body.to_vec() };
                self.keep_blob(seen.query("digest").unwrap_or_default(), &body)
            }
            _ => reply(204),
        }
    }

    fn keep_blob(&self, digest: &str, bytes: &[u8]) -> Reply {
        if Digest::of(bytes).to_string() != digest {
            return reply(400).error("DIGEST_INVALID", "not that digest");
        }
        self.put(&format!("/v2/org/app/blobs/{digest}"), "application/octet-stream", bytes);
        reply(201).with("docker-content-digest", digest)
    }
}
