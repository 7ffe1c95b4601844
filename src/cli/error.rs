//! One error at the edge: a kind, which alone decides the exit code, hints, and the source. All conversions are here.

use std::io;
use std::process::ExitCode;

use crate::artifact::file::FileError;
use crate::artifact::pack::PackError;
use crate::artifact::place::PlaceError;
use crate::artifact::provenance::ProvenanceError;
use crate::artifact::summary::SummaryError;
use crate::artifact::unpack::UnpackError;
use crate::credentials::SaveError;
use crate::oci::range::RangeError;
use crate::oci::reference::ReferenceError;
use crate::ops::OpError;
use crate::ops::copy::CopyError;
use crate::ops::link::LinkError;
use crate::ops::secret::SecretInputError;
#[cfg(feature = "cluster")]
use crate::ops::secret::apply::ApplyError;
use crate::output::{ErrorReport, RegistryAnswer};
use crate::store::{Answer, StoreError};

/// What kind of failure it is; `cli.md` documents the exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any other failure.
    Failure,
    /// Flags, references or files given that make no sense.
    Usage,
    /// No such repository, tag, digest or platform.
    NotFound,
    /// Not logged in, or not allowed.
    Denied,
    /// The registry is unreachable or failing.
    Unavailable,
    /// A digest, a size, a hostile or broken archive.
    Integrity,
    /// Something differs, or a precondition does not hold.
    Differs,
    /// Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The documented exit code.
    pub(super) fn exit_code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Denied => 4,
            Self::Unavailable => 5,
            Self::Integrity => 6,
            Self::Differs => 7,
            Self::Interrupted => 130,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Usage => "usage",
            Self::NotFound => "not-found",
            Self::Denied => "denied",
            Self::Unavailable => "unavailable",
            Self::Integrity => "integrity",
            Self::Differs => "differs",
            Self::Interrupted => "interrupted",
        }
    }
}

/// An error as the user meets it.
#[derive(Debug)]
pub(super) struct CliError {
    kind: Kind,
    hint: Option<String>,
    answer: Option<Answer>,
    source: anyhow::Error,
    closed_stdout: bool,
}

impl CliError {
    /// An error of a kind.
    pub(super) fn new(kind: Kind, source: impl Into<anyhow::Error>) -> Self {
        Self { kind, hint: None, answer: None, source: source.into(), closed_stdout: false }
    }

    /// Something was typed that makes no sense.
    pub(super) fn usage(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Usage, source)
    }

    /// Any other failure.
    pub(super) fn failure(source: impl Into<anyhow::Error>) -> Self {
        Self::new(Kind::Failure, source)
    }

    /// With what to do about it.
    #[must_use]
    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With `more` behind its hint, if it has one that is `fit` for it.
    #[must_use]
    pub(super) fn with_more(mut self, fit: impl FnOnce(&str) -> bool, more: &str) -> Self {
        self.hint = self.hint.map(|hint| if fit(&hint) { format!("{hint}{more}") } else { hint });
        self
    }

    /// What kind it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether nobody reads stdout any more.
    pub(super) fn is_closed_stdout(&self) -> bool {
        self.closed_stdout
    }

    /// The error as it is shown.
    pub(super) fn report(&self) -> ErrorReport {
        let message = self.source.to_string();
        let mut causes: Vec<String> = Vec::new();
        for cause in self.source.chain().skip(1).map(ToString::to_string) {
            // A transparent wrapper repeats what it wraps.
            let last = causes.last().unwrap_or(&message);
            if cause != *last {
                causes.push(cause);
            }
        }
        ErrorReport {
            kind: self.kind.name(),
            message,
            causes,
            hint: self.hint.clone(),
            registry: self
                .answer
                .as_ref()
                .map(|answer| RegistryAnswer { status: answer.status, code: answer.code.clone() }),
            retryable: self.kind == Kind::Unavailable,
        }
    }
}

/// Writing the result to stdout failed.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let closed_stdout = error.kind() == io::ErrorKind::BrokenPipe;
        let source = anyhow::Error::new(error).context("cannot write the result to standard output");
        Self { closed_stdout, ..Self::failure(source) }
    }
}

impl From<ReferenceError> for CliError {
    fn from(error: ReferenceError) -> Self {
        let hint = error.hint().map(ToOwned::to_owned);
        Self { hint, ..Self::usage(error) }
    }
}

impl From<RangeError> for CliError {
    fn from(error: RangeError) -> Self {
        Self::usage(error)
    }
}

impl From<ProvenanceError> for CliError {
    fn from(error: ProvenanceError) -> Self {
        OpError::from(error).into()
    }
}

impl From<SecretInputError> for CliError {
    fn from(error: SecretInputError) -> Self {
        let kind = match error {
            SecretInputError::Unreadable { .. } => Kind::Failure,
            _ => Kind::Usage,
        };
        let hint = error.hint();
        Self { hint, ..Self::new(kind, error) }
    }
}

impl From<SaveError> for CliError {
    fn from(error: SaveError) -> Self {
        let hint = error.hint();
        Self { hint, ..Self::failure(error) }
    }
}

impl From<OpError> for CliError {
    fn from(error: OpError) -> Self {
        let kind = kind(&error);
        let answer = match &error {
            OpError::Store(error) => error.fault().answer().cloned(),
            OpError::NotDeleted { source, .. } => source.fault().answer().cloned(),
            OpError::Link(error) => error.store().and_then(|error| error.fault().answer().cloned()),
            OpError::Copy(error) => error.store().and_then(|error| error.fault().answer().cloned()),
            _ => None,
        };
        let hint = error.hint();
        Self { hint, answer, ..Self::new(kind, error) }
    }
}

