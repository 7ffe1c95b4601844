//! The tools that others use on the same registries: oras, regctl, crane, skopeo, cosign, notation, helm.
//!
//! `make tools` brings them into `.tools/bin`. Two generations of cosign stand there, as `cosign2` and `cosign3`.

use std::path::{Path, PathBuf};

use super::leftout::leave_out;

/// The path of a tool, from `.tools/bin` or else from `PATH`; without it the calling test is left out.
#[track_caller]
pub fn peer(name: &str) -> Option<PathBuf> {
    let found = find(name);
    if found.is_none() {
        leave_out(name);
    }
    found
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(Path::new(env!("CARGO_MANIFEST_DIR")).join(".tools/bin"))
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
