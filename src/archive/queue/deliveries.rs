//! Deliveries and their attempts: what is due, what was begun, how it ended.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, Transaction, params};

use super::{AttemptResult, MessageKind, QueuedDelivery};
use crate::archive::store::instants::{instant, micros, read_day};
use crate::archive::{Archive, ArchiveError};

/// The longest wait: an attempt that is due later was planned before the clock was set back.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

impl Archive {
    /// Returns the deliveries that are due at `now`, oldest message first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn due_deliveries(
        &self,
        now: Timestamp,
    ) -> Result<Vec<QueuedDelivery>, ArchiveError> {
        self.call(move |connection| {
            let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
            let mut statement = connection.prepare_cached(
                "SELECT v.id, m.kind, d.edition, d.day, m.list, m.message_id, m.sender, v.recipient, m.bytes,
                    v.attempts, m.queued_at
                 FROM delivery v JOIN queued_message m ON m.id = v.queued_message LEFT JOIN digest d ON d.id = m.digest
                 WHERE v.next_attempt_at <= ?1 OR v.next_attempt_at > ?2 ORDER BY m.id, v.id",
            )?;
            let mut rows = statement.query([micros(now), micros(latest)])?;
            let mut due = Vec::new();
            while let Some(row) = rows.next()? {
                due.push(read_delivery(row)?);
            }
            Ok(due)
        })
        .await
    }

    /// Returns the instant at which the next attempt is due; `None` if nothing waits.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.call(|connection| {
            let next: Option<i64> = connection.query_row(
                "SELECT min(next_attempt_at) FROM delivery WHERE next_attempt_at IS NOT NULL",
                [],
                |row| row.get(0),
            )?;
            Ok(next.map(instant))
        })
        .await
    }

    /// Counts an attempt before it is made, so that a crash in the middle of one is seen. Returns `false` if the
    /// delivery no longer waits for one; it must not be made then.
    ///
    /// # Errors
    /// The archive cannot be written; the attempt must not be made then.
    pub async fn begin_attempt(&self, delivery: i64, now: Timestamp) -> Result<bool, ArchiveError> {
        self.call(move |connection| {
            let begun = connection.execute(
                "UPDATE delivery SET state = 'sending', attempts = attempts + 1, last_attempt_at = ?2,
                    next_attempt_at = NULL WHERE id = ?1 AND next_attempt_at IS NOT NULL",
                params![delivery, micros(now)],
            )?;
            Ok(begun > 0)
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
        self.call(move |connection| {
            let next = result.next_attempt.map(micros);
            connection.execute(
                "UPDATE delivery SET state = ?2, response = ?3, next_attempt_at = ?4 WHERE id = ?1",
                params![delivery, result.state.name(), result.response, next],
            )?;
            Ok(())
        })
        .await
    }

    /// Makes the attempts that a crash cut off uncertain and due at once, because the server may have the mail.
    /// Returns their number.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn recover_interrupted(&self, now: Timestamp) -> Result<usize, ArchiveError> {
        self.call(move |connection| {
            Ok(connection.execute(
                "UPDATE delivery SET state = 'uncertain', next_attempt_at = ?1,
                    response = 'interrupted: nikkan ended during the attempt' WHERE state = 'sending'",
                [micros(now)],
            )?)
        })
        .await
    }
}

fn read_delivery(row: &Row<'_>) -> Result<QueuedDelivery, ArchiveError> {
    let day: Option<String> = row.get(3)?;
    Ok(QueuedDelivery {
        id: row.get(0)?,
        kind: MessageKind::from_name(&row.get::<_, String>(1)?)?,
        edition: row.get(2)?,
        day: day.as_deref().map(read_day).transpose()?,
        list: row.get(4)?,
        message_id: row.get(5)?,
        sender: row.get(6)?,
        recipient: row.get(7)?,
        bytes: row.get(8)?,
        attempts: row.get(9)?,
        queued_at: instant(row.get(10)?),
    })
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
