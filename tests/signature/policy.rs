//! Trust policies: what is refused and what to write, what is doubted, and that notation agrees.

use bobctl::signature::notation::{Action, Check, Policy, Subject};
use serde_json::{Value, json};

use super::told;
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;

/// A statement that trusts Acme everywhere, with some members changed; `null` is as good as absent.
fn statement(changes: &Value) -> Value {
    let mut statement = json!({
        "name": "p", "registryScopes": ["*"], "signatureVerification": {"level": "strict"},
        "trustStores": ["ca:acme"], "trustedIdentities": ["x509.subject: C=US, ST=WA, O=Acme"]
    });
    for (name, value) in changes.as_object().unwrap() {
        statement[name] = value.clone();
    }
    statement
}

fn document(statements: &[Value]) -> Value {
    json!({"version": "1.0", "trustPolicies": statements})
}

fn one(changes: &Value) -> Value {
    document(&[statement(changes)])
}

fn verification(of: &Value) -> Value {
    one(&json!({"signatureVerification": of}))
}

fn scopes(scopes: &[&str]) -> Value {
    one(&json!({"registryScopes": scopes}))
}

fn stores(stores: &[&str]) -> Value {
    one(&json!({"trustStores": stores}))
}

fn identities(identities: &[&str]) -> Value {
    one(&json!({"trustedIdentities": identities}))
}

fn subject(subject: &str) -> Value {
    identities(&[&format!("x509.subject:{subject}")])
}

fn read(document: &Value) -> Result<Policy, String> {
    Policy::read(document.to_string().as_bytes()).map_err(|error| told(&error, error.hint()))
}

/// Documents that notation accepts.
fn accepted() -> Vec<Value> {
    let skip = json!({"name": "s", "registryScopes": ["ghcr.io/acme/app"], "signatureVerification": {"level": "skip"},
        "trustStores": [], "trustedIdentities": null});
    vec![
        one(&json!({})),
        document(&[statement(&json!({})), statement(&skip)]),
        one(&json!({"unknown": {"x": 1}, "trustedIdentities": ["*"]})),
        verification(&json!({"level": "permissive", "verifyTimestamp": "afterCertExpiry"})),
        verification(&json!({"level": "audit", "verifyTimestamp": ""})),
        verification(&json!({"level": "strict", "override": {"authenticity": "log", "authenticTimestamp": "enforce",
            "expiry": "log", "revocation": "skip"}})),
        verification(&json!({"level": "strict", "override": {}})),
        scopes(&["ghcr.io/acme/app", "GHCR.io:443/a/b__c.d--e", "localhost:5000/x", "docker.io/x", "org/app"]),
        stores(&["ca:a-b_c.d", "signingAuthority:x", "tsa:x"]),
        subject(" C=US ; S=WA,O = Acme\\, Inc\\+\\41\\\\\\;,CN=\"x\""),
        subject("C=US,ST=WA,O=a\\ ,c=x,EMAIL=y=z"),
        identities(&["x509.subject:C=US,ST=WA,O=a", "x509.subject:C=US,ST=WA,O=b", "other:x"]),
    ]
}

