//! The proxy between us and a cluster: the one that the kubeconfig names, as it stands there, else that of the surroundings.
//!
//! The library chooses one too, but compares `NO_PROXY` with the proxy instead of the cluster, whoever named it, and sends
//! loopback through it. No message holds the user and the password of a proxy.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use super::error::ApplyError;

/// The proxy for `cluster`, with its user and password; `named` is what the kubeconfig says.
pub(super) fn between(cluster: &Uri, named: Option<&str>) -> Result<Option<Uri>, ApplyError> {
    let wrong = |problem: &str| ApplyError::Kubeconfig(format!("the proxy of the cluster {problem}"));
    let text = match named {
        Some(text) => Some(text.to_owned()),
        None if is_loopback(cluster) => None,
        None => Matcher::from_system().intercept(cluster).map(|proxy| with_login(&proxy)),
    };
    let Some(text) = text else { return Ok(None) };
    // The names of a cluster are always looked up by the proxy, which is what the `h` asks for.
    let text = text.replacen("socks5h://", "socks5://", 1);
    let proxy: Uri = text.parse().map_err(|_| wrong("is no URL"))?;
    match proxy.scheme_str() {
        Some("socks5") if text.contains('@') => {
            Err(wrong("is a SOCKS proxy with a password, which bobctl cannot log in to"))
        }
        Some("http" | "https" | "socks5") => Ok(Some(proxy)),
        _ => Err(wrong("is none of http://, https:// and socks5://")),
    }
}

fn is_loopback(cluster: &Uri) -> bool {
    let host = cluster.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// The URL as it was in the environment: the library wants the login in it, each byte escaped.
fn with_login(proxy: &Intercept) -> String {
    let basic =
        proxy.basic_auth().and_then(|header| STANDARD.decode(header.to_str().ok()?.strip_prefix("Basic ")?).ok());
    let raw = proxy.raw_auth().map(|(user, password)| format!("{user}:{password}").into_bytes());
    let login = basic.or(raw).map_or_else(String::new, |login| {
        let mut escaped = String::new();
        for byte in login {
            // Writing into a string never fails.
            let _ = write!(escaped, "%{byte:02X}");
        }
        escaped + "@"
    });
    let (scheme, host) = (proxy.uri().scheme_str(), proxy.uri().authority());
    format!("{}://{login}{}", scheme.unwrap_or("http"), host.map_or("", |host| host.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_of_the_kubeconfig_is_taken_as_it_is() {
        let cluster = Uri::from_static("https://127.0.0.1:6443");
        assert_eq!(between(&cluster, None).expect("none"), None, "loopback is never proxied by the surroundings");
        for (named, taken) in [
            ("http://127.0.0.1:3128", "http://127.0.0.1:3128/"),
            ("https://bob:hunter22@proxy.example.com", "https://bob:hunter22@proxy.example.com/"),
            ("socks5://localhost:1080", "socks5://localhost:1080/"),
            ("socks5h://localhost:1080", "socks5://localhost:1080/"),
        ] {
            let proxy = between(&cluster, Some(named)).expect("a proxy").expect("a proxy");
            assert_eq!(proxy.to_string(), taken);
        }
        for named in
            ["socks4://bob:hunter22@localhost", "socks5://bob:hunter22@localhost", "bob:hunter22@localhost", "h t"]
        {
            let error = between(&cluster, Some(named)).expect_err("no proxy").to_string();
            assert!(error.starts_with("the proxy of the cluster is ") && !error.contains("hunter22"), "{error}");
        }
    }

    #[test]
    fn the_login_of_a_proxy_of_the_surroundings_is_kept() {
        for (set, kept) in [
            ("proxy.example.com:3128", "http://proxy.example.com:3128"),
            ("http://bob:p%40ss@proxy.example.com", "http://%62%6F%62%3A%70%40%73%73@proxy.example.com"),
            ("socks5://bob:x@proxy.example.com", "socks5://%62%6F%62%3A%78@proxy.example.com"),
        ] {
            let proxy = Matcher::builder().all(set).build().intercept(&Uri::from_static("https://k")).expect("a proxy");
            assert_eq!(with_login(&proxy), kept);
            assert!(kept.parse::<Uri>().is_ok(), "{kept}");
        }
    }
}
