//! Where a registry may send us: redirects, upload locations, token realms and the next page of a listing.
//!
//! A server's answer names addresses, and not each of them is good to follow: one may leave TLS, one may lead into the
//! network that this machine is in (HTTP-3, HTTP-32, HTTP-61, AUTH-3, SEC-7). The rules are here, free of I/O; who
//! sends a credential asks [`same_origin`] first.

use reqwest::Url;

use super::endpoint::{shown, strip_user};
use super::zone::{self, Zone};

/// What is wrong with an address inside somebody's network.
const INSIDE: &str = "it leads into this machine's own network, where the registry is not";

/// Why an address is not followed, for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotFollowed(String);

/// Whether scheme, host and port are the same: the reach of a credential.
pub(super) fn same_origin(left: &Url, right: &Url) -> bool {
    left.scheme() == right.scheme() && same_host(left, right) && port(left) == port(right)
}

/// Whether the host is the same, whatever the port.
pub(super) fn same_host(left: &Url, right: &Url) -> bool {
    left.host_str() == right.host_str()
}

/// Whether `url` is on this machine by its name: `localhost`, `*.localhost`, 127/8 or `[::1]`.
pub(super) fn is_loopback(url: &Url) -> bool {
    zone::of(url) == Zone::Loopback
}

/// The root of the protocol at `registry`.
pub(super) fn root(registry: &Url) -> Url {
    let mut url = registry.clone();
    url.set_path("/v2/");
    url
}

/// The target of a redirect from `from` that began at the registry `registry` (HTTP-3).
pub(super) fn redirect(registry: &Url, from: &Url, location: &str) -> Result<Url, NotFollowed> {
    let target = resolve(from, location)?;
    if from.scheme() == "https" && target.scheme() == "http" {
        return Err(refused(&target, "it leaves TLS"));
    }
    in_reach(registry, &target)?;
    Ok(target)
}

/// Where an upload goes on, from the `Location` of an answer to `asked` (HTTP-31, HTTP-32).
///
/// A registry behind a proxy often names its host with the wrong scheme or without the port: then ours are right.
pub(super) fn upload(registry: &Url, asked: &Url, location: &str) -> Result<Url, NotFollowed> {
    let mut target = resolve(asked, location)?;
    if same_host(registry, &target) {
        let another_port = target.port().is_some() && port(&target) != port(registry);
        let leaves_tls = registry.scheme() == "https" && target.scheme() == "http";
        if !another_port || leaves_tls {
            move_to(&mut target, registry);
        }
        // Else a stranger would say what is written or deleted there with our credentials.
        if same_origin(registry, &target) && !same_origin(registry, asked) {
            return Err(refused(&target, "another server sends it back to the registry"));
        }
        return Ok(target);
    }
    if target.scheme() != "https" {
        return Err(refused(&target, "it is plain HTTP on another host"));
    }
    in_reach(registry, &target)?;
    Ok(target)
}

/// The next page of a listing (HTTP-61): on the registry itself or nowhere.
pub(super) fn page(registry: &Url, asked: &Url, link: &str) -> Result<Url, NotFollowed> {
    let mut target = resolve(asked, link)?;
    if !same_host(registry, &target) {
        return Err(refused(&target, "the next page is on another host"));
    }
    move_to(&mut target, registry);
    Ok(target)
}

/// A token service (AUTH-3). `plain` says that the user allowed plain HTTP for this registry.
pub(super) fn realm(registry: &Url, realm: &str, plain: bool) -> Result<Url, NotFollowed> {
    let target = resolve(registry, realm)?;
    let near = same_host(registry, &target) || is_loopback(&target) || plain;
    match target.scheme() {
        "http" if registry.scheme() != "http" || !near => {
            return Err(refused(&target, "credentials are not sent over plain HTTP"));
        }
        _ => in_reach(registry, &target)?,
    }
    // Credentials go to an address in a private network only where the registry itself has the same one.
    if zone::of(&target) == Zone::Private && !same_host(registry, &target) {
        return Err(refused(&target, INSIDE));
    }
    Ok(target)
}

fn resolve(base: &Url, location: &str) -> Result<Url, NotFollowed> {
    let mut target = base.join(location.trim()).map_err(|error| NotFollowed(format!("not an address ({error})")))?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(NotFollowed(format!("the scheme '{}' is not HTTP", target.scheme())));
    }
    strip_user(&mut target);
    target.set_fragment(None);
    Ok(target)
}

