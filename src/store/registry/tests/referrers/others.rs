//! Other writers of the list, who take entries away, and manifests that are deleted meanwhile.

use super::*;

/// Which manifests are there; all lists name these and no others.
const THERE: [&str; 3] = ["a", "x", "y"];

/// A registry that has the manifests of [`THERE`], and whose list is what `others` make of each write: given how many
/// there were and what was written.
async fn shared(first: Option<Value>, others: impl Fn(usize, Value) -> Value + Send + Sync + 'static) -> Server {
    let list = Mutex::new(first);
    let writes = AtomicUsize::new(0);
    Server::start(move |seen| {
        let mut list = list.lock().unwrap();
        match seen.method.as_str() {
            "PUT" => {
                let document = serde_json::from_slice(&seen.body).unwrap();
                *list = Some(others(writes.fetch_add(1, Ordering::Relaxed) + 1, document));
                reply(201)
            }
            "HEAD" => {
                let there =
                    THERE.iter().map(|text| referrer(text)).find(|one| seen.target.ends_with(&one.digest.to_string()));
                there.map_or_else(missing, |one| {
                    reply(200)
                        .with("content-type", media_type::MANIFEST)
                        .with("docker-content-digest", &one.digest)
                        .body(vec![b' '; 1])
                })
            }
            _ => list.as_ref().map_or_else(missing, served),
        }
    })
    .await
}

#[tokio::test]
async fn an_entry_that_another_writer_lost_is_listed_again() {
    let server = shared(None, |write, document| if write < 3 { index(&[entry("x")]) } else { document }).await;
    merge(&server, &[referrer("a")]).await.unwrap();
    assert_eq!(names(written(&server).last().unwrap()), ["x", "a"].map(|text| referrer(text).digest));
    assert_eq!(written(&server).len(), 3);
}

#[tokio::test]
async fn what_others_listed_and_lost_is_listed_again() {
    let first = index(&[entry("x"), entry("y")]);
    let server =
        shared(Some(first), |write, document| if write == 1 { index(&[entry("x"), entry("a")]) } else { document })
            .await;
    merge(&server, &[referrer("a")]).await.unwrap();
    let last = written(&server).pop().unwrap();
    assert_eq!(names(&last), ["x", "a", "y"].map(|text| referrer(text).digest));
    let document: Value = serde_json::from_slice(&last).unwrap();
    assert_eq!(document["manifests"][2], entry("y"), "as it was");
}

#[tokio::test]
async fn what_somebody_deleted_stays_away() {
    let first = index(&[entry("x"), entry("deleted")]);
    let server = shared(Some(first), |_, _| index(&[entry("x"), entry("a")])).await;
    merge(&server, &[referrer("a")]).await.unwrap();
    assert_eq!(written(&server).len(), 1);
    assert!(server.lines().contains(&format!("HEAD /v2/org/app/manifests/{}", referrer("deleted").digest)));
}

#[tokio::test]
async fn a_registry_that_forgets_is_told_with_the_entries() {
    let first = index(&[entry("x")]);
    let server = shared(Some(first.clone()), move |_, _| first.clone()).await;
    let error = merge(&server, &[referrer("a")]).await.unwrap_err();
    let message = error.to_string();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(message.contains("written 8 times") && message.contains(&referrer("a").digest.to_string()), "{message}");
    assert!(!message.contains(&referrer("x").digest.to_string()), "{message}");
    assert!(error.fault().hint().unwrap().contains("again"));
    assert_eq!(written(&server).len(), 8);
}

#[tokio::test]
async fn a_list_that_changes_under_every_condition_is_given_up() {
    let writes = AtomicUsize::new(0);
    let server = Server::start(move |seen| match seen.method.as_str() {
        "PUT" => {
            writes.fetch_add(1, Ordering::Relaxed);
            reply(412)
        }
        _ => served(&index(&[entry(&writes.load(Ordering::Relaxed).to_string())])).with("etag", "\"x\""),
    })
    .await;
    let error = merge(&server, &[referrer("a")]).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)) && error.to_string().contains("changed 32 times"), "{error:?}");
}

#[tokio::test]
async fn a_deleted_referrer_does_not_end_all_listing() {
    let list = Mutex::new(index(&[entry("x"), entry("deleted"), entry("y")]));
    let dead = referrer("deleted").digest;
    let server = Server::start(move |seen| match seen.method.as_str() {
        "PUT" if names(&seen.body).contains(&dead) => {
            reply(400).error("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry")
        }
        "PUT" => {
            *list.lock().unwrap() = serde_json::from_slice(&seen.body).unwrap();
            reply(201)
        }
        "HEAD" if seen.target.ends_with(&dead.to_string()) => reply(404),
        "HEAD" => {
            reply(200).with("content-type", media_type::MANIFEST).with("docker-content-digest", &seen.target[25..])
        }
        _ => served(&list.lock().unwrap()),
    })
    .await;
    merge(&server, &[referrer("a")]).await.unwrap();
    assert_eq!(names(written(&server).last().unwrap()), ["x", "y", "a"].map(|text| referrer(text).digest));
}

#[tokio::test]
async fn a_referrer_that_is_not_there_is_not_listed() {
    let server = Server::start(|seen| match seen.method.as_str() {
        "PUT" => reply(404).error("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"),
        _ => missing(),
    })
    .await;
    let error = merge(&server, &[referrer("a")]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Refused(_)) && error.to_string().contains("did not take the list of 1"),
        "{error:?}"
    );
    assert_eq!(written(&server).len(), 1);
}

#[tokio::test]
async fn a_tag_that_fails_while_another_writes_it_is_asked_again() {
    for failures in [2, 50] {
        let memory = Memory::default();
        let left = Mutex::new(BTreeMap::from([("GET", failures), ("PUT", failures)]));
        let server = Server::start(move |seen| {
            let mut left = left.lock().unwrap();
            match left.get_mut(seen.method.as_str()).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    if seen.method == "GET" {
                        reply(500).error("UNKNOWN", "unknown error")
                    } else {
                        reply(400).error("DIGEST_INVALID", "provided digest did not match uploaded content")
                    }
                }
                None => memory.answer(seen),
            }
        })
        .await;
        let outcome = merge(&server, &[referrer("a")]).await;
        assert_eq!(outcome.is_ok(), failures < 5, "{outcome:?}");
        assert_eq!(server.seen().len(), if failures < 5 { 2 + 1 + 2 * 2 + 1 + 2 } else { 5 });
    }
}
