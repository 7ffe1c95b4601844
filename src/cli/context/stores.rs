//! Which store a reference means, and which registry client serves it: one for all stores of the same settings, so that
//! connections, tokens and what was learnt of a registry are shared.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use secrecy::SecretString;

use super::observer::UiObserver;
use super::sources::sources;
use super::{Access, CliError, Context, credentials, line};
use crate::cli::flags::{Flagged, Login, Reach, RegistryFlags};
use crate::credentials::{DockerKeychain, Found};
use crate::oci::Location;
use crate::oci::reference::Host;
use crate::output::Ui;
use crate::store::layout::Layout;
use crate::store::registry::{Client, ClientOptions, Teller};
use crate::store::{Delete, Store};

/// The registry clients of a command.
#[derive(Default)]
pub(super) struct Clients {
    pub(super) made: Vec<(Settings, Arc<Client>)>,
    /// Who tells what they do: one for all, so that a trace counts them together.
    teller: Option<Teller>,
    /// What standard input had, which can be read once.
    password: Option<SecretString>,
    /// Registries whose certificates are known not to be checked.
    warned: Vec<Host>,
}

/// What two stores have in common when one client serves both.
#[derive(PartialEq)]
pub(super) struct Settings {
    options: ClientOptions,
    docker_config: Option<PathBuf>,
    login: Flagged<Login>,
    /// Whom the login is for; nobody when there is none.
    pub(super) hosts: Vec<Host>,
}

/// A reference of a command, and how its store is to be opened.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) location: &'a Location,
    pub(super) access: Access,
    pub(super) reach: &'a Reach,
    /// The registries that the login is for.
    pub(super) hosts: &'a [Host],
    /// What is written comes from here.
    pub(super) origin: Option<&'a Location>,
}

impl Context {
    /// The store that `location` means. Nothing is opened or connected before it is needed.
    pub(in crate::cli) fn store(
        &self,
        location: &Location,
        flags: &RegistryFlags,
        access: Access,
    ) -> Result<Arc<dyn Store>, CliError> {
        let (reach, hosts) = (Reach::general(flags), hosts(&[location]));
        Ok(self.open(Side { location, access, reach: &reach, hosts: &hosts, origin: None })?)
    }

    /// As [`Context::store`], for a command that deletes.
    pub(in crate::cli) fn deleting(
        &self,
        location: &Location,
        flags: &RegistryFlags,
    ) -> Result<Arc<dyn Delete>, CliError> {
        let (reach, hosts) = (Reach::general(flags), hosts(&[location]));
        self.open(Side { location, access: Access::Delete, reach: &reach, hosts: &hosts, origin: None })
    }

    /// A client that asks `host` as `found`, and as nobody else.
    pub(super) fn stranger(&self, reach: &Reach, host: &Host, found: Found) -> Result<Arc<Client>, CliError> {
        if reach.line.value.tls_skip_verify {
            self.clients.lock().unwrap_or_else(PoisonError::into_inner).warn(self.ui(), host);
        }
        // What is given goes before all sources; of those the headers for every request are read.
        let sources = sources(vec![(host.clone(), found)], reach.docker_config.clone());
        let keychain = Arc::new(DockerKeychain::new(sources));
        Ok(Client::new(line::options(reach)?, keychain, Arc::new(UiObserver(Arc::clone(&self.ui)))))
    }

    /// The store of one reference.
    pub(super) fn open(&self, side: Side<'_>) -> Result<Arc<dyn Delete>, CliError> {
        let repository = match side.location {
            Location::Layout(folder) => return Ok(Arc::new(Layout::open(folder.clone()))),
            Location::Registry(repository) => repository,
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if side.reach.line.value.tls_skip_verify {
            clients.warn(self.ui(), repository.host());
        }
        let store = clients.get(side.reach, side.hosts, &self.ui)?.repository(repository.clone(), side.access);
        Ok(Arc::new(match side.origin {
            Some(Location::Registry(origin)) => store.mounting_from(origin),
            _ => store,
        }))
    }

    /// Uploads that were given up are called off at their registries.
    pub(super) async fn settle(&self) {
        let clients = std::mem::take(&mut self.clients.lock().unwrap_or_else(PoisonError::into_inner).made);
        for (_, client) in clients {
            client.settle().await;
        }
    }
}

impl Clients {
    /// The client for `reach`, whose login is for `hosts`.
    fn get(&mut self, reach: &Reach, hosts: &[Host], ui: &Arc<Ui>) -> Result<Arc<Client>, CliError> {
        let hosts = if reach.login.value.is_empty() { Vec::new() } else { hosts.to_vec() };
        let settings = Settings {
            options: line::options(reach)?,
            docker_config: reach.docker_config.clone(),
            login: reach.login.clone(),
            hosts,
        };
        if let Some((_, client)) = self.made.iter().find(|(made, _)| *made == settings) {
            return Ok(client.clone());
        }
        let observer = || Arc::new(UiObserver(Arc::clone(ui)));
        let teller = self.teller.get_or_insert_with(|| observer().into()).clone();
        let given = credentials::given(&settings.login, || self.password())?;
        let given = given.iter().flat_map(|found| settings.hosts.iter().map(|host| (host.clone(), found.clone())));
        let keychain = DockerKeychain::new(sources(given.collect(), settings.docker_config.clone()));
        let client = Client::new(settings.options.clone(), Arc::new(keychain), teller);
        self.made.push((settings, client.clone()));
        Ok(client)
    }

    fn password(&mut self) -> Result<SecretString, CliError> {
        if let Some(password) = &self.password {
            return Ok(password.clone());
        }
        let password = credentials::password_from_stdin()?;
        Ok(self.password.insert(password).clone())
    }

    fn warn(&mut self, ui: &Ui, host: &Host) {
        if !self.warned.contains(host) {
            ui.warning(&format!("the certificate of {host} is not checked"));
            self.warned.push(host.clone());
        }
    }
}

/// The registries of `locations`, each once.
pub(super) fn hosts(locations: &[&Location]) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for location in locations {
        if let Location::Registry(repository) = location
            && !hosts.contains(repository.host())
        {
            hosts.push(repository.host().clone());
        }
    }
    hosts
}
