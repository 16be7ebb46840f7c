//! What the service manager hears (sd_notify(3)); where none listens, nobody does.
//!
//! It is told by a thread of its own: a service manager that reads its socket no more must hold up neither the work nor the
//! stop. What it did not read is dropped when more is to be told; the next status line says it all again.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::time::Duration;

use sd_notify::NotifyState;

/// Messages that wait for a service manager that reads slowly.
const WAITING: usize = 16;

/// The longest wait for a message to leave before the process may have ended.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A message, and who wants to know that it has left.
struct Notice {
    text: String,
    left: Option<SyncSender<()>>,
}

/// Returns the time within which the watchdog wants to hear of the daemon, where there is one.
pub(super) fn watchdog_limit() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

/// Notifies that the daemon goes on (`WATCHDOG=1`).
pub(super) fn alive() {
    notify(&[NotifyState::Watchdog]);
}

/// Notifies of the status line.
pub(super) fn status(line: &str) {
    notify(&[NotifyState::Status(line)]);
}

/// Notifies that the configuration is read again (`RELOADING=1`, sd_notify(3)); [`ready`] ends it.
pub(super) fn reloading() {
    // With Type=notify-reload (systemd 253) the service manager wants to know since when.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[
            NotifyState::Reloading,
            now,
            NotifyState::Status("reading the configuration again"),
        ]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Notifies what the start waits for.
pub(super) fn waiting(why: &str) {
    notify(&[NotifyState::Status(why)]);
}

/// Notifies that the work goes on (`READY=1`).
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// Notifies that the end has begun (`STOPPING=1`).
pub(super) fn stopping() {
    notify_before_the_end(&[NotifyState::Stopping]);
}

/// Asks for more time for what is under way (`EXTEND_TIMEOUT_USEC=`).
pub(super) fn extend(time: Duration) {
    let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    notify_before_the_end(&[NotifyState::ExtendTimeoutUsec(micros)]);
}

/// Hands messages to the thread; never waits.
fn notify(messages: &[NotifyState<'_>]) {
    tell(messages, None);
}

/// The same, and waits until they have left, at most [`LAST_WORDS`].
fn notify_before_the_end(messages: &[NotifyState<'_>]) {
    let (left, has_left) = mpsc::sync_channel(1);
    tell(messages, Some(left));
    // An error: it has left, was dropped, or nobody reads.
    let _ = has_left.recv_timeout(LAST_WORDS);
}

fn tell(messages: &[NotifyState<'_>], left: Option<SyncSender<()>>) {
    static QUEUE: OnceLock<Option<SyncSender<Notice>>> = OnceLock::new();
    let Some(queue) = QUEUE.get_or_init(begin) else {
        return;
    };
    let mut text = String::new();
    for message in messages {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{message}");
    }
    // Full: nobody has read for a while.
    let _ = queue.try_send(Notice { text, left });
}

/// Starts the thread; `None` where no service manager listens, or no thread can be had.
fn begin() -> Option<SyncSender<Notice>> {
    std::env::var_os("NOTIFY_SOCKET")?;
    let (queue, notices) = mpsc::sync_channel(WAITING);
    let thread = std::thread::Builder::new().name("service manager".into());
    thread.spawn(move || pass_on(&notices)).ok()?;
    Some(queue)
}

/// Passes messages on for as long as the process runs.
fn pass_on(notices: &Receiver<Notice>) {
    for Notice { text, left } in notices {
        let _ = sd_notify::notify(&[NotifyState::Custom(text.trim_end())]);
        drop(left);
    }
}
