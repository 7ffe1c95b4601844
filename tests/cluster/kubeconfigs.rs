//! Kubeconfigs that are missing, merged or broken, and credential plugins that fail: nobody is asked.

use std::path::PathBuf;
use std::time::Duration;

use bobctl::cluster::apply::{ApplyError, ApplyOptions, DryRun};
use serde_json::{Value, json};

use super::{PASSWORD, apply, failure, options, trust};

/// A kubeconfig of one context, whose server does not exist.
fn config(context: &str, namespace: &str, user: &Value) -> Value {
    json!({
        "current-context": context,
        "contexts": [{ "name": context, "context": { "cluster": context, "user": context, "namespace": namespace } }],
        "clusters": [{ "name": context, "cluster": { "server": "http://127.0.0.1:1" } }],
        "users": [{ "name": context, "user": user }],
    })
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let file = self.0.path().join(name);
        std::fs::write(&file, text).expect("the folder is writable");
        file
    }
}

#[test]
fn without_a_kubeconfig_the_secret_can_be_printed() {
    let folder = Folder::new();
    let absent = folder.0.path().join("absent");
    let (error, message, hint) = failure(&trust("trust", &[]), &options(absent));
    assert!(matches!(error, ApplyError::NoKubeconfig(_)), "{error:?}");
    assert!(message.contains("absent'"), "{message}");
    assert!(hint.contains("--export") && hint.contains("--kubeconfig"), "{hint}");
}

#[test]
fn the_first_kubeconfig_wins_and_absent_ones_do_not_count() {
    let folder = Folder::new();
    let first = folder.file("first", &config("one", "ours", &json!({})).to_string());
    let second = folder.file("second", &config("two", "theirs", &json!({})).to_string());
    let dry = ApplyOptions {
        kubeconfigs: vec![folder.0.path().join("absent"), first, second],
        dry_run: DryRun::Client,
        ..ApplyOptions::default()
    };
    let place = |options: &ApplyOptions| {
        let applied = apply(&trust("trust", &[]), options).expect("nothing is refused");
        (applied.context, applied.namespace)
    };
    assert_eq!(place(&dry), ("one".to_owned(), "ours".to_owned()));
    // kubectl leaves an empty one behind, which says nothing.
    let silent = folder.file("silent", "apiVersion: v1\nkind: Config\ncurrent-context: \"\"\nclusters: null\n");
    let kubeconfigs = std::iter::once(silent).chain(dry.kubeconfigs.clone()).collect();
    assert_eq!(place(&ApplyOptions { kubeconfigs, ..dry.clone() }), ("one".to_owned(), "ours".to_owned()));
    let other = ApplyOptions { context: Some("two".to_owned()), ..dry };
    assert_eq!(place(&other), ("two".to_owned(), "theirs".to_owned()));
}

#[test]
fn a_kubeconfig_that_makes_no_sense_says_why() {
    let folder = Folder::new();
    let good = config("one", "ours", &json!({ "token": PASSWORD }));
    let broken = format!("users:\n- name: one\n  user:\n    token: [{PASSWORD}\n");
    let other = |change: fn(&mut Value)| {
        let mut config = good.clone();
        change(&mut config);
        config.to_string()
    };
    for (text, said) in [
        (broken, "is no kubeconfig"),
        (String::new(), "has no current context"),
        (other(|config| config["current-context"] = json!("")), "it has: one"),
        (other(|config| config["current-context"] = json!("two")), "no context 'two'"),
        (other(|config| config["clusters"] = json!([])), "no cluster 'one'"),
        (other(|config| config["contexts"][0]["context"]["namespace"] = json!("No")), "namespace"),
        (other(|config| config["users"][0]["user"] = json!({ "auth-provider": { "name": "gcp" } })), "'gcp'"),
        (other(|config| config["users"][0]["user"]["auth-provider"] = json!({ "name": "oidc" })), "no id-token"),
        (other(|config| config["users"][0]["user"] = json!({ "tokenFile": "/absent" })), "/absent"),
        (other(|config| config["users"][0]["user"]["token"] = json!("hunter22-of\n-the-tests")), "token of the user"),
        (other(|config| config["clusters"][0]["cluster"] = json!({})), "url is missing"),
        (other(|config| config["clusters"][0]["cluster"]["server"] = json!("127.0.0.1:1")), "no https:// or http://"),
        (
            other(|config| config["clusters"][0]["cluster"]["server"] = json!("ftp://127.0.0.1")),
            "no https:// or http://",
        ),
        (other(|config| config["clusters"][0]["cluster"]["proxy-url"] = json!("ftp://127.0.0.1")), "socks5://"),
        (other(|config| config["clusters"][0]["cluster"]["proxy-url"] = json!("h t")), "is no URL"),
        (other(|config| config["clusters"][0]["cluster"]["certificate-authority-data"] = json!("?")), "authority"),
    ] {
        let (error, message, _) = failure(&trust("trust", &[]), &options(folder.file("config", &text)));
        assert!(matches!(error, ApplyError::Kubeconfig(_)), "{error:?}");
        assert!(message.contains(said), "{message}");
    }
}

#[test]
fn a_plugin_that_fails_says_so_and_nothing_secret() {
    let folder = Folder::new();
    let sh = |script: String| json!({ "command": "sh", "args": ["-c", script] });
    let answer = |status: &str| format!("echo '{{\"kind\":\"ExecCredential\",\"status\":{status}}}'");
    for (exec, said) in [
        (json!({ "command": "/absent/plugin", "installHint": "brew install plugin" }), "'/absent/plugin'"),
        (json!({ "command": "sh", "interactiveMode": "Always" }), "interactiveMode"),
        (sh(format!("echo {PASSWORD}; echo 'log in first' >&2; exit 3")), "exit status: 3): log in first"),
        (sh(format!("echo '{{\"token\":\"{PASSWORD}\"}}' >&2; exit 3")), "exit status: 3)"),
        (sh(format!("echo {PASSWORD}")), "no ExecCredential"),
        (sh(answer("{}")), "neither a token nor a certificate"),
        (sh(answer(&format!("{{\"clientKeyData\":\"{PASSWORD}\"}}"))), "a key without its certificate"),
        (sh("exec sleep 60".to_owned()), "gave no answer within 1 s"),
    ] {
        let config = config("one", "ours", &json!({ "exec": exec }));
        let mut options = options(folder.file("config", &config.to_string()));
        options.limits.plugin = Duration::from_secs(1);
        let (error, message, hint) = failure(&trust("trust", &[]), &options);
        assert!(matches!(error, ApplyError::Plugin { .. }), "{error:?}");
        assert!(message.contains(said), "{message}");
        assert_eq!(hint, exec["installHint"].as_str().unwrap_or_default());
    }
}
