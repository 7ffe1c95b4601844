//! What is told of requests and answers: `--debug`, `BOBCTL_LOG`, a registry's warnings; and what nobody is ever told.

mod secrets;

use regex::Regex;

use crate::support::fault::{Auth, FaultRegistry, GET, HEAD, PUT, on};
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::Sandbox;
use crate::support::story::{pull, push, webapp};

const SECRET: &str = "s3cret-Passw0rd";

/// The lines of a trace without what differs from run to run.
fn settled(stderr: &str) -> String {
    let mut text = stderr.to_owned();
    for (pattern, instead) in [
        (r"127\.0\.0\.1:\d+", "HOST"),
        (r"\d+ ms", "N ms"),
        (r"sha256:[0-9a-f]{64}", "DIGEST"),
        (r"(?m)^(#\d+ < date:).*", "$1 DATE"),
        (r"^bobctl \S+ on \S+:", "bobctl VERSION on OS/ARCH:"),
    ] {
        text = Regex::new(pattern).unwrap().replace_all(&text, instead).into_owned();
    }
    text
}

#[test]
fn a_trace_can_be_pasted_into_a_bug_report() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::builder().auth(Auth::bearer("bob", SECRET)).start();
    let creds = format!("bob:{SECRET}");
    push(&sandbox, &registry.reference("org/app:1"), "bob", &["--creds", &creds]).run().ok();
    let repository = registry.reference("org/app:1");
    let run = sandbox.bobctl(["--debug", "tag", "artifact", &repository, "--tag", "2", "--creds", &creds]).run();
    let expected = "\
bobctl VERSION on OS/ARCH: --debug tag artifact oci://HOST/org/app:1 --tag 2 --creds ***
#1 > GET http://HOST/v2/org/app/manifests/1 at N ms
";
    let trace = settled(run.stderr());
    assert!(trace.starts_with(expected), "{trace}");
    for line in [
        "#1 < 401 Unauthorized, HTTP/1.1, after N ms",
        "#1 < www-authenticate: Bearer realm=\"http://HOST/token\",service=\"fault-registry\",scope=\"repository:org/app:pull\"",
        "#2 > GET http://HOST/token?service=fault-registry&scope=repository:org/app:pull,push at N ms",
        "#2 > authorization: Basic ***",
        "#2 < 200 OK, HTTP/1.1, after N ms",
        "#3 > authorization: Bearer ***",
        "#3 < docker-content-digest: DIGEST",
        "#3 < date: DATE",
        "#4 > PUT http://HOST/v2/org/app/manifests/2 at N ms",
        "#4 > content-type: application/vnd.oci.image.manifest.v1+json",
        "#4 < 201 Created, HTTP/1.1, after N ms",
    ] {
        assert!(trace.lines().any(|shown| shown == line), "{line}\n{trace}");
    }
    let odd: Vec<_> =
        trace.lines().skip(1).filter(|line| !line.starts_with('#') && !line.starts_with("detail: ")).collect();
    assert_eq!(odd, Vec::<&str>::new());
    run.ok();
}

#[test]
fn redirects_errors_and_broken_lines_are_told() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (registry, cdn) = (FaultRegistry::start(), FaultRegistry::start());
    push(&sandbox, &registry.reference("a:1"), "bob", &[]).run().ok();
    registry.fault(on(GET).blob().redirect(&format!("{}/v2/a/blobs/sha256:0?sig={SECRET}", cdn.url())));
    cdn.fault(on(GET).error(403, "EXPIRED"));
    let stderr = pull(&sandbox, &registry.reference("a:1"), "out", &["--debug"]).run().fails(4);
    assert!(!stderr.contains(SECRET), "{stderr}");
    let led = format!("GET {}/v2/a/blobs/sha256:0?sig=… at", cdn.url());
    let line = stderr.lines().find(|line| line.contains(&led)).unwrap_or_else(|| panic!("{stderr}"));
    let (number, rest) = line.split_once(" > ").unwrap();
    let before = rest.rsplit_once("redirected by ").unwrap().1;
    assert!(stderr.contains(&format!("{before} < location: {}/v2/a/blobs/sha256:0?sig=…\n", cdn.url())), "{stderr}");
    assert!(stderr.contains(&format!("{number} < body: EXPIRED: as the test asked\n")), "{stderr}");
    let gone = registry.reference("a:1");
    drop(registry);
    let stderr = pull(&sandbox, &gone, "out", &["--debug"]).run().fails(5);
    let broken = Regex::new(r"(?m)^#1 ! .*127\.0\.0\.1.*, after \d+ ms$").unwrap();
    assert!(broken.is_match(&stderr), "{stderr}");
}

