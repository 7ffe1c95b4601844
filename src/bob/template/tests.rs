use proptest::prelude::*;

use super::*;
use crate::bob::yaml;

const VALUES: &str = "\
name = webapp
namespace = prod
templatehash = d87cdd796
name-x = other
port = 8080
evil = $values.name
CIDR = 10.0.0.0/8, 192.168.0.0/16
ARCH = amd64
NONE =
";

fn values() -> Values {
    Values::parse("bob.values", VALUES).unwrap()
}

fn document(text: &str) -> Value {
    yaml::read(text).unwrap().remove(0)
}

fn rendered(text: &str) -> Value {
    render(&document(text), &values()).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

#[test]
fn scalars_are_filled_in() {
    for (template, expected) in [
        ("$values.name", "webapp"),
        ("$values.namespace", "prod"),
        ("$values.name-$values.templatehash", "webapp-d87cdd796"),
        ("replicaset-$values.name-v2", "replicaset-webapp-v2"),
        ("$values.name-x", "other"),
        ("$values.name.svc", "webapp.svc"),
        ("$values.name$values.port", "webapp8080"),
        ("$values.nameé", "webappé"),
        ("$$values.name", "$values.name"),
        ("$$$values.name", "$$values.name"),
        ("a $$values.name $values.name", "a $values.name webapp"),
        ("$$values.", "$values."),
        ("$value.name $values,name $valuesname", "$value.name $values,name $valuesname"),
        ("no placeholder: $HOME, $$, $(x)", "no placeholder: $HOME, $$, $(x)"),
    ] {
        let value = Value::String(template.to_owned());
        assert_eq!(render(&value, &values()).unwrap().as_str(), Some(expected), "{template}");
        assert!(undeclared(&value, &values()).is_empty(), "{template}");
    }
}

#[test]
fn what_is_filled_in_is_text_and_not_read_again() {
    assert_eq!(rendered("port: $values.port"), document("port: '8080'"));
    assert_eq!(rendered("a: $values.evil"), document("a: '$values.name'"));
}

#[test]
fn mapping_keys_are_filled_in_too() {
    assert_eq!(rendered("$values.name: {app.$values.namespace: 1}"), document("webapp: {app.prod: 1}"));
}

#[test]
fn what_is_no_string_stays_as_it_is() {
    let text = "a: [1, 2.5, true, null, {b: -1}]\n8080: x";
    assert_eq!(rendered(text), document(text));
}

#[test]
fn a_list_repeats_the_nearest_element() {
    for (template, expected) in [
        ("egress: [$values.CIDR]", "egress: ['10.0.0.0/8', '192.168.0.0/16']"),
        ("egress: [first, $values.CIDR, last]", "egress: [first, '10.0.0.0/8', '192.168.0.0/16', last]"),
        ("egress: [first, $values.NONE, last]", "egress: [first, last]"),
        ("egress: [$values.NONE]", "egress: []"),
        (
            "egress: [net $values.CIDR of $values.name]",
            "egress: [net 10.0.0.0/8 of webapp, net 192.168.0.0/16 of webapp]",
        ),
        (
            "egress: [{ip: $values.CIDR, id: net-$values.CIDR, ports: [80]}]",
            "egress: [{ip: 10.0.0.0/8, id: net-10.0.0.0/8, ports: [80]}, {ip: 192.168.0.0/16, id: net-192.168.0.0/16, ports: [80]}]",
        ),
        ("egress: [{$values.ARCH: {deep: $values.ARCH}}]", "egress: [{amd64: {deep: amd64}}]"),
        ("a: [{b: [$values.CIDR]}]", "a: [{b: ['10.0.0.0/8', '192.168.0.0/16']}]"),
        ("a: [[$values.CIDR]]", "a: [['10.0.0.0/8', '192.168.0.0/16']]"),
        ("a: [{arch: $values.ARCH, b: [$values.CIDR]}]", "a: [{arch: amd64, b: ['10.0.0.0/8', '192.168.0.0/16']}]"),
    ] {
        assert_eq!(rendered(template), document(expected), "{template}");
    }
}

#[test]
fn an_error_names_the_placeholder_and_the_place() {
    for (template, message) in [
        ("a: [{b: $values.nmae}]", "unknown placeholder '$values.nmae' at a[0].b"),
        ("a: $values.names-$values.name", "unknown placeholder '$values.names' at a"),
        ("a: $values.name_", "unknown placeholder '$values.name_' at a"),
        ("a: $values.name-xyz", "unknown placeholder '$values.name-xyz' at a"),
        ("a: $values.Name", "unknown placeholder '$values.Name' at a"),
        ("a: '$values. x'", "unknown placeholder '$values.' at a"),
        ("$values.x: 1", "unknown placeholder '$values.x' at $values.x"),
        ("$values.x", "unknown placeholder '$values.x' at the top of the document"),
        ("spec: {cidr: $values.CIDR}", "the list '$values.CIDR' stands outside a sequence at spec.cidr"),
        (
            "a: [{b: '$values.CIDR $values.ARCH'}]",
            "two lists, '$values.ARCH' and '$values.CIDR', in one sequence element at a[0]",
        ),
        ("a: [{b: $values.CIDR, c: {d: $values.ARCH}}]", "two lists"),
        ("a: {$values.name: 1, webapp: 2}", "the key 'webapp' comes out twice at a"),
    ] {
        let error = render(&document(template), &values()).unwrap_err();
        assert!(error.to_string().starts_with(message), "{template}: {error}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn undeclared_placeholders_are_listed_once() {
    let document =
        document("a: [$values.zone, $values.name, $values.names]\n$values.zone-b: {c: '$$values.x $values.CIDR'}");
    let keys: Vec<String> = undeclared(&document, &values()).into_iter().collect();
    assert_eq!(keys, ["names", "zone", "zone-b"]);
}

#[test]
fn filling_in_keeps_what_it_cannot_fill() {
    let template = "a: $values.zone-$values.name\nb: $values.CIDR\nc: [$values.CIDR]\nd: ['$values.CIDR $values.ARCH']";
    let expected =
        "a: $values.zone-webapp\nb: $values.CIDR\nc: [10.0.0.0/8, 192.168.0.0/16]\nd: ['$values.CIDR $values.ARCH']";
    assert_eq!(fill(&document(template), &values()), document(expected));
}

proptest! {
    #[test]
    fn the_parts_of_a_text_are_the_whole_of_it(text in r"([$]|[$]values[.]|name|CIDR|[-_ ax1.é]){0,12}") {
        let values = values();
        let joined: String = parts(&text, &values).map(|part| match part {
            Part::Text(text) => text.to_owned(),
            Part::Escape => "$$values.".to_owned(),
            Part::Key(key) | Part::Unknown(key) => format!("$values.{key}"),
        }).collect();
        prop_assert_eq!(joined, text);
    }

    #[test]
    fn a_text_renders_when_nothing_in_it_is_undeclared(text in r"([$]|[$]values[.]|name|templatehash|[-_ ax1.é]){0,12}") {
        let (value, values) = (Value::String(text), values());
        prop_assert_eq!(render(&value, &values).is_ok(), undeclared(&value, &values).is_empty());
    }
}
