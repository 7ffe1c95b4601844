//! Public keys for verification: each is checked, and a private one never passes.

use std::path::Path;

use serde_json::json;

use super::{content, create, exported, refused};
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;

/// A P-256 key of cosign's.
const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE48eft1dnQAalBCWaRZ65DZ509Ta9
dJJGPjWgcfZIWeR9G+Aok6bQZKTOSfFlNbjJakurx4r9EoR3vlJ0n8d3ag==
-----END PUBLIC KEY-----
";
/// An Ed25519 key.
const OTHER_KEY: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA0EWJA/zETdsobJoCTEtQ4Ct/dOr4TV2uSsikRCrRMP4=
-----END PUBLIC KEY-----
";

#[test]
fn each_key_has_its_file_s_name() {
    let sandbox = Sandbox::new();
    for path in ["cosign.pub", "old/cosign.pub", "team.pem", "old/cosign-2.pub"] {
        sandbox.write(path, KEY);
    }
    sandbox.write("windows.pub", format!("our key\r\n{}", KEY.replace('\n', "\r\n")));
    let files = ["cosign.pub", "old/cosign.pub", "team.pem", "old/cosign-2.pub", "windows.pub"];
    let flags: Vec<String> = files.iter().map(|file| format!("--public-key={file}")).collect();
    let arguments: Vec<&str> = ["keys"].into_iter().chain(flags.iter().map(String::as_str)).collect();
    let secret = exported(&sandbox, "cosign", &arguments);
    assert_eq!(secret["type"], json!("Opaque"));
    let content = content(&secret);
    let keys: Vec<&String> = content.keys().collect();
    assert_eq!(keys, ["cosign-2-2.pub", "cosign-2.pub", "cosign.pub", "team.pem.pub", "windows.pub"]);
    assert!(content.values().all(|key| key == KEY), "{content:?}");
}

#[test]
fn keys_that_newer_versions_of_cosign_use_otherwise_come_with_a_warning() {
    let sandbox = Sandbox::new();
    sandbox.write("ed.pub", OTHER_KEY);
    let run = create(&sandbox, "cosign", &["keys", "--public-key", "ed.pub", "--export"]).run();
    assert!(run.stderr().starts_with("warning: ed.pub: ") && run.stderr().lines().count() == 1, "{run:?}");
    run.ok();
}

#[test]
fn what_is_no_public_key_is_refused() {
    let sandbox = Sandbox::new();
    let private = rcgen::KeyPair::generate().unwrap().serialize_pem();
    sandbox.write("cosign.pub", KEY);
    sandbox.write("private.key", &private);
    sandbox.write("both.pub", format!("{KEY}{private}"));
    sandbox.write(
        "encrypted.pub",
        "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nYQ==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n",
    );
    sandbox.program("openssl", ["pkey", "-in", "private.key", "-outform", "DER", "-out", "private.der"]).run().ok();
    sandbox
        .program("openssl", ["pkey", "-pubin", "-in", "cosign.pub", "-outform", "DER", "-out", "public.der"])
        .run()
        .ok();
    sandbox.write("two.pub", KEY.repeat(2));
    sandbox.write("text.pub", "no key\n");
    sandbox.write("my key.pub", KEY);
    for (file, parts) in [
        (
            "private.key",
            &["private.key cannot be used", "is a private key", "hint:", "openssl pkey -in FILE -pubout"][..],
        ),
        ("both.pub", &["is a private key"]),
        ("encrypted.pub", &["is a private key", "cosign public-key --key FILE"]),
        ("private.der", &["is a private key in DER", "openssl pkey -in FILE -inform DER -pubout"]),
        ("public.der", &["this is a binary file", "openssl pkey -pubin -inform DER"]),
        ("two.pub", &["2 PEM blocks", "hint:"]),
        ("text.pub", &["no public key", "BEGIN PUBLIC KEY"]),
        ("my key.pub", &["my key.pub", "' ' at column 3", "rename it"]),
        ("nowhere.pub", &["nowhere.pub is no file"]),
        ("..", &[".. is no file"]),
    ] {
        let command =
            create(&sandbox, "cosign", &["keys", "--public-key=cosign.pub", "--public-key", file, "--export"]);
        let error = refused(command, parts);
        let body = private.lines().nth(1).unwrap();
        assert!(!error.contains(body), "{error}");
    }
    refused(create(&sandbox, "cosign", &["keys", "--export"]), &["--public-key"]);
}

#[test]
fn the_key_that_cosign_makes_is_taken_and_its_other_half_is_not() {
    let sandbox = Sandbox::new();
    let Some(cosign) = peer("cosign3") else { return };
    let cosign: &Path = &cosign;
    let generate = sandbox.program(cosign.to_str().unwrap(), ["generate-key-pair"]).env("COSIGN_PASSWORD", "x");
    generate.run().ok();
    let secret = exported(&sandbox, "cosign", &["keys", "--public-key=cosign.pub"]);
    assert_eq!(json!(content(&secret)), json!({"cosign.pub": sandbox.read("cosign.pub")}));
    refused(create(&sandbox, "cosign", &["keys", "--public-key=cosign.key", "--export"]), &["is a private key"]);
}
