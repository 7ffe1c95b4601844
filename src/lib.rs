//! bobctl, the command-line client for Bills of Behavior, as a library with a thin binary.

pub mod artifact;
pub mod bob;
pub mod credentials;
pub mod oci;
pub mod store;
