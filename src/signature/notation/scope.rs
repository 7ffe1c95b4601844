//! Registry scopes: `*`, or one repository each, by its exact name.

use std::sync::LazyLock;

use regex::Regex;

use super::problem::Problem;

/// The scope of every repository that no other statement names.
pub(super) const WILDCARD: &str = "*";
/// How Flux, and the libraries below it, name Docker Hub.
const DOCKER_HUB: &str = "index.docker.io";

/// A host with or without a port, a slash, and a repository in lower case: as notation reads scopes.
static SCOPE: LazyLock<Regex> = LazyLock::new(|| {
    let label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
    let component = "[a-z0-9]+(?:(?:[._]|__|-*)[a-z0-9]+)*";
    let pattern = format!(r"^{label}(?:\.{label})*(?::[0-9]+)?/{component}(?:/{component})*$");
    #[expect(clippy::expect_used, reason = "the pattern is fixed, and every test of scopes compiles it")]
    Regex::new(&pattern).expect("a valid pattern")
});

/// Check one scope's form.
pub(super) fn check(scope: &str) -> Result<(), Problem> {
    if scope == WILDCARD || SCOPE.is_match(scope) {
        return Ok(());
    }
    let advice = match mended(scope) {
        _ if scope.contains('*') => {
            "name each repository; '*' stands alone and means all that no statement names".to_owned()
        }
        Some(mended) => format!("write '{mended}'"),
        None => "write HOST/REPOSITORY, as in 'ghcr.io/acme/app'".to_owned(),
    };
    Err(Problem::new(format!("the registry scope '{scope}' is not HOST[:PORT]/REPOSITORY"), advice))
}

/// The scope without a scheme, tag and digest, in lower case, if that makes it one.
fn mended(scope: &str) -> Option<String> {
    let place = scope.split_once("://").map_or(scope, |(_, place)| place);
    let place = place.split('@').next()?.trim().trim_end_matches('/');
    let (host, repository) = place.split_once('/')?;
    let repository = repository.rsplit_once(':').map_or(repository, |(repository, _)| repository);
    let mended = format!("{host}/{}", repository.to_lowercase());
    SCOPE.is_match(&mended).then_some(mended)
}

/// Why a scope of the right form never matches in a cluster.
pub(super) fn doubt(scope: &str) -> Option<String> {
    let (host, repository) = scope.split_once('/')?;
    let library = if repository.contains('/') { "" } else { "library/" };
    let hub = format!("{DOCKER_HUB}/{library}{repository}");
    let never = format!("the registry scope '{scope}' never matches in a cluster");
    if !host.contains(['.', ':']) && host != "localhost" {
        return Some(format!("{never}: it has no host; write '{DOCKER_HUB}/{scope}' if it is on Docker Hub"));
    }
    if ["docker.io", DOCKER_HUB].contains(&host) && hub != scope {
        return Some(format!("{never}: Flux names it '{hub}'"));
    }
    if host.rsplit_once(':').is_some_and(|(_, port)| !port.parse::<u16>().is_ok_and(|port| port > 0)) {
        return Some(format!("{never}: it has a port that does not exist; ports are 1 to 65535"));
    }
    if host != host.to_lowercase() {
        return Some(format!(
            "the registry scope '{scope}' only matches references with the host in the same capitals"
        ));
    }
    None
}
