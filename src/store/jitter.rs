//! Pauses of random length, so that writers who met once do not meet again.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// A duration from `shortest` to `longest`.
pub fn jitter(shortest: Duration, longest: Duration) -> Duration {
    // The keys of a hasher are this process's own: what is needed is that two writers differ, not that nobody can guess.
    let random = RandomState::new().hash_one(()) >> 32;
    let part = f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX);
    shortest + longest.saturating_sub(shortest).mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_within_its_bounds_and_differs() {
        let (shortest, longest) = (Duration::from_millis(50), Duration::from_millis(800));
        let drawn: Vec<Duration> = (0..64).map(|_| jitter(shortest, longest)).collect();
        assert!(drawn.iter().all(|pause| (shortest..=longest).contains(pause)), "{drawn:?}");
        assert!(drawn.iter().any(|pause| *pause != drawn[0]), "{drawn:?}");
        assert_eq!(jitter(longest, shortest), longest);
    }
}
