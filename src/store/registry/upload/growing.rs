//! A blob that is still being made: sent while it grows, to save time.
//!
//! Where that does not work out it is sent once it is complete, as any other.

use super::super::RegistryStore;
use super::super::download;
use super::super::payload::{Payload, changed, unreadable};
use super::known;
use super::session::Session;
use crate::store::{Answer, BlobSource, Fault, Result, StoreError};

/// Send what `source` has and will have.
pub(super) async fn send(store: &RegistryStore, source: &dyn BlobSource) -> Result<()> {
    let mut session = Session::begin(store, None).await?;
    let Err(error) = grow(&mut session, source).await else {
        session.finish();
        return Ok(());
    };
    if error.passes().is_none() && !session.refusal().is_some_and(|refusal| dislikes_streams(&error, refusal)) {
        session.call_off().await;
        return Err(error);
    }
    store.client.detail(&format!("a blob is sent when it is complete: {error}"));
    // Called off beside the rest.
    drop(session);
    let blob = source.complete().await.map_err(unreadable)?;
    // Perhaps all that was lost is the last answer.
    if error.passes().is_some() && download::exists(store, &blob).await? {
        return Ok(());
    }
    known::send(store, source, &blob, None).await
}

/// One `PATCH` with everything, then an empty `PUT` with the digest that came out.
async fn grow(session: &mut Session<'_>, source: &dyn BlobSource) -> Result<()> {
    let sent = session.patch_growing(source).await?;
    let blob = source.complete().await.map_err(unreadable)?;
    if sent != Some((blob.digest.clone(), blob.size)) {
        let message = format!("{} bytes of digest {} were expected", blob.size, blob.digest);
        return Err(changed(StoreError::Integrity(Fault::new(message))));
    }
    session.put(&blob, Payload::Nothing).await
}

/// Whether the registry answered that it does not take content this way. Some take large content only in one request,
/// with its digest.
fn dislikes_streams(error: &StoreError, refusal: &Answer) -> bool {
    (400..500).contains(&refusal.status) && !matches!(error, StoreError::Denied(_))
}
