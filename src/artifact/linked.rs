//! A BoB's manifest, linked to an image (`artifact.md` section 7): the same document with a subject.
//!
//! The document is taken apart and put together as JSON, so that what other tools wrote into it stays. Nothing depends on
//! the clock: the same BoB and the same image give the same bytes.

use serde_json::{Map, Value};

use crate::oci::annotation::{self, Annotations};
use crate::oci::manifest::{ManifestError, canonical};
use crate::oci::{Descriptor, Digest, Location, RawManifest, json, media_type};

/// What a linked BoB is in words, where it does not say so itself.
const DESCRIPTION: &str = "BoB Security Policy";
/// The members that have a place of their own, in the order of `artifact.md` section 5; what others wrote follows.
const MEMBERS: [&str; 8] =
    ["schemaVersion", "mediaType", "artifactType", "config", "layers", "manifests", "subject", "annotations"];

/// Why a manifest cannot be linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkedError {
    /// Only OCI's own manifests and indexes are written with a subject.
    #[error("a manifest of type '{0}' cannot be linked: only OCI image manifests and indexes can")]
    Kind(String),
    /// The manifest, or what it became, is none.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
}

impl LinkedError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Kind(_) => Some("pull the artifact and push it again: then it has an OCI manifest"),
            Self::Manifest(_) => None,
        }
    }
}

/// What a link adds to a BoB.
#[derive(Debug, Clone, Copy)]
pub struct Linking<'a> {
    /// Where the BoB is, which the link names; `None` for what is no BoB, of which nothing of the kind is said.
    pub origin: Option<&'a Location>,
    /// The type that the link gets; [`media_type::BOB_ARTIFACT`] when nothing is said.
    pub artifact_type: Option<&'a str>,
    /// Annotations of the link's own, which win over all others.
    pub annotations: &'a Annotations,
}

impl Linking<'_> {
    /// `bob`, linked to `subject`. One that has this subject, this type and these annotations already is used as it is.
    pub fn link(&self, bob: &RawManifest, subject: &Descriptor) -> Result<RawManifest, LinkedError> {
        let kind = media_type::essence(bob.media_type());
        if kind != media_type::MANIFEST && kind != media_type::INDEX {
            return Err(LinkedError::Kind(bob.media_type().to_owned()));
        }
        if self.is_linked(bob, subject)? {
            return Ok(bob.clone());
        }
        let Value::Object(members) = json::value(bob.bytes()).map_err(ManifestError::Json)? else {
            return Err(LinkedError::Kind(bob.media_type().to_owned()));
        };
        let members = self.changed(members, bob, subject)?;
        let linked = RawManifest::new(kind, canonical(&members));
        // Annotations can be more than any reader takes.
        linked.document()?;
        Ok(linked)
    }

    /// Whether nothing is left to do.
    fn is_linked(&self, bob: &RawManifest, subject: &Descriptor) -> Result<bool, ManifestError> {
        let document = bob.document()?;
        let annotated = self.annotations.iter().all(|(key, value)| document.annotations().get(key) == Some(value));
        let typed = self.artifact_type.is_none_or(|wanted| document.kind() == Some(wanted));
        Ok(annotated && typed && document.subject().is_some_and(|there| there.digest == subject.digest))
    }

    fn changed(
        &self,
        mut members: Map<String, Value>,
        bob: &RawManifest,
        subject: &Descriptor,
    ) -> Result<Map<String, Value>, ManifestError> {
        let mut annotations = bob.document()?.annotations().clone();
        if let Some(origin) = self.origin {
            annotations.entry(annotation::DESCRIPTION.to_owned()).or_insert_with(|| DESCRIPTION.to_owned());
            annotations.insert(annotation::BOB_REFERENCE.to_owned(), reference(origin, bob.digest()));
        }
        annotations.extend(self.annotations.clone());
        // No other member of the image's descriptor goes along: some registries refuse a platform here (HTTP-57a).
        let subject = serde_json::json!({
            "mediaType": subject.media_type, "digest": subject.digest, "size": subject.size
        });
        members.insert("mediaType".into(), bob.media_type().into());
        members.insert("artifactType".into(), self.artifact_type.unwrap_or(media_type::BOB_ARTIFACT).into());
        members.insert("subject".into(), subject);
        if !annotations.is_empty() {
            members.insert("annotations".into(), serde_json::json!(annotations));
        }
        let known: Vec<(String, Value)> = MEMBERS.iter().filter_map(|name| members.shift_remove_entry(*name)).collect();
        Ok(known.into_iter().chain(members).collect())
    }
}

