//! Registries of the kinds that people use, each with all that it does its own way (`registry-client.md` 6).
//!
//! One function a row of that table. Its comment names the requirements that the row is about; what can be shown by one
//! request at a time is a rule here, the rest is in the stories of `tests/quirks`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::message::Route;
use super::{ANY, Account, Auth, Builder, FaultRegistry, Feature, GET, HEAD, PATCH, POST, PUT, Request, on};

pub const USER: &str = "bob";
pub const PASSWORD: &str = "s3cret-Passw0rd";
/// What stands for the account where that is no password.
pub const REFRESH_TOKEN: &str = "s3cret-refresh-t0ken";
/// The user name that goes with it.
const NO_USER: &str = "00000000-0000-0000-0000-000000000000";
/// Where the stories keep their things.
pub const REPOSITORIES: [&str; 4] = ["org/bobs/webapp", "org/images/webapp", "org/back/webapp", "org/back/images"];

/// A registry of some kind.
pub struct Kind {
    pub name: &'static str,
    pub registry: FaultRegistry,
    /// Where the list of referrers is: `api` or `tag`; `None` where there can be none.
    pub listed: Option<&'static str>,
    /// A tag names what it named first.
    pub immutable: bool,
    /// Tags can be deleted.
    pub untags: bool,
    /// Manifests can be deleted.
    pub deletes: bool,
    login: Value,
    /// Sites that it sends people to.
    pub sites: Vec<FaultRegistry>,
}

impl Kind {
    fn new(name: &'static str, builder: Builder) -> Self {
        let registry = builder.start();
        let login = json!({"auth": BASE64.encode(format!("{USER}:{PASSWORD}"))});
        Self {
            name,
            registry,
            listed: Some("api"),
            immutable: false,
            untags: true,
            deletes: true,
            login,
            sites: Vec::new(),
        }
    }

    fn listed(mut self, by: impl Into<Option<&'static str>>) -> Self {
        self.listed = by.into();
        self
    }

    fn immutable(mut self) -> Self {
        self.immutable = true;
        self
    }

    fn keeps_tags(mut self) -> Self {
        self.untags = false;
        self
    }

    /// `~/.docker/config.json` of who may do everything there.
    pub fn docker_config(&self) -> String {
        json!({"auths": BTreeMap::from([(self.registry.host(), &self.login)])}).to_string()
    }
}

fn builder() -> Builder {
    FaultRegistry::builder()
}

fn account() -> Account {
    Auth::bearer(USER, PASSWORD)
}

fn basic() -> Auth {
    Auth::basic(USER, PASSWORD)
}

fn has(request: &Request, header: hyper::header::HeaderName, part: &str) -> bool {
    request.header(header).is_some_and(|value| value.contains(part))
}

/// HTTP-33 (the body of a single POST is ignored), HTTP-36 (a piece out of order ends the session), HTTP-56 (400 for a
/// blob that it does not know), HTTP-62 (all tags at once, unsorted), HTTP-72 (no referrers), HTTP-90 (deleting is off).
pub fn distribution_2_8() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers).without(Feature::Deletes);
    let builder = builder.with(Feature::WholeTagLists).with(Feature::BareRefusals).with(Feature::StrictAccept);
    let kind = Kind::new("distribution 2.8", builder.auth(basic())).listed("tag").keeps_tags();
    let kind = Kind { deletes: false, ..kind };
    // A manifest of more than 4 MiB, and one whose blob is unknown.
    kind.registry.fault(on(PUT).manifest().restate(413, 400));
    kind.registry.fault(on(PUT).manifest().restate(404, 400));
    kind
}

/// HTTP-32 (the port is lost in `Location`; plain HTTP behind TLS has a story of its own), HTTP-36 (416 without
/// `Location`), HTTP-60 (early ones refuse a large `n`).
pub fn distribution_3() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers).with(Feature::BareRefusals);
    let builder = builder.with(Feature::AbsoluteLocations).with(Feature::LostPorts).page_size(1);
    let kind = Kind::new("distribution 3.x", builder.auth(basic())).listed("tag");
    kind.registry.fault(on(GET).tags().path("n=1000").error(400, "PAGINATION_NUMBER_INVALID"));
    kind
}

