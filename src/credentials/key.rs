//! Keys of `auths` and `credHelpers`: which of them are for a host, or for a repository there (AUTH-21, REF-5, REF-7).

use crate::oci::reference::Host;

/// The key that docker itself uses for Docker Hub (REF-5).
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";
/// Docker Hub's names, docker's own first.
const DOCKER_HUB_NAMES: [&str; 3] = ["index.docker.io", "docker.io", "registry-1.docker.io"];

/// How well a key fits, best first: the longest path, then the most usual name of the host, then the most usual spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    path: std::cmp::Reverse<usize>,
    name: usize,
    unusual: bool,
}

/// What a key is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The registry.
    pub(super) host: &'a Host,
    /// The repository there, where keys with a path count.
    pub(super) repository: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    /// The whole of `host`: keys with a path are for less than that.
    pub(super) fn host(host: &'a Host) -> Self {
        Self { host, repository: None }
    }

    /// How well `key` fits; `None` when it is for something else.
    pub(super) fn rank(&self, key: &str) -> Option<Rank> {
        self.rank_of_path(key).or_else(|| self.rank_of_host(key))
    }

    /// `host/ns` and `host/ns/repo`, whole components, as podman writes them: without a scheme.
    fn rank_of_path(&self, key: &str) -> Option<Rank> {
        let (host, path) = key.split_once('/')?;
        let rest = self.repository?.strip_prefix(path)?;
        let whole = !path.is_empty() && (rest.is_empty() || rest.starts_with('/'));
        let rank = self.rank_of_host(host).filter(|_| whole)?;
        Some(Rank { path: std::cmp::Reverse(path.len()), ..rank })
    }

    /// By name, as it stands before a scheme or the path of an API was added.
    fn rank_of_host(&self, key: &str) -> Option<Rank> {
        let names = names(self.host);
        let bare = ["https://", "http://"].iter().find_map(|scheme| key.strip_prefix(scheme)).unwrap_or(key);
        let bare = bare.strip_suffix('/').unwrap_or(bare);
        let bare = ["/v1", "/v2"].iter().find_map(|path| bare.strip_suffix(path)).unwrap_or(bare);
        let bare = bare.to_ascii_lowercase();
        let fits = |name: &String| bare == *name || bare.strip_suffix(":443").is_some_and(|bare| bare == name);
        let name = names.iter().position(fits)?;
        let usual = if names.len() > 1 { key == DOCKER_HUB_KEY } else { key == names[name] };
        Some(Rank { path: std::cmp::Reverse(0), name, unusual: !usual })
    }
}

/// What a helper is asked for.
pub(super) fn server_url(host: &Host) -> String {
    if host.is_docker_hub() { DOCKER_HUB_KEY.to_owned() } else { host.to_string() }
}

/// The names that a host has in keys, the most usual first.
fn names(host: &Host) -> Vec<String> {
    if host.is_docker_hub() { DOCKER_HUB_NAMES.map(str::to_owned).to_vec() } else { vec![host.to_string()] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::tests::host;

    #[test]
    fn keys_of_a_repository() {
        let best = |keys: &[&str], name: &str, repository| {
            let host = host(name);
            let wanted = Wanted { host: &host, repository };
            let ranked = keys.iter().filter_map(|key| Some((wanted.rank(key)?, (*key).to_owned())));
            ranked.min_by_key(|(rank, _)| *rank).map(|(_, key)| key)
        };
        let keys = ["ghcr.io", "ghcr.io/team", "ghcr.io/team/app", "https://ghcr.io/other", "localhost:5000/v2"];
        for (name, repository, expected) in [
            ("ghcr.io", Some("team/app"), Some("ghcr.io/team/app")),
            ("ghcr.io", Some("team/app/sub"), Some("ghcr.io/team/app")),
            ("ghcr.io", Some("team/apple"), Some("ghcr.io/team")),
            ("ghcr.io", Some("teams/app"), Some("ghcr.io")),
            ("ghcr.io", Some("other"), Some("ghcr.io")),
            ("ghcr.io", None, Some("ghcr.io")),
            ("ghcr.io:5000", Some("team/app"), None),
            // A namespace of that name, and a registry whose API is meant.
            ("localhost:5000", Some("v2/app"), Some("localhost:5000/v2")),
            ("localhost:5000", Some("app"), Some("localhost:5000/v2")),
        ] {
            assert_eq!(best(&keys, name, repository).as_deref(), expected, "{name} {repository:?}");
        }
        let hub = ["https://index.docker.io/v1/", "docker.io/team"];
        assert_eq!(best(&hub, "docker.io", Some("team/app")).as_deref(), Some("docker.io/team"));
        assert_eq!(best(&hub, "docker.io", Some("library/app")).as_deref(), Some("https://index.docker.io/v1/"));
        assert_eq!(best(&["ghcr.io/", "ghcr.io//"], "ghcr.io", Some("a")).as_deref(), Some("ghcr.io/"));
    }
}
