//! Whether a BoB and an image fit (`artifact.md` section 7): what its profiles were recorded with is held against what
//! the image is called and made of.

use std::collections::BTreeSet;

use serde::Deserialize as _;
use serde_json::Value;

pub use crate::bob::profile::Profile;
use crate::oci::{Digest, Platform, json};

/// A placeholder that no default fills in: nothing is known of what it stands for.
const PLACEHOLDER: &str = "$values.";

/// What a config document tells about the content, as far as it can be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BobFacts {
    /// The profiles.
    pub profiles: Vec<Profile>,
    /// What the BoB is for, when it is for one platform.
    pub platform: Option<Platform>,
}

impl BobFacts {
    /// Read `document`. Any JSON object will do; what is no BoB's config tells nothing.
    pub fn read(document: &[u8]) -> Result<Self, serde_json::Error> {
        let value = json::value(document)?;
        if !value.is_object() {
            return Err(serde::de::Error::custom("not a JSON object"));
        }
        let platform = Platform::deserialize(&value).ok().filter(|it| !it.os.is_empty() && !it.architecture.is_empty());
        let profiles = value.get("bob").and_then(|bob| bob.get("profiles")).and_then(Value::as_array);
        let profiles = profiles.into_iter().flatten().filter_map(|profile| Profile::deserialize(profile).ok());
        Ok(Self { profiles: profiles.collect(), platform })
    }
}

/// What is known of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The last part of its repository's path; a layout has none.
    pub name: Option<String>,
    /// Its digest, those of its children, and those of their configs, which docker calls the image's id.
    pub digests: BTreeSet<Digest>,
    /// The architectures it is made for, in Go's names; empty when that is not known.
    pub architectures: BTreeSet<String>,
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// A profile was recorded with this image.
    Fits,
    /// There is nothing to hold against the image, for this reason.
    Unknown(&'static str),
    /// No profile fits; a line for each.
    Mismatch(Vec<String>),
}

/// What a profile says of an image.
#[derive(Debug, PartialEq, Eq)]
enum Claim<'a> {
    Digest(Digest),
    /// The last part of the repository's path.
    Name(&'a str),
}

/// Hold `profiles` against `image`. One that fits is enough, as a BoB may be about several images. Profiles that name no
/// image, as those of the network do, count when there are no others.
pub fn fit(profiles: &[Profile], image: &Image) -> Fit {
    if profiles.is_empty() {
        return Fit::Unknown("it has no profile that could be compared");
    }
    let naming: Vec<&Profile> = profiles.iter().filter(|profile| !claims(profile).is_empty()).collect();
    let counting = if naming.is_empty() { profiles.iter().collect() } else { naming };
    let outcomes: Vec<Fit> = counting.into_iter().map(|profile| fit_of(profile, image)).collect();
    if outcomes.contains(&Fit::Fits) {
        return Fit::Fits;
    }
    if let Some(unknown) = outcomes.iter().find(|outcome| matches!(outcome, Fit::Unknown(_))) {
        return unknown.clone();
    }
    let lines = outcomes.into_iter().filter_map(|outcome| match outcome {
        Fit::Mismatch(lines) => Some(lines),
        Fit::Fits | Fit::Unknown(_) => None,
    });
    Fit::Mismatch(lines.flatten().collect())
}

/// Whether a profile names a digest alone, without any repository, that is not among those known of the image: it may be
/// the id of one of its children.
pub fn wants_ids(profiles: &[Profile], image: &Image) -> bool {
    let bare = profiles.iter().flat_map(images).filter_map(|text| without_scheme(text).parse::<Digest>().ok());
    bare.into_iter().any(|digest| !image.digests.contains(&digest))
}

fn fit_of(profile: &Profile, image: &Image) -> Fit {
    let of = || format!("{} of {}", profile.kind, profile.file);
    let made_for = &image.architectures;
    let common = profile.architectures.iter().any(|architecture| made_for.contains(architecture));
    if !common && !profile.architectures.is_empty() && !made_for.is_empty() {
        let (recorded, made) = (profile.architectures.join(", "), made_for.iter().cloned().collect::<Vec<_>>());
        return Fit::Mismatch(vec![format!("the {} is for {recorded}, the image for {}", of(), made.join(", "))]);
    }
    let claims = claims(profile);
    if claims.is_empty() {
        return Fit::Unknown("its profiles name no image");
    }
    if claims.iter().any(|claim| claim.holds(image) == Some(true)) {
        return Fit::Fits;
    }
    if claims.iter().any(|claim| claim.holds(image).is_none()) {
        return Fit::Unknown("its profiles name the image, and a layout has no name to compare");
    }
    let named: Vec<&str> = images(profile).collect();
    Fit::Mismatch(vec![format!("the {} is about {}", of(), named.join(", "))])
}

fn images(profile: &Profile) -> impl Iterator<Item = &str> {
    let images = profile.containers.iter().filter_map(|container| container.image.as_deref());
    images.filter(|image| !image.contains(PLACEHOLDER))
}

fn claims(profile: &Profile) -> Vec<Claim<'_>> {
    images(profile).filter_map(Claim::of).collect()
}

/// Container runtimes put their own scheme before an image: `docker-pullable://`, `docker://`.
fn without_scheme(image: &str) -> &str {
    image.split_once("://").map_or(image, |(_, rest)| rest)
}

impl<'a> Claim<'a> {
    /// What `image`, as a profile has it, says: its digest, else the last part of its repository's path.
    fn of(image: &'a str) -> Option<Self> {
        let image = without_scheme(image);
        let (name, digest) = image.split_once('@').unwrap_or((image, image));
        if let Ok(digest) = digest.parse() {
            return Some(Self::Digest(digest));
        }
        let last = name.rsplit('/').next().unwrap_or_default();
        let last = last.split(':').next().unwrap_or_default();
        (!last.is_empty()).then_some(Self::Name(last))
    }

