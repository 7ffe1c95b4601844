//! The `Link` header of RFC 8288, as far as paging needs it (HTTP-61).

/// The target of the first link whose relation is `next`, from all values of the header.
pub(super) fn next<'a>(values: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    values.into_iter().find_map(next_in)
}

fn next_in(value: &str) -> Option<&str> {
    let mut rest = value;
    loop {
        // Commas inside <> belong to the address, so links are found by their brackets.
        let (_, after) = rest.split_once('<')?;
        let (target, parameters) = after.split_once('>')?;
        let mut rest_of_link = parameters;
        let mut relation = None;
        loop {
            let end = end_of_parameter(rest_of_link);
            let (parameter, after) = rest_of_link.split_at(end);
            // Of several relations the first one counts.
            relation = relation.or_else(|| relation_in(parameter));
            rest_of_link = after.get(1..).unwrap_or_default();
            if !after.starts_with(';') {
                break;
            }
        }
        if relation.is_some_and(|names| names.split_ascii_whitespace().any(|name| name.eq_ignore_ascii_case("next"))) {
            return Some(target.trim());
        }
        rest = rest_of_link;
    }
}

/// Where a parameter ends: at a semicolon or, with the whole link, at a comma, both outside quotes.
fn end_of_parameter(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn relation_in(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_in_every_spelling() {
        for (values, target) in [
            (vec![r#"</v2/a/tags/list?last=x&n=2>; rel="next""#], Some("/v2/a/tags/list?last=x&n=2")),
            (vec!["</a>;rel=next"], Some("/a")),
            (vec!["</a>; title=\"x, <b>; rel=next\"; rel=prev, </b> ; REL = \"last Next\""], Some("/b")),
            (vec!["</a?x=1,2>; rel=\"next\""], Some("/a?x=1,2")),
            (vec!["</a>; rel=prev", "</b>; rel=next"], Some("/b")),
            (vec!["</a>; rel=prev; rel=next"], None),
            (vec!["</a>; rel=nextish"], None),
            (vec!["</a>"], None),
            (vec!["/a; rel=next"], None),
            (vec!["</a; rel=next"], None),
            (vec![""], None),
        ] {
            assert_eq!(next(values.iter().copied()), target, "{values:?}");
        }
    }
}
