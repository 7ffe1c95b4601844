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

/// The largest key, certificate or policy file that is read, in bytes: what fits into a Kubernetes secret at all.
pub const MAX_FILE: usize = 1 << 20;

/// Whether a file looks like a DER document: a sequence with a length that no UTF-8 text shows, or just its own.
fn looks_like_der(file: &[u8]) -> bool {
    match file {
        [0x30, 0x81..=0x84, ..] => true,
        [0x30, length, rest @ ..] => usize::from(*length) == rest.len(),
        _ => false,
    }
}
