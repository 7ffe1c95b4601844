//! What stands in `index.json`: tags, digests, indexes and referrers.

use super::*;

#[tokio::test]
async fn a_moved_tag_drops_the_old_manifest_but_no_referrer_and_no_child() {
    let (sandbox, first) = Sandbox::with_v1().await;
    let layout = &sandbox.layout;
    let second = push(layout, "second", Some("v1")).await;
    assert_eq!(sandbox.names(), ["v1"]);
    assert_eq!(layout.manifest(&version("v1")).await.unwrap(), second);
    assert_eq!(layout.manifest(&version(&first.digest().to_string())).await.unwrap(), first, "by digest still");

    let referrer = push_referrer(layout, "signature", &second).await;
    layout.write_manifest(&referrer, Some(&tag("sig"))).await.unwrap();
    push(layout, "other", Some("sig")).await;
    assert_eq!(sandbox.names(), ["v1", "sig", "-"], "the referrer is listed without its tag");

    let child = push(layout, "child", Some("child")).await;
    let index = RawManifest::from_index(&Index::new(vec![child.descriptor()], Annotations::new()));
    layout.write_manifest(&index, Some(&tag("all"))).await.unwrap();
    push(layout, "another", Some("child")).await;
    assert_eq!(sandbox.names(), ["v1", "sig", "-", "child", "all", "-"], "and so is the child");
    assert_eq!(sandbox.index()["manifests"][5]["digest"], json!(child.digest()));
}

#[tokio::test]
async fn a_push_by_digest_is_listed_without_a_name() {
    let sandbox = Sandbox::new();
    let manifest = push(&sandbox.layout, "app", None).await;
    assert_eq!(sandbox.names(), ["-"], "so that other tools do not collect it");
    assert_eq!(sandbox.layout.tags(None).await.unwrap().tags, []);
    push(&sandbox.layout, "app", None).await;
    assert_eq!(sandbox.names(), ["-"]);
    sandbox.layout.write_manifest(&manifest, Some(&tag("v1"))).await.unwrap();
    assert_eq!(sandbox.names(), ["v1"]);
}

#[tokio::test]
async fn an_index_is_listed_instead_of_the_children_pushed_for_it() {
    let sandbox = Sandbox::new();
    let foreign = push(&Layout::open(sandbox.path()), "arm64", None).await;
    let child = push(&sandbox.layout, "amd64", None).await;
    let children = vec![child.descriptor(), foreign.descriptor()];
    let index = RawManifest::from_index(&Index::new(children, Annotations::new()));
    sandbox.layout.write_manifest(&index, Some(&tag("v1"))).await.unwrap();
    assert_eq!(sandbox.names(), ["-", "v1"]);
    assert_eq!(sandbox.index()["manifests"][0]["digest"], json!(foreign.digest()), "listed by someone else");
    let by_digest = sandbox.layout.manifest(&version(&child.digest().to_string())).await.unwrap();
    assert_eq!(by_digest, child);
}

#[tokio::test]
async fn a_referrer_is_listed_with_type_and_annotations_and_never_with_a_name() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let referrer = push_referrer(&sandbox.layout, "bob", &subject).await;
    let expected = json!({
        "mediaType": media_type::MANIFEST,
        "digest": referrer.digest(),
        "size": referrer.bytes().len(),
        "artifactType": "application/vnd.bob.artifact+yaml",
        "annotations": {"k": "v"},
    });
    assert_eq!(sandbox.index()["manifests"][1], expected);
    assert_eq!(sandbox.names(), ["v1", "-"], "no fallback tag is made, and no tag from the manifest's annotations");
    push_referrer(&sandbox.layout, "bob", &subject).await;
    assert_eq!(sandbox.names(), ["v1", "-"]);
}

#[tokio::test]
async fn a_fallback_tag_of_another_tool_is_kept_in_step() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let theirs = Descriptor::of(media_type::MANIFEST, b"theirs");
    let fallback = RawManifest::from_index(&Index::new(vec![theirs.clone()], Annotations::new()));
    let name = format!("sha256-{}", subject.digest().hex());
    sandbox.layout.write_manifest(&fallback, Some(&tag(&name))).await.unwrap();

    let referrer = push_referrer(&sandbox.layout, "bob", &subject).await;
    let merged = sandbox.layout.manifest(&version(&name)).await.unwrap();
    let merged: Value = serde_json::from_slice(merged.bytes()).unwrap();
    let digests: Vec<_> = merged["manifests"].as_array().unwrap().iter().map(|entry| entry["digest"].clone()).collect();
    assert_eq!(digests, [json!(theirs.digest), json!(referrer.digest())]);
    assert_eq!(merged["manifests"][1]["artifactType"], "application/vnd.bob.artifact+yaml");
    assert_eq!(sandbox.names(), ["v1", &name, "-"]);
}

#[tokio::test]
async fn what_is_no_list_of_referrers_is_left_alone_under_the_fallback_tag() {
    let (sandbox, subject) = Sandbox::with_v1().await;
    let name = format!("sha256-{}", subject.digest().hex());
    let mut index = Index::new(vec![], Annotations::new());
    index.subject = Some(subject.descriptor());
    for manifest in [subject.clone(), RawManifest::from_index(&index)] {
        sandbox.layout.write_manifest(&manifest, Some(&tag(&name))).await.unwrap();
        push_referrer(&sandbox.layout, "bob", &subject).await;
        assert_eq!(sandbox.layout.manifest(&version(&name)).await.unwrap(), manifest);
    }
}

#[tokio::test]
async fn tags_of_other_tools_are_read_and_kept() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let mut index = sandbox.index();
    index["manifests"][0]["annotations"] = json!({REF_NAME: "docker.io/library/app:v1", "io.containerd.x": "y"});
    index["x-tool"] = json!("kept");
    sandbox.set_index(&index);
    fs::write(sandbox.path().join("x-file"), "kept").unwrap();

    assert_eq!(sandbox.layout.manifest(&version("v1")).await.unwrap(), manifest);
    assert_eq!(sandbox.layout.tags(None).await.unwrap().tags, [tag("v1")]);
    push(&sandbox.layout, "second", Some("v2")).await;
    assert_eq!(sandbox.index()["manifests"][0], index["manifests"][0]);
    assert_eq!(sandbox.index()["x-tool"], "kept");
    assert_eq!(fs::read(sandbox.path().join("x-file")).unwrap(), b"kept");

    let other = json!({"mediaType": media_type::MANIFEST, "digest": Digest::of(b""), "size": 0,
        "annotations": {REF_NAME: "ghcr.io/team/app:v1"}});
    let mut index = sandbox.index();
    index["manifests"].as_array_mut().unwrap().push(other);
    sandbox.set_index(&index);
    let error = sandbox.layout.resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("docker.io/library/app:v1"), "{error}");
}
