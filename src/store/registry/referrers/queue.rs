//! One writer of a list at a time, within this process, who takes along what the others want to have listed (HTTP-77).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot::{self, Receiver, Sender};

use crate::oci::{Descriptor, Digest, Repository};
use crate::store::Result;

/// The queues of a client, one for each subject of each repository that it lists referrers of.
#[derive(Default)]
pub(crate) struct Queues(Mutex<HashMap<(Repository, Digest), Arc<Queue>>>);

/// Who waits to have something listed for one subject.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Order>>,
    turn: tokio::sync::Mutex<()>,
}

/// What somebody who waits wants to have listed.
struct Order {
    referrers: Vec<Descriptor>,
    done: Sender<()>,
}

impl Queues {
    /// The queue for `subject` in `repository`.
    pub(super) fn of(&self, repository: &Repository, subject: &Digest) -> Arc<Queue> {
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(queues.entry((repository.clone(), subject.clone())).or_default())
    }
}

impl Queue {
    /// Let `work` list `referrers`, and those of everybody who waits by then. Who is served by another's work returns
    /// without any of its own; when that failed each works for itself, as it need not be its own referrers that failed.
    pub(super) async fn run(
        &self,
        referrers: &[Descriptor],
        work: impl AsyncFnOnce(&[Descriptor]) -> Result<()>,
    ) -> Result<()> {
        let mut done = self.wait(referrers);
        let _turn = self.turn.lock().await;
        if done.try_recv().is_ok() {
            return Ok(());
        }
        let mut orders = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        // Who gave up meanwhile may not have written what was to be listed.
        orders.retain(|order| !order.done.is_closed());
        let mut all = referrers.to_vec();
        for referrer in orders.iter().flat_map(|order| &order.referrers) {
            if !all.iter().any(|known| known.digest == referrer.digest) {
                all.push(referrer.clone());
            }
        }
        work(&all).await?;
        for order in orders {
            // It fails for whoever gave up during the work.
            let _ = order.done.send(());
        }
        Ok(())
    }

    /// The turn, for a change that takes nobody else's along.
    pub(super) async fn turn(&self) -> impl Drop + '_ {
        self.turn.lock().await
    }

    fn wait(&self, referrers: &[Descriptor]) -> Receiver<()> {
        let (done, served) = oneshot::channel();
        let order = Order { referrers: referrers.to_vec(), done };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push(order);
        served
    }
}
