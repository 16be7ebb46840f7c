//! Notes the state of the connection in the archive, so that `nikkan status`, which is another process, can show it.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tracing::warn;

use super::archive_watch;
use super::context::DaemonContext;
use super::due::next_digest;
use crate::archive::Archive;
use crate::mailbox::{Phase, WatcherState};

/// The note's name in the archive.
const NOTE: &str = "watcher";

/// Interval at which the note is renewed without a change, so that an old one tells of a daemon that is gone.
const RENEW: Duration = Duration::from_secs(60);

/// Age of a note at which it is not of late.
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
    /// Since when somebody has read the archive without end, so that its journal grows.
    #[serde(default)]
    pub journal_held_since: Option<Timestamp>,
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

    /// Returns true when it is of late: a daemon that goes on renews it each minute. By itself it tells nothing of a daemon that
    /// runs, which the lock does ([`DaemonLock::holder`](crate::archive::DaemonLock::holder)): the clock may have been set since.
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now.duration_since(self.noted_at).abs() < STALE
    }

    /// Returns true when its daemon has noted its end.
    pub fn is_stopped(&self) -> bool {
        self.connection.phase == Phase::Stopped
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
    loop {
        let mut connection = state.borrow_and_update().clone();
        if stopped {
            connection.phase = Phase::Stopped;
        }
        let live = LiveStatus {
            pid: std::process::id(),
            noted_at: clock.now(),
            connection,
            next_digest: next_digest(&context.config, clock),
            journal_held_since: archive_watch::held_since(&context).await,
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
            () = tokio::time::sleep(RENEW) => {}
        }
    }
}