/// AUTH-7 (of two scopes the first alone), HTTP-37 (so a mount is refused), NET-12 (figures of the limit), HTTP-13 (HEAD is
/// free). REF-5, its names, is tested where references are read.
pub fn docker_hub() -> Kind {
    let account = account().anonymous_pull().token_service_elsewhere().first_scope_only();
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers).page_size(100);
    let kind = Kind::new("Docker Hub", builder.auth(account)).listed("tag");
    for (name, value) in [("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "99;w=21600")] {
        kind.registry.fault(on(ANY).manifest().header(name, value));
    }
    kind
}

/// HTTP-35 (416 for a `PATCH` of more than 4 MiB), HTTP-61 (tags in pages), HTTP-72 (303 to a web site instead of
/// referrers), HTTP-75 (no `OCI-Subject`).
pub fn ghcr() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers).page_size(1);
    let mut kind = Kind::new("GHCR", builder.auth(account().anonymous_pull())).listed("tag");
    let large = |request: &Request| request.content_length().is_none_or(|length| length > 4 << 20);
    kind.registry.fault(on(PATCH).upload().matching(large).error(416, "RANGE_INVALID"));
    let site = FaultRegistry::start();
    kind.registry.fault(on(GET).referrers().see_other(&site.url()));
    kind.sites.push(site);
    kind
}

/// AUTH-4 (tokens are given elsewhere), HTTP-73 (`sha256-<hex>` is the image itself, so there is no list), strict subjects.
/// HTTP-58, its list of config types, has a story of its own.
pub fn gitlab() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers);
    let builder = builder.with(Feature::DigestTags).with(Feature::StrictSubjects).with(Feature::AbsoluteLocations);
    Kind::new("GitLab", builder.auth(account().token_service_elsewhere())).listed(None)
}

/// HTTP-35 (pieces of 5 MiB at least), HTTP-50 (no parameters of a media type), HTTP-51 (no `Location`), HTTP-54 and
/// HTTP-55 (an immutable tag, even for the same bytes), HTTP-75 (`OCI-Subject` and no list).
pub fn ecr() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers).with(Feature::EmptyPromise);
    let builder = builder.with(Feature::KnownRepositories).immutable(400, "TAG_INVALID").least_piece(5 << 20);
    let kind = Kind::new("ECR", builder.auth(basic())).listed("tag").immutable();
    let strange = |request: &Request| has(request, CONTENT_TYPE, ";");
    kind.registry.fault(on(PUT).manifest().matching(strange).error(400, "UNSUPPORTED"));
    kind.registry.fault(on(PUT).manifest().without_header("location"));
    for repository in REPOSITORIES {
        kind.registry.create(repository);
    }
    kind
}

/// AUTH-5: a refresh token is all that there is of the account, and goes by `POST`.
pub fn acr() -> Kind {
    let auth = account().identity_token(REFRESH_TOKEN);
    let mut kind = Kind::new("ACR", builder().auth(auth));
    kind.registry.fault(on(GET).token().error(401, "UNAUTHORIZED"));
    kind.login = json!({"auth": BASE64.encode(format!("{NO_USER}:")), "identitytoken": REFRESH_TOKEN});
    kind
}

/// HTTP-2 (a challenge only at `/v2/`), HTTP-3 (relative redirects), HTTP-18 and HTTP-72 (a sign-in page with 200 instead
/// of referrers), HTTP-35 (no pieces), NET-15 (errors in HTML).
pub fn gar() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers);
    let kind = Kind::new("GAR", builder.auth(account())).listed("tag");
    let elsewhere = |request: &Request| request.route != Route::Ping;
    kind.registry.fault(on(ANY).matching(elsewhere).refused().without_header("www-authenticate"));
    kind.registry.fault(on(GET).referrers().html());
    kind.registry.fault(on(GET).blob().matching(|request| request.query.is_empty()).redirect("?served=true"));
    kind.registry.fault(on(PATCH).upload().answer(405));
    kind
}

/// HTTP-36 (`Range: bytes=0-N`), HTTP-54 and HTTP-55 (409), HTTP-72 (400 for an unknown subject), HTTP-75
/// (referrers without `OCI-Subject`).
pub fn quay() -> Kind {
    let builder = builder().with(Feature::SilentSubject).with(Feature::KnownSubjects).with(Feature::RangeUnits);
    let builder = builder.page_size(100).immutable(409, "TAG_IMMUTABLE");
    Kind::new("Quay", builder.auth(account().anonymous_pull())).immutable()
}

