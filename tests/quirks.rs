//! What registries do their own way (`registry-client.md` 6): the same story of a user on each kind, and what is special
//! on some. The kinds themselves, with the requirements that each is about, are in `support::fault::quirks`.

mod access;
mod hosts;
mod limits;
mod refusals;
mod tls;

use bobctl::oci::annotation::Annotations;
use bobctl::oci::{Descriptor, Manifest, RawManifest};
use serde_json::{Value, json};

use crate::support::fault::quirks::{self, Kind, PASSWORD, REFRESH_TOKEN};
use crate::support::sandbox::{Command, Run, Sandbox};
use crate::support::story::{self, digest, webapp};

/// A user who is logged in at a registry of some kind, with a BoB in `bob` and another one in `other`.
struct User {
    sandbox: Sandbox,
    kind: Kind,
}

impl User {
    fn of(kind: Kind) -> Self {
        let sandbox = Sandbox::new();
        for folder in ["bob", "other"] {
            webapp(&sandbox, folder);
            sandbox.write(format!("{folder}/version"), folder);
        }
        sandbox.write("../home/.docker/config.json", kind.docker_config());
        Self { sandbox, kind }
    }

    /// `oci://HOST/NAME`.
    fn at(&self, name: &str) -> String {
        self.kind.registry.reference(name)
    }

    fn run(&self, words: &[&str]) -> Run {
        self.sandbox.bobctl(words).run()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[words, &["--format", "json"]].concat()).ok()).expect("JSON")
    }

    fn push(&self, name: &str, folder: &str) -> Command<'_> {
        story::push(&self.sandbox, &self.at(name), folder, &["--reproducible"])
    }

    fn link(&self, bob: &str, image: &str) -> Run {
        self.run(&["link", "artifact", &self.at(bob), &self.at(image), "--format", "json"])
    }

    /// What `tree artifact` shows as linked to `image`, in order.
    fn linked(&self, image: &str) -> Vec<String> {
        let tree = self.json(&["tree", "artifact", &self.at(image)]);
        let listed = tree["referrers"].as_array().expect("a list").iter();
        let mut digests: Vec<String> =
            listed.map(|entry| entry["digest"].as_str().expect("a digest").to_owned()).collect();
        digests.sort();
        digests
    }

    /// An image that somebody else pushed to `org/images/webapp` as `1`.
    fn image(&self) {
        let registry = &self.kind.registry;
        let config = json!({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}});
        let config = config.to_string();
        let layer = "a layer";
        for bytes in [config.clone(), layer.to_owned()] {
            registry.put_blob("org/images/webapp", bytes);
        }
        let config = Descriptor::of("application/vnd.oci.image.config.v1+json", config.as_bytes());
        let layer = Descriptor::of("application/vnd.oci.image.layer.v1.tar", layer.as_bytes());
        let image = RawManifest::from_manifest(&Manifest::new(config, vec![layer], Annotations::new()));
        registry.put_manifest("org/images/webapp", Some("1"), image.bytes().clone());
    }

    /// Nothing that a user keeps secret is in any output, and nothing is left behind.
    fn leaves_well(&self) {
        let (name, registry) = (self.kind.name, &self.kind.registry);
        assert_eq!(registry.open_uploads(), 0, "{name}: {}", registry.log());
        for site in &self.kind.sites {
            assert_eq!(site.log().count(), 0, "{name}: {}", site.log());
        }
    }
}

#[track_caller]
fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part}\n-- in --\n{said}");
    }
    for secret in [PASSWORD, REFRESH_TOKEN] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// A BoB is pushed, pushed again, tagged, listed, described and pulled; another one does not take its tag where tags stay.
fn artifacts(user: &User) {
    let (name, sandbox) = (user.kind.name, &user.sandbox);
    let bob = digest(&user.push("org/bobs/webapp:1.0.0", "bob").run().ok());
    let again = user.push("org/bobs/webapp:1.0.0", "bob").run();
    assert!(again.stderr().contains("already up to date"), "{name}: {}", again.stderr());
    assert_eq!(digest(&again.ok()), bob, "{name}");
    let tagged = user.json(&["tag", "artifact", &user.at("org/bobs/webapp:1.0.0"), "--tag", "1.0"]);
    assert_eq!(tagged["digest"], bob, "{name}");

    let moved = user.push("org/bobs/webapp:1.0", "other").run();
    if user.kind.immutable {
        let said = moved.fails(7);
        assert_says(&said, &["tag 1.0 of", "cannot be moved", &bob, "hint: the registry keeps this tag as it is"]);
    } else {
        assert_ne!(digest(&moved.ok()), bob, "{name}");
        user.run(&["tag", "artifact", &user.at("org/bobs/webapp:1.0.0"), "--tag", "1.0"]).ok();
    }

    let rows = user.json(&["list", "artifacts", &user.at("org/bobs/webapp")]);
    let rows: Vec<_> = rows.as_array().unwrap().iter().map(|row| (row["tag"].clone(), row["digest"].clone())).collect();
    assert_eq!(rows, [(json!("1.0.0"), json!(bob)), (json!("1.0"), json!(bob))], "{name}");
    let described = user.json(&["describe", "artifact", &user.at("org/bobs/webapp:1.0.0")]);
    assert_eq!((&described["digest"], &described["referrers"]), (&json!(bob), &json!([])), "{name}");
    story::pull(sandbox, &user.at("org/bobs/webapp:1.0.0"), "out", &[]).run().ok();
    assert_eq!(sandbox.tree("out"), sandbox.tree("bob"), "{name}");
}

