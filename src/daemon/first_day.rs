//! The first day: with which day an edition begins, whatever the machine's clock showed before. A first digest never
//! reaches back, since nobody waits for what nobody was promised.

use anyhow::{Result, bail};
use tracing::{error, info, warn};

use super::context::DaemonContext;
use super::seen_clocks::SeenClocks;
use crate::archive::ArchiveError;
use crate::clock::Day;
use crate::digest::{DayRange, Edition};
use crate::mailbox::WatcherChannel;

/// Waits until the clock can be right, and reports why to `channel` and the log; without a channel it is an error. Returns
/// false when asked to stop meanwhile.
///
/// # Errors
/// There is no channel to wait with.
pub(super) async fn wait_for_clock(
    context: &DaemonContext,
    channel: Option<&WatcherChannel>,
) -> Result<bool> {
    let clock = &context.clock;
    let Some(why) = clock.disbelief() else {
        return Ok(true);
    };
    let Some(channel) = channel else {
        bail!("{why}, then run nikkan again");
    };
    let why = format!("{why}; until then nothing begins");
    warn!("{why}");
    let account = context.config.mailbox.account();
    channel.show_waiting(&account, &why, clock.now());
    let set = context.stop.run_until_cancelled(clock.believable()).await;
    if set.is_some() {
        info!(now = %clock.now(), "the clock was set");
    }
    Ok(set.is_some())
}

/// Begins editions without a digest anew when the clock by which they began has turned out to be wrong: it was set since
/// `seen`, or they begin in the future. Returns true when any did; what was due by the wrong clock is not due then.
///
/// # Errors
/// The archive cannot be written.
pub(super) async fn correct_beginnings(
    context: &DaemonContext,
    seen: &mut SeenClocks,
) -> Result<bool, ArchiveError> {
    let before = seen.look_again(&context.clock);
    if let Some(by) = before.parted_by(seen) {
        let (by, now) = (by.as_secs(), context.clock.now());
        info!(by, %now, "the clock was set, or the machine slept");
        warn_of_sealed_days(context).await?;
    }
    begin_anew(context, before.was_set_forward(seen)).await
}

/// Begins editions without a digest anew that begin in the future, or `all` of them. Returns true when there were any.
///
/// # Errors
/// The archive cannot be written.
pub(super) async fn begin_anew(context: &DaemonContext, all: bool) -> Result<bool, ArchiveError> {
    let now = context.clock.now();
    let anew = context.archive.begin_anew(now, all).await?;
    for edition in &anew {
        warn!(edition, %now, "the clock was set: the edition begins anew, with this day");
    }
    Ok(!anew.is_empty())
}

/// Tells of days that were sealed before they came.
///
/// # Errors
/// The archive cannot be read.
pub(super) async fn warn_of_sealed_days(context: &DaemonContext) -> Result<(), ArchiveError> {
    let ahead = context.archive.sealed_ahead(context.clock.today()).await?;
    if let Some(last) = ahead.last() {
        let (edition, day) = (&last.edition, last.day);
        error!(
            edition,
            %day,
            "sealed while the clock was ahead: no digest follows until then, unless `nikkan rewind` opens the days again"
        );
    }
    Ok(())
}

/// Leaves of what is due the last digest where it would be the edition's first: the days before it get none, and what
/// came on them since the beginning is late in it.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn only_the_last_of_a_first(
    context: &DaemonContext,
    edition: &Edition,
    open: &[Day],
    due: Vec<DayRange>,
) -> Result<Vec<DayRange>, ArchiveError> {
    let Some((since, day)) = edition.digests(open, usize::MAX).pop() else {
        return Ok(due);
    };
    if open.first() == Some(&since) || !context.archive.begin_later(&edition.name, since).await? {
        return Ok(due);
    }
    info!(edition = edition.name, first = %since, "a first digest does not reach back");
    Ok(vec![(since, day)])
}
