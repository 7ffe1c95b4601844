//! The clauses, in the order of the trait's documentation.

mod delete;
mod referrers;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Algorithm, Descriptor, Digest, Index, Manifest, RawManifest, Tag, Version, media_type};
use bobctl::store::{BlobSource, BytesSource, Cursor, Result, Store, StoreError, SubjectTaken};
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::future::join_all;

pub use self::delete::*;
pub use self::referrers::*;
use super::Fixture;
use super::source::{Changed, Growing};

const OCTETS: &str = "application/octet-stream";

fn blob(bytes: &[u8]) -> Descriptor {
    Descriptor::of(OCTETS, bytes)
}

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

async fn read(store: &dyn Store, blob: &Descriptor) -> Result<Vec<u8>> {
    let chunks: Vec<Bytes> = store.blob(blob).await?.try_collect().await?;
    Ok(chunks.concat())
}

async fn write(store: &dyn Store, bytes: &[u8]) -> Descriptor {
    let source = BytesSource::new(OCTETS, bytes.to_vec());
    store.write_blob(&source).await.unwrap();
    source.descriptor().clone()
}

/// Write a blob with this text, read it back, and see that it is the same.
async fn comes_back(fixture: &impl Fixture, bytes: &[u8]) {
    let blob = write(fixture.store(), bytes).await;
    assert!(fixture.store().has_blob(&blob).await.unwrap());
    assert!(read(fixture.store(), &blob).await.unwrap() == bytes, "other bytes came back");
}

pub async fn a_blob_comes_back(fixture: &impl Fixture) {
    comes_back(fixture, b"content").await;
}

pub async fn an_empty_blob_comes_back(fixture: &impl Fixture) {
    comes_back(fixture, b"").await;
}

pub async fn a_large_blob_comes_back(fixture: &impl Fixture) {
    let bytes: Vec<u8> = (0..5_000_003_u32).map(|number| number.to_le_bytes()[0] ^ number.to_le_bytes()[1]).collect();
    comes_back(fixture, &bytes).await;
}

pub async fn a_sha512_blob_is_checked(fixture: &impl Fixture) {
    write(fixture.store(), b"something").await;
    let digest = Digest::of_with(Algorithm::Sha512, b"content");
    fixture.place_blob(&digest, b"content");
    let blob = Descriptor::new(OCTETS, digest.clone(), 7);
    assert_eq!(read(fixture.store(), &blob).await.unwrap(), b"content");
    fixture.place_blob(&digest, b"CONTENT");
    assert!(matches!(read(fixture.store(), &blob).await, Err(StoreError::Integrity(_))));
}

pub async fn a_blob_is_there_with_its_own_size_only(fixture: &impl Fixture) {
    let own = write(fixture.store(), b"content").await;
    let has = async |blob: &Descriptor| fixture.store().has_blob(blob).await.unwrap();
    assert!(has(&own).await);
    assert!(!has(&Descriptor::new(OCTETS, own.digest.clone(), own.size + 1)).await);
    assert!(!has(&blob(b"other")).await);
}

pub async fn a_missing_blob_is_not_found(fixture: &impl Fixture) {
    write(fixture.store(), b"content").await;
    assert!(matches!(read(fixture.store(), &blob(b"other")).await, Err(StoreError::NotFound(_))));
}

/// The store holds `held` where `content` was written.
async fn is_found_out(fixture: &impl Fixture, held: &[u8]) {
    let blob = write(fixture.store(), b"content").await;
    fixture.place_blob(&blob.digest, held);
    let outcome = read(fixture.store(), &blob).await;
    assert!(matches!(outcome, Err(StoreError::Integrity(_))), "{outcome:?}");
}

pub async fn an_altered_blob_is_found_out(fixture: &impl Fixture) {
    is_found_out(fixture, b"cOntent").await;
}

pub async fn a_short_blob_is_found_out(fixture: &impl Fixture) {
    is_found_out(fixture, b"conten").await;
}

pub async fn a_long_blob_is_found_out(fixture: &impl Fixture) {
    is_found_out(fixture, b"content and more").await;
}

pub async fn a_small_blob_is_bounded(fixture: &impl Fixture) {
    let blob = write(fixture.store(), b"content").await;
    assert_eq!(fixture.store().small_blob(&blob, 7).await.unwrap(), "content");
    assert!(matches!(fixture.store().small_blob(&blob, 6).await, Err(StoreError::Integrity(_))));
}

pub async fn inline_data_needs_no_blob(fixture: &impl Fixture) {
    let blob = Descriptor { data: Some(BASE64.encode("content")), ..blob(b"content") };
    assert_eq!(read(fixture.store(), &blob).await.unwrap(), b"content");
}

pub async fn inline_data_is_checked(fixture: &impl Fixture) {
    let own = write(fixture.store(), b"content").await;
    for data in [BASE64.encode("CONTENT"), "not base64".to_owned()] {
        let blob = Descriptor { data: Some(data), ..own.clone() };
        assert!(matches!(read(fixture.store(), &blob).await, Err(StoreError::Integrity(_))));
    }
}

