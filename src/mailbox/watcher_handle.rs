//! The watcher's handle: by it the rest of the daemon asks for a sync and sees the watcher's state.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::time::Instant;

use super::back_off::LoginCount;
use super::last_reading::{LastReading, ReadingStart};
use crate::clock::Clock;

/// Texts of the server that are shown.
const HEARD: usize = 5;

/// The phase of the watcher's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not begun, or ended.
    Stopped,
    /// TCP, TLS and greeting.
    Connecting,
    /// The login, with the password or token read anew.
    Authenticating,
    /// Opening a folder.
    Examining,
    /// Reading folders to their end.
    #[serde(rename = "reconciling")]
    Syncing,
    /// Waiting in IDLE.
    Idling,
    /// Waiting for the next sync, on a server without IDLE.
    Polling,
    /// Waiting to connect again after a failure.
    BackingOff,
}

impl Phase {
    /// Returns true while there is a session that has logged in.
    pub fn stands(self) -> bool {
        matches!(self, Phase::Idling | Phase::Polling | Phase::Syncing)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Stopped => "stopped",
            Phase::Connecting => "connecting",
            Phase::Authenticating => "logging in",
            Phase::Examining => "opening a folder",
            Phase::Syncing => "reading new mail",
            Phase::Idling => "idle, waiting for mail",
            Phase::Polling => "waiting for the next poll",
            Phase::BackingOff => "waiting to try again",
        })
    }
}

/// How long the last reading before days are sealed is waited for.
#[derive(Clone, Copy, Debug)]
pub struct ReadingLimits {
    /// Without a message that was read and stored.
    pub silence: Duration,
    /// In all.
    pub longest: Duration,
}

/// A request for a sync; its answer is the proof of what was read.
pub(super) type SyncRequest = oneshot::Sender<LastReading>;

/// The connection to the mailbox, as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatcherState {
    /// `user@host`.
    pub account: String,
    /// The phase of its work.
    pub phase: Phase,
    /// The reason for that phase, in a few words.
    #[serde(default)]
    pub why: String,
    /// The start of that phase.
    pub since: Timestamp,
    /// The time at which the server last proved that it lives.
    pub last_proof: Option<Timestamp>,
    /// The error of the last session; `None` after one that reached the end of the mailbox.
    pub last_error: Option<String>,
    /// The time of the next attempt to connect, while waiting for it.
    pub next_attempt: Option<Timestamp>,
    /// What the server said lately to people, oldest first.
    #[serde(default)]
    pub heard: Vec<HeardWords>,
}

/// What the server said to people (RFC 9051 section 7.1): an alert, a warning, a refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeardWords {
    /// When it was said last, as far as it was noted.
    pub at: Timestamp,
    /// The words, without what controls a terminal, at most 200 characters.
    pub said: String,
}

impl WatcherState {
    /// Adds words; of all only the last few are kept.
    pub(super) fn hear(&mut self, words: HeardWords) {
        self.heard.retain(|other| other.said != words.said);
        self.heard.push(words);
        let surplus = self.heard.len().saturating_sub(HEARD);
        self.heard.drain(..surplus);
    }
}

/// The watcher's end of the channel.
#[derive(Debug)]
pub struct WatcherChannel {
    pub(super) sync_requests: mpsc::Receiver<SyncRequest>,
    pub(super) state: watch::Sender<WatcherState>,
    pub(super) stored: watch::Sender<u64>,
    pub(super) moved: watch::Sender<()>,
    pub(super) logins: LoginCount,
    pub(super) reachable: Arc<Notify>,
}

/// The daemon's end of the channel. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    sync_requests: mpsc::Sender<SyncRequest>,
    state: watch::Receiver<WatcherState>,
    stored: watch::Receiver<u64>,
    moved: watch::Receiver<()>,
    pub(super) logins: LoginCount,
    reachable: Arc<Notify>,
}

/// Makes both ends of the channel.
pub fn watcher_channel() -> (WatcherHandle, WatcherChannel) {
    let (sender, sync_requests) = mpsc::channel(8);
    let (state, states) = watch::channel(WatcherState {
        account: String::new(),
        phase: Phase::Stopped,
        why: "not begun".into(),
        since: Timestamp::UNIX_EPOCH,
        last_proof: None,
        last_error: None,
        next_attempt: None,
        heard: Vec::new(),
    });
    let (stored, stored_seen) = watch::channel(0);
    let (moved, moved_seen) = watch::channel(());
    let (logins, reachable) = (LoginCount::default(), Arc::<Notify>::default());
    let handle = WatcherHandle {
        sync_requests: sender,
        state: states,
        stored: stored_seen,
        moved: moved_seen,
        logins: logins.clone(),
        reachable: reachable.clone(),
    };
    (
        handle,
        WatcherChannel {
            sync_requests,
            state,
            stored,
            moved,
            logins,
            reachable,
        },
    )
}

