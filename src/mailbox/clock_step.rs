//! Notices that time did not pass as it should. A machine that slept, or a clock that was set, leaves a connection that
//! looks alive and may have been dead for hours; the only answer is a new one.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::ImapError;
use crate::clock::Clock;

/// Interval at which a wait compares the clocks: a suspended machine or a stepped clock is noticed within this time.
pub(super) const CHECK_EVERY: Duration = Duration::from_secs(15);
/// Wall clock and monotonic clock may drift apart this much between two checks before the connection is suspect.
const ALLOWED_DRIFT: SignedDuration = SignedDuration::from_secs(30);

/// The wall clock beside the monotonic one, as of the last check.
pub(super) struct ClockStep {
    wall: Timestamp,
    monotonic: Instant,
}

impl ClockStep {
    /// Begins with both clocks as they are now.
    pub(super) fn start(clock: &Clock) -> Self {
        ClockStep {
            wall: clock.now(),
            monotonic: Instant::now(),
        }
    }

    /// Compares both clocks with the last check; an error when they have parted.
    pub(super) fn check(&mut self, clock: &Clock) -> Result<(), ImapError> {
        let before = std::mem::replace(self, ClockStep::start(clock));
        let wall = self.wall.duration_since(before.wall);
        let monotonic = self.monotonic.duration_since(before.monotonic);
        let apart = (wall - SignedDuration::try_from(monotonic).unwrap_or(wall)).abs();
        if apart > ALLOWED_DRIFT {
            let seconds = apart.as_secs();
            return Err(ImapError::Lost(format!(
                "the clock jumped by {seconds} s (the machine slept, or its clock was set): connecting anew"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_the_clock_is_noticed_and_drift_is_not() {
        let start: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let clock = Clock::held(start);
        let mut clocks = ClockStep::start(&clock);
        clock.set(start + SignedDuration::from_secs(20));
        clocks.check(&clock).unwrap();
        clock.set(start + SignedDuration::from_hours(8));
        let error = clocks.check(&clock).unwrap_err().to_string();
        assert!(error.contains("jumped by 287"), "{error}");
        // Backwards too, and once noticed it is the new normal.
        clocks.check(&clock).unwrap();
        clock.set(start);
        assert!(clocks.check(&clock).is_err());
    }
}
