//! The domain: values, placeholders, profiles. Pure functions over text and parsed YAML.
//!
//! `artifact.md` section 3 is the contract. Nothing here reads a file, writes a stream or knows of OCI; a path is a
//! name for messages and for the config document.

pub mod profile;
pub mod role;
pub mod template;
pub mod values;
pub mod yaml;

pub use profile::Profile;
pub use role::Role;
pub use values::Values;
pub use yaml::Value;
