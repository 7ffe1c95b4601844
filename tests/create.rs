//! `create secret`: what is exported is what Flux's own commands export, in a form that is safe to apply again.

mod cosign;
mod notation;
mod oci;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::sandbox::{Command, Sandbox};

/// `bobctl create secret KIND …`.
fn create<'a>(sandbox: &'a Sandbox, kind: &str, more: &[&str]) -> Command<'a> {
    sandbox.bobctl(["create", "secret", kind].iter().chain(more))
}

/// A document as a reader of YAML sees it.
#[track_caller]
fn read(yaml: &str) -> Value {
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
}

/// What a secret holds, decoded.
fn content(secret: &Value) -> BTreeMap<String, String> {
    let decode = |text: &Value| {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.as_str().unwrap()).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let data = secret["data"].as_object().expect("a secret with data");
    data.iter().map(|(key, value)| (key.clone(), decode(value))).collect()
}

/// The secret that these arguments export, without a word on stderr.
#[track_caller]
fn exported(sandbox: &Sandbox, kind: &str, more: &[&str]) -> Value {
    let run = create(sandbox, kind, &[more, &["--export"]].concat()).run();
    assert_eq!(run.stderr(), "");
    read(&run.ok())
}

/// Every field of `flux`, a document that `flux create secret … --export` prints, is in the secret as a cluster would keep
/// it: `stringData` as content, and `Opaque` where no type is given.
#[track_caller]
fn assert_like_flux(secret: &Value, flux: &str) {
    let flux = read(flux);
    for field in ["apiVersion", "kind", "metadata"] {
        assert_eq!(secret[field], flux[field], "{field}");
    }
    assert_eq!(secret["type"], flux.get("type").cloned().unwrap_or_else(|| json!("Opaque")));
    assert_eq!(json!(content(secret)), flux["stringData"]);
    let fields: Vec<&String> = secret.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["apiVersion", "kind", "metadata", "data", "type"]);
}

/// A complaint with exit code 2 that names these parts, before anything is printed.
#[track_caller]
fn refused(command: Command<'_>, parts: &[&str]) -> String {
    let run = command.run();
    assert_eq!(run.stdout(), "");
    let error = run.fails(2);
    assert!(parts.iter().all(|part| error.contains(part)), "{parts:?}: {error}");
    error
}

/// A pull secret of `name`, with more arguments.
fn pull_secret<'a>(sandbox: &'a Sandbox, name: &str, more: &[&str]) -> Command<'a> {
    let login = ["--url=ghcr.io", "--username=bob", "--password-stdin", "--export"];
    create(sandbox, "oci", &[&[name], &login[..], more].concat()).stdin("s3cret")
}

#[test]
fn what_a_cluster_would_refuse_is_refused_before() {
    let sandbox = Sandbox::new();
    for (name, more, parts) in [
        ("My_Secret", &[][..], &["'M' at column 1", "the name 'My_Secret'"][..]),
        ("a..b", &[], &["nothing between two dots"]),
        ("", &[], &["the name is empty"]),
        ("ghcr", &["-n", "kube.system"], &["'.' at column 5", "the namespace 'kube.system'"]),
        ("ghcr", &["--label", "app"], &["the label 'app' has no '='"]),
        ("ghcr", &["--label", "a b=c"], &["' ' at column 2", "the label key 'a b'"]),
        ("ghcr", &["--label", "a=b/c"], &["'/' at column 2", "the label value 'b/c'"]),
        ("ghcr", &["--label", "a=b", "--label", "a=c"], &["the label 'a' is given twice"]),
        ("ghcr", &["--annotation", "a/b/c=d"], &["more than one '/'"]),
        ("ghcr", &["--annotation", "a=b", "--annotation", "a=b"], &["the annotation 'a' is given twice"]),
    ] {
        let error = refused(pull_secret(&sandbox, name, more), parts);
        assert!(!error.contains("s3cret"), "{error}");
    }
    // A command line holds less than the cluster takes, but several arguments can be too much together.
    let long: Vec<String> = (0..3).map(|number| format!("--annotation=a{number}={}", "x".repeat(100 << 10))).collect();
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    refused(pull_secret(&sandbox, "ghcr", &long), &["annotations have 307206 bytes", "262144"]);
}

/// A file that opens and then fails, for root as well.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_read_is_no_usage_error() {
    let sandbox = Sandbox::new();
    for (kind, more) in [
        ("oci", &["--url=ghcr.io", "--username=bob", "--password-file=/proc/self/mem"][..]),
        ("notation", &["--trust-policy-file=/proc/self/mem"]),
        ("cosign", &["--public-key=/proc/self/mem"]),
    ] {
        let run = create(&sandbox, kind, &[&["s", "--export"], more].concat()).run();
        assert_eq!(run.stdout(), "");
        let error = run.fails(1);
        assert!(error.starts_with("error: cannot read ") && error.contains("/proc/self/mem\n  "), "{error}");
    }
}

