//! A file that becomes a layer as it is, named by its title: what `oras push` and `regctl artifact put` make.
//!
//! It is read twice, to learn its digest and to send it; one that is not the same file both times is an error.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::name::{self, NameFault};
use super::pack::{PackError, Stamp, open_file, special};

/// Why a file cannot be pushed as it is.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A folder, a socket, a FIFO or a device.
    #[error("'{}' is a {kind}, not a file", path.display())]
    NoFile {
        /// Where it is.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A name that some system cannot hold (SEC-29).
    #[error("file '{}' cannot be pushed under its name: {fault}", path.display())]
    Name {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with its name.
        fault: NameFault,
    },
    /// Two files of one name, or of names that some systems take for one.
    #[error("files '{}' and '{}' would have one name", first.display(), second.display())]
    OneName {
        /// A file.
        first: PathBuf,
        /// Another one.
        second: PathBuf,
    },
    /// It is not there, cannot be read, or changed.
    #[error(transparent)]
    Read(#[from] PackError),
}

impl FileError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoFile { kind: FOLDER, .. } => Some("--path packs a folder; --file takes a file as it is"),
            Self::NoFile { .. } => None,
            Self::Name { .. } => Some("rename it: whoever pulls it gets a file of that name"),
            Self::OneName { .. } => Some("rename one of them: whoever pulls them gets files of these names"),
            Self::Read(error) => error.hint(),
        }
    }
}

const FOLDER: &str = "folder";

/// A file as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct PlainFile {
    path: PathBuf,
    name: String,
    stamp: Stamp,
}

impl PlainFile {
    /// The file at `path`, which may be a link to one. Its name has to be one that every system can hold.
    pub fn at(path: &Path) -> Result<Self, FileError> {
        let metadata = fs::metadata(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => PackError::Missing(path.to_owned()),
            _ => PackError::Unreadable { path: path.to_owned(), source },
        })?;
        if !metadata.is_file() {
            let kind = if metadata.is_dir() { FOLDER } else { special(metadata.file_type()) };
            return Err(FileError::NoFile { path: path.to_owned(), kind });
        }
        let fault = |fault| FileError::Name { path: path.to_owned(), fault };
        let name = path.file_name().unwrap_or_default().to_str().ok_or_else(|| fault(NameFault::NotUtf8))?;
        name::check_component(name).map_err(fault)?;
        Ok(Self { path: path.to_owned(), name: name.to_owned(), stamp: Stamp::of(&metadata) })
    }

    /// Its name, without the folders that lead to it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> PathBuf {
        let around = self.path.parent().filter(|around| !around.as_os_str().is_empty());
        around.map_or_else(|| PathBuf::from("."), PathBuf::from)
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.stamp.size()
    }

    /// Its bytes. Reading fails where it is not, or no longer, the file that was looked at.
    pub fn open(&self) -> Result<FileReader, FileError> {
        let reader = FileReader { file: open_file(&self.path)?, wanted: self.clone(), left: self.size() };
        reader.check()?;
        Ok(reader)
    }
}

/// Files that lie beside each other when they are pulled need names that no system takes for one.
pub fn check_names(files: &[PlainFile]) -> Result<(), FileError> {
    let mut taken: HashMap<String, &Path> = HashMap::new();
    files.iter().try_for_each(|file| match taken.insert(name::fold(&file.name), &file.path) {
        None => Ok(()),
        Some(first) => Err(FileError::OneName { first: first.to_owned(), second: file.path.clone() }),
    })
}

/// Reads a [`PlainFile`] from start to end.
#[derive(Debug)]
pub struct FileReader {
    file: File,
    wanted: PlainFile,
    left: u64,
}

impl FileReader {
    fn check(&self) -> Result<(), PackError> {
        let path = &self.wanted.path;
        let unreadable = |source| PackError::Unreadable { path: path.clone(), source };
        let metadata = self.file.metadata().map_err(unreadable)?;
        let same = metadata.is_file() && Stamp::of(&metadata) == self.wanted.stamp;
        if same { Ok(()) } else { Err(PackError::Changed(path.clone())) }
    }
}

impl Read for FileReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let path = || self.wanted.path.clone();
        let read = self.file.read(into).map_err(|source| PackError::Unreadable { path: path(), source });
        let read = read.map_err(io::Error::other)?;
        let Some(left) = self.left.checked_sub(read as u64) else {
            return Err(io::Error::other(PackError::Changed(path())));
        };
        self.left = left;
        if read == 0 && !into.is_empty() {
            let end = if left > 0 { Err(PackError::Changed(path())) } else { self.check() };
            end.map_err(io::Error::other)?;
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_often_as_it_takes_and_only_while_it_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sbom.json");
        fs::write(&path, "{}").unwrap();
        let file = PlainFile::at(&path).unwrap();
        assert_eq!((file.name(), file.size(), file.folder().as_path()), ("sbom.json", 2, folder.path()));
        for _ in 0..2 {
            assert_eq!(io::read_to_string(file.open().unwrap()).unwrap(), "{}");
        }
        let mut reading = file.open().unwrap();
        fs::write(&path, "[1]").unwrap();
        assert!(io::read_to_string(&mut reading).unwrap_err().to_string().contains("changed"));
        assert!(file.open().unwrap_err().to_string().contains("changed"));
        fs::remove_file(&path).unwrap();
        assert!(file.open().unwrap_err().to_string().contains("changed"));
    }

    #[test]
    fn what_is_no_file_or_has_no_name_for_all_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| PlainFile::at(&folder.path().join(name));
        assert!(matches!(at("none"), Err(FileError::Read(PackError::Missing(_)))));
        assert!(matches!(PlainFile::at(folder.path()), Err(FileError::NoFile { kind: FOLDER, .. })));
        fs::write(folder.path().join("a:b"), "").unwrap();
        assert!(matches!(at("a:b"), Err(FileError::Name { fault: NameFault::Reserved(':'), .. })));
    }

    #[test]
    fn two_files_need_two_names_everywhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            PlainFile::at(&path).unwrap()
        };
        assert!(check_names(&[file("a"), file("b")]).is_ok());
        for other in ["x/a", "y/A"] {
            assert!(matches!(check_names(&[file("a"), file(other)]), Err(FileError::OneName { .. })), "{other}");
        }
    }
}
