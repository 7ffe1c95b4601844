//! PEM (RFC 7468) as people keep it: text around the blocks, CRLF, a byte order mark, indented lines.
//!
//! The content of a block is decoded when it is asked for, so that a private key is told by its label and never read.

use std::fmt::{self, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::BYTE_ORDER_MARK;

/// What stands before a label, at the start and at the end of a block.
const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
/// How long the lines of a block are (RFC 7468 section 2).
const COLUMNS: usize = 64;

/// Where a block stands in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which block of the file it is, from 1.
    pub number: usize,
    /// The line on which it begins, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "block {} (line {})", self.number, self.line)
    }
}

/// A file whose PEM is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// A block begins and does not end.
    #[error("{0} begins with '{BEGIN}{1}{DASHES}' and has no line '{END}{1}{DASHES}'")]
    Unfinished(Place, String),
    /// The content is not base64.
    #[error("{0} is not valid base64")]
    Base64(Place, #[source] base64::DecodeError),
}

/// One block of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it stands.
    pub(super) place: Place,
    /// What stands in its first line: `CERTIFICATE`, `PUBLIC KEY`.
    pub(super) label: String,
    body: String,
}

impl Block {
    /// Whether this is a private key of any kind, encrypted ones included.
    pub(super) fn is_private_key(&self) -> bool {
        self.label.contains("PRIVATE KEY")
    }

    /// The bytes between the two lines.
    pub(super) fn decode(&self) -> Result<Vec<u8>, PemError> {
        STANDARD.decode(&self.body).map_err(|source| PemError::Base64(self.place, source))
    }
}

/// Every block of a file, in its order; text around them is skipped.
pub(super) fn blocks(file: &[u8]) -> Result<Vec<Block>, PemError> {
    let text = String::from_utf8_lossy(file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file));
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().map(str::trim).enumerate() {
        match open.take() {
            None => open = label(line, BEGIN).map(|label| Block::new(blocks.len() + 1, index + 1, label)),
            Some(block) if label(line, END) == Some(&block.label) => blocks.push(block),
            Some(block) if line.starts_with(DASHES) => return Err(unfinished(block)),
            Some(mut block) => {
                block.body.extend(line.split_whitespace());
                open = Some(block);
            }
        }
    }
    open.map_or(Ok(blocks), |block| Err(unfinished(block)))
}

impl Block {
    fn new(number: usize, line: usize, label: &str) -> Self {
        Self { place: Place { number, line }, label: label.to_owned(), body: String::new() }
    }
}

fn label<'a>(line: &'a str, start: &str) -> Option<&'a str> {
    line.strip_prefix(start)?.strip_suffix(DASHES)
}

fn unfinished(block: Block) -> PemError {
    PemError::Unfinished(block.place, block.label)
}

/// What a block with this label is, for people.
pub(super) fn describe(label: &str) -> String {
    match label {
        "CERTIFICATE" => "a certificate".to_owned(),
        "TRUSTED CERTIFICATE" => format!("OpenSSL's own form ('{label}')"),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a certificate signing request".to_owned(),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => format!("a public key ('{label}')"),
        "X509 CRL" => "a revocation list".to_owned(),
        _ => format!("'{label}'"),
    }
}

/// One block as RFC 7468 section 2 writes it: 64 columns, LF.
pub(super) fn encode(label: &str, content: &[u8]) -> String {
    let body = STANDARD.encode(content);
    let mut text = format!("{BEGIN}{label}{DASHES}\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(COLUMNS));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
        rest = after;
    }
    text + END + label + DASHES + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_in_the_text_around_them() {
        let file = "\u{feff}# my CA\r\n-----BEGIN A B-----\r\nAAEC\r\n  AwQ=\r\n-----END A B-----\r\nbetween\n\
                    -----BEGIN X PRIVATE KEY-----\nnot read!\n-----END X PRIVATE KEY-----";
        let found = blocks(file.as_bytes()).unwrap();
        assert_eq!(found[0].decode().unwrap(), [0, 1, 2, 3, 4]);
        let shown = |block: &Block| (block.place.to_string(), block.is_private_key());
        assert_eq!(
            found.iter().map(shown).collect::<Vec<_>>(),
            [("block 1 (line 2)".to_owned(), false), ("block 2 (line 7)".to_owned(), true)]
        );
        assert_eq!(blocks(b"nothing").unwrap(), []);
    }

    #[test]
    fn what_is_broken_names_its_block() {
        for (file, message) in [
            (
                "-----BEGIN A-----\nAAEC\n",
                "block 1 (line 1) begins with '-----BEGIN A-----' and has no line '-----END A-----'",
            ),
            (
                "\n-----BEGIN A-----\n-----END B-----\n",
                "block 1 (line 2) begins with '-----BEGIN A-----' and has no line '-----END A-----'",
            ),
            (
                "-----BEGIN A-----\n-----BEGIN A-----\n",
                "block 1 (line 1) begins with '-----BEGIN A-----' and has no line '-----END A-----'",
            ),
        ] {
            assert_eq!(blocks(file.as_bytes()).unwrap_err().to_string(), message);
        }
        let block = &blocks(b"-----BEGIN A-----\nA*EC\n-----END A-----\n").unwrap()[0];
        assert_eq!(block.decode().unwrap_err().to_string(), "block 1 (line 1) is not valid base64");
    }

    #[test]
    fn a_block_is_written_in_64_columns() {
        let text = encode("A", &[7; 49]);
        assert_eq!(text.lines().map(str::len).collect::<Vec<_>>(), [17, 64, 4, 15]);
        assert_eq!(blocks(text.as_bytes()).unwrap()[0].decode().unwrap(), [7; 49]);
        assert_eq!(encode("A", &[]), "-----BEGIN A-----\n-----END A-----\n");
    }
}