impl WatcherChannel {
    /// Shows that `account` is not read yet, and why, since what the daemon waits for is not there.
    pub fn show_waiting(&self, account: &str, why: &str, now: Timestamp) {
        self.state.send_modify(|state| {
            account.clone_into(&mut state.account);
            state.phase = Phase::BackingOff;
            state.since = now;
            why.clone_into(&mut state.why);
            state.last_error = Some(why.to_owned());
        });
    }
}

impl WatcherHandle {
    /// Asks for one more sync and waits until every folder has been read to its end after this call, its last messages once
    /// more by their UIDs. Waits as long as the server cannot be reached: the caller sets the limit. Returns the proof of that;
    /// `None` when the watcher has ended.
    pub async fn sync(&self) -> Option<LastReading> {
        let (done, synced) = oneshot::channel();
        self.sync_requests.send(done).await.ok()?;
        synced.await.ok()
    }

    /// Asks for one more sync, as [`WatcherHandle::sync`] does, and waits for it as long as `limits` allow. Where it does not
    /// come to its end by then, returns that the mailbox did not answer; `None` when the watcher has ended.
    pub async fn last_reading(&self, clock: &Clock, limits: ReadingLimits) -> Option<LastReading> {
        let start = ReadingStart::now(clock);
        let (mut stored, ends) = (self.stored.clone(), Instant::now() + limits.longest);
        stored.mark_unchanged();
        let mut synced = std::pin::pin!(self.sync());
        loop {
            let patience = Instant::now() + limits.silence;
            tokio::select! {
                biased;
                reading = &mut synced => return reading,
                () = tokio::time::sleep_until(patience.min(ends)) => return Some(start.unanswered()),
                // It is being read: half of a day is no day.
                Ok(()) = stored.changed() => {}
            }
        }
    }

    /// Tells that another server could be reached: a wait because this one could not be ends.
    pub fn look_again(&self) {
        self.reachable.notify_one();
    }

    /// Returns true when another session may log in to store a copy: while the watcher cannot, nobody else should try, and an
    /// hour has few logins.
    pub fn allows_copies(&self) -> bool {
        self.stands() && self.logins.copy_wait().is_zero()
    }

    /// Returns true when another session may log in for a look that a digest waits for. It may use what the hour has left.
    pub fn allows_looks(&self) -> bool {
        self.stands() && !self.logins_are_used_up()
    }

    /// Returns true when the hour has no login left, not even for a look.
    pub fn logins_are_used_up(&self) -> bool {
        !self.logins.requested_wait().is_zero()
    }

    /// Uses up the logins of the hour.
    #[cfg(test)]
    pub(crate) fn use_up_logins(&self) {
        (0..super::LOGINS_AN_HOUR).for_each(|_| self.logins.add());
    }

    fn stands(&self) -> bool {
        self.state.borrow().phase.stands()
    }

    /// Returns the watcher's state, as it changes.
    pub fn state(&self) -> watch::Receiver<WatcherState> {
        self.state.clone()
    }

    /// Returns what changes each time the watcher goes on, whatever its server says.
    pub fn moved(&self) -> watch::Receiver<()> {
        self.moved.clone()
    }

    /// Returns how many messages were made safe since the start, as it grows.
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.stored.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_of_the_first_version_is_still_read() {
        let note = r#"{"account":"reader@mail.example","phase":"idling","since":"2025-11-28T12:00:00Z","last_proof":null,"last_error":null,"next_attempt":null}"#;
        let state: WatcherState = serde_json::from_str(note).unwrap();
        assert!(state.heard.is_empty());
    }

    #[test]
    fn of_what_was_heard_the_last_few_are_kept_once() {
        let (handle, channel) = watcher_channel();
        for number in [1, 2, 3, 4, 5, 6, 7, 7, 6] {
            let said = format!("words {number}");
            let at = Timestamp::UNIX_EPOCH;
            channel
                .state
                .send_modify(|state| state.hear(HeardWords { at, said }));
        }
        let heard = handle.state().borrow().heard.clone();
        let said: Vec<&str> = heard.iter().map(|words| words.said.as_str()).collect();
        assert_eq!(
            said,
            ["words 3", "words 4", "words 5", "words 7", "words 6"]
        );
    }
}
