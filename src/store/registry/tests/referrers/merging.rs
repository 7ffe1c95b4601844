//! Writing the list under the tag: the document, the conditions, and who is alone.

use super::*;

/// Keeps what is put under the tag and gives it back, with an `ETag` when `etags`.
async fn keeping(first: Option<Value>, etags: bool) -> Server {
    let memory = Memory::default();
    if let Some(document) = first {
        memory.put(&tag_path(), media_type::INDEX, document.to_string().as_bytes());
    }
    Server::start(move |seen| {
        let answer = memory.answer(seen);
        let kept = memory.get(&tag_path()).filter(|_| etags && seen.method == "GET");
        kept.map_or(answer.clone(), |bytes| answer.with("etag", format!("\"{}\"", Digest::of(&bytes))))
    })
    .await
}

#[tokio::test]
async fn who_is_alone_reads_writes_and_looks() {
    let server = keeping(None, false).await;
    merge(&server, &[referrer("a"), referrer("b")]).await.unwrap();
    let (tag, [a, b]) = (tag_path(), ["a", "b"].map(|text| referrer(text).digest));
    assert_eq!(server.lines(), [format!("GET {tag}"), format!("PUT {tag}"), format!("GET {tag}")]);
    let expected = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{a}","size":1,"artifactType":"a/b","annotations":{{"note":"a"}}}},{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{b}","size":1,"artifactType":"a/b","annotations":{{"note":"b"}}}}]}}"#
    );
    assert_eq!(written(&server), [expected]);
    let seen = server.seen();
    assert_eq!(
        (seen[0].header("cache-control"), seen[2].header("cache-control")),
        (Some("no-cache"), Some("no-cache"))
    );
    assert_eq!((seen[1].header("content-type"), seen[1].header("if-none-match")), (Some(media_type::INDEX), Some("*")));
}

#[tokio::test]
async fn what_is_listed_is_not_written_again() {
    let server = keeping(Some(index(&[entry("a"), entry("b")])), true).await;
    merge(&server, &[referrer("b")]).await.unwrap();
    merge(&server, &[]).await.unwrap();
    assert_eq!(server.lines(), [format!("GET {}", tag_path())]);
}

#[tokio::test]
async fn what_others_wrote_is_kept_as_it_is() {
    let old = json!({
        "annotations": {"list": "theirs"}, "manifests": [entry("x"), {"odd": true}, entry("x")], "schemaVersion": 2, "x-more": {"b": 1, "a": 2}
    });
    let server = keeping(Some(old.clone()), false).await;
    merge(&server, &[referrer("a")]).await.unwrap();
    let text = String::from_utf8(written(&server)[0].to_vec()).unwrap();
    let mut new = old;
    let own = json!({"mediaType": media_type::MANIFEST, "digest": referrer("a").digest, "size": 1, "artifactType": "a/b", "annotations": {"note": "a"}});
    new["manifests"].as_array_mut().unwrap().push(own);
    // Some registries insist on it.
    new["mediaType"] = json!(media_type::INDEX);
    assert_eq!(text, new.to_string());
}

#[tokio::test]
async fn the_state_that_was_read_is_the_one_to_be_replaced() {
    for (etag, condition) in [("\"one\"", Some("\"one\"")), ("W/\"one\"", None)] {
        let memory = Memory::default();
        memory.put(&tag_path(), media_type::INDEX, index(&[entry("x")]).to_string().as_bytes());
        let server = Server::start(move |seen| memory.answer(seen).with("etag", etag)).await;
        merge(&server, &[referrer("a")]).await.unwrap();
        let seen = server.seen();
        assert_eq!((seen[1].header("if-match"), seen[1].header("if-none-match")), (condition, None), "{etag}");
    }
}

#[tokio::test]
async fn who_was_faster_is_kept() {
    let memory = Memory::default();
    let refused = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if seen.method == "PUT" && refused.fetch_add(1, Ordering::Relaxed) < 2 {
            let theirs =
                (0..refused.load(Ordering::Relaxed)).map(|number| entry(&number.to_string())).collect::<Vec<_>>();
            memory.put(&tag_path(), media_type::INDEX, index(&theirs).to_string().as_bytes());
            return reply(412).error("PRECONDITION_FAILED", "moved");
        }
        memory.answer(seen).with("etag", "\"x\"")
    })
    .await;
    merge(&server, &[referrer("a")]).await.unwrap();
    assert_eq!(names(written(&server).last().unwrap()), ["0", "1", "a"].map(|text| referrer(text).digest));
    // Others are there, so it is looked at twice.
    let tail: Vec<String> = server.seen().iter().rev().take(3).map(|seen| seen.method.clone()).collect();
    assert_eq!(tail, ["GET", "GET", "PUT"]);
}

