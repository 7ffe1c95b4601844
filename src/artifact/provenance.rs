//! Where content comes from: the annotations of `artifact.md` section 5, from flags first and git second.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git::{self, Checkout, GitError, Head};
use crate::oci::annotation::{self, Annotations};

/// What the caller knows about the content's origin.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// `--source`.
    pub source: Option<String>,
    /// `--revision`.
    pub revision: Option<String>,
    /// Any other annotations, already parsed.
    pub annotations: Annotations,
    /// How the time of creation is chosen.
    pub created: Created,
}

/// How the time of creation is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// This many seconds since 1970, whatever git says: `--reproducible` or `SOURCE_DATE_EPOCH`.
    At(i64),
    /// The commit time of a clean checkout, else this many seconds since 1970: now.
    CommitOr(i64),
}

impl Default for Created {
    fn default() -> Self {
        Self::At(0)
    }
}

/// The annotations to write, and what the user should hear about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// All annotations of the manifest, `created` included.
    pub annotations: Annotations,
    /// Warnings, one line each.
    pub warnings: Vec<String>,
}

impl Provenance {
    /// The time of creation, RFC 3339.
    pub fn created(&self) -> &str {
        self.annotations.get(annotation::CREATED).map_or("", String::as_str)
    }
}

/// Why the annotations cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ProvenanceError {
    /// `--source` or `--revision` was given empty.
    #[error("--{flag} is empty; {command} probably printed nothing")]
    Empty {
        /// The flag's name.
        flag: &'static str,
        /// The command that people write there.
        command: &'static str,
    },
    /// No checkout, and a flag is missing.
    #[error("{reason}, and --{flag} is not given")]
    Unknown {
        /// The flag's name.
        flag: &'static str,
        /// Why git has no answer.
        reason: String,
    },
    /// Folders that are pushed together come from different places.
    #[error("{first} and {second} do not have the same {flag}: '{}' and '{}'", values.0, values.1)]
    Differ {
        /// The flag that would settle it.
        flag: &'static str,
        /// A folder.
        first: String,
        /// Another one.
        second: String,
        /// What git says of each.
        values: Box<(String, String)>,
    },
    /// An annotation that is no `key=value`.
    #[error("malformed annotation '{0}': expected key=value")]
    Malformed(String),
    /// An annotation that a flag of its own sets.
    #[error("annotation '{key}' is set by {flag}")]
    Reserved {
        /// The annotation's key.
        key: &'static str,
        /// The flag that sets it.
        flag: &'static str,
    },
    /// An annotation file that cannot be read.
    #[error("cannot read annotation file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An annotation file that is not what oras reads.
    #[error("annotation file {} is not JSON of the form {{\"$manifest\":{{\"key\":\"value\"}}}}", path.display())]
    FileFormat {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A time that does not fit into RFC 3339.
    #[error("{0} seconds since 1970 is no time that can be written")]
    Time(i64),
    /// Git failed.
    #[error(transparent)]
    Git(#[from] GitError),
}

impl ProvenanceError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Empty { flag: "source", .. } => {
                Some("write --source=https://… or run inside a git checkout with a remote 'origin'".to_owned())
            }
            Self::Empty { .. } => {
                Some("write --revision=<branch>@sha1:<commit> or run inside a git checkout".to_owned())
            }
            Self::Unknown { .. } | Self::Differ { .. } => {
                Some("write --source=https://… and --revision=<branch>@sha1:<commit>".to_owned())
            }
            Self::Malformed(_) => Some("write -a org.opencontainers.image.licenses=Apache-2.0, for one".to_owned()),
            Self::Git(error) => Some(error.hint()),
            _ => None,
        }
    }
}

/// Read `key=value` annotations of the command line; the value may hold `=`.
pub fn parse_annotations<'a>(given: impl IntoIterator<Item = &'a str>) -> Result<Annotations, ProvenanceError> {
    let mut annotations = Annotations::new();
    for text in given {
        let (key, value) = text
            .split_once('=')
            .filter(|(key, _)| !key.is_empty() && !key.contains(char::is_whitespace))
            .ok_or_else(|| ProvenanceError::Malformed(text.to_owned()))?;
        annotations.insert(key.to_owned(), value.to_owned());
    }
    not_reserved(annotations)
}

/// Read an annotation file as oras does: the member `$manifest` counts here.
pub fn read_annotation_file(path: &Path) -> Result<Annotations, ProvenanceError> {
    let bytes = fs::read(path).map_err(|source| ProvenanceError::File { path: path.to_owned(), source })?;
    let mut document: BTreeMap<String, Annotations> = crate::oci::json::from_slice(&bytes)
        .map_err(|source| ProvenanceError::FileFormat { path: path.to_owned(), source })?;
    not_reserved(document.remove("$manifest").unwrap_or_default())
}

