use super::*;
use crate::oci::Algorithm;

const ANNOTATIONS: &str = "annotations";

/// A digest that begins with `letter`, for reading.
fn digest(letter: char) -> Digest {
    Digest::of_with(Algorithm::Sha256, &[u8::try_from(letter).unwrap()])
}

fn entry(letter: char) -> Value {
    json!({"mediaType": media_type::MANIFEST, "digest": digest(letter), "size": 7})
}

fn named(letter: char, name: &str) -> Value {
    with_name(entry(letter), name)
}

fn index(entries: &[Value]) -> Index {
    Index::parse(json!({"schemaVersion": 2, "manifests": entries}).to_string().as_bytes()).unwrap()
}

/// What an index lists, as `letter` or `letter=name`.
fn shown(index: &Index) -> Vec<String> {
    let letter = |entry: &Value| ('A'..='Z').find(|&letter| entry["digest"] == json!(digest(letter))).unwrap();
    let show =
        |entry: &Value| name_of(entry).map_or(letter(entry).to_string(), |name| format!("{}={name}", letter(entry)));
    index.entries().iter().map(show).collect()
}

/// The index written as [`shown`] shows it.
fn listed(entries: &str) -> Index {
    let letter = |text: &str| text.chars().next().unwrap();
    let entries: Vec<Value> = entries
        .split_whitespace()
        .map(|text| {
            text.split_once('=').map_or_else(|| entry(letter(text)), |(digest, name)| named(letter(digest), name))
        })
        .collect();
    index(&entries)
}

#[test]
fn setting_a_tag() {
    // before; which digests outlive their tag; the digest that `v1` is to name; after
    for (before, keeps, new, after) in [
        ("", "", 'A', "A=v1"),
        ("B=v2", "", 'A', "B=v2 A=v1"),
        // The old manifest goes, and the tag keeps its place.
        ("A=v1 B=v2", "", 'C', "C=v1 B=v2"),
        ("C=v2 A=v1 B=v3", "", 'D', "C=v2 D=v1 B=v3"),
        // A referrer or a child stays without its tag.
        ("A=v1 B=v2", "A", 'C', "C=v1 B=v2 A"),
        // One that another tag names stays as that.
        ("A=v1 A=v2", "A", 'B', "B=v1 A=v2"),
        // Pushed by digest before: it gets the name.
        ("A B=v2", "", 'A', "A=v1 B=v2"),
        ("A B=v1", "", 'A', "A=v1"),
        ("B=v1 A", "", 'A', "A=v1"),
        ("C B=v1 A", "", 'A', "C A=v1"),
        // A second tag is a second entry.
        ("A=v2", "", 'A', "A=v2 A=v1"),
        // Another tool listed the tag twice: one is left.
        ("A=v1 B=v1", "", 'A', "A=v1"),
        ("A=v1 B=v1", "B", 'A', "A=v1 B"),
        ("A=v1 A=v1", "", 'A', "A=v1"),
        // A full name is a name of its own.
        ("A=docker.io/library/app:v1", "", 'B', "A=docker.io/library/app:v1 B=v1"),
    ] {
        let mut index = listed(before);
        let keep = |entry: &Value| keeps.chars().any(|letter| entry["digest"] == json!(digest(letter)));
        index.set_tag("v1", &entry(new), &keep);
        assert_eq!(shown(&index).join(" "), after, "v1 -> {new} in: {before}");
        let once = index.clone();
        index.set_tag("v1", &entry(new), &keep);
        assert_eq!(index, once, "a second time: {before}");
    }
}

#[test]
fn finding_a_tag() {
    for (entries, tag, found) in [
        ("A=v1 B=v2", "v2", Ok(Some('B'))),
        ("A=v1", "v3", Ok(None)),
        ("A", "v1", Ok(None)),
        // Full names, as docker, containerd and regctl write them.
        ("A=docker.io/library/app:v1", "v1", Ok(Some('A'))),
        ("A=localhost:5000/app:v1 B=v1", "v1", Ok(Some('B'))),
        ("A=x/app:v1 A=y/app:v1", "v1", Ok(Some('A'))),
        ("A=x/app:v1 B=y/app:v1", "v1", Err(())),
        ("A=localhost:5000/v1", "v1", Ok(None)),
        ("A=app:xv1", "v1", Ok(None)),
        // Listed twice with different digests: nobody knows which.
        ("A=v1 B=v1", "v1", Err(())),
        ("A=v1 A=v1", "v1", Ok(Some('A'))),
    ] {
        let index = listed(entries);
        let entry = index.find(tag).map_err(|_| ());
        let expected = found.map(|letter| letter.map(|letter| json!(digest(letter))));
        assert_eq!(entry.map(|entry| entry.map(|entry| entry["digest"].clone())), expected, "{tag} in {entries}");
    }
}

