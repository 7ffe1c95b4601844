//! What registries and the way to them have to say, on the terminal.

use std::sync::Arc;

use crate::output::Ui;
use crate::store::registry::{Notice, Observer};

/// Hands notices to the user interface.
pub(super) struct UiObserver(pub(super) Arc<Ui>);

impl Observer for UiObserver {
    fn notice(&self, notice: Notice<'_>) {
        match notice {
            Notice::Warning(text) => self.0.warning(text),
            Notice::Detail(text) => self.0.detail(text),
            Notice::Trace(text) => self.0.trace(text),
        }
    }

    fn traces(&self) -> bool {
        self.0.is_tracing()
    }
}
