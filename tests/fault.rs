//! The in-process registry, seen from outside: what is not obvious about it, and every fault it can have.

mod authentication;
mod content;
mod faults;
mod log;
mod referrers;
mod uploading;

use bobctl::oci::{Digest, media_type};
use serde_json::json;

use crate::support::fault::{Answer, End, FaultRegistry, Wire};

const JSON: (&str, &str) = ("content-type", media_type::MANIFEST);

fn client(registry: &FaultRegistry) -> Wire {
    Wire::to(registry.address())
}

fn empty() -> Digest {
    Digest::of(b"{}")
}

fn manifest(config: &Digest) -> Vec<u8> {
    let config = json!({"mediaType": media_type::EMPTY, "digest": config, "size": 2});
    json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "config": config, "layers": [config]})
        .to_string()
        .into_bytes()
}

/// A registry that has the blob `0123456789` in repository `a`.
fn with_blob(builder: impl FnOnce() -> FaultRegistry) -> (FaultRegistry, String) {
    let registry = builder();
    let digest = registry.put_blob("a", "0123456789");
    (registry, format!("/v2/a/blobs/{digest}"))
}

/// The status, and one header.
fn status_and(answer: &Answer, name: &str) -> (u16, String) {
    (answer.status, answer.header(name).unwrap_or_default().to_owned())
}

#[test]
fn a_dropped_registry_is_gone() {
    let registry = FaultRegistry::start();
    let (address, host) = (registry.address(), registry.host());
    assert_eq!(registry.reference("a:1"), format!("oci://{host}/a:1"));
    let mut idle = client(&registry);
    idle.get("/v2/");
    drop(registry);
    assert_eq!(idle.send("GET", "/v2/", &[], b"").unwrap_err(), End::Closed);
    assert!(std::net::TcpStream::connect(address).is_err());
}
