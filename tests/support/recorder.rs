//! An HTTP server that says what it is told to, one answer a request, and keeps what it was asked: for what no real API
//! server does on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, headers that end in a line break each, and a body.
    Say(u16, &'static str, String),
    /// Nothing, while the connection stays open.
    Hang,
}

impl Reply {
    /// A JSON document.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::Say(status, "Content-Type: application/json\r\n", body.to_string())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Its headers.
    pub head: String,
    /// Its body.
    pub body: String,
}

/// A running server, which ends when it is dropped.
pub struct Recorder {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    /// Starts a server that gives `replies` in this order, and the last one again from then on.
    pub fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let record = asked.clone();
        let thread = thread::spawn(move || serve(&listener, &replies, &record));
        Self { address, asked, thread: Some(thread) }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread panicked").clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        // A connection that says nothing is the sign to end.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the server panicked");
        }
    }
}

fn serve(listener: &TcpListener, replies: &[Reply], record: &Mutex<Vec<Asked>>) {
    let mut replies = replies.iter();
    let mut last = replies.next().expect("an answer");
    let mut hanging = Vec::new();
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let Some(asked) = read(&stream) else { return };
        let reply =
            if record.lock().expect("no thread panicked").is_empty() { last } else { replies.next().unwrap_or(last) };
        last = reply;
        record.lock().expect("no thread panicked").push(asked);
        match reply {
            Reply::Hang => hanging.push(stream),
            Reply::Say(status, headers, body) => {
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} x\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
                // A client that has gone does not want to know.
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        head.push_str(&header.to_lowercase());
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    Some(Asked { line, head, body: String::from_utf8(body).expect("text") })
}
