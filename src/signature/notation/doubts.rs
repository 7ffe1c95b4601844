//! What a trust policy that notation accepts will not do as its author may think.

use super::scope;
use super::statement::{Action, Check, Level, Statement, StoreKind};

/// What is doubtful about one statement.
pub(super) fn of_statement(statement: &Statement) -> Vec<String> {
    let scopes = statement.scopes.iter().filter_map(|scope| scope::doubt(scope));
    let identities = statement.identities.iter().filter_map(super::Identity::doubt);
    scopes.chain(of_level(statement)).chain(of_stores(statement)).chain(identities).collect()
}

fn of_level(statement: &Statement) -> Option<String> {
    match (statement.level, statement.action(Check::Authenticity)) {
        (_, Action::Enforce) => None,
        (Level::Skip, _) => {
            Some("with the level 'skip' nothing is verified, and Flux says that it was ignored".to_owned())
        }
        _ => Some(
            "authenticity is only logged: a signature by anyone passes, and Flux says that it was ignored".to_owned(),
        ),
    }
}

fn of_stores(statement: &Statement) -> Vec<String> {
    let has = |kind: StoreKind| statement.stores.iter().find(|store| store.kind == kind);
    let mut doubts = Vec::new();
    if statement.level != Level::Skip && has(StoreKind::Ca).is_none() {
        doubts.push("it has no 'ca:' trust store: what `notation sign` signs never verifies".to_owned());
    }
    if let Some(store) = has(StoreKind::Tsa) {
        doubts.push(format!(
            "'{store}' asks for a timestamp authority's countersignature: signatures without one do not verify, and \
             bobctl checks none"
        ));
    }
    doubts
}
