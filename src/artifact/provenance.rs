//! Where content comes from: the annotations of `artifact.md` section 5, from flags first and git second.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git::{self, GitError};
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
            Self::Unknown { .. } => Some("write --source=https://… and --revision=<branch>@sha1:<commit>".to_owned()),
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

/// Make the annotations for the content of `folder`; `None` when it came from standard input.
pub fn provenance(claims: &Claims, folder: Option<&Path>) -> Result<Provenance, ProvenanceError> {
    not_empty(claims)?;
    let all_given = claims.source.is_some() && claims.revision.is_some() && matches!(claims.created, Created::At(_));
    let mut no_git = false;
    let checkout = match folder {
        Some(folder) if !all_given => git::inspect(folder).or_else(|error| {
            no_git = matches!(error, GitError::Absent);
            let needless = no_git || (claims.source.is_some() && claims.revision.is_some());
            if needless { Ok(None) } else { Err(error) }
        })?,
        _ => None,
    };
    let head = checkout.as_ref().and_then(|checkout| checkout.head.as_ref());
    let reason = |missing: &str| match (folder, &checkout) {
        (None, _) => "content from standard input has no git checkout".to_owned(),
        (Some(_), None) if no_git => GitError::Absent.to_string(),
        (Some(folder), None) => format!("{} is in no git checkout", folder.display()),
        (Some(folder), Some(_)) => format!("the git checkout of {} has no {missing}", folder.display()),
    };
    let source = claims.source.clone().or_else(|| checkout.as_ref()?.origin.clone());
    let source =
        source.ok_or_else(|| ProvenanceError::Unknown { flag: "source", reason: reason("remote 'origin'") })?;
    let revision = claims.revision.clone().or_else(|| Some(head?.revision()));
    let revision = revision.ok_or_else(|| ProvenanceError::Unknown { flag: "revision", reason: reason("commit") })?;

    let dirty = checkout.as_ref().is_some_and(|checkout| checkout.dirty);
    let seconds = match (claims.created, head) {
        (Created::CommitOr(_), Some(head)) if !dirty => head.time,
        (Created::At(seconds) | Created::CommitOr(seconds), _) => seconds,
    };
    let mut annotations = claims.annotations.clone();
    annotations.insert(annotation::CREATED.to_owned(), rfc3339(seconds)?);
    annotations.insert(annotation::SOURCE.to_owned(), without_user(&source));
    annotations.insert(annotation::REVISION.to_owned(), revision);
    let warnings = if dirty {
        vec!["the folder has changes that are not committed; the revision cannot name them".to_owned()]
    } else {
        Vec::new()
    };
    Ok(Provenance { annotations, warnings })
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
        let made = provenance(&claims("https://bob:secret@example.com/app.git", "main@sha1:abc"), None).unwrap();
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
            let message = provenance(&claims(source, revision), None).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn standard_input_needs_both_flags() {
        let error = provenance(&Claims { source: Some("https://x".into()), ..Claims::default() }, None).unwrap_err();
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
