//! Reports how a session stands while it runs, and carries the request to stop into it.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ImapError;
use super::watcher_handle::{Phase, WatcherChannel, WatcherState};
use crate::clock::Clock;

/// Heartbeats that follow each other faster than this are reported as one.
const HEARTBEAT_INTERVAL: SignedDuration = SignedDuration::from_secs(1);

/// The status of a session, reported to the watcher's handle, and the request to stop. A command that runs by itself
/// reports to nobody.
#[derive(Clone, Debug)]
pub(super) struct SessionStatus {
    reported: Option<(watch::Sender<WatcherState>, Clock)>,
    stored: watch::Sender<u64>,
    pub(super) stop: CancellationToken,
}

impl SessionStatus {
    /// Makes a status that nobody sees; only `stop` ends the session.
    pub(super) fn unreported(stop: CancellationToken) -> Self {
        SessionStatus {
            reported: None,
            stored: watch::Sender::new(0),
            stop,
        }
    }

    /// Makes a status that is seen at the other end of `channel`.
    pub(super) fn reporting_to(
        channel: &WatcherChannel,
        clock: &Clock,
        stop: CancellationToken,
    ) -> Self {
        SessionStatus {
            reported: Some((channel.state.clone(), clock.clone())),
            stored: channel.stored.clone(),
            stop,
        }
    }

    /// Enters another phase; `why` is shown.
    pub(super) fn enter(&self, phase: Phase, why: &str) {
        let Some((state, clock)) = &self.reported else {
            return;
        };
        let now = clock.now();
        state.send_if_modified(|state| {
            if state.phase == phase {
                return false;
            }
            tracing::debug!(account = state.account, from = %state.phase, to = %phase, why, "phase");
            state.phase = phase;
            why.clone_into(&mut state.why);
            state.since = now;
            true
        });
    }

    /// Notes that the server lives: something came from it.
    pub(super) fn heartbeat(&self) {
        if let Some((state, clock)) = &self.reported {
            let now = clock.now();
            state.send_if_modified(|state| {
                let told = state.last_proof;
                let fresh = told.is_some_and(|told| {
                    now >= told && now.duration_since(told) < HEARTBEAT_INTERVAL
                });
                if !fresh {
                    state.last_proof = Some(now);
                }
                !fresh
            });
        }
    }

    /// Changes the state shown.
    pub(super) fn update(&self, change: impl FnOnce(&mut WatcherState)) {
        if let Some((state, _)) = &self.reported {
            state.send_modify(change);
        }
    }

    /// Shows that the session failed, and when the next one is tried.
    pub(super) fn back_off(&self, error: &ImapError, next: Result<Timestamp, jiff::Error>) {
        self.update(|state| {
            state.last_error = Some(error.to_string());
            state.next_attempt = Some(next.unwrap_or(Timestamp::MAX));
        });
        self.enter(Phase::BackingOff, &error.to_string());
    }

    /// Adds to the number of messages that were made safe.
    pub(super) fn add_stored(&self, messages: usize) {
        if messages > 0 {
            self.stored.send_modify(|stored| *stored += messages as u64);
        }
    }

    /// Returns how many messages were made safe so far.
    pub(super) fn stored(&self) -> u64 {
        *self.stored.borrow()
    }
}