pub async fn a_blob_can_be_written_twice(fixture: &impl Fixture) {
    write(fixture.store(), b"content").await;
    comes_back(fixture, b"content").await;
}

pub async fn a_blob_can_be_written_by_many_at_once(fixture: &impl Fixture) {
    let bytes = vec![7; 300_000];
    let source = BytesSource::new(OCTETS, bytes.clone());
    let writers = (0..8).map(|_| fixture.store().write_blob(&source));
    assert!(join_all(writers).await.iter().all(Result::is_ok));
    assert!(read(fixture.store(), source.descriptor()).await.unwrap() == bytes);
}

pub async fn content_is_written_while_it_grows(fixture: &impl Fixture) {
    let chunks: Vec<Bytes> = (0..20).map(|number| Bytes::from(vec![number; 50_000])).collect();
    let source = Growing::all(chunks.clone());
    assert!(source.known().is_none(), "the content was there from the start");
    fixture.store().write_blob(&source).await.unwrap();
    assert!(read(fixture.store(), source.descriptor()).await.unwrap() == chunks.concat());
}

pub async fn content_that_breaks_off_leaves_nothing(fixture: &impl Fixture) {
    let chunks: Vec<Bytes> = (0..20).map(|number| Bytes::from(vec![number; 50_000])).collect();
    let source = Growing::until(chunks, 10);
    let outcome = fixture.store().write_blob(&source).await;
    assert!(matches!(outcome, Err(StoreError::Local(_))), "{outcome:?}");
    for size in [500_000, 1_000_000] {
        let part = Descriptor::new(OCTETS, source.descriptor().digest.clone(), size);
        assert!(!fixture.store().has_blob(&part).await.unwrap());
    }
}

pub async fn content_that_is_not_what_it_says_leaves_nothing(fixture: &impl Fixture) {
    let said = blob(b"content");
    for real in ["cOntent", "conten", "contents"] {
        assert!(fixture.store().write_blob(&Changed::new(said.clone(), real)).await.is_err(), "{real}");
        assert!(!fixture.store().has_blob(&said).await.unwrap(), "{real}");
    }
}

/// A manifest with one layer of this text, whose blobs are written.
async fn manifest(store: &dyn Store, text: &str) -> Manifest {
    write(store, b"{}").await;
    write(store, text.as_bytes()).await;
    let config = Descriptor::of(media_type::EMPTY, b"{}");
    Manifest {
        artifact_type: Some("a/b".into()),
        ..Manifest::new(config, vec![blob(text.as_bytes())], Annotations::new())
    }
}

/// As [`manifest`], written too.
async fn written(store: &dyn Store, text: &str, tag: Option<&Tag>) -> RawManifest {
    let raw = RawManifest::from_manifest(&manifest(store, text).await);
    store.write_manifest(&raw, tag).await.unwrap();
    raw
}

fn by_digest(manifest: &RawManifest) -> Version {
    Version::Digest(manifest.digest().clone())
}

pub async fn a_manifest_keeps_its_bytes(fixture: &impl Fixture) {
    let canonical = RawManifest::from_manifest(&manifest(fixture.store(), "content").await);
    let odd = String::from_utf8(canonical.bytes().to_vec()).unwrap().replace(',', " ,\n\t").replace('}', " }\n");
    let odd = RawManifest::new(media_type::MANIFEST, odd);
    fixture.store().write_manifest(&odd, Some(&tag("odd"))).await.unwrap();
    for version in [Version::Tag(tag("odd")), by_digest(&odd)] {
        assert_eq!(fixture.store().manifest(&version).await.unwrap(), odd);
    }
}

pub async fn a_manifest_is_resolved_without_its_body(fixture: &impl Fixture) {
    let manifest = written(fixture.store(), "content", Some(&tag("1"))).await;
    for version in [Version::Tag(tag("1")), by_digest(&manifest)] {
        let found = fixture.store().resolve(&version).await.unwrap();
        let want = manifest.descriptor();
        assert_eq!((found.media_type, found.digest, found.size), (want.media_type, want.digest, want.size));
    }
}

pub async fn a_manifest_can_do_without_a_tag(fixture: &impl Fixture) {
    let manifest = written(fixture.store(), "content", None).await;
    assert_eq!(fixture.store().manifest(&by_digest(&manifest)).await.unwrap(), manifest);
    assert_eq!(all_tags(fixture.store()).await.unwrap(), []);
}

pub async fn an_index_follows_its_manifests(fixture: &impl Fixture) {
    let children = [written(fixture.store(), "a", None).await, written(fixture.store(), "b", None).await];
    let entries = children.iter().map(RawManifest::descriptor).collect();
    let index = RawManifest::from_index(&Index::new(entries, Annotations::new()));
    fixture.store().write_manifest(&index, Some(&tag("1"))).await.unwrap();
    assert_eq!(fixture.store().manifest(&Version::Tag(tag("1"))).await.unwrap(), index);
    assert_eq!(fixture.store().manifest(&by_digest(&children[1])).await.unwrap(), children[1]);
}

