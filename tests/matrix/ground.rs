//! What a case runs on: its own registries with their own content, and a folder of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bobctl::oci::Digest;
use serde_json::{Value, json};

use super::faults::Fault;
use super::verbs::Verb;
use super::what::What;
use crate::support::fault::{Auth, Builder, FaultRegistry, Feature, Log};
use crate::support::linked::Shelf;
use crate::support::real::{TlsFiles, tls_files};
use crate::support::sandbox::{Run, Sandbox};
use crate::support::story::{ORIGIN, digest, noise, push, webapp};

const USER: &str = "alice";
const PASSWORD: &str = "s3cr3t-of-alice";
/// What a content network's address is signed with.
pub const SIGNATURE: &str = "s1gnature-of-the-network";
/// What nobody may see, nor any other host get: a password, and what tokens begin with.
pub const SECRETS: [&str; 2] = [PASSWORD, "issued-token"];
const REPOSITORIES: [&str; 2] = ["org/bobs/webapp", "org/images/webapp"];

/// What all cases start from, made once by the program itself.
pub struct Stock {
    sandbox: Sandbox,
    with_api: FaultRegistry,
    without_api: FaultRegistry,
    /// Other hosts that have the content too, and ask nobody for credentials.
    pub storages: [FaultRegistry; 2],
    large: BTreeSet<String>,
    bob: String,
    /// What is linked to the image `1`.
    links: [String; 2],
    tls: TlsFiles,
}

impl Stock {
    pub fn new() -> Self {
        let sandbox = Sandbox::new();
        for (number, folder) in ["first", "second", "third", "fourth"].into_iter().enumerate() {
            webapp(&sandbox, folder);
            sandbox.write(format!("{folder}/number"), number.to_string());
        }
        sandbox.write("large/noise", noise(1 << 20));
        sandbox.write("vast/noise", [b"other", noise(1 << 20).as_slice()].concat());
        let (with_api, [bob, with]) = filled(&sandbox, FaultRegistry::builder());
        let (without_api, [_, without]) = filled(&sandbox, FaultRegistry::builder().without(Feature::Referrers));
        let storages = [&with_api, &without_api].map(|registry| {
            let storage = FaultRegistry::start();
            storage.stock(registry);
            storage
        });
        for tag in ["1", "large"] {
            let (from, to) = (with_api.reference("org/bobs/webapp"), sandbox.path("layout"));
            let to = format!("oci-layout://{}:{tag}", to.display());
            sandbox.bobctl(["copy", "artifact", &format!("{from}:{tag}"), &to]).run().ok();
        }
        let large = REPOSITORIES.iter().flat_map(|name| with_api.large_blobs(name)).collect();
        Self { sandbox, with_api, without_api, storages, large, bob, links: [with, without], tls: tls_files() }
    }
}

/// A registry with some `BoB`s, images, and what is linked to them; and the digests of the BoB `1` and of its link.
fn filled(sandbox: &Sandbox, builder: Builder) -> (FaultRegistry, [String; 2]) {
    let registry = builder.start();
    let (bobs, images) = (registry.reference("org/bobs/webapp"), registry.reference("org/images/webapp"));
    let pushed =
        |tag: &str, folder: &str| push(sandbox, &format!("{bobs}:{tag}"), folder, &["--reproducible"]).run().ok();
    let bob = digest(&pushed("1", "first"));
    pushed("2", "second");
    pushed("large", "large");
    let both = ["--path", "linux/arm64=second", "--reproducible"];
    push(sandbox, &format!("{bobs}:both"), "linux/amd64=first", &both).run().ok();
    let shelf = Shelf::of(&images);
    let links = ["1", "large"].map(|tag| {
        let image = shelf.image(Some(tag), "linux/amd64", tag);
        shelf.attach(&image, "application/vnd.example.sbom");
        digest(&sandbox.bobctl(["link", "artifact", &format!("{bobs}:{tag}"), &format!("{images}:{tag}")]).run().ok())
    });
    let [link, _] = links;
    (registry, [bob, link])
}

/// How often a fault struck.
#[derive(Clone, Default)]
pub struct Hits(Arc<AtomicUsize>);

impl Hits {
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One case's own.
pub struct Ground<'a> {
    pub stock: &'a Stock,
    pub sandbox: Sandbox,
    verb: &'a Verb,
    from: FaultRegistry,
    to: FaultRegistry,
    tls: bool,
}

impl<'a> Ground<'a> {
    /// With registries that want tokens, or a password, and that speak TLS or not.
    pub fn new(stock: &'a Stock, verb: &'a Verb, (bearer, tls): (bool, bool)) -> Self {
        let auth = || if bearer { Auth::bearer(USER, PASSWORD).into() } else { Auth::basic(USER, PASSWORD) };
        let builder = || {
            let builder = FaultRegistry::builder().auth(auth());
            let builder = if tls { builder.tls(&stock.tls.certificate, &stock.tls.key) } else { builder };
            let builder = if verb.kind.sessions { builder.without(Feature::SinglePost) } else { builder };
            if verb.kind.without_api { builder.without(Feature::Referrers) } else { builder }
        };
        let (sandbox, from, to) = (Sandbox::new(), builder().start(), builder().start());
        from.stock(if verb.kind.without_api { &stock.without_api } else { &stock.with_api });
        let login = json!({"auth": BASE64.encode(format!("{USER}:{PASSWORD}"))});
        let config = json!({"auths": {from.host(): login, to.host(): login}});
        sandbox.write("../home/.docker/config.json", config.to_string());
        std::fs::create_dir(sandbox.path("../temporary")).expect("a folder");
        Self { stock, sandbox, verb, from, to, tls }
    }

