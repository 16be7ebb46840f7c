//! The first day: with which day an edition begins, whatever the machine's clock showed before. A first digest never
//! reaches back, since nobody waits for what nobody was promised.

use std::time::Duration;

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::{error, info, warn};

use super::context::DaemonContext;
use crate::archive::ArchiveError;
use crate::clock::Day;
use crate::digest::{DayRange, Edition};
use crate::mailbox::WatcherChannel;

/// A clock that was set forward by more than this had been wrong at the beginning. A machine that slept for less has
/// missed mail, which is told, and a clock is seldom wrong by days: it is right, or of another year.
const SET_FORWARD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The same where the machine tells how long it slept.
const SET_FORWARD_AWAKE: SignedDuration = SignedDuration::from_hours(1);
/// A clock that was set forward by more than this is not acted on at once: a wrong time server's hour is corrected within
/// minutes, and a day that was sealed before it came is told too early.
const LEAP: SignedDuration = SignedDuration::from_hours(6);
/// The time for which it must stay so.
const SETTLED: Duration = Duration::from_secs(5 * 60);
/// The time after which the two clocks are compared while nothing else happens, and how far they may have parted.
const COMPARED: Duration = Duration::from_secs(15);
const PARTED: SignedDuration = SignedDuration::from_secs(30);

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
    /// The time since the machine's start, its sleep included.
    boot: Option<SignedDuration>,
    /// Until when a clock that leapt ahead is not acted on.
    settles: Option<Instant>,
}

impl SeenClocks {
    /// Looks at both.
    pub(super) fn now(context: &DaemonContext) -> Self {
        SeenClocks {
            wall: context.clock.now(),
            monotonic: Instant::now(),
            boot: context.clock.since_boot(),
            settles: None,
        }
    }

    /// Returns how much further than time the wall's clock went until `later`; negative when it was set back.
    fn gone_ahead(&self, later: &SeenClocks) -> SignedDuration {
        let awake = later.monotonic.duration_since(self.monotonic);
        let awake = SignedDuration::try_from(awake).unwrap_or_default();
        let passed = match (self.boot, later.boot) {
            (Some(before), Some(after)) => after - before,
            _ => awake,
        };
        later.wall.duration_since(self.wall) - passed
    }

    /// Returns how long a clock that leapt ahead is still to be waited for.
    pub(super) fn settling(&self) -> Option<Duration> {
        let left = self.settles?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until the wall's clock was set, or the machine slept.
    pub(super) async fn parted(&self, context: &DaemonContext) {
        loop {
            tokio::time::sleep(COMPARED).await;
            if self.gone_ahead(&SeenClocks::now(context)).abs() > PARTED {
                return;
            }
        }
    }

    /// Returns true when the wall's clock was set forward until `later`, by more than a machine sleeps.
    fn was_set_forward(&self, later: &SeenClocks) -> bool {
        let limit = match later.boot {
            Some(_) => SET_FORWARD_AWAKE,
            None => SET_FORWARD,
        };
        self.gone_ahead(later) > limit
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
    let gone = before.gone_ahead(seen);
    // Set back since, it did not mean it.
    seen.settles = before.settles.filter(|_| gone > -LEAP);
    if seen.boot.is_some() && gone > LEAP {
        seen.settles = Some(seen.monotonic + SETTLED);
        warn!(now = %seen.wall, "the clock leapt ahead: nothing is sealed by it for five minutes");
    }
    if gone.abs() > PARTED {
        let by = gone.as_secs();
        info!(by, now = %seen.wall, "the clock was set, or the machine slept");
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
