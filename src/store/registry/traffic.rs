//! How many requests a host gets at the same time, and when it gets none (NET-11, NET-12).
//!
//! Each origin has a gate for small requests, one for downloads and one for uploads: an upload whose content is a download
//! from the same place can always go on. A gate lets half as many through once the host says that it is too much, and
//! then one more after every few requests that went well. A pause that a host asks for holds for all gates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::{StatusCode, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// How many small requests a host gets at the same time.
const SMALL_AT_ONCE: usize = 16;
/// After how many requests that went well one more is let through.
const GROWTH: usize = 8;

/// What a request does to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// It is a question and a short answer.
    Small,
    /// It brings a blob. It takes its place until the last byte came.
    Download,
    /// It takes a blob there.
    Upload,
}

/// A host asked for a longer pause than anybody waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Closed(pub(super) Duration);

/// The gates of all origins that were met.
pub(super) struct Traffic {
    blobs: usize,
    patience: Duration,
    origins: Mutex<HashMap<String, Arc<Origin>>>,
}

impl Traffic {
    /// `blobs` go each way at the same time; nobody waits for a host longer than `patience`.
    pub(super) fn new(blobs: usize, patience: Duration) -> Self {
        Self { blobs, patience, origins: Mutex::default() }
    }

    /// Wait until a request to the origin of `url` may go.
    pub(super) async fn enter(&self, url: &Url, lane: Lane) -> Result<Pass, Closed> {
        let origin = {
            let mut origins = lock(&self.origins);
            let key = url.origin().ascii_serialization();
            Arc::clone(origins.entry(key).or_insert_with(|| Arc::new(Origin::new(self.blobs))))
        };
        let permit = origin.gate(lane).enter().await;
        // Others may be told of a longer pause meanwhile.
        while let Some(until) = origin.closed() {
            let left = until.saturating_duration_since(Instant::now());
            if left > self.patience {
                return Err(Closed(left));
            }
            sleep_until(until).await;
        }
        Ok(Pass { origin, lane, permit: Some(permit), since: Instant::now() })
    }
}

struct Origin {
    small: Gate,
    downloads: Gate,
    uploads: Gate,
    /// Nothing is sent before.
    closed: Mutex<Option<Instant>>,
}

impl Origin {
    fn new(blobs: usize) -> Self {
        Self {
            small: Gate::new(SMALL_AT_ONCE),
            downloads: Gate::new(blobs),
            uploads: Gate::new(blobs),
            closed: Mutex::default(),
        }
    }

    fn gate(&self, lane: Lane) -> &Gate {
        match lane {
            Lane::Small => &self.small,
            Lane::Download => &self.downloads,
            Lane::Upload => &self.uploads,
        }
    }

    fn closed(&self) -> Option<Instant> {
        lock(&self.closed).filter(|until| *until > Instant::now())
    }
}

/// A request on its way. It leaves the gate when this is dropped.
#[derive(Debug)]
pub(super) struct Pass {
    origin: Arc<Origin>,
    lane: Lane,
    permit: Option<OwnedSemaphorePermit>,
    since: Instant,
}

impl Pass {
    /// Learn from the answer.
    pub(super) fn answered(&self, status: StatusCode) {
        let origin = &self.origin;
        match status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                for gate in [&origin.small, &origin.downloads, &origin.uploads] {
                    gate.narrow(self.since);
                }
            }
            status if status.is_server_error() => {}
            _ => origin.gate(self.lane).went_well(),
        }
    }

    /// The host wants no request for `pause`. Whether that is news: whoever failed together is told the same.
    pub(super) fn close(&self, pause: Duration) -> bool {
        let mut closed = lock(&self.origin.closed);
        let before = closed.map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default();
        if pause > before {
            *closed = Instant::now().checked_add(pause);
        }
        pause > before + Duration::from_secs(1)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.origin.gate(self.lane).leave(permit);
        }
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}

/// Lets so many through at a time.
struct Gate {
    free: Arc<Semaphore>,
    most: usize,
    state: Mutex<State>,
}

struct State {
    /// How many may be through now.
    limit: usize,
    /// How many of those who are through leave no room behind.
    excess: usize,
    /// How many requests went well since the limit changed.
    well: usize,
    /// Answers to what was sent before this are not held against the limit once more.
    narrowed: Option<Instant>,
}