#[test]
fn a_real_registry_is_traced_without_a_secret() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(olareg) = Olareg::start(OlaregOptions::default()) else { return };
    let run = push(&sandbox, &format!("oci://{}/org/app:1", olareg.host()), "bob", &["--debug"]).run();
    assert!(run.stderr().contains("< 201 Created, HTTP/1.1, after "), "{run:?}");
    // The state of an upload is olareg's own affair.
    let states = Regex::new(r"[?&](state|_state|session)=[^…]").unwrap();
    assert!(!states.is_match(run.stderr()), "{run:?}");
    run.ok();
}

#[test]
fn without_debug_nothing_is_traced() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let registry = FaultRegistry::start();
    let traced = |more: &[&str], log: Option<&str>| {
        let command = push(&sandbox, &registry.reference("a:1"), "bob", more);
        let run = log.into_iter().fold(command, |command, value| command.env("BOBCTL_LOG", value)).run();
        let stderr = run.stderr().to_owned();
        run.ok();
        (stderr.contains("\n#1 > "), stderr)
    };
    for (more, log, expected) in [
        (&[][..], None, false),
        (&["-v"], None, false),
        (&["-v"], Some("debug"), false),
        (&["--quiet"], Some("debug"), false),
        (&[], Some("off"), false),
        (&[], Some("verbose"), false),
        (&[], Some("debug"), true),
        (&["--debug"], Some("off"), true),
    ] {
        let (trace, stderr) = traced(more, log);
        assert_eq!(trace, expected, "{more:?} {log:?}: {stderr}");
    }
    let (trace, stderr) = traced(&[], Some("loud"));
    let warning = "warning: BOBCTL_LOG is 'loud', which means nothing: debug, info, verbose and off are known\n";
    assert!(!trace && stderr.starts_with(warning), "{stderr}");
    assert_eq!(traced(&["--quiet"], Some("loud")).1, "");
}

#[test]
fn quiet_and_debug_exclude_each_other() {
    let sandbox = Sandbox::new();
    for words in [
        &["version", "-q", "--debug"][..],
        &["-q", "--debug", "version"],
        &["-q", "version", "--debug"],
        &["--debug", "version", "-q"],
    ] {
        let error = sandbox.bobctl(words).run().fails(2);
        assert!(error.contains("--quiet") && error.contains("--debug"), "{words:?}: {error}");
    }
}

#[test]
fn the_error_is_the_last_document_after_a_trace() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let words = ["describe", "artifact", &registry.reference("a:1"), "--format", "json", "--debug"];
    let stderr = sandbox.bobctl(words).run().fails(3);
    assert!(stderr.contains("\n#1 < 404 Not Found"), "{stderr}");
    let (_, last) = stderr.rsplit_once("\n{\n").unwrap();
    let error: serde_json::Value = serde_json::from_str(&format!("{{\n{last}")).unwrap();
    assert_eq!(error["kind"], "not-found");
}

#[test]
fn a_registry_warns_once_for_each_text_and_changes_nothing() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let (registry, other) = (FaultRegistry::start(), FaultRegistry::start());
    for method in [GET, HEAD, PUT] {
        registry.fault(
            on(method)
                .add_header("warning", r#"299 - "moves to \"r2.io\"", 199 - "not this""#)
                .add_header("warning", "299 - \"tab\there\", 299 proxy \"nor this\""),
        );
    }
    let run = push(&sandbox, &registry.reference("a:1"), "bob", &[]).run();
    let host = registry.host();
    assert_eq!(run.stderr(), format!("warning: {host} says: moves to \"r2.io\"\nwarning: {host} says: tab here\n"));
    let printed = run.ok();
    assert_eq!(push(&sandbox, &registry.reference("a:1"), "bob", &["-q"]).run().stderr(), "");
    assert!(printed.starts_with(&format!("{host}/a@sha256:")), "{printed}");
    // Whoever the registry sends us to does not speak for it.
    registry.heal();
    other.fault(on(GET).add_header("warning", "299 - \"buy\""));
    let nowhere = format!("{}/v2/a/blobs/sha256:{}", other.url(), "0".repeat(64));
    registry.fault(on(GET).blob().redirect(&nowhere));
    let error = pull(&sandbox, &registry.reference("a:1"), "out", &[]).run().fails(3);
    assert!(!error.contains("buy") && other.log().count() > 0, "{error}");
}
