//! From folders to what is pushed: one BoB, or an index of one BoB a platform (`artifact.md` section 6).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bob::{self, Bob, Folder, Recipe, Types};
use super::conditions::Target;
use super::packed::{Packed, Part, Parts};
use super::piece::Layer;
use crate::artifact::provenance::Claims;
use crate::oci::{Digest, Location, Platform};
use crate::ops::content::{self, Content, Prepared};
use crate::ops::link::Shape;
use crate::ops::report::{Event, Reporter};
use crate::ops::{OpError, Result};

/// Folders to be pushed.
pub enum Folders {
    /// One BoB for any platform.
    One(Content),
    /// An index with a BoB for each of these, in this order; no platform stands twice.
    Platforms(Vec<(Platform, Content)>),
}

/// Folders that have been looked through: nothing about them is left to refuse.
pub(super) enum Bobs {
    One(Folder, Recipe),
    Platforms(Vec<Folder>, Recipe),
}

impl Bobs {
    /// Walk the folders, ask git, and refuse what cannot be pushed to all of `places`.
    pub(super) async fn prepare(
        folders: Folders,
        types: Types,
        claims: Claims,
        places: &[&Location],
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Self> {
        let (platforms, contents): (Vec<_>, Vec<_>) = match folders {
            Folders::One(content) => (Vec::new(), vec![content]),
            Folders::Platforms(platforms) => platforms.into_iter().unzip(),
        };
        let (prepared, provenance) = content::prepare(contents, &platforms, claims).await?;
        for prepared in &prepared {
            places.iter().try_for_each(|place| keep_out(prepared, place))?;
        }
        reporter.warn_all(&provenance.warnings);
        let notes = prepared.iter().map(|prepared| content::note_on_flux(prepared).into_iter().collect());
        tell(&platforms, &notes.collect::<Vec<_>>(), |line| reporter.report(Event::Note(line)));
        Self::of(platforms, prepared, Recipe::new(provenance, types))
    }

    fn of(platforms: Vec<Platform>, prepared: Vec<Prepared>, recipe: Recipe) -> Result<Self> {
        let mut prepared = prepared.into_iter();
        match prepared.next() {
            Some(only) if platforms.is_empty() => Ok(Self::One(Folder::new(None, only)?, recipe)),
            first => {
                let folders = platforms.into_iter().zip(first.into_iter().chain(prepared));
                let folders = folders.map(|(platform, prepared)| Folder::new(Some(platform), prepared));
                Ok(Self::Platforms(folders.collect::<Result<_>>()?, recipe))
            }
        }
    }

    /// What they will be made of.
    pub(super) fn shape(&self) -> Shape {
        match self {
            Self::One(..) => Shape::Single(None),
            Self::Platforms(folders, _) => Shape::Index(folders.iter().map(|folder| folder.platform.clone()).collect()),
        }
    }

    /// Pack. A large layer may go to `target` meanwhile: the digests of what did are the second part of the answer.
    pub(super) async fn pack(
        self,
        target: &Target<'_>,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<(Packed, BTreeSet<Digest>)> {
        match self {
            Self::One(folder, recipe) => {
                let spool = folder.spool.clone();
                let ahead = bob::send_ahead(target, &spool, reporter);
                let (bob, sent) = tokio::try_join!(folder.make(&recipe, reporter), ahead)?;
                reporter.warn_all(&bob.warnings);
                let sent = sent.then(|| bob.layer.digest.clone()).into_iter().collect();
                Ok((Packed { metadata: recipe.metadata(), parts: Parts::Folder(bob.part, bob.layer) }, sent))
            }
            Self::Platforms(folders, recipe) => {
                let parts = Parts::Platforms(each(folders, &recipe, reporter).await?);
                Ok((Packed { metadata: recipe.metadata(), parts }, BTreeSet::new()))
            }
        }
    }
}

/// Pack one folder after the other, each on all cores.
async fn each(
    folders: Vec<Folder>,
    recipe: &Recipe,
    reporter: &Arc<dyn Reporter>,
) -> Result<Vec<(Platform, Part, Layer)>> {
    let platforms: Vec<Platform> = folders.iter().filter_map(|folder| folder.platform.clone()).collect();
    let mut bobs: Vec<Bob> = Vec::new();
    for folder in folders {
        bobs.push(folder.make(recipe, reporter).await?);
    }
    let warnings: Vec<_> = bobs.iter().map(|bob| bob.warnings.clone()).collect();
    tell(&platforms, &warnings, |line| reporter.report(Event::Warning(line)));
    Ok(platforms.into_iter().zip(bobs).map(|(platform, bob)| (platform, bob.part, bob.layer)).collect())
}

/// Refuse to pack the layout that is pushed to: each push would hold all those before it.
fn keep_out(prepared: &Prepared, place: &Location) -> Result<()> {
    match place {
        Location::Layout(folder) if prepared.holds(folder) => Err(OpError::PacksItself(folder.clone())),
        _ => Ok(()),
    }
}

/// Say `lines`, a list for each platform: what is true of all of them once, anything else with the platform's name.
fn tell(platforms: &[Platform], lines: &[Vec<String>], say: impl Fn(&str)) {
    for (position, of_one) in lines.iter().enumerate() {
        for line in of_one {
            let common = lines.iter().all(|others| others.contains(line));
            match platforms.get(position) {
                Some(platform) if !common => say(&format!("{platform}: {line}")),
                _ if position == 0 => say(line),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn what_is_true_of_all_platforms_is_told_once() {
        let platforms = [Platform::new("linux", "amd64"), Platform::new("linux", "arm64")];
        let lines = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let told = RefCell::new(Vec::new());
        let say = |line: &str| told.borrow_mut().push(line.to_owned());
        tell(&platforms, &[lines(&["both", "first"]), lines(&["second", "both"])], say);
        tell(&[], &[lines(&["alone"])], say);
        assert_eq!(told.into_inner(), ["both", "linux/amd64: first", "linux/arm64: second", "alone"]);
    }
}
