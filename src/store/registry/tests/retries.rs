//! What fails in passing is sent again, as often as it makes sense, and nothing else is (NET-4 to NET-7, NET-12).

use std::time::Instant;

use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::push::Source;
use super::*;

/// Keeps what it is told.
#[derive(Default)]
struct Notices(Mutex<Vec<String>>);

impl Observer for Notices {
    fn notice(&self, notice: Notice<'_>) {
        self.0.lock().unwrap().push(format!("{notice:?}"));
    }
}

/// A registry that fails by `failure` so many times before it is well; the store, and what it tells.
async fn failing(times: usize, failure: fn() -> Reply) -> (Server, RegistryStore, Arc<Notices>) {
    let memory = Memory::default();
    memory.put("/v2/org/app/manifests/v1", "application/vnd.oci.image.index.v1+json", INDEX);
    let left = AtomicUsize::new(times);
    let server = Server::start(move |seen| {
        let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if fails { failure() } else { memory.answer(seen) }
    })
    .await;
    let (store, notices) = watched(&server.host(), options());
    (server, store, notices)
}

const INDEX: &[u8] = br#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;

fn watched(host: &str, options: ClientOptions) -> (RegistryStore, Arc<Notices>) {
    let notices = Arc::new(Notices::default());
    let client = Client::new(options, keychain(None), Arc::clone(&notices));
    (client.repository(repository(&format!("{host}/org/app")), Access::Push), notices)
}

#[tokio::test]
async fn what_fails_four_times_goes_well_at_the_fifth_and_each_is_told() {
    for status in [408, 429, 499, 500, 502, 503, 504, 520, 524] {
        let left = AtomicUsize::new(4);
        let server = Server::start(move |_| {
            let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
            if fails { reply(status) } else { reply(200).with("content-type", "application/vnd.x").body(INDEX) }
        })
        .await;
        let (store, notices) = watched(&server.host(), options());
        store.fetch_manifest(&version("v1")).await.unwrap();
        let told = notices.0.lock().unwrap().clone();
        assert_eq!((server.lines().len(), told.len()), (5, 4), "{status}: {told:?}");
        let line = format!("GET http://{}/v2/org/app/manifests/v1 answered {status}", server.host());
        assert!(told[0].contains(&line) && told[0].contains("; attempt 2 of 5 follows in "), "{told:?}");
        assert!(told[3].contains("attempt 5 of 5"), "{told:?}");
    }
}

#[tokio::test]
async fn after_the_fifth_attempt_the_error_says_how_many_there_were_and_does_not_pass() {
    let (server, store, _) = failing(usize::MAX, || reply(503).error("UNAVAILABLE", "later")).await;
    let error = store.fetch_manifest(&version("v1")).await.unwrap_err();
    let cause = std::error::Error::source(error.fault()).unwrap().to_string();
    assert!(cause.ends_with("answered 503 Service Unavailable: UNAVAILABLE: later (5 attempts)"), "{cause}");
    assert_eq!((error.passes(), server.lines().len()), (None, 5));
}

