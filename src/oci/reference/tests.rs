use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Reference {
    text.parse().unwrap_or_else(|error: ReferenceError| panic!("{text}: {error} ({:?})", error.hint()))
}

fn slip(text: &str) -> (String, String) {
    match text.parse::<Reference>() {
        Ok(reference) => panic!("{text} was read as {reference}"),
        Err(error) => (error.to_string(), error.hint().unwrap_or_default().to_owned()),
    }
}

fn host(text: &str) -> Host {
    match parse(&format!("oci://{text}/a")).location {
        Location::Registry(repository) => repository.host().clone(),
        Location::Layout(folder) => panic!("{text} is the folder {}", folder.display()),
    }
}

const HEX: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn what_is_written_and_how_it_is_kept() {
    let digest = format!("sha256:{HEX}");
    for (text, kept) in [
        ("oci://ghcr.io/org/app:1.0", "ghcr.io/org/app:1.0".to_owned()),
        ("ghcr.io/org/app:V1", "ghcr.io/org/app:V1".to_owned()),
        ("ghcr.io/org/app", "ghcr.io/org/app".to_owned()),
        ("OCI://GHCR.IO/org/app", "ghcr.io/org/app".to_owned()),
        ("localhost/app", "localhost/app".to_owned()),
        ("localhost:5000/a/b/c:v1", "localhost:5000/a/b/c:v1".to_owned()),
        ("registry:5000/app:_x", "registry:5000/app:_x".to_owned()),
        ("registry:443/app", "registry:443/app".to_owned()),
        ("ghcr.io:443/app", "ghcr.io/app".to_owned()),
        ("[::1]:5000/app", "[::1]:5000/app".to_owned()),
        ("[0:0:0:0:0:0:0:1]/app", "[::1]/app".to_owned()),
        ("docker.io/nginx", "docker.io/library/nginx".to_owned()),
        ("index.docker.io/org/app", "docker.io/org/app".to_owned()),
        ("registry-1.docker.io:443/nginx:1", "docker.io/library/nginx:1".to_owned()),
        ("registry.hub.docker.com/org/app", "registry.hub.docker.com/org/app".to_owned()),
        ("quay.io/a/b/c", "quay.io/a/b/c".to_owned()),
        ("r.io/a__b/c.d/e---f", "r.io/a__b/c.d/e---f".to_owned()),
        ("r.io/a@sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", format!("r.io/a@{digest}")),
        ("oci-layout://bobs", "oci-layout://bobs".to_owned()),
        ("oci-layout://./bobs:1", "oci-layout://./bobs:1".to_owned()),
        ("oci-layout:///var/lib/bobs:1", "oci-layout:///var/lib/bobs:1".to_owned()),
        ("oci-layout:///a:b/my bobs", "oci-layout:///a:b/my bobs".to_owned()),
        ("oci-layout://a:b/:1", "oci-layout://a:b/:1".to_owned()),
        ("oci-layout://a@b/", "oci-layout://a@b/".to_owned()),
    ] {
        assert_eq!(parse(text).to_string(), kept, "{text}");
    }
}

#[test]
fn a_tag_and_a_digest_are_both_kept_and_the_digest_decides() {
    for place in ["ghcr.io/org/app", "oci-layout:///bobs"] {
        let reference = parse(&format!("{place}:1@sha256:{HEX}"));
        assert_eq!(reference.location.to_string(), place);
        assert_eq!(reference.tag, Some("1".parse().unwrap()));
        assert_eq!(reference.version().to_string(), format!("sha256:{HEX}"));
    }
    assert_eq!(parse("ghcr.io/org/app").version(), Version::Tag(Tag::latest()));
}

#[test]
fn a_tag_in_a_layout_follows_the_last_colon_after_the_last_slash() {
    let reference = parse("oci-layout://a:b/c:d:e");
    assert_eq!(reference.location, Location::Layout("a:b/c:d".into()));
    assert_eq!(reference.tag, Some("e".parse().unwrap()));
    let again = parse(&reference.at(&Digest::of(b"{}")));
    assert_eq!((again.location, again.tag), (Location::Layout("a:b/c:d".into()), None));
}

#[test]
fn results_are_printed_ready_for_the_next_tool() {
    let digest: Digest = format!("sha256:{HEX}").parse().unwrap();
    let tag: Tag = "2".parse().unwrap();
    let remote = parse("oci://ghcr.io/org/app:1");
    assert_eq!(remote.at(&digest), format!("ghcr.io/org/app@sha256:{HEX}"));
    assert_eq!(remote.tagged(&tag), "ghcr.io/org/app:2");
    let local = parse("oci-layout://bobs:1");
    assert_eq!(local.at(&digest), format!("oci-layout://bobs@sha256:{HEX}"));
    assert_eq!(local.tagged(&tag), "oci-layout://bobs:2");
}

