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
        let end = end_of_parameters(parameters);
        if is_next(&parameters[..end]) {
            return Some(target.trim());
        }
        rest = &parameters[end..];
    }
}

/// Where the parameters of one link end: at a comma outside quotes.
fn end_of_parameters(text: &str) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_next(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("rel"))
        .is_some_and(|(_, relations)| {
            relations.trim().trim_matches('"').split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
        })
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
