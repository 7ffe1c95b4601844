//! cosign and notation: bytes of keys, certificates and trust policies in, a verdict with reasons out.
//!
//! Nothing here reads a file, the clock or the network; what a verdict depends on is handed in. A file that holds a
//! private key where a public one belongs is refused wherever it turns up: what comes out of this room goes into
//! clusters.
//!
//! | module | what it reads |
//! | --- | --- |
//! | [`certificate`] | certificates that others are to trust, and whether they can be trusted |
//! | [`cosign`] | cosign's public keys |
//! | [`notation`] | notation's trust policies |

pub mod certificate;
pub mod cosign;
pub mod notation;
mod pem;

pub use pem::{PemError, Place};

use x509_cert::der::{Decode as _, Header, Length, Reader as _, SliceReader};

/// The largest key, certificate or policy file that is read, in bytes: what fits into a Kubernetes secret at all.
pub const MAX_FILE: usize = 1 << 20;

/// What Windows puts in front of text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Whether a file looks like a DER document: a sequence with a length that no UTF-8 text shows, or just its own.
fn looks_like_der(file: &[u8]) -> bool {
    match file {
        [0x30, 0x81..=0x84, ..] => true,
        [0x30, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}

/// Whether DER is a sequence that starts with a version, as private keys and PKCS #12 files are, and neither
/// certificates nor public keys. What is encrypted looks otherwise, but is neither of them.
fn holds_a_key(der: &[u8]) -> bool {
    const VERSION: [u8; 2] = [0x02, 0x01];
    let content = SliceReader::new(der).and_then(|mut reader| {
        Header::decode(&mut reader)?;
        reader.read_slice(Length::new(2))
    });
    content.is_ok_and(|content| content == VERSION)
}
