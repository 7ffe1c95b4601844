//! Reading and deleting blobs.

use bobctl::oci::Digest;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{ACCEPT_RANGES, CONTENT_RANGE, CONTENT_TYPE, RANGE};

use super::content::Content;
use super::message::{Reply, Request};
use super::options::{Builder, Feature};

pub fn serve(content: &mut Content, options: &Builder, request: &Request, at: (&str, &str)) -> Reply {
    let (repository, digest) = at;
    let Ok(digest) = digest.parse::<Digest>() else {
        return Reply::error(400, "DIGEST_INVALID", "that is no digest");
    };
    let Some(bytes) = content.blob(repository, &digest) else {
        return Reply::error(404, "BLOB_UNKNOWN", "blob unknown to registry");
    };
    match request.method {
        Method::GET if options.has(Feature::Ranges) => ranged(&digest, &bytes, request.header(RANGE)),
        Method::GET | Method::HEAD => whole(&digest, bytes),
        Method::DELETE if options.has(Feature::Deletes) => {
            content.repository_mut(repository).blobs.remove(&digest);
            Reply::new(202)
        }
        _ => Reply::error(405, "UNSUPPORTED", "the operation is unsupported"),
    }
}

fn whole(digest: &Digest, bytes: Bytes) -> Reply {
    Reply::new(200).with(CONTENT_TYPE, "application/octet-stream").naming(digest).bytes(bytes)
}

/// RFC 9110 section 14: a range that is no range is ignored, one outside of the content is an error.
fn ranged(digest: &Digest, bytes: &Bytes, range: Option<&str>) -> Reply {
    let reply = whole(digest, bytes.clone()).with(ACCEPT_RANGES, "bytes");
    let Some((first, last)) = range.and_then(read_range) else { return reply };
    let total = bytes.len();
    if first >= total {
        return Reply::error(416, "RANGE_INVALID", "no such range").with(CONTENT_RANGE, format!("bytes */{total}"));
    }
    let last = last.unwrap_or(usize::MAX).min(total - 1);
    let part = bytes.slice(first..=last);
    Reply { status: hyper::StatusCode::PARTIAL_CONTENT, ..reply }
        .with(CONTENT_RANGE, format!("bytes {first}-{last}/{total}"))
        .bytes(part)
}

/// `bytes=FIRST-[LAST]`, the only form that clients of registries use.
fn read_range(text: &str) -> Option<(usize, Option<usize>)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.parse().ok()?, if last.is_empty() { None } else { Some(last.parse().ok()?) });
    last.is_none_or(|last| first <= last).then_some((first, last))
}