/// Documents that notation refuses, and parts of what is said about them.
fn refused() -> Vec<(Value, &'static [&'static str])> {
    let both = |one: &Value, other: &Value| document(&[statement(one), statement(other)]);
    vec![
        (json!([]), &["the document is not an object"]),
        (json!({"trustPolicies": [statement(&json!({}))]}), &["no version", "\"version\": \"1.0\""]),
        (json!({"version": "1.1", "trustPolicies": [statement(&json!({}))]}), &["version \"1.1\"", "\"1.0\""]),
        (json!({"version": 1.0, "trustPolicies": [statement(&json!({}))]}), &["version 1.0"]),
        (json!({"version": "1.0"}), &["no statements"]),
        (document(&[]), &["no statements"]),
        (document(&[json!("p")]), &["statement 1 ", "not an object"]),
        (one(&json!({"name": ""})), &["statement 1 ", "no name"]),
        (both(&json!({}), &json!({"registryScopes": ["a.b/c"]})), &["statement 'p'", "the same name"]),
        (one(&json!({"trustStores": "ca:acme"})), &["statement 'p'", "wrong type", "expected a sequence"]),
        (verification(&json!({})), &["the level is missing", "strict, permissive, audit, skip"]),
        (verification(&json!({"level": "Strict"})), &["the level 'Strict' does not exist", "write one of strict"]),
        (
            verification(&json!({"level": "strict", "verifyTimestamp": "never"})),
            &["'never'", "always, afterCertExpiry"],
        ),
        (verification(&json!({"level": "strict", "override": {"integrity": "log"}})), &["integrity is overridden"]),
        (verification(&json!({"level": "strict", "override": {"expiry": "skip"}})), &["expiry is skipped", "'log'"]),
        (verification(&json!({"level": "strict", "override": {"all": "log"}})), &["the check 'all'", "revocation"]),
        (verification(&json!({"level": "strict", "override": {"expiry": "warn"}})), &["the action of expiry 'warn'"]),
        (verification(&json!({"level": "skip"})), &["'skip' has trust stores", "remove both"]),
        (
            one(&json!({"signatureVerification": {"level": "skip", "override": {"expiry": "log"}}, "trustStores": [],
                "trustedIdentities": []})),
            &["'skip' has an override"],
        ),
        (stores(&[]), &["no trust stores", "ca:NAME"]),
        (stores(&["acme"]), &["'acme' has no type", "'ca:acme'"]),
        (stores(&["CA:acme"]), &["type 'CA' does not exist", "ca, signingAuthority, tsa"]),
        (stores(&["ca:"]), &["'ca:' does not fit"]),
        (stores(&["ca:a/b"]), &["'ca:a/b' does not fit", "letters"]),
        (scopes(&[]), &["no registry scopes"]),
        (scopes(&["*", "a.b/c"]), &["'*' stands beside others"]),
        (scopes(&["a.b/c", "a.b/c"]), &["'a.b/c' stands there twice"]),
        (both(&json!({}), &json!({"name": "q"})), &["statement 'q'", "'*' stands there twice"]),
        (scopes(&["ghcr.io"]), &["'ghcr.io' is not HOST", "HOST/REPOSITORY"]),
        (scopes(&["ghcr.io/acme/*"]), &["name each repository"]),
        (scopes(&["oci://ghcr.io/acme/app"]), &["write 'ghcr.io/acme/app'"]),
        (scopes(&["ghcr.io/Acme/app:1.0"]), &["write 'ghcr.io/acme/app'"]),
        (scopes(&["ghcr.io/acme/app@sha256:00"]), &["write 'ghcr.io/acme/app'"]),
        (scopes(&["ghcr.io/acme//app"]), &["is not HOST"]),
        (scopes(&[""]), &["'' is not HOST"]),
        (identities(&[]), &["no trusted identities"]),
        (identities(&["*", "x509.subject:C=US,ST=WA,O=a"]), &["'*' stands beside others"]),
        (identities(&[""]), &["'' has no prefix", "x509.subject: C=US"]),
        (identities(&["C=US,ST=WA,O=a"]), &["has no prefix"]),
        (subject(""), &["has ''"]),
        (subject("C=US,ST=WA"), &["has no O", "C, ST and O"]),
        (subject("c=US,ST=WA,O=a"), &["has no C", "upper case"]),
        (subject("C=US,ST=WA,O="), &["has no O"]),
        (subject("C=US,ST=WA,O=a,OU=b,OU=c"), &["has OU twice"]),
        (subject("C=US,ST=WA,S=WA,O=a"), &["has ST twice"]),
        (subject("C=US,ST=WA,O=a+CN=b"), &["unescaped '+'", "write '\\+'"]),
        (subject("C=US,ST=WA,O=#0401"), &["encoded value"]),
        (subject("C=US,ST=WA,O=a,Inc."), &["has 'Inc.'", "TYPE=value"]),
        (subject("C=US,ST=WA,O=a,"), &["has ''"]),
        (subject("C=US,ST=WA,O=a\\x"), &["has 'O=a\\x'", "backslash"]),
        (
            identities(&["x509.subject:C=US,ST=WA,O=a,CN=x", "x509.subject:C=US,ST=WA,O=a"]),
            &["'x509.subject:C=US,ST=WA,O=a' includes 'x509.subject:C=US,ST=WA,O=a,CN=x'"],
        ),
        (identities(&["x509.subject:C=US,ST=WA,O=a", "x509.subject:O=a,S=WA,C=US"]), &["includes"]),
    ]
}

#[test]
fn a_policy_that_notation_accepts_is_read() {
    for document in accepted() {
        read(&document).unwrap_or_else(|error| panic!("{document}: {error}"));
    }
}

#[test]
fn a_broken_rule_names_the_statement_and_what_to_write() {
    for (document, parts) in refused() {
        let told = read(&document).expect_err(&document.to_string());
        assert!(parts.iter().all(|part| told.contains(part)), "{told}\nhas not all of {parts:?}");
    }
}

/// The same verdicts as notation's own, document by document.
#[test]
fn notation_agrees_on_every_document() {
    let Some(notation) = peer("notation") else { return };
    let sandbox = Sandbox::new();
    let import = |document: &Value| {
        sandbox.write("policy.json", document.to_string());
        let words = ["policy", "import", "--force", "policy.json"];
        let command = sandbox.program(notation.to_str().unwrap(), words).env("NOTATION_CONFIG", "notation");
        command.run()
    };
    for document in accepted() {
        import(&document).ok();
    }
    for (document, _) in refused() {
        import(&document).fails(1);
    }
}

