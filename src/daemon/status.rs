//! Notes the state of the connection in the archive, so that `nikkan status`, which is another process, can show it.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::warn;

use super::context::DaemonContext;
use super::due::next_digest;
use super::liveness::PartWait;
use crate::archive::Archive;
use crate::mailbox::{Phase, WatcherState};

/// The note's name in the archive.
const NOTE: &str = "watcher";

/// Interval at which the note is renewed without a change, so that an old one tells of a daemon that is gone.
const RENEW: Duration = Duration::from_secs(60);

/// Interval of looks whether a part waits for something else.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Age of a note at which its daemon counts as gone.
const STALE: SignedDuration = SignedDuration::from_mins(3);

/// The daemon's own view, as of `noted_at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveStatus {
    /// The daemon's process.
    pub pid: u32,
    /// When this was noted.
    pub noted_at: Timestamp,
    /// The connection to the mailbox.
    pub connection: WatcherState,
    /// When the next digest is compiled.
    pub next_digest: Timestamp,
    /// What its parts wait for since a while.
    #[serde(default)]
    pub waits: Vec<PartWait>,
}

impl LiveStatus {
    /// Reads the last note of a daemon on this archive; `None` if none ever ran.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<LiveStatus>> {
        let note = archive.daemon_note(NOTE).await?;
        // A note of another version is no reason to show nothing else.
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Returns true when its daemon runs: it did not note its end, and the note is recent.
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.connection.phase != Phase::Stopped && now.duration_since(self.noted_at) < STALE
    }
}

/// Waits until what the parts wait for is not what was told, for a minute at most.
async fn changed_waits(context: &DaemonContext, told: &[PartWait]) {
    let renew = Instant::now() + RENEW;
    while Instant::now() < renew {
        tokio::time::sleep(LOOK_AGAIN).await;
        let waits = context.liveness.waits(&context.clock);
        let same = |one: &PartWait, other: &PartWait| {
            (&one.part, &one.waits_for, one.stuck) == (&other.part, &other.waits_for, other.stuck)
        };
        if waits.len() != told.len() || !waits.iter().zip(told).all(|(a, b)| same(a, b)) {
            return;
        }
    }
}

/// Keeps the note until the round ends, and notes the end.
///
/// # Errors
/// The archive cannot be written.
pub(super) async fn run(
    context: DaemonContext,
    mut state: watch::Receiver<WatcherState>,
) -> Result<()> {
    let clock = &context.clock;
    let mut stopped = false;
    let mut told = Vec::new();
    loop {
        let waits = context.liveness.waits(clock);
        told.clone_from(&waits);
        let mut connection = state.borrow_and_update().clone();
        if stopped {
            connection.phase = Phase::Stopped;
        }
        let live = LiveStatus {
            pid: std::process::id(),
            noted_at: clock.now(),
            connection,
            next_digest: next_digest(&context.config, clock),
            waits,
        };
        let json = serde_json::to_string(&live)?;
        match context.archive.set_daemon_note(NOTE, json).await {
            // The work goes on, only not shown.
            Err(why) if why.is_temporary() => warn!(%why, "the daemon's state could not be noted"),
            other => other.context("the daemon's state could not be noted")?,
        }
        if stopped {
            return Ok(());
        }
        tokio::select! {
            biased;
            () = context.stop.cancelled() => stopped = true,
            changed = state.changed() => stopped = changed.is_err(),
            () = changed_waits(&context, &told) => {}
        }
    }
}
