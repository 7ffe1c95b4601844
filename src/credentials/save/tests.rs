//! Logins on disk: what changes, what stays, and who can read it.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::credentials::tests::{Programs, host, plain};
use crate::credentials::{AuthFile, DockerKeychain, Format, Keychain, Sources};

const HUB: &str = "https://index.docker.io/v1/";

/// A folder with a file that logins are written to, and programs.
struct Home {
    programs: Programs,
    file: LoginFile,
}

impl Home {
    fn new() -> Self {
        let programs = Programs::new();
        let path = programs.folder().join("docker/config.json");
        let file = LoginFile { path, helper_path: Some(programs.path()), helper_limit: Duration::from_secs(20) };
        Self { programs, file }
    }

    fn with(config: &str) -> Self {
        let home = Self::new();
        fs::create_dir(home.programs.folder().join("docker")).unwrap();
        fs::write(&home.file.path, config).unwrap();
        home
    }

    async fn save(&self, name: &str) -> Result<Saved, SaveError> {
        self.file.save(&host(name), &bob()).await
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file.path).unwrap()
    }

    fn mode(&self) -> u32 {
        fs::metadata(&self.file.path).unwrap().mode() & 0o7777
    }

    /// A helper that keeps what it is told in files, one a server, as `pass` does.
    fn keeping(&self) {
        let kept = self.programs.folder().join("kept").display().to_string();
        let script = format!(
            r#"mkdir -p {kept}; input=$(cat); echo "$* $input" >> {kept}.log
name=$(printf %s "$input" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/' | tr / _)
case $1 in
store) printf %s "$input" > "{kept}/$name" ;;
get) cat "{kept}/$name" 2>/dev/null || {{ echo 'credentials not found in native keychain'; exit 1; }} ;;
erase) rm -f "{kept}/$name" ;;
esac"#
        );
        self.programs.helper("keeper", &script);
    }

    fn kept(&self) -> Vec<String> {
        let folder = fs::read_dir(self.programs.folder().join("kept")).into_iter().flatten();
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

fn bob() -> Credential {
    Credential::new("bob".to_owned(), "s3cret".into())
}

#[tokio::test]
async fn the_first_login_makes_file_and_folder_for_the_user_alone() {
    let home = Home::new();
    assert_eq!(home.save("ghcr.io").await.unwrap(), Saved::File);
    assert_eq!(
        home.text(),
        "{\n\t\"auths\": {\n\t\t\"ghcr.io\": {\n\t\t\t\"auth\": \"Ym9iOnMzY3JldA==\"\n\t\t}\n\t}\n}"
    );
    assert_eq!(home.mode(), 0o600);
    let folder = home.file.path.parent().unwrap();
    assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, [".bobctl.lock", "config.json"], "nothing is left behind");
}

#[tokio::test]
async fn what_is_not_about_the_host_stays_as_it_is() {
    let before = r#"{
  "psFormat": "table {{.Names}}",
  "auths": {
    "quay.io": {
      "auth": "eDp5"
    },
    "ghcr.io": {
      "username": "old",
      "password": "old",
      "email": "bob@example.org"
    },
    "https://ghcr.io/v1/": {
      "identitytoken": "old"
    },
    "ghcr.io/team": {
      "auth": "eDp5"
    },
    "ghcr.io:5000": {
      "auth": "eDp5"
    }
  },
  "HttpHeaders": {
    "b": 1,
    "a": null
  }
}
"#;
    let home = Home::with(before);
    home.save("GHCR.io").await.unwrap();
    let expected = before
        .replace(
            r#"      "username": "old",
      "password": "old",
      "email""#,
            r#"      "auth": "Ym9iOnMzY3JldA==",
      "email""#,
        )
        .replace(
            r#"    "https://ghcr.io/v1/": {
      "identitytoken": "old"
    },
