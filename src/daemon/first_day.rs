//! The first day: with which day an edition begins, whatever the machine's clock showed before. A first digest never
//! reaches back, since nobody waits for what nobody was promised.

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::{info, warn};

use super::context::DaemonContext;
use crate::archive::ArchiveError;
use crate::clock::Day;
use crate::digest::{DayRange, Edition};
use crate::mailbox::WatcherChannel;

/// A clock that was set forward by more than this had been wrong at the beginning. A machine that slept for less has
/// missed mail, which is told, and a clock is seldom wrong by days: it is right, or of another year.
const SET_FORWARD: SignedDuration = SignedDuration::from_hours(7 * 24);

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

/// The two clocks at one instant, by which it is seen that the wall's was set.
pub(super) struct SeenClocks {
    wall: Timestamp,
    monotonic: Instant,
}

impl SeenClocks {
    /// Looks at both.
    pub(super) fn now(context: &DaemonContext) -> Self {
        SeenClocks {
            wall: context.clock.now(),
            monotonic: Instant::now(),
        }
    }

    /// Returns how much further than time the wall's clock went until `later`; negative when it was set back.
    fn gone_ahead(&self, later: &SeenClocks) -> SignedDuration {
        let passed = later.monotonic.duration_since(self.monotonic);
        let passed = SignedDuration::try_from(passed).unwrap_or_default();
        later.wall.duration_since(self.wall) - passed
    }
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
    let before = std::mem::replace(seen, SeenClocks::now(context));
    let now = seen.wall;
    let set_forward = before.gone_ahead(seen) > SET_FORWARD;
    let anew = context.archive.begin_anew(now, set_forward).await?;
    for edition in &anew {
        warn!(edition, %now, "the clock was set: the edition begins anew, with this day");
    }
    Ok(!anew.is_empty())
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
