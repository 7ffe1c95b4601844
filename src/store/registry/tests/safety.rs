//! Where requests and credentials go, and where they never do (SEC-6, SEC-7), and what speaks TLS.

mod leaks;
mod network;

use futures_util::TryStreamExt as _;

use super::*;
use crate::store::BytesSource;

fn there(server: &Server) -> String {
    // The same machine by another name is another origin.
    format!("http://localhost:{}", server.host().rsplit_once(':').unwrap().1)
}

fn guarded(seen: &Seen, answer: impl FnOnce() -> Reply) -> Reply {
    match seen.header("authorization") {
        Some(BASIC) => answer(),
        _ => reply(401).with("www-authenticate", "Basic realm=x"),
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_goes_without_credentials() {
    let blob = Descriptor::of("t", b"content");
    let cdn = Server::start(|_| reply(200).body("content")).await;
    let target = format!("{}/x?sig=a%2Fb+c%3D%3d&q=%7e", there(&cdn));
    let server = Server::start(move |seen| guarded(seen, || reply(307).with("location", &target).body("moved"))).await;
    let store = open_as(&server, Access::Pull, Some(password()));
    let chunks: Vec<Bytes> = store.blob(&blob).await.unwrap().try_collect().await.unwrap();
    assert_eq!(chunks.concat(), b"content");
    let seen = cdn.seen();
    assert_eq!(seen[0].target, "/x?sig=a%2Fb+c%3D%3d&q=%7e");
    assert_eq!((seen.len(), seen[0].header("authorization")), (1, None));
}

#[tokio::test]
async fn a_challenge_from_a_redirects_target_is_not_answered() {
    let blob = Descriptor::of("t", b"content");
    let cdn = Server::start(|_| reply(401).with("www-authenticate", "Basic realm=mine")).await;
    let target = there(&cdn);
    let server = Server::start(move |seen| guarded(seen, || reply(307).with("location", &target))).await;
    let store = open_as(&server, Access::Pull, Some(password()));
    assert!(store.blob(&blob).await.is_err());
    assert!(cdn.seen().iter().all(|seen| seen.header("authorization").is_none()));
    assert_eq!(cdn.seen().len(), 1);
}

#[tokio::test]
async fn credentials_do_not_come_back_with_the_way() {
    let home = Arc::new(Mutex::new(String::new()));
    let back = Arc::clone(&home);
    let cdn = Server::start(move |_| reply(307).with("location", format!("{}/secret", back.lock().unwrap()))).await;
    let target = there(&cdn);
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/secret" => reply(200).body("content"),
        _ => guarded(seen, || reply(307).with("location", &target)),
    })
    .await;
    *home.lock().unwrap() = format!("http://{}", server.host());
    let store = open_as(&server, Access::Pull, Some(password()));
    let _: Vec<Bytes> = store.blob(&Descriptor::of("t", b"content")).await.unwrap().try_collect().await.unwrap();
    let last = server.seen().pop().unwrap();
    assert_eq!((last.target.as_str(), last.header("authorization")), ("/secret", None));
}

#[tokio::test]
async fn redirects_have_an_end() {
    let server = Server::start(|_| reply(302).with("location", "/again")).await;
    let error = open(&server, Access::Pull).resolve(&version("v1")).await.unwrap_err();
    assert!(error.to_string().contains("more than 10 times"), "{error}");
    assert_eq!(server.lines().len(), 11);
}

#[tokio::test]
async fn a_redirect_into_the_network_is_refused() {
    let server = Server::start(|_| reply(302).with("location", "http://169.254.169.254/latest")).await;
    let error = open(&server, Access::Pull).manifest(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("not followed"), "{error:?}");
}

#[tokio::test]
async fn an_upload_on_another_port_goes_without_credentials() {
    let other = Server::start(|_| reply(201)).await;
    let port = other.host().rsplit_once(':').unwrap().1.to_owned();
    let server = Server::start(move |seen| {
        let location = format!("http://127.0.0.1:{port}/u/1?state=x");
        guarded(seen, || reply(202).with("location", &location))
    })
    .await;
    let store = open_as(&server, Access::Push, Some(password()));
    store.write_blob(&BytesSource::new("t", vec![1; 100_000])).await.unwrap();
    assert_eq!(other.seen()[0].header("authorization"), None);
    assert!(other.lines()[0].starts_with("PUT /u/1?state=x&digest=sha256:"));
}

