//! bobctl, the command-line client for Bills of Behavior, as a library with a thin binary.
//!
//! The rooms; each may import those that `tests/architecture.rs` lists for it, and nothing points upwards:
//!
//! - `artifact`: a folder and the content layer, config and manifest that it becomes.
//! - `store`: where manifests and blobs are kept, a layout folder or a registry. It does not know what a BoB is.
//! - `credentials`: who we are to a registry.
//! - `bob`: the domain, values and profiles; pure functions over text.
//! - `oci`: the vocabulary of digests, references, descriptors and manifests; pure values.

pub mod artifact;
pub mod bob;
pub mod credentials;
pub mod oci;
pub mod store;
