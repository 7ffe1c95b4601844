//! What a file of a `BoB` is for, by its name.

use std::cmp::Ordering;

/// The values file that counts before all others.
const FIRST_VALUES: &str = "bob.values";

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// YAML, whose documents may be profiles.
    Yaml,
    /// Values for the placeholders.
    Values,
    /// A workload that exercises the software.
    Test,
}

impl Role {
    /// The role of the file at `path`, slash-separated; none for a file that is only carried along.
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ends = |suffix: &str| name.ends_with(suffix);
        if matches!(name, "deployment.yaml" | "deploy_test.yaml") || ends(".test") {
            Some(Self::Test)
        } else if ends(".values") {
            Some(Self::Values)
        } else if ends(".yaml") || ends(".yml") {
            Some(Self::Yaml)
        } else {
            None
        }
    }

    /// Whether the file is YAML: it may hold profiles and placeholders, whatever else it is for.
    pub fn is_yaml(self) -> bool {
        matches!(self, Self::Yaml | Self::Test)
    }
}

/// Puts values files into the order in which they count.
pub fn sort_values_files<T: AsRef<str>>(paths: &mut [T]) {
    paths.sort_by(|a, b| values_file_order(a.as_ref(), b.as_ref()));
}

/// Which of two values files counts first: `bob.values`, then the others by name.
pub fn values_file_order(a: &str, b: &str) -> Ordering {
    (a != FIRST_VALUES, a).cmp(&(b != FIRST_VALUES, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_a_file_is_for() {
        for (path, role) in [
            ("bob.yaml", Some(Role::Yaml)),
            ("profiles/a.yml", Some(Role::Yaml)),
            ("bob.values", Some(Role::Values)),
            ("sub/prod.values", Some(Role::Values)),
            ("bob.test", Some(Role::Test)),
            ("sub/smoke.test", Some(Role::Test)),
            ("deployment.yaml", Some(Role::Test)),
            ("k8s/deploy_test.yaml", Some(Role::Test)),
            ("my-deployment.yaml", Some(Role::Yaml)),
            ("README.md", None),
            ("yaml", None),
            ("bob.yaml/README.md", None),
        ] {
            assert_eq!(Role::of(path), role, "{path}");
        }
        assert!(Role::Yaml.is_yaml() && Role::Test.is_yaml() && !Role::Values.is_yaml());
    }

    #[test]
    fn bob_values_counts_first() {
        let mut paths = ["z.values", "a.values", "bob.values", "a/bob.values"];
        sort_values_files(&mut paths);
        assert_eq!(paths, ["bob.values", "a.values", "a/bob.values", "z.values"]);
    }
}
