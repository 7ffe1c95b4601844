//! Media types, and how two of them are compared.

/// OCI image manifest.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image index.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Docker schema 2 image manifest.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker schema 2 manifest list.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Prototype artifact manifest of the OCI 1.1 release candidates (`blobs` + `subject`).
pub const PROTOTYPE_ARTIFACT: &str = "application/vnd.oci.artifact.manifest.v1+json";
/// Prototype artifact manifest of early oras.
pub const PROTOTYPE_ORAS: &str = "application/vnd.cncf.oras.artifact.manifest.v1+json";
/// The empty JSON document `{}`.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Config of a BoB, `artifact.md` section 1.
pub const BOB_CONFIG: &str = "application/vnd.k8sstormcenter.bob.config.v1+json";
/// Content layer of a BoB, `artifact.md` section 1.
pub const BOB_CONTENT: &str = "application/vnd.k8sstormcenter.bob.content.v1.tar+gzip";
/// `artifactType` of a linked BoB, `artifact.md` section 1.
pub const BOB_ARTIFACT: &str = "application/vnd.bob.artifact+yaml";
/// Content layer that Flux writes.
pub const FLUX_CONTENT: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";

/// The value for an `Accept` header of a manifest request (HTTP-11): OCI's and Docker's types and those of the early
/// prototypes, joined by commas.
pub const ACCEPT_MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, \
application/vnd.oci.image.index.v1+json, \
application/vnd.docker.distribution.manifest.v2+json, \
application/vnd.docker.distribution.manifest.list.v2+json, \
application/vnd.oci.artifact.manifest.v1+json, \
application/vnd.cncf.oras.artifact.manifest.v1+json";

/// The essence of a media type: parameters dropped, lower case (HTTP-4).
pub fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether two media types name the same format (HTTP-4).
pub fn same(left: &str, right: &str) -> bool {
    essence(left) == essence(right)
}

/// Whether `media_type` is an index: OCI's or Docker's manifest list.
pub fn is_index(media_type: &str) -> bool {
    same(media_type, INDEX) || same(media_type, DOCKER_LIST)
}

/// Whether `media_type` is one of the four that every registry takes: OCI's manifest and index, and Docker's.
pub fn is_common(media_type: &str) -> bool {
    is_index(media_type) || same(media_type, MANIFEST) || same(media_type, DOCKER_MANIFEST)
}

/// Whether `media_type` is a manifest of the early prototypes.
pub fn is_prototype(media_type: &str) -> bool {
    same(media_type, PROTOTYPE_ARTIFACT) || same(media_type, PROTOTYPE_ORAS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_do_not_count() {
        assert!(same("Application/VND.oci.image.index.v1+json; charset=utf-8", INDEX));
        assert!(!same(MANIFEST, INDEX));
    }
}
