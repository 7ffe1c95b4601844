//! Secrets stay where they belong: with the registry, and off every screen.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use bobctl::oci::Digest;
use serde_json::{Value, json};

use crate::support::fault::{Auth, FaultRegistry, GET, on};
use crate::support::sandbox::Sandbox;
use crate::support::story::{ORIGIN, pull, push, webapp};

const SECRET: &str = "s3cret-Passw0rd";

fn creds() -> String {
    format!("bob:{SECRET}")
}

/// A registry that knows bob and has the tag 1 of `a/b`, and the layer of that.
fn pushed(sandbox: &Sandbox, auth: Auth) -> (FaultRegistry, Digest) {
    let registry = FaultRegistry::builder().auth(auth).start();
    webapp(sandbox, "bob");
    push(sandbox, &registry.reference("a/b:1"), "bob", &["--creds", &creds()]).run().ok();
    let manifest: Value = serde_json::from_slice(&registry.manifest("a/b", "1").unwrap()).unwrap();
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().parse().unwrap();
    (registry, layer)
}

/// Counts who comes to a port of this machine.
struct Neighbour(TcpListener);

impl Neighbour {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn address(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    fn was_visited(&self) -> bool {
        self.0.accept().is_ok()
    }
}

#[test]
fn a_download_that_goes_on_elsewhere_takes_no_secret_along() {
    for auth in [Auth::basic("bob", SECRET), Auth::bearer("bob", SECRET).into()] {
        let (sandbox, storage) = (Sandbox::new(), FaultRegistry::start());
        let (registry, layer) = pushed(&sandbox, auth);
        storage.put_blob("a/b", registry.blob("a/b", &layer).unwrap());
        // It breaks, and the registry sends what asks for the rest to its storage.
        registry.fault(on(GET).blob().path(&layer.to_string()).first(1).cut_after(100));
        let away = storage.url().replace("127.0.0.1", "localhost");
        registry
            .fault(on(GET).blob().path(&layer.to_string()).after(1).redirect(&format!("{away}/v2/a/b/blobs/{layer}")));
        pull(&sandbox, &registry.reference("a/b:1"), "out", &["--creds", &creds()]).run().ok();
        assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
        assert_eq!(storage.log().count(), 1);
        assert!(!storage.log().saw(SECRET) && !storage.log().saw("Bearer"), "{:?}", storage.log().requests());
    }
}

#[test]
fn a_download_that_goes_on_in_this_machines_network_does_not() {
    let (sandbox, neighbour) = (Sandbox::new(), Neighbour::start());
    let (registry, layer) = pushed(&sandbox, Auth::basic("bob", SECRET));
    registry.fault(on(GET).blob().path(&layer.to_string()).first(1).cut_after(100));
    registry.fault(on(GET).blob().path(&layer.to_string()).after(1).redirect(&neighbour.address()));
    // By this name it is no registry of this machine.
    let reference = registry.reference("a/b:1").replace("127.0.0.1", "0.0.0.0");
    let error = pull(&sandbox, &reference, "out", &["--creds", &creds(), "--plain-http"]).run().fails(5);
    assert!(error.contains("this machine's own network"), "{error}");
    assert!(!neighbour.was_visited() && !sandbox.exists("out"));
}

#[test]
fn addresses_in_a_descriptor_are_not_visited() {
    let (sandbox, neighbour) = (Sandbox::new(), Neighbour::start());
    let (registry, layer) = pushed(&sandbox, Auth::basic("bob", SECRET));
    let mut manifest: Value = serde_json::from_slice(&registry.manifest("a/b", "1").unwrap()).unwrap();
    for blob in ["/layers/0", "/config"] {
        manifest.pointer_mut(blob).unwrap()["urls"] = json!([format!("{}/x", neighbour.address())]);
    }
    registry.put_manifest("a/b", Some("foreign"), manifest.to_string());
    registry.fault(on(GET).blob().path(&layer.to_string()).answer(404));
    let reference = registry.reference("a/b:foreign");
    let error = pull(&sandbox, &reference, "out", &["--creds", &creds()]).run().fails(3);
    assert!(error.contains(&layer.to_string()), "{error}");
    let more = ["describe", "artifact", &reference, "--files", "--creds", &creds()];
    assert!(sandbox.bobctl(more).run().code().is_some());
    let copy = format!("oci-layout://{}:1", sandbox.path("layout").display());
    assert_ne!(sandbox.bobctl(["copy", "artifact", &reference, &copy, "--from-creds", &creds()]).run().code(), None);
    assert!(!neighbour.was_visited());
}

#[test]
fn no_password_goes_out_without_tls_unless_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let (registry, _) = pushed(&sandbox, Auth::basic("bob", SECRET));
    let before = registry.log();
    let abroad = registry.reference("a/b:1").replace("127.0.0.1", "0.0.0.0");
    let pulling = |more: &[&str]| pull(&sandbox, &abroad, "out", &[more, &["--creds", &creds()]].concat());
    // It speaks no TLS, and nothing else is tried.
    pulling(&[]).run().fails(5);
    assert_eq!(registry.log().since(&before).count(), 0);
    // A proxy for what has no TLS hears nothing of it, and one for TLS not what is said.
    let heard = Arc::new(Mutex::new(Vec::new()));
    let proxy = recorder(Arc::clone(&heard));
    pulling(&[]).env("HTTPS_PROXY", &proxy).env("HTTP_PROXY", &proxy).run().fails(5);
    let tunnels = String::from_utf8(std::mem::take(&mut *heard.lock().unwrap())).unwrap();
    assert!(tunnels.starts_with("CONNECT 0.0.0.0:"), "{tunnels}");
    let pair = "cHIweHk6eA=="; // pr0xy:x
    assert!(!tunnels.contains("GET ") && !tunnels.to_lowercase().contains("\r\nauthorization"), "{tunnels}");
    assert!(tunnels.contains(&format!("Basic {pair}")), "{tunnels}");
    // With the flag it does, as whoever sets it wants.
    pulling(&["--plain-http"]).run().ok();
    assert!(registry.log().since(&before).saw(SECRET) && !registry.log().saw("pr0xy"));
}

