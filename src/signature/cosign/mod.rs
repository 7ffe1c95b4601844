//! cosign: its key files.

pub mod key;
