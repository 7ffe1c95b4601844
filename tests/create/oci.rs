//! Pull secrets: where the login comes from, under which key it is found, and that it shows nowhere else.

use serde_json::json;

use super::{assert_like_flux, content, create, exported, read, refused};
use crate::support::fault::{Auth, FaultRegistry};
use crate::support::sandbox::{Command, Sandbox};
use crate::support::story::{push, webapp};

const SECRET: &str = "s3cret-Passw0rd";

/// What `flux create secret oci` prints.
const FLUX: &str = r#"---
apiVersion: v1
kind: Secret
metadata:
  name: ghcr
  namespace: my-namespace
stringData:
  .dockerconfigjson: |-
    {
      "auths": {
        "ghcr.io": {
          "username": "stefanprodan",
          "password": "password",
          "auth": "c3RlZmFucHJvZGFuOnBhc3N3b3Jk"
        }
      }
    }
type: kubernetes.io/dockerconfigjson

"#;

/// The export of a secret `s` for a registry, with a login that these arguments give.
fn export<'a>(sandbox: &'a Sandbox, url: &str, login: &[&str]) -> Command<'a> {
    create(sandbox, "oci", &[&["s", "--url", url, "--export"], login].concat())
}

/// The docker configuration inside of an export.
#[track_caller]
fn config(yaml: &str) -> String {
    content(&read(yaml)).remove(".dockerconfigjson").expect("the key of a pull secret")
}

#[test]
fn it_is_the_secret_that_flux_makes() {
    let sandbox = Sandbox::new();
    sandbox.write("password", "password\n");
    let login = ["--url=ghcr.io", "--username=stefanprodan", "--password-file=password"];
    let arguments = [&["ghcr", "-n", "my-namespace"], &login[..]].concat();
    assert_like_flux(&exported(&sandbox, "oci", &arguments), FLUX);
    let expected = "---
apiVersion: v1
kind: Secret
metadata:
  name: ghcr
  namespace: my-namespace
data:
  .dockerconfigjson: ewogICJhdXRocyI6IHsKICAgICJnaGNyLmlvIjogewogICAgICAidXNlcm5hbWUiOiAic3RlZmFucHJvZGFuIiwKICAgICAgInBhc3N3b3JkIjogInBhc3N3b3JkIiwKICAgICAgImF1dGgiOiAiYzNSbFptRnVjSEp2WkdGdU9uQmhjM04zYjNKayIKICAgIH0KICB9Cn0=
type: kubernetes.io/dockerconfigjson
";
    assert_eq!(create(&sandbox, "oci", &[&arguments[..], &["--export"]].concat()).run().ok(), expected);
}

#[test]
fn every_way_to_give_the_password_makes_the_same_secret() {
    let sandbox = Sandbox::new();
    sandbox.write("password", format!("{SECRET}\n"));
    sandbox.write("windows", format!("{SECRET}\r\n"));
    let flag = format!("--password={SECRET}");
    let mut made = Vec::new();
    for (login, warnings) in [
        (&["--password-stdin"][..], 0),
        (&["--password-file=password"], 0),
        (&["--password-file=windows"], 0),
        (&["--password-file=/dev/stdin"], 0),
        (&[flag.as_str()], 1),
    ] {
        let login = [&["--username=bob"], login].concat();
        let run = export(&sandbox, "ghcr.io", &login).stdin(format!("{SECRET}\n")).run();
        assert_eq!(run.stderr().matches("warning: --password shows in the process list").count(), warnings);
        assert!(run.stderr().lines().count() == warnings && !run.stderr().contains(SECRET), "{run:?}");
        made.push(run.ok());
    }
    assert!(made.iter().all(|yaml| *yaml == made[0]), "{made:?}");
    assert!(config(&made[0]).contains(SECRET));
}

#[test]
fn the_login_is_found_under_the_name_by_which_images_are_asked_for() {
    let sandbox = Sandbox::new();
    let keys = |url: &str| {
        let yaml = export(&sandbox, url, &["--username=bob", "--password-stdin"]).stdin(SECRET).run().ok();
        let config: serde_json::Value = serde_json::from_str(&config(&yaml)).unwrap();
        config["auths"].as_object().unwrap().keys().cloned().collect::<Vec<String>>()
    };
    for hub in ["docker.io", "index.docker.io", "oci://docker.io/org/app", "https://index.docker.io/v1/"] {
        assert_eq!(keys(hub), ["https://index.docker.io/v1/"], "{hub}");
    }
    // Under this name Flux and the kubelet do not know Docker Hub.
    let other = "oci://registry-1.docker.io/org/app";
    assert_eq!(keys(other), ["https://index.docker.io/v1/", "registry-1.docker.io"]);
    assert_eq!(keys("oci://ghcr.io/org/bobs"), ["ghcr.io"]);
    assert_eq!(keys("oci://ghcr.io/org/bobs:1.2@sha256:00"), ["ghcr.io"]);
    assert_eq!(keys("https://Registry.example.org:5000/"), ["registry.example.org:5000"]);
    assert_eq!(keys("ghcr.io:443"), ["ghcr.io:443"]);
    assert_eq!(keys("[::1]:5000"), ["[::1]:5000"]);
}

