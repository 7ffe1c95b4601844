//! The files and folders seen so far, and what must not stand beside what (SEC-24).
//!
//! Two names are the same here when any common file system takes them for the same: letter case, Unicode normalisation
//! and characters that are not shown make no difference. Nothing here touches the disk.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::error::{UnpackError, shorten};
use super::limits::Limits;
use crate::artifact::name::fold;

/// A folder, by its position in the order of discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct FolderId(u32);

impl FolderId {
    /// The folder that everything is unpacked into.
    pub(super) const ROOT: Self = Self(0);

    /// Its position.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A folder's place in the tree.
struct Folder {
    parent: FolderId,
    name: Box<str>,
    /// The layer that last had an entry for the folder itself.
    named_in: Option<usize>,
}

enum Node {
    Folder(FolderId),
    /// With the name, where it is not the folded one.
    File(Option<Box<str>>),
}

/// Every name so far, over all layers.
pub(super) struct Tree {
    nodes: HashMap<(FolderId, Box<str>), Node>,
    folders: Vec<Folder>,
    name_bytes: usize,
}

impl Tree {
    pub(super) fn new() -> Self {
        let root = Folder { parent: FolderId::ROOT, name: Box::default(), named_in: None };
        Self { nodes: HashMap::new(), folders: vec![root], name_bytes: 0 }
    }

    /// Where a folder stands: the folder around it, and its name there; `None` for the root.
    pub(super) fn parent(&self, id: FolderId) -> Option<(FolderId, &str)> {
        let folder = &self.folders[id.index()];
        (id != FolderId::ROOT).then_some((folder.parent, &folder.name))
    }

    /// A folder's path from the root.
    pub(super) fn path(&self, id: FolderId) -> String {
        let mut parts = Vec::new();
        let mut at = id;
        while let Some((parent, name)) = self.parent(at) {
            parts.push(name);
            at = parent;
        }
        parts.reverse();
        parts.join("/")
    }

    /// Layer number `layer` has an entry for the folder `path`. Layers may agree on a folder; one layer names it once.
    pub(super) fn add_folder(&mut self, path: &str, layer: usize, limits: &Limits) -> Result<FolderId, UnpackError> {
        let mut at = FolderId::ROOT;
        for part in path.split('/').filter(|part| !part.is_empty()) {
            at = self.enter(at, part, path, limits)?;
        }
        let folder = &mut self.folders[at.index()];
        if folder.named_in.replace(layer) == Some(layer) {
            return Err(UnpackError::hostile(path, "it is in the archive twice"));
        }
        Ok(at)
    }

