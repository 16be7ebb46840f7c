//! Reports how a session stands while it runs, and carries the request to stop into it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::ImapError;
use super::back_off::LoginCount;
use super::clock_step::CHECK_EVERY;
use super::log_limit::LogLimit;
use super::server_words::{self, ServerWords};
use super::watcher_handle::{HeardWords, Phase, WatcherChannel, WatcherHandle, WatcherState};
use crate::clock::Clock;
use crate::secret::LastSecret;

/// Heartbeats that follow each other faster than this are reported as one.
const HEARTBEAT_INTERVAL: SignedDuration = SignedDuration::from_secs(1);
/// What the log calls lines of a server that cannot be read.
const UNREAD: &str = "what cannot be read of the server";

/// The messages of a folder that a session fetches or stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) folder: String,
    /// The first UID.
    pub(super) first: u32,
    /// The last UID; `None` for all that follow.
    pub(super) last: Option<u32>,
}

impl Position {
    /// Makes the position of one message.
    pub(super) fn of_one(folder: &str, uid: u32) -> Self {
        Position {
            folder: folder.to_owned(),
            first: uid,
            last: Some(uid),
        }
    }

    /// Returns the UID when it is one message's.
    pub(super) fn only(&self) -> Option<u32> {
        self.last.filter(|last| *last == self.first)
    }
}

/// The status of a session, reported to the watcher's handle, and the request to stop. A command that runs by itself
/// reports to nobody.
#[derive(Clone, Debug)]
pub(super) struct SessionStatus {
    reported: Option<(watch::Sender<WatcherState>, Clock)>,
    stored: watch::Sender<u64>,
    moved: watch::Sender<()>,
    words: Arc<Mutex<ServerWords>>,
    /// Lines of the log on what could not be read.
    pub(super) unread_lines: LogLimit,
    /// The logins of the last hour.
    pub(super) logins: LoginCount,
    /// The password or token of the last login.
    pub(super) secret: LastSecret,
    position: watch::Sender<Option<Position>>,
    pub(super) stop: CancellationToken,
}

impl SessionStatus {
    /// Makes a status that nobody sees; only `stop` ends the session.
    pub(super) fn unreported(stop: CancellationToken) -> Self {
        SessionStatus {
            reported: None,
            stored: watch::Sender::new(0),
            moved: watch::Sender::new(()),
            words: Arc::default(),
            unread_lines: LogLimit::about(UNREAD),
            logins: LoginCount::default(),
            secret: LastSecret::default(),
            position: watch::Sender::new(None),
            stop,
        }
    }

    /// Makes a status that nobody sees, whose logins count with those of the watcher.
    pub(super) fn counted_with(watcher: &WatcherHandle, stop: CancellationToken) -> Self {
        SessionStatus {
            logins: watcher.logins.clone(),
            ..SessionStatus::unreported(stop)
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
            moved: channel.moved.clone(),
            words: Arc::default(),
            unread_lines: LogLimit::about(UNREAD),
            logins: channel.logins.clone(),
            secret: LastSecret::default(),
            position: watch::Sender::new(None),
            stop,
        }
    }

    /// Proves that the watcher goes on, whether its server says something or not.
    pub(super) fn moves(&self) {
        self.moved.send_replace(());
    }

    /// Waits for `pause`, and proves meanwhile that it does. Returns true when asked to stop before it is over.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            self.moves();
            let nap = sleep_until(until.min(Instant::now() + CHECK_EVERY));
            if self.stop.run_until_cancelled(nap).await.is_none() {
                return true;
            }
        }
        self.moves();
        false
    }

    /// Enters another phase; `why` is shown.
    pub(super) fn enter(&self, phase: Phase, why: &str) {
        self.moves();
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

    /// Notes what the server says to people: for the log, unless it was told lately, for the state that is shown, and for
    /// the error that may follow.
    pub(super) fn hear(&self, said: &str) {
        let said = server_words::cleaned(said);
        if said.is_empty() || !self.with_words(|words| words.hear(&said)) {
            return;
        }
        warn!(said, "the server says");
        if let Some((_, clock)) = &self.reported {
            let at = clock.now();
            self.update(|state| state.hear(HeardWords { at, said }));
        }
    }

    /// Returns the last words since the command that is under way was sent.
    pub(super) fn last_words(&self) -> Option<String> {
        self.with_words(|words| words.last().map(str::to_owned))
    }

    /// Begins another command: what was said before does not belong to it.
    pub(super) fn begin_command(&self) {
        self.moves();
        self.with_words(ServerWords::begin);
        self.unread_lines.tell_rest();
    }

    /// Returns everything that was heard in this session.
    pub(super) fn heard(&self) -> Vec<String> {
        self.with_words(|words| words.told().map(str::to_owned).collect())
    }

    fn with_words<T>(&self, work: impl FnOnce(&mut ServerWords) -> T) -> T {
        work(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes that the server lives: something came from it.
    pub(super) fn heartbeat(&self) {
        self.moves();
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

    /// Notes which messages are being fetched or stored, in case something goes wrong at one of them.
    pub(super) fn note_position(&self, folder: &str, first: u32, last: Option<u32>) {
        self.position.send_replace(Some(Position {
            folder: folder.to_owned(),
            first,
            last,
        }));
    }

    /// Notes that all that was fetched is stored.
    pub(super) fn clear_position(&self) {
        self.position.send_replace(None);
    }

    /// Returns which messages are being fetched or stored.
    pub(super) fn position(&self) -> Option<Position> {
        self.position.borrow().clone()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_pause_proves_that_the_watcher_goes_on() {
        let stop = CancellationToken::new();
        let status = SessionStatus::unreported(stop.clone());
        let mut moved = status.moved.subscribe();
        let pausing = status.pause(Duration::from_secs(60 * 60));
        let mut pausing = std::pin::pin!(pausing);
        let mut proofs = 0;
        loop {
            tokio::select! {
                biased;
                stopped = &mut pausing => break assert!(!stopped),
                changed = moved.changed() => { changed.unwrap(); proofs += 1 }
            }
        }
        assert!(proofs >= 240, "{proofs}");
        stop.cancel();
        assert!(status.pause(Duration::from_secs(1)).await);
    }
}
