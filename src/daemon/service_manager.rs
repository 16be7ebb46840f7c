//! What the service manager hears (sd_notify(3)); where none listens, nobody does.

use std::time::Duration;

use sd_notify::NotifyState;

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
    notify(&[NotifyState::Stopping]);
}

/// Asks for more time for what is under way (`EXTEND_TIMEOUT_USEC=`).
pub(super) fn extend(time: Duration) {
    let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    notify(&[NotifyState::ExtendTimeoutUsec(micros)]);
}

fn notify(messages: &[NotifyState<'_>]) {
    // No service manager, no listener: nothing to tell.
    let _ = sd_notify::notify(messages);
}
