//! Blobs that a registry has in another repository already: it is asked to take them over, and nothing is sent (HTTP-37,
//! AUTH-8).

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use reqwest::{Method, StatusCode};

use super::error::Matter;
use super::request::Request;
use super::scope::Scopes;
use super::upload::session::{Session, kept};
use super::{RegistryStore, download};
use crate::oci::{Descriptor, Repository};
use crate::store::{Result, StoreError};

/// What came of the wish to have a blob without sending it.
pub(super) enum Mounted<'a> {
    /// It is there.
    Kept,
    /// The registry wants the bytes after all, in the session that it opened.
    Session(Session<'a>),
    /// Nothing was done.
    No,
}

/// The repositories of one registry from which nothing can be mounted, as it said itself.
#[derive(Default)]
pub(super) struct Unmountable(Mutex<BTreeSet<Repository>>);

impl Unmountable {
    /// Whether mounting from `origin` was refused.
    pub(super) fn has(&self, origin: &Repository) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(origin)
    }

    /// Mounting from `origin` was refused: it is not tried again.
    pub(super) fn add(&self, origin: &Repository) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(origin.clone());
    }
}

/// Another repository of the same registry, and what is needed to mount from it: all scopes in one token (AUTH-8).
pub(super) struct Origin {
    repository: Repository,
    scopes: Scopes,
}

impl Origin {
    /// `repository` as seen from `target`, which asks for `scopes` itself. `None` on another registry, and for `target`:
    /// there is nothing to mount.
    pub(super) fn of(repository: &Repository, target: &Repository, scopes: &Scopes) -> Option<Self> {
        // Each registry's host has one spelling, whichever of its names was typed (REF-5).
        let mountable = repository.host() == target.host() && repository != target;
        let scopes = || scopes.clone().merged(&Scopes::repository(repository.name(), false));
        mountable.then(|| Self { repository: repository.clone(), scopes: scopes() })
    }

    /// The repository to mount from.
    pub(super) fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The scopes of the target, and to read here.
    pub(super) fn scopes(&self) -> &Scopes {
        &self.scopes
    }
}

/// Have `blob`, which is in `origin`, without sending it.
pub(super) async fn mount<'a>(
    store: &'a RegistryStore,
    blob: &Descriptor,
    origin: Option<&Repository>,
) -> Result<Mounted<'a>> {
    let Some(repository) = origin else { return Ok(Mounted::No) };
    if *repository == store.repository {
        // Said to be here already. It counts when the registry says so too; else reading it tells what is the matter.
        return Ok(if download::exists(store, blob).await? { Mounted::Kept } else { Mounted::No });
    }
    match Origin::of(repository, &store.repository, &store.scopes) {
        Some(origin) => mount_from(store, blob, &origin).await,
        None => Ok(Mounted::No),
    }
}

async fn mount_from<'a>(store: &'a RegistryStore, blob: &Descriptor, origin: &Origin) -> Result<Mounted<'a>> {
    let opened = store.opened().await?;
    let unmountable = &opened.registry.unmountable;
    if unmountable.has(&origin.repository) {
        return Ok(Mounted::No);
    }
    let request = Request::new(Method::POST, opened.endpoint.mount(&blob.digest, &origin.repository));
    let response = match opened.registry.send(&request, &origin.scopes).await.map_err(StoreError::from) {
        Ok(response) => response,
        // Nobody gives a token for both; for the target alone there may be one.
        Err(StoreError::Denied(_)) => {
            unmountable.add(&origin.repository);
            return Ok(Mounted::No);
        }
        Err(error) => return Err(error),
    };
    match response.status() {
        StatusCode::CREATED => kept(response, &blob.digest).await.map(|()| Mounted::Kept),
        // It may lack this one blob there, or never mount: either way the session serves.
        StatusCode::ACCEPTED => Session::of(store, response).await.map(Mounted::Session),
        status if status == StatusCode::TOO_MANY_REQUESTS || is_failure(status) => {
            Err(store.failure(response, Matter::Upload(Some(blob))).await)
        }
        _ => {
            unmountable.add(&origin.repository);
            response.drain().await;
            Ok(Mounted::No)
        }
    }
}

/// Whether the registry cannot do anything now. One that cannot mount may still do the rest.
fn is_failure(status: StatusCode) -> bool {
    status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED
}
