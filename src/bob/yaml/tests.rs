use super::*;

fn one(text: &str) -> Value {
    let mut documents = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn scalars_are_those_of_yaml_1_2() {
    for (written, value) in [
        ("~", Value::Null),
        ("True", Value::Bool(true)),
        ("no", text("no")),
        ("on", text("on")),
        ("'true'", text("true")),
        ("8080", Value::Integer(8080)),
        ("-1", Value::Integer(-1)),
        ("0x1F", Value::Integer(31)),
        ("0o17", Value::Integer(15)),
        ("18446744073709551615", Value::Integer(18_446_744_073_709_551_615)),
        ("1_000", text("1_000")),
        ("0644", text("0644")),
        ("1.5", Value::Float(1.5)),
        ("12.0", Value::Float(12.0)),
        ("\"12.0\"", text("12.0")),
        ("12:30", text("12:30")),
        ("1970-01-01", text("1970-01-01")),
        ("$values.name", text("$values.name")),
        ("!custom x", text("x")),
    ] {
        assert_eq!(one(&format!("a: {written}\n")).get("a"), Some(&value), "{written}");
    }
}

#[test]
fn a_stream_has_documents_and_empty_ones_do_not_count() {
    assert_eq!(read("").unwrap(), []);
    assert_eq!(read("# nothing\n---\n---\n").unwrap(), []);
    let documents = read("\u{feff}---\r\na: 1\r\n---\r\n---\r\nb: [x, y]\r\n...\r\n").unwrap();
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[1].get("b").unwrap().elements(), [text("x"), text("y")]);
    assert_eq!(documents[1].get("a"), None);
}

#[test]
fn keys_keep_their_order() {
    let Value::Mapping(entries) = one("z: 1\na: 2\n80: 3\n") else { panic!("a mapping is expected") };
    let keys: Vec<Value> = entries.into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [text("z"), text("a"), Value::Integer(80)]);
}

#[test]
fn anchors_and_merge_keys_are_expanded() {
    let value = one("base: &base {a: 1}\nc:\n  <<: *base\n  b: 2\n");
    assert_eq!(value.get("c").unwrap().get("a"), Some(&Value::Integer(1)));
}

#[test]
fn an_error_has_line_and_column() {
    for (text, message) in [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", "line 4, column 3: duplicate mapping key `c`"),
        ("---\na: 1\n---\nb: [1\n", "line 4, column 4: unclosed bracket"),
        ("a: b: c\n", "line 1, column 5: "),
        ("a: {{ .Values.image }}\n", "line 1, column 4: a mapping key must be a scalar"),
        ("{{- if .Values.x }}\na: 1\n{{- end }}\n", "line 1, column 3: "),
        ("a: .inf\n", "line 1, column 4: "),
        ("a: *x\n", "line 1, column 4: "),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.to_string().starts_with(message), "{text:?}: {error}");
        assert!(error.position().is_some());
        assert!(!error.to_string().contains('\n'));
    }
}

#[test]
fn what_grows_out_of_a_short_text_is_bounded() {
    let deep = format!("{}1", "- ".repeat(1000));
    let flow = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    let line = |last: char, next: char| format!("{next}: &{next} [{}]", vec![format!("*{last}"); 9].join(", "));
    let lines: Vec<String> = ('a'..'j').zip('b'..'k').map(|(last, next)| line(last, next)).collect();
    let laughs = format!("a: &a [x, x, x, x, x, x, x, x, x]\n{}\n", lines.join("\n"));
    for text in [deep, flow, laughs] {
        assert!(read(&text).is_err(), "{}", &text[..40]);
    }
}

/// The YAML crate refuses such a stream, for its nodes and its length, unless it is told otherwise.
#[test]
fn a_long_stream_is_read() {
    let exec = format!("  - {{path: /usr/bin/{}, args: [-c]}}\n", "x".repeat(250));
    let document = format!("---\nkind: X\nexecs:\n{}", exec.repeat(5_000));
    let stream = document.repeat(17_000_000 / document.len() + 1);
    let documents = read(&stream).unwrap();
    assert_eq!(documents.len(), stream.matches("---").count());
    assert!(documents.iter().all(|document| document.get("execs").unwrap().elements().len() == 5_000));
}