    /// A host that has the same content.
    pub fn storage(&self) -> &FaultRegistry {
        &self.stock.storages[usize::from(self.verb.kind.without_api)]
    }

    /// From now on `fault` strikes requests of this kind.
    pub fn strike(&self, fault: &Fault, what: What) -> Hits {
        let hits = Hits::default();
        for registry in [&self.from, &self.to] {
            let counted = hits.clone();
            let rule = what.rule(&self.stock.large).matching(move |_| {
                counted.0.fetch_add(1, Ordering::Relaxed);
                true
            });
            registry.fault((fault.rule)(rule, self));
        }
        hits
    }

    pub fn run(&self, idle: Option<&str>) -> Run {
        let stock = self.stock.sandbox.work();
        let line = self.verb.line.replace("{from}", &format!("oci://{}", self.from.host()));
        let line = line.replace("{to}", &format!("oci://{}", self.to.host()));
        let line = line.replace("{link}", &self.stock.links[usize::from(self.verb.kind.without_api)]);
        let line = line.replace("{host}", &self.from.host());
        let line = line.replace("{stock}", &stock.to_string_lossy()).replace("{digest}", &self.stock.bob);
        let mut words: Vec<&str> = line.split(' ').chain(["--debug", "-v", "--no-progress"]).collect();
        if line.starts_with("push") {
            words.extend(ORIGIN);
        }
        let authority = self.stock.tls.ca.to_string_lossy();
        if self.tls {
            words.extend(["--ca-file", &authority]);
        }
        words.extend(idle.iter().flat_map(|idle| ["--idle-timeout", idle]));
        self.sandbox
            .bobctl(words)
            .env("SOURCE_DATE_EPOCH", "0")
            .env("TMPDIR", self.sandbox.path("../temporary"))
            .stdin(PASSWORD)
            .run()
    }

    pub fn registries(&self) -> [(&'static str, &FaultRegistry); 2] {
        [("FROM", &self.from), ("TO", &self.to)]
    }

    /// The kinds of requests that were made.
    pub fn asked(&self) -> BTreeSet<What> {
        let logs = self.registries().map(|(_, registry)| registry.log());
        let records = logs.iter().flat_map(Log::records);
        records
            .filter(|record| record.status != Some(401))
            .filter_map(|record| What::of(&record.method, &record.target, record.received, &self.stock.large))
            .map(|what| if self.verb.kind.without_api { what.without_api() } else { what })
            .collect()
    }

    pub fn log(&self) -> String {
        self.registries().map(|(name, registry)| format!("{name}:\n{}", registry.log())).concat()
    }

    /// `text` with the registries' names in place of their addresses and, where digests depend on those, without digests.
    fn masked(&self, text: &str) -> String {
        let named = self
            .registries()
            .iter()
            .fold(text.to_owned(), |text, (name, registry)| text.replace(&registry.host(), name));
        if !self.verb.kind.names_registry {
            return named;
        }
        let digests = regex::Regex::new(r"sha256[:-][0-9a-f]{12,64}( [0-9]+)?").expect("a pattern");
        digests.replace_all(&named, "[DIGEST]").into_owned()
    }
}

/// What there is after a run.
pub struct Outcome {
    pub stdout: String,
    /// All content of both registries, a line each.
    pub listing: Vec<String>,
    /// What each tag names, but for tags that list referrers.
    pub tags: BTreeMap<String, Digest>,
    /// What is listed as linked to anything.
    pub referrers: BTreeSet<String>,
    pub open_uploads: usize,
    /// Where `copied` is.
    pub layout: PathBuf,
    /// Files of the working folder.
    pub files: String,
    /// Files of the folder for temporary ones.
    pub temporary: String,
    /// Files of the home.
    pub home: String,
}

impl Outcome {
    pub fn of(ground: &Ground<'_>, stdout: &str) -> Self {
        let mut outcome = Self {
            stdout: ground.masked(stdout),
            listing: Vec::new(),
            tags: BTreeMap::new(),
            referrers: BTreeSet::new(),
            open_uploads: 0,
            layout: ground.sandbox.path("copied"),
            files: ground.sandbox.tree("."),
            temporary: ground.sandbox.tree("../temporary"),
            home: ground.sandbox.tree("../home"),
        };
        for (name, registry) in ground.registries() {
            outcome.open_uploads += registry.open_uploads();
            outcome.listing.extend(registry.listing().lines().map(|line| ground.masked(&format!("{name} {line}"))));
            for repository in registry.repositories() {
                outcome.add(name, registry, &repository);
            }
        }
        outcome.listing.sort();
        outcome
    }

    fn add(&mut self, name: &str, registry: &FaultRegistry, repository: &str) {
        for tag in registry.tags(repository) {
            let named = registry.tag(repository, &tag).expect("a tag that was listed");
            if !tag.starts_with("sha256-") {
                self.tags.insert(format!("{name}/{repository}:{tag}"), named);
                continue;
            }
            let list = registry.manifest(repository, &tag).unwrap_or_default();
            let list: Value = serde_json::from_slice(&list).unwrap_or_default();
            let entries = list["manifests"].as_array().cloned().unwrap_or_default();
            self.referrers.extend(entries.iter().map(|entry| format!("{name}/{repository}:{tag} {}", entry["digest"])));
        }
        if registry.has_referrers() {
            let there = registry.referrers(repository).into_iter();
            self.referrers.extend(there.map(|digest| format!("{name}/{repository} {digest}")));
        }
    }
}
