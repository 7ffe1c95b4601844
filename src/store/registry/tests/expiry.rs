//! Tokens that end in the middle of something: one new token, the same request once more, and on (AUTH-10).

use std::collections::HashMap;

use super::*;
use crate::oci::media_type;
use crate::store::BytesSource;

/// A registry with pages of tags, where a token is good for so many requests.
async fn short_lived(uses: usize, sessions_only: bool) -> Server {
    let memory = Memory { sessions_only, ..Memory::default() };
    memory.put("/v2/org/app/blobs/sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", "t", b"x");
    let left = Mutex::new(HashMap::new());
    Server::start(move |seen| {
        let mut left = left.lock().unwrap();
        if seen.target.starts_with("/token") {
            let token = format!("Bearer t{}", left.len());
            left.insert(token.clone(), uses);
            return reply(200).body(format!(r#"{{"token":"{}","expires_in":300}}"#, &token[7..]));
        }
        let good = seen.header("authorization").and_then(|token| left.get_mut(token)).filter(|left| **left > 0);
        let Some(good) = good else {
            return reply(401).with("www-authenticate", "Bearer realm=/token,error=invalid_token");
        };
        *good -= 1;
        match seen.query("last").map_or(0, |last| last.parse().unwrap()) {
            _ if !seen.target.contains("/tags/list") => memory.answer(seen),
            4 => reply(200).with("content-type", "application/json").body(r#"{"tags":["t4"]}"#),
            page => reply(200)
                .with("content-type", "application/json")
                .with("link", format!("<?last={}>; rel=next", page + 1))
                .body(format!(r#"{{"tags":["t{page}"]}}"#)),
        }
    })
    .await
}

#[tokio::test]
async fn a_token_may_end_between_any_two_requests() {
    for (uses, sessions_only) in [(1, false), (1, true), (2, true), (3, false), (3, true)] {
        let server = short_lived(uses, sessions_only).await;
        let store = open_as(&server, Access::Push, Some(password()));
        let (mut names, mut next) = (Vec::new(), None);
        loop {
            let page = store.tags(next.as_ref()).await.unwrap();
            names.extend(page.tags.iter().map(ToString::to_string));
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        assert_eq!(names, ["t0", "t1", "t2", "t3", "t4"], "{uses}");
        let blob = BytesSource::new("t", "content");
        assert!(!store.has_blob(blob.descriptor()).await.unwrap());
        store.write_blob(&blob).await.unwrap();
        let manifest = RawManifest::new(media_type::MANIFEST, "{}");
        store.write_manifest(&manifest, None).await.unwrap();
        let read = store.blob(&Descriptor::of("t", b"x")).await.unwrap();
        let read: Vec<_> = futures_util::TryStreamExt::try_collect(read).await.unwrap();
        assert_eq!(read.concat(), b"x", "{uses}");
        // No request was sent more than twice in a row, and none with a token that it was refused with before.
        let refused = server.seen().iter().filter(|seen| seen.target.starts_with("/token")).count();
        let all = server.lines().len();
        assert!(refused * 2 < all + 2, "{refused} tokens in {all} requests");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_at_once_is_not_followed_by_more() {
    let server = short_lived(0, false).await;
    let store = open_as(&server, Access::Push, Some(password()));
    let error = store.write_blob(&BytesSource::new("t", "content")).await.unwrap_err();
    assert!(matches!(error, StoreError::Denied(_)));
    // A service that has no name is not named.
    let lines =
        ["POST /v2/org/app/blobs/uploads/", "GET /token?scope=repository:org/app:pull,push", "POST /v2/org/app/"];
    let sent = server.lines();
    assert!(sent.len() == 3 && sent.iter().zip(lines).all(|(sent, start)| sent.starts_with(start)), "{sent:?}");
}
