//! The layout as its users meet it: one folder, several programs, crashes, and other tools' files.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::oci::annotation::{Annotations, REF_NAME};
use crate::oci::{Digest, Index, Manifest, media_type};
use crate::store::{BytesSource, spool};

mod processes;

const TYPE: &str = "application/x-test";

/// A layout that is not there yet, in a folder that goes away.
struct Sandbox {
    root: TempDir,
    layout: Layout,
}

impl Sandbox {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let layout = Layout::open(root.path().join("layout"));
        Self { root, layout }
    }

    /// A layout that holds `app` under the tag `v1`.
    async fn with_v1() -> (Self, RawManifest) {
        let sandbox = Self::new();
        let manifest = push(&sandbox.layout, "app", Some("v1")).await;
        (sandbox, manifest)
    }

    fn path(&self) -> &Path {
        self.layout.folder.path()
    }

    fn index(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path().join("index.json")).unwrap()).unwrap()
    }

    fn set_index(&self, index: &Value) {
        fs::write(self.path().join("index.json"), index.to_string()).unwrap();
    }

    /// The names in index.json, `-` for an entry without one.
    fn names(&self) -> Vec<String> {
        let entries = self.index()["manifests"].as_array().unwrap().clone();
        entries.iter().map(|entry| index::name_of(entry).unwrap_or("-").to_owned()).collect()
    }

    fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.path().join("blobs").join(digest.algorithm().name()).join(digest.hex())
    }
}

fn tag(name: &str) -> Tag {
    name.parse().unwrap()
}

fn version(name: &str) -> Version {
    name.parse().map_or_else(|_| Version::Tag(tag(name)), Version::Digest)
}

/// A manifest whose layer is `content`; its blobs are in `layout` already.
async fn manifest_of(layout: &Layout, content: &str) -> Manifest {
    let mut blobs = Vec::new();
    for bytes in ["{}", content] {
        let source = BytesSource::new(TYPE, bytes.to_owned());
        layout.write_blob(&source).await.unwrap();
        blobs.push(source.descriptor().clone());
    }
    let layers = vec![blobs.remove(1)];
    Manifest::new(blobs.remove(0), layers, Annotations::new())
}

async fn push(layout: &Layout, content: &str, name: Option<&str>) -> RawManifest {
    let manifest = RawManifest::from_manifest(&manifest_of(layout, content).await);
    layout.write_manifest(&manifest, name.map(tag).as_ref()).await.unwrap();
    manifest
}

async fn push_referrer(layout: &Layout, content: &str, subject: &RawManifest) -> RawManifest {
    let mut manifest = manifest_of(layout, content).await;
    manifest.subject = Some(subject.descriptor());
    manifest.artifact_type = Some("application/vnd.bob.artifact+yaml".into());
    manifest.annotations = [("k".into(), "v".into()), (REF_NAME.into(), "trap".into())].into();
    let manifest = RawManifest::from_manifest(&manifest);
    assert_eq!(layout.write_manifest(&manifest, None).await.unwrap(), SubjectTaken::Confirmed);
    manifest
}

async fn read(layout: &Layout, blob: &Descriptor) -> Result<Vec<u8>> {
    let chunks: Vec<_> = layout.blob(blob).await?.try_collect().await?;
    Ok(chunks.concat())
}

#[tokio::test]
async fn what_is_pushed_is_read_back() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let layout = Layout::open(sandbox.path());
    for name in ["v1", &manifest.digest().to_string()] {
        assert_eq!(layout.resolve(&version(name)).await.unwrap(), manifest.descriptor());
        assert_eq!(layout.manifest(&version(name)).await.unwrap(), manifest);
    }
    let layer = Descriptor::of(TYPE, b"app");
    assert!(layout.has_blob(&layer).await.unwrap());
    assert_eq!(read(&layout, &layer).await.unwrap(), b"app");
    assert_eq!(layout.tags(None).await.unwrap().tags, [tag("v1")]);
    assert_eq!(layout.location().to_string(), format!("oci-layout://{}", sandbox.path().display()));
}

