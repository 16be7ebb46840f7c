//! Looks now and then whether the archive's file is still there, also when nobody uses it, and whether somebody reads it
//! without end.

use std::time::Duration;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use tracing::{info, warn};

use super::context::DaemonContext;

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
        context
            .archive
            .check_file()
            .context("the archive is gone")?;
        let held = context.archive.held_journal();
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

/// Returns since when somebody has read the file without end; `None` when nobody does.
pub(super) fn held_since(context: &DaemonContext) -> Option<Timestamp> {
    let (since, _) = context.archive.held_journal()?;
    let now = context.clock.now();
    (since > LONG).then(|| now.checked_sub(since).unwrap_or(now))
}