/// What Go reads silently, by the last of two keys or in any capitals, is refused here.
#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let twice = one(&json!({})).to_string().replace("\"name\":\"p\"", "\"name\":\"p\",\"name\":\"q\"");
    let error = Policy::read(twice.as_bytes()).unwrap_err();
    assert!(told(&error, error.hint()).contains("duplicate key 'name'"));
    for document in [
        one(&json!({"TrustStores": ["ca:other"]})),
        verification(&json!({"level": "strict", "Override": {"expiry": "log"}})),
    ] {
        let told = read(&document).unwrap_err();
        assert!(told.contains("wrong capitals"), "{told}");
    }
    let error = Policy::read(&vec![b' '; (1 << 20) + 1]).unwrap_err();
    assert!(error.to_string().contains("1048577 bytes"), "{error}");
}

#[test]
fn what_never_matches_is_doubted() {
    for (document, parts) in [
        (
            scopes(&["docker.io/library/nginx"]),
            &["statement 'p': ", "Flux names it 'index.docker.io/library/nginx'"][..],
        ),
        (scopes(&["docker.io/nginx"]), &["'index.docker.io/library/nginx'"]),
        (scopes(&["index.docker.io/nginx"]), &["'index.docker.io/library/nginx'"]),
        (scopes(&["acme/app"]), &["no host", "'index.docker.io/acme/app'"]),
        (scopes(&["GHCR.io/acme/app"]), &["the same capitals"]),
        (scopes(&["ghcr.io:65536/acme/app"]), &["never matches", "a port that does not exist"]),
        (scopes(&["ghcr.io:0/acme/app"]), &["a port that does not exist"]),
        (verification(&json!({"level": "audit"})), &["a signature by anyone passes"]),
        (verification(&json!({"level": "strict", "override": {"authenticity": "log"}})), &["by anyone passes"]),
        (stores(&["signingAuthority:x"]), &["no 'ca:' trust store"]),
        (stores(&["ca:x", "tsa:y"]), &["'tsa:y'", "bobctl checks none"]),
        (stores(&["ca:x", "ca:y"]), &["in a cluster", "'ca:x', 'ca:y'"]),
        (identities(&["aws.kms:x"]), &["'aws.kms:x' matches nothing"]),
        (subject("C=US,ST=WA,O=a,emailAddress=x"), &["'emailAddress'", "matches nothing", "SERIALNUMBER"]),
        (subject("C=US,ST=WA,O=\"Acme\""), &["'O=\"Acme\"'", "quotation marks"]),
        (one(&json!({"note": "x"})), &["the member 'note' is not known"]),
        (verification(&json!({"level": "strict", "note": "x"})), &["the member 'note' is not known"]),
    ] {
        let warnings = read(&document).unwrap().warnings().join("\n");
        assert!(parts.iter().all(|part| warnings.contains(part)), "{warnings}\nhas not all of {parts:?}");
    }
    for document in [one(&json!({})), scopes(&["index.docker.io/library/nginx", "localhost:5000/x", "ghcr.io/a/b"])] {
        assert_eq!(read(&document).unwrap().warnings(), [""; 0]);
    }
}

#[test]
fn a_policy_offers_what_verification_needs() {
    let overridden = json!({"signatureVerification": {"level": "permissive", "override": {"revocation": "skip"}},
        "trustStores": ["ca:b", "ca:a"], "registryScopes": ["a.b/c", "a.b/d"]});
    let policy = read(&document(&[statement(&overridden), statement(&json!({"name": "q"}))])).unwrap();
    let stores: Vec<String> = policy.stores().into_iter().map(ToString::to_string).collect();
    assert_eq!(stores, ["ca:a", "ca:acme", "ca:b"]);
    assert_eq!(policy.scopes().collect::<Vec<_>>(), ["a.b/c", "a.b/d", "*"]);
    let action = |check| policy.statements()[0].action(check);
    assert_eq!(
        [action(Check::Integrity), action(Check::Authenticity), action(Check::Expiry), action(Check::Revocation)],
        [Action::Enforce, Action::Enforce, Action::Log, Action::Skip]
    );
    let subject = Subject::read(" C=US;S=WA , O=Acme\\, Inc\\2e\\ ,CN= \"x\"").unwrap();
    let parts: Vec<(&str, &str)> =
        subject.parts().iter().map(|(kind, value)| (kind.as_str(), value.as_str())).collect();
    assert_eq!(parts, [("C", "US"), ("CN", "\"x\""), ("O", "Acme, Inc. "), ("ST", "WA")]);
}
