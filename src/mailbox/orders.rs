//! What goes between the watcher and the rest of the daemon: requests to look again, and the state to show.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// Proofs of life that follow each other faster than this are told as one.
const BEAT: SignedDuration = SignedDuration::from_secs(1);

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
    Reconciling,
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
            Phase::Reconciling => "reading new mail",
            Phase::Idling => "idle, waiting for mail",
            Phase::Polling => "waiting for the next poll",
            Phase::BackingOff => "waiting to try again",
        })
    }
}

/// The connection to the mailbox, as `status` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
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
pub struct Orders {
    pub(super) looks: mpsc::Receiver<oneshot::Sender<()>>,
    pub(super) state: watch::Sender<State>,
}

/// The daemon's end. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reconciler {
    looks: mpsc::Sender<oneshot::Sender<()>>,
    state: watch::Receiver<State>,
}

/// Both ends.
pub fn orders() -> (Reconciler, Orders) {
    let (sender, looks) = mpsc::channel(8);
    let (state, states) = watch::channel(State {
        account: String::new(),
        phase: Phase::Stopped,
        why: "not begun".into(),
        since: Timestamp::UNIX_EPOCH,
        last_proof: None,
        last_error: None,
        next_attempt: None,
    });
    let reconciler = Reconciler {
        looks: sender,
        state: states,
    };
    (reconciler, Orders { looks, state })
}

impl Reconciler {
    /// Asks for one more look and waits until every folder has been read to its end after this call. Waits as long as
    /// the server cannot be reached: the caller sets the limit. `false` where the watcher has ended.
    pub async fn reconcile(&self) -> bool {
        let (done, looked) = oneshot::channel();
        self.looks.send(done).await.is_ok() && looked.await.is_ok()
    }

    /// The watcher's state, as it changes.
    pub fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}

/// What a session is told and tells: the stop, and how it stands. A command that runs alone tells nobody.
#[derive(Clone, Debug)]
pub(super) struct Line {
    told: Option<(watch::Sender<State>, Clock)>,
    pub(super) stop: CancellationToken,
}

impl Line {
    /// Nobody listens, and only `stop` ends it.
    pub(super) fn alone(stop: CancellationToken) -> Self {
        Line { told: None, stop }
    }

    pub(super) fn to(orders: &Orders, clock: &Clock, stop: CancellationToken) -> Self {
        Line {
            told: Some((orders.state.clone(), clock.clone())),
            stop,
        }
    }

    /// Goes over to another phase, and says why.
    pub(super) fn enter(&self, phase: Phase, why: &str) {
        let Some((state, clock)) = &self.told else {
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

    /// The server lives: something came from it.
    pub(super) fn beat(&self) {
        if let Some((state, clock)) = &self.told {
            let now = clock.now();
            state.send_if_modified(|state| {
                let told = state.last_proof;
                let fresh = told.is_some_and(|told| now >= told && now.duration_since(told) < BEAT);
                if !fresh {
                    state.last_proof = Some(now);
                }
                !fresh
            });
        }
    }

    /// Changes the state shown.
    pub(super) fn tell(&self, change: impl FnOnce(&mut State)) {
        if let Some((state, _)) = &self.told {
            state.send_modify(change);
        }
    }
}
