//! Reports how the daemon stands: to the service manager when it is ready, its status, and that the work goes on, and to `nikkan
//! status` what its parts wait for. The watchdog is fed as long as every part proves that it moves
//! ([`Liveness`](super::liveness::Liveness)), never by a timer alone: a loop that hangs must be noticed. The one that is stuck
//! is named before the watchdog ends the process.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::MissedTickBehavior;
use tracing::error;

use super::context::DaemonContext;
use super::liveness::{DaemonPart, PartWait};
use super::service_manager;
use crate::archive::DaemonLock;
use crate::mailbox::{Phase, WatcherHandle, WatcherState};

/// Longer than any single await of the watcher may take.
const WATCHER_STUCK: Duration = Duration::from_secs(10 * 60);

/// The longest interval of looks at the proofs.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Looks in a row that find a part stuck before that is believed: after the process stood still everything is overdue for a
/// moment.
const BELIEVED_AFTER: u32 = 3;

/// Reports to the service manager until `stop`: ready, status line, watchdog; without one it tells the log what is stuck.
/// `refused` is why the configuration that was read last is not the one in use.
pub(super) async fn report(
    watcher: &WatcherHandle,
    mut refused: watch::Receiver<Option<String>>,
    context: &DaemonContext,
) {
    let DaemonContext {
        liveness,
        clock,
        stop,
        ..
    } = context;
    let mut notes = LockNotes::new(context.ending.lock.clone());
    let (mut state, mut moved) = (watcher.state(), watcher.moved());
    let heartbeat = service_manager::watchdog_limit().map(|limit| limit / 2);
    let mut looks = tokio::time::interval(heartbeat.unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN));
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ready, mut stuck, mut told) = (false, 0, String::new());
    liveness.proves(DaemonPart::Watcher, WATCHER_STUCK);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            changed = state.changed() => if changed.is_err() { stop.cancelled().await; break },
            Ok(()) = refused.changed() => {}
            _ = looks.tick() => {
                if moved.has_changed().unwrap_or(false) {
                    moved.mark_unchanged();
                    liveness.proves(DaemonPart::Watcher, WATCHER_STUCK);
                }
                stuck = if liveness.is_stuck() { stuck + 1 } else { 0 };
                if stuck < BELIEVED_AFTER && heartbeat.is_some() {
                    service_manager::alive();
                }
                if stuck == BELIEVED_AFTER {
                    tell_of_stuck(&liveness.waits(clock));
                }
            }
        }
        let seen = state.borrow_and_update().clone();
        if !ready && is_ready(&seen) {
            ready = true;
            service_manager::ready();
        }
        let refusal = refused.borrow_and_update().clone();
        let waits = liveness.waits(clock);
        notes.tell(&waits);
        let line = status_line(&seen, refusal.as_deref(), &waits);
        if line != told {
            service_manager::status(&line);
            told = line;
        }
    }
}

/// What the lock tells of the parts, for `nikkan status`.
struct LockNotes {
    lock: Option<Arc<DaemonLock>>,
    told: Vec<String>,
    /// The disk may hang.
    writing: Option<JoinHandle<()>>,
}

impl LockNotes {
    fn new(lock: Option<Arc<DaemonLock>>) -> Self {
        LockNotes {
            lock,
            told: Vec::new(),
            writing: None,
        }
    }

    /// Writes what changed, unless it is still being written.
    fn tell(&mut self, waits: &[PartWait]) {
        let named = waits.iter().map(PartWait::to_string);
        let named: Vec<String> = named.collect();
        let busy = self.writing.as_ref().is_some_and(|one| !one.is_finished());
        let Some(lock) = self.lock.clone().filter(|_| !busy && named != self.told) else {
            return;
        };
        self.told = named;
        let lines = waits.iter().map(serde_json::to_string);
        let lines: Vec<String> = lines.filter_map(Result::ok).collect();
        self.writing = Some(spawn_blocking(move || lock.tell(&lines)));
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
