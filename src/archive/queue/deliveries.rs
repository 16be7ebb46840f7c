//! Deliveries and their attempts: what is due, what was begun, how it ended, and whose copy the `sent_folder` lacks.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Transaction;

use super::{AttemptResult, QueuedDelivery};
use crate::archive::store::rows::{instant, micros, named};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The longest wait: an attempt that is due later was planned before the clock was set back.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

/// The time after the first reader had a digest at which its copy is stored, whoever is still to be tried. A second machine
/// must not take it for lost.
const LONGEST_HAND_IN: SignedDuration = SignedDuration::from_mins(5);

/// A sent digest whose copy is missing in `sent_folder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCopy {
    /// The queued message's number.
    pub message: i64,
    /// The day of the digest.
    pub day: Day,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The instant at which the message was queued.
    pub queued_at: Timestamp,
    /// Header and body, as they were sent.
    pub bytes: Vec<u8>,
}

impl Archive {
    /// Returns the deliveries that are due at `now`, oldest message first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn due_deliveries(
        &self,
        now: Timestamp,
    ) -> Result<Vec<QueuedDelivery>, ArchiveError> {
        let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        self.select(
            "SELECT v.id, m.kind, d.edition, d.day, m.list, m.message_id, coalesce(v.sender, m.sender), v.recipient,
                v.own, m.bytes, v.attempts, m.queued_at, m.id
             FROM delivery v JOIN queued_message m ON m.id = v.queued_message LEFT JOIN digest d ON d.id = m.digest
             WHERE v.next_attempt_at <= ?1 OR v.next_attempt_at > ?2 ORDER BY m.id, v.id",
            [micros(now), micros(latest)],
            |row| {
                Ok(QueuedDelivery {
                    id: row.get(0)?,
                    message: row.get(12)?,
                    kind: named(row, 1)?,
                    edition: row.get(2)?,
                    day: row.get(3)?,
                    list: row.get(4)?,
                    message_id: row.get(5)?,
                    sender: row.get(6)?,
                    recipient: row.get(7)?,
                    own: row.get(8)?,
                    bytes: row.get(9)?,
                    attempts: row.get(10)?,
                    queued_at: instant(row.get(11)?),
                })
            },
        )
        .await
    }

    /// Returns the instant at which the next attempt is due; `None` if nothing waits.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ArchiveError> {
        let sql = "SELECT next_attempt_at FROM delivery WHERE next_attempt_at IS NOT NULL
            ORDER BY next_attempt_at LIMIT 1";
        let next = self.find(sql, [], |row| row.get(0)).await?;
        Ok(next.map(instant))
    }

    /// Counts an attempt before it is made, so that a crash in the middle of one is seen. Returns `false` if the
    /// delivery no longer waits for one; it must not be made then.
    ///
    /// # Errors
    /// The archive cannot be written; the attempt must not be made then.
    pub async fn begin_attempt(&self, delivery: i64, now: Timestamp) -> Result<bool, ArchiveError> {
        let begin =
            "UPDATE delivery SET state = 'sending', attempts = attempts + 1, last_attempt_at = ?2,
            next_attempt_at = NULL WHERE id = ?1 AND next_attempt_at IS NOT NULL";
        Ok(self.execute(begin, [delivery, micros(now)]).await? > 0)
    }

    /// Records how an attempt ended.
    ///
    /// # Errors
    /// The archive cannot be written. The caller keeps the result and tries again, because the server's answer cannot
    /// be had twice.
    pub async fn record_attempt(
        &self,
        delivery: i64,
        result: AttemptResult,
    ) -> Result<(), ArchiveError> {
        let (state, next) = (result.state.name(), result.next_attempt.map(micros));
        self.execute(
            "UPDATE delivery SET state = ?2, response = ?3, next_attempt_at = ?4 WHERE id = ?1",
            (delivery, state, result.response, next),
        )
        .await?;
        Ok(())
    }

    /// Makes the attempts that a crash cut off uncertain and due at once, because the server may have the mail.
    /// Returns their number.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn recover_interrupted(&self, now: Timestamp) -> Result<usize, ArchiveError> {
        self.execute(
            "UPDATE delivery SET state = 'uncertain', next_attempt_at = ?1,
                response = 'interrupted: nikkan ended during the attempt' WHERE state = 'sending'",
            [micros(now)],
        )
        .await
    }

    /// Returns the digests whose copy is missing, oldest first: each reader had an attempt, and one at least has the mail, or
    /// has had it for five minutes. Resends are not copied.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn missing_sent_copies(&self, now: Timestamp) -> Result<Vec<SentCopy>, ArchiveError> {
        let long_ago = now.checked_sub(LONGEST_HAND_IN).unwrap_or(Timestamp::MIN);
        self.select(
            "SELECT m.id, d.day, m.message_id, m.queued_at, m.bytes
             FROM queued_message m JOIN digest d ON d.id = m.digest
             WHERE m.kind = 'digest' AND m.copied <> 1
               AND EXISTS (SELECT 1 FROM delivery v WHERE v.queued_message = m.id AND v.state = 'sent')
               AND (NOT EXISTS (SELECT 1 FROM delivery v
                       WHERE v.queued_message = m.id AND v.attempts = 0 AND v.next_attempt_at IS NOT NULL)
                   OR EXISTS (SELECT 1 FROM delivery v
                       WHERE v.queued_message = m.id AND v.state = 'sent' AND v.last_attempt_at <= ?1))
             ORDER BY m.id",
            [micros(long_ago)],
            |row| {
                Ok(SentCopy {
                    message: row.get(0)?,
                    day: row.get(1)?,
                    message_id: row.get(2)?,
                    queued_at: instant(row.get(3)?),
                    bytes: row.get(4)?,
                })
            },
        )
        .await
    }

    /// Notes that a message's copy is about to be stored: if it is found in the folder later, it may be this one.
    ///
    /// # Errors
    /// The archive cannot be written; the copy must not be stored then.
    pub async fn begin_sent_copy(&self, message: i64) -> Result<(), ArchiveError> {
        let note = "UPDATE queued_message SET copied = 2 WHERE id = ?1";
        self.execute(note, [message]).await?;
        Ok(())
    }

    /// Notes that a message's copy is stored.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn note_sent_copy(&self, message: i64) -> Result<(), ArchiveError> {
        let note = "UPDATE queued_message SET copied = 1 WHERE id = ?1";
        self.execute(note, [message]).await?;
        Ok(())
    }
}

/// Cancels the commands to a list that still wait: a mail of an earlier request must not follow that of a new one.
pub(in crate::archive) fn cancel_commands(
    transaction: &Transaction<'_>,
    list: &str,
) -> Result<(), ArchiveError> {
    transaction.execute(
        "UPDATE delivery SET state = 'failed', next_attempt_at = NULL, response = 'not needed any more'
         WHERE next_attempt_at IS NOT NULL AND queued_message IN (SELECT id FROM queued_message WHERE list = ?1)",
        [list],
    )?;
    Ok(())
}