#[test]
fn docker_hub_has_one_name_and_one_endpoint() {
    for name in ["docker.io", "index.docker.io", "registry-1.docker.io", "Docker.IO"] {
        assert!(host(name).is_docker_hub(), "{name}");
        assert_eq!(
            (host(name).to_string().as_str(), host(name).endpoint().as_str()),
            ("docker.io", "registry-1.docker.io")
        );
    }
    assert_eq!(host("ghcr.io").endpoint(), "ghcr.io");
    assert_eq!(host("localhost:5000").endpoint(), "localhost:5000");
    assert_eq!(host("docker.io:5000").endpoint(), "docker.io:5000");
}

#[test]
fn only_this_machine_is_loopback() {
    for name in ["localhost", "LOCALHOST:5000", "a.localhost", "127.0.0.1:1", "127.9.9.9", "[::1]", "[0::1]:80"] {
        assert!(host(name).is_loopback(), "{name}");
    }
    for name in ["10.0.0.1", "192.168.1.1", "mylocalhost.io", "localhost.io", "[fe80::1]", "128.0.0.1"] {
        assert!(!host(name).is_loopback(), "{name}");
    }
}

/// The mistakes of `registry-client.md` 1.2: input, what the message says, what the hint says.
const SLIPS: &[(&str, &str, &str)] = &[
    ("https://ghcr.io/a/b:1", "drop the scheme", "write oci://ghcr.io/a/b:1"),
    (
        "http://ghcr.io/a/b:1",
        "drop the scheme",
        "write oci://ghcr.io/a/b:1; a registry without TLS takes the flag --plain-http",
    ),
    ("docker://ghcr.io/a/b:1", "oci://", "write oci://ghcr.io/a/b:1"),
    ("ocidir://bobs:1", "oci-layout://", "write oci-layout://bobs:1"),
    ("ftp://ghcr.io/a/b:1", "begins with oci:// or oci-layout://", ""),
    ("oci:/ghcr.io/a", "two slashes", "write oci://ghcr.io/a"),
    ("oci:ghcr.io/a:1", "two slashes", "write oci://ghcr.io/a:1"),
    ("oci:localhost:5000/a", "two slashes", "write oci://localhost:5000/a"),
    ("oci:bobs:1", "oci-layout://DIR:TAG, not oci:DIR:TAG", "write oci-layout://bobs:1"),
    ("oci:bobs.d", "oci-layout://DIR:TAG", "write oci-layout://bobs.d"),
    ("oci:./bobs:1", "oci-layout://DIR:TAG", "write oci-layout://./bobs:1"),
    ("oci:/tmp/bobs:1", "oci-layout://DIR:TAG", "write oci-layout:///tmp/bobs:1"),
    ("oci:bobs:", "oci-layout://DIR:TAG", "write oci-layout://bobs"),
    ("oci-layout:bobs:1", "two slashes", "write oci-layout://bobs:1"),
    ("./bobs:1", "a folder", "write oci-layout://./bobs:1"),
    ("/srv/bobs", "a folder", "write oci-layout:///srv/bobs"),
    ("ghcr.io//a/b", "empty path component at column 9", "write oci://ghcr.io/a/b"),
    ("oci:///a/b", "empty path component at column 7", "a/b"),
    ("oci:///ghcr.io/a/b", "empty path component at column 7", "write oci://ghcr.io/a/b"),
    ("ghcr.io/a/b/", "trailing slash", "write oci://ghcr.io/a/b"),
    ("ghcr.io/a/b:", "tag after ':' is empty", "write oci://ghcr.io/a/b;"),
    ("oci-layout://bobs:", "tag after ':' is empty", "write oci-layout://bobs;"),
    ("ghcr.io/a/b@", "digest after '@' is empty", "write oci://ghcr.io/a/b"),
    ("ghcr.io/a/b:1@", "digest after '@' is empty", "write oci://ghcr.io/a/b:1"),
    ("ghcr.io/Team/App:1", "repository names are lower case; 'T' at column 9", "ghcr.io/team/app:1"),
    ("ghcr.io", "no repository path", "write oci://HOST/REPOSITORY"),
    ("ghcr.io/", "no repository path", "write oci://HOST/REPOSITORY"),
    ("ghcr.io/:1", "no repository path", "write oci://HOST/REPOSITORY"),
    ("ghcr.io:5000", "no repository path", "write oci://HOST/REPOSITORY"),
    ("localhost:5000", "looks like host:port, no repository", "write oci://HOST/REPOSITORY"),
    ("host:99999/a", "port 99999 is out of range", ""),
    ("host:0/a", "port 0 is out of range", ""),
    ("host:x/a", "port at column 6 is not a number", ""),
    ("host.io:/a", "port after ':' is empty", "write oci://host.io/a"),
    ("a/b:1", "no registry host in 'a/b:1'", "write oci://docker.io/a/b:1"),
    ("a/b:1", "no registry host", "ghcr.io/"),
    ("oci://org/app", "no registry host in 'org/app'", "write oci://docker.io/org/app"),
    ("Team/App", "no registry host", "write oci://docker.io/team/app"),
    ("nginx", "no registry host", "write oci://docker.io/library/nginx"),
    ("", "the reference is empty", "oci://HOST/REPOSITORY"),
    ("oci://", "the reference is empty", "write oci://HOST/REPOSITORY"),
    ("oci//r.io/a:1", "a colon is expected after 'oci'", "write oci://r.io/a:1"),
    ("r.io/a/:1", "trailing slash after the repository", "write oci://r.io/a:1"),
    (" r.io/a:1\n", "white space around", "write oci://r.io/a:1"),
    (
        "r.io/a:tag with space",
        "' ' at column 11 is not allowed in a tag",
        "write oci://r.io/a:tag; further tags are given with --tag",
    ),
    ("r.io/a:v1\nv2", "'\\n' at column 10 is not allowed in a tag", "write oci://r.io/a:v1;"),
    ("r.io/my app:1", "' ' at column 8", "write oci://r.io/myapp:1"),
    ("r.io/a:v1+build", "'+' at column 10 is not allowed in a tag", "write oci://r.io/a:v1_build"),
    ("r.io/a:-1", "not with '-'", "write oci://r.io/a:1"),
    ("r.io/a:feature/x", "'/' at column 15 is not allowed in a tag", "write oci://r.io/a:feature-x"),
    ("r.io/a@sha256:ABC", "lower-case hex; expected 64 characters, got 3", ""),
    ("r.io/a@sha256:abc", "lower-case hex; expected 64 characters, got 3", ""),
    ("r.io/a@blake3:abc", "unsupported digest algorithm 'blake3'", ""),
    ("r.io/a@sha256:a b", "' ' at column 16 is not allowed in a digest", ""),
    ("r.io/a@\u{7}:a", "'\\u{7}' at column 8 is not allowed in a digest", ""),
    ("r.io/a@latest", "'@' takes a digest, ':' a tag", "write oci://r.io/a:latest"),
    ("r.io/a:1:2", "two tags, '1' and '2'", "write oci://r.io/a:1; further tags are given with --tag"),
    ("user:pw@r.io/a", "credentials in a reference are refused", "write oci://r.io/a"),
    (
        "oci://user:pw@r.io/a:1",
        "credentials in a reference are refused",
        "write oci://r.io/a:1; give them with --creds, or store them with bobctl login",
    ),
    ("user:pw@r.io", "credentials in a reference are refused", "bobctl login"),
    ("r.io/a?x=1", "'?' at column 7", "write oci://r.io/a"),
    ("r.io/a:1?x=1", "'?' at column 9", "write oci://r.io/a:1"),
    ("r.io/a#frag", "'#' at column 7", "write oci://r.io/a"),
    ("r.io/a\u{7}b", "'\\u{7}' at column 7", ""),
    ("r.io/å/b", "'\\u{e5}' at column 6", ""),
    ("r\u{f6}.io/b", "'\\u{f6}' at column 2 is not allowed in a host name", ""),
    ("r_x.io/b", "'_' at column 2 is not allowed in a host name", ""),
    ("-r.io/b", "no host name", ""),
    ("r..io/b", "no host name", ""),
    ("r.io/../x", "path component '..' at column 6 is not allowed", ""),
    ("r.io/a/./b", "path component '.' at column 8 is not allowed", ""),
    ("r.io/a..b", "path component 'a..b' at column 6 is not allowed", ""),
    ("r.io/a___b", "path component 'a___b' at column 6 is not allowed", ""),
    ("r.io/a-/b", "path component 'a-' at column 6 is not allowed", ""),
    ("r.io/%2e%2e", "path component not allowed: '%' at column 6", ""),
    ("hub.docker.com/r/a/b", "web site hub.docker.com", "write oci://docker.io/a/b"),
    ("https://hub.docker.com/_/nginx:1", "drop the scheme", "write oci://docker.io/library/nginx:1"),
    ("quay.io/repository/a/b", "web site quay.io", "write oci://quay.io/a/b"),
    ("github.com/a/b:1", "web site github.com", "write oci://ghcr.io/a/b:1"),
    ("gitlab.com/a/b/c", "web site gitlab.com", "write oci://registry.gitlab.com/a/b/c"),
    ("fe80::1/x", "put the IPv6 address in brackets", "write oci://[fe80::1]/x"),
    ("[fe80::1%eth0]/x", "zone id is not allowed", ""),
    ("[fe80::1/x", "lacks its ']'", ""),
    ("[fe80::zz]/x", "no IPv6 address", ""),
    ("[::1]5000/x", "':' and a port are expected at column 6", ""),
    ("https://GHCR.io//Team/App:", "drop the scheme", "write oci://ghcr.io/team/app"),
    ("oci-layout://", "folder after oci-layout:// is empty", "oci-layout://DIR"),
    ("oci-layout://:1", "folder after oci-layout:// is empty", "oci-layout://DIR"),
    ("oci-layout://bobs@1", "'@' takes a digest, ':' a tag", "write oci-layout://bobs:1"),
    ("oci-layout://bobs:1+2", "'+' at column 20 is not allowed in a tag", "write oci-layout://bobs:1_2"),
    ("oci-layout://bo\u{0}bs", "control character '\\u{0}' at column 16", ""),
];

