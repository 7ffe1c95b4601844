//! A repository of a registry as the suite's subject.

use std::sync::Arc;

use async_trait::async_trait;
use bobctl::credentials::{Found, Keychain};
use bobctl::oci::reference::Host;
use bobctl::oci::{Digest, Location, Reference};
use bobctl::store::Store;
use bobctl::store::registry::{Access, Client, ClientOptions, RegistryStore};

use super::Fixture;
use crate::support::fault::FaultRegistry;

pub struct Remote {
    registry: FaultRegistry,
    client: Arc<Client>,
    store: RegistryStore,
}

/// Everybody may do everything: nobody is asked for credentials.
struct NoKeys;

#[async_trait]
impl Keychain for NoKeys {
    async fn find(&self, _host: &Host) -> Option<Found> {
        None
    }

    fn searched(&self, _host: &Host) -> Vec<String> {
        Vec::new()
    }
}

fn repository(registry: &FaultRegistry, client: &Arc<Client>, name: &str) -> RegistryStore {
    let reference: Reference = registry.reference(name).parse().unwrap();
    let Location::Registry(repository) = reference.location else { panic!("a registry") };
    client.repository(repository, Access::Push)
}

impl Fixture for Remote {
    fn new() -> Self {
        // Small pages, so that listings have more than one.
        let registry = FaultRegistry::builder().page_size(3).start();
        let options = ClientOptions { plain_http: true, ..ClientOptions::default() };
        let client = Client::new(options, Arc::new(NoKeys));
        let store = repository(&registry, &client, "team/app");
        Self { registry, client, store }
    }

    fn store(&self) -> &dyn Store {
        &self.store
    }

    fn nowhere(&self) -> Box<dyn Store> {
        Box::new(repository(&self.registry, &self.client, "never/written"))
    }

    fn place_blob(&self, digest: &Digest, bytes: &[u8]) {
        self.registry.corrupt_blob("team/app", digest, bytes.to_vec());
    }

    fn place_manifest(&self, digest: &Digest, bytes: &[u8]) {
        self.registry.corrupt_manifest("team/app", digest, bytes.to_vec());
    }
}