#[tokio::test]
async fn the_folder_is_what_the_image_specification_says() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let marker = fs::read_to_string(sandbox.path().join("oci-layout")).unwrap();
    assert_eq!(marker, r#"{"imageLayoutVersion":"1.0.0"}"#);
    let expected = json!({
        "schemaVersion": 2,
        "mediaType": media_type::INDEX,
        "manifests": [{
            "mediaType": media_type::MANIFEST,
            "digest": manifest.digest(),
            "size": manifest.bytes().len(),
            "annotations": {"org.opencontainers.image.ref.name": "v1"},
        }],
    });
    assert_eq!(sandbox.index(), expected);
    assert!(fs::read(sandbox.blob_path(manifest.digest())).unwrap() == *manifest.bytes());
    let mut names: Vec<_> =
        sandbox.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".bobctl.lock", "blobs", "index.json", "oci-layout"], "and no temporary file");
}

#[tokio::test]
async fn reading_from_nowhere_finds_nothing_and_makes_nothing() {
    let sandbox = Sandbox::new();
    let blob = Descriptor::of(TYPE, b"app");
    let errors = [
        sandbox.layout.resolve(&version("v1")).await.unwrap_err(),
        sandbox.layout.manifest(&version(&blob.digest.to_string())).await.unwrap_err(),
        sandbox.layout.tags(None).await.unwrap_err(),
        read(&sandbox.layout, &blob).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
        assert!(error.to_string().contains("the folder does not exist"), "{error}");
        assert!(error.fault().hint().unwrap().contains("push artifact"));
    }
    assert!(!sandbox.layout.has_blob(&blob).await.unwrap());
    assert!(!sandbox.path().exists());
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let (sandbox, _) = Sandbox::with_v1().await;
    let missing = Descriptor::of(TYPE, b"missing");
    let no_tag = sandbox.layout.manifest(&version("v2")).await.unwrap_err();
    let no_manifest = sandbox.layout.resolve(&version(&missing.digest.to_string())).await.unwrap_err();
    let no_blob = read(&sandbox.layout, &missing).await.unwrap_err();
    let digest = missing.digest.to_string();
    for (error, part) in [(no_tag, "'v2'"), (no_manifest, digest.as_str()), (no_blob, digest.as_str())] {
        assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_tag_whose_manifest_is_missing_is_not_found() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    fs::remove_file(sandbox.blob_path(manifest.digest())).unwrap();
    for error in [
        sandbox.layout.resolve(&version("v1")).await.unwrap_err(),
        sandbox.layout.manifest(&version("v1")).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
        assert!(error.to_string().contains(&manifest.digest().to_string()), "{error}");
    }
}

#[tokio::test]
async fn a_folder_of_something_else_is_left_alone() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path()).unwrap();
    fs::write(sandbox.path().join(".gitkeep"), "").unwrap();
    fs::write(sandbox.path().join("bob.yaml"), "kind: x").unwrap();
    let error = sandbox.layout.write_blob(&BytesSource::new(TYPE, "app")).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    assert!(error.to_string().contains("bob.yaml"), "{error}");
    assert_eq!(sandbox.path().read_dir().unwrap().count(), 2);
    let error = sandbox.layout.tags(None).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");

    fs::remove_file(sandbox.path().join("bob.yaml")).unwrap();
    push(&sandbox.layout, "app", Some("v1")).await;
}