/// A BoB is linked to an image and pulled from there, then another one; both are found from it.
fn links(user: &User) {
    let (name, image) = (user.kind.name, "org/images/webapp:1");
    user.image();
    user.push("org/bobs/webapp:other", "other").run().ok();
    let Some(by) = user.kind.listed else {
        let said = user.link("org/bobs/webapp:1.0.0", image).fails(7);
        assert_says(
            &said,
            &["is not listed as a referrer", "as GitLab's does", "a registry with the referrers API needs no such tag"],
        );
        assert_eq!(user.linked(image), [""; 0], "{name}");
        return;
    };
    let first: Value = serde_json::from_str(&user.link("org/bobs/webapp:1.0.0", image).ok()).unwrap();
    assert_eq!((&first["listed"], &first["unchanged"]), (&json!(by), &json!(false)), "{name}");
    user.run(&["pull", "artifact", "--image", &user.at(image), "-o", "linked"]).ok();
    assert_eq!(user.sandbox.tree("linked"), user.sandbox.tree("bob"), "{name}");

    let second: Value = serde_json::from_str(&user.link("org/bobs/webapp:other", image).ok()).unwrap();
    let again: Value = serde_json::from_str(&user.link("org/bobs/webapp:1.0.0", image).ok()).unwrap();
    assert_eq!((&again["digest"], &again["unchanged"]), (&first["digest"], &json!(true)), "{name}");
    let mut both = [&first, &second].map(|link| link["digest"].as_str().unwrap().to_owned());
    both.sort();
    assert_eq!(user.linked(image), both, "{name}");
}

/// What is there goes to a layout and back to other repositories, with all that is linked to it.
fn copies(user: &User) {
    let name = user.kind.name;
    let layout = |tag: &str| format!("oci-layout://{}:{tag}", user.sandbox.path("layout").display());
    let copy = |from: &str, to: &str, more: &[&str]| user.json(&[&["copy", "artifact", from, to], more].concat());
    let (bob, image) = (user.at("org/bobs/webapp:1.0.0"), user.at("org/images/webapp:1"));
    let here = copy(&bob, &layout("bob"), &[]);
    let back = copy(&layout("bob"), &user.at("org/back/webapp:1.0.0"), &[]);
    assert_eq!(here["digest"], back["digest"], "{name}");
    story::pull(&user.sandbox, &user.at("org/back/webapp:1.0.0"), "back", &[]).run().ok();
    assert_eq!(user.sandbox.tree("back"), user.sandbox.tree("bob"), "{name}");
    if user.kind.listed.is_some() {
        copy(&image, &layout("image"), &["-r"]);
        copy(&layout("image"), &user.at("org/back/images:1"), &["-r"]);
        assert_eq!(user.linked("org/back/images:1"), user.linked("org/images/webapp:1"), "{name}");
    }
}

/// A tag goes where tags can, and its manifest and what is linked stay; a link that is deleted is not listed any more.
fn deletions(user: &User) {
    let (name, registry) = (user.kind.name, &user.kind.registry);
    let delete = |reference: &str| user.run(&["delete", "artifact", reference, "--yes"]);
    let bob = registry.tag("org/bobs/webapp", "1.0.0").unwrap().to_string();
    let untagged = delete(&user.at("org/bobs/webapp:1.0"));
    if user.kind.untags {
        untagged.ok();
        assert_eq!(registry.tag("org/bobs/webapp", "1.0"), None, "{name}");
    } else {
        assert_says(&untagged.fails(1), &["tag 1.0 of", "does not allow it", "all tags", "hint: "]);
    }
    // No other name went along, whatever was answered.
    assert_eq!(registry.tag("org/bobs/webapp", "1.0.0").unwrap().to_string(), bob, "{name}");
    if user.kind.listed.is_none() {
        return;
    }
    let linked = user.linked("org/images/webapp:1");
    let link = delete(&user.at(&format!("org/images/webapp@{}", linked[0])));
    if user.kind.deletes {
        link.ok();
        assert_eq!(user.linked("org/images/webapp:1"), linked[1..], "{name}");
    } else {
        assert_says(&link.fails(1), &["hint: "]);
        assert_eq!(user.linked("org/images/webapp:1"), linked, "{name}");
    }
}

fn ends_well(kind: Kind) {
    let user = User::of(kind);
    artifacts(&user);
    links(&user);
    copies(&user);
    deletions(&user);
    user.leaves_well();
}

macro_rules! each_kind {
    ($($kind:ident),*) => {
        $(#[test]
        fn $kind() {
            ends_well(quirks::$kind());
        })*

        #[test]
        fn every_row_of_the_table_has_its_story() {
            let kinds = include_str!("support/fault/quirks.rs").lines().filter(|line| line.ends_with("() -> Kind {"));
            assert_eq!([$(stringify!($kind)),*].len(), kinds.count());
        }
    };
}

each_kind!(
    distribution_2_8,
    distribution_3,
    docker_hub,
    ghcr,
    gitlab,
    ecr,
    acr,
    gar,
    quay,
    harbor,
    artifactory,
    nexus,
    zot,
    gitea,
    proxy
);
