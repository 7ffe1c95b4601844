//! Kubernetes: secrets as pure values; applying them behind the cargo feature `cluster`.
//!
//! A [`Secret`] is checked as the API server would check it, before anything is sent, and is shown in one way only: by
//! its [`manifest`](Secret::manifest), which somebody has to ask for. Nothing here knows OCI.

#[cfg(feature = "cluster")]
pub mod apply;
pub mod names;
pub mod secret;
mod yaml;

pub use names::{Name, NameError, Namespace};
pub use secret::{Content, Kind, Manifest, Secret, SecretError};