#[tokio::test]
async fn a_redirected_upload_keeps_its_body_and_only_as_307() {
    for (status, fine) in [(307, true), (308, true), (301, false), (302, false), (303, false)] {
        let server = Server::start(move |seen| match seen.target.as_str() {
            target if target.starts_with("/moved") => reply(201),
            _ => reply(status).with("location", "/moved"),
        })
        .await;
        let outcome = open(&server, Access::Push).write_blob(&BytesSource::new("t", "x")).await;
        assert_eq!(outcome.is_ok(), fine, "{status}: {outcome:?}");
        if fine {
            assert_eq!(server.seen()[1].body.as_ref(), b"x");
        }
    }
}

#[tokio::test]
async fn a_token_service_does_not_lead_a_secret_away() {
    let thief = Server::start(|_| reply(200).body(r#"{"token":"t"}"#)).await;
    let away = there(&thief);
    let server = Server::start(move |seen| match seen.target.as_str() {
        target if target.starts_with("/token") => reply(307).with("location", &away),
        _ => reply(401).with("www-authenticate", "Bearer realm=\"/token\""),
    })
    .await;
    let store = open_as(&server, Access::Pull, Some(Credential::IdentityToken("r1".into())));
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::Unavailable(_))));
    assert!(thief.seen().is_empty());
}

#[tokio::test]
async fn a_realm_that_is_none_is_explained() {
    let server = Server::start(|_| reply(401).with("www-authenticate", r#"Bearer realm="null://host/token""#)).await;
    let error = open_as(&server, Access::Pull, Some(password())).resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert!(error.fault().hint().unwrap().contains("base URL"), "{error:?}");
}

#[tokio::test]
async fn no_debug_output_shows_a_secret() {
    let server = Server::start(|seen| {
        if seen.target.starts_with("/token") {
            reply(200).body(r#"{"token":"s3cret"}"#)
        } else {
            reply(401).with("www-authenticate", "Bearer realm=/token")
        }
    })
    .await;
    let store = open_as(&server, Access::Pull, Some(password()));
    let error = store.resolve(&version("v1")).await.unwrap_err();
    assert!(server.seen().iter().any(|seen| seen.header("authorization") == Some("Bearer s3cret")));
    let text = format!("{error:?} {:?}", password());
    assert!(!text.contains("s3cret") && !text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_loopback_registry_without_tls_is_spoken_to_without() {
    let server = Server::start(|_| reply(404)).await;
    let quick = ClientOptions { plain_http: false, ..options() };
    let client = Client::new(quick.clone(), keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{}/org/app", server.host())), Access::Pull);
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    assert_eq!(server.lines(), ["HEAD /v2/org/app/manifests/v1"]);

    let strict = Client::new(ClientOptions { tls_skip_verify: true, ..quick }, keychain(None), Arc::new(Unobserved));
    let store = strict.repository(repository(&format!("{}/org/app", server.host())), Access::Pull);
    let error = store.resolve(&version("v1")).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("does not speak TLS"),
        "{error:?}"
    );
    assert_eq!(error.fault().hint(), Some("--plain-http speaks HTTP without TLS"));
}

#[tokio::test]
async fn a_loopback_registry_that_reads_lines_is_understood() {
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            // It says nothing before it has seen a whole line.
            let _ = stream.read_until(b'\n', &mut line).await;
            let status = if line.starts_with(b"HEAD ") { "404 Not Found" } else { "400 Bad Request" };
            let answer = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let client = Client::new(ClientOptions { plain_http: false, ..options() }, keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("127.0.0.1:{port}/org/app")), Access::Pull);
    for _ in 0..20 {
        assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    }
    task.abort();
}

#[tokio::test]
async fn nobody_there_is_said_as_such() {
    let client = Client::new(ClientOptions { plain_http: false, ..options() }, keychain(None), Arc::new(Unobserved));
    let store = client.repository(repository("127.0.0.1:1/org/app"), Access::Pull);
    let error = store.resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert_eq!(error.to_string(), "127.0.0.1:1 cannot be reached (5 attempts)");
    let cause = std::error::Error::source(error.fault()).unwrap().to_string();
    assert!(cause.contains("refused"), "{cause}");
}

#[tokio::test]
async fn a_ca_file_that_cannot_be_read_is_this_machines_fault_and_one_without_certificates_the_users() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, empty) = (folder.path().join("missing.pem"), folder.path().join("empty.pem"));
    std::fs::write(&empty, "no certificate").unwrap();
    for (path, readable) in [(missing, false), (empty, true)] {
        let client = Client::new(
            ClientOptions { ca_file: Some(path.clone()), plain_http: false, ..options() },
            keychain(None),
            Arc::new(Unobserved),
        );
        let store = client.repository(repository("r.example/org/app"), Access::Pull);
        let error = store.resolve(&version("v1")).await.unwrap_err();
        let fits =
            if readable { matches!(error, StoreError::Refused(_)) } else { matches!(error, StoreError::Local(_)) };
        assert!(fits && error.fault().answer().is_none(), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}
