//! Deliveries that did not end well: the outbox as `nikkan status` shows it, the failures that the operator is notified
//! of. The notice goes through the queue like any mail, so that it outlives a crash and a server that is away; a notice that
//! fails itself is not reported.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use serde::Serialize;

use super::{DeliveryState, MailObject, MessageKind, Owner, enqueue};
use crate::archive::store::rows::{instant, micros, named, select};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The time for which a failure waits for others of the same mail, while readers of it are still to be tried.
const LONGEST_GATHERING: SignedDuration = SignedDuration::from_hours(1);

/// A digest's delivery that failed and that the operator has no notice of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedDelivery {
    /// The delivery's number.
    pub delivery: i64,
    /// The digest's number.
    pub digest: i64,
    /// The edition's name.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The reader.
    pub recipient: String,
    /// Attempts made.
    pub attempts: u32,
    /// The server's last words.
    pub response: String,
}

/// A digest's delivery that is still to be made, or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxEntry {
    /// The edition.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The reader.
    pub recipient: String,
    /// The delivery's state.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// The instant of the next one.
    pub next_attempt: Option<Timestamp>,
    /// True when it waits until something is changed.
    pub waits_for_hand: bool,
    /// The server's last words.
    pub response: String,
}

impl Archive {
    /// Returns the failed deliveries of digests that the operator has no notice of, oldest first. A failed command to a
    /// list server is not among them: the subscription shows it. While readers of a mail are still to be tried, its failures
    /// are gathered, for an hour at most: they make one notice.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn unreported_failures(
        &self,
        now: Timestamp,
    ) -> Result<Vec<FailedDelivery>, ArchiveError> {
        let long_ago = now.checked_sub(LONGEST_GATHERING);
        let long_ago = long_ago.unwrap_or(Timestamp::MIN);
        self.select(
            "WITH failed AS MATERIALIZED (
                 SELECT id, queued_message, recipient, attempts, response, last_attempt_at
                 FROM delivery WHERE state = 'failed' AND reported = 0),
             first AS MATERIALIZED (
                 SELECT queued_message, min(coalesce(last_attempt_at, 0)) AS at FROM failed GROUP BY queued_message),
             gathered AS MATERIALIZED (
                 SELECT queued_message FROM first WHERE at <= ?1 OR NOT EXISTS (
                     SELECT 1 FROM delivery o WHERE o.queued_message = first.queued_message
                         AND (o.state = 'sending' OR (o.attempts = 0 AND o.next_attempt_at IS NOT NULL))))
             SELECT v.id, d.id, d.edition, d.day, v.recipient, v.attempts, v.response
             FROM failed v JOIN gathered g ON g.queued_message = v.queued_message
             JOIN queued_message m ON m.id = v.queued_message JOIN digest d ON d.id = m.digest
             WHERE m.kind IN ('digest', 'resend') ORDER BY v.id",
            [micros(long_ago)],
            |row| {
                Ok(FailedDelivery {
                    delivery: row.get(0)?,
                    digest: row.get(1)?,
                    edition: row.get(2)?,
                    day: row.get(3)?,
                    recipient: row.get(4)?,
                    attempts: row.get(5)?,
                    response: row.get(6)?,
                })
            },
        )
        .await
    }

    /// Queues the notice of failed deliveries of one digest and marks them as reported, in one transaction. Without a
    /// notice, because nobody can be notified, they are only marked.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn report_failures(
        &self,
        failures: Vec<FailedDelivery>,
        notice: Option<MailObject>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            for failed in &failures {
                transaction.execute(
                    "UPDATE delivery SET reported = 1 WHERE id = ?1",
                    [failed.delivery],
                )?;
            }
            if let (Some(failed), Some(notice)) = (failures.first(), &notice) {
                let owner = Owner::Digest(failed.digest);
                enqueue(transaction, MessageKind::FailureNotice, owner, notice, now)?;
            }
            Ok(())
        })
        .await
    }
}

/// Returns the outbox, oldest first. A command to a list server is shown with its subscription.
pub(in crate::archive) fn outbox_entries(
    connection: &Connection,
) -> Result<Vec<OutboxEntry>, ArchiveError> {
    select(
        connection,
        "SELECT d.edition, d.day, v.recipient, v.state, v.attempts, v.next_attempt_at, v.response,
            v.waits_for_hand
         FROM delivery v JOIN queued_message m ON m.id = v.queued_message JOIN digest d ON d.id = m.digest
         WHERE v.state NOT IN ('sent', 'elsewhere', 'cancelled') AND m.kind IN ('digest', 'resend') ORDER BY v.id",
        [],
        |row| {
            Ok(OutboxEntry {
                edition: row.get(0)?,
                day: row.get(1)?,
                recipient: row.get(2)?,
                state: named(row, 3)?,
                attempts: row.get(4)?,
                next_attempt: row.get::<_, Option<i64>>(5)?.map(instant),
                response: row.get(6)?,
                waits_for_hand: row.get(7)?,
            })
        },
    )
}
