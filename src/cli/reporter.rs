//! What operations report, on the terminal.

use std::sync::Arc;

use crate::ops::{Event, Reporter, Step};
use crate::output::Ui;

/// Hands events to the user interface.
pub(super) struct UiReporter(pub(super) Arc<Ui>);

impl Reporter for UiReporter {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Warning(text) => self.0.warning(text),
            Event::Note(text) => self.0.note(text),
            Event::Detail(text) => self.0.detail(text),
            Event::Begin(step, total) => self.0.begin(label(step), total),
            Event::Advance(step, bytes) => self.0.advance(label(step), bytes),
            Event::End(step) => self.0.end(label(step)),
        }
    }
}

fn label(step: Step) -> &'static str {
    match step {
        Step::Pack => "packing",
        Step::Upload => "uploading",
        Step::Download => "fetching",
        Step::Unpack => "unpacking",
    }
}
