//! Annotation keys that bobctl reads or writes, and the map they live in.

use std::collections::BTreeMap;

pub use oci_spec::image::{
    ANNOTATION_CREATED as CREATED, ANNOTATION_REF_NAME as REF_NAME, ANNOTATION_REVISION as REVISION,
    ANNOTATION_SOURCE as SOURCE, ANNOTATION_TITLE as TITLE,
};

/// Annotations sorted by key, so that equal annotations always have equal bytes.
pub type Annotations = BTreeMap<String, String>;

/// The `created` annotation of the OCI 1.1 release candidates, read but never written.
pub const CREATED_RELEASE_CANDIDATE: &str = "org.opencontainers.artifact.created";

/// What a linked BoB is, in words; `artifact.md` section 7.
pub const DESCRIPTION: &str = "org.opencontainers.artifact.description";
/// Where a BoB that was linked later comes from: `bob://<registry>/<repository>@<digest>`, `artifact.md` section 7.
pub const BOB_REFERENCE: &str = "io.k8sstormcenter.bob.reference";

/// When the content was made, as its annotations say.
pub fn created(annotations: &Annotations) -> Option<&str> {
    let created = annotations.get(CREATED).or_else(|| annotations.get(CREATED_RELEASE_CANDIDATE));
    created.map(String::as_str)
}
