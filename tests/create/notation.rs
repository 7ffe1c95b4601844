//! Trust policies and CA certificates: every certificate under a key of its own, and no surprise in the cluster.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use serde_json::json;

use super::{assert_like_flux, content, create, exported, refused};
use crate::support::sandbox::{Command, Sandbox};

/// A policy for one trust store.
const POLICY: &str = r#"{
    "version": "1.0",
    "trustPolicies": [
        {
            "name": "bobs",
            "registryScopes": [ "*" ],
            "signatureVerification": { "level": "strict" },
            "trustStores": [ "ca:acme" ],
            "trustedIdentities": [ "*" ]
        }
    ]
}
"#;
const POLICY_FLAG: &str = "--trust-policy-file=trustpolicy.json";

fn parameters(name: &str) -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, name);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters
}

/// A CA certificate with what `change` does to it.
fn changed_ca(name: &str, change: impl Fn(&mut CertificateParams)) -> String {
    let mut parameters = parameters(name);
    change(&mut parameters);
    let certificate = parameters.self_signed(&KeyPair::generate().unwrap()).unwrap();
    certificate.pem().replace("\r\n", "\n")
}

fn ca(name: &str) -> String {
    changed_ca(name, |_| ())
}

/// A certificate that a CA issued to somebody who is none.
fn leaf(name: &str) -> String {
    let issuer = Issuer::new(parameters("issuer"), KeyPair::generate().unwrap());
    let mut parameters = parameters(name);
    parameters.is_ca = IsCa::NoCa;
    parameters.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap().pem()
}

/// A sandbox with the policy in it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("trustpolicy.json", POLICY);
    sandbox
}

/// The export of a secret with the policy and these files of certificates.
fn export<'a>(sandbox: &'a Sandbox, files: &[&str]) -> Command<'a> {
    let flags = files.iter().flat_map(|file| ["--ca-cert-file", file]);
    let arguments: Vec<&str> = ["trust", POLICY_FLAG, "--export"].into_iter().chain(flags).collect();
    create(sandbox, "notation", &arguments)
}

/// Text as Flux indents it below a key.
fn block(text: &str) -> String {
    text.lines().flat_map(|line| ["    ", line, "\n"]).collect()
}

#[test]
fn it_is_the_secret_that_flux_makes() {
    let sandbox = sandbox();
    let (one, other) = (ca("one"), ca("other"));
    sandbox.write("certs/ca.crt", &one);
    sandbox.write("root.pem", &other);
    let flux = format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata:\n  labels:\n    app: webapp\n  name: trust\n  namespace: my-namespace\n\
         stringData:\n  ca.crt: |\n{}  root.pem: |\n{}  trustpolicy.json: |\n{}\n",
        block(&one),
        block(&other),
        block(POLICY)
    );
    let arguments = [
        "trust",
        "--namespace=my-namespace",
        "--label=app=webapp",
        POLICY_FLAG,
        "--ca-cert-file=certs/ca.crt",
        "--ca-cert-file=root.pem",
    ];
    assert_like_flux(&exported(&sandbox, "notation", &arguments), &flux);
}

#[test]
fn the_policy_is_kept_byte_for_byte() {
    let sandbox = Sandbox::new();
    sandbox.write("ca.crt", ca("one"));
    for policy in [POLICY.to_owned(), POLICY.replace('\n', "\r\n"), POLICY.trim_end().replace(['\n', ' '], "")] {
        sandbox.write("policy", &policy);
        let arguments = ["trust", "--trust-policy-file=policy", "--ca-cert-file=ca.crt"];
        assert_eq!(content(&exported(&sandbox, "notation", &arguments))["trustpolicy.json"], policy);
        let text = create(&sandbox, "notation", &[&arguments[..], &["--export", "--string-data"]].concat()).run().ok();
        assert_eq!(super::read(&text)["stringData"]["trustpolicy.json"], json!(policy));
    }
}

