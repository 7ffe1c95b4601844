//! Answers that depend on the request, or are too large to be kept: further effects of a [`Rule`].

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bobctl::oci::{Digest, media_type};
use hyper::header::{LINK, LOCATION};
use serde_json::{Value, json};

use super::message::{Reply, Request};
use super::rule::Rule;

/// How many referrers a page has that is one of many.
const ENTRIES: usize = 1000;

impl Rule {
    /// 307 to the same path at `origin` (`http://HOST:PORT`), with a signature, whatever the registry would have answered.
    pub fn elsewhere(self, origin: &str, signature: &str) -> Self {
        let (origin, signature) = (origin.to_owned(), signature.to_owned());
        self.change(move |request, reply| {
            let query = if request.query.is_empty() { String::new() } else { format!("{}&", request.query) };
            let location = format!("{origin}{}?{query}X-Amz-Signature={signature}", request.path);
            *reply = Reply { transit: reply.transit.clone(), ..Reply::new(307) }.with(LOCATION, location);
        })
    }

    /// Send the body in pieces of so many bytes, and wait before each.
    pub fn trickle(self, piece: usize, time: Duration) -> Self {
        self.change(move |_, reply| (reply.transit.piece, reply.transit.drip) = (Some(piece), Some(time)))
    }

    /// The body again and again, up to `length` bytes.
    pub fn repeated(self, length: u64) -> Self {
        self.change(move |_, reply| reply.transit.repeated = Some(length))
    }

    /// Every page says that there is another one, and none has the entries of one before.
    pub fn endless_pages(self) -> Self {
        let page = AtomicUsize::new(0);
        self.change(move |request, reply| {
            let page = page.fetch_add(1, Ordering::Relaxed);
            renew(reply, page);
            *reply = std::mem::take(reply).with(LINK, onward(request, page));
        })
    }

    /// Every page says that it is itself the next one.
    pub fn circular_page(self) -> Self {
        self.change(|request, reply| {
            let link = format!("<{}?{}>; rel=\"next\"", request.path, request.query);
            *reply = std::mem::take(reply).with(LINK, link);
        })
    }
}

fn onward(request: &Request, page: usize) -> String {
    format!("<{}?last=page-{page}>; rel=\"next\"", request.path)
}

/// Entries that no page before had.
fn renew(reply: &mut Reply, page: usize) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) else { return };
    if let Some(tags) = body.get_mut("tags") {
        *tags = json!([format!("tag-{page}")]);
    }
    if let Some(entries) = body.get_mut("manifests") {
        let entry = |number| {
            let digest = Digest::of(format!("{page} {number}").as_bytes());
            json!({"mediaType": media_type::MANIFEST, "size": 100, "digest": digest, "artifactType": "a/b"})
        };
        *entries = (0..ENTRIES).map(entry).collect();
    }
    reply.body = body.to_string().into();
}
