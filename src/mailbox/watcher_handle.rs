//! What goes between the watcher and the rest of the daemon: requests to look again, and the state to show.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};

/// What the watcher is doing.
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
    /// Waiting for the next look, on a server without IDLE.
    Polling,
    /// Waiting to connect again after a failure.
    BackingOff,
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

/// The connection to the mailbox, as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatcherState {
    /// `user@host`.
    pub account: String,
    /// What the watcher is doing.
    pub phase: Phase,
    /// Why it went over to that, in a few words.
    #[serde(default)]
    pub why: String,
    /// Since when.
    pub since: Timestamp,
    /// When the server last proved that it lives.
    pub last_proof: Option<Timestamp>,
    /// Why the last session failed; `None` after one that reached the end of the mailbox.
    pub last_error: Option<String>,
    /// When the next attempt to connect is made, while waiting for it.
    pub next_attempt: Option<Timestamp>,
}

/// The watcher's end.
#[derive(Debug)]
pub struct WatcherChannel {
    pub(super) sync_requests: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) state: watch::Sender<WatcherState>,
    pub(super) stored: watch::Sender<u64>,
}

/// The daemon's end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct WatcherHandle {
    sync_requests: mpsc::Sender<oneshot::Sender<()>>,
    state: watch::Receiver<WatcherState>,
    stored: watch::Receiver<u64>,
}

/// Both ends.
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
    });
    let (stored, stored_seen) = watch::channel(0);
    let handle = WatcherHandle {
        sync_requests: sender,
        state: states,
        stored: stored_seen,
    };
    (
        handle,
        WatcherChannel {
            sync_requests,
            state,
            stored,
        },
    )
}

impl WatcherHandle {
    /// Asks for one more look and waits until every folder has been read to its end after this call. Waits as long as
    /// the server cannot be reached: the caller sets the limit. `false` where the watcher has ended.
    pub async fn sync(&self) -> bool {
        let (done, looked) = oneshot::channel();
        self.sync_requests.send(done).await.is_ok() && looked.await.is_ok()
    }

    /// The watcher's state, as it changes.
    pub fn state(&self) -> watch::Receiver<WatcherState> {
        self.state.clone()
    }

    /// Returns how many messages were made safe since the start, as it grows.
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.stored.clone()
    }
}