fn not_reserved(annotations: Annotations) -> Result<Annotations, ProvenanceError> {
    let reserved = [
        (annotation::SOURCE, "--source"),
        (annotation::REVISION, "--revision"),
        (annotation::CREATED, "--reproducible or SOURCE_DATE_EPOCH"),
    ];
    match reserved.into_iter().find(|(key, _)| annotations.contains_key(*key)) {
        Some((key, flag)) => Err(ProvenanceError::Reserved { key, flag }),
        None => Ok(annotations),
    }
}

/// Make the annotations for the content of `folders`, which all have to come from one place; `None` among them is
/// standard input.
pub fn of_folders(claims: &Claims, folders: &[Option<PathBuf>]) -> Result<Provenance, ProvenanceError> {
    not_empty(claims)?;
    let both_given = claims.source.is_some() && claims.revision.is_some();
    let asks_git = asks_git(claims);
    let mut origins: Vec<Origin> = Vec::new();
    for folder in folders {
        let seen = origins.iter().any(|origin| origin.folder == *folder);
        if !seen {
            origins.push(Origin::of(folder.clone(), asks_git, both_given)?);
        }
    }
    let source = one(SOURCE, claims.source.as_ref(), &origins)?;
    let revision = one(REVISION, claims.revision.as_ref(), &origins)?;
    annotated(claims, Some(source), Some(revision), &origins)
}

/// As [`of_folders`] for files that lie in `folders`, whose origin need not be known: what is not given, and what git does
/// not say of all of them alike, is left out.
pub fn of_files(claims: &Claims, folders: &[PathBuf]) -> Result<Provenance, ProvenanceError> {
    not_empty(claims)?;
    let folders: BTreeSet<&PathBuf> = folders.iter().collect();
    let look = |folder: &PathBuf| Origin::of(Some(folder.clone()), asks_git(claims), true);
    let origins = folders.into_iter().map(look).collect::<Result<Vec<Origin>, _>>()?;
    let source = one(SOURCE, claims.source.as_ref(), &origins).ok();
    let revision = one(REVISION, claims.revision.as_ref(), &origins).ok();
    annotated(claims, source, revision, &origins)
}

/// Whether git knows anything that is not given.
fn asks_git(claims: &Claims) -> bool {
    claims.source.is_none() || claims.revision.is_none() || matches!(claims.created, Created::CommitOr(_))
}

fn annotated(
    claims: &Claims,
    source: Option<String>,
    revision: Option<String>,
    origins: &[Origin],
) -> Result<Provenance, ProvenanceError> {
    let dirty = origins.iter().any(Origin::is_dirty);
    // Of several commits the newest: nothing was made after it.
    let commits: Option<Vec<i64>> = origins.iter().map(|origin| Some(origin.head()?.time)).collect();
    let commit = commits.and_then(|commits| commits.into_iter().max()).filter(|_| !dirty);
    let seconds = match (claims.created, commit) {
        (Created::CommitOr(_), Some(commit)) => commit,
        (Created::At(seconds) | Created::CommitOr(seconds), _) => seconds,
    };
    let misleads = dirty && revision.is_some();
    let mut annotations = claims.annotations.clone();
    annotations.insert(annotation::CREATED.to_owned(), rfc3339(seconds)?);
    annotations.extend(source.map(|source| (annotation::SOURCE.to_owned(), without_user(&source))));
    annotations.extend(revision.map(|revision| (annotation::REVISION.to_owned(), revision)));
    let warnings = if misleads {
        vec!["the folder has changes that are not committed; the revision cannot name them".to_owned()]
    } else {
        Vec::new()
    };
    Ok(Provenance { annotations, warnings })
}

/// What git says of a folder.
struct Origin {
    /// The folder; `None` for standard input.
    folder: Option<PathBuf>,
    checkout: Option<Checkout>,
    /// There is no git to ask.
    no_git: bool,
}

impl Origin {
    /// Ask git, when that is wanted at all; where its answer is `needless`, its failure is none.
    fn of(folder: Option<PathBuf>, wanted: bool, needless: bool) -> Result<Self, ProvenanceError> {
        let asked = folder.as_deref().filter(|_| wanted).map_or(Ok(None), git::inspect);
        let (checkout, no_git) = match asked {
            Ok(checkout) => (checkout, false),
            Err(GitError::Absent) => (None, true),
            Err(_) if needless => (None, false),
            Err(error) => return Err(error.into()),
        };
        Ok(Self { folder, checkout, no_git })
    }

    fn head(&self) -> Option<&Head> {
        self.checkout.as_ref()?.head.as_ref()
    }

    fn is_dirty(&self) -> bool {
        self.checkout.as_ref().is_some_and(|checkout| checkout.dirty)
    }

    fn name(&self) -> String {
        self.folder.as_ref().map_or_else(|| "standard input".to_owned(), |folder| folder.display().to_string())
    }

    /// Why git has no answer; in a checkout it is `missing`.
    fn reason(&self, missing: &str) -> String {
        match (&self.folder, &self.checkout) {
            (None, _) => "content from standard input has no git checkout".to_owned(),
            (Some(_), None) if self.no_git => GitError::Absent.to_string(),
            (Some(folder), None) => format!("{} is in no git checkout", folder.display()),
            (Some(folder), Some(_)) => format!("the git checkout of {} has no {missing}", folder.display()),
        }
    }
}

