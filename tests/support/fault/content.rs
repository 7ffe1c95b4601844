//! What the registry holds.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bobctl::oci::{Digest, media_type};
use bytes::Bytes;

/// All repositories, and the upload sessions under way.
#[derive(Default)]
pub struct Content {
    pub repositories: BTreeMap<String, Repository>,
    pub uploads: BTreeMap<String, Upload>,
    /// For session names and states, which no two answers share.
    pub counter: u64,
}

#[derive(Default, Clone)]
pub struct Repository {
    pub blobs: BTreeMap<Digest, Bytes>,
    pub manifests: BTreeMap<Digest, Stored>,
    pub tags: BTreeMap<String, Digest>,
}

/// A manifest as it was written.
#[derive(Clone)]
pub struct Stored {
    pub media_type: String,
    pub bytes: Bytes,
}

/// An upload session.
pub struct Upload {
    pub repository: String,
    /// Only the newest `Location` is valid; this is the part of its query that makes it so.
    pub state: String,
    pub bytes: Vec<u8>,
}

impl Content {
    pub fn repository(&self, name: &str) -> Option<&Repository> {
        self.repositories.get(name)
    }

    pub fn repository_mut(&mut self, name: &str) -> &mut Repository {
        self.repositories.entry(name.to_owned()).or_default()
    }

    /// A number that was not given out before.
    pub fn fresh(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub fn blob(&self, repository: &str, digest: &Digest) -> Option<Bytes> {
        self.repository(repository)?.blobs.get(digest).cloned()
    }

    /// Keep a manifest, with what its own `mediaType` says, and name it `tag` when one is given.
    pub fn put_manifest(&mut self, repository: &str, tag: Option<&str>, bytes: Bytes) -> Digest {
        let digest = Digest::of(&bytes);
        self.keep_manifest(repository, &digest, bytes);
        if let Some(tag) = tag {
            self.repository_mut(repository).tags.insert(tag.to_owned(), digest.clone());
        }
        digest
    }

    /// Keep `bytes` as the manifest `digest`, whatever their own digest is.
    pub fn keep_manifest(&mut self, repository: &str, digest: &Digest, bytes: Bytes) {
        let document: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let media_type = document["mediaType"].as_str().unwrap_or(media_type::MANIFEST).to_owned();
        self.repository_mut(repository).manifests.insert(digest.clone(), Stored { media_type, bytes });
    }

    /// One line for each tag, manifest and blob: names, digests and sizes.
    pub fn listing(&self) -> String {
        let mut out = String::new();
        for (name, repository) in &self.repositories {
            repository.list(name, &mut out).expect("writing to a string");
        }
        out
    }
}

impl Repository {
    /// The digest that a tag or a digest stands for.
    pub fn resolve(&self, reference: &str) -> Option<Digest> {
        let digest = reference.parse().ok().or_else(|| self.tags.get(reference).cloned())?;
        self.manifests.contains_key(&digest).then_some(digest)
    }

    /// The digest of a manifest that a tag `sha256-<hex>` spells.
    pub fn spelled(&self, tag: &str) -> Option<Digest> {
        let digest = tag.replacen('-', ":", 1).parse().ok()?;
        self.manifests.contains_key(&digest).then_some(digest)
    }

    fn list(&self, name: &str, out: &mut String) -> std::fmt::Result {
        for (tag, digest) in &self.tags {
            writeln!(out, "{name}:{tag} -> {digest}")?;
        }
        for (digest, stored) in &self.manifests {
            writeln!(out, "{name} manifest {digest} {} {}", stored.bytes.len(), stored.media_type)?;
        }
        for (digest, bytes) in &self.blobs {
            writeln!(out, "{name} blob {digest} {}", bytes.len())?;
        }
        Ok(())
    }
}
