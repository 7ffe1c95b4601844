//! What an unpacked artifact holds: its profiles with their counts, its values with their defaults, its tests.
//!
//! The files come from strangers, so a broken one is a warning, and everything is bounded. Only what speaks of profiles or
//! values is kept in memory, and it is parsed when the folder is no longer needed.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::config::Summary;
use super::summary::GROUP;
use super::unpack::Unpacked;
pub use crate::bob::profile::{Counts, Measured, MeasuredContainer};
use crate::bob::{Role, Values, profile, role, yaml};

/// The largest file of profiles that is read; the largest seen have less than one megabyte.
const MAX_PROFILES: u64 = 8 << 20;
/// How many bytes of all files of profiles together are kept in memory.
const MAX_ALL_PROFILES: u64 = 32 << 20;
/// How many bytes of all values files together are read: every placeholder is held against every key.
const MAX_VALUES: u64 = 64 << 10;

/// What an artifact holds, as `describe` tells it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Inside {
    /// The profiles, by file and by order inside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Measured>,
    /// The values, sorted by key.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<ValueShown>,
    /// The test files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
}

/// One key of the values files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueShown {
    /// The key.
    pub name: String,
    /// What a lower-case key stands for; absent where the files were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The entries of an upper-case key; absent where the files were not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Vec<String>>,
}

/// What the config document says, nothing counted and no defaults.
impl From<Summary> for Inside {
    fn from(summary: Summary) -> Self {
        let named = |name| ValueShown { name, default: None, defaults: None };
        Self {
            profiles: summary.profiles.into_iter().map(Measured::from).collect(),
            values: summary.values.into_iter().map(named).collect(),
            tests: summary.tests,
        }
    }
}

impl Inside {
    /// The same as a config document says it.
    pub fn summary(&self) -> Summary {
        Summary {
            profiles: self.profiles.iter().map(Measured::profile).collect(),
            values: self.values.iter().map(|value| value.name.clone()).collect(),
            tests: self.tests.clone(),
        }
    }
}

/// The files of a folder that are to be parsed.
#[derive(Debug, Default)]
pub struct Texts {
    profiles: Vec<(String, String)>,
    values: Vec<(String, String)>,
    tests: Vec<String>,
    warnings: Vec<String>,
}

impl Texts {
    /// Read what may be a profile or a values file among `files`, which were unpacked into `folder`.
    pub fn collect(folder: &Path, files: &[Unpacked]) -> io::Result<Self> {
        let mut texts = Self::default();
        let (mut profiles_left, mut values_left) = (MAX_ALL_PROFILES, MAX_VALUES);
        for file in files {
            let Some(role) = Role::of(&file.path) else { continue };
            if role == Role::Test {
                texts.tests.push(file.path.clone());
            }
            let (left, most) =
                if role.is_yaml() { (&mut profiles_left, MAX_PROFILES) } else { (&mut values_left, MAX_VALUES) };
            if file.size > most.min(*left) {
                texts.warnings.push(format!("{} is too large to be looked into ({} bytes)", file.path, file.size));
                continue;
            }
            let bytes = std::fs::read(folder.join(&file.path))?;
            if role.is_yaml() && memchr::memmem::find(&bytes, GROUP.as_bytes()).is_none() {
                continue;
            }
            *left -= file.size;
            let named = (file.path.clone(), String::from_utf8_lossy(&bytes).into_owned());
            if role.is_yaml() { texts.profiles.push(named) } else { texts.values.push(named) }
        }
        Ok(texts)
    }

    /// What they say, and what could not be read, a line each.
    pub fn read(mut self) -> (Inside, Vec<String>) {
        let values = self.defaults();
        let mut profiles = Vec::new();
        for (file, text) in &self.profiles {
            match yaml::read(text) {
                Ok(documents) => profiles.extend(profile::measure(file, &documents, &values)),
                Err(error) => self.warnings.push(format!("{file} is not YAML: {error}")),
            }
        }
        let values = values.keys().map(|key| shown(key, &values)).collect();
        (Inside { profiles, values, tests: self.tests }, self.warnings)
    }

    /// As [`super::summary::values`], leaving out what is broken.
    fn defaults(&mut self) -> Values {
        self.values.sort_by(|(a, _), (b, _)| role::values_file_order(a, b));
        self.values.iter().fold(Values::default(), |values, (file, text)| match Values::parse(file, text) {
            Ok(more) => values.or(more),
            Err(error) => {
                self.warnings.push(error.to_string());
                values
            }
        })
    }
}

fn shown(key: &str, values: &Values) -> ValueShown {
    ValueShown {
        name: key.to_owned(),
        default: values.scalar(key).map(str::to_owned),
        defaults: values.list(key).map(<[String]>::to_vec),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(files: &[(&str, &str)]) -> (Inside, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let unpacked = |(path, text): &(&str, &str)| {
            std::fs::write(folder.path().join(path), text).unwrap();
            Unpacked { path: (*path).to_owned(), size: text.len() as u64, mode: 0o644 }
        };
        let files: Vec<Unpacked> = files.iter().map(unpacked).collect();
        Texts::collect(folder.path(), &files).unwrap().read()
    }

    #[test]
    fn profiles_have_counts_and_values_defaults() {
        let profile = format!(
            "apiVersion: {GROUP}/v1beta1\nkind: ApplicationProfile\nmetadata: {{name: $values.name}}\n\
             spec: {{containers: [{{name: a, execs: [1, 2]}}]}}\n"
        );
        let (inside, warnings) = inside(&[
            ("a.values", "name = second\nother = 1\n"),
            ("a.yaml", &profile),
            ("bob.values", "name = web\nCIDR = a, b\nNONE =\n"),
            ("bob.test", "kind: Pod"),
            ("other.yaml", "{{ not yaml"),
        ]);
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(inside.profiles[0].name, "web");
        assert_eq!(inside.profiles[0].containers[0].counts.execs, Some(2));
        assert_eq!(
            serde_json::to_string(&inside.values).unwrap(),
            r#"[{"name":"CIDR","defaults":["a","b"]},{"name":"NONE","defaults":[]},{"name":"name","default":"web"},{"name":"other","default":"1"}]"#
        );
        assert_eq!(inside.tests, ["bob.test"]);
    }

    #[test]
    fn what_is_broken_or_too_large_is_a_warning() {
        let large = "#".repeat(usize::try_from(MAX_VALUES).unwrap() + 1);
        let broken = format!("{GROUP}: {{{{ if }}}}\na");
        let (inside, warnings) = inside(&[("a.values", "x\n"), ("b.values", &large), ("c.yaml", &broken)]);
        assert_eq!(inside, Inside::default());
        let parts = ["b.values is too large", "a.values:1:1: there is no '='", "c.yaml is not YAML"];
        assert!(warnings.iter().zip(parts).all(|(warning, part)| warning.contains(part)), "{warnings:?}");
        assert_eq!(warnings.len(), parts.len());
    }
}
