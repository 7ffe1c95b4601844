//! A layout folder as the suite's subject.

use std::path::PathBuf;

use bobctl::oci::Digest;
use bobctl::store::layout::Layout;
use bobctl::store::{Delete, Store};
use tempfile::TempDir;

use super::Fixture;

pub struct Folder {
    root: TempDir,
    store: Layout,
}

impl Folder {
    /// Over a file that is there already: blobs are read-only.
    fn place(&self, digest: &Digest, bytes: &[u8]) {
        let folder = self.root.path().join("layout/blobs").join(digest.algorithm().name());
        std::fs::create_dir_all(&folder).unwrap();
        let path: PathBuf = folder.join(digest.hex());
        if path.exists() {
            std::fs::remove_file(&path).unwrap();
        }
        std::fs::write(path, bytes).unwrap();
    }
}

impl Fixture for Folder {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let store = Layout::open(root.path().join("layout"));
        Self { root, store }
    }

    fn store(&self) -> &dyn Delete {
        &self.store
    }

    fn nowhere(&self) -> Box<dyn Store> {
        Box::new(Layout::open(self.root.path().join("nowhere")))
    }

    fn place_blob(&self, digest: &Digest, bytes: &[u8]) {
        self.place(digest, bytes);
    }

    fn place_manifest(&self, digest: &Digest, bytes: &[u8]) {
        self.place(digest, bytes);
    }
}
