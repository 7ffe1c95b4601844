//! Reading what everybody may read with an account that is refused (AUTH-15).

use super::*;
use crate::store::BytesSource;

/// What a client says meanwhile.
#[derive(Default)]
struct Ears(Mutex<Vec<String>>);

impl Observer for Ears {
    fn notice(&self, notice: Notice<'_>) {
        if let Notice::Warning(text) = notice {
            self.0.lock().unwrap().push(text.to_owned());
        }
    }
}

/// What a server does with a request that proves something, or nothing.
type Answering = fn(&Seen) -> Reply;

fn token(name: &str) -> Reply {
    reply(200).with("content-type", "application/json").body(format!(r#"{{"token":"{name}"}}"#))
}

/// A registry that gives a manifest for the token `everybody`, whose token service is `issue`, and that answers other
/// tokens with `refuse`.
async fn guarded(issue: Answering, refuse: Answering) -> Server {
    Server::start(move |seen| {
        if seen.target.starts_with("/token") {
            return issue(seen);
        }
        match seen.header("authorization") {
            Some("Bearer everybody") => reply(200).with("content-type", crate::oci::media_type::MANIFEST).body("{}"),
            Some(_) => refuse(seen),
            None => challenge(seen),
        }
    })
    .await
}

fn challenge(seen: &Seen) -> Reply {
    let host = seen.header("host").unwrap();
    reply(401).with("www-authenticate", format!(r#"Bearer realm="http://{host}/token",service="s""#))
}

/// Whether somebody in particular asks for a token.
fn names_an_account(seen: &Seen) -> bool {
    seen.header("authorization").is_some() || !seen.body.is_empty()
}

fn everybody_but_a_stranger(seen: &Seen) -> Reply {
    if names_an_account(seen) { reply(403).error("DENIED", "denied") } else { token("everybody") }
}

fn open_with(server: &Server, access: Access, credential: Option<Credential>) -> (RegistryStore, Arc<Ears>) {
    let ears = Arc::new(Ears::default());
    let client = Client::new(options(), keychain(credential), Arc::clone(&ears));
    (client.repository(repository(&format!("{}/org/app", server.host())), access), ears)
}

fn heard(ears: &Ears) -> Vec<String> {
    ears.0.lock().unwrap().clone()
}

#[tokio::test]
async fn a_stale_login_does_not_shut_out_of_what_is_public() {
    let by_registry: Answering = |seen| token(if names_an_account(seen) { "stale" } else { "everybody" });
    let table: [(&str, Answering, Answering); 3] = [
        ("the token service refuses", everybody_but_a_stranger, |_| panic!("no such token was given")),
        ("the registry refuses with 401", by_registry, challenge),
        ("the registry refuses with 403", by_registry, |_| reply(403).error("DENIED", "denied")),
    ];
    for (name, issue, refuse) in table {
        for credential in [password(), Credential::IdentityToken("r1".into())] {
            let server = guarded(issue, refuse).await;
            let (store, ears) = open_with(&server, Access::Pull, Some(credential));
            store.manifest(&version("v1")).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let warnings = heard(&ears);
            assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
            assert!(warnings[0].contains("refused the credentials from the test"), "{name}: {warnings:?}");
            // What is learnt is kept: one request each from now on, and no more warnings.
            let before = server.lines().len();
            store.manifest(&version("v2")).await.unwrap();
            assert_eq!(server.lines().len(), before + 1, "{name}: {:?}", server.lines());
            assert_eq!(heard(&ears), warnings, "{name}");
        }
    }
}

#[tokio::test]
async fn a_stale_registry_token_is_left_out_too() {
    let server = guarded(everybody_but_a_stranger, challenge).await;
    let (store, ears) = open_with(&server, Access::Pull, Some(Credential::RegistryToken("stale".into())));
    store.manifest(&version("v1")).await.unwrap();
    assert_eq!(heard(&ears).len(), 1);
}

#[tokio::test]
async fn many_readers_find_out_once() {
    let server = guarded(everybody_but_a_stranger, challenge).await;
    let (store, ears) = open_with(&server, Access::Pull, Some(password()));
    let versions: Vec<_> = (0..8).map(|at| version(&format!("v{at}"))).collect();
    let all = futures_util::future::join_all(versions.iter().map(|version| store.manifest(version))).await;
    assert!(all.into_iter().all(|read| read.is_ok()));
    let anonymous = |seen: &&Seen| seen.target.starts_with("/token") && !names_an_account(seen);
    assert_eq!(server.seen().iter().filter(anonymous).count(), 1);
    assert_eq!(heard(&ears).len(), 1);
}

#[tokio::test]
async fn who_writes_is_never_nobody() {
    let server = guarded(everybody_but_a_stranger, challenge).await;
    let (store, ears) = open_with(&server, Access::Push, Some(password()));
    let error = store.manifest(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    let error = store.write_blob(&BytesSource::new("t", "x")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    let anonymous = |seen: &&Seen| seen.target.starts_with("/token") && !names_an_account(seen);
    assert_eq!(server.seen().iter().filter(anonymous).count(), 0);
    assert!(heard(&ears).is_empty());
}

#[tokio::test]
async fn what_nobody_may_read_either_is_denied_for_the_accounts_reason() {
    let nobody: Answering = |seen| {
        let who = seen.header("authorization").map_or("nobody", |_| "the account");
        reply(403).error("DENIED", &format!("not for {who}"))
    };
    let server = guarded(nobody, challenge).await;
    let (store, ears) = open_with(&server, Access::Pull, Some(password()));
    let error = store.manifest(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    let cause = std::error::Error::source(error.fault()).unwrap().to_string();
    assert!(cause.contains("not for the account"), "{cause}");
    assert!(error.fault().hint().unwrap().contains("came from the test"));
    assert!(heard(&ears).is_empty());
}

#[tokio::test]
async fn a_server_that_fails_meanwhile_does_not_hide_the_denial() {
    let failing: Answering = |seen| match seen.header("authorization") {
        Some(_) => reply(403).error("DENIED", "denied"),
        None => reply(500),
    };
    let server = guarded(failing, challenge).await;
    let (store, _) = open_with(&server, Access::Pull, Some(password()));
    assert!(matches!(store.manifest(&version("v1")).await, Err(StoreError::Denied(_))));
}

#[tokio::test]
async fn without_an_account_a_denial_is_not_repeated() {
    let server = guarded(|_| reply(403).error("DENIED", "denied"), challenge).await;
    let (store, _) = open_with(&server, Access::Pull, None);
    assert!(matches!(store.manifest(&version("v1")).await, Err(StoreError::Denied(_))));
    assert_eq!(server.lines().len(), 2, "{:?}", server.lines());
}

/// A registry with Basic, one repository of which is public.
#[tokio::test]
async fn basic_is_left_out_where_nothing_was_asked_before() {
    let server = Server::start(|seen| match seen.header("authorization") {
        None if seen.target.starts_with("/v2/org/public/") => {
            reply(200).with("content-type", crate::oci::media_type::MANIFEST).body("{}")
        }
        _ => reply(401).with("www-authenticate", "Basic realm=x"),
    })
    .await;
    let ears = Arc::new(Ears::default());
    let client = Client::new(options(), keychain(Some(password())), Arc::clone(&ears));
    let read = async |name: &str| {
        let store = client.repository(repository(&format!("{}/org/{name}", server.host())), Access::Pull);
        store.manifest(&version("v1")).await
    };
    // Refused without and then with the password: nothing is left to try.
    assert!(matches!(read("private").await, Err(StoreError::Denied(_))));
    assert_eq!(server.lines().len(), 2);
    read("public").await.unwrap();
    assert_eq!(server.lines().len(), 4);
    assert_eq!(heard(&ears).len(), 1);
}
