//! What most stories begin with: a folder to push, and the places it can go to.

use std::any::Any;

use super::fault::FaultRegistry;
use super::real::{DockerRegistry, DockerRegistryOptions, Olareg, OlaregOptions};
use super::sandbox::{Command, Sandbox};

/// Flags that say where content comes from, so that no git is needed.
pub const ORIGIN: [&str; 2] = ["--source=https://example.org/webapp", "--revision=main@sha1:0123456789"];

/// A small BoB in `folder`: profile, values, test, an executable and a nested file.
pub fn webapp(sandbox: &Sandbox, folder: &str) {
    let profile = "apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: ApplicationProfile
metadata:
  name: replicaset-$values.name
spec:
  architectures: [amd64]
  containers:
    - name: app
      imageTag: ghcr.io/org/webapp:1
";
    sandbox.write(format!("{folder}/bob.yaml"), profile);
    sandbox.write(format!("{folder}/bob.values"), "name = webapp\nCIDR = 10.0.0.0/8, 192.168.0.0/16\n");
    sandbox.write(format!("{folder}/bob.test"), "apiVersion: v1\nkind: Service\nmetadata:\n  name: $values.name\n");
    sandbox.write(format!("{folder}/.hidden/notes.txt"), "dotfiles are packed\n");
    sandbox.write(format!("{folder}/run.sh"), "#!/bin/sh\n");
    sandbox.executable(format!("{folder}/run.sh"));
}

const OLAREG_WITHOUT_REFERRERS: &str = "olareg without referrers";

/// A place that artifacts go to, alive until dropped.
pub struct Place {
    /// What kind it is, for messages.
    pub name: &'static str,
    root: String,
    _alive: Option<Box<dyn Any>>,
}

impl Place {
    /// `oci://HOST/REPOSITORY` or `oci-layout://DIR`.
    pub fn repository(&self) -> &str {
        &self.root
    }

    /// Whether it answers 405 where others have the referrers API; docker's registry answers 404.
    pub fn lacks_referrers(&self) -> bool {
        self.name == OLAREG_WITHOUT_REFERRERS
    }

    /// The repository with a tag.
    pub fn tagged(&self, tag: &str) -> String {
        format!("{}:{tag}", self.root)
    }

    /// The repository `org/images/webapp` of the same registry; of a layout another one beside it.
    pub fn images(&self) -> Self {
        let (start, _) = self.root.rsplit_once(if self.is_layout() { "/" } else { "/org/" }).expect("a place of ours");
        let end = if self.is_layout() { "images" } else { "org/images/webapp" };
        Self { name: self.name, root: format!("{start}/{end}"), _alive: None }
    }

    pub fn is_layout(&self) -> bool {
        self.root.starts_with("oci-layout://")
    }

    /// What the program prints for a digest there.
    pub fn at(&self, digest: &str) -> String {
        format!("{}@{digest}", self.root.trim_start_matches("oci://"))
    }
}

/// Its repository.
impl AsRef<str> for Place {
    fn as_ref(&self) -> &str {
        self.repository()
    }
}

/// A layout in the sandbox.
pub fn layout(sandbox: &Sandbox) -> Place {
    Place { name: "layout", root: format!("oci-layout://{}", sandbox.path("layout").display()), _alive: None }
}

/// The registry of the tests' own, for counting and for things that go wrong.
pub fn fault(registry: &FaultRegistry) -> Place {
    Place { name: "fault registry", root: registry.reference("org/bobs/webapp"), _alive: None }
}

/// Every kind of store: a layout, olareg with and without the referrers API, docker's registry. Those that this machine
/// does not have are named as left out.
#[track_caller]
pub fn every_place(sandbox: &Sandbox) -> Vec<Place> {
    let registry = |name, host: String, alive: Box<dyn Any>| Place {
        name,
        root: format!("oci://{host}/org/bobs/webapp"),
        _alive: Some(alive),
    };
    let olareg = |name, referrers| {
        let olareg = Olareg::start(OlaregOptions { referrers, ..OlaregOptions::default() })?;
        Some(registry(name, olareg.host(), Box::new(olareg)))
    };
    let docker = || {
        let docker =
            DockerRegistry::start(DockerRegistryOptions { deletes: true, ..DockerRegistryOptions::default() })?;
        Some(registry("docker-registry", docker.host(), Box::new(docker)))
    };
    let registries = [olareg("olareg", true), olareg(OLAREG_WITHOUT_REFERRERS, false), docker()];
    std::iter::once(layout(sandbox)).chain(registries.into_iter().flatten()).collect()
}

/// `bobctl push artifact REFERENCE --path FOLDER` with [`ORIGIN`].
pub fn push<'a>(sandbox: &'a Sandbox, reference: &str, folder: &str, more: &[&str]) -> Command<'a> {
    let mut arguments = vec!["push", "artifact", reference, "--path", folder];
    arguments.extend(ORIGIN);
    arguments.extend(more);
    sandbox.bobctl(arguments)
}

/// `bobctl pull artifact REFERENCE -o FOLDER`.
pub fn pull<'a>(sandbox: &'a Sandbox, reference: &str, folder: &str, more: &[&str]) -> Command<'a> {
    let mut arguments = vec!["pull", "artifact", reference, "-o", folder];
    arguments.extend(more);
    sandbox.bobctl(arguments)
}

/// The digest at the end of `HOST/REPOSITORY@DIGEST` and a line break.
pub fn digest(printed: &str) -> String {
    let (_, digest) = printed.trim_end().rsplit_once('@').expect("a digest");
    digest.to_owned()
}

/// Bytes that do not compress, always the same.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
