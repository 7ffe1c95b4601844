//! From folders to what is pushed: one BoB, or an index of one BoB a platform (`artifact.md` section 6).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::bob::{self, Bob, Folder, Recipe};
use super::conditions::Target;
use super::piece::{Contents, Made, Piece, PlatformPushed};
use crate::artifact::provenance::Claims;
use crate::oci::{Descriptor, Digest, Location, Platform};
use crate::ops::content::{self, Content, Prepared};
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
    /// Walk the folders, ask git, and refuse what cannot be pushed to `target`.
    pub(super) async fn prepare(
        folders: Folders,
        config_media_type: Option<String>,
        claims: Claims,
        target: &Location,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<Self> {
        let (platforms, contents): (Vec<_>, Vec<_>) = match folders {
            Folders::One(content) => (Vec::new(), vec![content]),
            Folders::Platforms(platforms) => platforms.into_iter().unzip(),
        };
        let (prepared, provenance) = content::prepare(contents, &platforms, claims).await?;
        for prepared in &prepared {
            keep_out(prepared, target)?;
        }
        reporter.warn_all(&provenance.warnings);
        let notes = prepared.iter().map(|prepared| content::note_on_flux(prepared).into_iter().collect());
        tell(&platforms, &notes.collect::<Vec<_>>(), |line| reporter.report(Event::Note(line)));
        Self::of(platforms, prepared, Recipe::new(provenance, config_media_type))
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

    /// Pack, and put the manifests together. A large layer may go to `target` meanwhile: the digests of what did are
    /// the second part of the answer.
    pub(super) async fn make(
        self,
        target: &Target<'_>,
        reporter: &Arc<dyn Reporter>,
    ) -> Result<(Made, BTreeSet<Digest>)> {
        match self {
            Self::One(folder, recipe) => {
                let spool = folder.spool.clone();
                let ahead = bob::send_ahead(target, &spool, reporter);
                let (bob, sent) = tokio::try_join!(folder.make(&recipe, reporter), ahead)?;
                reporter.warn_all(&bob.warnings);
                let sent = sent.then(|| bob.layer.digest.clone());
                Ok((Made::single(bob.piece, Contents::Layer(bob.layer)), sent.into_iter().collect()))
            }
            Self::Platforms(folders, recipe) => Ok((index(folders, &recipe, reporter).await?, BTreeSet::new())),
        }
    }
}

/// Pack one folder after the other, each on all cores, and make an index of them.
async fn index(folders: Vec<Folder>, recipe: &Recipe, reporter: &Arc<dyn Reporter>) -> Result<Made> {
    let platforms: Vec<Platform> = folders.iter().filter_map(|folder| folder.platform.clone()).collect();
    let mut bobs: Vec<Bob> = Vec::new();
    for folder in folders {
        bobs.push(folder.make(recipe, reporter).await?);
    }
    let warnings: Vec<_> = bobs.iter().map(|bob| bob.warnings.clone()).collect();
    tell(&platforms, &warnings, |line| reporter.report(Event::Warning(line)));

    let (mut entries, mut told, mut children) = (Vec::new(), Vec::new(), Vec::new());
    for (platform, bob) in platforms.into_iter().zip(bobs) {
        let child = bob.piece.manifest.descriptor();
        let pushed = PlatformPushed {
            platform: platform.to_string(),
            digest: child.digest.clone(),
            size: child.size,
            layer: bob.layer,
        };
        told.push(pushed);
        entries.push(Descriptor { platform: Some(platform), ..child });
        children.push(bob.piece);
    }
    let top = Piece { manifest: recipe.besides().index(entries), blobs: Vec::new() };
    Ok(Made { children, top, contents: Contents::Platforms(told) })
}

/// Refuse to pack the layout that is pushed to: each push would hold all those before it.
fn keep_out(prepared: &Prepared, target: &Location) -> Result<()> {
    match target {
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
