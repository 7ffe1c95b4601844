//! What flags say about each of two references, and which stores and clients come of it.

use std::sync::PoisonError;

use clap::{CommandFactory, Parser};

use super::*;
use crate::cli::flags::{Reach, RegistryFlags, SideFlags};
use crate::oci::Location;

#[derive(Parser)]
struct Verb {
    #[command(flatten)]
    registry: RegistryFlags,
    #[command(flatten)]
    sides: SideFlags,
}

fn verb(flags: &str) -> Verb {
    Verb::try_parse_from(words(flags)).unwrap_or_else(|error| panic!("{flags}: {error}"))
}

fn words(flags: &str) -> impl Iterator<Item = &str> {
    std::iter::once("verb").chain(flags.split_whitespace())
}

fn context() -> Context {
    let common = Common { quiet: true, verbose: 0, debug: false, color: Color::Never, no_progress: true };
    Context::new(&common, Shown::default())
}

fn place(text: &str) -> Location {
    text.parse().unwrap()
}

/// How a side is reached: the line, the login, and the folder of logins.
fn shown(reach: &Reach) -> String {
    let (line, login) = (&reach.line.value, &reach.login.value);
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let switches = [
        line.plain_http.then(|| reach.line.flag("plain-http")),
        line.tls_skip_verify.then(|| reach.line.flag("tls-skip-verify")),
        path(&line.ca_file),
        login.creds.as_ref().map(|creds| format!("{}={}", reach.login.flag("creds"), creds.0)),
        line.pair.as_ref().map(|pair| format!("{}+{}", pair.certificate.display(), pair.key.display())),
        login.username.clone(),
        login.password_stdin.then(|| reach.login.flag("password-stdin")),
        path(&reach.docker_config),
    ];
    switches.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_side_is_reached_as_its_own_flags_say_and_else_as_the_general_ones_do() {
    for (flags, from, to) in [
        ("", "", ""),
        ("--plain-http --creds a:b", "--plain-http --creds=a:b", "--plain-http --creds=a:b"),
        ("--from-plain-http", "--from-plain-http", ""),
        ("--plain-http --to-ca-file ca.pem", "--plain-http", "ca.pem"),
        ("--ca-file ca.pem --from-tls-skip-verify", "--from-tls-skip-verify", "ca.pem"),
        ("--tls-skip-verify --from-plain-http --to-plain-http", "--from-plain-http", "--to-plain-http"),
        ("--cert-file a.pem --key-file a.key", "a.pem+a.key", "a.pem+a.key"),
        ("--cert-file a.pem --key-file a.key --to-cert-file b.pem --to-key-file b.key", "a.pem+a.key", "b.pem+b.key"),
        ("--cert-file a.pem --key-file a.key --from-ca-file ca.pem", "ca.pem", "a.pem+a.key"),
        ("--creds a:b --to-creds c:d", "--creds=a:b", "--to-creds=c:d"),
        ("--creds a:b --from-username c --from-password-stdin", "c --from-password-stdin", "--creds=a:b"),
        ("--username a --password-stdin --to-creds c:d", "a --password-stdin", "--to-creds=c:d"),
        ("--docker-config here --from-docker-config there", "there", "here"),
        ("--creds a:b --from-docker-config there", "there", "--creds=a:b"),
        ("--docker-config here --to-creds c:d", "here", "--to-creds=c:d here"),
    ] {
        let verb = verb(flags);
        assert_eq!(Reach::of_sides(&verb.registry, &verb.sides).map(|reach| shown(&reach)), [from, to], "{flags}");
    }
}

#[test]
fn flags_of_one_side_exclude_each_other_as_the_general_ones_do() {
    for side in ["from", "to"] {
        for flags in [
            "--SIDE-plain-http --SIDE-ca-file ca.pem",
            "--SIDE-plain-http --SIDE-tls-skip-verify",
            "--SIDE-tls-skip-verify --SIDE-ca-file ca.pem",
            "--SIDE-cert-file a.pem",
            "--SIDE-key-file a.key",
            "--SIDE-cert-file a.pem --key-file a.key",
            "--SIDE-plain-http --SIDE-cert-file a.pem --SIDE-key-file a.key",
            "--SIDE-creds a:b --SIDE-username c --SIDE-password-stdin",
            "--SIDE-username a",
            "--SIDE-username a --password-stdin",
        ] {
            let flags = flags.replace("SIDE", side);
            assert_eq!(Verb::try_parse_from(words(&flags)).err().map(|error| error.exit_code()), Some(2), "{flags}");
        }
    }
    verb("--from-plain-http --to-ca-file ca.pem --from-creds a:b --to-username c --to-password-stdin");
}

#[test]
fn the_flags_of_one_side_are_explained_by_the_general_ones() {
    let help = Verb::command().render_help().to_string();
    let sides = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, sides) = sides.split_once("Registry, one side:").unwrap();
    for flag in [
        "--from-creds <USER[:PASS]> As --creds, for the first reference alone",
        "--to-docker-config <DIR> As --docker-config, for the second reference alone",
    ] {
        assert!(sides.contains(flag), "{help}");
    }
    assert_eq!(sides.matches("As --").count(), 18);
}

