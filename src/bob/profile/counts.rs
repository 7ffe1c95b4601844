//! How much a profile allows, in numbers: what `describe` shows of a layer that was read.

use serde::Serialize;

use super::{APPLICATION, CONTAINER, Container, NETWORK, Profile, containers, kind};
use crate::bob::{Value, Values, template};

/// How many entries a container's lists have. Those that a profile of its kind does not have are absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Programs that may be started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execs: Option<usize>,
    /// Files that may be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens: Option<usize>,
    /// HTTP endpoints that may be served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<usize>,
    /// System calls that may be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub syscalls: Option<usize>,
    /// Capabilities that may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<usize>,
    /// Neighbours that may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ingress: Option<usize>,
    /// Neighbours that may be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub egress: Option<usize>,
}

impl Counts {
    /// What a profile of this kind says about a container.
    fn of(kind: &str, container: &Value) -> Self {
        let (does, talks) = (matches!(kind, APPLICATION | CONTAINER), matches!(kind, NETWORK | CONTAINER));
        let count = |counted: bool, list| counted.then(|| container.get(list).map_or(0, |list| list.elements().len()));
        Self {
            execs: count(does, "execs"),
            opens: count(does, "opens"),
            endpoints: count(does, "endpoints"),
            syscalls: count(does, "syscalls"),
            capabilities: count(does, "capabilities"),
            ingress: count(talks, "ingress"),
            egress: count(talks, "egress"),
        }
    }
}

/// A container with its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MeasuredContainer {
    /// Name and image.
    #[serde(flatten)]
    pub container: Container,
    /// None of them where the profile itself was not read.
    #[serde(flatten)]
    pub counts: Counts,
}

/// A profile whose containers have counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// The path of its file in the folder.
    pub file: String,
    /// `ApplicationProfile`, `ContainerProfile` or `NetworkNeighborhood`.
    pub kind: String,
    /// Its metadata name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The architectures it was recorded on, in Go's names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub architectures: Vec<String>,
    /// What it holds of containers, in the order of [`Profile`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<MeasuredContainer>,
}

impl Measured {
    /// The profile without its counts.
    pub fn profile(&self) -> Profile {
        Profile {
            file: self.file.clone(),
            kind: self.kind.clone(),
            name: self.name.clone(),
            architectures: self.architectures.clone(),
            containers: self.containers.iter().map(|one| one.container.clone()).collect(),
        }
    }
}

/// A profile that was not read: nothing is counted.
impl From<Profile> for Measured {
    fn from(profile: Profile) -> Self {
        let uncounted = |container| MeasuredContainer { container, counts: Counts::default() };
        Self {
            file: profile.file,
            kind: profile.kind,
            name: profile.name,
            architectures: profile.architectures,
            containers: profile.containers.into_iter().map(uncounted).collect(),
        }
    }
}

/// As [`super::read`], and counted: lists of values count as often as they repeat an element.
pub fn measure(file: &str, documents: &[Value], defaults: &Values) -> Vec<Measured> {
    documents.iter().filter_map(|document| one(file, document, defaults)).collect()
}

fn one(file: &str, document: &Value, defaults: &Values) -> Option<Measured> {
    let kind = kind(document)?;
    let filled = template::fill(document, defaults);
    let mut measured = Measured::from(Profile::of_filled(file, kind, &filled));
    let counted = containers(kind, &filled).into_iter().map(|(_, said)| Counts::of(kind, said));
    for (container, counts) in measured.containers.iter_mut().zip(counted) {
        container.counts = counts;
    }
    Some(measured)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bob::yaml;

    fn counted(kind: &str, rest: &str) -> String {
        let text = format!("apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: {kind}\n{rest}");
        let values = Values::parse("bob.values", "CIDR = 10.0.0.0/8, 192.168.0.0/16\n").unwrap();
        let measured = measure("bob.yaml", &yaml::read(&text).unwrap(), &values);
        assert_eq!(
            measured.iter().map(Measured::profile).collect::<Vec<_>>(),
            super::super::read("bob.yaml", &yaml::read(&text).unwrap(), &values)
        );
        serde_json::to_string(&measured[0].containers).unwrap()
    }

    #[test]
    fn each_kind_counts_the_lists_that_it_has() {
        let does = "execs: [{path: /a}, {path: /b}], opens: [{path: /c}], endpoints: null, capabilities: [A, B, C]";
        assert_eq!(
            counted("ApplicationProfile", &format!("spec: {{containers: [{{name: a, {does}, ingress: [1]}}]}}")),
            r#"[{"name":"a","execs":2,"opens":1,"endpoints":0,"syscalls":0,"capabilities":3}]"#
        );
        assert_eq!(
            counted("NetworkNeighborhood", "spec: {containers: [{name: a, ingress: [1], egress: [1, 2], execs: [1]}]}"),
            r#"[{"name":"a","ingress":1,"egress":2}]"#
        );
        assert_eq!(
            counted("ContainerProfile", &format!("metadata: {{name: a}}\nspec: {{{does}, egress: [1]}}")),
            r#"[{"name":"a","execs":2,"opens":1,"endpoints":0,"syscalls":0,"capabilities":3,"ingress":0,"egress":1}]"#
        );
        let bare =
            r#"[{"name":"a","execs":0,"opens":0,"endpoints":0,"syscalls":0,"capabilities":0,"ingress":0,"egress":0}]"#;
        assert_eq!(counted("ContainerProfile", "metadata: {name: a}"), bare);
    }

    #[test]
    fn a_list_of_values_counts_as_what_it_becomes() {
        let neighbours = "spec: {containers: [{name: a, egress: [{ipAddress: $values.CIDR}, {ipAddress: 1.1.1.1}]}]}";
        assert_eq!(counted("NetworkNeighborhood", neighbours), r#"[{"name":"a","ingress":0,"egress":3}]"#);
    }
}
