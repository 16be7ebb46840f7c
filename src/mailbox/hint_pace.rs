//! Paces the reading that hints ask for. A server may tell of something again and again, in every answer even, and nothing
//! comes of it: that must not keep what is due from its time, nor ask for one FETCH after the other.

use std::time::Duration;

use tokio::time::Instant;

/// Hints in a row that may come to nothing before the next one has to wait: other clients change flags.
const EMPTY_HINTS: u32 = 5;
/// The first wait; it doubles with each hint that comes to nothing.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait: three fruitless readings a minute cost nobody anything, and a message among such hints is read within
/// a third of a minute.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// After so long without a fruitless hint the next ones are answered at once again.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// Counts hints that came to nothing, and tells when the next one is worth a reading.
#[derive(Debug, Default)]
pub(super) struct HintPace {
    fruitless: u32,
    last: Option<Instant>,
}

impl HintPace {
    /// Takes note that a hint was followed, and how many messages there were.
    pub(super) fn note(&mut self, found: usize, now: Instant) {
        let old = self.last.is_some_and(|last| now - last > FORGOTTEN);
        if found > 0 || old {
            self.fruitless = 0;
        }
        if found == 0 {
            self.fruitless = self.fruitless.saturating_add(1);
            self.last = Some(now);
        }
    }

    /// Returns the time before which no hint is followed; `None` when it may be at once.
    pub(super) fn quiet_until(&self) -> Option<Instant> {
        let steps = self.fruitless.checked_sub(EMPTY_HINTS + 1)?;
        let wait = FIRST_WAIT.saturating_mul(1 << steps.min(10));
        Some(self.last? + wait.min(LONGEST_WAIT))
    }

    /// Returns true when a hint may be followed now.
    pub(super) fn allows(&self, now: Instant) -> bool {
        self.quiet_until().is_none_or(|until| now >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_that_come_to_nothing_are_followed_ever_more_seldom() {
        let (mut pace, start) = (HintPace::default(), Instant::now());
        let mut now = start;
        let mut followed = 0;
        while now - start < Duration::from_secs(600) {
            if pace.allows(now) {
                pace.note(0, now);
                followed += 1;
            }
            now += Duration::from_millis(100);
        }
        // Some at once, and then three a minute.
        assert!((30..=42).contains(&followed), "{followed}");
    }

    #[test]
    fn a_message_or_a_quiet_minute_makes_it_quick_again() {
        let (mut pace, start) = (HintPace::default(), Instant::now());
        for _ in 0..20 {
            pace.note(0, start);
        }
        assert!(!pace.allows(start + Duration::from_secs(19)));
        pace.note(1, start);
        assert!(pace.allows(start));
        for _ in 0..20 {
            pace.note(0, start);
        }
        pace.note(0, start + Duration::from_secs(61));
        assert!(pace.allows(start + Duration::from_secs(61)));
    }
}
