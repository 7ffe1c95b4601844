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
use crate::store::{BytesSource, ListedBy, spool};

mod blobs;
mod leftovers;
mod listing;
mod others;
mod processes;
mod referrers;

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
        assert!(error.fault().hint().unwrap().contains("index.json"));
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