fn assert_slip(text: &str, message: &str, hint: &str) {
    let (said, hinted) = slip(text);
    assert!(said.contains(message), "{text:?}: {said:?} does not say {message:?}");
    assert!(hinted.contains(hint), "{text:?}: {hinted:?} does not say {hint:?}");
    assert!(said.chars().chain(hinted.chars()).all(|c| !c.is_control()), "{text:?}: {said:?} {hinted:?}");
}

#[test]
fn each_mistake_gets_its_own_error() {
    for (text, message, hint) in SLIPS {
        assert_slip(text, message, hint);
    }
}

#[test]
fn lengths_and_digests_are_checked() {
    for (text, message, hint) in [
        (format!("ghcr.io@sha256:{HEX}"), "no repository path", "write oci://HOST/REPOSITORY"),
        (format!("r.io/a:{}", "x".repeat(129)), "the tag has 129 characters; at most 128", ""),
        (format!("r.io/a@sha256:{}", HEX.to_uppercase()), "lower-case hex; expected 64 characters, got 64", HEX),
        (format!("r.io/a@SHA256:{HEX}"), "unsupported digest algorithm 'SHA256'", HEX),
        (format!("r.io/{}", "a".repeat(251)), "256 characters together; at most 255", ""),
        (format!("r.io/{HEX}"), "64 hex characters", ""),
    ] {
        assert_slip(&text, message, hint);
    }
    parse(&format!("r.io/{}:{}", "a".repeat(250), "x".repeat(128)));
}

