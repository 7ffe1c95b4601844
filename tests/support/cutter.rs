//! A line that breaks: a TCP proxy which ends a connection once so many bytes went through, and lets everything else pass.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// Whose bytes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The client's.
    Up,
    /// The server's.
    Down,
}

struct Line {
    server: String,
    counted: Way,
    /// How many bytes may still pass before the cut.
    left: AtomicUsize,
    cuts: AtomicUsize,
    stopped: AtomicBool,
}

/// A running proxy, which ends when it is dropped.
pub struct Cutter {
    address: SocketAddr,
    line: Arc<Line>,
    thread: Option<JoinHandle<()>>,
}

impl Cutter {
    /// In front of `server`; the first connection on which the bytes of `counted`, over all connections, come to `after`
    /// is cut.
    pub fn start(server: &str, counted: Way, after: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let line = Arc::new(Line {
            server: server.to_owned(),
            counted,
            left: AtomicUsize::new(after),
            cuts: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let shared = Arc::clone(&line);
        let thread = thread::spawn(move || {
            for client in listener.incoming() {
                if shared.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let line = Arc::clone(&shared);
                thread::spawn(move || line.connect(&client.expect("a connection")));
            }
        });
        Self { address, line, thread: Some(thread) }
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> usize {
        self.line.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.line.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

impl Line {
    fn connect(&self, client: &TcpStream) {
        let server = TcpStream::connect(&self.server).expect("the server");
        thread::scope(|scope| {
            scope.spawn(|| self.pass(client, &server, Way::Up));
            self.pass(&server, client, Way::Down);
        });
    }

    /// Until one side ends, or the line is cut.
    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, way: Way) {
        let mut buffer = [0; 16 << 10];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let passing = if way == self.counted { self.count(read) } else { read };
            if to.write_all(&buffer[..passing]).is_err() {
                break;
            }
            if passing < read {
                break;
            }
        }
        // Either may be gone already.
        let _gone = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    }

    /// How many of `read` bytes pass.
    fn count(&self, read: usize) -> usize {
        if self.cuts() > 0 {
            return read;
        }
        let left = self.left.load(Ordering::Relaxed);
        if left > read {
            self.left.store(left - read, Ordering::Relaxed);
            return read;
        }
        self.cuts.store(1, Ordering::Relaxed);
        left.min(read - 1)
    }

    fn cuts(&self) -> usize {
        self.cuts.load(Ordering::Relaxed)
    }
}
