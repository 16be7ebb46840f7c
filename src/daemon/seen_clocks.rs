//! The wall's clock beside the monotonic one: sees that the wall's was set, or leapt ahead.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tracing::warn;

use crate::clock::Clock;

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

/// The two clocks at one instant, by which it is seen that the wall's was set.
#[derive(Debug)]
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
    pub(super) fn now(clock: &Clock) -> Self {
        SeenClocks {
            wall: clock.now(),
            monotonic: Instant::now(),
            boot: clock.since_boot(),
            settles: None,
        }
    }

    /// Looks at both again, and returns what was seen before.
    pub(super) fn look_again(&mut self, clock: &Clock) -> SeenClocks {
        let before = std::mem::replace(self, SeenClocks::now(clock));
        let gone = before.gone_ahead(self);
        // Set back since, it did not mean it.
        self.settles = before.settles.filter(|_| gone > -LEAP);
        if self.boot.is_some() && gone > LEAP {
            self.settles = Some(self.monotonic + SETTLED);
            warn!(now = %self.wall, "the clock leapt ahead: nothing is sealed by it for five minutes");
        }
        before
    }

    /// Returns by how much the wall's clock was set until `later`, or the machine slept; `None` when neither happened.
    pub(super) fn parted_by(&self, later: &SeenClocks) -> Option<SignedDuration> {
        let gone = self.gone_ahead(later);
        (gone.abs() > PARTED).then_some(gone)
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
    pub(super) async fn parted(&self, clock: &Clock) {
        loop {
            tokio::time::sleep(COMPARED).await;
            if self.parted_by(&SeenClocks::now(clock)).is_some() {
                return;
            }
        }
    }

    /// Returns true when the wall's clock was set forward until `later`, by more than a machine sleeps.
    pub(super) fn was_set_forward(&self, later: &SeenClocks) -> bool {
        let limit = match later.boot {
            Some(_) => SET_FORWARD_AWAKE,
            None => SET_FORWARD,
        };
        self.gone_ahead(later) > limit
    }
}
