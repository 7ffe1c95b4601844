use proptest::prelude::*;

use super::*;
use crate::oci::Tag;

fn range(text: &str) -> Range {
    text.parse().unwrap_or_else(|error: RangeError| panic!("{error}"))
}

fn tags(names: &str) -> Vec<Tag> {
    names.split(' ').map(|name| name.parse().unwrap()).collect()
}

#[test]
fn every_range_takes_the_versions_that_masterminds_takes() {
    let mut lines = include_str!("masterminds.txt").lines().skip(1);
    let versions: Vec<Version> = lines.next().unwrap().split(' ').map(|text| text.parse().unwrap()).collect();
    let mut pairs = 0;
    for line in lines {
        let (text, taken) = line.split_once(" => ").unwrap();
        let range = range(text);
        let ours: Vec<String> = versions.iter().filter(|one| range.matches(one)).map(ToString::to_string).collect();
        assert_eq!(ours.join(" "), taken, "{text}");
        pairs += versions.len();
    }
    assert!(pairs > 3000, "the table has {pairs} pairs");
}

#[test]
fn white_space_may_be_any() {
    assert_eq!(range("\t>=1\n,\r\n<2 ").alternatives, range(">=1 <2").alternatives);
}

#[test]
fn what_masterminds_refuses_is_refused() {
    for text in [
        "",
        " ",
        "||",
        "1||",
        "||1",
        "1 | 2",
        "abc",
        "v",
        "1.2.3.4",
        ">",
        ">=",
        "==1",
        "><1",
        "> >1",
        "! =1",
        "= >1",
        "1,",
        ",1",
        "1,,2",
        ">=1<2",
        ">=1 - 2",
        "1 - >2",
        "1 -2 - 3",
        "0 1 - 2",
        "1 - 2 - 3",
        "1-",
        "1.2-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1+",
        "1.2.3-a_b",
        "1.",
        "1..2",
        ".1",
        "V1",
        "latest",
        "1.2.3-é",
        "99999999999999999999",
        "~^1",
        "^~1",
        "xx",
        "1.xx",
        "1 and 2",
        ">=1;<2",
        "\"1\"",
    ] {
        assert!(text.parse::<Range>().is_err(), "{text:?} was read as {:?}", range(text));
    }
}

#[test]
fn an_error_says_where_and_what_a_range_looks_like() {
    for (text, message) in [
        ("", "the version range '' has an empty part"),
        ("1 ||", "the version range '1 ||' has an empty part"),
        (">=1 <<2", "is not understood at column 6"),
        ("^1 || é", "is not understood at column 7"),
        ("1.2.3-01", "is not understood at column 7"),
        (&"1".repeat(513), "has 513 characters; at most 512"),
        (&["1"; 33].join("||"), "has 33 alternatives; at most 32"),
    ] {
        let error = text.parse::<Range>().unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        range(error.hint().split('\'').nth(1).unwrap());
    }
}

#[test]
fn a_tag_is_a_version_when_flux_reads_one() {
    for (tag, version) in [
        ("1.2.3", "1.2.3"),
        ("v1.2.3", "1.2.3"),
        ("01.2.3", "1.2.3"),
        ("v2025.07.03", "2025.7.3"),
        ("1.2", ""),
        ("v2", ""),
        ("V1.2.3", ""),
        ("vv1.2.3", ""),
        ("1.2.3-rc.1", "1.2.3-rc.1"),
        ("1.2-rc.1", "1.2.0-rc.1"),
        ("1-a.b.c", "1.0.0-a.b.c"),
        ("v1-a.b", ""),
        ("1.2.3.4", ""),
        ("1.2.3-", ""),
        ("1.2.3-01", ""),
        ("1.2.3-0", "1.2.3-0"),
        ("1.2.3_1", ""),
        ("latest", ""),
        ("sha-1.2.3", ""),
        ("1..3", ""),
        ("1.2.x", ""),
        ("18446744073709551616.0.0", ""),
        ("1.2.3-a..b", ""),
        ("1.2.3-rc1-with-hyphen", "1.2.3-rc1-with-hyphen"),
        (".1.2", ""),
        ("1.2.3-_", ""),
        ("1.2.3.", ""),
    ] {
        let read = tag_version(tag).map(|version| version.to_string()).unwrap_or_default();
        assert_eq!(read, version, "{tag}");
    }
}

#[test]
fn the_latest_tag_of_a_range_is_found() {
    let tags = tags("latest 1.9.0 v1.10.0 1.10.1-rc.1 2.0.0 1.2 v1 sha256-abc");
    let found = |text: &str| latest(&range(text), tags.iter()).map(Tag::as_str);
    assert_eq!(found("1.x"), Some("v1.10.0"));
    assert_eq!(found("~1.10-0"), Some("1.10.1-rc.1"));
    assert_eq!(found("*"), Some("2.0.0"));
    assert_eq!(found("3"), None);
}

#[test]
fn a_listing_has_versions_first_and_the_rest_in_natural_order() {
    let mut listed =
        tags("latest 1.9.0 build-9 v2 1.10.0 nightly 1.10.0-rc.2 v1.10.0 build-10 1.10.0-rc.10 build-09 1.2");
    listed.sort_by(listing_order);
    let names: Vec<&str> = listed.iter().map(Tag::as_str).collect();
    let expected = "v1.10.0 1.10.0 1.10.0-rc.10 1.10.0-rc.2 1.9.0 v2 nightly latest build-10 build-9 build-09 1.2";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn machinery_is_told_from_tags_of_people() {
    let hex = "0f".repeat(32);
    for tag in [
        format!("sha256-{hex}"),
        format!("sha512-{hex}"),
        format!("sha256-{hex}.sig"),
        format!("sha256-{hex}.att"),
        format!("sha256-{hex}.sbom"),
    ] {
        assert!(is_fallback_or_signature(&tag.parse().unwrap()), "{tag}");
    }
    for tag in ["latest".to_owned(), "sha256-abc".into(), "1.0.sig".into(), hex.clone(), format!("sha256-{hex}.txt")] {
        assert!(!is_fallback_or_signature(&tag.parse().unwrap()), "{tag}");
    }
}

proptest! {
    #[test]
    fn reading_never_panics(text in r"[0-9xX*v.|, <>=!~^+a-]{0,24}|.*") {
        let _ = text.parse::<Range>();
        let _ = tag_version(&text);
    }

    #[test]
    fn the_order_of_a_listing_is_total(names in proptest::collection::vec("[v0-2][.a-b0-1-]{0,6}", 3)) {
        let tags: Vec<Tag> = names.iter().map(|name| name.parse().unwrap()).collect();
        let [a, b, c] = [&tags[0], &tags[1], &tags[2]];
        prop_assert_eq!(listing_order(a, b), listing_order(b, a).reverse());
        prop_assert_eq!(listing_order(a, b).is_eq(), a == b);
        if listing_order(a, b).is_le() && listing_order(b, c).is_le() {
            prop_assert!(listing_order(a, c).is_le());
        }
    }
}