/// An address literal inside somebody's network is followed only from a registry in the same place, and that of a
/// cloud's metadata never (SEC-7).
fn in_reach(registry: &Url, target: &Url) -> Result<(), NotFollowed> {
    match zone::of(target) {
        Zone::Public => Ok(()),
        Zone::Metadata => Err(refused(target, "it is where a cloud keeps the credentials of its machines")),
        _ if same_host(registry, target) => Ok(()),
        there @ (Zone::Loopback | Zone::Private) if there == zone::of(registry) => Ok(()),
        Zone::Loopback | Zone::Private | Zone::LinkLocal => Err(refused(target, INSIDE)),
    }
}

fn refused(target: &Url, why: &str) -> NotFollowed {
    NotFollowed(format!("{}: {why}", shown(target)))
}

fn move_to(target: &mut Url, registry: &Url) {
    // Both are HTTP addresses with a host, for which neither can fail.
    let _ = target.set_scheme(registry.scheme());
    let _ = target.set_port(registry.port());
}

fn port(url: &Url) -> Option<u16> {
    url.port_or_known_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is done with an address that a registry names.
    type Way = fn(&Url, &str) -> Result<Url, NotFollowed>;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// The address that is followed, or the reason why none is.
    fn outcome(result: Result<Url, NotFollowed>) -> String {
        result.map_or_else(|why| format!("refused {why}"), |target| target.to_string())
    }

    fn assert_matches(got: &str, expected: &str, what: &str) {
        let fits = if expected.starts_with("refused") {
            got.contains(&expected[8..]) && got.starts_with("refused")
        } else {
            got == expected
        };
        assert!(fits, "{what}: {got}, expected {expected}");
    }

    #[test]
    fn an_upload_goes_on_where_the_registry_says_if_that_is_safe() {
        for (registry, location, expected) in [
            // Relative, and opaque state that is not ours to rewrite.
            (
                "https://r.io",
                "/v2/a/blobs/uploads/1?_state=x%2Fy+z%3d",
                "https://r.io/v2/a/blobs/uploads/1?_state=x%2Fy+z%3d",
            ),
            ("https://r.io", "1", "https://r.io/v2/a/blobs/uploads/1"),
            // Behind a proxy: http, a lost port, an inner port.
            ("https://r.io", "http://r.io/u/1", "https://r.io/u/1"),
            ("https://r.io:8443", "http://r.io/u/1", "https://r.io:8443/u/1"),
            ("https://r.io:8443", "https://r.io/u/1", "https://r.io:8443/u/1"),
            ("https://r.io", "http://r.io:5000/u/1", "https://r.io/u/1"),
            ("http://localhost:5000", "https://localhost/u/1", "http://localhost:5000/u/1"),
            // Another port that is named is another origin.
            ("https://r.io", "https://r.io:9443/u/1", "https://r.io:9443/u/1"),
            ("https://r.io", "https://s3.io/u/1?sig=a", "https://s3.io/u/1?sig=a"),
            ("https://r.io", "http://s3.io/u/1", "refused plain HTTP on another host"),
            ("http://r.io", "http://s3.io/u/1", "refused plain HTTP on another host"),
            ("https://r.io", "https://169.254.169.254/u", "refused a cloud keeps"),
            ("https://r.io", "https://10.0.0.1/u", "refused own network"),
            ("https://10.0.0.2", "https://10.0.0.1/u", "https://10.0.0.1/u"),
            ("https://r.io", "file:///etc/passwd", "refused not HTTP"),
            ("https://r.io", "https://user:pw@r.io/u", "https://r.io/u"),
            ("https://r.io", "https://", "refused not an address"),
        ] {
            let asked = url(&format!("{registry}/v2/a/blobs/uploads/"));
            assert_matches(&outcome(upload(&url(registry), &asked, location)), expected, location);
        }
    }

    #[test]
    fn an_upload_that_went_elsewhere_does_not_come_back() {
        let registry = url("https://r.io");
        for (asked, location, expected) in [
            ("https://s3.io/u/1", "2", "https://s3.io/u/2"),
            ("https://r.io:9443/u/1", "/u/2", "https://r.io:9443/u/2"),
            ("https://s3.io/u/1", "https://r.io/v2/a/manifests/latest", "refused back to the registry"),
            ("https://s3.io/u/1", "http://r.io:5000/v2/a/manifests/latest", "refused back to the registry"),
            ("https://r.io:9443/u/1", "https://r.io/u/2", "refused back to the registry"),
        ] {
            assert_matches(&outcome(upload(&registry, &url(asked), location)), expected, location);
        }
    }

    #[test]
    fn no_answer_leads_into_a_network_where_the_registry_is_not() {
        let ways: [(&str, Way); 4] = [
            ("redirect", |registry, to| redirect(registry, registry, to)),
            ("redirect of a redirect", |registry, to| redirect(registry, &url("https://cdn.example"), to)),
            ("upload", |registry, to| upload(registry, registry, to)),
            ("realm", |registry, to| realm(registry, to, false)),
        ];
        let places = "cdn.example localhost:1 127.0.0.1:1 [::1]:1 10.0.0.1 192.168.0.1 100.64.0.1 [fd00::1] [::ffff:10.0.0.1] \
                      169.254.7.7 [fe80::7] 0.0.0.0 [::] 169.254.169.254 [fd00:ec2::254] 100.100.100.200 \
                      metadata.google.internal 0xa9fea9fe";
        for (registry, reached) in [
            ("https://r.io", "cdn.example"),
            ("https://localhost:5000", "cdn.example localhost:1 127.0.0.1:1 [::1]:1"),
            ("https://127.0.0.1:5000", "cdn.example localhost:1 127.0.0.1:1 [::1]:1"),
            ("https://10.9.9.9", "cdn.example 10.0.0.1 192.168.0.1 100.64.0.1 [fd00::1] [::ffff:10.0.0.1]"),
            ("https://[fd12::1]", "cdn.example 10.0.0.1 192.168.0.1 100.64.0.1 [fd00::1] [::ffff:10.0.0.1]"),
            ("https://169.254.9.9", "cdn.example"),
            ("https://0.0.0.0:5000", "cdn.example 0.0.0.0"),
            ("https://100.100.100.200:5000", "cdn.example"),
        ] {
            for place in places.split_whitespace() {
                let to = format!("https://user:pw@{place}/x?y=z");
                for (name, way) in ways {
                    let own = name == "upload" && same_host(&url(registry), &url(&to));
                    let followed = outcome(way(&url(registry), &to));
                    // Credentials go into a private network only to the registry's own address.
                    let private = name == "realm" && zone::of(&url(&to)) == Zone::Private;
                    let expected = own || (!private && reached.split_whitespace().any(|reached| reached == place));
                    assert_eq!(followed.starts_with("https://"), expected, "{registry} {name} to {place}: {followed}");
                    assert!(!followed.contains("pw"), "{followed}");
                }
                let own = same_host(&url(registry), &url(&to));
                assert_eq!(page(&url(registry), &url(registry), &to).is_ok(), own, "{registry} {place}");
            }
        }
    }

    #[test]
    fn a_redirect_never_leaves_tls_nor_enters_the_network() {
        for (registry, location, expected) in [
            ("https://r.io", "https://cdn.io/x?sig=a%20b+c%2F", "https://cdn.io/x?sig=a%20b+c%2F"),
            ("https://r.io", "/other", "https://r.io/other"),
            ("https://r.io", "http://cdn.io/x", "refused leaves TLS"),
            ("http://r.io", "https://r.io/x", "https://r.io/x"),
            ("http://r.io", "http://cdn.io/x", "http://cdn.io/x"),
            ("https://r.io", "https://localhost/x", "refused own network"),
            ("https://r.io", "https://sub.localhost./x", "refused own network"),
            ("https://r.io", "https://[::1]/x", "refused own network"),
            ("https://r.io", "https://[::ffff:10.0.0.1]/x", "refused own network"),
            ("https://r.io", "https://[fe80::1]/x", "refused own network"),
            ("https://r.io", "https://[fd00::1]/x", "refused own network"),
            ("https://r.io", "https://0x7f.1/x", "refused own network"),
            ("https://r.io", "https://2130706433/x", "refused own network"),
            ("https://r.io", "https://0.0.0.0/x", "refused own network"),
            ("https://r.io", "https://100.64.0.1/x", "refused own network"),
            ("https://169.254.1.1", "https://169.254.1.2/x", "refused own network"),
            ("https://169.254.1.1", "https://169.254.169.254/x", "refused a cloud keeps"),
            ("https://169.254.169.254", "https://169.254.169.254/x", "refused a cloud keeps"),
            ("https://r.io", "https://cdn.io./x", "https://cdn.io./x"),
            ("http://127.0.0.1:5000", "http://localhost:9000/x", "http://localhost:9000/x"),
            ("http://127.0.0.1:5000", "http://10.0.0.1/x", "refused own network"),
        ] {
            let registry = url(registry);
            assert_matches(&outcome(redirect(&registry, &registry, location)), expected, location);
        }
    }

    #[test]
    fn a_realm_gets_credentials_only_over_a_safe_line() {
        for (registry, text, plain, expected) in [
            ("https://r.io", "https://auth.io/token?a=b", false, "https://auth.io/token?a=b"),
            ("https://r.io", "/token", false, "https://r.io/token"),
            ("https://r.io", "null://r.io/token", false, "refused not HTTP"),
            ("https://r.io", "http://r.io/token", false, "refused plain HTTP"),
            ("https://r.io", "https://127.0.0.1/token", false, "refused own network"),
            ("http://localhost:5000", "http://localhost:5001/token", false, "http://localhost:5001/token"),
            ("http://localhost:5000", "http://auth.io/token", false, "refused plain HTTP"),
            ("http://r.io", "http://auth.io/token", true, "http://auth.io/token"),
            // What a path leads to from the root, and a line without a scheme of its own.
            ("https://r.io", "token?x=1", false, "https://r.io/token?x=1"),
            ("https://r.io", "//auth.io/token", false, "https://auth.io/token"),
            // Another port of the registry is another origin, and a realm like any other.
            ("https://r.io:5000", "https://r.io:5001/token", false, "https://r.io:5001/token"),
            ("https://10.0.0.1:5000", "https://10.0.0.1/token", false, "https://10.0.0.1/token"),
            ("https://10.0.0.1", "https://10.0.0.2/token", false, "refused own network"),
            ("https://127.0.0.1:5000", "https://localhost:5001/token", false, "https://localhost:5001/token"),
            ("http://r.io", "http://r.io:5001/token", false, "http://r.io:5001/token"),
            ("https://r.io", "http://auth.io/token", true, "refused plain HTTP"),
            ("https://r.io", "https://me:pw@auth.io/token", false, "https://auth.io/token"),
            ("https://r.io", "gopher://r.io/token", false, "refused not HTTP"),
            ("https://r.io", "javascript:alert(1)", false, "refused not HTTP"),
            ("https://r.io", "https://", false, "refused not an address"),
        ] {
            assert_matches(&outcome(realm(&url(registry), text, plain)), expected, text);
        }
    }

    #[test]
    fn no_spelling_of_an_inner_address_gets_credentials() {
        let inside = [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "10.1.2.3",
            "012.0.0.1",
            "0xa.1",
            "167772161",
            "172.16.0.1",
            "192.168.1.1",
            "192.168.257",
            "100.64.0.1",
            "169.254.1.1",
            "224.0.0.1",
            "255.255.255.255",
            "%31%30.0.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[::10.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:a00:1::]",
            "[2002:7f00:1::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[fec0::1]",
            "[ff02::1]",
        ];
        let metadata = [
            "169.254.169.254",
            "169.254.169.254.",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:a9fe:a9fe::1]",
            "169.254.170.2",
            "100.100.100.200",
            "[fd00:ec2::254]",
        ];
        for (host, why) in inside.iter().map(|host| (host, INSIDE)).chain(metadata.iter().map(|host| (host, "a cloud")))
        {
            let address = format!("https://{host}/token");
            assert_matches(&outcome(realm(&url("https://r.io"), &address, true)), &format!("refused {why}"), host);
            assert_matches(
                &outcome(redirect(&url("https://r.io"), &url("https://r.io"), &address)),
                &format!("refused {why}"),
                host,
            );
            assert_matches(
                &outcome(upload(&url("https://r.io"), &url("https://r.io"), &address)),
                &format!("refused {why}"),
                host,
            );
        }
        for host in
            ["8.8.8.8", "[2606:4700::1111]", "[64:ff9b::808:808]", "localhost.example.com", "10.0.0.1.example.com"]
        {
            let address = format!("https://{host}/token");
            assert!(realm(&url("https://r.io"), &address, false).is_ok(), "{host}");
        }
    }

    #[test]
    fn the_next_page_stays_at_home() {
        let registry = url("https://r.io:8443");
        let asked = url("https://r.io:8443/v2/a/tags/list?n=2");
        for (link, expected) in [
            ("/v2/a/tags/list?last=b&n=2", "https://r.io:8443/v2/a/tags/list?last=b&n=2"),
            ("?last=b", "https://r.io:8443/v2/a/tags/list?last=b"),
            ("http://r.io/v2/a/tags/list?last=b", "https://r.io:8443/v2/a/tags/list?last=b"),
            ("https://evil.io/v2/a/tags/list", "refused another host"),
        ] {
            assert_matches(&outcome(page(&registry, &asked, link)), expected, link);
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for (left, right, same) in [
            ("https://r.io/a", "https://r.io:443/b", true),
            ("https://r.io", "http://r.io", false),
            ("https://r.io", "https://r.io:444", false),
            ("https://r.io", "https://x.r.io", false),
        ] {
            assert_eq!(same_origin(&url(left), &url(right)), same, "{left} {right}");
        }
    }
}
