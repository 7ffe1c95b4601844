//! Manifests: confirmed, looked for, kept as they are.

use super::*;

#[tokio::test]
async fn a_manifest_that_nobody_confirms_is_looked_for_once() {
    let server = Server::start(|seen| if seen.method == "PUT" { reply(201) } else { reply(200) }).await;
    let store = open(&server, Access::Push);
    let manifest = manifest_of(&BytesSource::new("c", "{}"), &BytesSource::new("l", "x"));
    store.write_manifest(&manifest, Some(&tag("a"))).await.unwrap();
    store.write_manifest(&manifest, None).await.unwrap();
    let digest = manifest.digest();
    assert_eq!(
        server.lines(),
        [
            "PUT /v2/org/app/manifests/a".to_owned(),
            format!("HEAD /v2/org/app/manifests/{digest}"),
            format!("PUT /v2/org/app/manifests/{digest}"),
        ]
    );
}

#[tokio::test]
async fn a_manifest_that_is_not_kept_or_changed_is_an_error() {
    let manifest = manifest_of(&BytesSource::new("c", "{}"), &BytesSource::new("l", "x"));
    let lost = Server::start(|seen| if seen.method == "PUT" { reply(201) } else { reply(404) }).await;
    let error = open(&lost, Access::Push).write_manifest(&manifest, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let other = Server::start(|_| reply(201).with("docker-content-digest", Digest::of(b"x"))).await;
    let error = open(&other, Access::Push).write_manifest(&manifest, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Integrity(_)), "{error:?}");
}

#[tokio::test]
async fn an_immutable_tag_is_one_message_for_all_registries() {
    let old = Digest::of(b"old");
    for (status, code) in [(400, "TAG_INVALID"), (409, "TAG_IMMUTABLE"), (412, "PRECONDITION"), (409, "CONFLICT")] {
        let existing = old.clone();
        let server = Server::start(move |seen| match seen.method.as_str() {
            "PUT" => reply(status).error(code, "no"),
            _ => {
                reply(200).with("content-type", media_type::MANIFEST).with("docker-content-digest", &existing).body("x")
            }
        })
        .await;
        let manifest = manifest_of(&BytesSource::new("c", "{}"), &BytesSource::new("l", "x"));
        let error = open(&server, Access::Push).write_manifest(&manifest, Some(&tag("v1"))).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(_)), "{status} {code}: {error:?}");
        let message = error.to_string();
        for part in ["tag v1", &old.to_string(), &manifest.digest().to_string()] {
            assert!(message.contains(part), "{message}");
        }
        assert!(error.fault().hint().unwrap().contains("another tag"));
        assert_eq!(error.fault().answer(), Some(&crate::store::Answer { status, code: Some(code.to_owned()) }));
    }
}

#[tokio::test]
async fn an_immutable_tag_that_names_our_manifest_is_fine() {
    let manifest = manifest_of(&BytesSource::new("c", "{}"), &BytesSource::new("l", "x"));
    let digest = manifest.digest().clone();
    let server = Server::start(move |seen| match seen.method.as_str() {
        "PUT" => reply(400).error("TAG_INVALID", "immutable"),
        _ => reply(200).with("content-type", media_type::MANIFEST).with("docker-content-digest", &digest).body("x"),
    })
    .await;
    open(&server, Access::Push).write_manifest(&manifest, Some(&tag("v1"))).await.unwrap();
}

#[tokio::test]
async fn a_manifest_larger_than_registries_take_is_not_sent() {
    let server = Server::start(|_| reply(201)).await;
    let manifest = RawManifest::new(media_type::MANIFEST, vec![b' '; crate::store::MAX_PUSHED_MANIFEST + 1]);
    let error = open(&server, Access::Push).write_manifest(&manifest, None).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)));
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn the_subject_is_taken_when_the_registry_says_so() {
    for (says, taken) in [(true, SubjectTaken::Confirmed), (false, SubjectTaken::Unconfirmed)] {
        let subject = Descriptor::of(media_type::MANIFEST, b"subject");
        let digest = subject.digest.clone();
        let server = Server::start(move |seen| {
            let answer = reply(201).with("docker-content-digest", Digest::of(&seen.body));
            if says { answer.with("oci-subject", &digest) } else { answer }
        })
        .await;
        let config = Descriptor::of(media_type::EMPTY, b"{}");
        let mut manifest = Manifest::new(config, Vec::new(), std::collections::BTreeMap::new());
        manifest.subject = Some(subject);
        let raw = RawManifest::from_manifest(&manifest);
        assert_eq!(open(&server, Access::Push).write_manifest(&raw, None).await.unwrap(), taken);
    }
}
