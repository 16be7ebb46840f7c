//! Tells the service manager (sd_notify(3)) when the daemon is ready, its status, and that the work goes on. The
//! watchdog is fed by proofs that the watcher gives of its connection or of its orderly waiting, never by a timer of its
//! own: a loop that hangs must be noticed.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::clock::Clock;
use crate::mailbox::{Phase, WatcherState};

/// Longer than any single await of the watcher may take.
const STUCK: SignedDuration = SignedDuration::from_mins(10);

/// Returns a token that SIGTERM and SIGINT cancel. A second signal is left to the system's default: it ends the process.
///
/// # Errors
/// The system does not let the process listen for signals.
pub(super) fn stop_on_signal() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let token = stop.clone();
    tokio::spawn(async move {
        let name = tokio::select! {
            _ = terminate.recv() => "SIGTERM",
            _ = interrupt.recv() => "SIGINT",
        };
        info!(signal = name, "asked to stop");
        token.cancel();
    });
    Ok(stop)
}

/// Listens for SIGHUP, which asks for the configuration to be read again. From here on it ends nothing by itself.
///
/// # Errors
/// The system does not let the process listen for signals.
pub(super) fn hangups() -> Result<Signal> {
    signal(SignalKind::hangup()).context("cannot listen for SIGHUP")
}

/// Returns true when SIGHUP means that the terminal has gone, as it does for what was started on one.
pub(super) fn is_on_a_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// Notifies that the configuration is read again (`RELOADING=1`, sd_notify(3)); [`ready`] or the next [`report`] ends it.
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

/// Notifies that the work goes on (`READY=1`).
pub(super) fn ready() {
    notify(&[NotifyState::Ready]);
}

/// Notifies that the end has begun (`STOPPING=1`).
pub(super) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Reports to the service manager until `stop`: ready, status line, watchdog; without one it only waits. `refused` is why
/// the configuration that was read last is not the one in use.
pub(super) async fn report(
    mut state: watch::Receiver<WatcherState>,
    mut refused: watch::Receiver<Option<String>>,
    clock: &Clock,
    stop: &CancellationToken,
) {
    let heartbeat = sd_notify::watchdog_enabled().map(|limit| limit / 2);
    let mut ready = false;
    loop {
        let seen = state.borrow_and_update().clone();
        if !ready && is_ready(&seen) {
            ready = true;
            notify(&[NotifyState::Ready]);
        }
        let refusal = refused.borrow_and_update().clone();
        notify(&[NotifyState::Status(&status_line(&seen, refusal.as_deref()))]);
        if heartbeat.is_some() && is_working(&seen, clock.now()) {
            notify(&[NotifyState::Watchdog]);
        }
        let pause = tokio::time::sleep(heartbeat.unwrap_or(Duration::from_secs(3600)));
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = state.changed() => if changed.is_err() { stop.cancelled().await; break },
            Ok(()) = refused.changed() => {}
            () = pause => {}
        }
    }
}

fn notify(messages: &[NotifyState<'_>]) {
    // No service manager, no listener: nothing to tell.
    let _ = sd_notify::notify(messages);
}

/// Returns true once the mailbox was read to its end, or once it is clear that it cannot be reached for now: then the
/// daemon does all it can, which is to try again.
fn is_ready(state: &WatcherState) -> bool {
    matches!(
        state.phase,
        Phase::Idling | Phase::Polling | Phase::BackingOff
    )
}

/// Returns true when the watcher moves: it waits for an attempt that is not overdue, or was in its phase not longer than any
/// of its awaits may take, or its server proved alive not long ago.
fn is_working(state: &WatcherState, now: Timestamp) -> bool {
    let fresh = |instant: Timestamp| now.duration_since(instant) < STUCK;
    match state.phase {
        Phase::BackingOff => state.next_attempt.is_none_or(fresh),
        _ => fresh(state.since) || state.last_proof.is_some_and(fresh),
    }
}

fn status_line(state: &WatcherState, refused: Option<&str>) -> String {
    let connection = match (&state.phase, &state.last_error) {
        (Phase::BackingOff, Some(why)) => format!("{}: waiting to try again: {why}", state.account),
        (phase, _) => format!("{}: {phase}", state.account),
    };
    match refused {
        None => connection,
        Some(why) => format!("{connection}; the new configuration is refused: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(phase: Phase, since: &str) -> WatcherState {
        WatcherState {
            phase,
            since: since.parse().unwrap(),
            why: "read to the end".into(),
            last_proof: None,
            last_error: None,
            next_attempt: None,
            heard: Vec::new(),
            account: "reader@mail.example".into(),
        }
    }

    #[test]
    fn a_watcher_without_proof_of_life_starves_the_watchdog() {
        let now = "2025-11-28T12:00:00Z".parse().unwrap();
        let mut idling = state(Phase::Idling, "2025-11-28T06:00:00Z");
        assert!(!is_working(&idling, now));
        idling.last_proof = Some("2025-11-28T11:56:00Z".parse().unwrap());
        assert!(is_working(&idling, now));
    }

    #[test]
    fn waiting_for_the_next_attempt_is_work_until_it_is_overdue() {
        let mut waiting = state(Phase::BackingOff, "2025-11-28T06:00:00Z");
        waiting.next_attempt = Some("2025-11-28T12:05:00Z".parse().unwrap());
        assert!(is_working(
            &waiting,
            "2025-11-28T12:00:00Z".parse().unwrap()
        ));
        assert!(!is_working(
            &waiting,
            "2025-11-28T12:20:00Z".parse().unwrap()
        ));
    }

    #[test]
    fn a_refused_configuration_stands_after_the_connection() {
        let idling = state(Phase::Idling, "2025-11-28T12:00:00Z");
        assert_eq!(
            status_line(&idling, Some("config.toml:3:1: no")),
            "reader@mail.example: idle, waiting for mail; the new configuration is refused: config.toml:3:1: no"
        );
    }

    #[test]
    fn ready_means_read_to_the_end_or_known_to_be_unreachable() {
        let at = "2025-11-28T12:00:00Z";
        assert!(!is_ready(&state(Phase::Connecting, at)));
        assert!(!is_ready(&state(Phase::Syncing, at)));
        assert!(is_ready(&state(Phase::Idling, at)));
        assert!(is_ready(&state(Phase::BackingOff, at)));
    }
}
