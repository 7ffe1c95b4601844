//! `create secret` as people type it, against a real API server.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::peers::peer;
use crate::support::real::{KubeApiserver, User};
use crate::support::sandbox::{Command, Sandbox};

const PASSWORD: &str = super::PASSWORD;

/// A pull secret, by the kubeconfig of the environment.
pub(super) fn create<'a>(sandbox: &'a Sandbox, kubeconfig: &Path, more: &[&str]) -> Command<'a> {
    let fixed = ["create", "secret", "oci", "typed-in", "--url", "ghcr.io", "--username", "bob", "--password-stdin"];
    sandbox.bobctl(fixed.iter().chain(more)).stdin(PASSWORD).env("KUBECONFIG", kubeconfig)
}

pub(super) fn the_outcome_is_said(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let said = |more: &[&str]| create(&sandbox, &cluster.kubeconfig(User::Admin), more).run().ok();
    assert!(said(&["--dry-run=server"]).contains("created"));
    assert_eq!(
        said(&["--dry-run=client"]),
        "secret/typed-in checked in namespace default (dry run, the cluster was not asked)\n"
    );
    for outcome in ["created", "unchanged"] {
        assert_eq!(said(&[]), format!("secret/typed-in {outcome} in namespace default\n"));
    }
    let json: Value = serde_json::from_str(&said(&["--label", "app=bob", "--format", "json"])).expect("JSON");
    assert_eq!((&json["outcome"], &json["namespace"]), (&json!("changed"), &json!("default")));
}

pub(super) fn failures_have_their_exit_codes(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let fails = |user: User, more: &[&str], code: i32| {
        let said = create(&sandbox, &cluster.kubeconfig(user), more).run().fails(code);
        assert!(!said.contains(PASSWORD) && !said.contains(user.token()), "{said}");
        said
    };
    assert!(fails(User::Admin, &["--kubeconfig", "absent"], 2).contains("--export"));
    assert!(fails(User::Admin, &["--context", "absent"], 2).contains("'absent'"));
    assert!(fails(User::Admin, &["-n", "nowhere"], 3).contains("kubectl create namespace nowhere"));
    fails(User::Nobody, &[], 4);
    fails(User::Stranger, &[], 4);
    cluster.kubectl_ok(&["annotate", "--overwrite", "secret", "typed-in", "who=them"], "");
    let ours = ["--annotation", "who=us"];
    assert!(fails(User::Admin, &ours, 7).contains("'kubectl-annotate' manages .metadata.annotations.who"));
    let forced = create(&sandbox, &cluster.kubeconfig(User::Admin), &[&ours[..], &["--force-conflicts"]].concat());
    assert!(forced.run().ok().contains("changed"));
    cluster.kubectl_ok(&["delete", "secret", "typed-in"], "");
    cluster.kubectl_ok(&["create", "secret", "generic", "typed-in"], "");
    assert!(fails(User::Admin, &["--force-conflicts"], 7).contains("kubectl delete secret typed-in"));
}

pub(super) fn kubeconfigs_work_as_for_kubectl(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    // Files are meant from the folder of the kubeconfig, and a token file ends in a line break.
    sandbox.write("kube/token", format!("{}\n", User::Admin.token()));
    sandbox.write("kube/ca.crt", std::fs::read(cluster.ca()).expect("the authority's file"));
    let relative = |change: fn(&mut Value)| {
        let mut config = cluster.config(&json!({ "tokenFile": "token", "token": "an old one" }));
        config["clusters"][0]["cluster"]["certificate-authority"] = json!("ca.crt");
        change(&mut config["clusters"][0]["cluster"]);
        sandbox.write("kube/config", config.to_string());
        sandbox.path("kube/config")
    };
    let list = format!("absent::{}", relative(|_| {}).display());
    create(&sandbox, Path::new(&list), &["-n", "team"]).run().ok();
    let skip =
        |cluster: &mut Value| *cluster = json!({ "server": cluster["server"], "insecure-skip-tls-verify": true });
    create(&sandbox, &relative(skip), &["-n", "team"]).run().ok();
    let other_name = relative(|cluster| cluster["tls-server-name"] = json!("other.example.com"));
    let said = create(&sandbox, &other_name, &["-n", "team"]).run().fails(5);
    assert!(said.contains("not valid for name \"other.example.com\""), "{said}");
}

pub(super) fn a_plugin_can_speak_to_people_at_a_terminal(cluster: &KubeApiserver) {
    let Some(script) = peer("script") else { return };
    let sandbox = Sandbox::new();
    let answer = json!({ "kind": "ExecCredential", "status": { "token": User::Admin.token() } });
    let speak = format!("echo 'open the page and type ABCD' >&2; echo '{answer}'");
    let exec = json!({ "exec": { "command": "sh", "args": ["-c", speak] } });
    let kubeconfig = cluster.write("speaking", &cluster.config(&exec));
    let typed = ["create", "secret", "oci", "spoken", "--url=ghcr.io", "--username=bob", "--password-file=password"];
    sandbox.write("password", PASSWORD);
    let command = format!("{} {}", env!("CARGO_BIN_EXE_bobctl"), typed.join(" "));
    let terminal = ["--quiet", "--return", "--command", &command, "/dev/null"];
    let script = script.display().to_string();
    let seen = sandbox.program(&script, terminal).env("KUBECONFIG", &kubeconfig).run().ok();
    assert!(seen.contains("open the page and type ABCD") && seen.contains("secret/spoken created"), "{seen}");
    // Where nobody reads along, it would only be in the way of what does.
    let piped = sandbox.bobctl(typed).env("KUBECONFIG", &kubeconfig).run();
    assert_eq!(piped.stderr(), "");
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
