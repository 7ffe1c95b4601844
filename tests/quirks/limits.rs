//! What is too large for one request goes in the way that the registry takes.

use super::User;
use crate::support::fault::quirks::{self, Kind};
use crate::support::fault::{PATCH, PUT};
use crate::support::story::{noise, pull};

/// More than is worth knowing the digest of before it is sent.
const LARGE: usize = 6 << 20;

/// A large BoB goes there and comes back; which requests brought more than 1 MiB, with their sizes in MiB and statuses.
/// Whether the layer is sent while it grows or once it is complete is a matter of time.
fn there_and_back(kind: Kind) -> Vec<String> {
    let user = User::of(kind);
    user.sandbox.write("bob/noise", noise(LARGE));
    user.push("org/bobs/webapp:large", "bob").run().ok();
    pull(&user.sandbox, &user.at("org/bobs/webapp:large"), "out", &[]).run().ok();
    assert_eq!(user.sandbox.tree("out"), user.sandbox.tree("bob"), "{}", user.kind.name);
    user.leaves_well();
    let large = user.kind.registry.log().only(|record| record.method == PATCH || record.method == PUT);
    let large = large.records().iter().filter(|record| record.received >= 1 << 20);
    large.map(|record| format!("{} {} {:?}", record.method, record.received >> 20, record.status.unwrap())).collect()
}

#[test]
fn ghcr_takes_no_long_patch_and_any_put() {
    assert_eq!(there_and_back(quirks::ghcr()).last().unwrap(), "PUT 6 201");
}

#[test]
fn ecr_gets_no_piece_of_less_than_5_mib() {
    assert_eq!(there_and_back(quirks::ecr()).len(), 1);
}

#[test]
fn gar_takes_no_patch_at_all() {
    assert_eq!(there_and_back(quirks::gar()).last().unwrap(), "PUT 6 201");
}

#[test]
fn artifactory_takes_no_put_with_a_body() {
    assert_eq!(there_and_back(quirks::artifactory()).last().unwrap(), "PATCH 6 202");
}

#[test]
fn a_proxy_with_a_limit_gets_pieces_with_their_places() {
    let requests = there_and_back(quirks::proxy());
    // The stream, the whole and a piece of 4 MiB are too much for 3 MiB.
    assert!(requests.ends_with(&["PATCH 2 202", "PATCH 2 202", "PATCH 2 202"].map(str::to_owned)), "{requests:?}");
}