#[tokio::test]
async fn a_registry_that_minds_every_condition_is_asked_without() {
    for first in [None, Some(index(&[entry("x")]))] {
        let memory = Memory::default();
        if let Some(document) = &first {
            memory.put(&tag_path(), media_type::INDEX, document.to_string().as_bytes());
        }
        let server = Server::start(move |seen| match (seen.header("if-match"), seen.header("if-none-match")) {
            (None, None) => memory.answer(seen).with("etag", "\"same\""),
            _ => reply(412),
        })
        .await;
        merge(&server, &[referrer("a")]).await.unwrap();
        assert_eq!(written(&server).len(), 2, "{first:?}");
    }
}

#[tokio::test]
async fn a_tag_that_may_not_change_is_a_conflict() {
    for (status, code) in [(400, "TAG_INVALID"), (409, "TAG_IMMUTABLE"), (412, "PRECONDITION"), (409, "DENIED")] {
        let memory = Memory::default();
        memory.put(&tag_path(), media_type::INDEX, index(&[entry("x")]).to_string().as_bytes());
        let server = Server::start(move |seen| match seen.method.as_str() {
            "PUT" => reply(status).error(code, "no"),
            _ => memory.answer(seen).with("etag", "\"same\""),
        })
        .await;
        let error = merge(&server, &[referrer("a")]).await.unwrap_err();
        let tag = Tag::of_referrers(&subject());
        assert!(matches!(error, StoreError::Conflict(_)), "{status} {code}: {error:?}");
        assert!(error.to_string().contains(&format!("does not let tag {tag} change")), "{error}");
        assert!(error.fault().hint().unwrap().contains("immutable"), "{error:?}");
        assert_eq!(error.fault().answer().unwrap().status, status);
    }
}

#[tokio::test]
async fn what_is_no_list_is_not_written_over() {
    let foreign: [Failing; 4] = [
        (
            "GitLab",
            || reply(200).with("content-type", media_type::MANIFEST).body("subject"),
            |error| matches!(error, StoreError::Conflict(_)),
            "names that manifest itself",
        ),
        (
            "an image",
            || reply(200).with("content-type", media_type::MANIFEST).body(r#"{"config":{},"layers":[]}"#),
            |error| matches!(error, StoreError::Conflict(_)),
            "names something of type 'application/vnd.oci.image.manifest.v1+json'",
        ),
        (
            "an image index with a subject",
            || served(&json!({"manifests": [], "subject": Descriptor::of(media_type::MANIFEST, b"x")})),
            |error| matches!(error, StoreError::Conflict(_)),
            "it has a subject itself",
        ),
        (
            "no JSON",
            || served(&json!("text")).with("etag", "\"x\""),
            |error| matches!(error, StoreError::Conflict(_)),
            "names an index that lists no referrers",
        ),
    ];
    for (name, answer, is_kind, part) in foreign {
        let server = both(|| reply(404), answer).await;
        let error = merge(&server, &[referrer("a")]).await.unwrap_err();
        assert!(is_kind(&error) && error.to_string().contains(part), "{name}: {error:?}");
        assert!(written(&server).is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_list_that_is_too_large_is_refused_whole() {
    let large = Descriptor::of(media_type::MANIFEST, b"x").with_annotation("large", "x".repeat(4 << 20));
    let server = keeping(None, false).await;
    let error = merge(&server, &[large]).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)) && error.to_string().contains("4194304"), "{error:?}");
    assert_eq!(server.lines(), [format!("GET {}", tag_path())]);
    for (status, part) in [(413, "list of 2 referrers"), (400, "list of 2 referrers")] {
        let server = Server::start(move |seen| match seen.method.as_str() {
            "PUT" => reply(status).error("MANIFEST_INVALID", "too large"),
            _ => missing(),
        })
        .await;
        let error = merge(&server, &[referrer("a"), referrer("b")]).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)) && error.to_string().contains(part), "{status}: {error:?}");
        assert_eq!(written(&server).len(), 1);
    }
}
