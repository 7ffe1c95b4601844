//! Public keys for cosign: which files hold one, and which of them clusters verify with.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bobctl::signature::cosign::key::{Kind, public_key};

use super::{block, fixture, told};
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;

fn refusal(file: &[u8]) -> String {
    let error = public_key(file).unwrap_err();
    told(&error, error.hint())
}

#[test]
fn keys_that_cosign_verifies_with_are_read() {
    for (file, kind, doubted) in [
        ("p256.pub", Kind::P256, None),
        ("rsa.pub", Kind::Rsa(2048), None),
        ("p384.pub", Kind::P384, Some("SHA-384")),
        ("p521.pub", Kind::P521, Some("SHA-512")),
        ("ed25519.pub", Kind::Ed25519, Some("Ed25519ph")),
    ] {
        let pem = fixture(file);
        let key = public_key(&pem).unwrap();
        assert_eq!((key.kind(), key.pem().into_bytes()), (kind, pem.clone()), "{file}");
        let windows = format!("\u{feff}my key\n{}", key.pem()).replace('\n', "\r\n");
        assert_eq!(public_key(windows.as_bytes()).unwrap(), key, "{file}");
        match (key.warning(), doubted) {
            (None, None) => {}
            (Some(warning), Some(part)) => assert!(warning.contains(part), "{warning}"),
            (warning, _) => panic!("{file}: {warning:?}"),
        }
    }
}

#[test]
fn an_rsa_key_of_the_older_form_is_the_same_key() {
    assert_eq!(public_key(&fixture("rsa-pkcs1.pub")).unwrap(), public_key(&fixture("rsa.pub")).unwrap());
}

fn armoured(der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der)).into_bytes()
}

#[test]
fn what_is_no_public_key_is_refused_by_its_name() {
    let pem = String::from_utf8(fixture("p256.pub")).unwrap();
    let mut off_curve = public_key(pem.as_bytes()).unwrap().der().to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    for (file, parts) in [
        (b"".to_vec(), &["no public key in it", "BEGIN PUBLIC KEY"][..]),
        (b"ssh-ed25519 AAAAC3Nza x@y".to_vec(), &["no public key in it"]),
        (
            block("ENCRYPTED SIGSTORE PRIVATE KEY").into(),
            &[
                "block 1 (line 1) is a private key ('ENCRYPTED SIGSTORE PRIVATE KEY'): it must not go into a cluster",
                "cosign public-key",
            ],
        ),
        (block("ENCRYPTED COSIGN PRIVATE KEY").into(), &["is a private key"]),
        (format!("{pem}{}", block("PRIVATE KEY")).into(), &["block 2 (line 5) is a private key"]),
        (format!("{pem}{pem}").into(), &["2 PEM blocks", "file of its own"]),
        (fixture("ca-p256.pem"), &["this is a certificate", "openssl x509 -in FILE -noout -pubkey"]),
        (b"-----BEGIN RSA PUBLIC KEY-----\nMIIB\n-----END RSA PUBLIC KEY-----".to_vec(), &["not a valid public key"]),
        (fixture("request.csr"), &["a certificate signing request"]),
        (fixture("p256.der"), &["a binary file", "openssl pkey"]),
        (fixture("rsa-1024.pub"), &["keys of this kind are refused: RSA 1024", "P-256"]),
        (fixture("p224.pub"), &["the elliptic curve 1.3.132.0.33"]),
        (fixture("p256-compressed.pub"), &["a compressed point"]),
        (armoured(&off_curve), &["not a valid ECDSA P-256 key"]),
        (block("PUBLIC KEY").into(), &["block 1 (line 1) is not valid base64"]),
        (b"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----".to_vec(), &["not a valid public key"]),
        (vec![b' '; (1 << 20) + 1], &["1048577 bytes are more"]),
    ] {
        let told = refusal(&file);
        assert!(parts.iter().all(|part| told.contains(part)), "{told}\nhas not all of {parts:?}");
    }
}

/// A pair as cosign makes it: the public half is taken, byte for byte, and the private half refused.
#[test]
fn what_cosign_generates_is_told_apart() {
    for name in ["cosign2", "cosign3"] {
        let Some(cosign) = peer(name) else { continue };
        let sandbox = Sandbox::new();
        let words = ["generate-key-pair", "--output-key-prefix=test"];
        sandbox.program(cosign.to_str().unwrap(), words).env("COSIGN_PASSWORD", "").run().ok();
        let public = fs::read(sandbox.path("test.pub")).unwrap();
        let key = public_key(&public).unwrap();
        assert_eq!((key.kind(), key.pem().into_bytes()), (Kind::P256, public), "{name}");
        let private = fs::read(sandbox.path("test.key")).unwrap();
        assert!(refusal(&private).contains("is a private key"), "{name}");
    }
}
