//! The pace at which mails are handed in: fewer at once, and after a wait, when a server says that it was too much; as
//! configured again when it takes them. Who was told so comes last the next time.

use std::time::Duration;

use tokio::time::Instant;

use crate::archive::DueNumber;

/// Minutes of the first wait. Limits are mostly counted by the minute or by the hour.
const FIRST_MINUTES: u64 = 1;
/// Minutes of the longest wait: a limit by the hour is over soon enough, and a limit by the day is not asked for long.
const MOST_MINUTES: u64 = 15;

/// How many mails are handed in at once, and from when on.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    width: usize,
    /// Waits in a row in which no mail was taken.
    waits: u32,
    open_at: Option<Instant>,
    /// The delivery at which the server cut the last round short.
    throttled: Option<DueNumber>,
}

impl Pace {
    /// Returns the pace of a server of which nothing is known: `most` mails at once.
    pub(super) fn new(most: usize) -> Self {
        let most = most.max(1);
        Pace {
            most,
            width: most,
            waits: 0,
            open_at: None,
            throttled: None,
        }
    }

    /// Returns the number of mails that may be under way.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns true while nothing is to be handed in.
    pub(super) fn waits(&self) -> bool {
        self.open_at.is_some_and(|at| Instant::now() < at)
    }

    /// Returns the wait that follows when the server says now that it is too much: 1, 2, 4, 8, 15 minutes.
    pub(super) fn pause(&self) -> Duration {
        let minutes = FIRST_MINUTES.saturating_mul(1 << self.waits.min(10));
        Duration::from_secs(minutes.min(MOST_MINUTES) * 60)
    }

    /// Puts first in `due`, which is in order, what stands behind the delivery at which the last round was cut short: one reader
    /// of whom it is always too much must not end every round before the others had their turn.
    pub(super) fn turn(&self, due: &mut [DueNumber]) {
        if let Some(throttled) = self.throttled {
            due.rotate_left(due.partition_point(|one| *one <= throttled));
        }
    }

    /// Takes note of a round that the server cut short at a delivery. Where it took mails before, its limit is known, and it is
    /// come back to after the first wait.
    pub(super) fn slow_down(&mut self, delivered: u32, throttled: DueNumber) {
        self.throttled = Some(throttled);
        if delivered > 0 {
            self.waits = 0;
        }
        self.open_at = Some(Instant::now() + self.pause());
        self.waits = self.waits.saturating_add(1);
        self.width = (self.width / 2).max(1);
    }

    /// Takes note of a round that went through.
    pub(super) fn recover(&mut self, delivered: u32) {
        (self.open_at, self.throttled) = (None, None);
        if delivered > 0 {
            self.waits = 0;
            self.width = (self.width * 2).min(self.most);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: DueNumber = DueNumber {
        message: 1,
        delivery: 1,
    };

    #[tokio::test(start_paused = true)]
    async fn the_waits_grow_and_the_width_halves_until_mails_are_taken_again() {
        let mut pace = Pace::new(8);
        let mut waited = Vec::new();
        for _ in 0..6 {
            let before = Instant::now();
            waited.push(pace.pause().as_secs() / 60);
            pace.slow_down(0, TOLD);
            assert!(pace.waits());
            tokio::time::sleep_until(pace.open_at.unwrap()).await;
            assert!(!pace.waits() && before < Instant::now());
        }
        assert_eq!(waited, [1, 2, 4, 8, 15, 15]);
        assert_eq!(pace.width(), 1);
        // A limit that lets some mails pass each minute is kept to each minute.
        pace.slow_down(30, TOLD);
        assert_eq!(
            pace.open_at.unwrap() - Instant::now(),
            Duration::from_secs(60)
        );
        for width in [2, 4, 8, 8] {
            pace.recover(1);
            assert_eq!(pace.width(), width);
        }
        assert!(!pace.waits());
        pace.slow_down(0, TOLD);
        assert_eq!((pace.width(), pace.pause().as_secs()), (4, 120));
    }
}