#[test]
fn an_ambiguous_tag_shows_what_competes() {
    let Err(Ambiguous(names)) = listed("A=x/app:v1 B=y/app:v1").find("v1") else { panic!("not ambiguous") };
    assert_eq!(names, [format!("x/app:v1 is {}", digest('A')), format!("y/app:v1 is {}", digest('B'))]);
}

#[test]
fn tags_are_listed_once_and_in_order() {
    let tags = listed("A=v2 B C=docker.io/library/app:v1 A=v1 D=localhost:5000/team/app:v3").tags();
    assert_eq!(tags.iter().map(Tag::as_str).collect::<Vec<_>>(), ["v2", "v1", "v3"]);
}

#[test]
fn what_others_wrote_is_kept() {
    let text = format!(
        concat!(
            r#"{{"mediaType":"{index}","schemaVersion":2,"x-tool":{{"b":1,"a":[null,1.5]}},"manifests":["#,
            r#"{{"size":7,"digest":"{a}","mediaType":"{manifest}","platform":{{"os":"linux","architecture":"amd64","os.features":["x"]}},"#,
            r#""annotations":{{"z":"1","org.opencontainers.image.ref.name":"v1"}},"artifactType":"t","x-unknown":true}},"#,
            r#""not an object","#,
            r#"{{"digest":"blake3:00","size":1,"mediaType":"x"}}],"annotations":{{"k":"v"}}}}"#
        ),
        index = media_type::INDEX,
        manifest = media_type::MANIFEST,
        a = digest('A')
    );
    let mut index = Index::parse(text.as_bytes()).unwrap();
    let written: Value = serde_json::from_slice(&index.to_bytes()).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&text).unwrap());

    index.set_tag("v2", &entry('A'), &|_| false);
    let second = index.entries().last().unwrap();
    assert_eq!(name_of(second), Some("v2"));
    for (member, value) in [("artifactType", json!("t")), ("x-unknown", json!(true))] {
        assert_eq!(second[member], value, "the second tag carries what the first does");
    }
    assert_eq!(second["platform"]["architecture"], "amd64");
    assert_eq!(second[ANNOTATIONS]["z"], "1");

    index.set_tag("v1", &entry('B'), &|_| true);
    index.set_tag("v2", &entry('B'), &|_| true);
    let untagged = index.entries().last().unwrap();
    assert_eq!(untagged["digest"], json!(digest('A')));
    assert_eq!(untagged[ANNOTATIONS], json!({"z": "1"}), "only the name is gone");
    let written: Value = serde_json::from_slice(&index.to_bytes()).unwrap();
    for (member, value) in [("x-tool", json!({"b": 1, "a": [null, 1.5]})), (ANNOTATIONS, json!({"k": "v"}))] {
        assert_eq!(written[member], value);
    }
    assert!(index.entries().contains(&json!("not an object")));
    assert!(index.entries().contains(&json!({"digest": "blake3:00", "size": 1, "mediaType": "x"})));
}

#[test]
fn a_lost_name_leaves_no_empty_annotations() {
    let mut index = listed("A=v1");
    index.set_tag("v1", &entry('B'), &|_| true);
    assert_eq!(index.entries()[1], entry('A'));
}

#[test]
fn what_is_no_index() {
    for text in ["", "{", "[]", r#"{"schemaVersion":3}"#, r#"{"manifests":{}}"#, r#"{"manifests":[],"manifests":[]}"#] {
        assert!(Index::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert_eq!(Index::parse(br#"{"schemaVersion":2,"manifests":null}"#).unwrap().entries(), [] as [Value; 0]);
}
