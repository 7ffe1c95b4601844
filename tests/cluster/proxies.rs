//! Proxies between us and a real API server: what the kubeconfig names, and what the surroundings do.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::commands::create;
use crate::support::real::{KubeApiserver, User};
use crate::support::sandbox::Sandbox;

/// A name that only a proxy knows.
const HIDDEN: &str = "cluster.invalid:6443";

/// What is spoken to a proxy.
#[derive(Clone, Copy)]
enum Protocol {
    Http,
    Socks5,
}

/// A proxy that connects to one server, whatever it is asked for, and keeps what that was.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    fn start(protocol: Protocol, server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = asked.clone();
        let thread = thread::spawn(move || serve(&listener, protocol, &server, &record));
        Self { address, asked, thread: Some(thread) }
    }

    fn asked(&self) -> String {
        self.asked.lock().expect("no thread panicked").join("\n")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // A connection that says nothing is the sign to end.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the proxy panicked");
        }
    }
}

fn serve(listener: &TcpListener, protocol: Protocol, server: &str, record: &Mutex<Vec<String>>) {
    for stream in listener.incoming() {
        let mut client = stream.expect("a connection");
        let met = match protocol {
            Protocol::Http => connect(&mut client),
            Protocol::Socks5 => socks5(&mut client),
        };
        let Ok(asked) = met else { return };
        record.lock().expect("no thread panicked").push(asked);
        let server = TcpStream::connect(server).expect("the server is there");
        let (to, from) = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
        // Each ends with its connection.
        thread::spawn(move || io::copy(&mut &from, &mut &to));
        thread::spawn(move || io::copy(&mut &server, &mut &client));
    }
}

/// RFC 9110, section 9.3.6: the head of the request.
fn connect(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let [byte] = read(client)?;
        head.push(byte);
    }
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    Ok(String::from_utf8(head).expect("text"))
}

/// RFC 1928 without a login: the name and the port that were asked for.
fn socks5(client: &mut TcpStream) -> io::Result<String> {
    let [_version, methods] = read(client)?;
    for _ in 0..methods {
        read::<1>(client)?;
    }
    client.write_all(&[5, 0])?;
    let [_, _, _, kind, length] = read(client)?;
    assert_eq!(kind, 3, "a name is asked for");
    let mut name = vec![0; length.into()];
    client.read_exact(&mut name)?;
    let port = u16::from_be_bytes(read(client)?);
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    Ok(format!("{}:{port}", String::from_utf8(name).expect("text")))
}

fn read<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A kubeconfig whose cluster can be reached only through a proxy.
fn hidden(cluster: &KubeApiserver) -> Value {
    let mut config = cluster.config(&json!({ "token": User::Admin.token() }));
    config["clusters"][0]["cluster"]["server"] = json!(format!("https://{HIDDEN}"));
    config["clusters"][0]["cluster"]["tls-server-name"] = json!("localhost");
    config
}

pub(super) fn of_the_kubeconfig_are_taken(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    for (protocol, scheme) in [(Protocol::Http, "http"), (Protocol::Socks5, "socks5")] {
        let proxy = Proxy::start(protocol, cluster.host());
        let mut config = hidden(cluster);
        config["clusters"][0]["cluster"]["proxy-url"] = json!(format!("{scheme}://{}", proxy.address));
        let kubeconfig = cluster.write("proxied", &config);
        // It says where the cluster is, so NO_PROXY has no part in it: the proxy may well be on this machine.
        let run = create(&sandbox, &kubeconfig, &["-n", "team"]).env("NO_PROXY", "127.0.0.1,cluster.invalid").run();
        assert!(run.ok().contains("secret/typed-in"), "{scheme}");
        assert!(proxy.asked().contains(HIDDEN), "{scheme}: {}", proxy.asked());
    }
}

pub(super) fn of_the_surroundings_are_taken(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let proxy = Proxy::start(Protocol::Http, cluster.host());
    let url = format!("http://bob:p%40ss@{}", proxy.address);
    let kubeconfig = cluster.write("hidden", &hidden(cluster));
    // NO_PROXY speaks of clusters, not of proxies.
    create(&sandbox, &kubeconfig, &["-n", "team"]).env("HTTPS_PROXY", &url).env("NO_PROXY", "127.0.0.1").run().ok();
    let asked = proxy.asked();
    // The password as it is meant: `bob:p@ss`.
    assert!(asked.contains(HIDDEN) && asked.contains("Basic Ym9iOnBAc3M="), "{asked}");
}

pub(super) fn that_are_dead_are_named(cluster: &KubeApiserver) {
    let sandbox = Sandbox::new();
    let mut config = hidden(cluster);
    config["clusters"][0]["cluster"]["proxy-url"] = json!("http://bob:hunter22@127.0.0.1:1");
    let said = create(&sandbox, &cluster.write("dead", &config), &[]).run().fails(5);
    assert!(said.contains("through the proxy http://127.0.0.1:1)") && !said.contains("hunter22"), "{said}");
    // Loopback is never proxied by the surroundings.
    create(&sandbox, &cluster.kubeconfig(User::Admin), &["-n", "team"])
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .run()
        .ok();
}
