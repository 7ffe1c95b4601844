//! Other tools and this one, on the same registries and layouts: each reads what the other has written.
//!
//! What a machine lacks of those tools is left out test by test, see `support::leftout`.

mod adoption;
mod crowds;
mod linked;
mod reading;
mod shapes;
mod sharing;
mod tool;
mod walk;
