//! Finding what is packed, and refusing what cannot be.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::rules::{self, Rules};
use super::source::Stamp;
use super::{Entry, Options, PackError, Refusal};
use crate::artifact::name::{self, MAX_DEPTH, NameFault};

/// What a walk found, in no particular order.
#[derive(Default)]
pub(super) struct Found {
    pub(super) files: Vec<Entry>,
    /// The folders that those files lie in.
    pub(super) folders: Vec<String>,
}

/// Every file below `root` that is not ignored.
pub(super) fn folder(root: &Path, options: &Options) -> Result<Found, PackError> {
    let real = fs::canonicalize(root).map_err(PackError::unreadable(root))?;
    let mut walk = Walk {
        root,
        outside: options.resolve_symlinks,
        rules: Rules::new(options)?,
        trail: Vec::new(),
        links: Vec::new(),
        found: Found::default(),
    };
    walk.folder(Path::new(""), real)?;
    Ok(walk.found)
}

/// A single file, which is at `path`, as a folder that holds just it; nothing when it is ignored.
pub(super) fn single(
    path: &Path,
    name: &OsStr,
    entry: impl FnOnce(String) -> Entry,
    options: &Options,
) -> Result<Found, PackError> {
    let mut found = Found::default();
    if !Rules::new(options)?.ignore(Path::new(name), false) {
        let name = check(name).map_err(|fault| Refusal::Name { path: path.to_owned(), fault })?;
        found.files.push(entry(name.to_owned()));
    }
    Ok(found)
}

/// Whether the owner may execute a file. Only Unix knows.
pub(super) fn is_executable(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

struct Walk<'a> {
    root: &'a Path,
    /// Whether links may point to what lies outside.
    outside: bool,
    rules: Rules,
    /// The real paths of the folders that the walk is in, outermost first.
    trail: Vec<PathBuf>,
    /// The links among them.
    links: Vec<PathBuf>,
    found: Found,
}

