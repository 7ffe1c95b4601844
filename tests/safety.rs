//! Hostile answers, and what a command must not do because of them: give a secret away, reach into this machine's
//! network, believe a document that can be read in two ways, or let a terminal act.
//!
//! Each request of the protocol is led astray in the client's own tests (`store::registry::tests::safety`), faults on
//! the way are in [`crate::transfer`], and what is printed of secrets in [`crate::debug`].

mod documents;
mod leaks;
mod words;