"#,
            "",
        );
    assert_eq!(home.text(), expected);
    let removed = home.file.remove(&host("ghcr.io")).await.unwrap();
    assert!(removed.anything && removed.helper.is_none());
    assert!(!home.text().contains("Ym9i") && home.text().contains("ghcr.io/team"), "{}", home.text());
    assert_eq!(home.file.remove(&host("ghcr.io")).await.unwrap(), Removed::default());
}

#[tokio::test]
async fn all_names_of_docker_hub_are_one() {
    let home =
        Home::with(r#"{"auths":{"docker.io":{"auth":"eDp5"},"https://registry-1.docker.io/v2/":{"auth":"eDp5"}}}"#);
    home.save("index.docker.io").await.unwrap();
    assert!(home.text().contains(HUB) && !home.text().contains("eDp5"), "{}", home.text());
    assert!(home.file.remove(&host("registry-1.docker.io")).await.unwrap().anything);
    assert_eq!(home.text(), "{\n\t\"auths\": {}\n}");
}

#[tokio::test]
async fn an_identity_token_is_kept_as_one() {
    let home = Home::new();
    home.file.save(&host("ghcr.io"), &Credential::new("<token>".to_owned(), "r3fresh".into())).await.unwrap();
    let expected = r#""auth": "PHRva2VuPjo=",
			"identitytoken": "r3fresh""#;
    assert!(home.text().contains(expected), "{}", home.text());
    let sources = Sources {
        files: vec![AuthFile { path: home.file.path.clone(), format: Format::Docker, expected: true }],
        ..Sources::default()
    };
    let found = DockerKeychain::new(sources).find(&host("ghcr.io"), None).await.found.clone().unwrap();
    assert_eq!(plain(&found.credential), "identity r3fresh");
}

#[tokio::test]
async fn a_helper_keeps_the_secret_and_the_file_has_none() {
    let home = Home::with(r#"{"auths":{"docker.io":{"auth":"eDp5"}},"credsStore":"keeper"}"#);
    home.keeping();
    assert_eq!(home.save("docker.io").await.unwrap(), Saved::Helper("docker-credential-keeper".to_owned()));
    assert_eq!(home.kept(), ["https:__index.docker.io_v1_"]);
    let text = home.text();
    assert!(text.contains(&format!("\"{HUB}\": {{}}")) && !text.contains("eDp5"), "{text}");
    let log = fs::read_to_string(home.programs.folder().join("kept.log")).unwrap();
    assert_eq!(log, format!("store {{\"ServerURL\":\"{HUB}\",\"Username\":\"bob\",\"Secret\":\"s3cret\"}}\n"));
    let removed = home.file.remove(&host("docker.io")).await.unwrap();
    assert_eq!(removed, Removed { anything: true, helper: Some("docker-credential-keeper".to_owned()) });
    assert!(home.kept().is_empty() && !home.text().contains(HUB), "{}", home.text());
    let nothing = home.file.remove(&host("docker.io")).await.unwrap();
    assert!(!nothing.anything, "a helper that says yes to everything had nothing");
}

#[tokio::test]
async fn a_helper_of_the_host_goes_before_the_general_one() {
    let home = Home::with(r#"{"credHelpers":{"ghcr.io":"keeper","quay.io":""},"credsStore":"gone"}"#);
    home.keeping();
    home.save("ghcr.io").await.unwrap();
    assert_eq!(home.kept(), ["ghcr.io"]);
    assert_eq!(home.save("quay.io").await.unwrap(), Saved::File, "an empty name is no helper");
}

#[tokio::test]
async fn a_helper_that_fails_leaves_the_file_alone() {
    let config = r#"{"credsStore":"broken"}"#;
    let home = Home::with(config);
    for (script, said) in [
        (None, "docker-credential-broken is not in PATH"),
        (Some("cat >&2; exit 1"), "docker-credential-broken failed (exit status: 1)"),
        (Some("cat >/dev/null; echo 'cannot keep s3cret' >&2; exit 1"), "failed (exit status: 1): cannot keep ***"),
        (Some("cat >/dev/null; echo locked; exit 1"), "failed (exit status: 1): locked"),
    ] {
        if let Some(script) = script {
            home.programs.helper("broken", script);
        }
        let error = home.save("ghcr.io").await.unwrap_err();
        assert!(error.to_string().contains(said) && error.hint().unwrap().contains("credsStore"), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        assert_eq!(home.text(), config);
    }
    home.programs.helper("broken", r#"[ "$1" = get ] && echo '{"Username":"u","Secret":"s"}' || exit 1"#);
    home.file.remove(&host("ghcr.io")).await.unwrap_err();
}

#[tokio::test]
async fn what_cannot_be_understood_is_not_changed() {
    for (config, said) in [
        ("{\"auths\": {}\n", "is not valid JSON (line 2, column 0)"),
        ("[\"s3cret\"]", "is not a JSON object (line 1, column 0)"),
        (r#"{"auths": ["s3cret"]}"#, "has 'auths' that is not a JSON object"),
    ] {
        let home = Home::with(config);
        for error in [
            home.file.check().unwrap_err(),
            home.save("ghcr.io").await.unwrap_err(),
            home.file.remove(&host("ghcr.io")).await.unwrap_err(),
        ] {
            assert_eq!(error.to_string(), format!("{} {said}", home.file.path.display()));
            assert!(!format!("{error:?}").contains("s3cret"));
        }
        assert_eq!(home.text(), config);
    }
    for config in ["", "  \n", r#"{"auths": null}"#] {
        let home = Home::with(config);
        home.file.check().unwrap();
        home.save("ghcr.io").await.unwrap();
        assert!(home.text().contains("Ym9i"), "{config}");
    }
}

#[tokio::test]
async fn who_could_read_it_before_can_and_nobody_else() {
    for (before, after) in [(0o644, 0o600), (0o600, 0o600), (0o400, 0o400), (0o666, 0o600)] {
        let home = Home::with("{}");
        fs::set_permissions(&home.file.path, fs::Permissions::from_mode(before)).unwrap();
        home.save("ghcr.io").await.unwrap();
        assert_eq!(home.mode(), after, "{before:o}");
    }
}

#[tokio::test]
async fn links_stay_and_their_target_changes() {
    let home = Home::with("{}");
    let dotfiles = home.programs.folder().join("dotfiles");
    fs::create_dir(&dotfiles).unwrap();
    let path = home.file.path.clone();
    fs::remove_file(&path).unwrap();
    symlink("../dotfiles/docker.json", &path).unwrap();
    // The target need not be there yet.
    home.save("ghcr.io").await.unwrap();
    home.save("quay.io").await.unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_symlink());
    let target = dotfiles.join("docker.json");
    assert_eq!(fs::metadata(&target).unwrap().mode() & 0o777, 0o600);
    let text = fs::read_to_string(target).unwrap();
    assert!(text.contains("ghcr.io") && text.contains("quay.io"), "{text}");
    let circle = home.programs.folder().join("circle");
    symlink("circle", &circle).unwrap();
    let error = LoginFile { path: circle, ..home.file.clone() }.save(&host("ghcr.io"), &bob()).await.unwrap_err();
    assert!(matches!(error, SaveError::Unwritten { .. }), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error() {
    let home = Home::with("{}");
    let path = home.file.path.join("below/config.json");
    let file = LoginFile { path, ..home.file.clone() };
    file.check().unwrap();
    let error = file.save(&host("ghcr.io"), &bob()).await.unwrap_err();
    assert!(error.to_string().starts_with("cannot write"), "{error}");
    assert_eq!(home.text(), "{}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_at_the_same_time_lose_nothing() {
    let home = Home::new();
    let logins = (0..16).map(|at| {
        let file = home.file.clone();
        tokio::spawn(async move { file.save(&host(&format!("r{at}.example")), &bob()).await })
    });
    for login in logins.collect::<Vec<_>>() {
        login.await.unwrap().unwrap();
    }
    assert_eq!(home.text().matches("\"auth\"").count(), 16);
}
