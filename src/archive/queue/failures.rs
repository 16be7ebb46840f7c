//! Deliveries that failed, and the notice of them to the operator. The notice goes through the queue like any mail, so
//! that it outlives a crash and a server that is away; a notice that fails itself is not reported.

use jiff::Timestamp;
use rusqlite::TransactionBehavior;

use super::{MailObject, MessageKind, Owner, enqueue};
use crate::archive::store::instants::read_day;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

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

impl Archive {
    /// Returns the failed deliveries of digests that the operator has no notice of, oldest first. A failed command to a
    /// list server is not among them: the subscription shows it.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn unreported_failures(&self) -> Result<Vec<FailedDelivery>, ArchiveError> {
        self.call(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT v.id, d.id, d.edition, d.day, v.recipient, v.attempts, v.response
                 FROM delivery v JOIN queued_message m ON m.id = v.queued_message JOIN digest d ON d.id = m.digest
                 WHERE v.state = 'failed' AND v.reported = 0 AND m.kind IN ('digest', 'resend') ORDER BY v.id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(FailedDelivery {
                    delivery: row.get(0)?,
                    digest: row.get(1)?,
                    edition: row.get(2)?,
                    day: read_day(&row.get::<_, String>(3)?)?,
                    recipient: row.get(4)?,
                    attempts: row.get(5)?,
                    response: row.get(6)?,
                });
            }
            Ok(found)
        })
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
        self.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for failed in &failures {
                transaction.execute(
                    "UPDATE delivery SET reported = 1 WHERE id = ?1",
                    [failed.delivery],
                )?;
            }
            if let (Some(failed), Some(notice)) = (failures.first(), &notice) {
                let owner = Owner::Digest(failed.digest);
                enqueue(&transaction, MessageKind::FailureNotice, owner, notice, now)?;
            }
            transaction.commit()?;
            Ok(())
        })
        .await
    }
}
