//! The log: standard error, plain and without colours when nobody looks; when journald listens, its own protocol, with
//! levels and fields.
//!
//! The invariant: no password is ever logged. async-imap logs each command it sends at `trace`, LOGIN and AUTHENTICATE included;
//! it stays at `info`, whatever `RUST_LOG` says. So do the crates under the `llm` editor, whose requests carry a key.
//!
//! Nobody waits for it: see [`LogQueue`].

use std::io::{self, IsTerminal, Write as _};
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;
use std::time::Duration;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::journald::{self, JournaldLayer};
use super::log_outlets::LogOutlets;
use super::log_queue::{LogEntry, LogQueue};

/// Who logs what it sends, and must not.
const CAPPED: [&str; 7] = [
    "async_imap",
    "imap_proto",
    "async_native_tls",
    "reqwest",
    "hyper",
    "hyper_util",
    "h2",
];

/// The queue of this process, once the log is set up.
static QUEUE: OnceLock<LogQueue> = OnceLock::new();

/// Writes a line for a person to standard error, behind what was logged before.
pub(super) fn say(line: String) {
    match QUEUE.get() {
        Some(queue) => queue.add(LogEntry::Line(line.into_bytes())),
        // Standard error may be closed; there is nobody left to tell.
        None => drop(io::stderr().write_all(line.as_bytes())),
    }
}

/// Waits until the log is written, `limit` at most.
pub(super) fn flush(limit: Duration) {
    if let Some(queue) = QUEUE.get() {
        queue.flush(limit);
    }
}

/// Returns for how long the log's outlet has not taken an entry; `None` when it takes them.
pub(super) fn hangs_for() -> Option<Duration> {
    Some(QUEUE.get()?.hangs_since()?.elapsed())
}

/// Sets the log up, once; `usual` is what is shown where `RUST_LOG` says nothing. Warnings are then only those of `told`, if
/// that is given.
pub(super) fn init(usual: LevelFilter, told: Option<&'static str>) {
    let told = told.filter(|_| std::env::var_os("RUST_LOG").is_none());
    let filter = EnvFilter::builder()
        .with_default_directive(usual.into())
        .from_env_lossy()
        .and(filter_fn(move |event| {
            let shown =
                *event.level() == Level::ERROR || told.is_none_or(|it| it == event.target());
            shown && !may_hold_a_password(event.target(), *event.level())
        }));
    let registry = tracing_subscriber::registry();
    let journald = journald_listens().then(journald::connect).flatten();
    let to_journald = journald.is_some();
    let Ok(queue) = LogQueue::start(LogOutlets::new(journald)) else {
        // What ends a process that gets no thread is said without a log.
        return;
    };
    let queue = QUEUE.get_or_init(|| queue).clone();
    let set = if to_journald {
        let to_journald = JournaldLayer::new(queue);
        registry.with(to_journald.with_filter(filter)).try_init()
    } else {
        let to_stderr = tracing_subscriber::fmt::layer()
            .with_writer(move || queue.clone())
            .with_ansi(io::stderr().is_terminal());
        registry.with(to_stderr.with_filter(filter)).try_init()
    };
    // Only a second call can fail, and then there is a log already.
    let _ = set;
}

fn may_hold_a_password(target: &str, level: Level) -> bool {
    let from_them = CAPPED.iter().any(|name| {
        let rest = target.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    });
    from_them && level > Level::INFO
}

/// Returns true when standard error is the very stream that journald reads (systemd.exec(5), `JOURNAL_STREAM`).
fn journald_listens() -> bool {
    let named = std::env::var("JOURNAL_STREAM").unwrap_or_default();
    std::fs::metadata("/proc/self/fd/2")
        .is_ok_and(|stream| named == format!("{}:{}", stream.dev(), stream.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_async_imap_sends_is_never_logged() {
        assert!(may_hold_a_password("async_imap::imap_stream", Level::TRACE));
        assert!(!may_hold_a_password("async_imap::client", Level::WARN));
        assert!(!may_hold_a_password("nikkan::mailbox", Level::TRACE));
        assert!(!may_hold_a_password("h2_like", Level::TRACE));
        assert!(may_hold_a_password("reqwest::connect", Level::TRACE));
        assert!(may_hold_a_password("hyper_util::client", Level::DEBUG));
    }
}