    /// Whether it holds for `image`; `None` when that cannot be told.
    fn holds(&self, image: &Image) -> Option<bool> {
        match self {
            Self::Digest(digest) => Some(image.digests.contains(digest)),
            Self::Name(name) => image.name.as_deref().map(|own| own == *name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob(profiles: &str) -> BobFacts {
        BobFacts::read(format!(r#"{{"architecture":"amd64","os":"linux","bob":{{"profiles":{profiles}}}}}"#).as_bytes())
            .unwrap()
    }

    fn profile(architectures: &[&str], images: &[&str]) -> Profile {
        let containers: Vec<Value> = images.iter().map(|image| serde_json::json!({"image": image})).collect();
        let profile = serde_json::json!({
            "file": "bob.yaml", "kind": "ApplicationProfile", "architectures": architectures, "containers": containers
        });
        serde_json::from_value(profile).unwrap()
    }

    fn image(name: Option<&str>, architectures: &[&str]) -> Image {
        Image {
            name: name.map(str::to_owned),
            digests: [Digest::of(b"index"), Digest::of(b"child")].into(),
            architectures: architectures.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn a_config_is_read_as_far_as_it_can_be() {
        let facts = bob(r#"[{"file":"a","kind":"b","more":1},{"nonsense":2},7]"#);
        assert_eq!((facts.profiles.len(), facts.platform), (1, Some(Platform::new("linux", "amd64"))));
        for other in ["{}", r#"{"bob":7}"#, r#"{"bob":{"profiles":"x"}}"#] {
            assert_eq!(BobFacts::read(other.as_bytes()).unwrap(), BobFacts::default(), "{other}");
        }
        assert!(BobFacts::read(b"[]").is_err());
    }

    #[test]
    fn a_digest_must_be_the_image_s_and_a_name_its_last_part() {
        let digest = |text: &str| format!("ghcr.io/org/other@{}", Digest::of(text.as_bytes()));
        let webapp = image(Some("webapp"), &[]);
        for (images, fits) in [
            (vec![digest("child")], true),
            (vec![format!("docker-pullable://{}", digest("index"))], true),
            (vec![Digest::of(b"child").to_string()], true),
            (vec![digest("stranger")], false),
            // A digest that differs is not outvoted by its name.
            (vec![format!("ghcr.io/org/webapp:1@{}", Digest::of(b"stranger"))], false),
            (vec!["localhost:5000/mirror/webapp:1.2".to_owned()], true),
            (vec!["webapp".to_owned()], true),
            (vec!["ghcr.io/webapp/other:webapp".to_owned()], false),
            // A sidecar is another image.
            (vec!["ghcr.io/org/proxy".to_owned(), "ghcr.io/org/webapp:1".to_owned()], true),
        ] {
            let names: Vec<&str> = images.iter().map(String::as_str).collect();
            assert_eq!(fit(&[profile(&[], &names)], &webapp) == Fit::Fits, fits, "{images:?}");
        }
    }

    #[test]
    fn architectures_must_have_one_in_common_where_both_sides_name_them() {
        let of = |profile_for: &[&str], made_for: &[&str]| {
            fit(&[profile(profile_for, &["webapp"])], &image(Some("webapp"), made_for))
        };
        assert_eq!(of(&["amd64"], &["arm64", "amd64"]), Fit::Fits);
        assert_eq!(of(&["amd64"], &[]), Fit::Fits);
        assert_eq!(of(&[], &["arm64"]), Fit::Fits);
        let Fit::Mismatch(lines) = of(&["amd64"], &["arm64"]) else { panic!("they do not fit") };
        assert_eq!(lines, ["the ApplicationProfile of bob.yaml is for amd64, the image for arm64"]);
    }

    #[test]
    fn one_profile_that_fits_is_enough_and_one_that_names_no_image_saves_no_other() {
        let webapp = image(Some("webapp"), &[]);
        let (ours, theirs, nobody) = (profile(&[], &["webapp"]), profile(&[], &["db"]), profile(&[], &[]));
        assert_eq!(fit(&[theirs.clone(), ours], &webapp), Fit::Fits);
        assert!(matches!(fit(&[nobody.clone(), theirs], &webapp), Fit::Mismatch(_)));
        assert!(matches!(fit(&[nobody], &webapp), Fit::Unknown(_)));
        assert!(matches!(fit(&[], &webapp), Fit::Unknown(_)));
    }

    #[test]
    fn what_cannot_be_compared_is_no_mismatch() {
        let layout = image(None, &[]);
        assert!(matches!(fit(&[profile(&[], &["webapp:1"])], &layout), Fit::Unknown(_)));
        assert!(matches!(fit(&[profile(&[], &["$values.image"])], &layout), Fit::Unknown(_)));
        let stranger = format!("webapp@{}", Digest::of(b"stranger"));
        assert!(matches!(fit(&[profile(&[], &[&stranger])], &layout), Fit::Mismatch(_)));
    }

    #[test]
    fn a_digest_alone_may_be_an_id() {
        let (known, other) = (Digest::of(b"index").to_string(), format!("docker://{}", Digest::of(b"config")));
        let wants = |text: &str| wants_ids(&[profile(&[], &[text])], &image(None, &[]));
        assert!(wants(&other) && !wants(&known) && !wants(&format!("webapp@{}", Digest::of(b"config"))));
    }
}
