//! The config document of a BoB (`artifact.md` section 4): written canonically, read leniently.

use serde::{Deserialize, Serialize};

use crate::bob::profile::Profile;
use crate::oci::{Digest, Platform, json, manifest};

/// The config document, in the member order of `artifact.md` section 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<String>,
    #[serde(rename = "config")]
    runtime: Empty,
    rootfs: RootFs,
    bob: Bob,
}

/// A BoB is not run, so there is nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Empty {}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct RootFs {
    #[serde(rename = "type")]
    kind: &'static str,
    diff_ids: Vec<Digest>,
}

/// What `describe` shows and `link` compares without the layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bob {
    /// Digest of the uncompressed tar: the identity of the content.
    pub content: Digest,
    /// What the folder holds.
    #[serde(flatten)]
    pub summary: Summary,
}

/// What a folder holds, by role (`artifact.md` section 3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The profiles, by file and by order inside it.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "json::or_default")]
    pub profiles: Vec<Profile>,
    /// The keys of the values files, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "json::or_default")]
    pub values: Vec<String>,
    /// The test files.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "json::or_default")]
    pub tests: Vec<String>,
}

impl Config {
    /// The config of one content layer, made at `created` (RFC 3339, UTC, whole seconds).
    pub fn new(created: &str, platform: Option<&Platform>, layer: &Digest, bob: Bob) -> Self {
        Self {
            created: created.to_owned(),
            architecture: platform.map(|platform| platform.architecture.clone()),
            os: platform.map(|platform| platform.os.clone()),
            variant: platform.and_then(|platform| platform.variant.clone()),
            runtime: Empty {},
            rootfs: RootFs { kind: "layers", diff_ids: vec![layer.clone()] },
            bob,
        }
    }

    /// The document's canonical bytes.
    pub fn bytes(&self) -> Vec<u8> {
        manifest::canonical(self)
    }
}

/// What a config document promises about the layers, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promise {
    /// Digest of the compressed layer.
    pub layer: Option<Digest>,
    /// Digest of the uncompressed tar.
    pub content: Option<Digest>,
    /// What the content is for, when the document names a platform.
    pub platform: Option<Platform>,
}

impl Promise {
    /// What `document` promises. Any JSON object is accepted; only one with a `bob` member speaks of digests the way a BoB
    /// does (another tool's `diff_ids` are those of uncompressed layers), so all others promise nothing.
    pub fn read(document: &[u8]) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Read {
            #[serde(default)]
            rootfs: Option<ReadRootFs>,
            #[serde(default)]
            bob: Option<ReadBob>,
        }
        #[derive(Deserialize)]
        struct ReadRootFs {
            #[serde(default)]
            diff_ids: Vec<Digest>,
        }
        #[derive(Deserialize)]
        struct ReadBob {
            #[serde(default)]
            content: Option<Digest>,
        }
        let value = json::value(document)?;
        let platform = Platform::deserialize(&value).ok().filter(|it| !it.os.is_empty() && !it.architecture.is_empty());
        if !value.get("bob").is_some_and(serde_json::Value::is_object) {
            return if value.is_object() {
                Ok(Self { platform, ..Self::default() })
            } else {
                Err(serde::de::Error::custom("not a JSON object"))
            };
        }
        let read: Read = serde_json::from_value(value)?;
        let layer = read.rootfs.and_then(|rootfs| rootfs.diff_ids.into_iter().next());
        Ok(Self { layer, content: read.bob.and_then(|bob| bob.content), platform })
    }
}

/// What a config document says that people want to know, ours or an image's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// When it was made.
    pub created: Option<String>,
    /// What it promises about the layers, and its platform.
    pub promise: Promise,
    /// What the folder holds; `None` when it is no BoB's config.
    pub bob: Option<Summary>,
}

impl Said {
    /// Read any JSON object.
    pub fn read(document: &[u8]) -> Result<Self, serde_json::Error> {
        let promise = Promise::read(document)?;
        let value = json::value(document)?;
        let bob = value.get("bob").filter(|bob| bob.is_object()).map(Summary::deserialize).transpose()?;
        let created = value.get("created").and_then(serde_json::Value::as_str).filter(|created| !created.is_empty());
        Ok(Self { created: created.map(str::to_owned), promise, bob })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_config_says_is_read_back() {
        let summary = Summary { values: vec!["name".into()], ..Summary::default() };
        let bob = Bob { content: Digest::of(b"content"), summary: summary.clone() };
        let platform = Platform::new("linux", "arm64");
        let said = Said::read(&Config::new("now", Some(&platform), &Digest::of(b"layer"), bob).bytes()).unwrap();
        assert_eq!(
            (said.created.as_deref(), said.bob, said.promise.platform),
            (Some("now"), Some(summary), Some(platform))
        );
        let image = Said::read(br#"{"created":"then","os":"linux","architecture":"amd64"}"#).unwrap();
        assert_eq!((image.created.as_deref(), image.bob), (Some("then"), None));
        assert!(Said::read(br#"{"bob":{"profiles":7}}"#).is_err());
    }

    #[test]
    fn members_stand_in_the_documented_order_and_absent_ones_are_left_out() {
        let digest = Digest::of(b"");
        let bob =
            Bob { content: digest.clone(), summary: Summary { values: vec!["name".into()], ..Summary::default() } };
        let text = String::from_utf8(Config::new("1970-01-01T00:00:00Z", None, &digest, bob.clone()).bytes()).unwrap();
        let expected = format!(
            r#"{{"created":"1970-01-01T00:00:00Z","config":{{}},"rootfs":{{"type":"layers","diff_ids":["{digest}"]}},"bob":{{"content":"{digest}","values":["name"]}}}}"#
        );
        assert_eq!(text, expected);
        let platform: Platform = "linux/arm/v7".parse().unwrap();
        let text = String::from_utf8(Config::new("x", Some(&platform), &digest, bob).bytes()).unwrap();
        assert!(
            text.starts_with(r#"{"created":"x","architecture":"arm","os":"linux","variant":"v7","config":"#),
            "{text}"
        );
    }

    #[test]
    fn only_a_bob_config_promises_digests() {
        let (layer, content) = (Digest::of(b"layer"), Digest::of(b"content"));
        let bob = Bob { content: content.clone(), summary: Summary::default() };
        let ours = Config::new("x", None, &layer, bob).bytes();
        assert_eq!(
            Promise::read(&ours).unwrap(),
            Promise { layer: Some(layer.clone()), content: Some(content), platform: None }
        );
        let foreign = format!(r#"{{"rootfs":{{"type":"layers","diff_ids":["{layer}"]}}}}"#);
        assert_eq!(Promise::read(foreign.as_bytes()).unwrap(), Promise::default());
        assert_eq!(Promise::read(b"{}").unwrap(), Promise::default());
        assert!(Promise::read(b"[]").is_err());
        assert!(Promise::read(br#"{"bob":{"content":"nonsense"}}"#).is_err());
    }
}