#[test]
fn a_password_that_is_not_quoted_is_not_shown() {
    let sandbox = Sandbox::new();
    for words in [
        &["--password", "my", SECRET][..],
        &["--password=my", SECRET],
        &["--password", "my", "own", SECRET],
        &["--password", "--s3cret-Passw0rd"],
        &["--password", "-3cret-Passw0rd"],
        &["--password-stdin=s3cret-Passw0rd"],
        &["--password-stdin", SECRET],
    ] {
        let flag = words[0].split('=').next().unwrap();
        for format in ["--format=text", "--format=json"] {
            let command = export(&sandbox, "ghcr.io", &[&["--username=bob"], words, &[format]].concat());
            let said = [&format!("unexpected argument after {flag}; it is not shown"), "hint", flag];
            let error = refused(command, &said);
            assert!(["s3", "3c", "Passw0rd"].iter().all(|piece| !error.contains(piece)), "{words:?}: {error}");
        }
    }
    // What no secret can be a part of is shown.
    refused(export(&sandbox, "ghcr.io", &["--username=bob", "--password=a", "--exprot"]), &["'--exprot'", "--export"]);
    refused(export(&sandbox, "ghcr.io", &["extra", "--username=bob", "--password-stdin"]), &["'extra'"]);
    refused(export(&sandbox, "ghcr.io", &["--username=bob", "--password-stdin", "--exprot"]), &["'--exprot'"]);
}

#[test]
fn what_json_would_take_apart_is_written_as_flux_writes_it() {
    let sandbox = Sandbox::new();
    let password = "<p&\"\\w>\u{2028}\u{e9}";
    let yaml = export(&sandbox, "ghcr.io", &["--username=b<b", "--password-stdin"]).stdin(password).run().ok();
    let config = config(&yaml);
    let expected = "{
  \"auths\": {
    \"ghcr.io\": {
      \"username\": \"b\\u003cb\",
      \"password\": \"\\u003cp\\u0026\\\"\\\\w\\u003e\\u2028\u{e9}\",
      \"auth\": \"Yjxi";
    assert!(config.starts_with(expected), "{config}");
    let read: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(read["auths"]["ghcr.io"]["password"], json!(password));
}

#[test]
fn a_registry_takes_what_is_in_the_secret() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    let host = registry.host();
    let yaml = export(&sandbox, &host, &["--username=bob", "--password-stdin"]).stdin(SECRET).run().ok();
    sandbox.write("../home/.docker/config.json", config(&yaml));
    push(&sandbox, &registry.reference("a/b:1"), "bob", &[]).run().ok();
    // And from there into the next secret, which is the same.
    let run = export(&sandbox, &host, &["--from-docker-config"]).run();
    assert!(run.stderr().contains(&format!("the login for {host} is from ")), "{run:?}");
    assert!(run.stderr().lines().count() == 1 && !run.stderr().contains(SECRET), "{run:?}");
    assert_eq!(run.ok(), yaml);
}

