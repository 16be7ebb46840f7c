//! The end-of-day job: once a day is over, syncs the mailbox a last time and seals what is due.

use std::time::Duration;

use anyhow::Result;
use tokio::sync::Notify;
use tracing::{error, warn};

use super::bootstrap::FULL_DISK_PAUSE;
use super::context::DaemonContext;
use super::due::{due_digests, next_end_of_day};
use super::first_day::correct_beginnings;
use super::liveness::DaemonPart;
use super::seal::seal_due;
use super::seen_clocks::SeenClocks;
use crate::archive::ArchiveError;
use crate::editor::Editor;
use crate::mailbox::{ReadingLimits, UnreadFolder, WatcherHandle};

/// How long the last sync of the mailbox is waited for. A server that is down at midnight must not stop the digest; what it
/// still holds follows as late arrivals. While messages come in, a quarter of an hour is better than half a day.
const LAST_READING: ReadingLimits = ReadingLimits {
    silence: Duration::from_secs(120),
    longest: Duration::from_secs(15 * 60),
};

/// Longer than sealing may take: the editor has its own deadline, an hour at most.
const SEALING: Duration = Duration::from_secs(2 * 60 * 60);

/// The longest wait for the end of a day: a clock that was ahead would have it wait until it is there again.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// Seals each day soon after it is over, until the round ends, and wakes the outbox by `queued`. A full disk is waited
/// out.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub(super) async fn run(
    context: &DaemonContext,
    watcher: &WatcherHandle,
    editor: &dyn Editor,
    queued: &Notify,
) -> Result<()> {
    // Another round's job that is left has it until it is gone.
    let seen = context
        .stop
        .run_until_cancelled(context.ending.clocks.lock());
    let Some(mut seen) = seen.await else {
        return Ok(());
    };
    let seen = seen.get_or_insert_with(|| SeenClocks::now(&context.clock));
    loop {
        context
            .liveness
            .proves(DaemonPart::EndOfDay, 2 * LONGEST_WAIT);
        // Before the archive is asked: a midnight that passes meanwhile was not asked about yet.
        let next = next_end_of_day(&context.clock, context.config.grace);
        let ended = end_days(context, watcher, editor, seen);
        let Some(ended) = context.stop.run_until_cancelled(ended).await else {
            return Ok(());
        };
        let again = match ended {
            // The watcher ends only when all of the daemon does.
            Ok(None) => return Ok(()),
            Ok(Some(0)) => None,
            Ok(Some(_)) => {
                queued.notify_one();
                None
            }
            Err(why) if is_temporary(&why) => {
                error!("the day's end waits: {why:#}");
                Some(FULL_DISK_PAUSE)
            }
            Err(why) => return Err(why),
        };
        tokio::select! {
            biased;
            () = context.stop.cancelled() => return Ok(()),
            () = context.clock.sleep_until(next) => {}
            () = tokio::time::sleep(again.or(seen.settling()).unwrap_or(LONGEST_WAIT)) => {}
            // What was asked by the clock before is asked again.
            () = seen.parted(&context.clock) => {}
        }
    }
}

/// Returns true when the archive's trouble may pass by itself.
fn is_temporary(why: &anyhow::Error) -> bool {
    why.chain()
        .filter_map(|cause| cause.downcast_ref::<ArchiveError>())
        .any(ArchiveError::is_temporary)
}

/// Ends the days that are over in one pass: what is due, the last sync, then compile, edit, print and seal. A day that
/// ends during the sync is found in the next pass. Returns how many digests were sealed; `None` when the watcher has
/// ended.
async fn end_days(
    context: &DaemonContext,
    watcher: &WatcherHandle,
    editor: &dyn Editor,
    seen: &mut SeenClocks,
) -> Result<Option<usize>> {
    let clock = &context.clock;
    let mut due = due_digests(context, clock.now()).await?;
    // After it was asked what is due: a clock that is set in between must not have made it due.
    if correct_beginnings(context, seen).await? {
        due = due_digests(context, clock.now()).await?;
    }
    if due.is_empty() || seen.settling().is_some() {
        return Ok(Some(0));
    }
    let looks = context.liveness.waits_for(
        DaemonPart::EndOfDay,
        "the last look into the mailbox",
        LAST_READING.longest + SEALING,
    );
    let Some(reading) = watcher.last_reading(clock, LAST_READING).await else {
        return Ok(None);
    };
    if !reading.answered() {
        warn!("sealing without a last sync: the mailbox does not answer");
    }
    for UnreadFolder { folder, said } in reading.unread() {
        warn!(
            folder,
            said, "sealing without what this folder holds: it cannot be read"
        );
    }
    looks.goes_on("the editor and the archive, to seal", SEALING);
    seal_due(context, editor, &reading).await.map(Some)
}
