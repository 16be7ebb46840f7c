//! Digests that wait for what another machine does, and those that it handed in.

use jiff::Timestamp;

use super::deliveries::LONGEST_WAIT;
use crate::archive::store::rows::micros;
use crate::archive::{Archive, ArchiveError};

impl Archive {
    /// Puts off what is left to deliver of a message, and keeps why. No attempt is counted. It comes up again at `until`, or
    /// earlier when that is very far.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn put_off(
        &self,
        message: i64,
        until: Timestamp,
        why: String,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        self.execute(
            "UPDATE delivery SET next_attempt_at = ?2, response = ?3
             WHERE queued_message = ?1 AND next_attempt_at IS NOT NULL",
            (message, micros(until.min(latest)), why),
        )
        .await?;
        Ok(())
    }

    /// Ends what is left to deliver of a message, because another machine handed the digest in. Returns the number of
    /// deliveries that were not made here.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn leave_elsewhere(&self, message: i64, why: String) -> Result<usize, ArchiveError> {
        self.execute(
            "UPDATE delivery SET state = 'elsewhere', next_attempt_at = NULL, response = ?2
             WHERE queued_message = ?1 AND next_attempt_at IS NOT NULL",
            (message, why),
        )
        .await
    }
}
