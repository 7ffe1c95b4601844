//! The figures as a table.

use std::fmt::Write;
use std::time::Duration;

/// One line: a figure for bobctl, one for oras, how the first stands to the second, and the aim.
pub(super) struct Row {
    what: String,
    figures: [String; 2],
    ratio: f64,
    /// What is aimed at, and whether it is reached.
    aim: Option<(String, bool)>,
}

impl Row {
    /// Two times, bobctl's and oras's; the aim is a ratio.
    pub(super) fn time(what: String, times: [Duration; 2], aim: Option<f64>) -> Self {
        let ratio = times[0].as_secs_f64() / times[1].as_secs_f64();
        let aim = aim.map(|aim| (format!("< {:.0} %", aim * 100.0), ratio < aim));
        Self { what, figures: times.map(|time| format!("{:.1} ms", time.as_secs_f64() * 1e3)), ratio, aim }
    }

    /// Two numbers of bytes, bobctl's and oras's; the aim is a number of bytes for bobctl.
    pub(super) fn memory(what: String, bytes: [u64; 2], aim: Option<u64>) -> Self {
        let [ours, theirs] = bytes.map(mebibytes);
        let aim = aim.map(|aim| (format!("< {:.0} MiB", mebibytes(aim)), bytes[0] < aim));
        Self { what, figures: [ours, theirs].map(|peak| format!("{peak:.1} MiB")), ratio: ours / theirs, aim }
    }
}

pub(super) fn render(rows: &[Row]) -> String {
    let mut text = format!("{:<28}{:>14}{:>14}{:>8}  aim\n", "", "bobctl", "oras", "ratio");
    for Row { what, figures: [ours, theirs], ratio, aim } in rows {
        let aim = aim
            .as_ref()
            .map_or(String::new(), |(aim, reached)| format!("{aim}, {}", if *reached { "reached" } else { "missed" }));
        let line = format!("{what:<28}{ours:>14}{theirs:>14}{:>6.0} %  {aim}", ratio * 100.0);
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

#[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
