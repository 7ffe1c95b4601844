//! How often a step that failed is tried again, and when (NET-6, NET-12). No I/O and no sleeping: who tries decides that.

use std::time::Duration;

use tokio::time::Instant;

use super::Passing;
use super::jitter::jitter;

/// By which figures steps are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How often a step is tried at most.
    pub attempts: u32,
    /// The longest pause after the first failure; it doubles with each further one. The real pause is drawn between
    /// nothing and that, so that clients which failed together do not come back together.
    pub first: Duration,
    /// What no pause is longer than.
    pub longest: Duration,
    /// No attempt starts this long after the first one did; time spent in silence counts.
    pub budget: Duration,
    /// The longest pause that a server may ask for.
    pub patience: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(10),
            budget: Duration::from_secs(120),
            patience: Duration::from_secs(60),
        }
    }
}

/// The attempts at one step, from the first one on.
#[derive(Debug)]
pub struct Attempts {
    policy: Policy,
    failed: u32,
    since: Instant,
}

impl Attempts {
    /// The first one begins now.
    pub fn new(policy: Policy) -> Self {
        Self { policy, failed: 0, since: Instant::now() }
    }

    /// One more failed in `passing`: how long to wait before the next, or `None` when there is none. A pause that the
    /// server asked for (`Retry-After`) and that is longer than we have patience for ends the attempts.
    pub fn after_failure(&mut self, passing: Passing) -> Option<Duration> {
        let asked = passing.pause;
        self.failed += 1;
        let most = if passing.once { 2 } else { self.policy.attempts };
        if self.failed >= most.min(self.policy.attempts) || asked.is_some_and(|asked| asked > self.policy.patience) {
            return None;
        }
        let doubled = self.policy.first.saturating_mul(1 << (self.failed - 1).min(16));
        // Who was told to come back at the same moment does not come at the same moment.
        let pause = asked.unwrap_or_default() + jitter(Duration::ZERO, doubled.min(self.policy.longest));
        (self.since.elapsed() + pause < self.policy.budget).then_some(pause)
    }

    /// Enough came through to count as a new beginning: a transfer that goes on is not given up (HTTP-23).
    pub fn progressed(&mut self) {
        *self = Self::new(self.policy);
    }

    /// How many failed so far.
    pub fn failed(&self) -> u32 {
        self.failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts() -> Attempts {
        Attempts::new(Policy::default())
    }

    fn asking(seconds: u64) -> Passing {
        Passing { pause: Some(Duration::from_secs(seconds)), once: false }
    }

    #[tokio::test(start_paused = true)]
    async fn some_failures_are_worth_one_attempt_more() {
        let mut attempts = attempts();
        let once = Passing { pause: None, once: true };
        assert!(attempts.after_failure(once).is_some());
        assert_eq!(attempts.after_failure(once), None);
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_end() {
        for _ in 0..50 {
            let mut attempts = attempts();
            for longest in [200, 400, 800, 1600] {
                let pause = attempts.after_failure(Passing::default()).unwrap();
                assert!(pause <= Duration::from_millis(longest), "{pause:?}");
            }
            assert_eq!(attempts.after_failure(Passing::default()), None);
            assert_eq!(attempts.failed(), 5);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_asks_for_a_pause_gets_it_within_reason() {
        let seconds = Duration::from_secs;
        assert!(attempts().after_failure(asking(60)).unwrap() >= seconds(60));
        assert_eq!(attempts().after_failure(asking(61)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn no_attempt_starts_after_the_budget() {
        let mut attempts = attempts();
        tokio::time::advance(Duration::from_secs(119)).await;
        assert!(attempts.after_failure(Passing::default()).is_some());
        assert_eq!(attempts.after_failure(asking(2)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_is_not_given_up() {
        let mut attempts = attempts();
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(60)).await;
            assert!(attempts.after_failure(Passing::default()).is_some());
            attempts.progressed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_attempts_do_not_overflow() {
        let mut attempts = Attempts::new(Policy { attempts: 100, ..Policy::default() });
        for _ in 0..99 {
            assert!(attempts.after_failure(Passing::default()).unwrap() <= Duration::from_secs(10));
        }
    }
}
