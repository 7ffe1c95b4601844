//! Which manifest of a BoB is linked to which of an image.

use super::super::Result;
use super::error::{LinkError, Side};
use super::image::Image;
use crate::oci::{Descriptor, Platform};

/// Which children of an image's index get a link of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platforms {
    /// All that the BoB is for.
    All,
    /// These, each of which has to be there.
    These(Vec<Platform>),
}

/// What a BoB is made of, as far as platforms go.
#[derive(Debug, Clone)]
pub(in crate::ops) enum Shape {
    /// One manifest, which may be for one platform only.
    Single(Option<Platform>),
    /// An index, with the platforms of its manifests.
    Index(Vec<Option<Platform>>),
}

/// Which manifest of a BoB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ops) enum Which {
    /// What its reference means.
    Top,
    /// A child of its index.
    Child(usize),
}

/// A link to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) struct Target {
    pub(in crate::ops) which: Which,
    /// Media type, digest and size of the image, or of its child.
    pub(in crate::ops) subject: Descriptor,
    /// What the child runs on; `None` for the whole image.
    pub(in crate::ops) platform: Option<Platform>,
}

/// The links to be made: to the image itself first, then to its children in the order of the index.
///
/// Where BoB and image are both indexes, each child is linked to that of its platform. `wanted` says which; for a BoB of
/// one manifest it says that there are links to children at all.
pub(in crate::ops) fn targets(shape: &Shape, image: &Image, wanted: Option<&Platforms>) -> Result<Vec<Target>> {
    let top = Target { which: Which::Top, subject: image.descriptor(), platform: None };
    let Some(children) = image.children() else {
        return if wanted.is_some() { Err(LinkError::NoIndex(image.reference()).into()) } else { Ok(vec![top]) };
    };
    if wanted.is_some() && children.is_empty() {
        return Err(LinkError::NoNames(image.reference()).into());
    }
    if wanted.is_none() && matches!(shape, Shape::Single(_)) {
        return Ok(vec![top]);
    }
    let asked: Vec<(&Platform, &Descriptor)> = match wanted {
        Some(Platforms::These(list)) => chosen(&children, list)?,
        Some(Platforms::All) | None => children.clone(),
    };
    let strict = matches!(wanted, Some(Platforms::These(_)));
    let mut targets = vec![top];
    for (platform, entry) in asked {
        match shape.part_for(platform) {
            Some(which) => {
                let subject = Descriptor::new(entry.media_type.clone(), entry.digest.clone(), entry.size);
                targets.push(Target { which, subject, platform: Some(platform.clone()) });
            }
            None if strict => return Err(shape.lacks(&platform.to_string()).into()),
            None => {}
        }
    }
    if wanted.is_some() && targets.len() == 1 {
        let there: Vec<String> = children.iter().map(|(platform, _)| platform.to_string()).collect();
        return Err(shape.lacks(&there.join(", ")).into());
    }
    Ok(targets)
}

/// The children for the platforms of `list`, each once.
fn chosen<'a>(
    children: &[(&'a Platform, &'a Descriptor)],
    list: &[Platform],
) -> Result<Vec<(&'a Platform, &'a Descriptor)>> {
    for wanted in list {
        if !children.iter().any(|(platform, _)| platform.satisfies(wanted)) {
            let available = children.iter().map(|(platform, _)| (*platform).clone()).collect();
            return Err(LinkError::NoPlatform { side: Side::Image, wanted: wanted.to_string(), available }.into());
        }
    }
    let asked = |platform: &Platform| list.iter().any(|wanted| platform.satisfies(wanted));
    Ok(children.iter().filter(|(platform, _)| asked(platform)).copied().collect())
}

impl Shape {
    /// The manifest for `platform`: the one of just that, else one that does not differ in what both say.
    fn part_for(&self, platform: &Platform) -> Option<Which> {
        let fits = |own: &Platform| own.satisfies(platform) || platform.satisfies(own);
        match self {
            Self::Single(own) => own.as_ref().is_none_or(fits).then_some(Which::Top),
            Self::Index(parts) => {
                let exact = parts.iter().position(|part| part.as_ref() == Some(platform));
                let position = exact.or_else(|| parts.iter().position(|part| part.as_ref().is_some_and(fits)));
                position.map(Which::Child)
            }
        }
    }

    fn lacks(&self, wanted: &str) -> LinkError {
        let available = match self {
            Self::Single(own) => own.iter().cloned().collect(),
            Self::Index(parts) => parts.iter().flatten().cloned().collect(),
        };
        LinkError::NoPlatform { side: Side::Bob, wanted: wanted.to_owned(), available }
    }
}