/// Where a BoB comes from, for its link. No path of this machine leaves it.
fn reference(origin: &Location, digest: &Digest) -> String {
    match origin {
        Location::Registry(repository) => format!("bob://{repository}@{digest}"),
        Location::Layout(_) => format!("bob://layout@{digest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{Index, Manifest};

    fn subject() -> Descriptor {
        let platform = Some("linux/amd64".parse().unwrap());
        Descriptor { platform, ..Descriptor::of(media_type::DOCKER_MANIFEST, b"image") }.with_annotation("a", "b")
    }

    fn bob(annotations: &[(&str, &str)]) -> Manifest {
        let config = Descriptor::of(media_type::BOB_CONFIG, b"{}");
        let annotations = annotations.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        Manifest::new(config, vec![Descriptor::of(media_type::BOB_CONTENT, b"layer")], annotations)
    }

    fn link(
        bob: &RawManifest,
        artifact_type: Option<&str>,
        annotations: &Annotations,
    ) -> Result<RawManifest, LinkedError> {
        let origin = "ghcr.io/org/bob".parse().unwrap();
        Linking { origin: Some(&origin), artifact_type, annotations }.link(bob, &subject())
    }

    #[test]
    fn it_is_what_push_would_have_written_with_the_subject_from_the_start() {
        let mut manifest = bob(&[("z", "1")]);
        let raw = RawManifest::from_manifest(&manifest);
        let linked = link(&raw, None, &Annotations::new()).unwrap();
        manifest.artifact_type = Some(media_type::BOB_ARTIFACT.into());
        manifest.subject = Some(Descriptor::of(media_type::DOCKER_MANIFEST, b"image"));
        let origin = format!("bob://ghcr.io/org/bob@{}", raw.digest());
        manifest.annotations.insert(annotation::DESCRIPTION.into(), DESCRIPTION.into());
        manifest.annotations.insert(annotation::BOB_REFERENCE.into(), origin);
        assert_eq!(linked, RawManifest::from_manifest(&manifest));
        // A link of it to the same image is itself, wherever it is taken from.
        assert_eq!(link(&linked, None, &Annotations::new()).unwrap(), linked);
    }

    #[test]
    fn an_index_keeps_its_children_as_they_are() {
        let child = Descriptor { platform: Some("linux/arm/v7".parse().unwrap()), ..Descriptor::of("x/y", b"child") };
        let mut index = Index::new(vec![child], Annotations::new());
        let linked = link(&RawManifest::from_index(&index), None, &Annotations::new()).unwrap();
        index.artifact_type = Some(media_type::BOB_ARTIFACT.into());
        index.subject = Some(Descriptor::of(media_type::DOCKER_MANIFEST, b"image"));
        index.annotations = linked.document().unwrap().annotations().clone();
        assert_eq!(linked, RawManifest::from_index(&index));
    }

    #[test]
    fn what_other_tools_wrote_stays() {
        let body = r#"{"layers":[{"size":1,"digest":"sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","mediaType":"a/b","urls":["x"]}],
            "extra":{"b":1,"a":2},"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.empty.v1+json","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2,"data":"e30="},
            "annotations":{"org.opencontainers.artifact.description":"Mine"}}"#;
        let linked = link(&RawManifest::new(media_type::MANIFEST, body), None, &Annotations::new()).unwrap();
        let text = String::from_utf8(linked.bytes().to_vec()).unwrap();
        assert!(
            text.starts_with(&format!(r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"#, media_type::MANIFEST)),
            "{text}"
        );
        assert!(text.contains(r#""mediaType":"a/b","urls":["x"]}],"subject":{"mediaType":"#), "{text}");
        assert!(text.ends_with(r#","extra":{"b":1,"a":2}}"#) && text.contains(r#""data":"e30=""#), "{text}");
        assert!(text.contains(r#"description":"Mine""#) && !text.contains(DESCRIPTION), "{text}");
    }

    #[test]
    fn the_order_of_members_is_the_documented_one_whatever_came_in() {
        let (config, layers) = (
            r#"{"mediaType":"a/b","digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}"#,
            "[]",
        );
        let subject = subject();
        let other = Digest::of(b"another image");
        let old = format!(r#"{{"size":1,"digest":"{other}","mediaType":"a/b"}}"#);
        let bodies = [
            format!(r#"{{"schemaVersion":2,"config":{config},"layers":{layers},"annotations":{{"a":"1","b":"2"}}}}"#),
            format!(
                r#"{{"annotations":{{"b":"2","a":"1"}},"subject":{old},"layers":{layers},"artifactType":"x/y","config":{config},"schemaVersion":2}}"#
            ),
        ];
        let expected = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","artifactType":"{}","config":{config},"layers":{layers},"subject":{{"mediaType":"{}","digest":"{}","size":{}}},"annotations":{{"a":"1","b":"2"}}}}"#,
            media_type::MANIFEST,
            media_type::BOB_ARTIFACT,
            subject.media_type,
            subject.digest,
            subject.size
        );
        for body in bodies {
            // An origin would name the digest, which is another one for each order.
            let linking = Linking { origin: None, artifact_type: None, annotations: &Annotations::new() };
            let linked = linking.link(&RawManifest::new(media_type::MANIFEST, body), &subject).unwrap();
            assert_eq!(linked.bytes(), expected.as_bytes());
        }
    }

    #[test]
    fn a_type_and_annotations_that_are_asked_for_win() {
        let raw = RawManifest::from_manifest(&bob(&[]));
        let plain = link(&raw, None, &Annotations::new()).unwrap();
        let own = Annotations::from([(annotation::DESCRIPTION.to_owned(), "Mine".to_owned())]);
        let linked = link(&plain, Some("text/x"), &own).unwrap();
        let document = linked.document().unwrap();
        assert_eq!(
            (document.kind(), document.annotations()[annotation::DESCRIPTION].as_str()),
            (Some("text/x"), "Mine")
        );
        assert_eq!(link(&linked, Some("text/x"), &own).unwrap(), linked);
    }

    #[test]
    fn what_is_no_bob_is_not_called_one() {
        let mut manifest = bob(&[]);
        manifest.artifact_type = Some("application/spdx+json".into());
        let linking =
            Linking { origin: None, artifact_type: Some("application/spdx+json"), annotations: &Annotations::new() };
        let linked = linking.link(&RawManifest::from_manifest(&manifest), &subject()).unwrap();
        manifest.subject = Some(Descriptor::of(media_type::DOCKER_MANIFEST, b"image"));
        assert_eq!(linked, RawManifest::from_manifest(&manifest));
    }

    #[test]
    fn docker_s_manifests_and_the_prototypes_cannot_be_linked() {
        for kind in [media_type::DOCKER_MANIFEST, media_type::DOCKER_LIST, media_type::PROTOTYPE_ARTIFACT] {
            let error = link(&RawManifest::new(kind, "{}"), None, &Annotations::new()).unwrap_err();
            assert!(error.to_string().contains(kind) && error.hint().is_some(), "{error}");
        }
    }

    #[test]
    fn no_local_path_leaves_the_machine() {
        let layout = Location::Layout("/home/me/secret".into());
        let digest = Digest::of(b"");
        assert_eq!(reference(&layout, &digest), format!("bob://layout@{digest}"));
    }
}
