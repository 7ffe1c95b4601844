use super::*;

fn parse(text: &str) -> Values {
    Values::parse("bob.values", text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn scalars_and_lists_are_read() {
    let values = parse(concat!(
        "\u{feff}# defaults\r\n",
        "name = webapp\r\n",
        "\r\n",
        "  image=ghcr.io/org/app:1 # not a comment = kept  \n",
        "empty =\n",
        "CIDR = 10.0.0.0/8, 192.168.0.0/16\n",
        "CIDR = 172.16.0.0/12,\n",
        "NONE=\n",
        "\t# another comment",
    ));
    assert_eq!(values.scalar("name"), Some("webapp"));
    assert_eq!(values.scalar("image"), Some("ghcr.io/org/app:1 # not a comment = kept"));
    assert_eq!(values.scalar("empty"), Some(""));
    assert_eq!(values.list("CIDR").unwrap(), ["10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12"]);
    assert!(values.list("NONE").unwrap().is_empty());
    assert_eq!(values.keys().collect::<Vec<_>>(), ["CIDR", "NONE", "empty", "image", "name"]);
    assert_eq!((values.scalar("CIDR"), values.list("name"), values.scalar("other")), (None, None, None));
}

#[test]
fn an_error_names_file_line_and_column() {
    for (text, expected) in [
        ("name = a\n  word\n", "bob.values:2:3: there is no '=' in this line"),
        ("= a", "bob.values:1:1: there is no key before '='"),
        ("\nnaMe = a", "bob.values:2:3: the key 'naMe' mixes upper and lower case"),
        ("CIDr = a", "bob.values:1:4: the key 'CIDr' mixes upper and lower case"),
        ("my key = a", "bob.values:1:3: the key 'my key' is not letters"),
        ("größe = a", "bob.values:1:3: the key 'größe' is not letters"),
        ("1st = a", "bob.values:1:1: the key '1st' is not letters"),
        ("_x = a", "bob.values:1:1: the key '_x' is not letters"),
        ("a = 1\n\n a = 2", "bob.values:3:2: 'a' is given twice, first in line 1"),
    ] {
        let error = Values::parse("bob.values", text).unwrap_err();
        assert!(error.to_string().starts_with(expected), "{text:?}: {error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn the_first_file_that_has_a_key_decides() {
    let own = parse("namespace = prod\nCIDR = 1.2.3.4/32\nextra = x\n");
    let values = own.or(parse("name = webapp\nnamespace = default\nCIDR = 10.0.0.0/8\n"));
    assert_eq!((values.scalar("name"), values.scalar("namespace")), (Some("webapp"), Some("prod")));
    assert_eq!(values.list("CIDR").unwrap(), ["1.2.3.4/32"]);
    assert_eq!(values.keys().count(), 4);
}
