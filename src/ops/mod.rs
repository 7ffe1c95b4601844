//! The verbs as plain async functions over a [`Store`](crate::store::Store).
//!
//! An operation takes validated values, reports what it does through a [`Reporter`], and returns a result struct that
//! serialises to the documented JSON. It neither prints nor reads the environment.

pub mod build;
pub mod copy;
pub mod delete;
pub mod describe;
pub mod error;
pub mod link;
pub mod list;
pub mod pull;
pub mod push;
pub mod report;
pub mod secret;
pub mod tag;
pub mod tree;

mod attached;
mod cancel;
mod content;
mod fetch;
mod ignored;
mod image;
mod platform;
mod transfer;
mod versions;

pub use error::OpError;
pub use report::{Event, Reporter, Step};

/// What an operation answers.
pub type Result<T> = std::result::Result<T, OpError>;