#[test]
fn mistakes_are_named_by_the_flags_that_were_typed() {
    let (from, to) = (place("localhost:1/a/b"), place("localhost:2/a/b"));
    for (flags, message) in [
        (
            "--username a --password-stdin --to-username b --to-password-stdin",
            "--password-stdin and --to-password-stdin both read standard input, which has one password",
        ),
        (
            "--from-creds a --from-password-stdin --to-creds a --to-password-stdin",
            "--from-password-stdin and --to-password-stdin both read standard input, which has one password",
        ),
        ("--from-password-stdin", "--from-password-stdin is given without --from-username"),
        ("--to-creds a:b --to-password-stdin", "--to-creds has a password, and --to-password-stdin is given too"),
        ("--to-creds a", "--to-creds has no password"),
        ("--from-ca-file /no/such.pem", "no such file for --from-ca-file: /no/such.pem"),
        ("--ca-file /no/such.pem", "no such file for --ca-file: /no/such.pem"),
        ("--to-cert-file /no/such.pem --to-key-file /no/such.key", "no such file for --to-cert-file: /no/such.pem"),
    ] {
        let verb = verb(flags);
        let error = context().pair(&from, &to, &verb.registry, &verb.sides).err().unwrap_or_else(|| panic!("{flags}"));
        assert_eq!((error.kind(), error.report().message.as_str()), (Kind::Usage, message), "{flags}");
    }
}

#[test]
fn stores_of_the_same_settings_share_a_client_and_its_login_is_for_their_hosts_alone() {
    let (one, two) = ("localhost:1", "localhost:2");
    for (flags, clients) in [
        ("", vec![vec![]]),
        ("--concurrency 2", vec![vec![]]),
        ("--creds a:b", vec![vec![one, two]]),
        ("--from-plain-http --creds a:b", vec![vec![one], vec![two]]),
        ("--from-creds a:b", vec![vec![one], vec![]]),
        ("--from-creds a:b --to-creds c:d", vec![vec![one], vec![two]]),
        ("--to-docker-config there", vec![vec![], vec![]]),
    ] {
        let (context, verb) = (context(), verb(flags));
        let (from, to) = (place("localhost:1/a/b"), place("localhost:2/a/b"));
        for _ in 0..2 {
            context.pair(&from, &to, &verb.registry, &verb.sides).unwrap();
            context.writable_pair(&from, &to, &verb.registry, &verb.sides).unwrap();
        }
        let made = &context.clients.lock().unwrap_or_else(PoisonError::into_inner).made;
        let hosts = made.iter().map(|(settings, _)| settings.hosts.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(hosts.collect::<Vec<_>>(), clients, "{flags}");
    }
}

#[test]
fn one_place_is_one_store_unless_it_is_reached_in_two_ways() {
    for (from, to, flags, one) in [
        ("docker.io/a/b", "index.docker.io/a/b", "", true),
        ("ghcr.io/a/b", "ghcr.io/a/b", "--creds a:b", true),
        ("ghcr.io/a/b", "ghcr.io/a/b", "--to-creds a:b", false),
        ("ghcr.io/a/b", "ghcr.io/a/c", "", false),
        ("oci-layout://a", "oci-layout://a", "--to-creds a:b", true),
        ("oci-layout://a", "oci-layout://b", "", false),
        ("oci-layout://a", "ghcr.io/a/b", "", false),
    ] {
        let (from, to, verb) = (place(from), place(to), verb(flags));
        let (first, second) = context().pair(&from, &to, &verb.registry, &verb.sides).unwrap();
        assert_eq!((first.location(), second.location()), (&from, &to));
        assert_eq!(Arc::ptr_eq(&first, &second), one, "{from} {to} {flags}");
    }
}
