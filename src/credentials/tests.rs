//! The keychain as a registry client meets it: files and programs in, a credential or the reasons out.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;
use crate::oci::{Location, Reference};

/// The host of a reference.
pub(super) fn host(name: &str) -> Host {
    match format!("oci://{name}/team/app").parse::<Reference>().unwrap().location {
        Location::Registry(repository) => repository.host().clone(),
        Location::Layout(_) => panic!("{name} is a layout"),
    }
}

/// A credential in plain text.
pub(super) fn plain(credential: &Credential) -> String {
    match credential {
        Credential::Basic { username, password } => format!("{username}:{}", password.expose_secret()),
        Credential::IdentityToken(token) => format!("identity {}", token.expose_secret()),
        Credential::RegistryToken(token) => format!("registry {}", token.expose_secret()),
    }
}

/// A folder of programs, with the system's behind it.
pub(super) struct Programs(TempDir);

impl Programs {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn path(&self) -> OsString {
        let mut path = self.folder().as_os_str().to_owned();
        path.push(":/usr/local/bin:/usr/bin:/bin");
        path
    }

    /// A helper that is a shell script. Another process writes it: a file that this one has open for writing cannot be
    /// run while any other test is just starting a process.
    pub(super) fn helper(&self, name: &str, script: &str) {
        let file = self.folder().join(helper::program(name));
        let mut writer = Command::new("/bin/sh")
            .args(["-c", r#"cat > "$0" && chmod 755 "$0""#])
            .arg(file)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
    }
}

/// A home with a docker configuration and helpers that log what they are asked.
struct Home {
    programs: Programs,
    sources: Sources,
}

impl Home {
    fn new(config: &str) -> Self {
        let programs = Programs::new();
        let file = programs.folder().join("config.json");
        fs::write(&file, config).unwrap();
        let helper_path = Some(programs.path());
        let sources = Sources { docker_config: Some(file), helper_path, ..Sources::default() };
        Self { programs, sources }
    }

    /// A helper that logs the server that it is asked for, and then does what `then` says.
    fn helper(self, name: &str, then: &str) -> Self {
        self.programs.helper(name, &format!("server=$(cat)\necho \"$server\" >> {}\n{then}", self.log().display()));
        self
    }

    fn log(&self) -> PathBuf {
        self.programs.folder().join("log")
    }

    fn calls(&self) -> Vec<String> {
        fs::read_to_string(self.log()).unwrap_or_default().lines().map(str::to_owned).collect()
    }

    fn config(&self) -> String {
        self.programs.folder().join("config.json").display().to_string()
    }

    fn keychain(&self) -> DockerKeychain {
        DockerKeychain::new(self.sources.clone())
    }
}

const ANSWER: &str = r#"echo '{"Username":"helper","Secret":"s3cret"}'"#;
const NOT_FOUND: &str = "echo 'credentials not found in native keychain'; exit 1";
const AUTHS: &str = r#""auths":{"ghcr.io":{"username":"file","password":"s3cret"}}"#;

fn given(credential: &str) -> Found {
    let (username, password) = parse_creds(credential).unwrap();
    let credential = Credential::Basic { username, password: password.unwrap() };
    Found { credential, origin: "--creds".to_owned() }
}

async fn find(keychain: &DockerKeychain, name: &str) -> Option<(String, String)> {
    keychain.find(&host(name)).await.map(|found| (plain(&found.credential), found.origin))
}

#[tokio::test]
async fn the_sources_are_asked_in_order_and_the_first_wins() {
    let mut home = Home::new(&format!("{{{AUTHS}}}"));
    let config = home.config();
    assert_eq!(find(&home.keychain(), "ghcr.io").await, Some(("file:s3cret".into(), config.clone())));

    home.sources.auth_config = Some(r#"{"auths":{"ghcr.io":{"username":"env","password":"s3cret"}}}"#.into());
    assert_eq!(find(&home.keychain(), "ghcr.io").await, Some(("env:s3cret".into(), "DOCKER_AUTH_CONFIG".into())));

    home.sources.given = vec![(host("ghcr.io"), given("flag:s3cret"))];
    assert_eq!(find(&home.keychain(), "ghcr.io").await, Some(("flag:s3cret".into(), "--creds".into())));
}

#[tokio::test]
async fn a_source_without_the_host_does_not_end_the_search() {
    let mut home = Home::new(&format!("{{{AUTHS}}}"));
    home.sources.given = vec![(host("quay.io"), given("flag:s3cret"))];
    home.sources.auth_config = Some(r#"{"auths":{"quay.io":{"registrytoken":"s3cret"}}}"#.into());
    assert_eq!(find(&home.keychain(), "ghcr.io").await.unwrap().0, "file:s3cret");
}

#[tokio::test]
async fn only_the_auths_of_the_variable_count() {
    let mut home = Home::new("{}").helper("env", ANSWER);
    home.sources.auth_config = Some(r#"{"credsStore":"env"}"#.into());
    assert_eq!(find(&home.keychain(), "ghcr.io").await, None);
    assert!(home.calls().is_empty());
}

#[tokio::test]
async fn a_helper_goes_before_the_auths_of_its_file() {
    let home = Home::new(&format!(r#"{{"credsStore":"store","credHelpers":{{"quay.io":"own"}},{AUTHS}}}"#))
        .helper("store", ANSWER)
        .helper("own", r#"echo '{"Username":"<token>","Secret":"s3cret"}'"#);
    let keychain = home.keychain();
    let origin = format!("docker-credential-store ({})", home.config());
    assert_eq!(find(&keychain, "ghcr.io").await, Some(("helper:s3cret".into(), origin)));
    assert_eq!(find(&keychain, "quay.io").await.unwrap().0, "identity s3cret");
    assert_eq!(find(&keychain, "docker.io").await.unwrap().0, "helper:s3cret");
    assert_eq!(home.calls(), ["ghcr.io", "quay.io", "https://index.docker.io/v1/"]);
}

#[tokio::test]
async fn whatever_is_wrong_with_a_helper_the_auths_of_its_file_are_asked() {
    for (script, note) in [
        (Some(NOT_FOUND), "has no credentials for this host"),
        (Some("echo locked >&2; exit 1"), "failed (exit status: 1): locked"),
        (Some("echo s3cret"), "answered something that is no credential"),
        (Some("sleep 5"), "gave no answer within 0.3 s"),
        (None, "is not in PATH"),
    ] {
        let mut home = Home::new(&format!(r#"{{"credsStore":"store",{AUTHS}}}"#));
        home.sources.helper_limit = std::time::Duration::from_millis(300);
        if let Some(script) = script {
            home = home.helper("store", script);
        }
        let keychain = home.keychain();
        assert_eq!(find(&keychain, "ghcr.io").await.unwrap().0, "file:s3cret", "{note}");
        assert_eq!(find(&keychain, "quay.io").await, None, "{note}");
        let notes = keychain.searched(&host("quay.io"));
        let config = home.config();
        assert_eq!(
            notes,
            [
                "DOCKER_AUTH_CONFIG: not set".to_owned(),
                format!("docker-credential-store ({config}): {note}"),
                format!("{config}: no entry for quay.io"),
            ]
        );
    }
}

#[tokio::test]
async fn what_was_met_on_the_way_is_told_without_a_secret() {
    let mut home = Home::new(r#"{"auths":{"ghcr.io":{"auth":"s3cret!"}}}"#);
    home.sources.given = vec![(host("quay.io"), given("user:s3cret"))];
    home.sources.auth_config = Some("{\"auths\":\n {\"ghcr.io\": s3cret}}".into());
    let keychain = home.keychain();
    assert_eq!(keychain.searched(&host("ghcr.io")), [] as [String; 0], "nobody has asked yet");
    assert_eq!(find(&keychain, "ghcr.io").await, None);
    let notes = keychain.searched(&host("ghcr.io"));
    assert_eq!(
        notes,
        [
            "--creds: it is for quay.io".to_owned(),
            "DOCKER_AUTH_CONFIG: is not valid JSON (line 2, column 14)".to_owned(),
            format!(
                "{}: the entry 'ghcr.io' of 'auths' has an 'auth' that is not the base64 of user:password",
                home.config()
            ),
        ]
    );
    assert!(!format!("{notes:?} {:?}", home.sources).contains("s3cret"));
}

#[tokio::test]
async fn a_file_that_is_missing_or_broken_is_a_note() {
    for (make, note) in [
        ((|path| fs::remove_file(path).unwrap()) as fn(&str), "no such file"),
        (|path| fs::write(path, "{\n\"auths\": {,}").unwrap(), "is not valid JSON (line 2, column 11)"),
        (|path| fs::write(path, "[]").unwrap(), "is not a JSON object (line 1, column 0)"),
        (|path| fs::write(path, "").unwrap(), "is not valid JSON (line 1, column 0)"),
        (
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            },
            "cannot be read: not a file",
        ),
        (|path| fs::write(path, vec![b' '; (4 << 20) + 1]).unwrap(), "cannot be read: file too large"),
    ] {
        let home = Home::new("{}");
        make(&home.config());
        let keychain = home.keychain();
        assert_eq!(find(&keychain, "ghcr.io").await, None);
        assert_eq!(keychain.searched(&host("ghcr.io"))[1], format!("{}: {note}", home.config()));
    }
}

#[tokio::test]
async fn a_helper_is_asked_once_a_host_however_many_ask() {
    let home = Home::new(r#"{"credsStore":"store"}"#).helper("store", &format!("sleep 0.1; {ANSWER}"));
    let keychain = home.keychain();
    assert!(home.calls().is_empty(), "nobody has asked yet");
    let (ghcr, quay) = (host("ghcr.io"), host("quay.io"));
    let asked = [&ghcr, &quay, &ghcr, &ghcr].map(|host| keychain.find(host));
    for found in futures_util::future::join_all(asked).await {
        assert_eq!(plain(&found.unwrap().credential), "helper:s3cret");
    }
    keychain.find(&ghcr).await.unwrap();
    let mut calls = home.calls();
    calls.sort();
    assert_eq!(calls, ["ghcr.io", "quay.io"]);
}

#[tokio::test]
async fn a_helper_that_has_nothing_is_not_asked_again() {
    let home = Home::new(r#"{"credHelpers":{"ghcr.io":"own"}}"#).helper("own", NOT_FOUND);
    let keychain = home.keychain();
    for _ in 0..3 {
        assert_eq!(find(&keychain, "ghcr.io").await, None);
    }
    assert_eq!(find(&keychain, "quay.io").await, None);
    assert_eq!(home.calls(), ["ghcr.io"]);
}

#[test]
fn credentials_of_the_command_line() {
    let parse = |text| parse_creds(text).map(|(user, password)| (user, password.map(|p| p.expose_secret().to_owned())));
    assert_eq!(parse("user:pa:ss"), Ok(("user".into(), Some("pa:ss".into()))));
    assert_eq!(parse("user:"), Ok(("user".into(), Some(String::new()))));
    assert_eq!(parse("user"), Ok(("user".into(), None)));
    assert_eq!(parse(":pass"), Err(CredsError));
    assert_eq!(parse(""), Err(CredsError));
}

#[test]
fn no_secret_is_shown() {
    for credential in [
        Credential::Basic { username: "user".into(), password: "s3cret".into() },
        Credential::IdentityToken("s3cret".into()),
        Credential::RegistryToken("s3cret".into()),
    ] {
        assert!(!format!("{credential:?}").contains("s3cret"));
    }
}
