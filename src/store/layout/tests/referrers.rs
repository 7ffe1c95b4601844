//! Who refers to whom, in the ways of several tools.

use super::*;

/// What is listed: digests, and where they were found.
async fn listed(layout: &Layout, subject: &Digest) -> Vec<(Digest, ListedBy)> {
    let referrers = layout.referrers(subject).await.unwrap();
    assert!(referrers.native);
    referrers.entries.into_iter().map(|entry| (entry.descriptor.digest, entry.by)).collect()
}

/// Put bytes into the folder of blobs, and answer their descriptor.
fn place(sandbox: &Sandbox, media_type: &str, document: &Value) -> Descriptor {
    let bytes = document.to_string().into_bytes();
    let descriptor = Descriptor::of(media_type, &bytes);
    fs::write(sandbox.blob_path(&descriptor.digest), bytes).unwrap();
    descriptor
}

/// List an entry in index.json by hand.
fn enlist(sandbox: &Sandbox, entry: &Value) {
    let mut index = sandbox.index();
    index["manifests"].as_array_mut().unwrap().push(entry.clone());
    sandbox.set_index(&index);
}

/// A document of `kind` about `subject`, without a type of its own in index.json.
fn about(subject: &RawManifest, kind: &str) -> Value {
    let config = Descriptor::of("application/x-config", b"{}");
    json!({"schemaVersion": 2, "mediaType": media_type::MANIFEST, "artifactType": kind, "config": config, "layers": [],
        "subject": subject.descriptor(), "annotations": {"of": kind, REF_NAME: "trap"}})
}

#[tokio::test]
async fn manifests_children_and_the_referrers_tag_are_one_list_without_repeats() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    // A child of an index, as `docker buildx` and `regctl artifact put --index` leave it.
    let child = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/child"));
    let around = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [child]});
    enlist(&sandbox, &json!(place(&sandbox, media_type::INDEX, &around)));
    // Listed bare and tagged, as oras and crane do it.
    let bare = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/bare"));
    enlist(&sandbox, &json!(bare));
    let mut tagged = json!(place(&sandbox, media_type::MANIFEST, &about(&subject, "x/tagged")));
    tagged["annotations"] = json!({REF_NAME: "1.0-sbom"});
    enlist(&sandbox, &tagged);
    enlist(&sandbox, &json!(bare));
    // Only in the index under the referrers tag, as regclient does it.
    let only = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/only"));
    let fallback = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [bare, only]});
    let fallback = RawManifest::new(media_type::INDEX, fallback.to_string());
    let name = Tag::of_referrers(subject.digest());
    sandbox.layout.write_manifest(&fallback, Some(&name)).await.unwrap();

    let found = sandbox.layout.referrers(subject.digest()).await.unwrap().entries;
    let shown: Vec<(&str, &str)> = found
        .iter()
        .map(|entry| (entry.descriptor.artifact_type.as_deref().unwrap(), entry.descriptor.annotations["of"].as_str()))
        .collect();
    let expected = ["x/bare", "x/tagged", "x/child", "x/only"].map(|kind| (kind, kind));
    assert_eq!(shown, expected, "type and annotations are the manifests' own");
    assert!(found.iter().all(|entry| entry.descriptor.annotations.len() == 1), "none has a name");
    // The children of the index under the referrers tag are children of an index, too.
    assert!(found.iter().all(|entry| entry.by == ListedBy::Layout), "{found:?}");
    assert_eq!(sandbox.layout.referrers(&bare.digest).await.unwrap().entries, []);
}

#[tokio::test]
async fn what_the_referrers_tag_lists_counts_even_where_it_cannot_be_read() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let gone = json!({"mediaType": media_type::MANIFEST, "digest": Digest::of(b"gone"), "size": 4,
        "artifactType": "x/gone", "annotations": {"k": "v", REF_NAME: "trap"}});
    let fallback = json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": [gone, "no entry"]});
    let fallback = RawManifest::new(media_type::INDEX, fallback.to_string());
    sandbox.layout.write_manifest(&fallback, Some(&Tag::of_referrers(subject.digest()))).await.unwrap();
    let found = sandbox.layout.referrers(subject.digest()).await.unwrap().entries;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].by, found[0].descriptor.artifact_type.as_deref()), (ListedBy::Tag, Some("x/gone")));
    assert_eq!(found[0].descriptor.annotations, [("k".to_owned(), "v".to_owned())].into());
}

#[tokio::test]
async fn under_the_referrers_tag_only_a_list_is_a_list() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let entry = Descriptor::of(media_type::MANIFEST, b"theirs");
    let mut with_subject = Index::new(vec![entry], Annotations::new());
    with_subject.subject = Some(Descriptor::of(media_type::MANIFEST, b"another"));
    let name = Tag::of_referrers(subject.digest());
    for manifest in [subject.clone(), RawManifest::from_index(&with_subject)] {
        sandbox.layout.write_manifest(&manifest, Some(&name)).await.unwrap();
        assert_eq!(listed(&sandbox.layout, subject.digest()).await, []);
    }
}