/// A proxy that lets nobody through and notes what it heard.
fn recorder(heard: Arc<Mutex<Vec<u8>>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            heard.lock().unwrap().extend_from_slice(&request[..length]);
            drop(stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
        }
    });
    format!("http://pr0xy:x@{address}")
}

#[test]
fn programs_that_are_started_get_no_secret() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    webapp(&sandbox, "bob");
    sandbox.git_init(".", "https://github.com/org/webapp.git");
    // Each notes how it was started, and then does its work.
    let noted = sandbox.path("noted");
    let note = format!("(tr '\\0' '\\n' < /proc/$$/cmdline; tr '\\0' '\\n' < /proc/$$/environ) >> {}", noted.display());
    let helper = format!(
        "#!/bin/sh\n{note}\ncat > {}\necho '{{\"Username\":\"bob\",\"Secret\":\"{SECRET}\"}}'\n",
        sandbox.path("asked").display()
    );
    sandbox.write("bin/docker-credential-probe", helper);
    sandbox.write("bin/git", format!("#!/bin/sh\n{note}\nPATH=/usr/local/bin:/usr/bin:/bin exec git \"$@\"\n"));
    for program in ["bin/docker-credential-probe", "bin/git"] {
        sandbox.executable(program);
    }
    sandbox.write("../home/.docker/config.json", json!({"credsStore": "probe"}).to_string());
    let pushing = |more: &[&str]| {
        let reference = registry.reference("a/b:1");
        let words = [&["push", "artifact", &reference, "--path", "bob"], more].concat();
        sandbox.bobctl(words).path_first(sandbox.path("bin"))
    };
    pushing(&[]).run().ok();
    assert_eq!(sandbox.read("asked").trim(), registry.host());
    pushing(&["--if-changed", "--username", "bob", "--password-stdin"]).stdin(SECRET).run().ok();
    let noted = sandbox.read("noted");
    assert!(noted.contains("docker-credential-probe") && noted.contains("bin/git"), "{noted}");
    assert!(!noted.contains(SECRET), "{noted}");
}

