//! The vocabulary of the OCI specifications: digest, reference, descriptor, manifest, index, platform, media type.
//!
//! Everything here is a plain value: parsed strictly, printed the way it was read, and free of I/O. The wire types are
//! our own because those of the `oci-spec` crate keep annotations in a `HashMap` (two runs, two digests) and refuse
//! documents that `artifact.md` section 8 asks us to read; its constants are used where they fit.

pub mod annotation;
pub mod descriptor;
pub mod digest;
pub mod json;
pub mod manifest;
pub mod media_type;
pub mod platform;
pub mod range;
pub mod reference;

pub use descriptor::Descriptor;
pub use digest::{Algorithm, Digest, Hasher};
pub use manifest::{Document, Index, Manifest, RawManifest};
pub use platform::Platform;
pub use reference::{Location, Reference, Repository, Tag, Version};
