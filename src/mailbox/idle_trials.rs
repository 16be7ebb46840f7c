//! Tells when to give IDLE up and poll. Some servers offer it and refuse it, end it at once, or close the connection at
//! each; a watcher that only came back would log in all day and hear nothing.

use std::time::Duration;

use tokio::time::Instant;

/// The time in IDLE after which it counts as working, when it is we who end it: less than the minute after which other
/// folders are asked after.
const WORKS: Duration = Duration::from_secs(30);
/// The time in IDLE after which its end by the server is put up with: 40 logins an hour at most. Yahoo closes each after
/// five minutes.
const PUT_UP_WITH: Duration = Duration::from_secs(90);
/// Times in a row that IDLE may end sooner by the server's doing.
const TRIALS: u32 = 3;
/// The time after which it is tried again: what was wrong may be mended, and once an hour costs next to nothing.
const TRY_AGAIN: Duration = Duration::from_secs(60 * 60);

/// What an IDLE that the server ended came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BrokenIdle {
    /// There was none.
    NotIdle,
    /// It had lasted long enough to count as working.
    Worked,
    /// It was too short.
    Short,
    /// It was too short once too often: from now on the server is polled.
    GivenUp,
}

/// What is known of IDLE on this server.
#[derive(Debug)]
pub(super) struct IdleTrials {
    /// What IDLE lasts at most, since we end it then.
    refresh: Duration,
    /// The start of the IDLE that is under way.
    begun: Option<Instant>,
    /// Times in a row that it ended too soon.
    short: u32,
    /// The end of polling, and its reason.
    polls: Option<(Instant, String)>,
}

impl IdleTrials {
    /// Begins without prejudice. We end IDLE after `refresh` at the latest; when it lasts for that it works.
    pub(super) fn new(refresh: Duration) -> Self {
        IdleTrials {
            refresh,
            begun: None,
            short: 0,
            polls: None,
        }
    }

    /// Notes that IDLE is about to be asked for.
    pub(super) fn begin(&mut self) {
        self.begun = Some(Instant::now());
    }

    /// Notes that IDLE ended because we wanted it to. Returns true when it has lasted long enough to count as working.
    pub(super) fn end(&mut self) -> bool {
        self.lasted(WORKS)
    }

    /// Ends what is under way. Returns true, and forgets the short ones, when it lasted for `enough`.
    fn lasted(&mut self, enough: Duration) -> bool {
        let enough = enough.min(self.refresh);
        let worked = self
            .begun
            .take()
            .is_some_and(|begun| begun.elapsed() >= enough);
        if worked {
            self.short = 0;
        }
        worked
    }

    /// Notes that the server ended IDLE, or the connection with it, and why.
    pub(super) fn broken_off(&mut self, why: &str) -> BrokenIdle {
        if self.begun.is_none() {
            return BrokenIdle::NotIdle;
        }
        if self.lasted(PUT_UP_WITH) {
            return BrokenIdle::Worked;
        }
        self.short += 1;
        if self.short < TRIALS {
            return BrokenIdle::Short;
        }
        self.poll(format!("IDLE ended too soon {} times: {why}", self.short));
        BrokenIdle::GivenUp
    }

    /// Notes that the server refused IDLE: it is believed at once.
    pub(super) fn refused(&mut self, why: &str) {
        self.begun = None;
        self.short = TRIALS;
        self.poll(format!("IDLE refused: {why}"));
    }

    fn poll(&mut self, why: String) {
        self.polls = Some((Instant::now() + TRY_AGAIN, why));
        // One failure more after that time, and it is polled again.
        self.short = TRIALS - 1;
    }

    /// Returns why the server is polled; `None` when IDLE is to be tried.
    pub(super) fn reason_to_poll(&self) -> Option<&str> {
        let (until, why) = self.polls.as_ref()?;
        (Instant::now() < *until).then_some(why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn idles_for(trials: &mut IdleTrials, seconds: u64) -> BrokenIdle {
        trials.begin();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        trials.broken_off("the server closed it")
    }

    #[tokio::test(start_paused = true)]
    async fn three_short_ones_in_a_row_mean_polling_for_an_hour() {
        let mut trials = IdleTrials::new(Duration::from_secs(300));
        assert_eq!(idles_for(&mut trials, 5).await, BrokenIdle::Short);
        assert_eq!(idles_for(&mut trials, 89).await, BrokenIdle::Short);
        assert_eq!(idles_for(&mut trials, 90).await, BrokenIdle::Worked);
        for _ in 0..2 {
            assert_eq!(idles_for(&mut trials, 0).await, BrokenIdle::Short);
            assert_eq!(trials.reason_to_poll(), None);
        }
        assert_eq!(idles_for(&mut trials, 0).await, BrokenIdle::GivenUp);
        assert_eq!(
            trials.reason_to_poll(),
            Some("IDLE ended too soon 3 times: the server closed it")
        );
        tokio::time::advance(TRY_AGAIN).await;
        assert_eq!(trials.reason_to_poll(), None);
        // And then one is enough.
        assert_eq!(idles_for(&mut trials, 0).await, BrokenIdle::GivenUp);
        assert!(trials.reason_to_poll().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_otherwise_is_not_held_against_it() {
        let mut trials = IdleTrials::new(Duration::from_secs(3));
        for _ in 0..9 {
            trials.begin();
            assert!(!trials.end());
            assert_eq!(trials.broken_off("lost"), BrokenIdle::NotIdle);
        }
        assert_eq!(trials.reason_to_poll(), None);
        trials.begin();
        tokio::time::advance(Duration::from_secs(3)).await;
        assert!(trials.end(), "as long as the refresh");
        trials.refused("NO");
        assert_eq!(trials.reason_to_poll(), Some("IDLE refused: NO"));
    }
}
