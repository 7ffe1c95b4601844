//! The library's registry client, for tests that are nearer to a store than the command line.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bobctl::credentials::{Keychain, Lookup};
use bobctl::oci::reference::Host;
use bobctl::oci::{Location, Reference};
use bobctl::store::registry::{Access, Client, ClientOptions, Pace, RegistryStore, Unobserved};

/// Everybody may do everything: nobody is asked for credentials.
struct NoKeys;

#[async_trait]
impl Keychain for NoKeys {
    async fn find(&self, _host: &Host, _repository: Option<&str>) -> Arc<Lookup> {
        Arc::default()
    }
}

/// For who is known to be alone with a registry.
pub const ALONE: Pace = Pace { settle: Duration::from_millis(1), pause: Duration::from_millis(1) };

/// A client without credentials, as a process of its own would have it.
pub fn client(pace: Pace) -> Arc<Client> {
    let options = ClientOptions { plain_http: true, pace, ..ClientOptions::default() };
    Client::new(options, Arc::new(NoKeys), Arc::new(Unobserved))
}

/// A repository at `host`, to be read and written.
pub fn repository(client: &Arc<Client>, host: &str, name: &str) -> RegistryStore {
    let reference: Reference = format!("oci://{host}/{name}").parse().expect("a repository");
    let Location::Registry(repository) = reference.location else { panic!("a registry") };
    client.repository(repository, Access::Push)
}