#[test]
fn a_helper_of_docker_is_asked_for_that_host() {
    let sandbox = Sandbox::new();
    let work = sandbox.work().display().to_string();
    let answer = format!(r#"{{"Username":"bob","Secret":"{SECRET}"}}"#);
    let script = format!("#!/bin/sh\ncat >> {work}/asked\necho >> {work}/asked\necho '{answer}'\n");
    sandbox.write("bin/docker-credential-probe", script);
    sandbox.executable("bin/docker-credential-probe");
    sandbox.write("elsewhere/config.json", json!({"credsStore": "probe"}).to_string());
    let expected = export(&sandbox, "docker.io", &["--username=bob", "--password-stdin"]).stdin(SECRET).run().ok();
    let login = ["--from-docker-config", "--docker-config=elsewhere"];
    let run = export(&sandbox, "oci://docker.io/org/app", &login).path_first("bin").run();
    assert!(run.stderr().contains("docker-credential-probe") && !run.stderr().contains(SECRET), "{run:?}");
    assert_eq!(run.ok(), expected);
    assert_eq!(sandbox.read("asked"), "https://index.docker.io/v1/\n");
}

#[test]
fn a_helper_that_fails_is_named_and_not_quoted() {
    let sandbox = Sandbox::new();
    sandbox.write("elsewhere/config.json", json!({"credHelpers": {"ghcr.io": "probe"}}).to_string());
    for (script, said) in [
        (None, "docker-credential-probe (elsewhere/config.json): is not in PATH"),
        (Some(format!("echo {SECRET}; echo locked >&2; exit 1")), "failed (exit status: 1): locked"),
        (Some(format!("echo {SECRET}")), "answered something that is no credential"),
    ] {
        if let Some(script) = script {
            sandbox.write("bin/docker-credential-probe", format!("#!/bin/sh\ncat > /dev/null\n{script}\n"));
            sandbox.executable("bin/docker-credential-probe");
        }
        let login = ["--from-docker-config", "--docker-config=elsewhere"];
        let run = export(&sandbox, "ghcr.io", &login).path_first("bin").run();
        assert_eq!(run.stdout(), "");
        let error = run.fails(4);
        assert!(error.contains(said) && !error.contains(SECRET), "{said}: {error}");
    }
}

#[test]
fn what_a_pull_secret_cannot_hold_is_said() {
    let sandbox = Sandbox::new();
    for (entry, what) in [
        (json!({"identitytoken": SECRET}), "an identity token"),
        (json!({"registrytoken": SECRET}), "a registry token"),
    ] {
        sandbox.write("../home/.docker/config.json", json!({"auths": {"ghcr.io": entry}}).to_string());
        let command = export(&sandbox, "ghcr.io", &["--from-docker-config"]);
        let error = refused(command, &[what, "cannot hold", ".docker/config.json", "hint:", "access token"]);
        assert!(!error.contains(SECRET), "{error}");
    }
    let run = export(&sandbox, "quay.io", &["--from-docker-config"]).run();
    assert_eq!(run.stdout(), "");
    let error = run.fails(4);
    assert!(
        error.contains("no credentials for quay.io; looked in:") && error.contains("bobctl login quay.io"),
        "{error}"
    );
}

#[test]
fn logins_that_make_no_sense() {
    let sandbox = Sandbox::new();
    sandbox.write("empty", "\n");
    sandbox.write("lines", "one\ntwo\n");
    sandbox.write("binary", b"\xff\xfe");
    sandbox.write("zero", "s3cret\0s3cret");
    sandbox.write("marked", "\u{feff}s3cret\n");
    sandbox.write("long", "x".repeat((64 << 10) + 1));
    for (url, login, parts) in [
        ("ghcr.io", &["--password=a"][..], &["--username"][..]),
        ("ghcr.io", &["--username=a"], &["--password", "--password-stdin", "--password-file", "--from-docker-config"]),
        ("ghcr.io", &["--username=a", "--password=s3cret", "--password-stdin"], &["cannot be used with"]),
        ("ghcr.io", &["--username=a", "--from-docker-config"], &["cannot be used with"]),
        (
            "ghcr.io",
            &["--username=a", "--password-stdin", "--docker-config=b"],
            &["--docker-config <DIR>", "cannot be used with"],
        ),
        ("ghcr.io", &["--username=a", "--password="], &["the password is empty"]),
        ("ghcr.io", &["--username=a", "--password-stdin"], &["standard input has no password"]),
        ("ghcr.io", &["--username=a", "--password-file=empty"], &["empty has no password"]),
        ("ghcr.io", &["--username=a", "--password-file=lines"], &["the password has a line break"]),
        ("ghcr.io", &["--username=a", "--password-file=binary"], &["not UTF-8"]),
        ("ghcr.io", &["--username=a", "--password-file=zero"], &["the password has a control character"]),
        ("ghcr.io", &["--username=a", "--password-file=marked"], &["the password begins with a byte order mark"]),
        ("ghcr.io", &["--username=a", "--password-file=long"], &["long has more than 65536 bytes"]),
        ("ghcr.io", &["--username=a", "--password-file=nowhere"], &["cannot read the password in nowhere"]),
        ("ghcr.io", &["--username=", "--password=s3cret"], &["the user name is empty"]),
        ("ghcr.io", &["--username=a:b", "--password=s3cret"], &["the user name has a ':'"]),
        ("ghcr", &["--username=a", "--password=s3cret"], &["'ghcr' is no registry host", "hint:", "docker.io"]),
        ("", &["--username=a", "--password=s3cret"], &["the registry's address is empty"]),
        (
            "https://b:s3cret@ghcr.io",
            &["--username=a", "--password=s3cret"],
            &["credentials in a registry's address are refused", "hint:", "their own flags"],
        ),
    ] {
        let error = refused(export(&sandbox, url, login), parts);
        assert!(!error.contains("s3cret"), "{error}");
    }
    refused(create(&sandbox, "oci", &["s", "--username=a", "--password=b", "--export"]), &["--url"]);
    refused(create(&sandbox, "oci", &["--url=b.c", "--username=a", "--password=b", "--export"]), &["NAME"]);
}
