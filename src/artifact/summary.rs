//! What a folder holds, by role: its profiles, values and tests, read from the files that will be packed.

use std::collections::BTreeSet;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::config::Summary;
use super::pack::{Entry, PackError, Plan};
pub use crate::bob::Values;
use crate::bob::values::ValuesError;
use crate::bob::{Role, Value, profile, role, template, yaml};

/// A YAML file beyond this is packed unread; the largest profiles seen have less than one megabyte.
const MAX_YAML: u64 = 32 << 20;
/// How much YAML is parsed of files that are neither a profile nor have a placeholder. That only tells whether they are
/// YAML at all, so a folder of thousands of manifests need not wait for all of them.
const OTHER_YAML: usize = 1 << 20;

/// The API group of profiles: a file without it holds none.
pub(super) const GROUP: &str = "spdx.softwarecomposition.kubescape.io";
/// What every placeholder begins with.
const PLACEHOLDER: &str = "$values.";

/// Why a folder cannot be summarised.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// A values file that breaks the grammar.
    #[error(transparent)]
    Values(#[from] ValuesError),
    /// A values file that is not text.
    #[error("{0} is not UTF-8")]
    NotText(String),
    /// A file cannot be read, or changed.
    #[error(transparent)]
    Read(#[from] PackError),
}

impl SummaryError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Values(error) => Some(error.hint()),
            Self::NotText(_) => Some("write values files as UTF-8"),
            Self::Read(error) => error.hint(),
        }
    }
}

/// The defaults of all values files: `bob.values` first, then the others by name.
pub fn values(plan: &Plan) -> Result<Values, SummaryError> {
    let mut files: Vec<Named<'_>> = with_role(plan, |role| role == Role::Values).map(Named).collect();
    role::sort_values_files(&mut files);
    files.into_iter().try_fold(Values::default(), |values, Named(entry)| {
        let bytes = plan.read(entry)?;
        let text = String::from_utf8(bytes).map_err(|_| SummaryError::NotText(entry.path().to_owned()))?;
        Ok(values.or(Values::parse(entry.path(), &text)?))
    })
}

struct Named<'a>(&'a Entry);

impl AsRef<str> for Named<'_> {
    fn as_ref(&self) -> &str {
        self.0.path()
    }
}

/// A summary, and what the user should hear about the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noticed {
    /// What the folder holds.
    pub summary: Summary,
    /// Warnings, one line each, in the order of the files.
    pub warnings: Vec<String>,
}

/// Picks the files that [`summarise`] reads, while they pass to be packed: so that thousands of others are read once.
pub struct Lookout<'a> {
    plan: &'a Plan,
    /// How much other YAML was picked so far.
    other: AtomicUsize,
}

impl<'a> Lookout<'a> {
    /// Nothing has passed.
    pub fn new(plan: &'a Plan) -> Self {
        Self { plan, other: AtomicUsize::new(0) }
    }

    /// Whether the file at this position is to be read; one whose content is not shown is.
    pub fn picks(&self, position: usize, content: Option<&[u8]>) -> bool {
        let yaml =
            self.plan.entries().get(position).and_then(|entry| Role::of(entry.path())).is_some_and(Role::is_yaml);
        yaml && content.is_none_or(|content| {
            speaks_to_us(content) || self.other.fetch_add(content.len(), Ordering::Relaxed) < OTHER_YAML
        })
    }
}

/// Whether a file holds a profile or a placeholder, as far as can be told without parsing it.
fn speaks_to_us(content: &[u8]) -> bool {
    [GROUP, PLACEHOLDER].iter().any(|word| memchr::memmem::find(content, word.as_bytes()).is_some())
}

/// Read the profiles of the files at `positions`, with `values` filled in, and note what could not be rendered.
pub fn summarise(
    plan: &Plan,
    values: &Values,
    positions: impl IntoIterator<Item = usize>,
) -> Result<Noticed, SummaryError> {
    let mut noticed = Noticed::default();
    noticed.summary.values = values.keys().map(ToOwned::to_owned).collect();
    noticed.summary.tests = with_role(plan, |role| role == Role::Test).map(|entry| entry.path().to_owned()).collect();
    let mut other = 0;
    for entry in positions.into_iter().filter_map(|position| plan.entries().get(position)) {
        if entry.size() > MAX_YAML {
            noticed.warnings.push(format!("{} is larger than {MAX_YAML} bytes; it is packed unread", entry.path()));
            continue;
        }
        let bytes = plan.read(entry)?;
        if !speaks_to_us(&bytes) {
            other += bytes.len();
            if other > OTHER_YAML {
                continue;
            }
        }
        look_into(entry.path(), &String::from_utf8_lossy(&bytes), values, &mut noticed);
    }
    Ok(noticed)
}