#[test]
fn every_certificate_has_a_key_of_its_own() {
    let sandbox = sandbox();
    let [one, two, three] = ["one", "two", "three"].map(ca);
    sandbox.write("bundle.crt", format!("# corporate roots\n{one}{two}"));
    sandbox.write("old/bundle.crt", three.replace('\n', "\r\n"));
    sandbox.write("again.pem", &two);
    let run = export(&sandbox, &["bundle.crt", "old/bundle.crt", "again.pem"]).run();
    assert_eq!(run.stderr(), "note: again.pem: 'CN=two' is given twice, and kept once\n");
    let data = content(&super::read(&run.ok()));
    let expected = json!({
        "bundle.crt": one,
        "bundle-2.crt": two,
        "bundle-3.crt": three,
        "trustpolicy.json": POLICY,
    });
    assert_eq!(json!(data), expected);
}

#[test]
fn a_binary_certificate_becomes_one_that_flux_reads() {
    let sandbox = sandbox();
    let pem = ca("one");
    sandbox.write("one.pem", &pem);
    sandbox.program("openssl", ["x509", "-in", "one.pem", "-outform", "DER", "-out", "one.cer"]).run().ok();
    let secret = super::read(&export(&sandbox, &["one.cer"]).run().ok());
    assert_eq!(json!(content(&secret)), json!({"one.crt": pem, "trustpolicy.json": POLICY}));
}

#[test]
fn certificates_that_verify_nothing_are_refused() {
    let sandbox = sandbox();
    let key = KeyPair::generate().unwrap().serialize_pem();
    sandbox.write("good.crt", ca("good"));
    sandbox.write("leaf.crt", leaf("leaf"));
    sandbox.write("key.pem", &key);
    sandbox.write("both.pem", format!("{}{key}", ca("both")));
    sandbox.write("empty.crt", "");
    sandbox.write("cut.crt", &ca("cut")[..200]);
    sandbox.write("my ca.crt", ca("space"));
    for (file, parts) in [
        ("leaf.crt", &["'CN=leaf' in leaf.crt", "neither a CA nor self-signed"][..]),
        ("key.pem", &["key.pem cannot be used", "is a private key", "hint:"]),
        ("both.pem", &["is a private key"]),
        ("empty.crt", &["there is no certificate in it", "hint:"]),
        ("cut.crt", &["cut.crt cannot be used", "has no line"]),
        ("my ca.crt", &["my ca.crt", "' ' at column 3", "rename it"]),
        ("nowhere.crt", &["nowhere.crt is no file"]),
    ] {
        let error = refused(export(&sandbox, &["good.crt", file]), parts);
        assert!(!error.contains(key.lines().nth(1).unwrap()), "{error}");
    }
}

#[test]
fn certificates_at_the_wrong_time_are_named() {
    let sandbox = sandbox();
    sandbox.write("old.crt", changed_ca("old", |parameters| parameters.not_after = date_time_ymd(2020, 1, 2)));
    sandbox.write("new.crt", changed_ca("new", |parameters| parameters.not_before = date_time_ymd(3000, 1, 2)));
    let run = export(&sandbox, &["old.crt", "new.crt"]).run();
    let lines: Vec<&str> = run.stderr().lines().collect();
    assert!(lines[0].starts_with("warning: old.crt: 'CN=old': it expired on 2020-01-02"), "{lines:?}");
    assert!(lines[1].starts_with("warning: new.crt: 'CN=new': it is not valid before 3000-01-02"), "{lines:?}");
    assert_eq!(lines.len(), 2);
    assert_eq!(content(&super::read(&run.ok())).len(), 3);
}

