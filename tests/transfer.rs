//! Blobs on bad lines: what breaks off goes on, what cannot go on is said, and nothing wrong is ever kept.

mod downloads;
mod pieces;
mod real;
mod uploads;

use serde_json::Value;

use crate::support::fault::FaultRegistry;
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, ORIGIN, Place, noise, push};

/// Every place at which a line breaks, in a content of a little more than 1 MiB.
fn every_64_kib() -> impl Iterator<Item = usize> {
    (0..=16).map(|step| step * (64 << 10))
}

/// A registry with a BoB of a little more than 1 MiB, and the path of its layer there.
struct Pushed {
    sandbox: Sandbox,
    registry: FaultRegistry,
    place: Place,
    layer: String,
}

impl Pushed {
    fn to(registry: FaultRegistry) -> Self {
        let sandbox = Sandbox::new();
        sandbox.write("bob/noise", noise(1 << 20));
        let place = story::fault(&registry);
        let printed = push(&sandbox, &place.tagged("1"), "bob", &["-o", "json"]).run().ok();
        let value: Value = serde_json::from_str(&printed).unwrap();
        let layer = format!("/blobs/{}", value["layer"]["digest"].as_str().unwrap());
        Self { sandbox, registry, place, layer }
    }

    /// `pull artifact` into `out`.
    fn pull(&self, more: &[&str]) -> crate::support::sandbox::Run {
        story::pull(&self.sandbox, &self.place.tagged("1"), "out", more).run()
    }

    /// It came back whole.
    #[track_caller]
    fn pulls(&self, more: &[&str]) {
        self.pull(&[&["--force"], more].concat()).ok();
        assert_eq!(self.sandbox.tree("out"), self.sandbox.tree("bob"));
    }

    /// The statuses that the requests for the layer were answered with.
    fn statuses(&self, method: &str) -> Vec<String> {
        let requests = self.registry.log().requests();
        let of_layer = requests.iter().filter(|line| line.starts_with(method) && line.contains(&self.layer));
        of_layer.filter_map(|line| line.rsplit_once(' ').map(|(_, status)| status.to_owned())).collect()
    }
}

/// Push a folder with `length` bytes that do not compress, pull it again, and say what was asked of `registry` meanwhile.
#[track_caller]
fn there_and_back(registry: &FaultRegistry, length: usize, more: &[&str]) -> Vec<String> {
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", noise(length));
    let place = story::fault(registry);
    let before = registry.log();
    let mut arguments = vec!["push", "artifact"];
    let reference = place.tagged("1");
    arguments.extend([reference.as_str(), "--path", "bob"]);
    arguments.extend(ORIGIN);
    arguments.extend(more);
    sandbox.bobctl(arguments).run().ok();
    let log = registry.log().since(&before).requests();
    registry.heal();
    story::pull(&sandbox, &reference, "out", more).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
    assert_eq!(registry.open_uploads(), 0, "{log:#?}");
    log
}

/// How many of `requests` start with `what` and end with `status`.
fn count(requests: &[String], what: &str, status: &str) -> usize {
    requests.iter().filter(|line| line.starts_with(what) && line.ends_with(status)).count()
}
