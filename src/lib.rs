//! bobctl, the command-line client for Bills of Behavior, as a library with a thin binary.
//!
//! The house and its rooms; imports point downwards only:
//!
//! ```text
//! main → cli → output
//!        cli → ops → artifact → bob
//!              ops → signature
//!              ops → store → credentials
//!              ops → cluster
//!              all of them → oci
//! ```
//!
//! | room | what it is |
//! | --- | --- |
//! | [`oci`] | vocabulary: digest, reference, descriptor, manifest, index, platform, media type |
//! | [`bob`] | the domain: values, placeholders, profiles |
//! | [`artifact`] | a folder and its content layer, config and manifest |
//! | [`credentials`] | docker's and podman's files and helpers, what login writes, secret types |
//! | [`signature`] | cosign and notation: keys, certificates and trust policies in, a verdict with reasons out |
//! | [`store`] | one small trait and its two implementers: a layout folder and a registry |
//! | [`cluster`] | Kubernetes: secrets as pure values, and applying them |
//! | [`ops`] | the verbs as plain async functions over a store |
//! | [`output`] | the only room that writes to a stream |
//! | `cli` | one file a verb; exit codes |

pub mod artifact;
pub mod bob;
mod cli;
pub mod cluster;
pub mod credentials;
pub mod oci;
pub mod ops;
pub mod output;
pub mod signature;
pub mod store;

pub use cli::{command, run};
