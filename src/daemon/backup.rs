//! The daily copy of the archive, where `backup` in `[archive]` asks for one. It is made when the night's work is done,
//! so that a restored copy knows what was sent.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::archive::{self, Archive};
use crate::clock::{Clock, Day};
use crate::config::Config;

/// The note's name in the archive.
const NOTE: &str = "backup";

/// How often is looked whether a copy is due.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// So long after midnight the copy is made even where digests still wait.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// How the last copy went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// When it was tried.
    pub at: Timestamp,
    /// Why there is none; `None` where all went well.
    pub error: Option<String>,
}

impl Backup {
    /// The last one of this archive; `None` where none was ever tried.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<Backup>, archive::ArchiveError> {
        let note = archive.daemon_note(NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }
}

/// Makes a copy a day until `stop`; ends at once where none is configured.
pub(super) async fn keep(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) {
    let Some(directory) = &config.archive.backup else {
        return;
    };
    loop {
        make_if_due(config, archive, clock, directory).await;
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// One look, also for `run --once`.
pub(super) async fn make_if_due(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    directory: &Path,
) {
    match is_due(config, archive, clock).await {
        Ok(true) => {}
        Ok(false) => return,
        Err(why) => {
            warn!(%why, "whether a backup is due could not be read");
            return;
        }
    }
    let began = clock.now();
    let failed = archive.backup_into(directory.to_owned()).await.err();
    match &failed {
        None => info!(directory = %directory.display(), "backup made"),
        Some(why) => error!(directory = %directory.display(), %why, "no backup could be made"),
    }
    let note = Backup {
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

async fn is_due(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<bool, archive::ArchiveError> {
    let (now, today) = (clock.now(), clock.today());
    if let Some(last) = Backup::read(archive).await? {
        // One that failed is tried again after an hour; the disk may have space again.
        let again = last.error.is_some() && now.duration_since(last.at).as_hours() >= 1;
        if Day::of(last.at) == today && !again {
            return Ok(false);
        }
    }
    if now.duration_since(today.start()) > PATIENCE {
        return Ok(true);
    }
    for edition in &config.editions {
        if !archive
            .unsealed_days(&edition.name, today)
            .await?
            .is_empty()
        {
            return Ok(false);
        }
    }
    Ok(archive.next_due().await?.is_none())
}