/// AUTH-11 (a token that is too narrow is answered with Basic), HTTP-37 (401 for a mount from a project that is not
/// there), HTTP-54 and HTTP-55 (412), HTTP-79 and HTTP-90 (a tag cannot be deleted).
pub fn harbor() -> Kind {
    let builder = builder().without(Feature::SinglePost).with(Feature::KeepsTags).page_size(100);
    let kind = Kind::new("Harbor", builder.immutable(412, "PRECONDITION").auth(account())).immutable().keeps_tags();
    let narrow = |request: &Request| has(request, AUTHORIZATION, "Bearer");
    kind.registry.fault(on(ANY).matching(narrow).refused().header("www-authenticate", "Basic realm=\"harbor\""));
    kind.registry.fault(on(POST).upload().path("from=").error(401, "UNAUTHORIZED"));
    kind
}

/// HTTP-11 (406 for an `Accept` of manifests elsewhere), HTTP-34 (a `PUT` with a body is unknown), 3.2 (403 for what is not
/// there).
pub fn artifactory() -> Kind {
    let kind = Kind::new("Artifactory", builder().without(Feature::SinglePost).auth(basic()));
    let odd = |request: &Request| {
        has(request, ACCEPT, "manifest") && matches!(request.route, Route::Blob { .. } | Route::Tags { .. })
    };
    kind.registry.fault(on(ANY).matching(odd).answer(406));
    kind.registry.fault(on(PUT).upload().matching(|request| request.content_length() != Some(0)).answer(404));
    for method in [HEAD, GET] {
        kind.registry.fault(on(method).manifest().restate(404, 403));
    }
    kind.registry.fault(on(HEAD).blob().restate(404, 403));
    kind
}

/// HTTP-72 (OCI 1.0: no referrers), and a 400 without a word at the first push. AUTH-3, the realm `null://`, has a story of
/// its own.
pub fn nexus() -> Kind {
    let builder = builder().without(Feature::SinglePost).without(Feature::Referrers);
    let kind = Kind::new("Nexus", builder.auth(account())).listed("tag");
    kind.registry.fault(on(PUT).upload().nth(1).answer(400));
    kind.registry.fault(on(PUT).manifest().nth(1).answer(400));
    kind
}

/// AUTH-1 (`basic` in lower case, without quotes), HTTP-33 (a blob in one POST), and a `/v2/` that is open while the
/// repositories are not. HTTP-53, many tags in one request, is not for now.
pub fn zot() -> Kind {
    let kind = Kind::new("zot", builder().auth(basic()));
    kind.registry.fault(on(GET).matching(|request| request.route == Route::Ping).refused().answer(200));
    kind.registry.fault(on(ANY).refused().header("www-authenticate", "basic realm=zot"));
    let docker = |request: &Request| has(request, CONTENT_TYPE, "docker");
    kind.registry.fault(on(PUT).manifest().matching(docker).error(415, "MANIFEST_INVALID"));
    kind
}

/// AUTH-1 and AUTH-2 (two challenges, Bearer without service and scope), HTTP-23 (no `Range`), HTTP-31 (relative
/// `Location`), HTTP-35 (`Content-Range` after the first piece), HTTP-72 (no referrers), NET-15 (errors without a body).
pub fn gitea() -> Kind {
    let builder = builder().without(Feature::Referrers).without(Feature::Ranges).with(Feature::RangedPieces);
    let kind = Kind::new("Gitea", builder.auth(account())).listed("tag");
    let realm = format!("Bearer realm=\"{}/token\"", kind.registry.url());
    let bare = on(ANY).refused().header("www-authenticate", &realm).add_header("www-authenticate", "Basic").body("");
    kind.registry.fault(bare);
    kind
}

/// HTTP-13 and HTTP-41 (HEAD without `Content-Length`), HTTP-32 (`Location` without the port), HTTP-35 (413 for a large
/// body), NET-6 (504 on a long PUT).
pub fn proxy() -> Kind {
    let builder = builder().with(Feature::AbsoluteLocations).with(Feature::LostPorts).max_body(3 << 20);
    let kind = Kind::new("a proxy", builder.auth(basic()));
    kind.registry.fault(on(HEAD).without_length());
    kind.registry.fault(on(PUT).upload().nth(1).answer(504));
    kind
}
