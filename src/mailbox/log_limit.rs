//! Bounds the lines of the log that a server can provoke without end: so many an hour, and then how many more there were.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tracing::warn;

/// Lines of one kind that are told in an hour.
const LINES: u32 = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The lines of one kind, counted over all sessions of an account.
#[derive(Clone, Debug)]
pub(super) struct LogLimit {
    about: &'static str,
    lines: Arc<Mutex<HourOfLines>>,
}

impl LogLimit {
    /// Makes the limit of lines about something, which names it in the log.
    pub(super) fn about(about: &'static str) -> Self {
        LogLimit {
            about,
            lines: Arc::default(),
        }
    }

    /// Returns true when one more line may be told now; one that may not is counted.
    pub(super) fn admits(&self) -> bool {
        self.tell_rest();
        self.with_lines(HourOfLines::admits)
    }

    /// Tells how many lines were left out, once their hour is over.
    pub(super) fn tell_rest(&self) {
        let left_out = self.with_lines(HourOfLines::end);
        if left_out > 0 {
            warn!(
                left_out,
                "{}: more than {LINES} lines an hour are not told", self.about
            );
        }
    }

    fn with_lines<T>(&self, work: impl FnOnce(&mut HourOfLines) -> T) -> T {
        work(&mut self.lines.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// An hour that begins with its first line.
#[derive(Debug, Default)]
struct HourOfLines {
    begun: Option<Instant>,
    told: u32,
    left_out: u64,
}

impl HourOfLines {
    /// Counts a line. Returns true when it may be told.
    fn admits(&mut self) -> bool {
        self.begun.get_or_insert_with(Instant::now);
        let admitted = self.told < LINES;
        match admitted {
            true => self.told += 1,
            false => self.left_out += 1,
        }
        admitted
    }

    /// Ends the hour if it is over. Returns how many of its lines were left out.
    fn end(&mut self) -> u64 {
        if self.begun.is_none_or(|begun| begun.elapsed() < HOUR) {
            return 0;
        }
        std::mem::take(self).left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_lines_are_told_in_an_hour_and_the_rest_is_counted() {
        let limit = LogLimit::about("words");
        let of_another_session = limit.clone();
        let told = (0..1000).filter(|_| limit.admits()).count();
        assert_eq!(told, LINES as usize);
        assert!(!of_another_session.admits());
        tokio::time::advance(HOUR - Duration::from_secs(1)).await;
        assert_eq!(limit.with_lines(HourOfLines::end), 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(limit.with_lines(HourOfLines::end), 981);
        assert_eq!(limit.with_lines(HourOfLines::end), 0);
        assert!(of_another_session.admits());
    }
}