#[tokio::test]
async fn what_ends_the_same_way_each_time_is_asked_once() {
    for status in [400, 401, 403, 404, 405, 409, 410, 412, 413, 422, 501, 505] {
        let server = Server::start(move |_| reply(status)).await;
        let (store, notices) = watched(&server.host(), options());
        store.fetch_manifest(&version("v1")).await.unwrap_err();
        let asked = server.seen().iter().filter(|seen| seen.target.contains("manifests")).count();
        let told = notices.0.lock().unwrap().iter().filter(|told| told.contains("attempt")).count();
        assert_eq!((asked, told), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn a_head_that_the_registry_fails_at_is_one_get_instead() {
    let memory = Memory::default();
    memory.put("/v2/org/app/manifests/v1", "application/vnd.oci.image.index.v1+json", INDEX);
    let server = Server::start(move |seen| if seen.method == "HEAD" { reply(500) } else { memory.answer(seen) }).await;
    let (store, notices) = watched(&server.host(), options());
    assert_eq!(store.resolve(&version("v1")).await.unwrap().digest, Digest::of(INDEX));
    assert_eq!(server.lines(), ["HEAD /v2/org/app/manifests/v1", "GET /v2/org/app/manifests/v1"]);
    assert!(notices.0.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_manifest_and_a_small_blob_are_sent_again() {
    let (server, store, _) = failing(2, || reply(502)).await;
    store.write_manifest(&RawManifest::new("application/vnd.x", INDEX.to_vec()), Some(&tag("v2"))).await.unwrap();
    assert_eq!(server.lines(), ["PUT /v2/org/app/manifests/v2"; 3]);
    assert!(server.seen().iter().all(|seen| seen.body == INDEX));
    let (server, store, _) = failing(2, || reply(502)).await;
    store.write_blob(&Source::known(vec![Bytes::from_static(b"small")])).await.unwrap();
    assert_eq!(server.lines().len(), 3);
}

#[tokio::test]
async fn an_upload_that_is_closed_is_not_closed_again_blindly() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "POST" => reply(202).with("location", "/v2/org/app/blobs/uploads/1"),
        "PUT" => reply(503),
        _ => reply(404),
    })
    .await;
    let (store, _) = watched(&server.host(), options());
    let error = store.write_blob(&Source::known(vec![Bytes::from(vec![7; 100_000])])).await.unwrap_err();
    assert_eq!(error.passes(), None, "what leaves a store is settled");
    let lines = server.lines();
    let puts = lines.iter().enumerate().filter(|(_, line)| line.starts_with("PUT")).map(|(at, _)| at);
    let puts: Vec<usize> = puts.collect();
    assert_eq!(puts.len(), 5, "{lines:?}");
    // Whether the blob is there is asked first, and then for a new session.
    for between in puts.windows(2).map(|pair| &lines[pair[0]..pair[1]]) {
        let asked = |what: &str| between.iter().any(|line| line.starts_with(what));
        assert!(asked("HEAD ") && asked("POST "), "{lines:?}");
    }
}

#[tokio::test]
async fn a_delete_that_finds_nothing_after_a_first_attempt_is_done() {
    for (failures, done) in [(0, false), (1, true)] {
        let left = AtomicUsize::new(failures);
        let server = Server::start(move |_| {
            let fails = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
            reply(if fails { 504 } else { 404 })
        })
        .await;
        let (store, _) = watched(&server.host(), options());
        let url = store.opened().await.unwrap().endpoint.manifest(&version("v1"));
        let Ok(response) = store.send(&Request::new(Method::DELETE, url)).await else { panic!("an answer") };
        assert_eq!(response.status().is_success(), done, "{failures}");
    }
}

#[tokio::test]
async fn a_redirect_that_fails_is_gone_again_from_its_beginning() {
    let signed = AtomicUsize::new(0);
    let server = Server::start(move |seen| match seen.target.as_str() {
        "/signed/1" => reply(503),
        "/signed/2" => reply(200).with("content-type", "application/vnd.x").body(INDEX),
        _ => reply(307).with("location", format!("/signed/{}", signed.fetch_add(1, Ordering::Relaxed) + 1)),
    })
    .await;
    let (store, _) = watched(&server.host(), options());
    store.fetch_manifest(&version("v1")).await.unwrap();
    let manifest = "GET /v2/org/app/manifests/v1";
    assert_eq!(server.lines(), [manifest, "GET /signed/1", manifest, "GET /signed/2"]);
}

#[tokio::test]
async fn a_pause_in_seconds_or_as_a_date_holds_for_the_whole_host() {
    let date = || {
        reply(503).with("date", "Wed, 21 Oct 2026 07:28:00 GMT").with("retry-after", "Wed, 21 Oct 2026 07:28:01 GMT")
    };
    for failure in [date as fn() -> Reply, || reply(429).with("retry-after", "1")] {
        let (server, store, _) = failing(1, failure).await;
        let start = Instant::now();
        store.fetch_manifest(&version("v1")).await.unwrap();
        let waited = start.elapsed();
        assert!((1000..1900).contains(&waited.as_millis()), "{waited:?}");
        assert_eq!(server.lines().len(), 2);
    }
    // Who asks for something else meanwhile waits, too.
    let (server, store, _) = failing(1, || reply(429).with("retry-after", "1")).await;
    let start = Instant::now();
    let other = async {
        while server.lines().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        store.tags(None).await.unwrap_err();
        start.elapsed()
    };
    let known = version("v1");
    let (fetched, waited) = tokio::join!(store.fetch_manifest(&known), other);
    fetched.unwrap();
    assert!(waited.as_millis() >= 1000, "{waited:?}");
}

#[tokio::test]
async fn a_pause_that_is_too_long_fails_at_once_for_everybody_and_says_when_to_come_back() {
    let (server, store, _) =
        failing(usize::MAX, || reply(429).with("retry-after", "3600").with("ratelimit-limit", "100;w=21600")).await;
    let start = Instant::now();
    let error = store.fetch_manifest(&version("v1")).await.unwrap_err();
    assert!(error.to_string().contains("asks to come back in 3600s, at 2"), "{error}");
    let cause = std::error::Error::source(error.fault()).unwrap().to_string();
    assert!(cause.contains("(ratelimit-limit: 100;w=21600)"), "{cause}");
    let error = store.tags(None).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("come back in 3"), "{error}");
    assert_eq!((error.passes(), server.lines().len()), (None, 1), "the second one was not sent");
    assert!(start.elapsed().as_millis() < 900);
}

#[tokio::test]
async fn a_long_pause_is_told_to_everybody_and_once() {
    let server = Server::start(|_| reply(503).with("retry-after", "7")).await;
    let (store, notices) = watched(&server.host(), options());
    let (one, two) = (version("v1"), version("v2"));
    let both = async { tokio::join!(store.fetch_manifest(&one), store.fetch_manifest(&two)) };
    tokio::time::timeout(Duration::from_millis(500), both).await.unwrap_err();
    let told = notices.0.lock().unwrap().clone();
    let warnings: Vec<_> = told.iter().filter(|told| told.starts_with("Warning")).collect();
    assert_eq!(warnings, [&format!("Warning(\"{} asks to wait 7s before the next request\")", server.host())]);
}

/// A server that gives each connection to `serve`, with its number from zero.
async fn raw<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(usize, TcpStream) -> F + Send + 'static,
) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(number, stream));
        }
    });
    (host, task)
}

