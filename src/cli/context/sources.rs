//! Where this user keeps credentials: the places of docker and of podman, in the order in which they are asked.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use secrecy::SecretString;

use super::{
    DOCKER_AUTH_CONFIG, DOCKER_CONFIG, HOME, PATH, REGISTRY_AUTH_FILE, XDG_CONFIG_HOME, XDG_RUNTIME_DIR, variable,
};
use crate::credentials::{AuthFile, Format, Found, HELPER_LIMIT, LoginFile, Sources};
use crate::oci::reference::Host;

/// What was `given` first, then what the environment names, then the usual files. `folder` is there in place of
/// docker's own, and of nothing else: who keeps a login in another folder keeps the rest.
pub(super) fn sources(given: Vec<(Host, Found)>, folder: Option<PathBuf>) -> Sources {
    Sources {
        given,
        auth_config: env::var(DOCKER_AUTH_CONFIG).ok().filter(|text| !text.is_empty()).map(SecretString::from),
        files: files(variable, folder),
        helper_path: env::var_os(PATH),
        ..Sources::default()
    }
}

/// Where logins are written: docker's file in `folder` when that is given, else the file that the environment names for
/// podman and its relatives, else docker's. `None` when there is no home.
pub(super) fn login_file(folder: Option<PathBuf>) -> Option<LoginFile> {
    let wanted =
        if folder.is_none() && variable(REGISTRY_AUTH_FILE).is_some() { Format::Containers } else { Format::Docker };
    let file = files(variable, folder).into_iter().find(|file| file.format == wanted)?;
    Some(LoginFile { path: file.path, helper_path: env::var_os(PATH), helper_limit: HELPER_LIMIT })
}

/// The files, by the values of `variable`.
fn files(variable: impl Fn(&str) -> Option<OsString>, folder: Option<PathBuf>) -> Vec<AuthFile> {
    let file = |path, format, expected| AuthFile { path, format, expected };
    let path = |name| variable(name).map(PathBuf::from);
    // As the XDG specification has it, what is not absolute does not count.
    let base = |name| path(name).filter(|folder| folder.is_absolute());
    let home = path(HOME);
    let docker = folder.or_else(|| path(DOCKER_CONFIG)).or_else(|| Some(home.as_ref()?.join(".docker")));
    let runtime = base(XDG_RUNTIME_DIR).map(|folder| folder.join("containers")).or_else(runtime);
    let config = base(XDG_CONFIG_HOME).or_else(|| Some(home.as_ref()?.join(".config")));
    let containers = runtime.into_iter().chain(config.map(|folder| folder.join("containers")));

    let named = path(REGISTRY_AUTH_FILE).map(|path| file(path, Format::Containers, true));
    let docker = docker.map(|folder| file(folder.join("config.json"), Format::Docker, true));
    let containers = containers.map(|folder| file(folder.join("auth.json"), Format::Containers, false));
    let legacy = home.as_ref().map(|home| file(home.join(".dockercfg"), Format::Legacy, false));
    named.into_iter().chain(docker).chain(containers).chain(legacy).collect()
}

/// Podman's folder for what lasts until the next boot, where no variable says it.
fn runtime() -> Option<PathBuf> {
    let user = rustix::process::getuid().as_raw();
    cfg!(target_os = "linux").then(|| PathBuf::from(format!("/run/containers/{user}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(environment: &[(&str, &str)], folder: Option<&str>) -> Vec<String> {
        let variable = |name: &str| {
            let (_, value) = environment.iter().find(|(known, _)| *known == name)?;
            Some(OsString::from(value))
        };
        let files = files(variable, folder.map(PathBuf::from));
        files.into_iter().map(|file| format!("{:?} {}", file.format, file.path.display())).collect()
    }

    #[test]
    fn all_places_in_their_order() {
        let all = [
            ("HOME", "/home/me"),
            ("REGISTRY_AUTH_FILE", "auth.json"),
            ("DOCKER_CONFIG", "/docker"),
            ("XDG_RUNTIME_DIR", "/run/user/1"),
            ("XDG_CONFIG_HOME", "/config"),
        ];
        let mut expected = [
            "Containers auth.json",
            "Docker /docker/config.json",
            "Containers /run/user/1/containers/auth.json",
            "Containers /config/containers/auth.json",
            "Legacy /home/me/.dockercfg",
        ];
        assert_eq!(paths(&all, None), expected);
        expected[1] = "Docker here/config.json";
        assert_eq!(paths(&all, Some("here")), expected, "--docker-config is docker's folder and nothing else");
    }

    #[test]
    fn without_variables_the_usual_ones() {
        let user = rustix::process::getuid().as_raw();
        let runtime = format!("Containers /run/containers/{user}/auth.json");
        let linux = cfg!(target_os = "linux").then_some(runtime.as_str());
        let expected: Vec<&str> = ["Docker /home/me/.docker/config.json"]
            .into_iter()
            .chain(linux)
            .chain(["Containers /home/me/.config/containers/auth.json", "Legacy /home/me/.dockercfg"])
            .collect();
        assert_eq!(paths(&[("HOME", "/home/me")], None), expected);
        let relative = [("HOME", "/home/me"), ("XDG_RUNTIME_DIR", "run"), ("XDG_CONFIG_HOME", "config")];
        assert_eq!(paths(&relative, None), expected);
        assert_eq!(paths(&[], None), linux.into_iter().collect::<Vec<_>>());
    }
}
