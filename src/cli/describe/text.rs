//! A description for people: sections, columns, short digests.
//!
//! All that came from the store is escaped here: by `table`, or where a line is made.

use std::fmt::Write as _;

use crate::oci::{Descriptor, Digest, annotation};
use crate::ops::describe::{Bob, Child, Counts, Description, File, Linked, Measured, MeasuredContainer, ValueShown};
use crate::output::{escape, table};

/// How many characters of a value are shown without `--verbose`.
const LONGEST: usize = 100;
/// What is said of everything that is attached.
const NOT_VERIFIED: &str = "not verified";

/// The description; `whole` shows whole digests and values.
pub(super) fn text(description: &Description, whole: bool) -> String {
    Text { whole }.all(description)
}

struct Text {
    whole: bool,
}

impl Text {
    fn all(&self, it: &Description) -> String {
        let mut text = self.head(it).join("\n") + "\n";
        let annotations: Vec<_> = it.annotations.iter().map(|(key, value)| (key.clone(), self.cut(value))).collect();
        section(&mut text, "Annotations", pairs(&annotations));
        if let Some(config) = &it.config {
            let facts = [
                ("Digest", Some(self.digest(&config.digest))),
                ("Media type", Some(config.media_type.clone())),
                ("Size", Some(size(config.size))),
                ("Created", config.created.clone()),
                ("Platform", config.platform.clone()),
            ];
            section(&mut text, "Config", facts_of(facts));
        }
        rows(&mut text, "Layers", &["DIGEST", "SIZE", "TITLE", "MEDIA TYPE"], &self.layers(&it.layers));
        rows(&mut text, "Platforms", &["PLATFORM", "DIGEST", "SIZE", "TYPE"], &self.children(&it.platforms));
        if let Some(bob) = &it.bob {
            self.bob(&mut text, bob);
        }
        if let Some(subject) = &it.subject {
            let facts = [
                ("Digest", Some(self.digest(&subject.digest))),
                ("Media type", Some(subject.media_type.clone())),
                ("Size", Some(size(subject.size))),
            ];
            section(&mut text, "Subject", facts_of(facts));
        }
        let head = ["DIGEST", "TYPE", "SIZE", "CREATED", "LISTED", "STATUS"];
        rows(&mut text, "Referrers", &head, &self.linked(it.referrers.as_deref()));
        rows(&mut text, "Signatures", &head, &self.linked(it.signatures.as_deref()));
        if let Some(files) = &it.files {
            section(&mut text, "Files", listing(files));
        }
        text
    }

    fn head(&self, it: &Description) -> Vec<String> {
        facts_of([
            ("Reference", Some(it.reference.clone())),
            ("Digest", Some(self.digest(&it.digest))),
            ("Media type", Some(it.media_type.clone())),
            ("Artifact type", it.artifact_type.clone()),
            ("Size", Some(size(it.size))),
        ])
    }

    fn layers(&self, layers: &[Descriptor]) -> Vec<Vec<String>> {
        let title = |layer: &Descriptor| layer.annotations.get(annotation::TITLE).map(|title| self.cut(title));
        let row = |layer: &Descriptor| {
            let title = title(layer).unwrap_or_default();
            vec![self.digest(&layer.digest), size(layer.size), title, self.cut(&layer.media_type)]
        };
        layers.iter().map(row).collect()
    }

    fn children(&self, children: &[Child]) -> Vec<Vec<String>> {
        let row = |child: &Child| {
            let kind = self.cut(child.artifact_type.as_ref().unwrap_or(&child.media_type));
            vec![child.platform.clone().unwrap_or_default(), self.digest(&child.digest), size(child.size), kind]
        };
        children.iter().map(row).collect()
    }

    fn bob(&self, text: &mut String, bob: &Bob) {
        if let Some(content) = &bob.content {
            section(text, "Content", facts_of([("Digest", Some(self.digest(content)))]));
        }
        for profile in &bob.inside.profiles {
            self.profile(text, profile);
        }
        rows(text, "Values", &["NAME", "DEFAULT"], &self.values(&bob.inside.values));
        section(text, "Tests", bob.inside.tests.iter().map(|test| escape(test)));
    }

    fn profile(&self, text: &mut String, profile: &Measured) {
        let architectures = profile.architectures.join(", ");
        let facts = [
            ("Kind", Some(profile.kind.clone())),
            ("Name", Some(profile.name.clone()).filter(|name| !name.is_empty())),
            ("Architectures", Some(architectures).filter(|architectures| !architectures.is_empty())),
        ];
        let mut body = facts_of(facts);
        let counts: Vec<&Counts> = profile.containers.iter().map(|one| &one.counts).collect();
        let columns: Vec<_> = COUNTED.iter().filter(|(_, of)| counts.iter().any(|one| of(one).is_some())).collect();
        let head: Vec<&str> = ["CONTAINER"].into_iter().chain(columns.iter().map(|(name, _)| *name)).collect();
        let images = profile.containers.iter().any(|one| one.container.image.is_some());
        let head: Vec<&str> = head.into_iter().chain(images.then_some("IMAGE")).collect();
        let row = |one: &MeasuredContainer| {
            let counts =
                columns.iter().map(|(_, of)| of(&one.counts).map(|count| count.to_string()).unwrap_or_default());
            let image = one.container.image.as_deref().map(|image| self.image(image)).unwrap_or_default();
            [one.container.name.clone()].into_iter().chain(counts).chain(images.then_some(image)).collect()
        };
        let containers: Vec<Vec<String>> = profile.containers.iter().map(row).collect();
        if !containers.is_empty() {
            body.extend(lines_of(&head, &containers));
        }
        section(text, &format!("Profile {}", escape(&profile.file)), body);
    }

