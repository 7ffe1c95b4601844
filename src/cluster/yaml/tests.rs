use proptest::prelude::*;

use crate::bob::yaml::{Value, read};

use super::*;

/// What a reader makes of one entry.
fn read_back(value: &str) -> Value {
    let mut text = String::new();
    mapping(&mut text, 0, "outer", &BTreeMap::from([("key", value), ("last", "x")]));
    let documents = read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    documents[0].get("outer").and_then(|outer| outer.get("key")).cloned().unwrap_or_else(|| panic!("no key in {text}"))
}

#[track_caller]
fn survives(value: &str) {
    assert_eq!(read_back(value), Value::String(value.to_owned()), "{value:?}");
}

#[test]
fn text_stays_text() {
    for value in [
        "",
        "true",
        "No",
        "y",
        "null",
        "~",
        "123",
        "0x1f",
        "1e3",
        "12e4",
        ".5",
        ".inf",
        ".NaN",
        "-",
        "- a",
        "a: b",
        "a #b",
        "# a",
        "'a'",
        "\"a\"",
        "a\\b",
        "@a",
        "%a",
        "[a]",
        "{a}",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "=",
        "<<",
        " a",
        "a ",
        "a\n",
        "a\nb",
        "a\nb\n",
        "a\n\nb\n",
        "a\nb\n\n",
        "\na",
        " a\nb",
        "\ta\nb",
        "a\n  b\n",
        "a \nb\n",
        "a\r\nb\r\n",
        "\n",
        "a\u{85}b\n",
        "a\u{2028}b\nc",
        "\u{feff}a\nb",
        "\u{7f}\n",
        "\u{0}",
        "\u{1f980}\nb",
        "---\na",
        "...\nb\n",
        "a\n---\nb",
    ] {
        survives(value);
    }
}

#[test]
fn what_people_read_is_not_quoted() {
    assert_eq!(block("{\n  \"a\": 1\n}\n"), Some(("|", "{\n  \"a\": 1\n}")));
    assert_eq!(block("a\nb"), Some(("|-", "a\nb")));
    for plain in
        ["ghcr", ".dockerconfigjson", "app.kubernetes.io/name", "eyJhIjoxfQ==", "kubernetes.io/dockerconfigjson"]
    {
        assert_eq!(scalar(plain), plain);
    }
}

proptest! {
    #[test]
    fn any_text_survives(value in "(?s).{0,40}") {
        survives(&value);
    }

    #[test]
    fn any_text_of_yaml_s_own_characters_survives(value in "[-:#|>'\"\\\\ \n\t\r.~=a0]{0,12}") {
        survives(&value);
    }
}