fn with_role<'a>(plan: &'a Plan, wanted: impl Fn(Role) -> bool + 'a) -> impl Iterator<Item = &'a Entry> {
    plan.entries().iter().filter(move |entry| Role::of(entry.path()).is_some_and(&wanted))
}

fn look_into(file: &str, text: &str, values: &Values, noticed: &mut Noticed) {
    let documents: Vec<Value> = match yaml::read(text) {
        Ok(documents) => documents,
        Err(error) => {
            noticed.warnings.push(format!("{file} is not YAML and cannot be rendered: {error}"));
            return;
        }
    };
    let undeclared: BTreeSet<String> =
        documents.iter().flat_map(|document| template::undeclared(document, values)).collect();
    for key in undeclared {
        noticed.warnings.push(format!("{file}: no values file declares {PLACEHOLDER}{key}"));
    }
    noticed.summary.profiles.extend(profile::read(file, &documents, values));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::pack::{Input, Options, plan};

    fn noticed(files: &[(&str, &str)]) -> Result<Noticed, SummaryError> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        let plan = plan(&Input::Path(folder.path().to_owned()), &Options::default())?;
        let lookout = Lookout::new(&plan);
        let picked = (0..plan.entries().len()).filter(|position| lookout.picks(*position, None));
        summarise(&plan, &values(&plan)?, picked)
    }

    #[test]
    fn profiles_are_read_with_the_defaults_filled_in() {
        let profile =
            format!("apiVersion: {GROUP}/v1beta1\nkind: ApplicationProfile\nmetadata:\n  name: rs-$values.name\n");
        let noticed = noticed(&[
            ("any.yaml", &profile),
            ("bob.values", "name = web\n"),
            ("other.values", "name = ignored\nCIDR = \n"),
            ("bob.test", "kind: Pod\n"),
        ])
        .unwrap();
        assert_eq!(noticed.warnings, Vec::<String>::new());
        assert_eq!(noticed.summary.profiles[0].name, "rs-web");
        assert_eq!(noticed.summary.values, ["CIDR", "name"]);
        assert_eq!(noticed.summary.tests, ["bob.test"]);
    }

    #[test]
    fn a_placeholder_is_warned_of_once_a_file() {
        let twice = "x: $values.no $values.no\n---\ny: $values.no $values.other\n";
        let warned = noticed(&[("a.yaml", twice), ("b.yaml", "x: $values.no")]).unwrap().warnings;
        let ends = ["a.yaml: no values file declares $values.no", "a.yaml: no values file declares $values.other"];
        assert_eq!(warned, [ends[0], ends[1], "b.yaml: no values file declares $values.no"]);
    }

    #[test]
    fn what_cannot_be_rendered_is_a_warning_and_a_broken_values_file_an_error() {
        let warned = noticed(&[("a.yaml", "x: $values.no"), ("b.yaml", "{{ if }}\na: b")]).unwrap().warnings;
        assert!(warned[0].contains("a.yaml") && warned[0].ends_with("$values.no"), "{warned:?}");
        assert!(warned[1].contains("b.yaml is not YAML"), "{warned:?}");
        let error = noticed(&[("a.values", "x = 1\nMixedCase = 2\n")]).unwrap_err();
        assert!(error.to_string().starts_with("a.values:2:"), "{error}");
    }

    #[test]
    fn only_files_that_may_matter_are_picked_while_they_pass() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a.yaml", "b.txt", "c.values"] {
            std::fs::write(folder.path().join(path), "x: y\n").unwrap();
        }
        let plan = plan(&Input::Path(folder.path().to_owned()), &Options::default()).unwrap();
        let lookout = Lookout::new(&plan);
        assert!(!lookout.picks(1, Some(PLACEHOLDER.as_bytes())) && !lookout.picks(2, None));
        // Other YAML is picked until there is enough of it; what speaks to us, or was not seen, always is.
        let other = vec![b'#'; OTHER_YAML];
        assert!(lookout.picks(0, Some(&other)) && !lookout.picks(0, Some(&other)));
        for content in [Some(GROUP.as_bytes()), Some(PLACEHOLDER.as_bytes()), None] {
            assert!(lookout.picks(0, content), "{content:?}");
        }
    }
}
