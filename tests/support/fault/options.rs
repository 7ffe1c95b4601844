//! What kind of registry the test wants.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::tls::Tls;
use super::{Auth, FaultRegistry};

/// Something that registries do or do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Take a blob in one `POST ?digest=`; without it the body is ignored and the answer is 202. On by default.
    SinglePost,
    /// Mount a blob from another repository; without it the answer is 202. On by default.
    Mounts,
    /// Serve the referrers API, and send `OCI-Subject` unless told otherwise. On by default.
    Referrers,
    /// Send no `OCI-Subject`, whatever is done with the subject.
    SilentSubject,
    /// Send `OCI-Subject` without the referrers API.
    EmptyPromise,
    /// Answer 400 when referrers of a manifest that is not there are asked for.
    KnownSubjects,
    /// Take a tag `sha256-<hex>` for the digest of a manifest that is there.
    DigestTags,
    /// Give no `ETag`.
    NoEtags,
    /// Allow `DELETE` of manifests, tags and blobs. On by default.
    Deletes,
    /// Answer `Range` on blobs; without it the header is ignored. On by default.
    Ranges,
    /// Answer 404 when the `Accept` of a manifest request does not list the manifest's media type.
    StrictAccept,
    /// Answer 409 when a tag that exists is written again.
    ImmutableTags,
    /// Obey `If-Match` and `If-None-Match` when a manifest is written.
    ConditionalWrites,
    /// Give no `Location` with the 416 of a piece that is out of order.
    BareRefusals,
    /// Put scheme and host into `Location` and `Link`.
    AbsoluteLocations,
    /// With [`Feature::AbsoluteLocations`]: leave the port out, as behind a proxy that does not pass it on.
    LostPorts,
    /// Answer 404 when a subject is not there.
    StrictSubjects,
    /// Answer 404 when something is pushed to a repository that nobody made.
    KnownRepositories,
    /// Give all tags at once and unsorted, whatever `n` says, and `null` when there are none.
    WholeTagLists,
    /// Answer 400 when a tag is to be deleted; digests can be.
    KeepsTags,
    /// Say `Range: bytes=0-N` of an upload.
    RangeUnits,
    /// Answer 416 to a piece without `Content-Range`, the first apart.
    RangedPieces,
}

/// A registry to be started.
#[derive(Debug, Clone)]
pub struct Builder {
    pub(super) auth: Auth,
    pub(super) features: BTreeSet<Feature>,
    pub(super) latency: Duration,
    pub(super) page_size: Option<usize>,
    pub(super) max_body: Option<usize>,
    pub(super) least_piece: Option<usize>,
    pub(super) tls: Option<Tls>,
    pub(super) immutable: Option<(u16, &'static str)>,
}

impl Default for Builder {
    fn default() -> Self {
        let features = [Feature::SinglePost, Feature::Mounts, Feature::Referrers, Feature::Deletes, Feature::Ranges];
        Self {
            auth: Auth::None,
            features: features.into(),
            latency: Duration::ZERO,
            page_size: None,
            max_body: None,
            least_piece: None,
            tls: None,
            immutable: None,
        }
    }
}

impl Builder {
    pub fn auth(mut self, auth: impl Into<Auth>) -> Self {
        self.auth = auth.into();
        self
    }

    pub fn with(mut self, feature: Feature) -> Self {
        self.features.insert(feature);
        self
    }

    pub fn without(mut self, feature: Feature) -> Self {
        self.features.remove(&feature);
        self
    }

    /// Every answer waits this long, so that requests which a client sends together overlap in the log.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// No page of tags or referrers has more entries than this.
    pub fn page_size(mut self, entries: usize) -> Self {
        self.page_size = Some(entries);
        self
    }

    /// A request of an upload that carries more bytes is answered with 413 and an HTML page, as by a proxy.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// `OCI-Chunk-Min-Length`.
    pub fn least_piece(mut self, bytes: usize) -> Self {
        self.least_piece = Some(bytes);
        self
    }

    /// Speak TLS with the certificate and the key of these PEM files.
    pub fn tls(mut self, certificate: &Path, key: &Path) -> Self {
        self.tls = Some(Tls::of(certificate, key));
        self
    }

    /// A tag that exists is not written again, not even with the same bytes: such a request is answered like this. Lists
    /// of referrers are excepted; with [`Feature::ImmutableTags`] nothing is.
    pub fn immutable(mut self, status: u16, code: &'static str) -> Self {
        self.immutable = Some((status, code));
        self
    }

    pub fn start(self) -> FaultRegistry {
        FaultRegistry::run(self)
    }

    pub(super) fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
}