impl Gate {
    fn new(most: usize) -> Self {
        let most = most.clamp(1, Semaphore::MAX_PERMITS);
        let state = State { limit: most, excess: 0, well: 0, narrowed: None };
        Self { free: Arc::new(Semaphore::new(most)), most, state: Mutex::new(state) }
    }

    async fn enter(&self) -> OwnedSemaphorePermit {
        match Arc::clone(&self.free).acquire_owned().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("a gate is never closed for good"),
        }
    }

    fn leave(&self, permit: OwnedSemaphorePermit) {
        let mut state = lock(&self.state);
        if state.excess > 0 {
            state.excess -= 1;
            permit.forget();
        }
    }

    /// Half as many, at least one; once for all requests that were under way together.
    fn narrow(&self, since: Instant) {
        let mut state = lock(&self.state);
        if state.narrowed.is_some_and(|narrowed| since < narrowed) {
            return;
        }
        let limit = (state.limit / 2).max(1);
        let fewer = state.limit - limit;
        state.excess += fewer - self.free.forget_permits(fewer);
        state.limit = limit;
        state.well = 0;
        state.narrowed = Some(Instant::now());
    }

    fn went_well(&self) {
        let mut state = lock(&self.state);
        state.well += 1;
        if state.well < GROWTH || state.limit == self.most {
            return;
        }
        state.well = 0;
        state.limit += 1;
        if state.excess > 0 {
            state.excess -= 1;
        } else {
            self.free.add_permits(1);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    /// As many as get through at once.
    fn all(traffic: &Traffic, lane: Lane) -> Vec<Pass> {
        let url = url("https://r.io/v2/");
        std::iter::from_fn(|| traffic.enter(&url, lane).now_or_never().map(Result::unwrap)).collect()
    }

    #[tokio::test]
    async fn so_many_and_no_more_on_each_lane_of_each_origin() {
        let traffic = Traffic::new(6, PATIENCE);
        let (small, downloads, uploads) =
            (all(&traffic, Lane::Small), all(&traffic, Lane::Download), all(&traffic, Lane::Upload));
        assert_eq!((small.len(), downloads.len(), uploads.len()), (16, 6, 6));
        let elsewhere = url("https://r.io:8443/v2/");
        assert!(traffic.enter(&elsewhere, Lane::Small).now_or_never().is_some());
        drop(uploads);
        assert_eq!(all(&traffic, Lane::Upload).len(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_has_too_much_gets_half_and_slowly_more() {
        let traffic = Traffic::new(6, PATIENCE);
        let busy = all(&traffic, Lane::Download);
        tokio::time::advance(Duration::from_millis(1)).await;
        // All of them were under way together: that is one sign, not six.
        for pass in &busy {
            pass.answered(StatusCode::TOO_MANY_REQUESTS);
        }
        drop(busy);
        let narrow = all(&traffic, Lane::Download);
        assert_eq!((narrow.len(), all(&traffic, Lane::Small).len()), (3, 8));
        narrow[0].answered(StatusCode::SERVICE_UNAVAILABLE);
        tokio::time::advance(Duration::from_millis(1)).await;
        drop(narrow);
        for limit in 1..=6 {
            let passes = all(&traffic, Lane::Download);
            assert_eq!(passes.len(), limit);
            (0..GROWTH).for_each(|_| passes[0].answered(StatusCode::OK));
        }
        assert_eq!(all(&traffic, Lane::Download).len(), 6, "never more than at first");
    }

    #[tokio::test(start_paused = true)]
    async fn one_always_gets_through() {
        let traffic = Traffic::new(1, PATIENCE);
        for _ in 0..5 {
            let passes = all(&traffic, Lane::Upload);
            assert_eq!(passes.len(), 1);
            tokio::time::advance(Duration::from_millis(1)).await;
            passes[0].answered(StatusCode::TOO_MANY_REQUESTS);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_host_that_asks_for_a_pause_gets_it_from_all() {
        let traffic = Traffic::new(6, PATIENCE);
        let url = url("https://r.io/v2/");
        let pass = traffic.enter(&url, Lane::Small).await.unwrap();
        assert!(pass.close(Duration::from_secs(30)));
        assert!(!pass.close(Duration::from_secs(30)), "that was said already");
        assert!(!pass.close(Duration::from_secs(3)), "a shorter one does not end a longer one");
        let start = Instant::now();
        traffic.enter(&url, Lane::Upload).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), 30);
        pass.close(Duration::from_secs(3600));
        assert_eq!(traffic.enter(&url, Lane::Small).await.unwrap_err(), Closed(Duration::from_secs(3600)));
    }
}
