//! How long a writer waits for other writers.

use std::time::Duration;

use crate::store::jitter::jitter;

/// How many times what this writer took from reading to writing others are given to do the same.
const PATIENCE: u32 = 4;
/// The longest time that a slow line makes a writer wait before it looks again.
const MAX_SETTLE: Duration = Duration::from_secs(10);
/// The shortest pause is this part of the longest one.
const SHORTEST: u32 = 16;

/// How long a writer of a list of referrers waits for other writers (HTTP-76, HTTP-77).
///
/// A writer that read the list before us and writes it after us takes our entry away, and neither of the two can see
/// that there is another one. So after each write the list is left alone for longer than anybody is likely to need from
/// reading to writing, and looked at then. How long that takes is different for each writer and each time, so that those
/// who began together do not go on together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The shortest time between a write and the look that proves it; the longest is twice that. On a slow line both
    /// grow with the time from reading to writing.
    pub settle: Duration,
    /// The longest pause before another try when the registry says that somebody else was faster; the shortest is a
    /// sixteenth of that.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { settle: Duration::from_millis(500), pause: Duration::from_millis(800) }
    }
}

impl Pace {
    /// Wait before the look after a write that took `gap` from reading to writing.
    pub(super) async fn settle(&self, gap: Duration) {
        let shortest = self.settle.max(gap.saturating_mul(PATIENCE).min(MAX_SETTLE));
        tokio::time::sleep(jitter(shortest, shortest * 2)).await;
    }

    /// Wait before another try.
    pub(super) async fn pause(&self) {
        tokio::time::sleep(jitter(self.pause / SHORTEST, self.pause)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_wait_grows_with_the_line_and_has_an_end() {
        let pace = Pace::default();
        for (gap, shortest, longest) in [(0, 500, 1000), (100, 500, 1000), (1000, 4000, 8000), (60_000, 10_000, 20_000)]
        {
            for _ in 0..20 {
                let start = tokio::time::Instant::now();
                pace.settle(Duration::from_millis(gap)).await;
                let waited = start.elapsed().as_millis();
                assert!((shortest..=longest + 1).contains(&waited), "{gap}: {waited}");
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_two_pauses_are_the_same() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..20 {
            let start = tokio::time::Instant::now();
            Pace::default().pause().await;
            assert!((50..=801).contains(&start.elapsed().as_millis()));
            seen.insert(start.elapsed());
        }
        assert!(seen.len() > 10, "{seen:?}");
    }
}
