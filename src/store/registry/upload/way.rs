//! Which requests a registry wants a blob in. No I/O.

use std::sync::{Mutex, PoisonError};

use crate::oci::Descriptor;
use crate::store::Answer;

/// The sizes of pieces, the largest first. A limit on requests is in megabytes where there is one (nginx: 1 MiB unless
/// told otherwise), and GHCR takes 4 MiB. A piece is held in memory.
const PIECES: [u64; 4] = [8 << 20, 4 << 20, 2 << 20, 1 << 20];

/// The requests of an upload, after the one that starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Way {
    /// One `PUT` with everything (HTTP-30).
    #[default]
    Put,
    /// One `PATCH` with everything, and an empty `PUT` (HTTP-34).
    Patch,
    /// A `PATCH` for every so many bytes, and an empty `PUT` (HTTP-35).
    Pieces(u64),
}

impl Way {
    /// Another way for `blob` that may work where this one was answered with `refusal`; the registry takes no piece
    /// smaller than `least`. Each is further down a short list, so this comes to an end.
    pub(super) fn instead(self, refusal: &Answer, blob: &Descriptor, least: u64) -> Option<Self> {
        match (self, refusal.status) {
            (Self::Put | Self::Patch, 413) => smaller(blob.size, least),
            // Some say 416 of a piece that is too large.
            (Self::Pieces(size), 413 | 416) => smaller(size, least),
            (Self::Put, 404 | 405) => Some(Self::Patch),
            (Self::Put, _) if says(refusal, &["BLOB_UPLOAD_UNKNOWN"]) => Some(Self::Patch),
            _ => None,
        }
    }

    /// Whether `refusal` means that the session was lost: a new one may do better (HTTP-36).
    pub(super) fn lost_session(self, refusal: &Answer) -> bool {
        let lost =
            matches!(refusal.status, 404 | 416) || says(refusal, &["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"]);
        matches!(self, Self::Pieces(_)) && lost
    }
}

fn says(refusal: &Answer, codes: &[&str]) -> bool {
    refusal.code.as_deref().is_some_and(|code| codes.contains(&code))
}

/// Pieces of less than `refused` bytes, and not less than `least`.
fn smaller(refused: u64, least: u64) -> Option<Way> {
    PIECES.into_iter().map(|size| size.max(least)).find(|size| *size < refused).map(Way::Pieces)
}

/// What a registry was seen to want, for all that is sent to it in this process.
#[derive(Default)]
pub(in super::super) struct Habit(Mutex<Way>);

impl Habit {
    /// How `blob` is best sent. What fits into one piece goes in one request.
    pub(super) fn way(&self, blob: &Descriptor) -> Way {
        match *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Way::Pieces(size) if blob.size <= size => Way::Put,
            way => way,
        }
    }

    /// `way` worked after another one did not.
    pub(super) fn learn(&self, way: Way) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: &str) -> Answer {
        Answer { status, code: (!code.is_empty()).then(|| code.to_owned()) }
    }

    fn blob(size: u64) -> Descriptor {
        Descriptor { size, ..Descriptor::of("t", b"") }
    }

    #[test]
    fn pieces_get_smaller_until_there_are_none() {
        let large = blob(100 << 20);
        let mut way = Way::Put;
        let mut ways = Vec::new();
        while let Some(next) = way.instead(&refused(413, ""), &large, 0) {
            ways.push(next);
            way = next;
        }
        assert_eq!(ways, PIECES.map(Way::Pieces));
    }

    #[test]
    fn a_piece_is_smaller_than_what_was_refused_and_large_enough() {
        let instead = |size, least| Way::Put.instead(&refused(413, ""), &blob(size), least);
        assert_eq!(instead(3 << 20, 0), Some(Way::Pieces(2 << 20)));
        assert_eq!(instead(1 << 20, 0), None);
        assert_eq!(instead(100 << 20, 20 << 20), Some(Way::Pieces(20 << 20)));
        assert_eq!(instead(10 << 20, 20 << 20), None);
        assert_eq!(
            Way::Pieces(8 << 20).instead(&refused(413, ""), &blob(100 << 20), 5 << 20),
            Some(Way::Pieces(5 << 20))
        );
    }

    #[test]
    fn a_put_that_is_unknown_becomes_a_patch_once() {
        let blob = blob(10);
        for refusal in [refused(404, ""), refused(405, ""), refused(400, "BLOB_UPLOAD_UNKNOWN")] {
            assert_eq!(Way::Put.instead(&refusal, &blob, 0), Some(Way::Patch));
            assert_eq!(Way::Patch.instead(&refusal, &blob, 0), None);
        }
        for refusal in [refused(403, "DENIED"), refused(400, "DIGEST_INVALID"), refused(500, "")] {
            assert_eq!(Way::Put.instead(&refusal, &blob, 0), None);
        }
    }
}
