//! Bars on a terminal: they appear when work takes a moment, and leave no trace.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

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
    let known = "{prefix:10} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    let unknown = "{prefix:10} {spinner} {bytes} {bytes_per_sec}";
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), known),
        None => (ProgressBar::new_spinner(), unknown),
    };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.progress_chars("=> ")).with_prefix(label)
}