pub async fn a_manifest_can_be_written_twice(fixture: &impl Fixture) {
    let first = written(fixture.store(), "content", Some(&tag("1"))).await;
    let second = written(fixture.store(), "content", Some(&tag("1"))).await;
    assert_eq!(first, second);
    assert_eq!(fixture.store().manifest(&Version::Tag(tag("1"))).await.unwrap(), first);
    assert_eq!(all_tags(fixture.store()).await.unwrap(), [tag("1")]);
}

pub async fn a_missing_manifest_is_not_found(fixture: &impl Fixture) {
    written(fixture.store(), "content", Some(&tag("1"))).await;
    for version in [Version::Tag(tag("2")), Version::Digest(Digest::of(b"other"))] {
        assert!(matches!(fixture.store().manifest(&version).await, Err(StoreError::NotFound(_))), "{version}");
        assert!(matches!(fixture.store().resolve(&version).await, Err(StoreError::NotFound(_))), "{version}");
    }
}

pub async fn an_altered_manifest_is_found_out(fixture: &impl Fixture) {
    let manifest = written(fixture.store(), "content", Some(&tag("1"))).await;
    let altered = String::from_utf8(manifest.bytes().to_vec()).unwrap().replace("a/b", "a/c");
    fixture.place_manifest(manifest.digest(), altered.as_bytes());
    let outcome = fixture.store().manifest(&by_digest(&manifest)).await;
    assert!(matches!(outcome, Err(StoreError::Integrity(_))), "{outcome:?}");
}

pub async fn a_subject_is_taken(fixture: &impl Fixture) {
    let plain = RawManifest::from_manifest(&manifest(fixture.store(), "content").await);
    assert_eq!(fixture.store().write_manifest(&plain, None).await.unwrap(), SubjectTaken::None);
    let referrer = Manifest { subject: Some(plain.descriptor()), ..manifest(fixture.store(), "note").await };
    let referrer = RawManifest::from_manifest(&referrer);
    assert_ne!(fixture.store().write_manifest(&referrer, None).await.unwrap(), SubjectTaken::None);
    assert_eq!(fixture.store().manifest(&by_digest(&referrer)).await.unwrap(), referrer);
}

/// All pages, one after the other; the order is the store's own, so they are sorted here.
async fn all_tags(store: &dyn Store) -> Result<Vec<Tag>> {
    let mut tags = Vec::new();
    let mut from: Option<Cursor> = None;
    loop {
        let page = store.tags(from.as_ref()).await?;
        tags.extend(page.tags);
        from = page.next;
        if from.is_none() {
            tags.sort();
            return Ok(tags);
        }
    }
}

pub async fn a_tag_moves(fixture: &impl Fixture) {
    let old = written(fixture.store(), "old", Some(&tag("1"))).await;
    let new = written(fixture.store(), "new", Some(&tag("1"))).await;
    assert_eq!(fixture.store().manifest(&Version::Tag(tag("1"))).await.unwrap(), new);
    assert_eq!(fixture.store().manifest(&by_digest(&old)).await.unwrap(), old);
    assert_eq!(all_tags(fixture.store()).await.unwrap(), [tag("1")]);
}

pub async fn tags_are_listed(fixture: &impl Fixture) {
    written(fixture.store(), "content", Some(&tag("b"))).await;
    for name in ["c", "_A.b-c", "a"] {
        written(fixture.store(), "content", Some(&tag(name))).await;
    }
    assert_eq!(all_tags(fixture.store()).await.unwrap(), ["_A.b-c", "a", "b", "c"].map(tag));
}

pub async fn tags_written_at_once_are_all_kept(fixture: &impl Fixture) {
    let manifest = written(fixture.store(), "content", None).await;
    let names: Vec<Tag> = (10..26).map(|number| tag(&format!("v{number}"))).collect();
    let writers = names.iter().map(|name| fixture.store().write_manifest(&manifest, Some(name)));
    assert!(join_all(writers).await.iter().all(Result::is_ok));
    assert_eq!(all_tags(fixture.store()).await.unwrap(), names);
}

pub async fn an_unknown_tag_is_not_an_unknown_repository(fixture: &impl Fixture) {
    written(fixture.store(), "content", None).await;
    let unknown = Version::Tag(tag("some-tag"));
    let Err(StoreError::NotFound(fault)) = fixture.store().manifest(&unknown).await else { panic!("found") };
    assert!(fault.to_string().contains("some-tag"), "{fault}");
    let nowhere = fixture.nowhere();
    assert!(matches!(nowhere.manifest(&unknown).await, Err(StoreError::NotFound(_))));
    assert!(matches!(all_tags(nowhere.as_ref()).await, Err(StoreError::NotFound(_))));
    assert_eq!(all_tags(fixture.store()).await.unwrap(), [], "a repository without tags");
}
