//! A blob whose digest is known: sent until the registry has it, or nothing helps any more (NET-7, HTTP-34).

use tokio::time::sleep;

use super::super::payload::Payload;
use super::super::{RegistryStore, download};
use super::pieces;
use super::session::Session;
use super::way::Way;
use crate::oci::Descriptor;
use crate::store::retry::{Attempts, Policy};
use crate::store::{BlobSource, Fault, Passing, Result, StoreError};

/// Send `blob`, whose bytes `source` has; first in `session` when there is one already.
pub(super) async fn send<'a>(
    store: &'a RegistryStore,
    source: &dyn BlobSource,
    blob: &Descriptor,
    mut session: Option<Session<'a>>,
) -> Result<()> {
    let habit = &store.opened().await?.registry.habit;
    let mut attempts = Attempts::new(store.client.retry());
    let usual = habit.way(blob);
    let mut way = usual;
    // These count sessions. What arrived in one that failed is no progress: the next begins at the first byte.
    loop {
        let mut open = match session.take() {
            Some(session) => session,
            None => Session::begin(store, Some(blob)).await?,
        };
        let Err(error) = carry(&mut open, way, Job { source, blob, policy: store.client.retry() }).await else {
            open.finish();
            if way != usual {
                habit.learn(way);
            }
            return Ok(());
        };
        if let Some(next) = open.refusal().and_then(|refusal| way.instead(refusal, blob, open.least_piece())) {
            store.client.detail(&format!("blob {} is sent in another way: {error}", blob.digest));
            open.call_off().await;
            way = next;
            continue;
        }
        let lost = open.refusal().is_some_and(|refusal| way.lost_session(refusal));
        let passing = error.passes().or_else(|| lost.then(Passing::default));
        let Some(pause) = passing.and_then(|passing| attempts.after_failure(passing)) else {
            let too_large = open.refusal().is_some_and(|refusal| refusal.status == 413);
            open.call_off().await;
            return Err(if too_large { too_large_in_pieces(error, way, blob) } else { error.after(attempts.failed()) });
        };
        store.client.detail(&format!("blob {} is sent again: {error}", blob.digest));
        sleep(pause).await;
        // Perhaps all that was lost is the last answer. A session that is dropped is called off beside the next one.
        if download::exists(store, blob).await? {
            open.finish();
            return Ok(());
        }
    }
}

/// What is sent in a session.
pub(super) struct Job<'a> {
    pub(super) source: &'a dyn BlobSource,
    pub(super) blob: &'a Descriptor,
    pub(super) policy: Policy,
}

async fn carry(session: &mut Session<'_>, way: Way, job: Job<'_>) -> Result<()> {
    let (source, blob) = (job.source, job.blob);
    match way {
        Way::Put => session.put(blob, Payload::Known(source, blob)).await,
        Way::Patch => {
            session.patch(blob, Payload::Known(source, blob)).await?;
            session.put(blob, Payload::Nothing).await
        }
        Way::Pieces(size) => pieces::send(session, size, job).await,
    }
}

/// `error`, which says that `blob` is too large, saying also that not even a small piece of it was taken.
fn too_large_in_pieces(error: StoreError, way: Way, blob: &Descriptor) -> StoreError {
    let Way::Pieces(size) = way else { return error };
    let message = format!("blob {} of {} bytes is too large, even in pieces of {size} bytes", blob.digest, blob.size);
    let mut fault = Fault::new(message);
    if let Some(hint) = error.fault().hint() {
        fault = fault.with_hint(hint);
    }
    if let Some(answer) = error.fault().answer() {
        fault = fault.answered(answer.clone());
    }
    StoreError::Refused(fault.caused_by(error))
}
