//! What a token is for: the scopes of the token specification (AUTH-7, AUTH-11).

use std::collections::BTreeSet;
use std::fmt;

/// How many scopes of a challenge count.
const MAX_SCOPES: usize = 16;
/// A scope of a challenge that is longer, in bytes, does not count: a repository's name has 255 at the most.
const MAX_SCOPE: usize = 1024;

/// Actions on one resource: `repository:org/app:pull,push`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Scope {
    resource: String,
    actions: BTreeSet<String>,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actions: Vec<&str> = self.actions.iter().map(String::as_str).collect();
        write!(f, "{}:{}", self.resource, actions.join(","))
    }
}

/// Scopes in the order in which they are asked for: some token services look at the first one only.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Scopes(Vec<Scope>);

impl Scopes {
    /// What a command needs of a repository, from the start.
    pub(super) fn repository(name: &str, push: bool) -> Self {
        Self::parse(&format!("repository:{name}:{}", if push { "pull,push" } else { "pull" }))
    }

    /// What a command needs that deletes, and keeps lists right that it deletes from.
    pub(super) fn deleting(name: &str) -> Self {
        Self::parse(&format!("repository:{name}:pull,push,delete"))
    }

    /// Scopes as a challenge names them, separated by white space. No challenge needs more than [`MAX_SCOPES`], and a long
    /// one says nothing that a request could carry.
    pub(super) fn parse(text: &str) -> Self {
        let mut scopes = Self::default();
        let words = text.split_ascii_whitespace().take(MAX_SCOPES);
        for word in words.filter(|word| word.len() <= MAX_SCOPE) {
            if let Some((resource, actions)) = word.rsplit_once(':') {
                let actions = actions.split(',').filter(|action| !action.is_empty()).map(str::to_owned).collect();
                scopes.add(Scope { resource: resource.to_owned(), actions });
            }
        }
        scopes
    }

    /// These scopes and then those of `other`; what names the same resource becomes one.
    pub(super) fn merged(mut self, other: &Self) -> Self {
        other.0.iter().cloned().for_each(|scope| self.add(scope));
        self
    }

    /// Whether everything in `other` is in these as well.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|wanted| {
            self.0.iter().any(|held| held.resource == wanted.resource && held.actions.is_superset(&wanted.actions))
        })
    }

    /// Whether these cover `other`, and are about the same repository first of all.
    pub(super) fn is_led_by(&self, other: &Self) -> bool {
        self.covers(other) && self.subject() == other.subject()
    }

    /// The repository that all this is about, which is the first; `None` when that is none.
    pub(super) fn subject(&self) -> Option<&str> {
        self.0.first()?.resource.strip_prefix("repository:")
    }

    /// Whether something is to be written or deleted.
    pub(super) fn writes(&self) -> bool {
        self.0.iter().any(|scope| ["push", "delete"].iter().any(|action| scope.actions.contains(*action)))
    }

    /// Each scope as text, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }

    fn add(&mut self, scope: Scope) {
        match self.0.iter_mut().find(|held| held.resource == scope.resource) {
            Some(held) => held.actions.extend(scope.actions),
            None => self.0.push(scope),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(scopes: &Scopes) -> String {
        scopes.iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_command_asks_for_all_it_needs_in_one_string() {
        assert_eq!(text(&Scopes::repository("org/app", false)), "repository:org/app:pull");
        assert_eq!(text(&Scopes::repository("org/app", true)), "repository:org/app:pull,push");
        assert_eq!(text(&Scopes::deleting("org/app")), "repository:org/app:delete,pull,push");
    }

    #[test]
    fn what_the_challenge_names_comes_first() {
        let own = Scopes::repository("a", true);
        for (challenge, merged) in [
            ("repository:a:pull", "repository:a:pull,push"),
            ("repository:mirror/a:pull", "repository:mirror/a:pull repository:a:pull,push"),
            ("registry:catalog:* repository:a:delete", "registry:catalog:* repository:a:delete,pull,push"),
            ("repository:host:5000/a:pull", "repository:host:5000/a:pull repository:a:pull,push"),
            ("nonsense", "repository:a:pull,push"),
            ("", "repository:a:pull,push"),
        ] {
            assert_eq!(text(&Scopes::parse(challenge).merged(&own)), merged, "{challenge}");
        }
    }

    #[test]
    fn a_challenge_that_names_too_much_is_cut() {
        let long = format!("repository:{}:pull repository:a:pull", "x".repeat(MAX_SCOPE));
        assert_eq!(text(&Scopes::parse(&long)), "repository:a:pull");
        let many: Vec<String> = (0..10_000).map(|at| format!("repository:{at}:pull")).collect();
        assert_eq!(Scopes::parse(&many.join(" ")).iter().count(), MAX_SCOPES);
    }

    #[test]
    fn to_delete_is_to_write() {
        assert!(Scopes::parse("repository:a:delete,pull").writes());
        assert!(!Scopes::parse("repository:push:pull").writes());
    }

    #[test]
    fn a_wider_token_serves_a_narrower_need() {
        let wide = Scopes::parse("repository:b:pull repository:a:pull,push");
        assert!(wide.covers(&Scopes::repository("a", false)));
        assert!(!Scopes::repository("a", false).covers(&wide));
        assert!(!wide.covers(&Scopes::repository("c", false)));
        assert!(wide.writes());
    }
}
