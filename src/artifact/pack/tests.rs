//! A folder is built, packed, and looked at with other people's readers.

mod changes;
mod choice;
mod layout;
mod refusals;
mod repeatable;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tempfile::TempDir;

use super::*;

/// A folder that is filled by a test.
struct Folder {
    _keep: TempDir,
    path: PathBuf,
}

impl Folder {
    fn new() -> Self {
        let keep = TempDir::new().unwrap();
        let path = keep.path().join("bob");
        fs::create_dir(&path).unwrap();
        Self { _keep: keep, path }
    }

    /// With empty files.
    fn of(paths: &[&str]) -> Self {
        paths.iter().fold(Self::new(), |folder, path| folder.file(path, ""))
    }

    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn empty_folder(self, path: &str) -> Self {
        fs::create_dir_all(self.path.join(path)).unwrap();
        self
    }

    #[cfg(unix)]
    fn mode(self, path: &str, mode: u32) -> Self {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(self.path.join(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    #[cfg(unix)]
    fn link(self, path: &str, target: impl AsRef<Path>) -> Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    #[cfg(unix)]
    fn fifo(self, path: &str) -> Self {
        make_fifo(&self.path.join(path));
        self
    }

    fn input(&self) -> Input {
        Input::Path(self.path.clone())
    }

    fn plan(&self) -> Result<Plan, PackError> {
        self.plan_with(&Options::default())
    }

    fn plan_with(&self, options: &Options) -> Result<Plan, PackError> {
        plan(&self.input(), options)
    }

    /// The paths that are packed.
    fn packed_paths(&self, options: &Options) -> Vec<String> {
        paths_of(&self.plan_with(options).unwrap())
    }

    fn layer(&self) -> Vec<u8> {
        layer_of(&self.plan().unwrap(), 2).1
    }

    /// Why the folder is refused.
    fn refusal(&self) -> Refusal {
        match self.plan().unwrap_err() {
            PackError::Refused(refusal) => refusal,
            other => panic!("{other}"),
        }
    }
}

#[cfg(unix)]
fn make_fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn paths_of(plan: &Plan) -> Vec<String> {
    plan.entries().iter().map(|entry| entry.path().to_owned()).collect()
}

fn layer_of(plan: &Plan, jobs: usize) -> (Packed, Vec<u8>) {
    let mut out = Vec::new();
    let packed = pack(plan, jobs, &mut out, &|_| {}).unwrap();
    (packed, out)
}

fn unzipped(layer: &[u8]) -> Vec<u8> {
    let mut archive = Vec::new();
    MultiGzDecoder::new(layer).read_to_end(&mut archive).unwrap();
    archive
}

/// What the `tar` crate reads: path to content, folders with a slash at their end and no content.
fn unpacked(layer: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let archive = unzipped(layer);
    let mut archive = tar::Archive::new(archive.as_slice());
    let mut all = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        assert!(all.insert(path, content).is_none());
    }
    all
}

/// Bytes that do not compress, the same ones for the same seed.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// Lines as profiles have them.
fn yaml(length: usize, seed: u64) -> Vec<u8> {
    let lines = (seed..).flat_map(|n| {
        let path = n.wrapping_mul(2_654_435_761) % 99_991;
        format!("  - path: /usr/lib/x86_64-linux-gnu/lib{path}.so.{}\n    flags: [O_RDONLY, O_CLOEXEC]\n", n % 7)
            .into_bytes()
    });
    lines.take(length).collect()
}
