//! Tells the service manager (sd_notify(3)) when the daemon is ready, its status, and that the work goes on. The
//! watchdog is fed as long as every part proves that it moves ([`Liveness`]), never by a timer alone: a loop that hangs must
//! be noticed. The one that is stuck is named before the watchdog ends the process.

use std::io::IsTerminal;
use std::time::Duration;

use anyhow::{Context, Result};
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::liveness::{Liveness, Part, PartWait};
use crate::clock::Clock;
use crate::mailbox::{Phase, WatcherHandle, WatcherState};

/// Longer than any single await of the watcher may take.
const WATCHER_STUCK: Duration = Duration::from_secs(10 * 60);

/// The longest interval of looks at the proofs.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Looks in a row that find a part stuck before that is believed: after the process stood still everything is overdue for a
/// moment.
const BELIEVED_AFTER: u32 = 3;

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

/// Reports to the service manager until `stop`: ready, status line, watchdog; without one it tells the log what is stuck.
/// `refused` is why the configuration that was read last is not the one in use.
pub(super) async fn report(
    watcher: &WatcherHandle,
    mut refused: watch::Receiver<Option<String>>,
    liveness: &Liveness,
    clock: &Clock,
    stop: &CancellationToken,
) {
    let (mut state, mut moved) = (watcher.state(), watcher.moved());
    let heartbeat = sd_notify::watchdog_enabled().map(|limit| limit / 2);
    let mut looks = tokio::time::interval(heartbeat.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ready, mut stuck, mut told) = (false, 0, String::new());
    liveness.proves(Part::Watcher, WATCHER_STUCK);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = state.changed() => if changed.is_err() { stop.cancelled().await; break },
            Ok(()) = refused.changed() => {}
            _ = looks.tick() => {
                if moved.has_changed().unwrap_or(false) {
                    moved.mark_unchanged();
                    liveness.proves(Part::Watcher, WATCHER_STUCK);
                }
                stuck = if liveness.is_stuck() { stuck + 1 } else { 0 };
                if stuck < BELIEVED_AFTER && heartbeat.is_some() {
                    notify(&[NotifyState::Watchdog]);
                }
                if stuck == BELIEVED_AFTER {
                    tell_of_stuck(&liveness.waits(clock));
                }
            }
        }
        let seen = state.borrow_and_update().clone();
        if !ready && is_ready(&seen) {
            ready = true;
            notify(&[NotifyState::Ready]);
        }
        let refusal = refused.borrow_and_update().clone();
        let waits = liveness.waits(clock);
        let line = status_line(&seen, refusal.as_deref(), &waits);
        if line != told {
            notify(&[NotifyState::Status(&line)]);
            told = line;
        }
    }
}

/// Logs which parts are stuck.
fn tell_of_stuck(waits: &[PartWait]) {
    for wait in waits.iter().filter(|wait| wait.stuck) {
        let PartWait {
            part,
            waits_for,
            since,
            ..
        } = wait;
        error!(%part, %since, "{part} is stuck: it waits for {waits_for}; the watchdog, where one runs, starts nikkan anew");
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

fn status_line(state: &WatcherState, refused: Option<&str>, waits: &[PartWait]) -> String {
    let mut line = match (&state.phase, &state.last_error) {
        (Phase::BackingOff, Some(why)) => format!("{}: waiting to try again: {why}", state.account),
        (phase, _) => format!("{}: {phase}", state.account),
    };
    if let Some(why) = refused {
        line += &format!("; the new configuration is refused: {why}");
    }
    for wait in waits {
        line += &format!("; {wait}");
    }
    line
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
    fn a_refused_configuration_stands_after_the_connection() {
        let idling = state(Phase::Idling, "2025-11-28T12:00:00Z");
        assert_eq!(
            status_line(&idling, Some("config.toml:3:1: no"), &[]),
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
