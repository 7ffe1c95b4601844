//! Several accounts at one registry: each repository with its own, and with its own tokens.

use std::collections::HashSet;

use super::*;
use crate::store::BytesSource;

/// Everybody is the namespace of the repository; `shared` and `common` are the same one.
#[derive(Default)]
struct ByNamespace {
    asked: Mutex<Vec<String>>,
    lookup: Lookup,
}

#[async_trait]
impl Keychain for ByNamespace {
    async fn find(&self, _host: &Host, repository: Option<&str>) -> Arc<Lookup> {
        let repository = repository.unwrap_or_default();
        self.asked.lock().unwrap().push(repository.to_owned());
        let (username, _) = repository.split_once('/').unwrap();
        let username = if username == "common" { "shared" } else { username }.to_owned();
        let origin = format!("the file of {username}");
        let found = Found { credential: Credential::Basic { username, password: "hunter2".into() }, origin };
        let found = Some(found).filter(|_| !repository.starts_with("nobody/"));
        Arc::new(Lookup { found, ..self.lookup.clone() })
    }
}

/// What a client says meanwhile.
#[derive(Default)]
struct Ears(Mutex<Vec<String>>);

impl Observer for Ears {
    fn notice(&self, notice: Notice<'_>) {
        self.0.lock().unwrap().push(format!("{notice:?}"));
    }
}

impl Ears {
    fn heard(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A registry that lets each account into the repositories of its name; with tokens, of which each is its account's name,
/// or without.
async fn registry(tokens: bool) -> Server {
    Server::start(move |seen| {
        let namespace = seen.target.strip_prefix("/v2/").and_then(|path| path.split('/').next()).unwrap_or_default();
        let namespace = if namespace == "common" { "shared" } else { namespace };
        let basic = |user: &str| {
            let value = crate::store::registry::token::basic(user, &"hunter2".into()).unwrap();
            value.to_str().unwrap().to_owned()
        };
        let authorization = seen.header("authorization");
        if seen.target.starts_with("/token") {
            let user = ["alice", "bob", "shared"].into_iter().find(|user| authorization == Some(&basic(user)));
            let body = format!(r#"{{"token":"{}"}}"#, user.unwrap_or("anonymous"));
            return reply(200).with("content-type", "application/json").body(body);
        }
        let (wanted, challenge) = if tokens {
            let host = seen.header("host").unwrap();
            (format!("Bearer {namespace}"), format!(r#"Bearer realm="http://{host}/token",service="s""#))
        } else {
            (basic(namespace), "Basic realm=x".to_owned())
        };
        if authorization == Some(&wanted) { reply(404) } else { reply(401).with("www-authenticate", challenge) }
    })
    .await
}

fn client(keys: &Arc<ByNamespace>, ears: &Arc<Ears>) -> Arc<Client> {
    Client::new(options(), Arc::clone(keys) as Arc<dyn Keychain>, Arc::clone(ears))
}

fn at(client: &Arc<Client>, server: &Server, name: &str, access: Access) -> RegistryStore {
    client.repository(repository(&format!("{}/{name}", server.host())), access)
}

#[tokio::test]
async fn each_repository_is_asked_for_with_its_own_account() {
    for tokens in [false, true] {
        let server = registry(tokens).await;
        let (keys, ears) = (Arc::new(ByNamespace::default()), Arc::new(Ears::default()));
        let client = client(&keys, &ears);
        let names = ["alice/a", "bob/b", "alice/c", "shared/d", "common/e", "nobody/f"];
        let stores = names.map(|name| at(&client, &server, name, Access::Pull));
        let v1 = version("v1");
        for round in 0..2 {
            let asked = stores.iter().take(5).map(|store| store.resolve(&v1));
            for outcome in futures_util::future::join_all(asked).await {
                assert!(matches!(outcome, Err(StoreError::NotFound(_))), "{round} {outcome:?}");
            }
        }
        assert!(matches!(stores[5].resolve(&v1).await, Err(StoreError::Denied(_))));
        let asked = keys.asked.lock().unwrap().clone();
        assert_eq!((asked.len(), asked.iter().collect::<HashSet<_>>().len()), (6, 6), "each once: {asked:?}");
        // Both of alice's repositories have one account, and so do the two names of the shared one.
        let mut heard = ears.heard();
        heard.sort();
        let host = server.host();
        let told = |user: &str| format!("Detail(\"credentials for {host} from the file of {user}\")");
        let nobody = format!("Detail(\"no credentials for {host}\")");
        assert_eq!(heard, [told("alice"), told("bob"), told("shared"), nobody]);
    }
}

#[tokio::test]
async fn a_broken_source_stops_who_writes_and_warns_who_reads() {
    let server = registry(false).await;
    let broken = vec!["auth.json: is not valid JSON (line 1, column 2)".to_owned()];
    let lookup = Lookup { broken, ..Lookup::default() };
    let (keys, ears) = (Arc::new(ByNamespace { lookup, ..ByNamespace::default() }), Arc::new(Ears::default()));
    let client = client(&keys, &ears);
    for name in ["alice/a", "alice/b", "bob/c"] {
        let read = at(&client, &server, name, Access::Pull).resolve(&version("v1")).await;
        assert!(matches!(read, Err(StoreError::NotFound(_))), "{read:?}");
    }
    let warnings: Vec<_> = ears.heard().into_iter().filter(|heard| heard.starts_with("Warning")).collect();
    assert_eq!(warnings, ["Warning(\"auth.json: is not valid JSON (line 1, column 2); going on without it\")"]);

    let blob = BytesSource::new("t", "body");
    let error = at(&client, &server, "alice/a", Access::Push).write_blob(&blob).await.unwrap_err();
    assert!(matches!(error, StoreError::Local(_)) && error.to_string().contains("cannot be looked up"), "{error}");
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("line 1, column 2"));
}

#[tokio::test]
async fn a_helper_that_failed_is_the_cause_when_somebody_is_asked_for() {
    let server = registry(true).await;
    let failed = vec!["docker-credential-x (config.json): is not in PATH".to_owned()];
    let lookup = Lookup { failed, searched: vec!["docker-credential-x: failed".to_owned()], ..Lookup::default() };
    let (keys, ears) = (Arc::new(ByNamespace { lookup, ..ByNamespace::default() }), Arc::new(Ears::default()));
    let client = client(&keys, &ears);
    let blob = BytesSource::new("t", "body");
    let error = at(&client, &server, "nobody/a", Access::Push).write_blob(&blob).await.unwrap_err();
    let host = server.host();
    assert_eq!(error.to_string(), format!("no credentials for {host}; looked in: docker-credential-x: failed"));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("is not in PATH"));
    assert!(!ears.heard().iter().any(|heard| heard.starts_with("Warning")), "it is said once: {:?}", ears.heard());
    // Who reads goes on as nobody.
    drop(at(&client, &server, "nobody/a", Access::Pull).resolve(&version("v1")).await);
    assert!(ears.heard().iter().any(|heard| heard.contains("is not in PATH; going on without it")));
}