    fn values(&self, values: &[ValueShown]) -> Vec<Vec<String>> {
        let shown = |value: &ValueShown| match (&value.default, &value.defaults) {
            (Some(default), _) => self.cut(default),
            (None, Some(defaults)) => self.cut(&defaults.join(", ")),
            (None, None) => String::new(),
        };
        values.iter().map(|value| vec![value.name.clone(), shown(value)]).collect()
    }

    fn linked(&self, linked: Option<&[Linked]>) -> Vec<Vec<String>> {
        let row = |one: &Linked| {
            let kind = self.cut(one.artifact_type.as_ref().unwrap_or(&one.media_type));
            let created = one.created.as_deref().map(|created| self.cut(created)).unwrap_or_default();
            let listed = one.listed.to_string();
            let listed = if self.whole { listed } else { shortened(&listed) };
            vec![self.digest(&one.digest), kind, size(one.size), created, listed, NOT_VERIFIED.to_owned()]
        };
        linked.unwrap_or_default().iter().map(row).collect()
    }

    fn digest(&self, digest: &Digest) -> String {
        if self.whole { digest.to_string() } else { digest.short() }
    }

    /// An image's name, its digest shortened.
    fn image(&self, image: &str) -> String {
        match image.rsplit_once('@').map(|(name, digest)| (name, digest.parse::<Digest>())) {
            Some((name, Ok(digest))) => format!("{name}@{}", self.digest(&digest)),
            _ => self.cut(image),
        }
    }

    fn cut(&self, value: &str) -> String {
        match value.char_indices().nth(LONGEST) {
            Some((at, _)) if !self.whole => format!("{}…", &value[..at]),
            _ => value.to_owned(),
        }
    }
}

/// One number of a container.
type Count = fn(&Counts) -> Option<usize>;

/// The columns of counts.
const COUNTED: [(&str, Count); 7] = [
    ("EXECS", |counts| counts.execs),
    ("OPENS", |counts| counts.opens),
    ("ENDPOINTS", |counts| counts.endpoints),
    ("SYSCALLS", |counts| counts.syscalls),
    ("CAPABILITIES", |counts| counts.capabilities),
    ("INGRESS", |counts| counts.ingress),
    ("EGRESS", |counts| counts.egress),
];

/// One of cosign's tags, `sha256-<hex>.sig`, with as much of the digest as [`Digest::short`] has.
fn shortened(tag: &str) -> String {
    match (tag.split_once('-'), tag.rsplit_once('.')) {
        (Some((algorithm, hex)), Some((_, suffix))) if hex.len() > 12 && hex.is_char_boundary(12) => {
            format!("{algorithm}-{}….{suffix}", &hex[..12])
        }
        _ => tag.to_owned(),
    }
}

/// Append a section of lines, indented; nothing when there are none.
fn section(text: &mut String, head: &str, lines: impl IntoIterator<Item = String>) {
    let mut lines = lines.into_iter().peekable();
    if lines.peek().is_none() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{head}:");
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

/// Append a section with a table; nothing when there are no rows.
fn rows(text: &mut String, title: &str, head: &[&str], rows: &[Vec<String>]) {
    if !rows.is_empty() {
        section(text, title, lines_of(head, rows));
    }
}

fn lines_of(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    table(head, rows).lines().map(str::to_owned).collect()
}

/// A line for each of the facts that are known.
fn facts_of<const N: usize>(facts: [(&str, Option<String>); N]) -> Vec<String> {
    let known = facts.into_iter().filter_map(|(name, fact)| Some((format!("{name}:"), fact?)));
    pairs(&known.collect::<Vec<_>>())
}

/// Two columns, names first.
fn pairs(pairs: &[(String, String)]) -> Vec<String> {
    let pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| (escape(name), escape(value))).collect();
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    pairs.iter().map(|(name, value)| format!("{name:width$}  {value}").trim_end().to_owned()).collect()
}

/// Files as `ls` lists them.
fn listing(files: &[File]) -> impl Iterator<Item = String> {
    let width = files.iter().map(|file| file.size.to_string().len()).max().unwrap_or(0);
    files.iter().map(move |file| format!("{}  {:>width$}  {}", file.mode, file.size, escape(&file.path)))
}

/// A number of bytes with three or four figures.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let power = usize::try_from(bytes.ilog2() / 10).unwrap_or(UNITS.len()).min(UNITS.len());
    let tenths = u128::from(bytes) * 10 / (1_u128 << (10 * power));
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[power - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1_600_000, "1.5 MiB"),
            (4 << 30, "4.0 GiB"),
            (u64::MAX, "16777215.9 TiB"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn long_things_are_cut_unless_all_is_wanted() {
        let long = "ü".repeat(LONGEST + 1);
        let image = format!("r.io/a@{}", Digest::of(b""));
        let (short, whole) = (Text { whole: false }, Text { whole: true });
        assert_eq!(short.cut(&long), format!("{}…", "ü".repeat(LONGEST)));
        assert_eq!((whole.cut(&long), whole.image(&image)), (long, image.clone()));
        assert_eq!(short.image(&image), format!("r.io/a@{}", Digest::of(b"").short()));
        let tag = format!("sha256-{}.sig", "a".repeat(64));
        assert_eq!(shortened(&tag), "sha256-aaaaaaaaaaaa….sig");
        assert_eq!(shortened("api"), "api");
    }

    #[test]
    fn nothing_of_a_stranger_reaches_the_terminal_as_it_is() {
        let names = pairs(&[("a\x1b[2J".to_owned(), "b\u{202e}\nc".to_owned())]);
        assert_eq!(names, ["a\\u{1b}[2J  b\\u{202e}\\u{a}c"]);
    }
}
