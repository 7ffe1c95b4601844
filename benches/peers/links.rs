//! Links to one image, made at the same time: how many of them are lost, and how many of those without a word.
//!
//! In each round eight processes of a tool link eight different things to a fresh image, and then the lists are read. A
//! registry without the referrers API keeps one list under a tag, which the last writer wins.

use std::any::Any;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::support::linked::Shelf;
use super::support::peers::peer;
use super::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions};

/// Links to one image at the same time.
const WRITERS: usize = 8;
const ARTIFACT_TYPE: &str = "application/vnd.bob.artifact+yaml";

/// Where images are, and what is linked to them.
struct Place {
    name: &'static str,
    /// `HOST` of a registry; `None` for layouts.
    host: Option<String>,
    /// The flag that oras needs where the referrers API answers 405.
    oras: &'static [&'static str],
    _alive: Option<Box<dyn Any>>,
}

impl Place {
    /// A repository of the registry, or a layout below `scratch`.
    fn repository(&self, scratch: &Path, name: &str) -> String {
        match &self.host {
            Some(host) => format!("oci://{host}/bench/{name}"),
            None => format!("oci-layout://{}", scratch.join(name).display()),
        }
    }
}

/// A tool, and its words for linking the `writer`th thing to an image.
struct Tool {
    name: &'static str,
    program: PathBuf,
    link: fn(place: &Place, image: &str, bobs: &str, writer: usize) -> Vec<String>,
}

/// What came of all rounds of one tool at one place.
#[derive(Default, Clone, Copy)]
struct Tally {
    lost: usize,
    /// Processes that said that they failed.
    failed: usize,
}

/// Runs all rounds and prints the table.
pub(super) fn compare(rounds: usize) {
    let (Some(oras), Some(regctl)) = (peer("oras"), peer("regctl")) else {
        println!("links left out: oras or regctl is missing; `make tools` brings them");
        return;
    };
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the target folder is writable");
    let tools = [
        Tool { name: "bobctl", program: PathBuf::from(env!("CARGO_BIN_EXE_bobctl")), link: by_bobctl },
        Tool { name: "oras", program: oras, link: by_oras },
        Tool { name: "regctl", program: regctl, link: by_regctl },
    ];
    let bench = Bench { scratch: scratch.path(), rounds };
    let mut table = format!("\n{:<28}", format!("links lost of {}", rounds * WRITERS));
    for tool in &tools {
        let _ = write!(table, "{:>20}", tool.name);
    }
    for place in places() {
        bench.push_bobs(&place, &tools[0].program);
        let _ = write!(table, "\n{:<28}", place.name);
        for tool in &tools {
            let Tally { lost, failed } = bench.tally(&place, tool);
            let _ = write!(table, "{:>20}", format!("{lost} ({failed} said so)"));
        }
    }
    println!("{table}");
}

fn places() -> Vec<Place> {
    let registry = |name, host, oras, alive| Place { name, host: Some(host), oras, _alive: Some(alive) };
    let mut places = vec![Place { name: "layout", host: None, oras: &[], _alive: None }];
    for (name, referrers) in [("olareg", true), ("olareg without referrers", false)] {
        let oras: &[&str] = if referrers { &[] } else { &["--distribution-spec", "v1.1-referrers-tag"] };
        let started = Olareg::start(OlaregOptions { referrers, ..OlaregOptions::default() });
        places.extend(started.map(|started| registry(name, started.host(), oras, Box::new(started) as Box<dyn Any>)));
    }
    let started = DockerRegistry::start(DockerRegistryOptions::default());
    places.extend(started.map(|started| registry("docker-registry", started.host(), &[], Box::new(started))));
    places
}

struct Bench<'a> {
    scratch: &'a Path,
    rounds: usize,
}

impl Bench<'_> {
    fn command(&self, program: &Path, words: &[String]) -> Command {
        let mut command = Command::new(program);
        // Some of them keep their settings at home.
        command.args(words).current_dir(self.scratch).env("HOME", self.scratch);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// One BoB for each writer, and the same file for tools that attach files.
    fn push_bobs(&self, place: &Place, bobctl: &Path) {
        for writer in 0..WRITERS {
            let folder = self.scratch.join(format!("bob-{writer}"));
            fs::create_dir_all(&folder).expect("the scratch folder is writable");
            fs::write(folder.join("version"), writer.to_string()).expect("the scratch folder is writable");
            let reference = format!("{}:{writer}", place.repository(self.scratch, "bobs"));
            let words = format!(
                "push artifact {reference} --path bob-{writer} --source https://example.com/bench --revision main@sha1:2fd4e1c6 \
                 --reproducible"
            );
            let pushed = self.command(bobctl, &super::words(&words)).status().expect("bobctl runs");
            assert!(pushed.success(), "{words}");
        }
    }

    /// Every round with an image of its own.
    fn tally(&self, place: &Place, tool: &Tool) -> Tally {
        let mut tally = Tally::default();
        let bobs = place.repository(self.scratch, "bobs");
        for round in 0..self.rounds {
            let repository = place.repository(self.scratch, &format!("{}-{round}", tool.name));
            let listing = Shelf::of(&repository);
            let image = listing.image(Some("image"), "linux/amd64", &format!("{} {round}", tool.name));
            let link = |writer| (tool.link)(place, &format!("{repository}:image"), &bobs, writer);
            let writers = (0..WRITERS).map(|writer| self.command(&tool.program, &link(writer)).spawn());
            let writers: Vec<_> = writers.map(|child| child.expect("the tool runs")).collect();
            let ends = writers.into_iter().map(|mut child| child.wait().expect("a child to wait for"));
            tally.failed += ends.filter(|status| !status.success()).count();
            tally.lost += WRITERS.saturating_sub(listing.referrers(&image.digest).len());
        }
        tally
    }
}

fn by_bobctl(_: &Place, image: &str, bobs: &str, writer: usize) -> Vec<String> {
    super::words(&format!("link artifact {bobs}:{writer} {image}"))
}

fn by_oras(place: &Place, image: &str, _: &str, writer: usize) -> Vec<String> {
    let flag = if place.host.is_some() { "--plain-http" } else { "--oci-layout" };
    let (oras, image) = (place.oras.join(" "), plain(image));
    super::words(&format!("attach {flag} {oras} --artifact-type {ARTIFACT_TYPE} {image} bob-{writer}/version"))
}

fn by_regctl(place: &Place, image: &str, _: &str, writer: usize) -> Vec<String> {
    let (host, image) = match &place.host {
        Some(host) => (host.as_str(), plain(image).to_owned()),
        None => ("localhost", format!("ocidir://{}", plain(image))),
    };
    super::words(&format!(
        "--host=reg={host},tls=disabled artifact put --artifact-type {ARTIFACT_TYPE} --subject {image} \
         --file bob-{writer}/version --file-title"
    ))
}

/// A reference without its scheme.
fn plain(reference: &str) -> &str {
    reference.split_once("://").map_or(reference, |(_, plain)| plain)
}
