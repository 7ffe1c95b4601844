//! Many links to one image at the same time: nobody's is lost.

use std::collections::BTreeSet;

use serde_json::Value;

use super::link;
use crate::support::linked::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::story::{Place, digest, every_place, push, webapp};

/// How many processes link at the same time.
const WRITERS: usize = 8;

/// In each of `rounds`, [`WRITERS`] processes link a BoB each to an image that nothing is linked to yet. Answers what was
/// linked and is not listed afterwards, one line each.
pub fn rounds(sandbox: &Sandbox, place: &Place, rounds: usize) -> Vec<String> {
    let images = place.images();
    let shelf = Shelf::of(&images);
    for writer in 0..WRITERS {
        let folder = format!("{}-{writer}", place.name);
        webapp(sandbox, &folder);
        sandbox.write(format!("{folder}/stamp"), writer.to_string());
        push(sandbox, &place.tagged(&format!("bob{writer}")), &folder, &[]).run().ok();
    }
    let mut lost = Vec::new();
    for round in 0..rounds {
        let image = shelf.image(Some(&format!("{round}")), "linux/amd64", &format!("round {round}")).digest;
        let running: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let bob = place.tagged(&format!("bob{writer}"));
                link(sandbox, &bob, &images.tagged(&format!("{round}")), &[]).spawn()
            })
            .collect();
        let linked: BTreeSet<String> = running.into_iter().map(|running| digest(&running.wait().ok())).collect();
        assert_eq!(linked.len(), WRITERS, "eight different BoBs");
        let listed: BTreeSet<String> = shelf.referrers(&image).into_iter().map(|digest| digest.to_string()).collect();
        lost.extend(linked.difference(&listed).map(|link| format!("{}, round {round}: {link}", place.name)));
    }
    lost
}

#[test]
fn eight_at_once_lose_nothing() {
    let sandbox = Sandbox::new();
    for place in every_place(&sandbox) {
        assert_eq!(rounds(&sandbox, &place, 5), [""; 0]);
    }
}

#[test]
fn eight_links_of_one_bob_are_one() {
    let sandbox = Sandbox::new();
    webapp(&sandbox, "bob");
    for place in every_place(&sandbox) {
        let images = place.images();
        let shelf = Shelf::of(&images);
        let image = shelf.image(Some("one"), "linux/amd64", "one").digest;
        push(&sandbox, &place.tagged("bob"), "bob", &[]).run().ok();
        let run = || link(&sandbox, &place.tagged("bob"), &images.tagged("one"), &["-o", "json"]).spawn();
        let running: Vec<_> = (0..WRITERS).map(|_| run()).collect();
        // Docker's registry fails while it reads what another one is just writing. Who is told so tries again.
        let printed = running.into_iter().map(|running| match running.wait() {
            failed if failed.code() == Some(5) => {
                assert!(failed.stderr().contains("\"retryable\": true"), "{failed:?}");
                run().wait().ok()
            }
            done => done.ok(),
        });
        let printed: Vec<Value> = printed.map(|printed| serde_json::from_str(&printed).unwrap()).collect();
        let links: BTreeSet<&str> = printed.iter().map(|link| link["digest"].as_str().unwrap()).collect();
        assert_eq!((links.len(), shelf.referrers(&image).len()), (1, 1), "{}", place.name);
    }
}
