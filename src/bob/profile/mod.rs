//! Profiles: what the config document says of them (`artifact.md` section 4).

mod counts;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use counts::{Counts, Measured, MeasuredContainer, measure};

use super::{Value, Values, template};

/// The API group of kubescape's profiles.
const GROUP: &str = "spdx.softwarecomposition.kubescape.io/";
/// What the containers of a workload do.
const APPLICATION: &str = "ApplicationProfile";
/// What one container does, network included.
const CONTAINER: &str = "ContainerProfile";
/// Whom the containers of a workload talk to.
const NETWORK: &str = "NetworkNeighborhood";
/// The label that names the container of a `ContainerProfile`.
const CONTAINER_LABEL: &str = "kubescape.io/workload-container-name";
/// Where containers stand in a spec, in the order in which they are told.
const CONTAINER_LISTS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// One profile of a `BoB`, in the key order of the config document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The path of its file in the folder.
    pub file: String,
    /// `ApplicationProfile`, `ContainerProfile` or `NetworkNeighborhood`.
    pub kind: String,
    /// Its metadata name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The architectures it was recorded on, in Go's names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// What it holds of containers: the ordinary ones, then init, then ephemeral ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<Container>,
}

/// One container of a profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name in the pod.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The image it was recorded with: by digest where the profile has one, else by tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
}

/// The profiles among the documents of `file`, with `defaults` filled in as far as they go.
pub fn read(file: &str, documents: &[Value], defaults: &Values) -> Vec<Profile> {
    documents.iter().filter_map(|document| Profile::of(file, document, defaults)).collect()
}

impl Profile {
    fn of(file: &str, document: &Value, defaults: &Values) -> Option<Self> {
        let kind = kind(document)?;
        Some(Self::of_filled(file, kind, &template::fill(document, defaults)))
    }

    /// What a document of this kind says, its placeholders filled in.
    fn of_filled(file: &str, kind: &str, document: &Value) -> Self {
        let name = document.get("metadata").and_then(|metadata| text(metadata, "name"));
        Self {
            file: file.to_owned(),
            kind: kind.to_owned(),
            name: name.unwrap_or_default(),
            architectures: architectures(document),
            containers: containers(kind, document).into_iter().map(|(container, _)| container).collect(),
        }
    }
}

/// The kind of a document that is a profile.
fn kind(document: &Value) -> Option<&str> {
    let kind = document.get("kind")?.as_str()?;
    let is_profile = matches!(kind, APPLICATION | CONTAINER | NETWORK);
    (is_profile && document.get("apiVersion")?.as_str()?.starts_with(GROUP)).then_some(kind)
}

fn architectures(document: &Value) -> Vec<String> {
    let list = document.get("spec").and_then(|spec| spec.get("architectures"));
    list.map_or(&[][..], Value::elements).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The containers of a profile of this kind, each with what the profile says about it.
fn containers<'a>(kind: &str, document: &'a Value) -> Vec<(Container, &'a Value)> {
    let spec = document.get("spec").unwrap_or(&Value::Null);
    if kind == CONTAINER {
        return vec![(the_container(document), spec)];
    }
    CONTAINER_LISTS
        .iter()
        .filter_map(|list| spec.get(list))
        .flat_map(Value::elements)
        .map(|one| (Container { name: text(one, "name").unwrap_or_default(), image: image(one) }, one))
        .collect()
}

/// The one container that a `ContainerProfile` is about: its spec.
fn the_container(document: &Value) -> Container {
    let metadata = document.get("metadata");
    let label = metadata.and_then(|metadata| metadata.get("labels")).and_then(|labels| text(labels, CONTAINER_LABEL));
    let name = label.or_else(|| metadata.and_then(|metadata| text(metadata, "name")));
    Container { name: name.unwrap_or_default(), image: document.get("spec").and_then(image) }
}

fn image(container: &Value) -> Option<String> {
    text(container, "imageID").or_else(|| text(container, "imageTag"))
}

/// A string that is there and not empty.
fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}
