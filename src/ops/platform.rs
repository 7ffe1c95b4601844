//! Which manifest of an index is meant.

use super::{OpError, Result};
use crate::oci::{Descriptor, Document, Index, Manifest, Platform, RawManifest, Version};
use crate::store::Store;

/// How many indexes may be nested (SEC-5).
const MAX_NESTING: usize = 8;

/// The manifest itself, or the one that an index has for the platform: its bytes, and what they say.
pub(super) async fn choose(
    store: &dyn Store,
    top: RawManifest,
    wanted: Option<&Platform>,
) -> Result<(RawManifest, Manifest)> {
    let mut current = top;
    for _ in 0..MAX_NESTING {
        let index = match current.document()? {
            Document::Manifest(manifest) => return Ok((current, manifest)),
            Document::Index(index) => index,
        };
        let entry = select(&index, wanted)?;
        current = store.manifest(&Version::Digest(entry.digest.clone())).await?;
    }
    Err(OpError::NotArtifact {
        kind: current.media_type().to_owned(),
        why: format!("indexes are nested more than {MAX_NESTING} deep"),
    })
}

/// The manifest for `wanted`; without a wish for Linux on this machine's architecture, or the only one there is.
pub(super) fn select<'a>(index: &'a Index, wanted: Option<&Platform>) -> Result<&'a Descriptor> {
    let here = Platform::linux_here();
    let platform = wanted.unwrap_or(&here);
    let fits = |entry: &&Descriptor| entry.platform.as_ref().is_some_and(|found| found.satisfies(platform));
    let found = index.manifests.iter().find(fits);
    let only = match (wanted, index.manifests.as_slice()) {
        (None, [only]) => Some(only),
        _ => None,
    };
    found.or(only).ok_or_else(|| OpError::NoPlatform {
        wanted: Box::new(platform.clone()),
        available: index.manifests.iter().filter_map(|entry| entry.platform.clone()).collect(),
        unsaid: index.manifests.iter().find(|entry| entry.platform.is_none()).map(|entry| entry.digest.clone()),
    })
}

/// A single artifact for one platform is not the one for another; one for any platform is for all.
pub(super) fn hold(found: Option<&Platform>, wanted: Option<&Platform>) -> Result<()> {
    match (found, wanted) {
        (Some(found), Some(wanted)) if !found.satisfies(wanted) => {
            Err(OpError::NoPlatform { wanted: Box::new(wanted.clone()), available: vec![found.clone()], unsaid: None })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;
    use crate::oci::annotation::Annotations;

    fn index(platforms: &[&str]) -> Index {
        let entry = |name: &&str| Descriptor {
            platform: Some(name.parse().unwrap()),
            ..Descriptor::new("x", Digest::of(name.as_bytes()), 1)
        };
        Index::new(platforms.iter().map(entry).collect(), Annotations::new())
    }

    fn chosen(platforms: &[&str], wanted: Option<&str>) -> Option<String> {
        let wanted = wanted.map(|text| text.parse().unwrap());
        let index = index(platforms);
        select(&index, wanted.as_ref()).ok().map(|entry| entry.platform.clone().unwrap().to_string())
    }

    #[test]
    fn the_wish_counts_then_this_machine_then_the_only_one() {
        let here = Platform::linux_here().to_string();
        assert_eq!(chosen(&["linux/s390x", &here], None).as_deref(), Some(here.as_str()));
        assert_eq!(chosen(&["linux/s390x", &here], Some("linux/s390x")).as_deref(), Some("linux/s390x"));
        assert_eq!(chosen(&["linux/s390x"], None).as_deref(), Some("linux/s390x"));
        assert_eq!(chosen(&["linux/s390x"], Some("linux/riscv64")), None);
        assert_eq!(chosen(&["linux/s390x", "windows/amd64"], None), None);
    }

    #[test]
    fn an_artifact_for_one_platform_is_not_for_another() {
        let (amd, arm) = (Platform::new("linux", "amd64"), Platform::new("linux", "arm64"));
        assert!(
            hold(Some(&amd), Some(&amd)).is_ok() && hold(None, Some(&arm)).is_ok() && hold(Some(&amd), None).is_ok()
        );
        assert!(matches!(hold(Some(&amd), Some(&arm)), Err(OpError::NoPlatform { .. })));
    }

    #[test]
    fn the_error_names_what_there_is() {
        let error = select(&index(&["linux/s390x", "windows/amd64"]), None).unwrap_err();
        assert!(error.to_string().contains("there are: linux/s390x, windows/amd64"), "{error}");
        assert!(error.hint().unwrap().contains("--platform"));
    }

    #[test]
    fn an_index_without_platforms_is_entered_by_digest() {
        let digests = ["a", "b"].map(|text| Digest::of(text.as_bytes()));
        let entries = digests.iter().map(|digest| Descriptor::new("x", digest.clone(), 1)).collect();
        let hint = select(&Index::new(entries, Annotations::new()), None).unwrap_err().hint().unwrap();
        assert!(hint.contains(&digests[0].to_string()) && !hint.contains("--platform"), "{hint}");
        assert!(select(&Index::new(Vec::new(), Annotations::new()), None).unwrap_err().hint().is_none());
    }
}
