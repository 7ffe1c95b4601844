//! Which proxy a request goes through (NET-3): the environment's rule, which its reader fills in. No I/O.
//!
//! The HTTP library has a rule of its own, which does not know ports in `NO_PROXY` and takes no proxy at all in a CGI
//! program. So it is told by this one, and messages cannot say otherwise.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

use super::target::is_loopback;
use crate::store::{Fault, StoreError};

/// A proxy as it was named: the variable, and its value, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Named {
    /// The variable.
    pub variable: &'static str,
    /// Its value: `[http://][USER:PASSWORD@]HOST[:PORT]`.
    pub address: String,
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Named").field("variable", &self.variable).finish_non_exhaustive()
    }
}

/// Which proxies there are. This machine itself is never reached through one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For registries that speak TLS.
    pub https: Option<Named>,
    /// For those that do not.
    pub http: Option<Named>,
    /// What is reached without one, as in `NO_PROXY`: hosts with all below them, addresses, networks as `10.0.0.0/8`,
    /// each with a port or without; `*` for everything.
    pub except: String,
}

/// The proxy that stands between us and a registry.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Through {
    /// Where it is, user and password included.
    pub(super) url: Url,
    variable: &'static str,
}

/// Its host and the variable that names it: nothing of user and password.
impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.url.host_str().unwrap_or_default())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        write!(f, " ({})", self.variable)
    }
}

impl Proxies {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.https.is_none() && self.http.is_none()
    }

    /// The proxy for `url`. One that is named but cannot be used is an error: nobody wants it to be passed by.
    pub(super) fn between(&self, url: &Url) -> Result<Option<Through>, StoreError> {
        let named = if url.scheme() == "http" { &self.http } else { &self.https };
        let Some(named) = named.as_ref().filter(|_| !is_loopback(url) && !self.passes_by(url)) else { return Ok(None) };
        let address = named.address.trim();
        let address = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let usable = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        match Url::parse(&address).ok().filter(usable) {
            Some(url) => Ok(Some(Through { url, variable: named.variable })),
            None => Err(unusable(named.variable)),
        }
    }

    fn passes_by(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else { return false };
        let host = bare(host);
        let port = url.port_or_known_default();
        let entries = self.except.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        entries.into_iter().any(|entry| entry == "*" || covers(entry, &host, port))
    }
}

/// Without brackets and the dot at the end, in lower case.
fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase()
}

fn covers(entry: &str, host: &str, port: Option<u16>) -> bool {
    let (name, only) = split_port(entry);
    if only.is_some() && only != port {
        return false;
    }
    let name = bare(name);
    match host.parse::<IpAddr>() {
        Ok(address) => holds(&name, address.to_canonical()),
        Err(_) => is_or_is_below(host, name.trim_start_matches('*').trim_start_matches('.')),
    }
}

/// `HOST:PORT`, unless the colons are those of an IPv6 address.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if name.ends_with(']') || !name.contains(':') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (entry, None),
        },
        _ => (entry, None),
    }
}

/// Whether `address` is the one in `entry`, or in its network.
fn holds(entry: &str, address: IpAddr) -> bool {
    let Some((network, length)) = entry.split_once('/') else {
        return entry.parse::<IpAddr>().is_ok_and(|entry| entry.to_canonical() == address);
    };
    let (Ok(network), Ok(length)) = (network.parse::<IpAddr>(), length.parse::<u32>()) else { return false };
    let equal = |ours: u128, theirs: u128, bits: u32| {
        length <= bits && (ours ^ theirs).checked_shr(bits - length).unwrap_or_default() == 0
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => equal(network.to_bits().into(), address.to_bits().into(), 32),
        (IpAddr::V6(network), IpAddr::V6(address)) => equal(network.to_bits(), address.to_bits(), 128),
        _ => false,
    }
}

