//! Certificates for a trust store: what a file may hold, and what can be trusted.

use bobctl::signature::MAX_FILE;
use bobctl::signature::certificate::{Certificate, Doubt, Unfit, read};

use super::{block, fixture, told};

/// 2030-01-01.
const NOW: i64 = 1_893_456_000;

/// The only certificate of a fixture.
fn one(name: &str) -> Certificate {
    let mut found = read(&fixture(name)).unwrap();
    assert_eq!(found.len(), 1, "{name}");
    found.remove(0)
}

fn refusal(file: &[u8]) -> String {
    let error = read(file).unwrap_err();
    told(&error, error.hint())
}

#[test]
fn every_form_of_a_file_gives_the_same_certificate() {
    let pem = String::from_utf8(fixture("ca-p256.pem")).unwrap();
    let expected = read(pem.as_bytes()).unwrap();
    assert_eq!(expected[0].pem(), pem);
    for (form, file) in [
        ("DER", fixture("ca-p256.der")),
        ("CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("a byte order mark", format!("\u{feff}{pem}").into_bytes()),
        ("text around it", format!("subject=CN = x\n{pem}\nthe end").into_bytes()),
        ("no final newline", pem.trim_end().as_bytes().to_vec()),
    ] {
        assert_eq!(read(&file).unwrap(), expected, "{form}");
    }
    assert_eq!(expected[0].der(), fixture("ca-p256.der"));
}

#[test]
fn a_bundle_gives_its_certificates_in_order() {
    let found = read(&fixture("bundle.pem")).unwrap();
    let subjects: Vec<&str> = found.iter().map(Certificate::subject).collect();
    assert_eq!(subjects, ["RSA CA", "P-256 CA", "P-384 CA"].map(|name| format!("CN={name},O=Acme,ST=WA,C=US")));
    assert_eq!([&found[0], &found[2]], [&one("ca-rsa.pem"), &one("ca-p384.pem")]);
}

#[test]
fn the_fields_are_those_that_openssl_shows() {
    let name = one("name.pem");
    assert_eq!(
        name.subject(),
        "CN=\\#1 tab\\09\\ ,OU=a+OU=b,O=Acme\\, \\\"Inc.\\\" \\\\ \\<x\\>\\;,ST=Baden-Württemberg,C=DE"
    );
    assert_eq!(name.issuer(), name.subject());
    assert_eq!(name.serial(), "00:FF:01:02");
    let expired = one("ca-expired.pem");
    assert_eq!((expired.not_before(), expired.not_after()), (1_577_836_800, 1_609_459_200));
    let leaf = one("leaf.pem");
    assert_eq!((leaf.subject(), leaf.issuer()), ("CN=leaf,O=Acme,ST=WA,C=US", "CN=P-256 CA,O=Acme,ST=WA,C=US"));
    assert_eq!(leaf.serial(), "12:67");
    assert_eq!(leaf.fingerprint().hex().len(), 64);
    assert_ne!(leaf.fingerprint(), name.fingerprint());
}

#[test]
fn cas_and_self_signed_certificates_are_told_apart() {
    for (file, is_ca, is_self_signed) in [
        ("ca-rsa.pem", true, true),
        ("ca-pss.pem", true, true),
        ("ca-p256.pem", true, true),
        ("ca-p384.pem", true, true),
        ("ca-p521.pem", true, true),
        ("ca-ed25519.pem", true, true),
        ("ca-sha1.pem", true, false),
        ("ca-rolled-over.pem", true, false),
        ("self-signed.pem", false, true),
        ("leaf.pem", false, false),
    ] {
        let certificate = one(file);
        assert_eq!((certificate.is_ca(), certificate.is_self_signed()), (is_ca, is_self_signed), "{file}");
    }
}

#[test]
fn a_verdict_says_why() {
    for (file, refused, warnings) in [
        ("ca-rsa.pem", None, vec![]),
        ("self-signed.pem", None, vec![]),
        ("leaf.pem", Some(Unfit::NotAnchor), vec![]),
        ("ca-sha1.pem", Some(Unfit::BrokenHash("SHA-1")), vec![]),
        ("ca-expired.pem", None, vec![Doubt::Expired(1_609_459_200)]),
        ("ca-not-yet-valid.pem", None, vec![Doubt::NotYetValid(4_102_444_800)]),
        ("ca-without-usage.pem", None, vec![Doubt::CannotIssue]),
        ("self-signed-without-usage.pem", None, vec![Doubt::CannotSign]),
        ("ca-rolled-over.pem", None, vec![Doubt::NotItsOwnSignature]),
    ] {
        let verdict = one(file).for_trust(NOW);
        assert_eq!((verdict.refused, verdict.warnings), (refused, warnings), "{file}");
    }
    assert_eq!(
        Doubt::Expired(1_609_459_200).to_string(),
        "it expired on 2021-01-01T00:00:00Z: no signature verifies with it"
    );
    let last_second = one("ca-expired.pem").for_trust(1_609_459_200);
    assert_eq!(last_second.warnings, []);
}

/// Whatever bit is turned over: no longer a certificate, or no longer its own issuer.
#[test]
fn an_altered_certificate_is_not_self_signed() {
    let der = one("self-signed.pem").der().to_vec();
    let mut readable = 0;
    for bit in 0..der.len() * 8 {
        let mut altered = der.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        let found = read(&altered).unwrap_or_default();
        readable += found.len();
        assert!(found.iter().all(|certificate| !certificate.is_self_signed()), "bit {bit}");
    }
    assert!(readable > 1000, "{readable}");
}

#[test]
fn what_is_no_certificate_is_refused_by_its_name() {
    let pem = String::from_utf8(fixture("ca-p256.pem")).unwrap();
    let der = fixture("ca-p256.der");
    let after = |more: &str| format!("{pem}{more}").into_bytes();
    for (file, parts) in [
        (b"".to_vec(), &["no certificate in it", "BEGIN CERTIFICATE"][..]),
        (b"0 no PEM at all".to_vec(), &["no certificate in it"]),
        (fixture("request.csr"), &["block 1 (line 1) is a certificate signing request", "the CA made of it"]),
        (fixture("p256.pub"), &["block 1 (line 1) is a public key", "leave only CERTIFICATE"]),
        (after(&block("X509 CRL")), &["block 2 (line 13) is a revocation list"]),
        (after(&block("PKCS7")), &["block 2 (line 13) is 'PKCS7'", "openssl pkcs7"]),
        (after(&block("TRUSTED CERTIFICATE")), &["OpenSSL's own form ('TRUSTED CERTIFICATE')", "openssl x509 -in"]),
        (after(&block("PRIVATE KEY")), &["block 2 (line 13) is a private key: it must not go into a cluster"]),
        (after(&block("ENCRYPTED PRIVATE KEY")), &["block 2 (line 13) is a private key"]),
        (after(&block("EC PRIVATE KEY")), &["is a private key", "openssl x509"]),
        (after(&block("CERTIFICATE")), &["block 2 (line 13) is not valid base64"]),
        (
            after("-----BEGIN CERTIFICATE-----\nMIIB\n"),
            &["block 2 (line 13)", "has no line '-----END CERTIFICATE-----'"],
        ),
        (after("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"), &["block 2 (line 13) is not a valid"]),
        ([der.as_slice(), b"\0"].concat(), &["neither PEM nor one valid certificate", "-inform DER"]),
        (der[..100].to_vec(), &["neither PEM nor one valid certificate"]),
        (fixture("p256.der"), &["neither PEM nor one valid certificate"]),
        (vec![0x30, 0x03, 0x02, 0x01, 0x00], &["private key or a PKCS #12 file", "must not go", "openssl pkcs12"]),
        (vec![b' '; MAX_FILE + 1], &["1048577 bytes are more"]),
    ] {
        let told = refusal(&file);
        assert!(parts.iter().all(|part| told.contains(part)), "{told}\nhas not all of {parts:?}");
    }
}