#[test]
fn a_signer_that_notation_refuses_is_named() {
    let sandbox = sandbox();
    let signer = |usages: &[KeyUsagePurpose], purposes: &[ExtendedKeyUsagePurpose]| {
        changed_ca("signer", |parameters| {
            parameters.is_ca = IsCa::ExplicitNoCa;
            parameters.key_usages = usages.to_vec();
            parameters.extended_key_usages = purposes.to_vec();
        })
    };
    let sign = KeyUsagePurpose::DigitalSignature;
    for (certificate, warning) in [
        (signer(&[sign], &[ExtendedKeyUsagePurpose::CodeSigning]), ""),
        (signer(&[sign, KeyUsagePurpose::ContentCommitment], &[]), ""),
        (signer(&[], &[]), "it has no critical key usage with digitalSignature"),
        (signer(&[sign, KeyUsagePurpose::KeyEncipherment], &[]), "it is for more than to sign"),
        (signer(&[sign], &[ExtendedKeyUsagePurpose::ServerAuth]), "it is for more than to sign"),
    ] {
        sandbox.write("signer.crt", certificate);
        let run = export(&sandbox, &["signer.crt"]).run();
        let expected = usize::from(!warning.is_empty());
        assert!(run.stderr().contains(warning) && run.stderr().lines().count() == expected, "{warning}: {run:?}");
        run.ok();
    }
}

#[test]
fn more_than_a_cluster_takes_is_refused() {
    let sandbox = sandbox();
    sandbox.write("ca.crt", ca("one"));
    let filled = |bytes: usize| format!("{POLICY}{}", " ".repeat(bytes - POLICY.len()));
    sandbox.write("trustpolicy.json", filled(1 << 20));
    refused(export(&sandbox, &["ca.crt"]), &["the secret would hold", "a cluster takes at most 1048576"]);
    sandbox.write("trustpolicy.json", filled((1 << 20) + 1));
    refused(export(&sandbox, &["ca.crt"]), &["trustpolicy.json has more than 1048576 bytes"]);
    sandbox.write("trustpolicy.json", POLICY);
    let long = format!("{}.crt", "a".repeat(250));
    sandbox.write(&long, ca("long"));
    refused(
        export(&sandbox, &[&long]),
        &["the data key has 254 characters; at most 253", "hint: give it a shorter name"],
    );
}

#[test]
fn policies_that_say_something_else_than_was_meant() {
    let sandbox = sandbox();
    sandbox.write("ca.crt", ca("one"));
    let with = |from: &str, to: &str| sandbox.write("trustpolicy.json", POLICY.replace(from, to));
    for (from, to, parts) in [
        ("\"strict\"", "\"Strict\"", &["trustpolicy.json cannot be used as a trust policy", "Strict", "hint:"][..]),
        ("\"*\" ],\n            \"sig", "\"ghcr.io\" ],\n            \"sig", &["ghcr.io", "HOST[:PORT]/REPOSITORY"]),
        ("ca:acme", "acme", &["acme"]),
        ("\"1.0\"", "\"2.0\"", &["2.0"]),
        ("}\n", "", &["not valid JSON"]),
        ("{", "\u{feff}{", &["byte order mark", "hint: save it as UTF-8 without one"]),
    ] {
        with(from, to);
        refused(export(&sandbox, &["ca.crt"]), parts);
    }
    with("\"*\" ],\n            \"sig", "\"docker.io/org/app\" ],\n            \"sig");
    let run = export(&sandbox, &["ca.crt"]).run();
    assert!(
        run.stderr().starts_with(
            "warning: trustpolicy.json: statement 'bobs': the registry scope 'docker.io/org/app' never matches"
        ),
        "{run:?}"
    );
    run.ok();
    with("", "");
    refused(export(&sandbox, &[]), &["trustpolicy.json names the trust store ca:acme", "--ca-cert-file"]);
    sandbox.write("trustpolicy.json", POLICY.replace("\"ca:acme\"", "\"ca:acme\", \"ca:old\""));
    refused(export(&sandbox, &[]), &["names the trust stores ca:acme, ca:old", "no certificate is given"]);
    refused(create(&sandbox, "notation", &["trust", "--ca-cert-file=ca.crt", "--export"]), &["--trust-policy-file"]);
}