#[tokio::test]
async fn documents_of_unknown_types_refer_too() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let unknown = json!({"mediaType": "application/x.manifest", "subject": subject.descriptor(), "layers": "strange",
        "config": {"mediaType": "x/by-config"}, "annotations": {"k": "v", "n": 1}});
    let digest = place(&sandbox, "application/x.manifest", &unknown).digest;
    let size = unknown.to_string().len();
    enlist(&sandbox, &json!({"mediaType": "application/x.manifest", "digest": digest, "size": size}));
    let found = sandbox.layout.referrers(subject.digest()).await.unwrap().entries;
    assert_eq!(found[0].descriptor.artifact_type.as_deref(), Some("x/by-config"));
    assert_eq!(found[0].descriptor.annotations, [("k".to_owned(), "v".to_owned())].into());
    let raw = RawManifest::new("application/x.manifest", unknown.to_string());
    let fresh = Sandbox::new();
    fresh.layout.write_manifest(&raw, None).await.unwrap();
    assert_eq!(fresh.index()["manifests"][0]["artifactType"], "x/by-config", "written, they are listed the same way");
}

#[tokio::test]
async fn what_cannot_be_believed_is_left_out() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let good = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/good"));
    // The right bytes under the name of others.
    let forged = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/forged"));
    let text = about(&subject, "x/forger").to_string();
    assert_eq!(text.len() as u64, forged.size);
    fs::write(sandbox.blob_path(&forged.digest), text).unwrap();
    let wrong_size = place(&sandbox, media_type::MANIFEST, &about(&subject, "x/size"));
    let wrong_size = Descriptor { size: wrong_size.size + 1, ..wrong_size };
    let wrong_type = place(&sandbox, media_type::INDEX, &about(&subject, "x/type"));
    let missing = Descriptor::of(media_type::MANIFEST, b"missing");
    let linked = Descriptor::of(media_type::MANIFEST, b"linked");
    symlink(sandbox.blob_path(&good.digest), sandbox.blob_path(&linked.digest)).unwrap();
    let text = Descriptor::of(media_type::MANIFEST, b"no JSON");
    fs::write(sandbox.blob_path(&text.digest), "no JSON").unwrap();
    let huge = Descriptor { size: u64::MAX / 2, ..Descriptor::of(media_type::MANIFEST, b"huge") };
    for entry in [&forged, &wrong_size, &wrong_type, &missing, &linked, &text, &huge, &good] {
        enlist(&sandbox, &json!(entry));
    }
    enlist(&sandbox, &json!("no object"));
    enlist(&sandbox, &json!({"digest": "blake3:00", "size": 1}));
    for _ in 0..2 {
        assert_eq!(listed(&sandbox.layout, subject.digest()).await, [(good.digest.clone(), ListedBy::Layout)]);
    }
}

#[tokio::test]
async fn a_manifest_is_read_once_and_a_missing_one_when_it_comes() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let first = push_referrer(&sandbox.layout, "first", &subject).await;
    let late = about(&subject, "x/late");
    let bytes = late.to_string();
    let descriptor = Descriptor::of(media_type::MANIFEST, bytes.as_bytes());
    enlist(&sandbox, &json!(descriptor));
    assert_eq!(listed(&sandbox.layout, subject.digest()).await.len(), 1);
    fs::write(sandbox.blob_path(&descriptor.digest), bytes).unwrap();
    assert_eq!(listed(&sandbox.layout, subject.digest()).await.len(), 2, "index.json is the same");

    fs::remove_file(sandbox.blob_path(first.digest())).unwrap();
    assert_eq!(listed(&sandbox.layout, subject.digest()).await.len(), 2, "known: content never changes");
    let second = push_referrer(&sandbox.layout, "second", &subject).await;
    let found = listed(&sandbox.layout, subject.digest()).await;
    assert_eq!(found.last(), Some(&(second.digest().clone(), ListedBy::Layout)), "and what is new is seen");
}

#[tokio::test]
async fn both_forms_of_the_prototypes_refer_to_their_subjects() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let blob = Descriptor::of("text/yaml", b"a: b\n");
    let mut expected = Vec::new();
    for (media_type, mut document) in [
        (media_type::PROTOTYPE_ARTIFACT, json!({"artifactType": "x/1", "blobs": [blob]})),
        (media_type::PROTOTYPE_ORAS, json!({"artifactType": "x/2", "blobs": [blob]})),
        (
            media_type::PROTOTYPE_ARTIFACT,
            json!({"config": {"mediaType": "x/3", "digest": blob.digest, "size": 5}, "manifests": [blob]}),
        ),
    ] {
        document["mediaType"] = json!(media_type);
        document["subject"] = json!(subject.descriptor());
        let entry = place(&sandbox, media_type, &document);
        enlist(&sandbox, &json!(entry));
        expected.push(format!("{media_type} x/{}", expected.len() + 1));
    }
    let found = sandbox.layout.referrers(subject.digest()).await.unwrap().entries;
    let shown = found.iter().map(|entry| &entry.descriptor);
    let shown: Vec<String> =
        shown.map(|entry| format!("{} {}", entry.media_type, entry.artifact_type.as_deref().unwrap())).collect();
    assert_eq!(shown, expected);
}
