//! Proof of how far the mailbox was read, from which days may be sealed. It is made in this room alone, and only of folders
//! that were each read to their end after one moment: what was stopped, cut off or half read makes none.

use jiff::Timestamp;
use tokio::time::Instant;

use crate::clock::Clock;

/// A folder that could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadFolder {
    /// Its name as configured.
    pub folder: String,
    /// What is wrong with it.
    pub said: String,
}

/// The reading of the mailbox before days are sealed: since it began, every folder was read to its end, or is told as unread;
/// or the mailbox did not answer, which is told as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastReading {
    begun: Timestamp,
    unread: Vec<UnreadFolder>,
    answered: bool,
}

/// The moment at which a reading begins, by both clocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReadingStart {
    begun: Timestamp,
    monotonic: Instant,
}

impl ReadingStart {
    /// Begins a reading now.
    pub(super) fn now(clock: &Clock) -> Self {
        ReadingStart {
            begun: clock.now(),
            monotonic: Instant::now(),
        }
    }

    /// Returns true when a folder's whole reading, which began at `from`, belongs to this one.
    pub(super) fn holds(&self, from: Option<Instant>) -> bool {
        from.is_some_and(|from| from >= self.monotonic)
    }

    /// Makes the proof of it: all folders were read to their end, but for those that are `unread`.
    pub(super) fn read_to_the_end(self, unread: Vec<UnreadFolder>) -> LastReading {
        LastReading {
            begun: self.begun,
            unread,
            answered: true,
        }
    }

    /// Makes the account of a mailbox that did not answer since.
    pub(super) fn unanswered(self) -> LastReading {
        LastReading {
            begun: self.begun,
            unread: Vec::new(),
            answered: false,
        }
    }
}

impl LastReading {
    /// Returns when it began: only days that were over by then were read whole.
    pub fn begun(&self) -> Timestamp {
        self.begun
    }

    /// Returns the folders that could not be read while others could.
    pub fn unread(&self) -> &[UnreadFolder] {
        &self.unread
    }

    /// Returns false when the mailbox did not answer.
    pub fn answered(&self) -> bool {
        self.answered
    }

    /// Makes one for a test of what follows a reading.
    #[cfg(test)]
    pub(crate) fn played(begun: Timestamp, answered: bool) -> Self {
        LastReading {
            begun,
            unread: Vec::new(),
            answered,
        }
    }
}
