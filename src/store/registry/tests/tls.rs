//! Which certificates are believed, and when TLS is spoken at all.

use super::server::{Authority, CLIENT};
use super::*;

fn strict() -> ClientOptions {
    ClientOptions { plain_http: false, ..options() }
}

fn open_with(options: ClientOptions, host: &str) -> RegistryStore {
    Client::new(options, keychain(None), Arc::new(Unobserved))
        .repository(repository(&format!("{host}/org/app")), Access::Pull)
}

/// Options that believe `authority`, and the folder of the file that says so.
fn believing(authority: &Authority) -> (ClientOptions, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, authority.pem()).unwrap();
    (ClientOptions { ca_file: Some(file), ..strict() }, folder)
}

#[tokio::test]
async fn a_certificate_is_believed_when_its_authority_is_given() {
    let authority = Authority::new();
    let server = Server::start_tls(&authority, |_| reply(404)).await;
    let (options, _folder) = believing(&authority);
    assert!(matches!(open_with(options, &server.host()).resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    assert_eq!(server.lines(), ["HEAD /v2/org/app/manifests/v1"]);
}

#[tokio::test]
async fn a_self_signed_authority_may_serve_its_own_host_in_its_time() {
    let authority =
        |params: &mut rcgen::CertificateParams| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let expired = |params: &mut rcgen::CertificateParams| {
        authority(params);
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        params.not_before = rcgen::date_time_ymd(2019, 1, 1);
    };
    let fine = Authority::with(&["127.0.0.1"], authority);
    let other_name = Authority::with(&["r.example"], authority);
    let too_old = Authority::with(&["127.0.0.1"], expired);
    for (name, shown, given, refusal) in [
        ("fine", &fine, &fine, None),
        ("not given", &fine, &other_name, Some("is not trusted")),
        ("another name", &other_name, &other_name, Some("is not trusted: it is for another name")),
        ("expired", &too_old, &too_old, Some("is not trusted: it has expired")),
    ] {
        let server = Server::start_tls(shown, |_| reply(404)).await;
        let (options, _folder) = believing(given);
        let error = open_with(options, &server.host()).resolve(&version("v1")).await.unwrap_err();
        assert_eq!(matches!(error, StoreError::NotFound(_)), refusal.is_none(), "{name}: {error:?}");
        assert!(refusal.is_none_or(|refusal| error.to_string().ends_with(refusal)), "{name}: {error:?}");
        assert!(error.fault().hint().is_some(), "{name}: {error:?}");
    }
}

/// The same, with a client certificate to show.
fn showing(authority: &Authority) -> (ClientOptions, tempfile::TempDir) {
    let (options, folder) = believing(authority);
    let file = folder.path().join("client.pem");
    std::fs::write(&file, CLIENT.cert.pem() + &CLIENT.signing_key.serialize_pem()).unwrap();
    (ClientOptions { identity: Some(Identity::read(&file, &file).unwrap()), ..options }, folder)
}

#[tokio::test]
async fn a_client_certificate_is_for_the_registrys_own_origin_alone() {
    let authority = Authority::new();
    let elsewhere = Server::start_tls(&authority, |seen| match seen.target.split('?').next() {
        Some("/token") => reply(200).with("content-type", "application/json").body(r#"{"token":"t"}"#),
        _ => reply(404),
    })
    .await;
    // Another port of the same host, and so another origin.
    let (realm, blob) = (format!("https://{}/token", elsewhere.host()), format!("https://{}/x", elsewhere.host()));
    let server = Server::start_tls(&authority, move |seen| match seen.header("authorization") {
        None => reply(401).with("www-authenticate", format!("Bearer realm=\"{realm}\",service=\"s\"")),
        Some(_) => reply(307).with("location", &blob),
    })
    .await;
    let (options, _folder) = showing(&authority);
    let _missing = open_with(options, &server.host()).manifest(&version("v1")).await.unwrap_err();
    assert!(server.seen().len() >= 2 && server.seen().iter().all(|seen| seen.certificate), "{:?}", server.seen());
    let lines = elsewhere.lines();
    assert!(
        lines.iter().any(|line| line.starts_with("GET /token")) && lines.contains(&"GET /x".to_owned()),
        "{lines:?}"
    );
    assert!(elsewhere.seen().iter().all(|seen| !seen.certificate), "{:?}", elsewhere.seen());
}

#[tokio::test]
async fn authorities_that_were_laid_down_for_a_host_are_believed_there_alone() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let elsewhere = Server::start_tls(&authority, |_| reply(404)).await;
    let target = format!("https://{}/x", elsewhere.host());
    let server = Server::start_tls(&authority, move |seen| match seen.method.as_str() {
        "HEAD" => reply(404),
        _ => reply(307).with("location", &target),
    })
    .await;
    let own = folder.path().join(server.host());
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("ca.crt"), authority.pem()).unwrap();
    let store = open_with(ClientOptions { certs_d: vec![folder.path().to_owned()], ..strict() }, &server.host());
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    let error = store.manifest(&version("v1")).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the certificate of {} is not trusted", elsewhere.host()));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn an_unverified_certificate_does_not_serve_a_token_service_elsewhere() {
    let tokens = Server::start_tls(&Authority::new(), |_| reply(200).body(r#"{"token":"t"}"#)).await;
    let realm = format!("https://localhost:{}/token", tokens.host().rsplit_once(':').unwrap().1);
    let server = Server::start_tls(&Authority::new(), move |_| {
        reply(401).with("www-authenticate", format!("Bearer realm=\"{realm}\",service=\"s\""))
    })
    .await;
    let store = open_with(ClientOptions { tls_skip_verify: true, ..strict() }, &server.host());
    let error = store.manifest(&version("v1")).await.unwrap_err();
    assert!(error.to_string().contains("localhost") && error.to_string().contains("is not trusted"), "{error}");
    assert!(tokens.seen().is_empty());
}

#[tokio::test]
async fn requests_that_follow_each_other_share_a_connection() {
    let authority = Authority::new();
    let server = Server::start_tls(&authority, |_| reply(404)).await;
    for (options, _folder) in [believing(&authority), showing(&authority)] {
        let before = server.seen().len();
        let store = open_with(options, &server.host());
        for tag in ["v1", "v2", "v3"] {
            store.resolve(&version(tag)).await.unwrap_err();
        }
        let connections: Vec<usize> = server.seen()[before..].iter().map(|seen| seen.connection).collect();
        assert!(connections.len() == 3 && connections.iter().all(|it| *it == connections[0]), "{connections:?}");
    }
}

#[tokio::test]
async fn an_unknown_certificate_is_refused_and_nothing_is_sent() {
    let server = Server::start_tls(&Authority::new(), |_| reply(404)).await;
    // On loopback TLS is tried first; a server that speaks it is never spoken to without.
    let error = open_with(strict(), &server.host()).resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert_eq!(error.to_string(), format!("the certificate of {} is not trusted", server.host()));
    assert!(error.fault().hint().unwrap().contains("--ca-file"));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_unverified_certificate_serves_the_registrys_own_host_alone() {
    let cdn = Server::start_tls(&Authority::new(), |_| reply(200)).await;
    let elsewhere = format!("https://localhost:{}/x", cdn.host().rsplit_once(':').unwrap().1);
    let server = Server::start_tls(&Authority::new(), move |seen| match seen.method.as_str() {
        "HEAD" => reply(404),
        _ => reply(307).with("location", &elsewhere),
    })
    .await;
    let store = open_with(ClientOptions { tls_skip_verify: true, ..strict() }, &server.host());
    assert!(matches!(store.resolve(&version("v1")).await, Err(StoreError::NotFound(_))));
    let error = store.manifest(&version("v1")).await.unwrap_err();
    assert!(error.to_string().contains("is not trusted"), "{error}");
    assert!(cdn.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_never_leaves_tls() {
    let authority = Authority::new();
    let plain = Server::start(|_| reply(200)).await;
    let target = format!("http://{}/x", plain.host());
    let server = Server::start_tls(&authority, move |_| reply(307).with("location", &target)).await;
    let (options, _folder) = believing(&authority);
    let error = open_with(options, &server.host()).manifest(&version("v1")).await.unwrap_err();
    assert!(error.to_string().contains("not followed"), "{error}");
    assert!(plain.seen().is_empty());
}

#[tokio::test]
async fn plain_http_never_tries_tls() {
    let server = Server::start_tls(&Authority::new(), |_| reply(404)).await;
    let error = open_with(options(), &server.host()).resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(server.seen().is_empty());
}
