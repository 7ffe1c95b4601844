//! What goes wrong with a folder, in words.

use std::io;
use std::path::Path;

use crate::store::{Fault, StoreError};

/// The file system said no to `doing` something with `path`.
pub(super) fn local(doing: &str, path: &Path, error: io::Error) -> StoreError {
    let fault = Fault::new(format!("cannot {doing} {}", path.display()));
    let fault = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            fault.with_hint(format!("free some space on the disk that holds {}", path.display()))
        }
        _ => fault,
    };
    StoreError::Local(fault.caused_by(error))
}

/// Something stands where a layout has a plain file or folder (LAY-9).
pub(super) fn not_plain(path: &Path, what: &str, expected: &str) -> StoreError {
    let message = format!("{} is a {what}; an image layout has a plain {expected} there", path.display());
    StoreError::Refused(
        Fault::new(message).with_hint("links inside a layout are never followed; copy what they point to"),
    )
}

/// `path` cannot be a layout, neither now nor later.
pub(super) fn no_folder(path: &Path) -> StoreError {
    let fault = Fault::new(format!("{} is a file, or lies below one: an image layout is a folder", path.display()));
    StoreError::Refused(fault.with_hint("name a folder"))
}

/// There is no layout at `path`; `why` says what there is instead.
pub(super) fn no_layout(path: &Path, why: &str) -> StoreError {
    let shown = path.display();
    let fault = Fault::new(format!("there is no OCI image layout at {shown}: {why}"));
    StoreError::NotFound(fault.with_hint("name the folder that holds the files oci-layout and index.json"))
}
