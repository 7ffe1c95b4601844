use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::bob::{Role, yaml};

const VALUES: &str = "name = webapp\ntemplatehash = d87cdd796\nregistry = ghcr.io\nARCH = amd64, arm64\n";

fn profiles(text: &str) -> Vec<Profile> {
    let values = Values::parse("bob.values", VALUES).unwrap();
    read("bob.yaml", &yaml::read(text).unwrap(), &values)
}

fn json(text: &str) -> String {
    serde_json::to_string(&profiles(text)).unwrap()
}

#[test]
fn an_application_profile_tells_its_containers_in_order() {
    let text = "
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: ApplicationProfile
metadata: {name: replicaset-$values.name-$values.templatehash}
spec:
  architectures: [$values.ARCH]
  ephemeralContainers: [{name: debug, imageTag: r.io/debug:1}]
  initContainers: [{name: setup, imageID: '', imageTag: r.io/setup:1}, {name: bare}]
  containers:
  - {name: ping-app, imageID: '$values.registry/org/webapp@sha256:00', imageTag: r.io/other:1}
";
    let containers = concat!(
        r#"[{"name":"ping-app","image":"ghcr.io/org/webapp@sha256:00"},{"name":"setup","image":"r.io/setup:1"},"#,
        r#"{"name":"bare"},{"name":"debug","image":"r.io/debug:1"}]"#
    );
    let profile = concat!(
        r#"[{"file":"bob.yaml","kind":"ApplicationProfile","name":"replicaset-webapp-d87cdd796","#,
        r#""architectures":["amd64","arm64"],"containers":"#
    );
    let expected = format!("{profile}{containers}}}]");
    assert_eq!(json(text), expected);
    assert_eq!(serde_json::from_str::<Vec<Profile>>(&expected).unwrap(), profiles(text));
}