impl Walk<'_> {
    /// Take in the folder `at`, whose real path is `real`; whether anything in it is packed.
    fn folder(&mut self, at: &Path, real: PathBuf) -> Result<bool, PackError> {
        if self.trail.contains(&real) {
            let link = self.links.last().map_or(at, PathBuf::as_path);
            return Err(Refusal::LinkLoops(self.root.join(link)).into());
        }
        if self.trail.len() == MAX_DEPTH {
            return Err(Refusal::TooDeep(self.root.join(at)).into());
        }
        self.trail.push(real);
        let children = self.children(at)?;
        let ruled = self.enter_rules(at, &children)?;
        let mut taken = HashMap::new();
        for (name, kind) in children {
            if self.child(&at.join(&name), kind)? {
                self.check_collision(at, &mut taken, name)?;
            }
        }
        if ruled {
            self.rules.leave();
        }
        self.trail.pop();
        if !taken.is_empty() && at != Path::new("") {
            self.found.folders.push(slashed(at));
        }
        Ok(!taken.is_empty())
    }

    /// What lies in a folder, in one order everywhere, so that the same folder always gives the same error.
    fn children(&self, at: &Path) -> Result<Vec<(OsString, FileType)>, PackError> {
        let path = self.root.join(at);
        let read = || -> io::Result<Vec<_>> {
            fs::read_dir(&path)?
                .map(|entry| entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?))))
                .collect()
        };
        let mut children = read().map_err(PackError::unreadable(&path))?;
        children.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(children)
    }

    /// Read the folder's `.bobignore`, when it has one that is a file.
    fn enter_rules(&mut self, at: &Path, children: &[(OsString, FileType)]) -> Result<bool, PackError> {
        if !children.iter().any(|(name, _)| name == rules::FILE) {
            return Ok(false);
        }
        let path = self.root.join(at).join(rules::FILE);
        let is_file = fs::metadata(&path).map_err(PackError::unreadable(&path))?.is_file();
        if is_file {
            self.rules.enter(at, &path)?;
        }
        Ok(is_file)
    }

    /// Take in what lies at `at`; whether anything of it is packed.
    fn child(&mut self, at: &Path, kind: FileType) -> Result<bool, PackError> {
        let path = self.root.join(at);
        if kind.is_symlink() {
            return self.link(at, &path);
        }
        if self.rules.ignore(at, kind.is_dir()) {
            return Ok(false);
        }
        if kind.is_dir() {
            let real = self.trail.last().unwrap_or(&path).join(at.file_name().unwrap_or_default());
            return self.folder(at, real);
        }
        self.file(at, &fs::symlink_metadata(&path).map_err(PackError::unreadable(&path))?)
    }

    /// Take in a symbolic link as what it points to.
    fn link(&mut self, at: &Path, path: &Path) -> Result<bool, PackError> {
        let target = follow(path);
        // A link that leads nowhere has no type, so a pattern for either kind leaves it out.
        let ignored = match &target {
            Ok((_, metadata)) => self.rules.ignore(at, metadata.is_dir()),
            Err(_) => self.rules.ignore(at, false) || self.rules.ignore(at, true),
        };
        if ignored {
            return Ok(false);
        }
        let (real, metadata) = target?;
        if !self.outside && self.trail.first().is_some_and(|root| !real.starts_with(root)) {
            return Err(Refusal::LinkLeaves { path: path.to_owned(), target: real }.into());
        }
        if !metadata.is_dir() {
            return self.file(at, &metadata);
        }
        self.links.push(at.to_owned());
        let packed = self.folder(at, real)?;
        self.links.pop();
        Ok(packed)
    }

    fn file(&mut self, at: &Path, metadata: &Metadata) -> Result<bool, PackError> {
        if !metadata.is_file() {
            let kind = special(metadata.file_type());
            return Err(Refusal::Special { path: self.root.join(at), kind }.into());
        }
        let path = checked(self.root, at)?;
        self.found.files.push(Entry { path, executable: is_executable(metadata), stamp: Stamp::of(metadata) });
        Ok(true)
    }

    /// Note that `name` is packed; two names that fold to the same cannot lie side by side everywhere.
    fn check_collision(
        &self,
        at: &Path,
        taken: &mut HashMap<String, OsString>,
        name: OsString,
    ) -> Result<(), PackError> {
        let folder = self.root.join(at);
        let second = folder.join(&name);
        match taken.insert(name::fold(&name.to_string_lossy()), name) {
            None => Ok(()),
            Some(first) => Err(Refusal::Collision { first: folder.join(first), second }.into()),
        }
    }
}

/// Where a link leads in the end, and what is there.
fn follow(link: &Path) -> Result<(PathBuf, Metadata), PackError> {
    fs::canonicalize(link).and_then(|real| fs::metadata(&real).map(|metadata| (real, metadata))).map_err(|error| {
        let path = link.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Refusal::LinkDangles(path).into(),
            _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
                Refusal::LinkLoops(path).into()
            }
            _ => PackError::Unreadable { path, source: error },
        }
    })
}

/// The path of an entry, once every name in it is one that all systems keep.
fn checked(root: &Path, at: &Path) -> Result<String, PackError> {
    let mut so_far = root.to_owned();
    for component in at.components() {
        so_far.push(component);
        if let Err(fault) = check(component.as_os_str()) {
            return Err(Refusal::Name { path: so_far, fault }.into());
        }
    }
    Ok(slashed(at))
}

fn check(name: &OsStr) -> Result<&str, NameFault> {
    let name = name.to_str().ok_or(NameFault::NotUtf8)?;
    name::check_component(name).map(|()| name)
}

/// A path of checked names with `/` between them.
fn slashed(at: &Path) -> String {
    let names: Vec<_> = at.components().map(Component::as_os_str).map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

/// What a thing is that is neither file nor folder.
#[cfg(unix)]
pub(in crate::artifact) fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "FIFO"
    } else {
        "device"
    }
}

/// What a thing is that is neither file nor folder.
#[cfg(not(unix))]
pub(in crate::artifact) fn special(_: FileType) -> &'static str {
    "special file"
}