#[tokio::test]
async fn another_major_version_is_read_but_not_written() {
    for (marker, writable) in [
        (r#"{"imageLayoutVersion":"1.1.0","x":1}"#, true),
        (r#"{"imageLayoutVersion":"2.0.0"}"#, false),
        (r#"{"imageLayoutVersion":"10.0.0"}"#, false),
        ("{}", false),
        ("garbage", false),
    ] {
        let (sandbox, manifest) = Sandbox::with_v1().await;
        fs::write(sandbox.path().join("oci-layout"), marker).unwrap();
        assert_eq!(sandbox.layout.manifest(&version("v1")).await.unwrap(), manifest);
        let written = [
            sandbox.layout.write_blob(&BytesSource::new(TYPE, "new")).await,
            sandbox.layout.write_manifest(&manifest, Some(&tag("v2"))).await.map(|_| ()),
        ];
        for result in written {
            assert_eq!(result.is_ok(), writable, "{marker}");
            assert!(matches!(result, Ok(()) | Err(StoreError::Refused(_))), "{marker}: {result:?}");
        }
        assert_eq!(fs::read_to_string(sandbox.path().join("oci-layout")).unwrap(), marker);
    }
}

#[tokio::test]
async fn a_layout_without_index_or_blobs_is_completed() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path()).unwrap();
    fs::write(sandbox.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    assert_eq!(sandbox.layout.tags(None).await.unwrap().tags, []);
    let manifest = push(&sandbox.layout, "app", Some("v1")).await;
    assert_eq!(sandbox.layout.manifest(&version("v1")).await.unwrap(), manifest);
}

#[tokio::test]
async fn a_blob_that_is_there_is_not_written_again() {
    let (sandbox, _) = Sandbox::with_v1().await;
    let blob = BytesSource::new(TYPE, "app");
    let inode = || {
        let metadata = fs::metadata(sandbox.blob_path(&blob.descriptor().digest)).unwrap();
        (std::os::unix::fs::MetadataExt::ino(&metadata), metadata.modified().unwrap())
    };
    let before = inode();
    sandbox.layout.write_blob(&blob).await.unwrap();
    assert_eq!(inode(), before);
}

#[tokio::test]
async fn a_blob_that_a_crash_cut_short_is_written_again() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    for bytes in [&b"app"[..], manifest.bytes()] {
        let path = sandbox.blob_path(&Digest::of(bytes));
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes[..2]).unwrap();
    }
    push(&sandbox.layout, "app", Some("v1")).await;
    assert_eq!(read(&sandbox.layout, &Descriptor::of(TYPE, b"app")).await.unwrap(), b"app");
    assert_eq!(sandbox.layout.manifest(&version("v1")).await.unwrap(), manifest);
}

