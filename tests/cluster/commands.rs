//! `create secret` as people type it, against a real API server.

use serde_json::{Value, json};

use crate::support::real::{KubeApiserver, User};
use crate::support::sandbox::{Command, Sandbox};

const PASSWORD: &str = super::PASSWORD;

/// A pull secret, by the kubeconfig of the environment.
fn create<'a>(sandbox: &'a Sandbox, cluster: &KubeApiserver, user: User, more: &[&str]) -> Command<'a> {
    let fixed = ["create", "secret", "oci", "typed-in", "--url", "ghcr.io", "--username", "bob", "--password-stdin"];
    sandbox.bobctl(fixed.iter().chain(more)).stdin(PASSWORD).env("KUBECONFIG", cluster.kubeconfig(user))
}

pub(super) fn the_outcome_is_said(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let said = |more: &[&str]| create(&sandbox, cluster, User::Admin, more).run().ok();
    assert!(said(&["--dry-run=server"]).contains("created"));
    for outcome in ["created", "unchanged"] {
        assert_eq!(said(&[]), format!("secret/typed-in {outcome} in namespace default\n"));
    }
    let json: Value = serde_json::from_str(&said(&["--label", "app=bob", "--format", "json"])).expect("JSON");
    assert_eq!((&json["outcome"], &json["namespace"]), (&json!("changed"), &json!("default")));
}

pub(super) fn failures_have_their_exit_codes(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let fails = |user: User, more: &[&str], code: i32| {
        let said = create(&sandbox, cluster, user, more).run().fails(code);
        assert!(!said.contains(PASSWORD) && !said.contains(user.token()), "{said}");
        said
    };
    assert!(fails(User::Admin, &["--kubeconfig", "absent"], 2).contains("--export"));
    assert!(fails(User::Admin, &["--context", "absent"], 2).contains("'absent'"));
    assert!(fails(User::Admin, &["-n", "nowhere"], 3).contains("kubectl create namespace nowhere"));
    fails(User::Nobody, &[], 4);
    fails(User::Stranger, &[], 4);
    cluster.kubectl_ok(&["delete", "secret", "typed-in"], "");
    cluster.kubectl_ok(&["create", "secret", "generic", "typed-in"], "");
    assert!(fails(User::Admin, &["--force-conflicts"], 7).contains("kubectl delete secret typed-in"));
}

/// A trust policy for one trust store.
const POLICY: &str = r#"{"version":"1.0","trustPolicies":[{"name":"bobs","registryScopes":["*"],
"signatureVerification":{"level":"strict"},"trustStores":["ca:acme"],"trustedIdentities":["*"]}]}"#;

pub(super) fn exports_are_accepted(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    sandbox.write("policy.json", POLICY);
    sandbox.write("ca.crt", include_str!("../fixtures/signature/ca-p256.pem"));
    sandbox.write("cosign.pub", include_str!("../fixtures/signature/p256.pub"));
    let secrets: [&[&str]; 3] = [
        &["oci", "exported", "--url=ghcr.io", "--username=bob", "--password-stdin"],
        &["notation", "exported", "--trust-policy-file=policy.json", "--ca-cert-file=ca.crt"],
        &["cosign", "exported", "--public-key=cosign.pub"],
    ];
    for secret in secrets {
        for more in [&["--export"][..], &["--export", "--string-data"], &["--export", "--format=json", "-n", "team"]] {
            let export =
                sandbox.bobctl(["create", "secret"].iter().chain(secret).chain(more)).stdin(PASSWORD).run().ok();
            let applied = cluster.kubectl_ok(&["apply", "--dry-run=server", "-f", "-"], &export);
            assert!(applied.contains("secret/exported created"), "{secret:?}: {applied}");
        }
    }
}
