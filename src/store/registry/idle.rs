//! The guard against silence (NET-5): no total timeout, but no waiting for ever either.
//!
//! An HTTP library's own read timeout starts with the request and so ends an upload that flows well. This one looks at
//! the last byte that went out, and does not count the time in which our own side has nothing to send yet.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout, timeout_at};

/// Nothing happened for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence(pub(super) Duration);

/// When a request last moved.
#[derive(Debug)]
pub(super) struct Activity {
    start: Instant,
    /// Milliseconds from `start` to the last sign of life.
    last: AtomicU64,
    /// We wait for our own content, not for the server.
    ours: AtomicBool,
    /// All of the body went out: the server is at work.
    sent: AtomicBool,
    /// The connection asked for the body.
    begun: AtomicBool,
}

impl Activity {
    /// Begins now.
    pub(super) fn new() -> Self {
        let no = || AtomicBool::new(false);
        Self { start: Instant::now(), last: AtomicU64::new(0), ours: no(), sent: no(), begun: no() }
    }

    /// The connection took something, or asks for more.
    pub(super) fn moved(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
        self.ours.store(false, Ordering::Relaxed);
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Whether any of a streamed body may have gone out.
    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    /// It is us who have nothing to send yet.
    pub(super) fn waits_for_us(&self) {
        self.ours.store(true, Ordering::Relaxed);
    }

    /// All of the body went out.
    pub(super) fn all_sent(&self) {
        self.moved();
        self.sent.store(true, Ordering::Relaxed);
    }

    fn since(&self) -> Instant {
        if self.ours.load(Ordering::Relaxed) {
            return Instant::now();
        }
        self.start + Duration::from_millis(self.last.load(Ordering::Relaxed))
    }
}

/// How long silence may last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// While bytes should flow.
    pub(super) idle: Duration,
    /// After the whole body went out, when the server may have work to do before it answers.
    pub(super) answer: Duration,
}

/// Run `work` until it is done, or until `activity` shows that nothing moved for `limit`.
pub(super) async fn guard<F: Future>(activity: &Activity, limit: Limit, work: F) -> Result<F::Output, Silence> {
    let mut work = std::pin::pin!(work);
    loop {
        let allowed = if activity.sent.load(Ordering::Relaxed) { limit.answer } else { limit.idle };
        let deadline = activity.since() + allowed;
        if let Ok(output) = timeout_at(deadline, work.as_mut()).await {
            return Ok(output);
        }
        let allowed_now = if activity.sent.load(Ordering::Relaxed) { limit.answer } else { limit.idle };
        if activity.since() + allowed_now <= Instant::now() {
            return Err(Silence(allowed_now));
        }
    }
}

/// As [`guard`], for the next piece of an answer's body.
pub(super) async fn next<F: Future>(idle: Duration, work: F) -> Result<F::Output, Silence> {
    timeout(idle, work).await.map_err(|_| Silence(idle))
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::sleep;

    use super::*;

    const LIMIT: Limit = Limit { idle: Duration::from_secs(1), answer: Duration::from_secs(5) };

    #[tokio::test(start_paused = true)]
    async fn silence_ends_the_wait() {
        let activity = Activity::new();
        let begin = Instant::now();
        assert_eq!(guard(&activity, LIMIT, pending::<()>()).await, Err(Silence(LIMIT.idle)));
        assert_eq!(begin.elapsed(), LIMIT.idle);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_flow_is_no_silence() {
        let activity = Activity::new();
        let work = async {
            for _ in 0..20 {
                sleep(Duration::from_millis(900)).await;
                activity.moved();
            }
        };
        assert_eq!(guard(&activity, LIMIT, work).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_for_our_own_content_does_not_count() {
        let activity = Activity::new();
        let work = async {
            activity.waits_for_us();
            sleep(Duration::from_secs(100)).await;
            activity.moved();
        };
        assert_eq!(guard(&activity, LIMIT, work).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_whole_body_the_server_has_more_time() {
        let activity = Activity::new();
        activity.all_sent();
        assert_eq!(guard(&activity, LIMIT, sleep(Duration::from_secs(4))).await, Ok(()));
        assert_eq!(guard(&activity, LIMIT, pending::<()>()).await, Err(Silence(LIMIT.answer)));
    }
}
