//! How the layers of an artifact become files: ours, Flux's and oras's (`artifact.md` section 8).

use crate::oci::{Descriptor, Manifest, annotation, media_type};

/// The annotation by which oras marks a layer that is a packed folder.
const ORAS_UNPACK: &str = "io.deis.oras.content.unpack";

/// What a layer becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A tar+gzip archive whose entries are unpacked.
    Archive,
    /// A file of this name.
    File(String),
}

/// The role of each layer; an error says why the manifest is no artifact with files.
pub fn roles(manifest: &Manifest) -> Result<Vec<Role>, String> {
    if manifest.layers.is_empty() {
        return Err("it has no layers".to_owned());
    }
    manifest.layers.iter().map(role).collect()
}

fn role(layer: &Descriptor) -> Result<Role, String> {
    let archive = [media_type::BOB_CONTENT, media_type::FLUX_CONTENT]
        .iter()
        .any(|known| media_type::same(&layer.media_type, known));
    let packed = layer.annotations.get(ORAS_UNPACK).is_some_and(|value| value == "true");
    if archive || packed {
        return Ok(Role::Archive);
    }
    match layer.annotations.get(annotation::TITLE) {
        Some(title) => Ok(Role::File(title.clone())),
        None if media_type::same(&layer.media_type, media_type::EMPTY) => Err("it has no content".to_owned()),
        None => {
            Err(format!("layer {} of type '{}' has no title to name a file by", layer.digest.short(), layer.media_type))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::annotation::Annotations;

    fn manifest(layers: Vec<Descriptor>) -> Manifest {
        Manifest::new(Descriptor::of(media_type::EMPTY, b"{}"), layers, Annotations::new())
    }

    #[test]
    fn archives_and_files_are_told_apart() {
        let ours = Descriptor::of(media_type::BOB_CONTENT, b"a").with_annotation(annotation::TITLE, "bob.tar.gz");
        let flux = Descriptor::of("application/vnd.cncf.flux.content.v1.tar+gzip; x=y", b"b");
        let folder = Descriptor::of("application/vnd.oci.image.layer.v1.tar+gzip", b"c")
            .with_annotation(annotation::TITLE, "webapp")
            .with_annotation(ORAS_UNPACK, "true");
        let file = Descriptor::of("text/yaml", b"d").with_annotation(annotation::TITLE, "bob.yaml");
        let expected = vec![Role::Archive, Role::Archive, Role::Archive, Role::File("bob.yaml".into())];
        assert_eq!(roles(&manifest(vec![ours, flux, folder, file])).unwrap(), expected);
    }

    #[test]
    fn an_image_is_no_artifact_with_files() {
        let image = manifest(vec![Descriptor::of("application/vnd.oci.image.layer.v1.tar+gzip", b"c")]);
        assert!(roles(&image).unwrap_err().contains("no title"));
        assert!(roles(&manifest(Vec::new())).unwrap_err().contains("no layers"));
    }
}