#[test]
fn a_password_that_the_shell_took_apart_is_not_shown() {
    let sandbox = Sandbox::new();
    let registry = FaultRegistry::start();
    let (one, two) = (registry.reference("a/b:1"), registry.reference("a/c:1"));
    let verbs: [(&str, &[&str], &str); 10] = [
        ("delete artifact", &[&one], ""),
        ("login", &[&registry.host()], ""),
        ("list artifacts", &[&registry.reference("a/b")], ""),
        ("describe artifact", &[&one], ""),
        ("tree artifact", &[&one], ""),
        ("pull artifact", &[&one], ""),
        ("tag artifact", &[&one], ""),
        ("push artifact", &[&one], ""),
        ("copy artifact", &[&one, &two], "from-"),
        ("link artifact", &[&one, &two], ""),
    ];
    for (verb, references, side) in verbs {
        let verb: Vec<&str> = verb.split(' ').collect();
        let needed: &[&str] = match verb[0] {
            "pull" => &["--output=out"],
            "push" => &["--path=bob"],
            "tag" => &["--tag=2"],
            _ => &[],
        };
        let (flag, stdin) = (format!("--{side}creds"), format!("--{side}password-stdin"));
        let torn = format!("{flag}=bob:my");
        for secret in [SECRET, "s3cret/Passw0rd"] {
            let own = [flag.as_str(), "bob:my", secret];
            for (words, named) in [
                ([&verb, &own[..], references].concat(), &flag),
                ([&verb, references, &own[..]].concat(), &flag),
                ([&verb, &[torn.as_str(), secret][..], references].concat(), &flag),
                ([&verb, references, &[torn.as_str(), "own", secret]].concat(), &flag),
                ([&verb, &[stdin.as_str(), secret][..], references].concat(), &stdin),
                ([&verb, references, &[stdin.as_str(), secret]].concat(), &stdin),
            ] {
                for more in ["--debug", "--format=json"] {
                    let run = sandbox.bobctl([&words, needed, &[more]].concat()).run();
                    assert!(!run.stdout().contains("Passw0rd"), "{words:?}: {run:?}");
                    let error = run.fails(2);
                    assert!(!error.contains("Passw0rd"), "{words:?}: {error}");
                    assert!(error.contains(named.as_str()) && error.contains("hint"), "{words:?}: {error}");
                }
            }
        }
        if verb == ["login"] {
            continue;
        }
        // Nothing else was given: it can be no reference.
        let alone = [&verb, &[flag.as_str(), "bob:my", SECRET][..]].concat();
        let error = sandbox.bobctl([&alone, needed, &["--debug"][..]].concat()).run().fails(2);
        assert!(!error.contains(SECRET), "{error}");
    }
    assert_eq!(registry.log().count(), 0);
    // What is no part of a secret is shown.
    let error =
        sandbox.bobctl(["list", "artifacts", "oci://r.io/a", "oci://r.io/b", "--creds", "bob:pw"]).run().fails(2);
    assert!(error.contains("oci://r.io/b"), "{error}");
    let error = sandbox.bobctl(["list", "artifacts", "nginx", "--creds", "bob:pw"]).run().fails(2);
    assert!(error.contains("nginx"), "{error}");
    let known = FaultRegistry::builder().auth(Auth::basic("bob", SECRET)).start();
    webapp(&sandbox, "bob");
    let words = ["push", "artifact", "--creds", &creds(), &known.reference("a/b:1"), "--path", "bob"];
    sandbox.bobctl(words.iter().chain(&ORIGIN)).run().ok();
}
