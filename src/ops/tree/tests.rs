//! The bounds of a tree, and what a filter leaves of one.

use super::growth::{MAX_NODES, MAX_TEXT};
use super::*;
use crate::oci::Platform;
use crate::store::ListedBy;

fn described(name: &str) -> Descriptor {
    let artifact_type = Some(format!("x/{name}"));
    Descriptor { artifact_type, ..Descriptor::of(media_type::MANIFEST, name.as_bytes()) }
}

fn listed(name: &str) -> Attached {
    Attached { descriptor: described(name), by: By::List(ListedBy::Api) }
}

fn reference() -> Reference {
    "oci://example.org/a:1".parse().unwrap()
}

#[test]
fn a_tree_has_no_more_nodes_than_the_bound_and_says_so() {
    let reference = reference();
    let mut growth = Growth::new(&reference, described("root"), MAX_DEPTH);
    let bud = growth.buds().remove(0);
    growth.add_attached(&bud, (0..=MAX_NODES).map(|number| listed(&number.to_string())).collect());
    assert!(growth.is_full() && growth.buds().is_empty(), "nothing more is asked for");
    assert!(growth.bounds_reached()[0].contains("more than 10000 nodes"), "{:?}", growth.bounds_reached());
    let tree = growth.into_tree();
    let referrers = tree.referrers.unwrap();
    assert_eq!(referrers.len() + 1, MAX_NODES);
    assert_eq!(referrers[7].digest, Digest::of(b"7"), "in the order of the list");
}

#[test]
fn a_tree_carries_no_more_text_than_the_bound_and_says_so() {
    let reference = reference();
    let mut growth = Growth::new(&reference, described("root"), MAX_DEPTH);
    let bud = growth.buds().remove(0);
    let long = "x".repeat(MAX_TEXT / 4);
    let heavy = |name: &str| {
        let light = listed(name);
        Attached { descriptor: light.descriptor.with_annotation("k", long.clone()), ..light }
    };
    growth.add_attached(&bud, ["1", "2", "3", "4", "5"].map(heavy).into());
    assert!(growth.bounds_reached()[0].contains("bytes of annotations"), "{:?}", growth.bounds_reached());
    assert_eq!(growth.into_tree().referrers.unwrap().len(), 3);
}

#[test]
fn indexes_within_indexes_are_opened_to_the_eighth() {
    let reference = reference();
    let nested = |level: usize| Descriptor::of(media_type::INDEX, format!("index {level}").as_bytes());
    let mut growth = Growth::new(&reference, nested(0), MAX_DEPTH);
    let mut bud = growth.buds().remove(0);
    for level in 1..=8 {
        growth.add_platforms(&bud, vec![nested(level)]);
        bud = growth.buds().remove(0);
        assert_eq!(bud.closed_index, level < 8, "{level}");
    }
    assert!(growth.bounds_reached()[0].contains("nested more than 8 deep"));
}

#[test]
fn a_filter_keeps_the_branches_that_lead_to_its_type() {
    let reference = reference();
    let mut growth = Growth::new(&reference, described("root"), MAX_DEPTH);
    let root = growth.buds().remove(0);
    let platform = Descriptor { platform: Some(Platform::new("linux", "amd64")), ..described("platform") };
    growth.add_platforms(&root, vec![platform, described("idle")]);
    growth.add_attached(&root, vec![listed("sbom"), listed("other"), listed("wanted")]);
    let buds = growth.buds();
    growth.add_attached(&buds[0], vec![listed("deep")]);
    growth.add_attached(&buds[2], vec![listed("wanted")]);
    let mut tree = growth.into_tree();
    prune(&mut tree, "X/Deep; v=1");
    assert_eq!(tree.platforms.len(), 1);
    assert_eq!(tree.platforms[0].platform.as_deref(), Some("linux/amd64"));
    assert_eq!(tree.referrers.unwrap(), []);
}
