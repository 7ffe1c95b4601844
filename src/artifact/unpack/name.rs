//! Which names an entry may have (SEC-20).
//!
//! The answer is the same on every system, so that what unpacks here unpacks everywhere. A name is taken or refused,
//! never rewritten; only the `./` in front that other tools write is dropped.

use std::borrow::Cow;

use super::error::{UnpackError, shorten};
use super::limits::Limits;
use crate::artifact::name::{NameFault, check_component};

/// The longest name of one file or folder that common file systems keep, in bytes.
const LONGEST_PART: usize = 255;

/// Where an entry goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Parts joined by `/`; empty for the root.
    pub(super) path: String,
    /// The name ended in a slash.
    pub(super) slash: bool,
}

/// Check the name of an entry, or the title of a layer that is a plain file (SEC-29).
pub(super) fn place(raw: &[u8], limits: &Limits) -> Result<Place, UnpackError> {
    let lossy = || String::from_utf8_lossy(raw);
    let Ok(name) = std::str::from_utf8(raw) else {
        return Err(UnpackError::hostile(&lossy(), "its name is not UTF-8"));
    };
    if name.len() > limits.path {
        let what = format!("the path of {:?} has {} bytes, and {} are allowed", shorten(name), name.len(), limits.path);
        return Err(UnpackError::limit(what));
    }
    let (path, slash) = trimmed(name);
    if path.is_empty() && !name.is_empty() && !name.starts_with('/') {
        return Ok(Place { path: String::new(), slash });
    }
    if let Some(what) = wrong_with(path) {
        return Err(UnpackError::hostile(name, what));
    }
    if let Some(part) = path.split('/').find(|part| part.len() > LONGEST_PART) {
        return Err(UnpackError::limit(format!("the name {:?} has {} bytes, and 255 fit", shorten(part), part.len())));
    }
    let depth = path.split('/').count();
    if depth > limits.depth {
        let what = format!("{:?} has {depth} parts, and {} are allowed", shorten(name), limits.depth);
        return Err(UnpackError::limit(what));
    }
    Ok(Place { path: path.to_owned(), slash })
}

/// `name` without the `./` in front and the slash at the end, each of which stands once.
fn trimmed(name: &str) -> (&str, bool) {
    let path = if name == "." { "" } else { name.strip_prefix("./").unwrap_or(name) };
    match path.strip_suffix('/') {
        Some(path) => (path, true),
        None => (path, name == "./"),
    }
}

fn wrong_with(path: &str) -> Option<Cow<'static, str>> {
    if path.is_empty() {
        return Some("it has no name".into());
    }
    if path.starts_with('/') {
        return Some("its path is absolute".into());
    }
    if path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic() {
        return Some("its path begins with a drive letter".into());
    }
    path.split('/').find_map(|part| match check_component(part) {
        // Other tools pack such names, and this system holds them.
        Ok(()) | Err(NameFault::Reserved(_)) => None,
        Err(fault) => Some(fault.to_string().into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_other_tools_write_them() {
        for (raw, path, slash) in [
            ("bob.yaml", "bob.yaml", false),
            ("./bob.yaml", "bob.yaml", false),
            ("./dir/", "dir", true),
            ("dir/sub/f", "dir/sub/f", false),
            (".", "", false),
            ("./", "", true),
            (".github/a..b", ".github/a..b", false),
            ("console/common.yaml", "console/common.yaml", false),
            ("größe.yaml", "größe.yaml", false),
        ] {
            let place = place(raw.as_bytes(), &Limits::default()).unwrap();
            assert_eq!((place.path.as_str(), place.slash), (path, slash), "{raw}");
        }
    }

    #[test]
    fn strange_names_are_refused_and_not_rewritten() {
        for (raw, part) in [
            (&b""[..], "no name"),
            (b"/", "no name"),
            (b"/etc/passwd", "absolute"),
            (b"//host/share", "absolute"),
            (b"/./a", "absolute"),
            (b".//etc", "absolute"),
            (b"././a", "'.'"),
            (b"a/./b", "'.'"),
            (b"a/.", "'.'"),
            (b"..", "'..'"),
            (b"../a", "'..'"),
            (b"./../a", "'..'"),
            (b"a/../../b", "'..'"),
            (b"a//b", "empty"),
            (b"a//", "empty"),
            (b"C:/a", "drive"),
            (b"c:a", "drive"),
            (b"\\\\host\\share", "separates"),
            (b"a\\..\\b", "separates"),
            (b"a\0b", "control"),
            (b"a\nb", "control"),
            (b"a\x1b[2Jb", "control"),
            (b"a.", "dot or a space"),
            (b"a /b", "dot or a space"),
            (b"...", "dot or a space"),
            (b"nul", "device"),
            (b"d/Com1.yaml", "device"),
            (b"LPT\xc2\xb9", "device"),
            (b"aux .txt", "device"),
            (b"a\xffb", "UTF-8"),
        ] {
            let message = place(raw, &Limits::default()).unwrap_err().to_string();
            assert!(message.contains(part), "{raw:?}: {message}");
        }
    }

    #[test]
    fn long_and_deep_names_meet_the_limits() {
        let limits = Limits { path: 300, depth: 3, ..Limits::default() };
        assert!(place("a/".repeat(3).as_bytes(), &limits).is_ok());
        for (raw, part) in [
            ("a/".repeat(4), "4 parts"),
            ("ab/".repeat(101), "303 bytes, and 300"),
            ("ä".repeat(128), "256 bytes, and 255"),
        ] {
            let error = place(raw.as_bytes(), &limits).unwrap_err();
            assert!(matches!(error, UnpackError::Limit { flag: None, .. }), "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_packed_can_be_unpacked(name in "\\PC{1,20}|[a-zA-Z0-9. ~-]{1,12}") {
            if check_component(&name).is_ok() {
                let place = place(name.as_bytes(), &Limits::default()).unwrap();
                proptest::prop_assert_eq!(place.path, name);
            }
        }
    }
}
