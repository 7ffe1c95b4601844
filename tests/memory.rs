//! Memory does not grow with content.

use crate::support::peers::peer;
use crate::support::real::{Olareg, OlaregOptions};
use crate::support::sandbox::Sandbox;
use crate::support::story::{self, ORIGIN};

/// What the program may use at the most, in KiB, whatever it moves.
const MOST: u64 = 64 << 10;
/// Clearly more than that, and nothing of it compresses.
const CONTENT: usize = 100 << 20;

#[test]
fn large_content_passes_through_little_memory() {
    let Some(time) = peer("time") else { return };
    let Some(olareg) = Olareg::start(OlaregOptions::default()) else { return };
    let sandbox = Sandbox::new();
    sandbox.write("bob/noise", story::noise(CONTENT));
    let layout = story::layout(&sandbox).tagged("1");
    let registry = format!("oci://{}/org/big:1", olareg.host());
    let peak = |words: &[&str]| {
        let timed = ["-o", "peak", "-f", "%M", env!("CARGO_BIN_EXE_bobctl")];
        let program = time.display().to_string();
        sandbox.program(&program, timed.iter().chain(words)).run().ok();
        let kib: u64 = sandbox.read("peak").trim().parse().unwrap();
        assert!(kib < MOST, "{words:?} took {kib} KiB");
    };
    for (reference, out) in [(&registry, "from-registry"), (&layout, "from-layout")] {
        let push: Vec<&str> = ["push", "artifact", reference, "--path", "bob"].into_iter().chain(ORIGIN).collect();
        peak(&push);
        peak(&["pull", "artifact", reference, "-o", out]);
        assert_eq!(sandbox.tree(out), sandbox.tree("bob"));
    }
    let (copied, sent) = (layout.replace("layout:1", "copied:1"), registry.replace("org/big", "org/copied"));
    peak(&["copy", "artifact", &registry, &copied]);
    peak(&["copy", "artifact", &layout, &sent]);
}
