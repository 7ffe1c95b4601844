//! As much HTTP as it takes to ask a registry one question.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::tls::TlsFiles;

/// The answer to one request.
#[derive(Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Status line and headers as they came.
    pub head: String,
    /// The body as text.
    pub body: String,
}

/// Sends `GET path` with `headers`, over TLS when `tls` is given.
///
/// The request is HTTP/1.0, so the answer ends with the connection and is never chunked.
pub(super) fn get(address: SocketAddr, tls: Option<&TlsFiles>, path: &str, headers: &[&str]) -> io::Result<Reply> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut request = format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n");
    for header in headers {
        request.extend([header, "\r\n"]);
    }
    request.push_str("\r\n");
    let answer = match tls {
        Some(tls) => exchange(tls.connect(stream)?, &request)?,
        None => exchange(stream, &request)?,
    };
    parse(&answer).ok_or_else(|| io::Error::other(format!("no HTTP answer: {answer:?}")))
}

fn exchange(mut stream: impl Read + Write, request: &str) -> io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn parse(answer: &str) -> Option<Reply> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(Reply { status, head: head.to_owned(), body: body.to_owned() })
}
