//! Deliveries and their attempts: what is due, what was begun, how it ended, and whose copy the `sent_folder` lacks.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

use super::waiting::cancel_late_notice;
use super::{AttemptMark, AttemptResult, QueuedDelivery};
use crate::archive::store::rows::{instant, micros, named};
use crate::archive::store::wal::without_sync;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The longest wait: an attempt that is due later was planned before the clock was set back.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

/// The time after the first reader had a digest at which its copy is stored, whoever is still to be tried. A second machine
/// must not take it for lost.
const LONGEST_HAND_IN: SignedDuration = SignedDuration::from_mins(5);

/// The number of a delivery, and of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueNumber {
    /// The queued message's.
    pub message: i64,
    /// The delivery's.
    pub delivery: i64,
}

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
    /// Returns the numbers of the deliveries that are due at `now`, each with its message's, oldest message first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn due_numbers(&self, now: Timestamp) -> Result<Vec<DueNumber>, ArchiveError> {
        let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        self.select(
            "SELECT queued_message, id FROM delivery
             WHERE next_attempt_at IS NOT NULL AND (next_attempt_at <= ?1 OR next_attempt_at > ?2)
             ORDER BY queued_message, id",
            [micros(now), micros(latest)],
            |row| {
                Ok(DueNumber {
                    message: row.get(0)?,
                    delivery: row.get(1)?,
                })
            },
        )
        .await
    }

    /// Returns deliveries by their numbers, in this order; those that are not there any more are left out.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn deliveries(&self, numbers: Vec<i64>) -> Result<Vec<QueuedDelivery>, ArchiveError> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT v.id, m.kind, d.edition, d.day, m.list, m.message_id, coalesce(v.sender, m.sender), v.recipient,
                    v.own, v.state, v.attempts, m.queued_at, m.id
                 FROM delivery v JOIN queued_message m ON m.id = v.queued_message LEFT JOIN digest d ON d.id = m.digest
                 WHERE v.id = ?1",
            )?;
            let mut found = Vec::with_capacity(numbers.len());
            for number in numbers {
                found.extend(statement.query_row([number], read_delivery).optional()?);
            }
            Ok(found)
        })
        .await
    }

    /// Returns the deliveries that are due at `now`, oldest message first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn due_deliveries(
        &self,
        now: Timestamp,
    ) -> Result<Vec<QueuedDelivery>, ArchiveError> {
        let due = self.due_numbers(now).await?;
        self.deliveries(due.iter().map(|one| one.delivery).collect())
            .await
    }

    /// Returns the bytes of a queued message: what follows the fields that only one recipient's mail has.
    ///
    /// # Errors
    /// The archive cannot be read, or has no such message.
    pub async fn message_bytes(&self, message: i64) -> Result<Arc<[u8]>, ArchiveError> {
        let sql = "SELECT bytes FROM queued_message WHERE id = ?1";
        let bytes: Option<Vec<u8>> = self.find(sql, [message], |row| row.get(0)).await?;
        let gone = || ArchiveError::Content(format!("the queued message {message} is gone"));
        Ok(bytes.ok_or_else(gone)?.into())
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
        Ok(!self.begin_attempts(vec![delivery], now).await?.is_empty())
    }

    /// Counts attempts at several deliveries before they are made, in one commit. Returns those to be made: a command may have
    /// been cancelled since it was looked up, a reader may have left, and that a digest waits is told only while it does.
    ///
    /// # Errors
    /// The archive cannot be written; no attempt must be made then.
    pub async fn begin_attempts(
        &self,
        deliveries: Vec<i64>,
        now: Timestamp,
    ) -> Result<Vec<i64>, ArchiveError> {
        self.write(move |transaction| {
            let mut begin = transaction.prepare_cached(
                "UPDATE delivery SET state = 'sending', attempts = attempts + 1, last_attempt_at = ?2,
                    next_attempt_at = NULL WHERE id = ?1 AND next_attempt_at IS NOT NULL",
            )?;
            let mut begun = Vec::with_capacity(deliveries.len());
            for delivery in deliveries {
                if !cancel_late_notice(transaction, delivery)?
                    && !cancel_of_gone_reader(transaction, delivery)?
                    && begin.execute([delivery, micros(now)])? > 0
                {
                    begun.push(delivery);
                }
            }
            Ok(begun)
        })
        .await
    }

    /// Takes back attempts that were begun and not made: the deliveries stand as they were looked up, and are due at `now`.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn take_back_attempts(
        &self,
        deliveries: Vec<QueuedDelivery>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            let mut take_back = transaction.prepare_cached(
                "UPDATE delivery SET state = ?2, attempts = ?3, next_attempt_at = ?4
                 WHERE id = ?1 AND state = 'sending'",
            )?;
            for delivery in deliveries {
                let (state, attempts) = (delivery.state.name(), delivery.attempts);
                take_back.execute((delivery.id, state, attempts, micros(now)))?;
            }
            Ok(())
        })
        .await
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
        self.call(move |connection| write_result(connection, delivery, result))
            .await
    }

    /// Records how one of several attempts ended; it stands firm with the next commit that does. A killed process loses
    /// nothing of it, a power cut makes the attempt one whose end is not known.
    ///
    /// # Errors
    /// As of [`Archive::record_attempt`].
    pub async fn record_attempt_of_many(
        &self,
        delivery: i64,
        result: AttemptResult,
    ) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            without_sync(connection, |connection| {
                write_result(connection, delivery, result)
            })
        })
        .await
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
                       WHERE v.queued_message = m.id
                           AND (v.state = 'sending' OR (v.attempts = 0 AND v.next_attempt_at IS NOT NULL)))
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

fn read_delivery(row: &Row<'_>) -> rusqlite::Result<QueuedDelivery> {
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
        state: named(row, 9)?,
        attempts: row.get(10)?,
        queued_at: instant(row.get(11)?),
    })
}

fn write_result(
    connection: &Connection,
    delivery: i64,
    result: AttemptResult,
) -> Result<(), ArchiveError> {
    let (state, next) = (result.state.name(), result.next_attempt.map(micros));
    let (hand, refused) = (
        result.mark == AttemptMark::NeedsHand,
        result.mark == AttemptMark::Refused,
    );
    connection
        .prepare_cached(
            "UPDATE delivery SET state = ?2, response = ?3, next_attempt_at = ?4, waits_for_hand = ?5, refused = ?6
             WHERE id = ?1",
        )?
        .execute((delivery, state, result.response, next, hand, refused))?;
    Ok(())
}

/// Cancels a delivery whose reader is not written to any more: it was in hand when the reader left, and the attempt at it was
/// taken back. Returns true when it did.
fn cancel_of_gone_reader(
    transaction: &Transaction<'_>,
    delivery: i64,
) -> Result<bool, ArchiveError> {
    let mut cancel = transaction.prepare_cached(
        "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, waits_for_hand = 0,
            response = 'its reader is not written to any more'
         WHERE id = ?1 AND next_attempt_at IS NOT NULL AND EXISTS (
             SELECT 1 FROM queued_message m JOIN digest d ON d.id = m.digest
             JOIN reader r ON r.edition = d.edition AND r.address = delivery.recipient AND r.state <> 'active'
             WHERE m.id = delivery.queued_message
                 AND (m.kind = 'digest' OR m.kind = 'resend' AND m.queued_at <= r.since))",
    )?;
    Ok(cancel.execute([delivery])? > 0)
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
