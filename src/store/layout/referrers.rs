//! The referrers of a manifest in a layout (LAY-10).

use super::folder::Folder;
use super::index::digest_of;
use super::listing::entry_of;
use crate::oci::{Descriptor, Digest, RawManifest, json as strict};
use crate::store::{ListedBy, MAX_MANIFEST, Referrer, Referrers, Result};

impl Folder {
    /// The manifests listed in `index.json` whose subject is `subject`.
    pub(super) fn referrers(&self, subject: &Digest) -> Result<Referrers> {
        let index = self.index()?;
        let mut entries: Vec<Referrer> = Vec::new();
        for entry in index.entries() {
            let Some(digest) = digest_of(entry).and_then(|digest| digest.parse::<Digest>().ok()) else { continue };
            let Some(bytes) = self.small_blob(&digest, MAX_MANIFEST)? else { continue };
            let Ok(document) = strict::value(&bytes) else { continue };
            let refers = document.get("subject").and_then(digest_of) == Some(subject.to_string().as_str());
            let media_type = entry.get("mediaType").and_then(serde_json::Value::as_str).unwrap_or_default();
            if !refers || entries.iter().any(|known| known.descriptor.digest == digest) {
                continue;
            }
            let listed = entry_of(&RawManifest::new(media_type, bytes), &document, true);
            if let Ok(descriptor) = serde_json::from_value::<Descriptor>(listed) {
                entries.push(Referrer { descriptor, by: ListedBy::Layout });
            }
        }
        Ok(Referrers { entries, native: true })
    }
}