    /// A file at `path`; answers the folder that it goes to.
    pub(super) fn add_file(&mut self, path: &str, limits: &Limits) -> Result<FolderId, UnpackError> {
        let (around, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut at = FolderId::ROOT;
        for part in around.split('/').filter(|part| !part.is_empty()) {
            at = self.enter(at, part, path, limits)?;
        }
        let folded: Box<str> = fold(name).into();
        let own_name = (*folded != *name).then(|| name.into());
        match self.nodes.entry((at, folded)) {
            Entry::Vacant(slot) => {
                slot.insert(Node::File(own_name));
                self.grow(name, limits).map(|()| at)
            }
            Entry::Occupied(slot) => {
                let (other, is_file) = match slot.get() {
                    Node::File(other) => (other.as_deref().unwrap_or(&slot.key().1), true),
                    Node::Folder(id) => (&*self.folders[id.index()].name, false),
                };
                Err(collision(path, name, other, is_file))
            }
        }
    }

    fn enter(&mut self, at: FolderId, part: &str, path: &str, limits: &Limits) -> Result<FolderId, UnpackError> {
        let next = FolderId(u32::try_from(self.folders.len()).map_err(|_| too_many(limits))?);
        match self.nodes.entry((at, fold(part).into())) {
            Entry::Vacant(slot) => {
                slot.insert(Node::Folder(next));
                self.folders.push(Folder { parent: at, name: part.into(), named_in: None });
                self.grow(part, limits).map(|()| next)
            }
            Entry::Occupied(slot) => match slot.get() {
                Node::Folder(id) if *self.folders[id.index()].name == *part => Ok(*id),
                Node::Folder(id) => Err(collision(path, part, &self.folders[id.index()].name, false)),
                Node::File(other) => {
                    let other = other.as_deref().unwrap_or(&slot.key().1);
                    Err(collision(path, part, other, true))
                }
            },
        }
    }

    fn grow(&mut self, name: &str, limits: &Limits) -> Result<(), UnpackError> {
        self.name_bytes += name.len();
        if self.nodes.len() > limits.entries {
            return Err(too_many(limits));
        }
        if self.name_bytes > limits.names {
            return Err(UnpackError::limit(format!("its names have more than {} bytes together", limits.names)));
        }
        Ok(())
    }
}

fn too_many(limits: &Limits) -> UnpackError {
    UnpackError::limit(format!("it has more than {} files and folders", limits.entries))
}

fn collision(path: &str, name: &str, other: &str, other_is_file: bool) -> UnpackError {
    let kind = if other_is_file { "file" } else { "folder" };
    let what = if name == other {
        format!("there is a {kind} of that path already")
    } else {
        let (name, other) = (shorten(name), shorten(other));
        format!("{name:?} and the {kind} {other:?} beside it are the same name on some disks")
    };
    UnpackError::hostile(path, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(paths: &[&str]) -> Result<Tree, UnpackError> {
        let (mut tree, limits) = (Tree::new(), Limits::default());
        for path in paths {
            match path.strip_suffix('/') {
                Some(folder) => tree.add_folder(folder, 0, &limits).map(drop)?,
                None => tree.add_file(path, &limits).map(drop)?,
            }
        }
        Ok(tree)
    }

    #[test]
    fn what_may_stand_side_by_side() {
        for paths in [&["a", "b"][..], &["d/a", "d/b"], &["d/a", "e/a"], &["d/a", "d/"], &["d/", "d/a"], &["ab", "a/b"]]
        {
            assert!(add(paths).is_ok(), "{paths:?}");
        }
    }

    #[test]
    fn what_is_the_same_on_some_disk_is_refused() {
        for (paths, part) in [
            (&["a", "a"][..], "a file of that path"),
            (&["d/", "d/"], "twice"),
            (&["a", "a/b"], "a file of that path"),
            (&["a/b", "a"], "a folder of that path"),
            (&["a/", "a"], "a folder of that path"),
            (&["a", "a/"], "a file of that path"),
            (&["Bob.yaml", "bob.yaml"], r#"the file "Bob.yaml""#),
            (&["D/a", "d/b"], r#"the folder "D""#),
            (&["d/a", "D"], r#"the folder "d""#),
            (&["gr\u{f6}\u{df}e", "gro\u{308}\u{df}e"], "same name"),
            (&["stra\u{df}e", "STRASSE"], "same name"),
            (&["\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"], "same name"),
            (&["\u{212a}", "k"], "same name"),
            (&["a\u{200d}b", "ab"], "same name"),
        ] {
            let message = add(paths).err().unwrap().to_string();
            assert!(message.contains(part), "{paths:?}: {message}");
        }
    }

    #[test]
    fn layers_may_share_a_folder() {
        let (mut tree, limits) = (Tree::new(), Limits::default());
        let first = tree.add_folder("d", 0, &limits).unwrap();
        assert_eq!(tree.add_folder("d", 1, &limits).unwrap(), first);
        assert_eq!(tree.add_folder("", 0, &limits).unwrap(), FolderId::ROOT);
        assert!(tree.add_folder("", 0, &limits).is_err());
    }

    #[test]
    fn a_folder_knows_its_path() {
        let mut tree = add(&["a/b/c"]).unwrap();
        let folder = tree.add_file("a/b/d", &Limits::default()).unwrap();
        assert_eq!(tree.path(folder), "a/b");
    }

    #[test]
    fn folders_that_are_only_named_in_paths_count() {
        let limits = Limits { entries: 4, ..Limits::default() };
        assert!(Tree::new().add_file("a/b/c/d", &limits).is_ok());
        let error = Tree::new().add_file("a/b/c/d/e", &limits).unwrap_err();
        assert!(error.to_string().contains("more than 4 files"), "{error}");
        let limits = Limits { names: 3, ..Limits::default() };
        let error = Tree::new().add_file("ab/cd", &limits).unwrap_err();
        assert!(error.to_string().contains("names have more than 3 bytes"), "{error}");
    }
}
