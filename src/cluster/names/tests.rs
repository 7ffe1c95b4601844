use super::*;

fn message<T: std::fmt::Debug>(result: Result<T, NameError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn names_are_subdomains() {
    let longest = format!("{}.{}", "a".repeat(126), "b".repeat(126));
    for text in ["a", "ghcr", "my-registry.v1", "0", "a1-b2.c3", &longest] {
        assert_eq!(text.parse::<Name>().map(|name| name.to_string()).as_deref(), Ok(text));
    }
    for (text, part) in [
        ("", "the name is empty"),
        ("My-Secret", "'M' at column 1 is not allowed in the name 'My-Secret'; lower-case letters"),
        ("a_b", "'_' at column 2"),
        ("ab\u{e9}", "'\u{e9}' at column 3"),
        ("a\u{1b}[0m", "'\\u{1b}' at column 2"),
        ("-a", "begins with '-' at column 1"),
        ("a.b-", "ends with '-' at column 4"),
        ("a..b", "column 3"),
        (".a", "column 1"),
        ("a.", "column 3"),
        (&format!("{longest}x"), "254 characters; at most 253"),
    ] {
        let message = message(text.parse::<Name>());
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn namespaces_have_no_dots_and_are_short() {
    for text in ["default", "flux-system", &"a".repeat(63)] {
        assert_eq!(text.parse::<Namespace>().map(|it| it.to_string()).as_deref(), Ok(text));
    }
    for (text, part) in
        [("a.b", "'.' at column 2"), ("A", "'A'"), ("-a", "begins"), ("a-", "ends"), (&"a".repeat(64), "at most 63")]
    {
        let message = message(text.parse::<Namespace>());
        assert!(message.contains(part) && message.contains("namespace"), "{text}: {message}");
    }
}

#[test]
fn labels_are_checked_on_both_sides() {
    for (text, key, value) in [
        ("app=webapp", "app", "webapp"),
        ("a=", "a", ""),
        ("app.kubernetes.io/Part-of_it=V1.2_3-x", "app.kubernetes.io/Part-of_it", "V1.2_3-x"),
        ("1=2", "1", "2"),
    ] {
        assert_eq!(label(text), Ok((key.to_owned(), value.to_owned())));
    }
    for (text, part) in [
        ("app", "the label 'app' has no '='"),
        ("=x", "the label key is empty"),
        ("a/=x", "the label key is empty"),
        ("/a=x", "the label key is empty"),
        ("a/b/c=x", "more than one '/'"),
        ("Example.org/a=x", "'E' at column 1"),
        ("example.org/a b=x", "' ' at column 14"),
        ("-a=x", "begins with '-'"),
        ("example.org/a-=x", "ends with '-' at column 14"),
        ("a=b c", "' ' at column 2 is not allowed in the label value 'b c'"),
        ("a=b=c", "'=' at column 2"),
        ("a=-b", "begins with '-'"),
        (&format!("a={}", "b".repeat(64)), "64 characters; at most 63"),
        (&format!("{}=b", "a".repeat(64)), "64 characters; at most 63"),
    ] {
        let message = message(label(text));
        assert!(message.contains(part), "{text}: {message}");
    }
}

#[test]
fn annotations_have_free_values_and_keep_their_case() {
    assert_eq!(annotation("Example.org/A=b c=\n"), Ok(("Example.org/A".to_owned(), "b c=\n".to_owned())));
    assert!(
        message(annotation("Exa mple.org/A=b")).contains("' ' at column 4 is not allowed in the annotation key 'Exa m")
    );
    assert!(message(annotation("a")).contains("the annotation 'a' has no '='"));
}

#[test]
fn data_keys_are_file_names() {
    for text in [".dockerconfigjson", "trustpolicy.json", "My_CA-1.crt", "-", "0"] {
        assert_eq!(data_key(text), Ok(()), "{text}");
    }
    for (text, part) in [
        ("", "empty"),
        (".", "folder"),
        ("..", "folder"),
        ("..a", "folder"),
        ("a/b", "'/' at column 2"),
        ("caf\u{e9}.crt", "'\u{e9}' at column 4"),
        (&"a".repeat(254), "at most 253"),
    ] {
        let message = message(data_key(text));
        assert!(message.contains(part), "{text}: {message}");
    }
}
