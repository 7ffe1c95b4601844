//! What a registry wants before it answers: the `WWW-Authenticate` header of RFC 9110, read tolerantly (AUTH-1).

/// How many challenges of an answer count.
const MAX_CHALLENGES: usize = 32;
/// How many parameters of a challenge count.
const MAX_PARAMETERS: usize = 32;

/// One challenge: a scheme and its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    pub(super) scheme: String,
    pub(super) parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Whether the scheme is `name`, in any case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(name)
    }

    /// The first parameter called `name`, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }
}

/// All challenges of all values of the header, in order; not more than [`MAX_CHALLENGES`], each with not more than
/// [`MAX_PARAMETERS`]. The time this takes grows with the length of the values alone.
pub(super) fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Challenge> {
    let mut challenges = Vec::new();
    for value in values {
        let mut reader = Reader { rest: value };
        reader.challenges(&mut challenges);
    }
    challenges
}

/// Walks over one header value. Separators are optional throughout, because some servers forget them.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn challenges(&mut self, found: &mut Vec<Challenge>) {
        // Parameters belong to a scheme of the same header line.
        let first = found.len();
        loop {
            self.skip(|c| c == ',' || c.is_ascii_whitespace());
            let word = self.take(is_token);
            if word.is_empty() {
                // Nothing that a scheme or a parameter starts with: step over it, unless this is the end.
                let mut chars = self.rest.chars();
                if chars.next().is_none() {
                    return;
                }
                self.rest = chars.as_str();
                continue;
            }
            self.skip(|c| c.is_ascii_whitespace());
            if self.rest.starts_with('=') {
                self.rest = &self.rest[1..];
                let value = self.value();
                let last = found[first..].last_mut().filter(|last| last.parameters.len() < MAX_PARAMETERS);
                if let Some(challenge) = last {
                    challenge.parameters.push((word.to_owned(), value));
                }
            } else if found.len() == MAX_CHALLENGES {
                return;
            } else {
                found.push(Challenge { scheme: word.to_owned(), parameters: Vec::new() });
                self.token68();
            }
        }
    }

    /// A quoted string, or everything up to a comma or white space.
    fn value(&mut self) -> String {
        self.skip(|c| c.is_ascii_whitespace());
        let Some(quoted) = self.rest.strip_prefix('"') else {
            return self.take(|c| c != ',' && !c.is_ascii_whitespace()).to_owned();
        };
        let mut value = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next() {
            match c {
                '"' => break,
                '\\' => value.extend(chars.next()),
                c => value.push(c),
            }
        }
        self.rest = chars.as_str();
        value
    }

    /// Step over a token68, such as Negotiate sends: one word, up to the next comma, that is no `name=value`.
    fn token68(&mut self) {
        let tail = self.rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c));
        let body = &self.rest[..self.rest.len() - tail.len()];
        let after = tail.trim_start_matches('=');
        let padded = after.len() < tail.len();
        let after = after.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let alone = after.is_empty() || after.starts_with(',');
        if !body.is_empty() && alone && (padded || body.contains('/') || body.contains('+')) {
            self.rest = after;
        }
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.rest = self.rest.trim_start_matches(skipped);
    }

    fn take(&mut self, taken: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !taken(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Challenges as `scheme[name=value|name=value]`.
    fn read(values: &[&str]) -> String {
        let one = |challenge: &Challenge| {
            let parameters: Vec<String> =
                challenge.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}[{}]", challenge.scheme, parameters.join("|"))
        };
        parse(values.iter().copied()).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn challenges_as_they_are_met() {
        for (values, expected) in [
            (
                vec![
                    r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
                ],
                "Bearer[realm=https://auth.docker.io/token|service=registry.docker.io|scope=repository:a/b:pull,push]",
            ),
            // Gitea: two lines, one of them bare.
            (
                vec![r#"Bearer realm="https://git.io/v2/token""#, "Basic"],
                "Bearer[realm=https://git.io/v2/token] Basic[]",
            ),
            (vec!["basic realm=zot"], "basic[realm=zot]"),
            (
                vec![
                    r#"Bearer realm="https://git.io/v2/token",service="container_registry",scope="*""#,
                    r#"Basic realm="Gitea Container Registry""#,
                ],
                "Bearer[realm=https://git.io/v2/token|service=container_registry|scope=*] Basic[realm=Gitea Container Registry]",
            ),
            (vec!["Negotiate dG9rZW4=", "Bearer realm=x"], "Negotiate[] Bearer[realm=x]"),
            (vec!["Negotiate a/b+c , Bearer realm=x"], "Negotiate[] Bearer[realm=x]"),
            (vec!["BEARER\trealm=\"x\""], "BEARER[realm=x]"),
            (vec!["Bearer realm=, service=s"], "Bearer[service=s]"),
            (vec![r#"Basic realm="", Bearer realm="x""#], "Basic[realm=] Bearer[realm=x]"),
            (vec![r#"Basic, Bearer realm="x""#], "Basic[] Bearer[realm=x]"),
            (vec![r#"Bearer realm="a\"b\\c, d",service=s"#], r#"Bearer[realm=a"b\c, d|service=s]"#),
            (vec![r#"Bearer realm = "x" , service = y"#], "Bearer[realm=x|service=y]"),
            (vec![r#"Bearer realm="x"service="y"Basic realm="z""#], "Bearer[realm=x|service=y] Basic[realm=z]"),
            (vec!["Bearer realm=https://a.io/t?x=1,service=s"], "Bearer[realm=https://a.io/t?x=1|service=s]"),
            (vec![r#"Negotiate YWJj==, Basic realm="x""#], "Negotiate[] Basic[realm=x]"),
            (vec![r#"Negotiate, NTLM, Basic realm="x""#], "Negotiate[] NTLM[] Basic[realm=x]"),
            (vec![r#"Bearer realm="unterminated"#], "Bearer[realm=unterminated]"),
            (vec![r#"Bearer realm="x",error="insufficient_scope""#], "Bearer[realm=x|error=insufficient_scope]"),
            (vec![r#"realm="orphan""#, ",,, ", "\u{e9}\"="], ""),
            (vec![""], ""),
        ] {
            assert_eq!(read(&values), expected, "{values:?}");
        }
    }

    #[test]
    fn a_long_header_of_nonsense_takes_no_time_and_no_room() {
        let length = 64 << 10;
        for garbage in ["a ", "a=", "a=\"", ",", "\\", "\"\\", "a b=c,", "A/ ", "= ", "Bearer x=\"y\" ", "\u{e9}"] {
            let text = garbage.repeat(length / garbage.len());
            let begun = std::time::Instant::now();
            let found = parse([text.as_str()]);
            assert!(begun.elapsed() < std::time::Duration::from_secs(1), "{garbage:?}: {:?}", begun.elapsed());
            assert!(found.len() <= MAX_CHALLENGES, "{garbage:?}");
            assert!(found.iter().all(|one| one.parameters.len() <= MAX_PARAMETERS), "{garbage:?}");
        }
        // What comes before the nonsense counts.
        let text = format!("Bearer realm=\"x\",{}", "a ".repeat(length / 2));
        assert_eq!(parse([text.as_str()])[0].get("realm"), Some("x"));
    }

    #[test]
    fn names_have_no_case_and_empty_means_absent() {
        let challenges = parse([r#"BEARER Realm="x",service="""#]);
        assert!(challenges[0].is("bearer"));
        assert_eq!(challenges[0].get("realm"), Some("x"));
        assert_eq!(challenges[0].get("service"), None);
    }
}