#[test]
fn names_labels_and_annotations_are_where_a_cluster_reads_them() {
    let sandbox = Sandbox::new();
    let more = [
        "--namespace=flux-system",
        "--label=app.kubernetes.io/part-of=webapp",
        "--label=enabled=true",
        "--annotation=Example.org/Note=yes: \"it\"\nis",
    ];
    let secret = read(&pull_secret(&sandbox, "ghcr", &more).run().ok());
    assert_eq!(
        secret["metadata"],
        json!({
            "name": "ghcr",
            "namespace": "flux-system",
            "labels": {"app.kubernetes.io/part-of": "webapp", "enabled": "true"},
            "annotations": {"Example.org/Note": "yes: \"it\"\nis"},
        })
    );
    let secret = read(&pull_secret(&sandbox, "ghcr", &[]).run().ok());
    assert_eq!(secret["metadata"], json!({"name": "ghcr"}));
}

#[test]
fn the_order_of_flags_changes_no_byte_and_json_says_the_same() {
    let sandbox = Sandbox::new();
    let one = pull_secret(&sandbox, "ghcr", &["--label=b=1", "--label=a=2", "--annotation=d=3", "--annotation=c=4"]);
    let other = pull_secret(&sandbox, "ghcr", &["--annotation=c=4", "--annotation=d=3", "--label=a=2", "--label=b=1"]);
    let yaml = one.run().ok();
    assert_eq!(other.run().ok(), yaml);
    let marks = ["--label=b=1", "--label=a=2", "--annotation=d=3", "--annotation=c=4"];
    let json = pull_secret(&sandbox, "ghcr", &[&marks[..], &["--format", "json"]].concat()).run().ok();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), read(&yaml));
    assert_eq!(pull_secret(&sandbox, "ghcr", &[&marks[..], &["-o", "yaml"]].concat()).run().ok(), yaml);
}

#[test]
fn text_to_read_comes_with_a_warning_and_only_on_request() {
    let sandbox = Sandbox::new();
    let yaml = pull_secret(&sandbox, "ghcr", &["--string-data"]).run().ok();
    let first: Vec<&str> = yaml.lines().take(2).collect();
    assert!(first[0] == "---" && first[1].starts_with("# ") && yaml.contains("still be trusted"), "{yaml}");
    assert!(yaml.contains("  .dockerconfigjson: |-\n    {\n      \"auths\": {\n        \"ghcr.io\": {\n"), "{yaml}");
    let (secret, plain) = (read(&yaml), read(&pull_secret(&sandbox, "ghcr", &[]).run().ok()));
    assert_eq!(secret["stringData"], json!(content(&plain)));
    assert!(secret.get("data").is_none() && plain.get("stringData").is_none());
    let json = pull_secret(&sandbox, "ghcr", &["--string-data", "--format=json"]).run().ok();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), secret);
    refused(
        create(&sandbox, "oci", &["a", "--url=b.c", "--username=d", "--password=e", "--string-data"]),
        &["--export"],
    );
}

#[cfg(feature = "cluster")]
#[test]
fn without_a_kubeconfig_the_export_is_named() {
    let sandbox = Sandbox::new();
    let login = ["ghcr", "--url=ghcr.io", "--username=bob", "--password-stdin"];
    let run = |more: &[&str]| create(&sandbox, "oci", &[&login[..], more].concat()).stdin("s3cret");
    let error = refused(run(&[]), &["no kubeconfig was found", ".kube/config", "hint:", "--export"]);
    assert!(!error.contains("s3cret"), "{error}");
    refused(run(&["--kubeconfig=nowhere"]), &["'nowhere'", "--export"]);
    refused(run(&[]).env("KUBECONFIG", "one::two"), &["'one', 'two'"]);
    for flag in ["--kubeconfig=a", "--context=a", "--dry-run=client", "--force-conflicts"] {
        refused(run(&["--export", flag]), &["cannot be used with"]);
    }
}

#[cfg(not(feature = "cluster"))]
#[test]
fn without_the_client_the_export_is_named() {
    let sandbox = Sandbox::new();
    let login = ["ghcr", "--url=ghcr.io", "--username=bob", "--password-stdin"];
    let command = create(&sandbox, "oci", &login).stdin("s3cret");
    refused(command, &["without the Kubernetes client", "hint:", "--export", "kubectl apply"]);
}
