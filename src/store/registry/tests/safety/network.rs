//! Answers that lead into the network that this machine is in (SEC-7).
//!
//! `0.0.0.0` reaches this machine and is no name of it that counts, so a registry there is elsewhere.

use super::*;

/// Somebody on this machine who counts who comes.
struct Neighbour {
    address: String,
    visits: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Neighbour {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("https://{}", listener.local_addr().unwrap());
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        let task = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        Self { address, visits, task }
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const MANIFEST: &str = "application/vnd.oci.image.index.v1+json";

/// What a registry answers to lead to the second argument.
type Leading = fn(&Seen, &str) -> Option<Reply>;

fn redirect(seen: &Seen, method: &str, part: &str, to: &str) -> Option<Reply> {
    (seen.method == method && seen.target.contains(part)).then(|| reply(307).with("location", to))
}

/// Each way to lead a client, and whether it works for a neighbour: lists are fetched from the registry alone.
const WAYS: [(&str, Leading, bool); 17] = [
    ("manifest", |seen, to| redirect(seen, "GET", "/manifests/", to), true),
    ("resolving", |seen, to| redirect(seen, "HEAD", "/manifests/", to), true),
    ("blob", |seen, to| redirect(seen, "GET", "/blobs/", to), true),
    ("existence", |seen, to| redirect(seen, "HEAD", "/blobs/", to), true),
    ("tags", |seen, to| redirect(seen, "GET", "/tags/", to), true),
    // Only the registry says what refers to a manifest.
    ("referrers", |seen, to| redirect(seen, "GET", "/referrers/", to), false),
    ("upload", |seen, to| redirect(seen, "POST", "/uploads/", to), true),
    ("bytes", |seen, to| redirect(seen, "PUT", "/uploads/", to), true),
    ("growing bytes", |seen, to| redirect(seen, "PATCH", "/uploads/", to), true),
    ("deleting", |seen, to| redirect(seen, "DELETE", "/manifests/", to), true),
    ("manifest out", |seen, to| redirect(seen, "PUT", "/manifests/", to), true),
    ("Location", |seen, to| (seen.method == "POST").then(|| reply(202).with("location", to)), true),
    ("next Location", |seen, to| (seen.method == "PATCH").then(|| reply(202).with("location", to)), true),
    ("realm", |_, to| Some(reply(401).with("www-authenticate", format!("Bearer realm=\"{to}/token\""))), true),
    (
        "token",
        |seen, to| {
            let asked = reply(401).with("www-authenticate", "Bearer realm=\"/token\"");
            redirect(seen, "GET", "/token", to).or(Some(asked))
        },
        true,
    ),
    (
        "next tags",
        |seen, to| {
            let page = reply(200).with("link", format!("<{to}/x>; rel=next")).body(r#"{"tags":["a"]}"#);
            seen.target.contains("/tags/").then_some(page)
        },
        false,
    ),
    (
        "next referrers",
        |seen, to| {
            let page = reply(200).with("content-type", MANIFEST).with("link", format!("<{to}/x>; rel=next"));
            seen.target.contains("/referrers/").then(|| page.body(r#"{"schemaVersion":2,"manifests":[]}"#))
        },
        false,
    ),
];

/// Everything a client does, at a registry by this name that leads to `neighbour`.
async fn visit(way: Leading, host: &str, neighbour: &Neighbour) {
    let to = neighbour.address.clone();
    let server = Server::start(move |seen| {
        way(seen, &to).unwrap_or_else(|| match seen.method.as_str() {
            "POST" => reply(202).with("location", "/v2/org/app/blobs/uploads/1"),
            _ => reply(404),
        })
    })
    .await;
    let host = server.host().replace("127.0.0.1", host);
    let one = ClientOptions { retry: Policy { attempts: 1, ..quick() }, ..options() };
    let client = Client::new(one, keychain(Some(password())), Arc::new(Unobserved));
    let store = client.repository(repository(&format!("{host}/org/app")), Access::Push);
    leaks::everything(&store).await;
    assert!(!server.seen().is_empty());
}

#[tokio::test]
async fn no_answer_of_a_registry_elsewhere_makes_a_connection_to_this_machine() {
    for (name, way, works_here) in WAYS {
        let neighbour = Neighbour::start().await;
        visit(way, "0.0.0.0", &neighbour).await;
        assert_eq!(neighbour.visits(), 0, "{name}");
        // The same answers of a registry on this machine do, so the above means something.
        visit(way, "127.0.0.1", &neighbour).await;
        assert_eq!(neighbour.visits() > 0, works_here, "{name}");
    }
}
