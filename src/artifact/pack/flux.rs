//! What Flux leaves out when it extracts the layer (`artifact.md` 8).

use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::Plan;

/// The file with which a folder overrules Flux's defaults.
const FILE: &str = ".sourceignore";

/// The defaults of Flux's source controller: version control, pictures and archives, configuration of CI and tools.
const DEFAULTS: &[&str] = &[
    ".git/",
    ".gitignore",
    ".gitmodules",
    ".gitattributes",
    "*.jpg",
    "*.jpeg",
    "*.gif",
    "*.png",
    "*.wmv",
    "*.flv",
    "*.tar.gz",
    "*.zip",
    ".github/",
    ".circleci/",
    ".travis.yml",
    ".gitlab-ci.yml",
    "appveyor.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "codeship-services.yml",
    "codeship-steps.yml",
    "**/.goreleaser.yml",
    "**/.sops.yaml",
    "**/.flux.yaml",
];

/// The paths of the files that Flux leaves out, as far as the plan can tell.
pub(super) fn left_out(plan: &Plan) -> Vec<&str> {
    let mut rules: Vec<(&str, Gitignore)> = vec![("", matcher("", DEFAULTS.iter().copied()))];
    for entry in plan.entries() {
        let folder = match entry.path.rsplit_once('/') {
            Some((folder, FILE)) => folder,
            None if entry.path == FILE => "",
            _ => continue,
        };
        // A file that cannot be read fails the packing itself; here it says nothing.
        let text = plan.read(entry).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        rules.push((folder, matcher(folder, text.lines())));
    }
    // Deeper folders overrule outer ones, and all of them the defaults.
    rules[1..].sort_by_key(|(folder, _)| folder.split('/').count() + usize::from(!folder.is_empty()));
    plan.entries().iter().map(|entry| entry.path.as_str()).filter(|path| is_left_out(&rules, path)).collect()
}

fn is_left_out(rules: &[(&str, Gitignore)], path: &str) -> bool {
    let below = |folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    rules
        .iter()
        .rev()
        .filter(|(folder, _)| below(folder))
        .map(|(_, rules)| rules.matched_path_or_any_parents(path, false))
        .find(|found| !found.is_none())
        .is_some_and(|found| matches!(found, Match::Ignore(_)))
}

/// Lines that are no patterns are skipped, as Flux does.
fn matcher<'a>(folder: &str, lines: impl Iterator<Item = &'a str>) -> Gitignore {
    let mut builder = GitignoreBuilder::new(Path::new(folder));
    for line in lines {
        let _ = builder.add_line(None, line);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}
