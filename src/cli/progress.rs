//! A progress bar for a person at a terminal; nothing when nobody looks.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::files::{self, FileError, FileMessage};
use super::terminal::{one_line, say};

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

/// Returns a message that could be read; says over the bar that one was cut, or why one could not be read.
pub(super) fn readable(
    message: Result<FileMessage, FileError>,
    bar: &ProgressBar,
) -> Option<FileMessage> {
    match &message {
        Ok(message) if message.cut => {
            let (origin, limit) = (&message.origin, files::LARGEST >> 20);
            let said = format!("{origin}: longer than {limit} MiB; only its beginning was read");
            bar.suspend(|| say(&said));
        }
        Ok(_) => {}
        Err(error) => bar.suspend(|| say(&one_line(&error.to_string()))),
    }
    message.ok()
}