#[test]
fn a_repository_is_read_alone() {
    for (text, kept) in [("oci://ghcr.io/a/b", "ghcr.io/a/b"), ("oci-layout://bobs", "oci-layout://bobs")] {
        assert_eq!(text.parse::<Location>().unwrap().to_string(), kept);
    }
    for (text, message, hint) in [
        ("ghcr.io/a/b:1", "a repository is expected here, without a tag", "write oci://ghcr.io/a/b"),
        ("oci-layout://bobs:1", "without a tag", "write oci-layout://bobs"),
        (&format!("ghcr.io/a/b@sha256:{HEX}"), "without a digest", "write oci://ghcr.io/a/b"),
        ("https://ghcr.io/a/b:1", "drop the scheme", "write oci://ghcr.io/a/b"),
    ] {
        let error = text.parse::<Location>().unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!(error.hint().map(|hint| hint.split(';').next().unwrap()), Some(hint), "{text}");
    }
}

#[test]
fn a_tag_alone_is_mended_as_a_tag() {
    for text in ["1", "_", "v1.0-rc.1", "V1", &"x".repeat(128)] {
        assert_eq!(text.parse::<Tag>().unwrap().as_str(), text);
    }
    for (text, message, hint) in [
        ("", "the tag is empty", "$(git tag)"),
        ("1.0+build.5", "'+' at column 4", "write 1.0_build.5;"),
        ("v1\nv2", "'\\n' at column 3", "write v1; further tags are given with --tag"),
        ("ghcr.io/a/b:1", "'/' at column 8", "write 1"),
        ("app:1", "':' at column 4", "write 1; a tag is given without its repository"),
        ("refs/tags/v1", "'/' at column 5", "write v1"),
        ("refs/heads/feature/x", "'/' at column 5", "write feature-x"),
        (".1", "not with '.'", "write 1"),
        (&"x".repeat(129), "129 characters", ""),
        ("ü", "'\\u{fc}' at column 1", ""),
    ] {
        let error = text.parse::<Tag>().unwrap_err();
        assert!(error.to_string().contains(message), "{text:?}: {error}");
        assert!(error.hint().unwrap_or_default().contains(hint), "{text:?}: {:?}", error.hint());
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in r"(oci://|oci-layout://|https://|)[a-zA-Z0-9./:@\[\]%?# _+ü-]{0,40}") {
        let _ = text.parse::<Reference>();
        let _ = text.parse::<Location>();
        let _ = text.parse::<Tag>();
    }

    #[test]
    fn an_error_is_safe_to_print_whatever_was_given(
        text in r"((oci|oci-layout|https)://|)([a-z.]{1,4}[/:@]){0,3}(sha256:|)(.|\PC|[\x00-\x1f\x7f-\x{9f}]|[a-f0-9]){0,8}"
    ) {
        let errors = [text.parse::<Reference>().err(), text.parse::<Location>().err(), text.parse::<Tag>().err()];
        for error in errors.into_iter().flatten() {
            let shown = format!("{error} {}", error.hint().unwrap_or_default());
            prop_assert!(!shown.contains(char::is_control), "{:?}", shown);
        }
    }

    #[test]
    fn whatever_is_read_is_printed_as_itself(text in r"(oci://|oci-layout://|)[a-b:@./\[\]-]{1,9}/[a-b0-2./:_-]{1,12}(:[a-b.+]{1,3})?") {
        if let Ok(reference) = text.parse::<Reference>() {
            prop_assert_eq!(parse(&reference.to_string()), reference);
        }
    }

    #[test]
    fn a_registry_reference_survives_print_and_parse(
        host in r"([a-zA-Z0-9]{1,8}\.){1,3}[a-z]{2,4}|localhost|\[::1\]|10\.0\.0\.1",
        port in proptest::option::of(1u16..),
        name in r"[a-z0-9]{1,5}(([.]|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,5}){0,3}",
        tag in proptest::option::of(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"),
        digest in proptest::option::of(any::<[u8; 4]>()),
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = digest.map(|bytes| format!("@{}", Digest::of(&bytes))).unwrap_or_default();
        let reference = parse(&format!("oci://{host}{port}/{name}{tag}{digest}"));
        prop_assert_eq!(parse(&reference.to_string()), reference.clone());
        prop_assert_eq!(parse(&reference.url()), reference.clone());
        let end = format!("{name}{tag}{digest}");
        prop_assert!(reference.to_string().ends_with(&end));
    }

    #[test]
    fn a_layout_reference_survives_print_and_parse(
        folder in r"[a-z/.:@ ü-]{0,12}[a-z/]",
        tag in proptest::option::of(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,12}"),
    ) {
        let tag = tag.map(|tag| format!(":{tag}")).unwrap_or_default();
        if let Ok(reference) = format!("oci-layout://{folder}{tag}").parse::<Reference>() {
            prop_assert_eq!(parse(&reference.to_string()), reference);
        }
    }

    #[test]
    fn a_password_is_never_echoed(
        scheme in "(oci://|https://|http://|docker://|)",
        user in "[a-z.]{1,6}",
        before in r"[a-z/:@?#%+ ]{0,4}",
        after in r"[a-z/:@?#%+ ]{0,4}",
        tail in "(/a|/A:1|/a:1:2|//a|/a@latest|/a:|)",
    ) {
        let tail = if before.contains('/') || after.contains('/') { "/a" } else { tail.as_str() };
        let text = format!("{scheme}{user}:{before}s3cret{after}@r.io{tail}");
        let error = text.parse::<Reference>().unwrap_err();
        prop_assert!(!error.to_string().contains("s3cret"), "{}", error);
        prop_assert!(!error.hint().unwrap_or_default().contains("s3cret"), "{:?}", error.hint());
    }
}