fn kind(error: &OpError) -> Kind {
    match error {
        OpError::Store(error) => store_kind(error),
        OpError::Unpack(error) => unpack_kind(error),
        OpError::Place(error) => place_kind(error),
        OpError::For { source, .. } => kind(source),
        OpError::Link(error) => link_kind(error),
        OpError::Copy(error) => copy_kind(error),
        #[cfg(feature = "cluster")]
        OpError::Cluster(error) => cluster_kind(error),
        OpError::Pack(error) | OpError::Content(SummaryError::Read(error)) | OpError::File(FileError::Read(error)) => {
            pack_kind(error)
        }
        OpError::Provenance(ProvenanceError::Git(_))
        | OpError::Local(_)
        | OpError::Write { .. }
        | OpError::Manifest(_)
        | OpError::NotDeleted { .. }
        | OpError::NotArtifact { .. }
        | OpError::Config(_) => Kind::Failure,
        OpError::Provenance(_)
        | OpError::Content(_)
        | OpError::File(_)
        | OpError::PacksItself(_)
        | OpError::NoFile { .. } => Kind::Usage,
        OpError::Exists { .. } | OpError::NoMatch { .. } | OpError::OtherDigest { .. } => Kind::Differs,
        OpError::NoVersion { .. } | OpError::NoPlatform { .. } | OpError::NoBob { .. } => Kind::NotFound,
        OpError::Promise { .. } | OpError::OtherSubject { .. } => Kind::Integrity,
    }
}

fn store_kind(error: &StoreError) -> Kind {
    match error {
        StoreError::NotFound(_) => Kind::NotFound,
        StoreError::Denied(_) => Kind::Denied,
        StoreError::Unavailable(_) => Kind::Unavailable,
        StoreError::Integrity(_) => Kind::Integrity,
        StoreError::Conflict(_) => Kind::Differs,
        // Refused without asking anybody: what was named is no store, or no content for one.
        StoreError::Refused(fault) if fault.answer().is_none() => Kind::Usage,
        StoreError::Unreadable(_) | StoreError::Refused(_) | StoreError::Local(_) => Kind::Failure,
    }
}

fn link_kind(error: &LinkError) -> Kind {
    match error {
        LinkError::Side { source, .. } => store_kind(source),
        LinkError::Blob { .. }
        | LinkError::Same(_)
        | LinkError::Overwrites { .. }
        | LinkError::IsImage(_)
        | LinkError::NoIndex(_) => Kind::Usage,
        // The last is a list that is too long, for one: another try does not help.
        LinkError::Linked(_) | LinkError::Unlisted { source: Some(StoreError::Refused(_)), .. } => Kind::Failure,
        LinkError::NoNames(_) | LinkError::NoPlatform { .. } => Kind::NotFound,
        LinkError::Unlisted { source: Some(StoreError::Denied(_)), .. } => Kind::Denied,
        LinkError::Mismatch { .. } | LinkError::Unlisted { source: Some(StoreError::Conflict(_)), .. } => Kind::Differs,
        LinkError::Unlisted { .. } => Kind::Unavailable,
    }
}

fn copy_kind(error: &CopyError) -> Kind {
    match error {
        CopyError::Bound(_) | CopyError::Schema1(_) => Kind::Failure,
        CopyError::Sparse { source, .. }
        | CopyError::Type { source, .. }
        | CopyError::Unlisted { source: Some(source), .. } => store_kind(source),
        CopyError::Unlisted { source: None, .. } => Kind::Unavailable,
        CopyError::Signatures { .. } => Kind::Differs,
    }
}

#[cfg(feature = "cluster")]
fn cluster_kind(error: &ApplyError) -> Kind {
    match error {
        ApplyError::NoKubeconfig(_) | ApplyError::Kubeconfig(_) => Kind::Usage,
        ApplyError::Refused(_) => Kind::Failure,
        ApplyError::NoNamespace(_) => Kind::NotFound,
        ApplyError::Plugin { .. } | ApplyError::Denied(_) => Kind::Denied,
        ApplyError::Untrusted { .. } | ApplyError::Unavailable { .. } => Kind::Unavailable,
        ApplyError::WrongType { .. }
        | ApplyError::Immutable { .. }
        | ApplyError::Deleted { .. }
        | ApplyError::Conflict { .. }
        | ApplyError::Raced(_) => Kind::Differs,
    }
}

fn pack_kind(error: &PackError) -> Kind {
    match error {
        PackError::Missing(_) | PackError::Empty(_) | PackError::Refused(_) => Kind::Usage,
        PackError::Unreadable { .. } | PackError::Changed(_) | PackError::Output(_) => Kind::Failure,
    }
}

fn unpack_kind(error: &UnpackError) -> Kind {
    match error {
        UnpackError::Hostile { .. } | UnpackError::Broken { .. } | UnpackError::Limit { .. } => Kind::Integrity,
        UnpackError::Read(_) | UnpackError::Disk { .. } => Kind::Failure,
    }
}

fn place_kind(error: &PlaceError) -> Kind {
    match error {
        PlaceError::NotEmpty { .. } => Kind::Differs,
        PlaceError::Refused { .. } => Kind::Usage,
        PlaceError::Io { .. } => Kind::Failure,
    }
}
