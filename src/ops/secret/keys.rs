//! The keys of a secret that is made of files: their base names, and never one name for two things.

use std::collections::BTreeMap;
use std::path::Path;

use super::SecretInputError;
use crate::cluster::{Content, names};

/// What a secret is to hold, by keys that are chosen one after the other.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, Content>);

impl Keys {
    /// Put `content` under `key`, which is free.
    pub(super) fn insert(&mut self, key: &str, content: Vec<u8>) {
        self.0.insert(key.to_owned(), content.into());
    }

    /// Put `content` under the base name of `path`, with one of `endings`: the first, when the name has none of them.
    /// Where that key is taken, it is `name-2`, `name-3` and so on.
    pub(super) fn add(&mut self, path: &Path, endings: &[&str], content: Vec<u8>) -> Result<(), SecretInputError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (stem, ending) = split(&name, endings);
        let numbered = (2_usize..).map(|number| format!("{stem}-{number}{ending}"));
        let mut candidates = std::iter::once(format!("{stem}{ending}")).chain(numbered);
        let key = candidates.find(|key| !self.0.contains_key(key)).unwrap_or_default();
        names::data_key(&key).map_err(|source| SecretInputError::FileName { path: path.to_owned(), source })?;
        self.insert(&key, content);
        Ok(())
    }

    /// All keys with their content.
    pub(super) fn into_data(self) -> BTreeMap<String, Content> {
        self.0
    }
}

/// A file's name before its ending, and the ending in the letters in which Flux looks for it.
fn split<'a>(name: &'a str, endings: &[&'a str]) -> (&'a str, &'a str) {
    let has = |ending: &&&str| {
        let start = name.len().checked_sub(ending.len());
        // A file that is called like an ending has no name before it.
        start
            .filter(|start| *start > 0)
            .and_then(|start| name.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    match endings.iter().find(has) {
        Some(ending) => (&name[..name.len() - ending.len()], ending),
        None => (name, endings.first().copied().unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_taken_twice() {
        let mut keys = Keys::default();
        for path in ["a/ca.crt", "b/ca.crt", "ca-2.crt", "ca.pem", "CA.CRT", "ca", "corp.ca", ".crt", "c/ca.crt"] {
            keys.add(Path::new(path), &[".crt", ".pem"], path.into()).unwrap();
        }
        let data = keys.into_data();
        let keys: Vec<(&str, &[u8])> = data.iter().map(|(key, content)| (key.as_str(), content.expose())).collect();
        let expected: [(&str, &[u8]); 9] = [
            (".crt.crt", b".crt"),
            ("CA.crt", b"CA.CRT"),
            ("ca-2-2.crt", b"ca-2.crt"),
            ("ca-2.crt", b"b/ca.crt"),
            ("ca-3.crt", b"ca"),
            ("ca-4.crt", b"c/ca.crt"),
            ("ca.crt", b"a/ca.crt"),
            ("ca.pem", b"ca.pem"),
            ("corp.ca.crt", b"corp.ca"),
        ];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_name_that_is_no_key_is_refused() {
        for path in ["my ca.crt", "caf\u{e9}.pem", "..old.crt"] {
            let error = Keys::default().add(Path::new(path), &[".crt"], Vec::new());
            assert!(matches!(error, Err(SecretInputError::FileName { .. })), "{path}: {error:?}");
        }
    }
}
