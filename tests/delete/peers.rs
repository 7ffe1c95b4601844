//! Other tools see what was deleted.

use super::{by_digest, delete};
use crate::support::linked::Shelf;
use crate::support::peers::peer;
use crate::support::sandbox::Sandbox;
use crate::support::story::every_place;

#[test]
fn oras_regctl_and_crane_see_what_is_left() {
    let sandbox = Sandbox::new();
    let [Some(oras), Some(regctl), Some(crane)] = ["oras", "regctl", "crane"].map(peer) else { return };
    let run =
        |tool: &std::path::Path, arguments: &[&str]| sandbox.program(tool.to_str().unwrap(), arguments).run().ok();
    for place in every_place(&sandbox).into_iter().filter(|place| !place.is_layout()) {
        let shelf = Shelf::of(&place);
        let image = shelf.image(Some("1"), "linux/amd64", "image");
        let other = shelf.image(Some("other"), "linux/amd64", "other");
        let [gone, kept] = ["a/gone", "a/kept"].map(|kind| shelf.attach(&image, kind));
        delete(&sandbox, &by_digest(&place, &gone.to_string()), &[]).run().ok();
        delete(&sandbox, &by_digest(&place, &other.digest.to_string()), &[]).run().ok();
        let plain = place.repository().trim_start_matches("oci://");
        let host = plain.split('/').next().unwrap();
        let regctl =
            || run(&regctl, &[&format!("--host=reg={host},tls=disabled"), "artifact", "list", &format!("{plain}:1")]);
        let oras = || run(&oras, &["discover", "--plain-http", "--format", "json", &format!("{plain}:1")]);
        // oras gives up where the referrers API answers 405.
        let seen = if place.lacks_referrers() { vec![regctl()] } else { vec![regctl(), oras()] };
        for seen in seen {
            assert!(seen.contains(&kept.to_string()) && !seen.contains(&gone.to_string()), "{}: {seen}", place.name);
        }
        let tags = run(&crane, &["ls", "--insecure", plain]);
        let tags: Vec<&str> = tags.lines().filter(|tag| !tag.starts_with("sha256-")).collect();
        assert_eq!(tags, ["1"], "{}", place.name);
    }
}
