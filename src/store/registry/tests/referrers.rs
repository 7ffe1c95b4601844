//! Lists of referrers: the API's, the tag's, and what registries make of either.

mod merging;
mod others;
mod queue;
mod reading;

use serde_json::{Value, json};

use super::*;
use crate::oci::media_type;
use crate::store::ListedBy;

/// What is referred to.
fn subject() -> Digest {
    Digest::of(b"subject")
}

fn referrer(text: &str) -> Descriptor {
    let descriptor = Descriptor::of(media_type::MANIFEST, text.as_bytes()).with_annotation("note", text);
    Descriptor { artifact_type: Some("a/b".to_owned()), ..descriptor }
}

/// The entry that others make for a referrer: with more members, and in another order.
fn entry(text: &str) -> Value {
    let Descriptor { digest, size, .. } = referrer(text);
    json!({
        "size": size, "digest": digest, "annotations": {"note": text}, "x-more": [1], "mediaType": media_type::MANIFEST,
        "artifactType": "a/b"
    })
}

fn index(entries: &[Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": entries})
}

/// An answer with `document` as an index.
fn served(document: &Value) -> Reply {
    reply(200).with("content-type", media_type::INDEX).body(document.to_string())
}

fn missing() -> Reply {
    reply(404).error("MANIFEST_UNKNOWN", "not here")
}

fn api() -> String {
    format!("/v2/org/app/referrers/{}", subject())
}

fn tag_path() -> String {
    format!("/v2/org/app/manifests/{}", Tag::of_referrers(&subject()))
}

/// A server whose referrers API and referrers tag answer like this.
async fn both(
    by_api: impl Fn() -> Reply + Send + Sync + 'static,
    tagged: impl Fn() -> Reply + Send + Sync + 'static,
) -> Server {
    Server::start(move |seen| match seen.target.split('?').next() {
        Some(path) if path == api() => by_api(),
        Some(path) if path == tag_path() => tagged(),
        _ => missing(),
    })
    .await
}

async fn list(server: &Server) -> Result<Referrers> {
    writer(server).referrers(&subject()).await
}

/// Digests and where they are from, in order.
fn found(referrers: &Referrers) -> Vec<(Digest, ListedBy)> {
    referrers.entries.iter().map(|entry| (entry.descriptor.digest.clone(), entry.by)).collect()
}

/// The digests that a written list names.
fn names(document: &[u8]) -> Vec<Digest> {
    let document: Value = serde_json::from_slice(document).unwrap();
    let entries = document["manifests"].as_array().unwrap();
    entries.iter().map(|entry| entry["digest"].as_str().unwrap().parse().unwrap()).collect()
}

/// A pace for who is known to be alone.
fn hurried() -> ClientOptions {
    let moment = Duration::from_millis(1);
    ClientOptions { pace: Pace { settle: moment, pause: moment }, ..options() }
}

fn writer(server: &Server) -> RegistryStore {
    let client = Client::new(hurried(), keychain(None), Arc::new(Unobserved));
    client.repository(repository(&format!("{}/org/app", server.host())), Access::Push)
}

async fn merge(server: &Server, referrers: &[Descriptor]) -> Result<()> {
    writer(server).merge_referrers(&subject(), referrers).await
}

/// The bodies that were put.
fn written(server: &Server) -> Vec<Bytes> {
    server.seen().into_iter().filter(|seen| seen.method == "PUT").map(|seen| seen.body).collect()
}
