//! A client with no opinion of its own, to look at the registry from outside: one connection, byte for byte.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the client waits for bytes. A registry that never answers is only told from a slow one by waiting.
const PATIENCE: Duration = Duration::from_secs(1);

/// A connection.
pub struct Wire(BufReader<TcpStream>);

/// How an answer, or the wait for one, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// All that was announced has come.
    Complete,
    /// The connection was closed before that.
    Closed,
    /// Nothing more came.
    Silent,
}

impl From<io::Error> for End {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::Silent,
            _ => Self::Closed,
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub end: End,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Wire {
    pub fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        Self(BufReader::new(stream))
    }

    pub fn get(&mut self, target: &str) -> Answer {
        self.send("GET", target, &[], b"").expect("an answer")
    }

    /// One request; an error when no answer came.
    pub fn send(&mut self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, End> {
        let host = self.0.get_ref().peer_addr()?.to_string();
        let length = body.len().to_string();
        let lines = [("host", host.as_str()), ("content-length", length.as_str())];
        let lines: Vec<_> = lines.iter().chain(headers).map(|(name, value)| [*name, *value].join(": ")).collect();
        let head = format!("{method} {target} HTTP/1.1\r\n{}\r\n\r\n", lines.join("\r\n"));
        let stream = self.0.get_mut();
        // A registry that hangs up early may do so before all is written.
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body))?;
        self.read(method == "HEAD")
    }

    fn read(&mut self, head_only: bool) -> Result<Answer, End> {
        let first = self.line()?;
        let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let mut headers = Vec::new();
        while let Some((name, value)) = self.line()?.split_once(": ") {
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new(), end: End::Complete };
        let length: u64 = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        if !head_only {
            answer.end = match self.0.by_ref().take(length).read_to_end(&mut answer.body) {
                Ok(_) if answer.body.len() as u64 == length => End::Complete,
                Ok(_) => End::Closed,
                Err(error) => error.into(),
            };
        }
        Ok(answer)
    }

    fn line(&mut self) -> Result<String, End> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line)?;
        if read > 0 { Ok(line.trim_end().to_owned()) } else { Err(End::Closed) }
    }
}
