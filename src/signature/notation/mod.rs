//! notation: its trust policies (`signing.md` B5).
//!
//! What notation refuses is refused here, by the same rules. What it accepts and nothing ever matches is a warning;
//! Flux reads the same documents, in a few places otherwise.

mod doubts;
mod identity;
mod policy;
mod problem;
mod scope;
mod statement;

pub use identity::{Identity, Subject};
pub use policy::{Policy, PolicyError};
pub use problem::Problem;
pub use statement::{Action, Check, Level, Statement, Store, StoreKind, VerifyTimestamp};
