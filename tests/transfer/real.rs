//! Real registries behind a line that breaks.

use std::any::Any;

use crate::support::cutter::{Cutter, Way};
use crate::support::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions};
use crate::support::sandbox::Sandbox;
use crate::support::story::{noise, pull, push};

/// Where the line breaks, in the middle of the content.
const BREAK: usize = 700_000;

#[track_caller]
fn registries() -> Vec<(String, Box<dyn Any>)> {
    let olareg = Olareg::start(OlaregOptions::default()).map(|it| (it.host(), Box::new(it) as Box<dyn Any>));
    let docker =
        DockerRegistry::start(DockerRegistryOptions::default()).map(|it| (it.host(), Box::new(it) as Box<dyn Any>));
    [olareg, docker].into_iter().flatten().collect()
}

#[test]
fn real_registries_go_on_with_a_download_that_broke() {
    for (host, _alive) in registries() {
        let sandbox = Sandbox::new();
        sandbox.write("bob/noise", noise(1 << 20));
        push(&sandbox, &format!("oci://{host}/org/app:1"), "bob", &[]).run().ok();
        let line = Cutter::start(&host, Way::Down, BREAK);
        pull(&sandbox, &format!("oci://{}/org/app:1", line.host()), "out", &[]).run().ok();
        assert_eq!((sandbox.tree("out"), line.cuts()), (sandbox.tree("bob"), 1));
    }
}

#[test]
fn real_registries_get_an_upload_that_broke_again() {
    // The second is sent while it is made.
    for length in [1 << 20, 6 << 20] {
        for (host, _alive) in registries() {
            let sandbox = Sandbox::new();
            sandbox.write("bob/noise", noise(length));
            let line = Cutter::start(&host, Way::Up, BREAK);
            push(&sandbox, &format!("oci://{}/org/app:1", line.host()), "bob", &[]).run().ok();
            assert_eq!(line.cuts(), 1);
            pull(&sandbox, &format!("oci://{host}/org/app:1"), "out", &[]).run().ok();
            assert_eq!(sandbox.tree("out"), sandbox.tree("bob"));
        }
    }
}
