//! Which proxy a request goes through, for messages: the HTTP library chooses it and does not say which.

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::target::is_loopback;

/// The variables that name a proxy for `https://`, and for `http://`, the first that is set counts (NET-3).
const HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy that stands between us and `url`: its host, and the variable that names it. `set` are the variables that
/// are set. User and password of the proxy are never part of it.
pub(super) fn between(url: &Url, set: &[&str]) -> Option<String> {
    if is_loopback(url) {
        return None;
    }
    // By the library's own rule, NO_PROXY included.
    let proxy = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    let host = proxy.uri().authority()?.as_str();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let names = if url.scheme() == "http" { HTTP } else { HTTPS };
    let origin = names.into_iter().find(|name| set.contains(name)).unwrap_or("the system's settings");
    Some(format!("{host} ({origin})"))
}