#[tokio::test]
async fn every_read_is_verified() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let layer = Descriptor::of(TYPE, b"app");
    let tamper = |digest: &Digest, bytes: &[u8]| {
        let path = sandbox.blob_path(digest);
        fs::remove_file(&path).unwrap();
        fs::write(path, bytes).unwrap();
    };
    for bytes in [&b"apq"[..], b"ap", b"apps"] {
        tamper(&layer.digest, bytes);
        let error = read(&sandbox.layout, &layer).await.unwrap_err();
        assert!(matches!(error, StoreError::Integrity(_)), "{error:?}");
        assert!(error.to_string().contains(&layer.digest.to_string()), "{error}");
    }
    let mut same_size = manifest.bytes().to_vec();
    *same_size.last_mut().unwrap() = b' ';
    for bytes in [same_size.as_slice(), b"{}"] {
        tamper(manifest.digest(), bytes);
        for name in ["v1", &manifest.digest().to_string()] {
            let error = sandbox.layout.manifest(&version(name)).await.unwrap_err();
            assert!(matches!(error, StoreError::Integrity(_)), "{name}: {error:?}");
            assert!(error.to_string().contains(&manifest.digest().to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn links_and_special_files_are_refused() {
    type Trap = fn(&Sandbox, &Path);
    let manifest = RawManifest::from_manifest(&manifest_of(&Sandbox::new().layout, "app").await);
    let blob = format!("blobs/sha256/{}", manifest.digest().hex());
    let link: Trap = |sandbox, path| {
        let aside = sandbox.root.path().join("aside");
        fs::rename(path, &aside).unwrap();
        symlink(&aside, path).unwrap();
    };
    let folder: Trap = |_, path| {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    };
    let fifo: Trap = |_, path| {
        fs::remove_file(path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    };
    for (trap, place, what) in [
        (link, "blobs", "symbolic link"),
        (link, "blobs/sha256", "symbolic link"),
        (link, &blob, "symbolic link"),
        (link, "index.json", "symbolic link"),
        (link, "oci-layout", "symbolic link"),
        (folder, &blob, "folder"),
        (fifo, &blob, "special file"),
        (fifo, "index.json", "special file"),
    ] {
        let (sandbox, manifest) = Sandbox::with_v1().await;
        trap(&sandbox, &sandbox.path().join(place));
        let written = sandbox.layout.write_manifest(&manifest, Some(&tag("v2"))).await.map(|_| ());
        let read = sandbox.layout.manifest(&version("v1")).await.map(|_| ());
        for (doing, result) in [("write", written), ("read", read)] {
            let error = result.expect_err(&format!("{doing} with a {what} for {place}"));
            assert!(matches!(error, StoreError::Refused(_)), "{doing} {place}: {error:?}");
            let message = error.to_string();
            assert!(message.contains(place) && message.contains(what), "{doing} {place}: {message}");
        }
    }
}

#[tokio::test]
async fn a_new_blob_does_not_go_through_a_link() {
    for place in ["blobs", "blobs/sha256"] {
        let (sandbox, _) = Sandbox::with_v1().await;
        let aside = sandbox.root.path().join("aside");
        fs::rename(sandbox.path().join(place), &aside).unwrap();
        symlink(&aside, sandbox.path().join(place)).unwrap();
        let count = || aside.read_dir().unwrap().count();
        let before = count();
        let error = sandbox.layout.write_blob(&BytesSource::new(TYPE, "new")).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
        assert_eq!(count(), before);
    }
}

#[tokio::test]
async fn content_is_written_while_it_grows() {
    use std::io::Write;
    let sandbox = Sandbox::new();
    let content: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    let blob = Descriptor::of(TYPE, &content);
    let (made, end) = (content.clone(), blob.clone());
    let maker = std::thread::spawn(move || {
        made.chunks(1_000_000).for_each(|block| writer.write_all(block).unwrap());
        writer.finish(end);
    });
    sandbox.layout.write_blob(&spool).await.unwrap();
    maker.join().unwrap();
    assert!(read(&sandbox.layout, &blob).await.unwrap() == content);
    let mut chunks = sandbox.layout.blob(&blob).await.unwrap();
    assert_eq!(chunks.next().await.unwrap().unwrap().len(), 256 << 10);
}

#[tokio::test]
async fn content_that_fails_or_changes_leaves_nothing() {
    struct Changed(BytesSource);
    #[async_trait]
    impl BlobSource for Changed {
        fn known(&self) -> Option<Descriptor> {
            Some(Descriptor::of(TYPE, b"as it was"))
        }
        async fn complete(&self) -> std::io::Result<Descriptor> {
            self.0.complete().await
        }
        fn open(&self) -> crate::store::blob::SourceStream {
            self.0.open()
        }
    }
    let (sandbox, _) = Sandbox::with_v1().await;
    let files =
        || sandbox.path().join("blobs/sha256").read_dir().unwrap().count() + sandbox.path().read_dir().unwrap().count();
    let before = files();
    let (writer, broken) = spool(TYPE, &std::env::temp_dir()).unwrap();
    writer.fail("cannot read bob.yaml");
    let changed = Changed(BytesSource::new(TYPE, "different"));
    for (source, part) in [(&broken as &dyn BlobSource, "cannot be read"), (&changed, "changed while")] {
        let error = sandbox.layout.write_blob(source).await.unwrap_err();
        assert!(matches!(error, StoreError::Local(_)), "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
        assert_eq!(files(), before);
    }
}

#[tokio::test]
async fn a_sha512_blob_is_kept_and_verified_as_such() {
    let sandbox = Sandbox::new();
    let digest = Digest::of_with(Algorithm::Sha512, b"app");
    let blob = Descriptor::new(TYPE, digest.clone(), 3);
    let (mut writer, spool) = spool(TYPE, &std::env::temp_dir()).unwrap();
    std::io::Write::write_all(&mut writer, b"app").unwrap();
    writer.finish(blob.clone());
    sandbox.layout.write_blob(&spool).await.unwrap();
    assert!(sandbox.path().join("blobs/sha512").join(digest.hex()).is_file());
    assert_eq!(read(&sandbox.layout, &blob).await.unwrap(), b"app");
}

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

#[tokio::test]
async fn an_index_that_is_being_written_in_place_is_read_a_moment_later() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let path = sandbox.path().join("index.json");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..40]).unwrap();
    let error = sandbox.layout.resolve(&version("v1")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(_)), "{error:?}");
    assert!(error.to_string().contains("index.json"), "{error}");

    let layout = Arc::new(Layout::open(sandbox.path()));
    let reader = tokio::spawn(async move { layout.manifest(&version("v1")).await });
    tokio::time::sleep(Duration::from_millis(15)).await;
    fs::write(&path, &whole).unwrap();
    assert_eq!(reader.await.unwrap().unwrap(), manifest);
}

/// A change for [`Folder::update`]: the tag `v2`.
fn name_v2(manifest: &RawManifest, index: &mut index::Index) {
    index.set_tag("v2", &json!(manifest.descriptor()), &|_| false);
}

#[tokio::test]
async fn a_change_that_another_program_overwrites_is_made_again() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let path = sandbox.path().join("index.json");
    let stale = fs::read(&path).unwrap();
    let folder = &sandbox.layout.folder;
    let change = |index: &mut index::Index| {
        name_v2(&manifest, index);
        Ok(())
    };

    assert!(folder.attempt(&change).unwrap());
    assert!(folder.holds(&change).unwrap());
    fs::write(&path, &stale).unwrap();
    assert!(!folder.holds(&change).unwrap(), "the loss is seen");
    assert!(folder.attempt(&change).unwrap(), "and made good");
    assert!(!folder.attempt(&change).unwrap());
    assert_eq!(sandbox.names(), ["v1", "v2"]);
}

#[tokio::test]
async fn a_change_that_another_program_makes_meanwhile_is_not_thrown_away() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let folder = &sandbox.layout.folder;
    let meddled = std::cell::Cell::new(false);
    let change = |index: &mut index::Index| {
        if !meddled.replace(true) {
            let mut theirs = sandbox.index();
            let mut entry = theirs["manifests"][0].clone();
            entry["annotations"][REF_NAME] = json!("theirs");
            theirs["manifests"].as_array_mut().unwrap().push(entry);
            sandbox.set_index(&theirs);
        }
        name_v2(&manifest, index);
        Ok(())
    };
    folder.update("tag 'v2'", &change).unwrap();
    assert_eq!(sandbox.names(), ["v1", "theirs", "v2"]);
}