/// Something that a flag says, or git.
#[derive(Clone, Copy)]
struct Question {
    flag: &'static str,
    /// What a checkout lacks that cannot answer it.
    missing: &'static str,
    answer: fn(&Origin) -> Option<String>,
}

const SOURCE: Question =
    Question { flag: "source", missing: "remote 'origin'", answer: |origin| origin.checkout.as_ref()?.origin.clone() };

const REVISION: Question =
    Question { flag: "revision", missing: "commit", answer: |origin| origin.head().map(Head::revision) };

/// What was `given`, else what git says of all origins alike.
fn one(question: Question, given: Option<&String>, origins: &[Origin]) -> Result<String, ProvenanceError> {
    if let Some(given) = given {
        return Ok(given.clone());
    }
    let Question { flag, missing, answer } = question;
    let mut found: Option<(&Origin, String)> = None;
    for origin in origins {
        let value = answer(origin).ok_or_else(|| ProvenanceError::Unknown { flag, reason: origin.reason(missing) })?;
        match &found {
            Some((first, known)) if *known != value => {
                let values = Box::new((without_user(known), without_user(&value)));
                return Err(ProvenanceError::Differ { flag, first: first.name(), second: origin.name(), values });
            }
            Some(_) => {}
            None => found = Some((origin, value)),
        }
    }
    let nothing = || ProvenanceError::Unknown { flag, reason: "there is no content".to_owned() };
    found.map(|(_, value)| value).ok_or_else(nothing)
}

/// The usual `$(git …)` outside of a checkout leaves an empty flag, or one with nothing after `@sha1:`.
fn not_empty(claims: &Claims) -> Result<(), ProvenanceError> {
    if claims.source.as_deref().is_some_and(|source| source.trim().is_empty()) {
        return Err(ProvenanceError::Empty { flag: "source", command: "'git config --get remote.origin.url'" });
    }
    match claims.revision.as_deref().map(str::trim) {
        Some(revision) if revision.is_empty() || revision.ends_with("sha1:") => Err(ProvenanceError::Empty {
            flag: "revision",
            command: "'git branch --show-current' or 'git rev-parse HEAD'",
        }),
        _ => Ok(()),
    }
}

/// `seconds` since 1970 as RFC 3339 in UTC.
fn rfc3339(seconds: i64) -> Result<String, ProvenanceError> {
    jiff::Timestamp::from_second(seconds).map(|time| time.to_string()).map_err(|_| ProvenanceError::Time(seconds))
}

/// A URL without user and password; anything that is no URL as it is.
fn without_user(source: &str) -> String {
    let Some((scheme, rest)) = source.split_once("://") else { return source.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(source: &str, revision: &str) -> Claims {
        Claims { source: Some(source.to_owned()), revision: Some(revision.to_owned()), ..Claims::default() }
    }

    #[test]
    fn what_is_given_is_written_and_secrets_are_left_out() {
        let made = of_folders(&claims("https://bob:secret@example.com/app.git", "main@sha1:abc"), &[None]).unwrap();
        assert_eq!(made.annotations[annotation::SOURCE], "https://example.com/app.git");
        assert_eq!(made.annotations[annotation::REVISION], "main@sha1:abc");
        assert_eq!(made.created(), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn a_source_without_a_scheme_is_kept() {
        assert_eq!(without_user("git@github.com:org/app.git"), "git@github.com:org/app.git");
        assert_eq!(without_user("https://host/a@b"), "https://host/a@b");
    }

    #[test]
    fn a_command_that_printed_nothing_is_named() {
        for (source, revision, part) in [
            ("", "main@sha1:abc", "git config --get remote.origin.url"),
            ("https://x", "", "git rev-parse HEAD"),
            ("https://x", "@sha1:", "git rev-parse HEAD"),
        ] {
            let message = of_folders(&claims(source, revision), &[None]).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn standard_input_needs_both_flags() {
        let error = of_folders(&Claims { source: Some("https://x".into()), ..Claims::default() }, &[None]).unwrap_err();
        assert_eq!(error.to_string(), "content from standard input has no git checkout, and --revision is not given");
        assert!(error.hint().unwrap().contains("--revision"));
    }

    #[test]
    fn annotations_may_hold_an_equals_sign_and_must_have_one() {
        assert_eq!(parse_annotations(["a=b=c"]).unwrap()["a"], "b=c");
        for wrong in ["a", "=b", "a b=c"] {
            assert!(matches!(parse_annotations([wrong]), Err(ProvenanceError::Malformed(_))), "{wrong}");
        }
        assert!(matches!(
            parse_annotations(["org.opencontainers.image.source=x"]),
            Err(ProvenanceError::Reserved { flag: "--source", .. })
        ));
    }
}