/// The head of the next request.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

async fn answer(stream: &mut TcpStream, length: usize, body: &[u8]) {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/vnd.x\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_ends_before_or_within_a_short_answer_is_replaced() {
    let (host, task) = raw(async |number, mut stream| {
        head(&mut stream).await;
        match number {
            0 => {}
            1 => answer(&mut stream, INDEX.len(), &INDEX[..20]).await,
            _ => answer(&mut stream, INDEX.len(), INDEX).await,
        }
    })
    .await;
    let (store, notices) = watched(&host, options());
    assert_eq!(store.fetch_manifest(&version("v1")).await.unwrap().bytes, INDEX);
    assert_eq!(notices.0.lock().unwrap().len(), 2);
    task.abort();
}

#[tokio::test]
async fn a_kept_connection_that_died_meanwhile_is_nobodys_business() {
    // The server closes after each answer without having said so, when nobody looks.
    let (host, task) = raw(async |_, mut stream| {
        head(&mut stream).await;
        answer(&mut stream, INDEX.len(), INDEX).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    })
    .await;
    let (store, notices) = watched(&host, options());
    for _ in 0..3 {
        store.fetch_manifest(&version("v1")).await.unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    assert!(notices.0.lock().unwrap().is_empty(), "{:?}", notices.0);
    task.abort();
}

#[tokio::test]
async fn silence_is_given_up_and_asked_again_and_a_slow_drip_is_waited_for() {
    let (host, task) = raw(async |number, mut stream| {
        head(&mut stream).await;
        if number == 0 {
            std::future::pending::<()>().await;
        }
        answer(&mut stream, INDEX.len(), b"").await;
        // Slower than the limit in sum, never for as long at once.
        for byte in INDEX {
            stream.write_all(&[*byte]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
    })
    .await;
    let (store, notices) = watched(&host, ClientOptions { idle_timeout: Duration::from_millis(400), ..options() });
    assert_eq!(store.fetch_manifest(&version("v1")).await.unwrap().bytes, INDEX);
    let told = notices.0.lock().unwrap().clone();
    assert!(told.len() == 1 && told[0].contains("no byte went to or came from"), "{told:?}");
    task.abort();
}

#[tokio::test]
async fn a_service_that_starts_late_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    drop(listener);
    let patient = Policy { first: Duration::from_millis(100), ..Policy::default() };
    let (store, notices) = watched(&host, ClientOptions { retry: Policy { attempts: 20, ..patient }, ..options() });
    let late = async {
        while notices.0.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let listener = TcpListener::bind(&host).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        answer(&mut stream, INDEX.len(), INDEX).await;
    };
    let known = version("v1");
    let (fetched, ()) = tokio::join!(store.fetch_manifest(&known), late);
    fetched.unwrap();
    assert!(notices.0.lock().unwrap()[0].contains("cannot be reached: "), "{:?}", notices.0);
}

#[tokio::test]
async fn an_upload_of_which_nothing_went_out_is_sent_again() {
    // The host of the session is not there at first: no byte of the blob can have gone out.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let late = listener.local_addr().unwrap();
    drop(listener);
    let server = Server::start(move |_| reply(202).with("location", format!("http://{late}/session"))).await;
    let (store, notices) = watched(&server.host(), ClientOptions { retry: Policy::default(), ..options() });
    let blob = vec![7; 100_000];
    let source = Source::known(vec![Bytes::from(blob.clone())]);
    let host = async {
        while notices.0.lock().unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let listener = TcpListener::bind(late).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        let mut body = vec![0; blob.len()];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        body
    };
    let (written, arrived) = tokio::join!(store.write_blob(&source), host);
    written.unwrap();
    assert!(arrived == blob);
}

#[tokio::test]
async fn answers_that_were_read_leave_their_connection_to_the_next_request() {
    let (server, store, _) = failing(3, || reply(503).error("UNAVAILABLE", &"x".repeat(10_000))).await;
    store.fetch_manifest(&version("v1")).await.unwrap();
    store.resolve(&version("none")).await.unwrap_err();
    store.tags(None).await.unwrap_err();
    store.write_manifest(&RawManifest::new("application/vnd.x", INDEX.to_vec()), None).await.unwrap();
    let seen = server.seen();
    assert!(seen.len() > 6 && seen.iter().all(|seen| seen.connection == 0), "{:?}", server.lines());
}
