//! Docker's registry with a token service: who gets which token, how often it is asked for, and what happens at its end.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::time::Duration;

use super::{SECRET, docker_config};
use crate::support::real::{DockerRegistry, DockerRegistryOptions, TokenAccount, TokenQuestion, TokenServer};
use crate::support::sandbox::{Run, Sandbox};
use crate::support::story::{noise, pull, push, webapp};

const ALICE: &str = "alice:s3cret-Passw0rd";
const READER: &str = "reader:s3cret-Passw0rd";
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// Alice may do all in `org/` and write what everybody may read, `public/`; the reader may read.
fn accounts() -> Vec<TokenAccount> {
    vec![
        TokenAccount::new("alice", SECRET, &[("org/", "pull,push,delete"), ("public/", "pull,push")]),
        TokenAccount::new("reader", SECRET, &[("org/", "pull"), ("public/", "pull")]),
        TokenAccount::anonymous(&[("public/", "pull")]),
    ]
}

/// Docker's registry, and who gives out its tokens.
struct Guarded {
    registry: DockerRegistry,
    tokens: TokenServer,
}

impl Guarded {
    #[track_caller]
    fn start(lifetime: Duration) -> Option<Self> {
        let tokens = TokenServer::start(accounts(), lifetime);
        let options = DockerRegistryOptions { tokens: Some(&tokens), ..Default::default() };
        Some(Self { registry: DockerRegistry::start(options)?, tokens })
    }

    fn at(&self, name: &str) -> String {
        format!("oci://{}/{name}", self.registry.host())
    }

    /// Neither a password nor a token is in what was printed.
    #[track_caller]
    fn keeps_secrets(&self, run: &Run) {
        let printed = format!("{}{}", run.stdout(), run.stderr());
        let issued = self.tokens.issued();
        // The signature of a token is a secret of its own.
        let signatures = issued.iter().filter_map(|token| token.rsplit('.').next());
        for secret in issued.iter().map(String::as_str).chain(signatures).chain([SECRET]) {
            assert!(!printed.contains(secret), "{secret}: {run:?}");
        }
    }
}

fn question(user: Option<&str>, scopes: &[&str]) -> TokenQuestion {
    TokenQuestion { user: user.map(str::to_owned), scopes: scopes.iter().map(|&scope| scope.to_owned()).collect() }
}

#[test]
fn each_command_asks_once_for_all_that_it_needs() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    webapp(&sandbox, "image");
    sandbox.write("image/bob.values", "name = image\n");
    let Some(guarded) = Guarded::start(FIVE_MINUTES) else { return };
    let (bob, image) = (guarded.at("org/bobs:1"), guarded.at("org/images:1"));
    let with = |words: &[&str]| sandbox.bobctl(words.iter().chain(&["--creds", ALICE, "--debug"])).run();
    let [read, write] = ["repository:org/bobs:pull", "repository:org/bobs:pull,push"];
    let image_write = "repository:org/images:pull,push";
    let told = |run: Run, scopes: &[&[&str]]| {
        guarded.keeps_secrets(&run);
        assert!(run.stderr().contains("/token"), "a trace shows the token service: {run:?}");
        run.ok();
        let mut asked = guarded.tokens.asked();
        asked.sort_by_key(|question| question.scopes.clone());
        let expected: Vec<_> = scopes.iter().map(|scopes| question(Some("alice"), scopes)).collect();
        assert_eq!(asked, expected);
    };
    told(push(&sandbox, &bob, "bob", &["--creds", ALICE, "--debug"]).run(), &[&[write]]);
    told(push(&sandbox, &image, "image", &["--creds", ALICE, "--debug"]).run(), &[&[image_write]]);
    told(with(&["tag", "artifact", &bob, "--tag", "2", "--tag", "3"]), &[&[write]]);
    told(with(&["list", "artifacts", &guarded.at("org/bobs")]), &[&[read]]);
    told(with(&["describe", "artifact", &bob]), &[&[read]]);
    told(pull(&sandbox, &bob, "out", &["--creds", ALICE, "--debug"]).run(), &[&[read]]);
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    // What is read in one repository is mounted in the other: both are in one token.
    let link = with(&["link", "artifact", &bob, &image, "--allow-mismatch"]);
    guarded.keeps_secrets(&link);
    link.ok();
    let asked = guarded.tokens.asked();
    assert_eq!(
        asked.iter().filter(|question| question.scopes.contains(&image_write.to_owned())).count(),
        1,
        "{asked:?}"
    );
    assert!(asked.contains(&question(Some("alice"), &[image_write, read])), "{asked:?}");
}

