//! A repository of a registry as the suite's subject: with the referrers API, and without.

use std::sync::Arc;

use bobctl::oci::Digest;
use bobctl::store::registry::{Client, RegistryStore};
use bobctl::store::{Delete, Store};

use super::Fixture;
use crate::support::client::{ALONE, client, repository};
use crate::support::fault::{Builder, FaultRegistry, Feature};

pub struct Remote {
    registry: FaultRegistry,
    client: Arc<Client>,
    store: RegistryStore,
}

/// A registry that has no list of referrers.
pub struct Plain(Remote);

impl Remote {
    fn with(builder: Builder) -> Self {
        // Small pages, so that listings have more than one.
        let registry = builder.page_size(3).start();
        let client = client(ALONE);
        let store = repository(&client, &registry.host(), "team/app");
        Self { registry, client, store }
    }
}

impl Fixture for Remote {
    fn new() -> Self {
        Self::with(FaultRegistry::builder())
    }

    fn store(&self) -> &dyn Delete {
        &self.store
    }

    fn nowhere(&self) -> Box<dyn Store> {
        Box::new(repository(&self.client, &self.registry.host(), "never/written"))
    }

    fn place_blob(&self, digest: &Digest, bytes: &[u8]) {
        self.registry.corrupt_blob("team/app", digest, bytes.to_vec());
    }

    fn place_manifest(&self, digest: &Digest, bytes: &[u8]) {
        self.registry.corrupt_manifest("team/app", digest, bytes.to_vec());
    }
}

impl Fixture for Plain {
    fn new() -> Self {
        Self(Remote::with(FaultRegistry::builder().without(Feature::Referrers)))
    }

    fn store(&self) -> &dyn Delete {
        self.0.store()
    }

    fn nowhere(&self) -> Box<dyn Store> {
        self.0.nowhere()
    }

    fn place_blob(&self, digest: &Digest, bytes: &[u8]) {
        self.0.place_blob(digest, bytes);
    }

    fn place_manifest(&self, digest: &Digest, bytes: &[u8]) {
        self.0.place_manifest(digest, bytes);
    }
}
