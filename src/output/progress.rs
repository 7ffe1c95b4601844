//! Bars on a terminal: they appear when work takes a moment, and leave no trace.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{
    BinaryBytes, HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

/// Work that is done sooner is not worth a bar.
const APPEARS_AFTER: Duration = Duration::from_millis(250);
/// Often enough to look alive.
const FRAMES_PER_SECOND: u8 = 10;

/// A bar for each stretch of work; nothing at all where no bars are wanted.
pub(super) struct Bars(Option<Drawn>);

struct Drawn {
    multi: MultiProgress,
    work: Mutex<BTreeMap<&'static str, Work>>,
}

struct Work {
    since: Instant,
    total: Option<u64>,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Bars {
    pub(super) fn new(wanted: bool) -> Self {
        let target = || ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND);
        Self(wanted.then(|| Drawn { multi: MultiProgress::with_draw_target(target()), work: Mutex::default() }))
    }

    pub(super) fn begin(&self, label: &'static str, total: Option<u64>) {
        self.with(|drawn, work| {
            let fresh = Work { since: Instant::now(), total, done: 0, bar: None };
            drawn.remove(work.insert(label, fresh));
        });
    }

    pub(super) fn advance(&self, label: &'static str, bytes: u64) {
        self.with(|drawn, work| {
            let Some(work) = work.get_mut(label) else { return };
            work.done += bytes;
            if work.bar.is_none() && work.since.elapsed() >= APPEARS_AFTER {
                // It counts from the beginning, so that its rate is the work's and not that of its own short life.
                let bar = bar(label, work.total).with_elapsed(work.since.elapsed()).with_position(work.done);
                work.bar = Some(drawn.multi.add(bar));
            }
            if let Some(bar) = &work.bar {
                bar.set_position(work.done);
            }
        });
    }

    pub(super) fn end(&self, label: &'static str) {
        self.with(|drawn, work| drawn.remove(work.remove(label)));
    }

    /// Take every bar away: the result or an error comes next.
    pub(super) fn clear(&self) {
        self.with(|drawn, work| {
            while let Some((_, work)) = work.pop_first() {
                drawn.remove(Some(work));
            }
        });
    }

    /// Write lines that are no bars, without a bar in their way.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(drawn) => drawn.multi.suspend(write),
            None => write(),
        }
    }

    fn with(&self, act: impl FnOnce(&Drawn, &mut BTreeMap<&'static str, Work>)) {
        if let Some(drawn) = &self.0 {
            act(drawn, &mut drawn.work.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Drawn {
    fn remove(&self, work: Option<Work>) {
        if let Some(bar) = work.and_then(|work| work.bar) {
            bar.finish_and_clear();
            self.multi.remove(&bar);
        }
    }
}

fn bar(label: &'static str, total: Option<u64>) -> ProgressBar {
    let known = "{prefix:10} [{bar:30}] {bytes}/{total_bytes} {rate} {left}";
    let unknown = "{prefix:10} {spinner} {bytes} {rate}";
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), known),
        None => (ProgressBar::new_spinner(), unknown),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    // The crate's own figures take what was done before the bar appeared for the work of its first moment.
    let style = style
        .with_key("rate", |state: &ProgressState, out: &mut dyn fmt::Write| {
            // A bar that cannot be drawn has no reader who would miss it.
            let _unseen = write!(out, "{}/s", BinaryBytes(rate(state.pos(), state.elapsed())));
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
            if let Some(left) = left(state.pos(), state.len(), state.elapsed()) {
                let _unseen = write!(out, "{:#}", HumanDuration(left));
            }
        });
    bar.with_style(style.progress_chars("=> ")).with_prefix(label)
}

/// Bytes a second since the work began.
fn rate(done: u64, elapsed: Duration) -> u64 {
    let rate = u128::from(done) * 1000 / elapsed.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// How long the rest takes at that rate; `None` while there is none.
fn left(done: u64, total: Option<u64>, elapsed: Duration) -> Option<Duration> {
    let rest = u128::from(total?.saturating_sub(done));
    let millis = (rest * elapsed.as_millis()).checked_div(done.into())?;
    Some(Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_is_the_works_from_its_beginning() {
        assert_eq!(rate(0, SECOND), 0);
        assert_eq!(rate(3 << 20, 2 * SECOND), 3 << 19);
        assert_eq!(rate(5, Duration::ZERO), 5000);
        assert_eq!(left(1 << 20, Some(4 << 20), 2 * SECOND), Some(6 * SECOND));
        assert_eq!(left(9, Some(8), SECOND), Some(Duration::ZERO));
        assert_eq!(left(0, Some(8), SECOND), None);
        assert_eq!(left(8, None, SECOND), None);
    }
}