fn is_or_is_below(host: &str, domain: &str) -> bool {
    !domain.is_empty() && host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn unusable(variable: &str) -> StoreError {
    let hint = "it is written http://HOST:PORT or https://HOST:PORT; hosts in NO_PROXY are reached without it";
    StoreError::Refused(Fault::new(format!("{variable} names no proxy that bobctl can speak to")).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(address: &str) -> Named {
        Named { variable: "HTTPS_PROXY", address: address.to_owned() }
    }

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn what_is_reached_without_a_proxy() {
        for (except, registry, direct) in [
            ("", "https://r.io", false),
            ("*", "https://r.io", true),
            ("r.io", "https://r.io", true),
            ("R.io", "https://r.IO", true),
            ("r.io", "https://a.b.r.io", true),
            ("r.io", "https://other.io", false),
            ("r.io", "https://notr.io", false),
            (".r.io", "https://a.r.io", true),
            (".r.io", "https://r.io", true),
            ("*.r.io", "https://a.r.io", true),
            ("io", "https://r.io", true),
            (".", "https://r.io", false),
            ("x.io, r.io", "https://r.io", true),
            ("x.io r.io\t", "https://r.io", true),
            (",,", "https://r.io", false),
            ("r.io.", "https://r.io", true),
            ("r.io:443", "https://r.io", true),
            ("r.io:5000", "https://r.io", false),
            ("r.io:5000", "https://a.r.io:5000", true),
            ("r.io:80", "http://r.io", true),
            ("r.io:port", "https://r.io", false),
            ("192.0.2.7", "https://192.0.2.7", true),
            ("192.0.2.7:5000", "https://192.0.2.7:5000", true),
            ("192.0.2.7:5000", "https://192.0.2.7", false),
            ("192.0.2.0/24", "https://192.0.2.7", true),
            ("192.0.2.0/24:5000", "https://192.0.2.7:5000", true),
            ("192.0.2.0/24", "https://192.0.3.7", false),
            ("192.0.2.6/31", "https://192.0.2.7", true),
            ("192.0.2.7/32", "https://192.0.2.6", false),
            ("0.0.0.0/0", "https://192.0.2.7", true),
            ("0.0.0.0/33", "https://192.0.2.7", false),
            ("192.0.2.0/24", "https://r.io", false),
            ("2.7", "https://192.0.2.7", false),
            ("2001:db8::/32", "https://[2001:db8::1]", true),
            ("2001:db8::/32", "https://[2001:db9::1]", false),
            ("::/0", "https://[2001:db9::1]", true),
            ("2001:db8::1", "https://[2001:db8::1]:5000", true),
            ("[2001:db8::1]:5000", "https://[2001:db8::1]:5000", true),
            ("[2001:db8::1]:5000", "https://[2001:db8::1]", false),
            ("192.0.2.0/24", "https://[2001:db8::1]", false),
            ("192.0.2.0/24", "https://[::ffff:192.0.2.1]", true),
        ] {
            let proxies = Proxies {
                https: Some(named("proxy:3128")),
                http: Some(named("proxy:3128")),
                except: except.to_owned(),
            };
            assert_eq!(proxies.between(&url(registry)).unwrap().is_none(), direct, "{except:?} {registry}");
        }
    }

    #[test]
    fn this_machine_is_never_reached_through_a_proxy() {
        let proxies = Proxies { https: Some(named("proxy")), http: Some(named("proxy")), except: String::new() };
        for host in ["localhost", "a.localhost:5000", "127.0.0.1:5000", "127.1.2.3", "[::1]:5000"] {
            for scheme in ["http", "https"] {
                assert!(proxies.between(&url(&format!("{scheme}://{host}"))).unwrap().is_none(), "{scheme} {host}");
            }
        }
    }

    #[test]
    fn a_proxy_is_shown_without_user_and_password() {
        for (address, reached, shown) in [
            ("proxy", "http://proxy/", "proxy (HTTPS_PROXY)"),
            ("proxy:3128", "http://proxy:3128/", "proxy:3128 (HTTPS_PROXY)"),
            (" http://proxy:3128/ ", "http://proxy:3128/", "proxy:3128 (HTTPS_PROXY)"),
            ("https://proxy", "https://proxy/", "proxy (HTTPS_PROXY)"),
            ("me:p%40ss@proxy:3128", "http://me:p%40ss@proxy:3128/", "proxy:3128 (HTTPS_PROXY)"),
            ("http://me:p@ss@[::1]:3128", "http://me:p%40ss@[::1]:3128/", "[::1]:3128 (HTTPS_PROXY)"),
        ] {
            let proxies = Proxies { https: Some(named(address)), ..Proxies::default() };
            let through = proxies.between(&url("https://r.io")).unwrap().unwrap();
            assert_eq!((through.url.as_str(), through.to_string().as_str()), (reached, shown));
            assert_eq!(format!("{:?}", proxies.https), r#"Some(Named { variable: "HTTPS_PROXY", .. })"#);
            assert!(proxies.between(&url("http://r.io")).unwrap().is_none(), "it is for TLS alone");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_not_passed_by() {
        for address in ["socks5://me:hunter2@proxy:1080", "http://me:hunter2@", "me:hunter2@proxy:port", "::hunter2"] {
            let proxies = Proxies { https: Some(named(address)), ..Proxies::default() };
            let Err(error) = proxies.between(&url("https://r.io")) else { panic!("{address}") };
            assert!(error.to_string().starts_with("HTTPS_PROXY names no proxy"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
            let direct = Proxies { except: "r.io".to_owned(), ..proxies };
            assert!(direct.between(&url("https://r.io")).unwrap().is_none());
        }
    }
}
