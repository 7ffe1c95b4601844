//! A server process: started on a free port, awaited, killed.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::http::{self, Reply};
use super::tls::TlsFiles;

/// Ports that no client connection gets by itself, for those begin at 32768 on Linux and at 49152 elsewhere.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
/// How often another program may snatch the port between our look and the server's.
const TRIES: usize = 5;
/// A start takes some 50 ms; a loaded machine gets all the time it may need.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A registry process and its folder, which both go when this is dropped.
pub struct Server {
    child: Child,
    address: SocketAddr,
    tls: bool,
    log: PathBuf,
    folder: TempDir,
}

impl Server {
    /// Starts what `command` gives for a port, and waits until it answers.
    pub(super) fn start(folder: TempDir, tls: Option<&TlsFiles>, command: impl Fn(u16) -> Command) -> Self {
        let log = folder.path().join("log");
        for _ in 0..TRIES {
            let address = free_address();
            let mut command = command(address.port());
            let mut child = spawn(&mut command, &log);
            if answers(&mut child, address, tls) {
                return Self { child, address, tls: tls.is_some(), log, folder };
            }
            end(&mut child);
            if !read(&log).contains("address already in use") {
                break;
            }
        }
        panic!("the registry did not start:\n{}", read(&log));
    }

    /// `127.0.0.1:PORT`, the first part of every reference to this registry.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// What the registry has logged so far.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// The registry's own folder, for files a test keeps beside it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sends `GET path` with `headers` over plain HTTP.
    pub fn get(&self, path: &str, headers: &[&str]) -> Reply {
        assert!(!self.tls, "this registry speaks TLS");
        http::get(self.address, None, path, headers).expect("the registry answers")
    }

    /// Sends `GET path` with `headers` over TLS, trusting the authority of `tls` and offering its client's certificate.
    ///
    /// # Errors
    /// One of the two does not trust the other.
    pub fn get_tls(&self, tls: &TlsFiles, path: &str, headers: &[&str]) -> io::Result<Reply> {
        http::get(self.address, Some(tls), path, headers)
    }
}

impl Drop for Server {
    #[expect(clippy::print_stderr, reason = "the test harness shows it for a failed test alone")]
    fn drop(&mut self) {
        end(&mut self.child);
        if thread::panicking() {
            eprintln!("--- log of the registry at {}\n{}---", self.address, self.log());
        }
    }
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).expect("the temporary folder is writable");
    let errors = log.try_clone().expect("a second handle of the log");
    command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().expect("the registry is executable")
}

/// Waits for the first answer to `GET /v2/`, whatever its status. Not when the process ends instead.
fn answers(child: &mut Child, address: SocketAddr, tls: Option<&TlsFiles>) -> bool {
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        let answered = http::get(address, tls, "/v2/", &[]).is_ok();
        // The one that answered may be another program, which took the port first: then ours has ended.
        if child.try_wait().expect("a child to wait for").is_some() {
            return false;
        }
        if answered {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}

fn end(child: &mut Child) {
    // Both fail only for a process that is gone already.
    let _ = child.kill();
    let _ = child.wait();
}

fn read(log: &Path) -> String {
    fs::read_to_string(log).unwrap_or_default()
}

/// A port nobody listens on now, and that no other test of this process is given.
pub(super) fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset =
        u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).expect("below the range's length");
    for _ in PORTS {
        let step = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(offset) % (PORTS.end - PORTS.start);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORTS.start + step));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no free port between {} and {}", PORTS.start, PORTS.end);
}
