//! Looks now and then whether the archive's file is still there, also when nobody uses it, and whether somebody reads it
//! without end.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tokio::task::spawn_blocking;
use tracing::{info, warn};

use super::context::DaemonContext;
use crate::archive::ArchiveError;

/// Interval of the looks.
const LOOK: Duration = Duration::from_secs(10);

/// Time for which a reader may keep the journal from being brought into the file before that is told: `nikkan site` and a
/// backup take a while.
const LONG: Duration = Duration::from_secs(60);

/// Looks until the round ends.
///
/// # Errors
/// The file was removed, moved or replaced: what is done from here on would be lost with the process.
pub(super) async fn run(context: DaemonContext) -> Result<()> {
    let mut told = false;
    loop {
        let looked = context.stop.run_until_cancelled(look(&context)).await;
        let Some(looked) = looked else {
            return Ok(());
        };
        let held = looked.context("the archive is gone")?;
        let held = held.filter(|(since, _)| *since > LONG);
        match held {
            Some((_, bytes)) if !told => warn!(
                bytes,
                "another program reads nikkan.db without end: its journal grows, and the file alone is not the whole archive"
            ),
            None if told => info!("the journal is in the file again"),
            _ => {}
        }
        told = held.is_some();
        if !context.pause(LOOK).await {
            return Ok(());
        }
    }
}

/// Looks once, on another thread: a file system whose server is away holds a look at a file, and the archive's thread what it
/// tells of the journal.
async fn look(context: &DaemonContext) -> Result<Option<(Duration, u64)>, ArchiveError> {
    let archive = context.archive.clone();
    let looking = spawn_blocking(move || {
        archive.check_file()?;
        Ok(archive.held_journal())
    });
    looking.await.unwrap_or(Err(ArchiveError::Closed))
}

/// Returns since when somebody has read the file without end; `None` when nobody does, or when it is gone.
pub(super) async fn held_since(context: &DaemonContext) -> Option<Timestamp> {
    let (since, _) = look(context).await.ok()??;
    let now = context.clock.now();
    (since > LONG).then(|| now.checked_sub(since).unwrap_or(now))
}
