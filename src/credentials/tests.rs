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
        let files = vec![AuthFile { path: file, format: Format::Docker, expected: true }];
        let sources = Sources { files, helper_path, ..Sources::default() };
        Self { programs, sources }
    }

    /// Another file, asked after those that are there.
    fn file(mut self, name: &str, format: Format, content: &str) -> Self {
        let path = self.programs.folder().join(name);
        fs::write(&path, content).unwrap();
        self.sources.files.push(AuthFile { path, format, expected: false });
        self
    }

    fn path(&self, name: &str) -> String {
        self.programs.folder().join(name).display().to_string()
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
        self.path("config.json")
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
    let (name, repository) = name.split_once('/').map_or((name, None), |(name, repository)| (name, Some(repository)));
    let lookup = keychain.find(&host(name), repository).await;
    lookup.found.as_ref().map(|found| (plain(&found.credential), found.origin.clone()))
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
    for (script, failed) in [
        (Some(NOT_FOUND), None),
        (Some("echo locked >&2; exit 1"), Some("failed (exit status: 1): locked")),
        (Some("echo s3cret"), Some("answered something that is no credential")),
        (Some("sleep 5"), Some("gave no answer within 0.3 s")),
        (None, Some("is not in PATH")),
    ] {
        let mut home = Home::new(&format!(r#"{{"credsStore":"store",{AUTHS}}}"#));
        home.sources.helper_limit = std::time::Duration::from_millis(300);
        if let Some(script) = script {
            home = home.helper("store", script);
        }
        let keychain = home.keychain();
        assert_eq!(find(&keychain, "ghcr.io").await.unwrap().0, "file:s3cret", "{failed:?}");
        let lookup = keychain.find(&host("quay.io"), None).await;
        assert!(lookup.found.is_none(), "{failed:?}");
        let config = home.config();
        let helper = format!("docker-credential-store ({config})");
        let said = failed.map_or("no entry for quay.io", |_| "failed");
        assert_eq!(lookup.searched, [format!("{helper}: {said}"), format!("{config}: no entry for quay.io")]);
        assert_eq!(lookup.failed, failed.map(|failed| format!("{helper}: {failed}")).into_iter().collect::<Vec<_>>());
        assert!(lookup.broken.is_empty());
    }
}

#[tokio::test]
async fn what_was_met_on_the_way_is_told_without_a_secret() {
    let mut home = Home::new(r#"{"auths":{"ghcr.io":{"auth":"s3cret!"}}}"#);
    home.sources.given = vec![(host("quay.io"), given("user:s3cret"))];
    home.sources.auth_config = Some("{\"auths\":\n {\"ghcr.io\": s3cret}}".into());
    let lookup = home.keychain().find(&host("ghcr.io"), None).await;
    let config = home.config();
    assert!(lookup.found.is_none());
    assert_eq!(
        lookup.searched,
        [
            "--creds: it is for quay.io".to_owned(),
            "DOCKER_AUTH_CONFIG: cannot be used".to_owned(),
            format!("{config}: cannot be used")
        ]
    );
    assert_eq!(
        lookup.broken,
        [
            "DOCKER_AUTH_CONFIG: is not valid JSON (line 2, column 14)".to_owned(),
            format!("{config}: the entry 'ghcr.io' of 'auths' has an 'auth' that is not the base64 of user:password"),
        ]
    );
    assert!(!format!("{lookup:?} {:?}", home.sources).contains("s3cret"));
}

#[tokio::test]
async fn a_file_that_is_broken_is_told_and_one_that_is_missing_is_not() {
    for (make, broken) in [
        ((|path| fs::remove_file(path).unwrap()) as fn(&str), None),
        (|path| fs::write(path, "\n").unwrap(), None),
        (|path| fs::write(path, "{\n\"auths\": {,}").unwrap(), Some("is not valid JSON (line 2, column 11)")),
        (|path| fs::write(path, "[]").unwrap(), Some("is not a JSON object (line 1, column 0)")),
        (
            |path| {
                fs::remove_file(path).unwrap();
                fs::create_dir(path).unwrap();
            },
            Some("cannot be read: not a file"),
        ),
        (|path| fs::write(path, vec![b' '; (4 << 20) + 1]).unwrap(), Some("cannot be read: file too large")),
    ] {
        let home = Home::new("{}").file("auth.json", Format::Containers, &format!("{{{AUTHS}}}"));
        make(&home.config());
        let keychain = home.keychain();
        let broken = broken.map(|broken| format!("{}: {broken}", home.config()));
        let found = keychain.find(&host("ghcr.io"), None).await;
        assert_eq!(plain(&found.found.as_ref().unwrap().credential), "file:s3cret", "the search goes on");
        assert_eq!(found.broken, broken.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn only_an_expected_file_is_missed() {
    let home = Home::new("{}").file("auth.json", Format::Containers, "{}");
    fs::remove_file(home.config()).unwrap();
    fs::remove_file(home.path("auth.json")).unwrap();
    let lookup = home.keychain().find(&host("ghcr.io"), None).await;
    assert_eq!(
        lookup.nothing(&host("ghcr.io")),
        format!("no credentials for ghcr.io; looked in: {}: no such file", home.config())
    );
}

#[tokio::test]
async fn every_file_is_asked_until_one_has_the_host() {
    let auths = |host: &str| format!(r#"{{"auths":{{"{host}":{{"registrytoken":"t"}}}}}}"#);
    let home = Home::new(&auths("a.io")).file("auth.json", Format::Containers, &auths("b.io")).file(
        ".dockercfg",
        Format::Legacy,
        r#"{"https://c.io/v1/":{"registrytoken":"t"}}"#,
    );
    let keychain = home.keychain();
    for (name, file) in [("a.io", "config.json"), ("b.io", "auth.json"), ("c.io", ".dockercfg")] {
        assert_eq!(find(&keychain, name).await.unwrap().1, home.path(file));
    }
    assert_eq!(find(&keychain, "d.io").await, None);
}

#[tokio::test]
async fn a_repository_may_have_a_credential_of_its_own() {
    let auths = r#"{"auths":{"ghcr.io":{"registrytoken":"all"},"ghcr.io/team":{"registrytoken":"team"},
        "ghcr.io/team/app":{"registrytoken":"app"}}}"#;
    let home = Home::new("{}").file("auth.json", Format::Containers, auths);
    let file = home.path("auth.json");
    let keychain = home.keychain();
    for (name, token, origin) in [
        ("ghcr.io/team/app", "app", format!("{file} (ghcr.io/team/app)")),
        ("ghcr.io/team/other", "team", format!("{file} (ghcr.io/team)")),
        ("ghcr.io/teams/app", "all", file.clone()),
        ("ghcr.io", "all", file.clone()),
    ] {
        assert_eq!(find(&keychain, name).await, Some((format!("registry {token}"), origin)));
    }
    // Docker's own file has no such keys.
    assert_eq!(find(&Home::new(auths).keychain(), "ghcr.io/team/app").await.unwrap().0, "registry all");
}

#[tokio::test]
async fn a_helper_is_asked_once_a_host_however_many_ask() {
    let home = Home::new(r#"{"credsStore":"store"}"#).helper("store", &format!("sleep 0.1; {ANSWER}"));
    let keychain = home.keychain();
    assert!(home.calls().is_empty(), "nobody has asked yet");
    let (ghcr, quay) = (host("ghcr.io"), host("quay.io"));
    let repositories = ["a", "b", "c", "d", "e"].map(Some).into_iter().chain([None]);
    let asked = repositories.flat_map(|repository| [&ghcr, &quay, &ghcr].map(|host| keychain.find(host, repository)));
    for lookup in futures_util::future::join_all(asked).await {
        assert_eq!(plain(&lookup.found.as_ref().unwrap().credential), "helper:s3cret");
    }
    assert!(keychain.find(&ghcr, Some("f")).await.found.is_some());
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