#[test]
fn a_container_profile_is_one_container() {
    let head = "apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: ContainerProfile\n";
    for (rest, expected) in [
        (
            "metadata: {name: chain, labels: {kubescape.io/workload-container-name: nginx}}\nspec: {imageTag: 'r.io/n:1'}",
            r#""name":"chain","containers":[{"name":"nginx","image":"r.io/n:1"}]"#,
        ),
        ("metadata: {name: redis}\nspec: {execs: []}", r#""name":"redis","containers":[{"name":"redis"}]"#),
        (
            "metadata: {name: redis, labels: {kubescape.io/workload-container-name: ''}}\nspec: {containers: [{name: x}]}",
            r#""name":"redis","containers":[{"name":"redis"}]"#,
        ),
    ] {
        let json = json(&format!("{head}{rest}"));
        assert_eq!(json, format!(r#"[{{"file":"bob.yaml","kind":"ContainerProfile",{expected}}}]"#));
    }
}

#[test]
fn a_network_neighborhood_tells_names_and_empty_things_are_left_out() {
    let head = "apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1\nkind: NetworkNeighborhood\n";
    assert_eq!(
        json(&format!(
            "{head}metadata: {{name: n}}\nspec: {{containers: [{{name: a, egress: []}}], initContainers: null}}"
        )),
        r#"[{"file":"bob.yaml","kind":"NetworkNeighborhood","name":"n","containers":[{"name":"a"}]}]"#
    );
    assert_eq!(json(head), r#"[{"file":"bob.yaml","kind":"NetworkNeighborhood"}]"#);
}

#[test]
fn only_kubescape_profiles_count_wherever_they_stand_in_a_stream() {
    let text = "
apiVersion: v1
kind: Service
---
apiVersion: other.io/v1
kind: ApplicationProfile
---
kind: ApplicationProfile
---
[just, a, list]
---
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: SBOMSyft
---
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: ApplicationProfile
metadata: {name: the-one}
";
    let names: Vec<String> = profiles(text).into_iter().map(|profile| profile.name).collect();
    assert_eq!(names, ["the-one"]);
}

#[test]
fn an_undeclared_placeholder_does_not_hide_the_declared_ones() {
    let text = "
apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: ApplicationProfile
metadata: {name: $values.name-$values.hash}
spec: {other: $values.ARCH}
";
    assert_eq!(profiles(text)[0].name, "webapp-$values.hash");
}

fn example(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/webapp").join(name)).unwrap()
}

#[test]
fn the_example_renders_with_its_defaults() {
    let values = Values::parse("bob.values", &example("bob.values")).unwrap();
    let documents = yaml::read(&example("bob.yaml")).unwrap();
    let rendered: Vec<Value> = documents.iter().map(|document| template::render(document, &values).unwrap()).collect();
    let pings: Vec<&str> = rendered[1].get("spec").unwrap().get("containers").unwrap().elements()[0]
        .get("egress")
        .unwrap()
        .elements()
        .iter()
        .filter_map(|neighbour| neighbour.get("ipAddress").and_then(Value::as_str))
        .collect();
    assert_eq!(pings, values.list("CIDR").unwrap());

    let profiles = read("bob.yaml", &documents, &values);
    assert_eq!(profiles, read("bob.yaml", &rendered, &Values::default()), "rendered before or while reading");
    assert_eq!(profiles[0].name, "replicaset-webapp-d87cdd796");
    assert_eq!(profiles[0].architectures, ["amd64"]);
    let names: Vec<&str> = profiles[0].containers.iter().map(|container| container.name.as_str()).collect();
    assert_eq!(names, ["ping-app", "access-log"]);
    assert!(profiles[0].containers.iter().all(|container| container.image.is_some()));
}

#[test]
fn the_workload_of_the_example_runs_what_its_profile_describes() {
    let values = Values::parse("bob.values", &example("bob.values")).unwrap();
    let profiles = read("bob.yaml", &yaml::read(&example("bob.yaml")).unwrap(), &values);
    let documents = yaml::read(&example("bob.test")).unwrap();
    let workload: Vec<Value> = documents.iter().map(|document| template::render(document, &values).unwrap()).collect();
    let kinds: Vec<&str> = workload.iter().filter_map(|one| one.get("kind").and_then(Value::as_str)).collect();
    assert_eq!(kinds, ["Deployment", "Service", "Deployment"]);

    let pod = workload[0].get("spec").unwrap().get("template").unwrap();
    let label = pod.get("metadata").unwrap().get("labels").unwrap().get("kubescape.io/user-defined-profile").unwrap();
    assert_eq!(label.as_str(), Some(profiles[0].name.as_str()));
    let running: Vec<(String, Option<String>)> = pod
        .get("spec")
        .unwrap()
        .get("containers")
        .unwrap()
        .elements()
        .iter()
        .map(|container| (text(container, "name").unwrap(), text(container, "image")))
        .collect();
    let described: Vec<(String, Option<String>)> =
        profiles[0].containers.iter().map(|one| (one.name.clone(), one.image.clone())).collect();
    assert_eq!(running, described);
}

/// Every file below `folder` with its path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Real profiles stand beside the checkout, not in it.
fn real_profiles() -> Option<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/profiles");
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "{} is required under CI", folder.display());
        return None;
    }
    let read = |path: PathBuf| (path.display().to_string(), fs::read_to_string(&path).unwrap());
    Some(files(&folder).into_iter().map(read).filter(|(path, _)| Role::of(path) == Some(Role::Yaml)).collect())
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn real_profiles_are_read_whole() {
    let Some(files) = real_profiles() else {
        eprintln!("left out: ../shared/data/profiles is not there");
        return;
    };
    let mut kinds = std::collections::BTreeMap::new();
    for (path, text) in &files {
        let documents = yaml::read(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let profiles = read(path, &documents, &Values::default());
        assert_eq!(profiles.len(), 1, "{path}");
        let profile = &profiles[0];
        assert!(!profile.name.is_empty() && !profile.containers.is_empty(), "{path}: {profile:?}");
        assert!(profile.containers.iter().all(|container| !container.name.is_empty()), "{path}: {profile:?}");
        if profile.kind == "ApplicationProfile" {
            assert_eq!(profile.architectures, ["amd64"], "{path}");
            assert!(profile.containers.iter().all(|container| container.image.is_some()), "{path}: {profile:?}");
        }
        for document in &documents {
            assert_eq!(&template::render(document, &Values::default()).unwrap(), document, "{path}");
            assert!(template::undeclared(document, &Values::default()).is_empty(), "{path}");
        }
        *kinds.entry(profile.kind.clone()).or_insert(0) += 1;
    }
    let kinds: Vec<(String, i32)> = kinds.into_iter().collect();
    let expected = [("ApplicationProfile", 20), ("ContainerProfile", 16), ("NetworkNeighborhood", 4)];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)));
}