#[test]
fn an_account_that_may_only_read_reads_and_writes_nothing() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(guarded) = Guarded::start(FIVE_MINUTES) else { return };
    let bob = guarded.at("org/bobs:1");
    push(&sandbox, &bob, "bob", &["--creds", ALICE]).run().ok();
    pull(&sandbox, &bob, "out", &["--creds", READER]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    sandbox.write("bob/bob.values", "name = other\n");
    let run = push(&sandbox, &guarded.at("org/bobs:2"), "bob", &["--creds", READER]).run();
    guarded.keeps_secrets(&run);
    let error = run.fails(4);
    assert!(error.contains("may not be written") && error.contains("came from --creds"), "{error}");
    let rows = sandbox.bobctl(["list", "artifacts", &guarded.at("org/bobs"), "--creds", READER]).run().ok();
    assert_eq!(rows.lines().count(), 2, "one tag below the head: {rows}");
}

#[test]
fn everybody_reads_what_is_public_with_and_without_a_login_that_works() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    let Some(guarded) = Guarded::start(FIVE_MINUTES) else { return };
    let [public, private] = ["public/bobs:1", "org/bobs:1"].map(|name| guarded.at(name));
    for place in [&public, &private] {
        push(&sandbox, place, "bob", &["--creds", ALICE]).run().ok();
    }
    guarded.tokens.asked();
    pull(&sandbox, &public, "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    assert_eq!(guarded.tokens.asked(), [question(None, &["repository:public/bobs:pull"])]);
    let error = pull(&sandbox, &private, "none", &[]).run().fails(4);
    assert!(error.contains("no credentials for") && !sandbox.exists("none"), "{error}");
    // A login that was good once.
    let stale =
        serde_json::json!({"auths": {guarded.registry.host(): {"auth": super::base64("alice:stale-Passw0rd")}}});
    docker_config(&sandbox, &stale);
    guarded.tokens.asked();
    let run = pull(&sandbox, &public, "again", &[]).run();
    let warning = format!("warning: {} refused the credentials from ", guarded.registry.host());
    assert_eq!(run.stderr().matches(&warning).count(), 1, "{run:?}");
    assert!(run.stderr().contains(".docker/config.json") && !run.stderr().contains("stale-Passw0rd"), "{run:?}");
    run.ok();
    assert_eq!(sandbox.tree("again"), sandbox.tree("bob"));
    let read = ["repository:public/bobs:pull"];
    assert_eq!(guarded.tokens.asked(), [question(Some("alice"), &read), question(None, &read)]);
    for run in [pull(&sandbox, &private, "none", &[]).run(), push(&sandbox, &public, "bob", &[]).run()] {
        let error = run.fails(4);
        assert!(error.contains(".docker/config.json") && !error.contains("warning:"), "{error}");
    }
    assert!(!sandbox.exists("none"));
}

#[test]
fn a_token_that_ends_in_the_middle_of_an_upload_is_renewed() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    sandbox.write("bob/noise", noise(8 << 20));
    let Some(guarded) = Guarded::start(Duration::from_secs(1)) else { return };
    let slow = slow_line(guarded.registry.host());
    let reference = format!("oci://{slow}/org/bobs:1");
    let run = push(&sandbox, &reference, "bob", &["--creds", ALICE, "--no-progress"]).run();
    guarded.keeps_secrets(&run);
    run.ok();
    let asked = guarded.tokens.asked().len();
    assert!((2..=6).contains(&asked), "{asked} tokens");
    pull(&sandbox, &guarded.at("org/bobs:1"), "out", &["--creds", ALICE]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
}

/// A line to `to` that carries some three MiB a second there, and all at once back. It lasts as long as the test.
fn slow_line(to: String) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let Ok(server) = TcpStream::connect(&to) else { return };
            let (from, into) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || carry(from, into, Duration::from_millis(20)));
            std::thread::spawn(move || carry(server, client, Duration::ZERO));
        }
    });
    host
}

/// From one to the other with a pause after each 64 KiB, until either ends.
fn carry(mut from: TcpStream, mut into: TcpStream, pause: Duration) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if into.write_all(&buffer[..length]).is_err() {
            break;
        }
        std::thread::sleep(pause * u32::try_from(length).unwrap() / (64 << 10));
    }
    // Whichever is gone already stays gone.
    let _ = into.shutdown(Shutdown::Write);
}
