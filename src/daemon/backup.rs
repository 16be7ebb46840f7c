//! The daily copy of the archive, if `backup` in `[archive]` asks for one. It is made when what was due at midnight is
//! sent, so that a restored copy knows of it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tracing::{error, info, warn};

use super::context::DaemonContext;
use super::liveness::DaemonPart;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The note's name in the archive.
const NOTE: &str = "backup";

/// Interval of checks whether a copy is due.
const CHECK_EVERY: Duration = Duration::from_secs(60);

/// Longer than a copy takes on a disk that works.
const LIMIT: Duration = Duration::from_secs(60 * 60);

/// Time after midnight at which the copy is made even if digests still wait.
const LATEST_START: SignedDuration = SignedDuration::from_hours(2);

/// The last attempt at a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBackup {
    /// When it was tried.
    pub at: Timestamp,
    /// Why there is none; `None` when all went well.
    pub error: Option<String>,
}

impl LastBackup {
    /// Reads the last attempt of this archive; `None` if there never was one.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<LastBackup>, ArchiveError> {
        let note = archive.daemon_note(NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }
}

/// Makes a copy a day until the round ends; returns at once if none is configured.
pub(super) async fn run(context: &DaemonContext) {
    let Some(directory) = &context.config.archive.backup else {
        return;
    };
    loop {
        make_if_due(context, directory).await;
        if !context.pause(CHECK_EVERY).await {
            return;
        }
    }
}

/// Makes a copy if one is due, also for `run --once`. A failure is logged and noted.
pub(super) async fn make_if_due(context: &DaemonContext, directory: &Path) {
    let archive = &context.archive;
    let due = is_due(context).await.unwrap_or_else(|why| {
        warn!(%why, "whether a backup is due could not be read");
        false
    });
    if !due {
        return;
    }
    let began = context.clock.now();
    let target = format!("the disk under {}", directory.display());
    let waits = context
        .liveness
        .waits_for(DaemonPart::Backup, target, LIMIT);
    let failed = archive.backup_into(directory.to_owned()).await.err();
    drop(waits);
    match &failed {
        None => info!(directory = %directory.display(), "backup made"),
        Some(why) => error!(directory = %directory.display(), %why, "no backup could be made"),
    }
    let note = LastBackup {
        at: began,
        error: failed.map(|why| why.to_string()),
    };
    let noted = match serde_json::to_string(&note) {
        Ok(json) => archive.set_daemon_note(NOTE, json).await,
        Err(error) => Err(error.into()),
    };
    if let Err(why) = noted {
        warn!(%why, "the backup could not be noted");
    }
}

/// Returns true when today's copy is missing and nothing that was due is still open.
async fn is_due(context: &DaemonContext) -> Result<bool, ArchiveError> {
    let archive = &context.archive;
    let (now, today) = (context.clock.now(), context.clock.today());
    if let Some(last) = LastBackup::read(archive).await? {
        // One that failed is tried again after an hour; the disk may have space again.
        let again = last.error.is_some() && now.duration_since(last.at).as_hours() >= 1;
        if Day::of(last.at) == today && !again {
            return Ok(false);
        }
    }
    if now.duration_since(today.start()) > LATEST_START {
        return Ok(true);
    }
    for edition in &context.config.editions {
        let open = archive.unsealed_days(&edition.name, today).await?;
        if !open.is_empty() {
            return Ok(false);
        }
    }
    Ok(archive.next_due().await?.is_none())
}
