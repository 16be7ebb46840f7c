//! What is wrong with one folder, and when it is tried again: a folder that fails must not keep the others from being read.

use std::time::Duration;

use tokio::time::Instant;

use super::ImapError;

/// Failures in a row after which a folder has times of its own: others are read first from the second on, so that by then it
/// is the folder that fails, and not the connection.
const PATIENCE: u32 = 3;
/// The first wait of a folder's own; it doubles with each failure.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest.
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// A folder that failed within this time is not tried again because somebody asks: who does so for the end of a day waits
/// no longer.
const LATELY: Duration = Duration::from_secs(120);

/// The failures of one folder in a row.
#[derive(Debug, Default)]
pub(super) struct FolderFault {
    failures: u32,
    said: Option<String>,
    again: Option<Instant>,
    failed: Option<Instant>,
}

impl FolderFault {
    /// Counts an attempt, before it is made: one that takes the session with it is not forgotten.
    pub(super) fn begin(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// Forgets all failures.
    pub(super) fn forget(&mut self) {
        *self = FolderFault::default();
    }

    /// Takes back an attempt that failed for no fault of the folder's.
    pub(super) fn take_back(&mut self) {
        self.failures = self.failures.saturating_sub(1);
    }

    /// Notes why the attempt failed, and returns true when that is new. With times of its own, the folder waits.
    pub(super) fn note(&mut self, error: &ImapError, now: Instant) -> bool {
        let said = match error {
            ImapError::Folder { said, .. } => said.clone(),
            other => other.to_string(),
        };
        // To open a folder costs little, and what is refused may be made.
        if self.has_own_times() && !matches!(error, ImapError::Folder { .. }) {
            let steps = (self.failures - PATIENCE).min(10);
            self.again = Some(now + FIRST_WAIT.saturating_mul(1 << steps).min(LONGEST_WAIT));
        }
        self.failed = Some(now);
        let new = self.said.as_ref() != Some(&said);
        self.said = Some(said);
        new
    }

    /// Returns true once the folder failed so often that it is tried at times of its own.
    pub(super) fn has_own_times(&self) -> bool {
        self.failures >= PATIENCE
    }

    /// Returns true while the folder waits for its time.
    pub(super) fn waits(&self, now: Instant) -> bool {
        self.again.is_some_and(|again| now < again)
    }

    /// Returns true when it failed within the time for which the end of a day waits.
    pub(super) fn failed_lately(&self, now: Instant) -> bool {
        self.failed.is_some_and(|failed| now - failed < LATELY)
    }

    /// Returns how often it failed in a row.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns what went wrong the last time; `None` of a folder that was read.
    pub(super) fn said(&self) -> Option<&str> {
        self.said.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_fails_again_and_again_waits_for_its_own_time() {
        let (mut fault, mut now) = (FolderFault::default(), Instant::now());
        let error = ImapError::lost("cut");
        let mut waits = Vec::new();
        for _ in 0..12 {
            fault.begin();
            fault.note(&error, now);
            let begun = now;
            while fault.waits(now) {
                now += Duration::from_secs(1);
            }
            waits.push((now - begun).as_secs());
        }
        assert_eq!(waits[..6], [0, 0, 60, 120, 240, 480]);
        assert_eq!(waits[11], 3600);
        fault.forget();
        assert!(!fault.waits(now) && fault.said().is_none());
    }
}