#[tokio::test]
async fn a_program_that_never_stops_overwriting_is_an_error() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let folder = &sandbox.layout.folder;
    let round = std::cell::Cell::new(0);
    let change = |index: &mut index::Index| {
        round.set(round.get() + 1);
        let mut theirs = sandbox.index();
        theirs["x-round"] = json!(round.get());
        sandbox.set_index(&theirs);
        name_v2(&manifest, index);
        Ok(())
    };
    let error = folder.update("tag 'v2'", &change).unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("tag 'v2' was not kept"), "{error}");
}

#[tokio::test]
async fn a_locked_layout_is_waited_for_and_then_named() {
    let (sandbox, manifest) = Sandbox::with_v1().await;
    let impatient = Layout {
        location: sandbox.layout.location.clone(),
        folder: Arc::new(Folder::new(sandbox.path().to_owned(), Duration::from_millis(30))),
    };
    let lock = lock::Lock::take(sandbox.path(), LOCK_WAIT).unwrap();
    let error = impatient.write_manifest(&manifest, Some(&tag("v2"))).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    assert_eq!(impatient.manifest(&version("v1")).await.unwrap(), manifest, "reading needs no lock");
    drop(lock);
    impatient.write_manifest(&manifest, Some(&tag("v2"))).await.unwrap();
}
