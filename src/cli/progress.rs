//! A progress bar for a person at a terminal; nothing when nobody looks.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files;

/// Shows a bar over the bytes in `paths`. When standard output goes to the same terminal, the data itself shows that
/// something happens, and `shares_terminal` keeps the bar away.
pub(super) fn bar_over_files(paths: &[PathBuf], shares_terminal: bool) -> ProgressBar {
    let hidden = !io::stderr().is_terminal() || (shares_terminal && io::stdout().is_terminal());
    if hidden {
        return ProgressBar::hidden();
    }
    let (bar, template) = match files::total_size(paths) {
        Some(total) => (
            ProgressBar::new(total),
            "{wide_bar} {bytes}/{total_bytes}, {msg}, {eta} left",
        ),
        None => (ProgressBar::no_length(), "{spinner} {bytes}, {msg}"),
    };
    bar.set_draw_target(ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Shows a bar over `total` messages.
pub(super) fn bar_over_messages(total: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} messages, {eta} left") {
        bar.set_style(style);
    }
    bar
}
