//! Computes when a delivery is tried again. Pure: a function of its age and its attempts, with a spread, so that a thousand
//! readers of one provider do not come back in the same second.

use std::time::Duration;

use jiff::Timestamp;

/// The attempts before a delivery expires, which take a day, or fewer where less time is given: a machine that was off for a
/// week has age without having tried.
const ATTEMPTS: u32 = 12;

/// Minutes to wait after the first, second, … failed attempt; the last one from then on. Greylisting lets a
/// retry in after some minutes, a server's maintenance takes hours.
const MINUTES: [u64; 7] = [1, 5, 15, 30, 60, 120, 240];

/// Returns the instant of the next attempt after `attempts` failed ones, or `None` if the delivery has expired: it is older
/// than `give_up_after`. `spread`, from 0 to 1, places it within the tolerance of ±10 %.
pub(super) fn next_attempt(
    queued_at: Timestamp,
    now: Timestamp,
    attempts: u32,
    spread: f64,
    give_up_after: Duration,
) -> Option<Timestamp> {
    let age = Duration::try_from(now.duration_since(queued_at)).unwrap_or_default();
    if age >= give_up_after && attempts >= ATTEMPTS.min(attempts_within(give_up_after)) {
        return None;
    }
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = MINUTES[step.min(MINUTES.len() - 1)];
    let factor = 0.9 + 0.2 * spread.clamp(0.0, 1.0);
    let wait = Duration::from_secs(minutes * 60).mul_f64(factor);
    now.checked_add(wait).ok()
}

/// Returns the number of attempts that are made within `time`.
fn attempts_within(time: Duration) -> u32 {
    let mut made = 1;
    let mut begun = Duration::ZERO;
    for minutes in MINUTES {
        begun += Duration::from_secs(minutes * 60);
        made += u32::from(begun <= time);
    }
    let last = MINUTES.last().map_or(1, |minutes| minutes * 60);
    let more = time.saturating_sub(begun).as_secs() / last;
    made.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const EXPIRY: SignedDuration = SignedDuration::from_hours(5 * 24);

    fn next_attempt(
        queued_at: Timestamp,
        now: Timestamp,
        attempts: u32,
        spread: f64,
    ) -> Option<Timestamp> {
        let give_up_after = Duration::from_secs(5 * 24 * 60 * 60);
        super::next_attempt(queued_at, now, attempts, spread, give_up_after)
    }

    #[test]
    fn less_time_takes_fewer_attempts() {
        let start: Timestamp = "2025-11-29T00:00:00Z".parse().unwrap();
        for (give_up_after, made) in [(1, 2), (60, 6), (4 * 60, 8), (12 * 60, 10)] {
            let (mut now, mut attempts) = (start, 1);
            let give_up_after = Duration::from_secs(give_up_after * 60);
            while let Some(next) = super::next_attempt(start, now, attempts, 0.5, give_up_after) {
                (now, attempts) = (next, attempts + 1);
            }
            assert_eq!(attempts, made, "{give_up_after:?}");
        }
    }

    #[test]
    fn waits_grow_to_four_hours_and_end_after_five_days() {
        let start: Timestamp = "2025-11-29T00:00:00Z".parse().unwrap();
        let (mut now, mut attempts) = (start, 1);
        let mut waits = Vec::new();
        while let Some(next) = next_attempt(start, now, attempts, 0.5) {
            waits.push(next.duration_since(now).as_mins());
            now = next;
            attempts += 1;
        }
        assert_eq!(waits[..8], [1, 5, 15, 30, 60, 120, 240, 240]);
        assert!(now.duration_since(start) >= EXPIRY);
        assert!(now.duration_since(start) < EXPIRY + SignedDuration::from_hours(5));
    }

    #[test]
    fn a_machine_that_was_off_for_a_week_tries_for_a_day_before_anything_expires() {
        let start: Timestamp = "2025-11-29T00:00:00Z".parse().unwrap();
        let mut now = start + SignedDuration::from_hours(7 * 24);
        let back = now;
        let mut attempts = 1;
        while let Some(next) = next_attempt(start, now, attempts, 0.5) {
            now = next;
            attempts += 1;
        }
        assert_eq!(attempts, ATTEMPTS);
        assert!(now.duration_since(back) >= SignedDuration::from_hours(20));
    }

    #[test]
    fn a_clock_that_went_back_lets_nothing_expire() {
        let start: Timestamp = "2025-11-29T00:00:00Z".parse().unwrap();
        let before = start - SignedDuration::from_hours(25);
        let next = next_attempt(start, before, 40, 0.5).unwrap();
        assert_eq!(next.duration_since(before), SignedDuration::from_hours(4));
    }

    #[test]
    fn the_spread_is_ten_percent_each_way() {
        let start: Timestamp = "2025-11-29T00:00:00Z".parse().unwrap();
        let wait = |spread| {
            let next = next_attempt(start, start, 5, spread).unwrap();
            next.duration_since(start).as_mins()
        };
        assert_eq!((wait(0.0), wait(0.5), wait(1.0)), (54, 60, 66));
    }
}
