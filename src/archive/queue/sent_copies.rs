//! Copies of sent digests for the mailbox's `sent_folder`.

use jiff::Timestamp;

use crate::archive::store::instants::{instant, read_day};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

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
    /// Returns the digests that a server took for at least one reader and whose copy is missing, oldest first. Resends
    /// are not copied.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn missing_sent_copies(&self) -> Result<Vec<SentCopy>, ArchiveError> {
        self.call(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT m.id, d.day, m.message_id, m.queued_at, m.bytes
                 FROM queued_message m JOIN digest d ON d.id = m.digest
                 WHERE m.kind = 'digest' AND m.copied = 0
                   AND EXISTS (SELECT 1 FROM delivery v WHERE v.queued_message = m.id AND v.state = 'sent')
                 ORDER BY m.id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(SentCopy {
                    message: row.get(0)?,
                    day: read_day(&row.get::<_, String>(1)?)?,
                    message_id: row.get(2)?,
                    queued_at: instant(row.get(3)?),
                    bytes: row.get(4)?,
                });
            }
            Ok(found)
        })
        .await
    }

    /// Notes that a message's copy is stored.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn note_sent_copy(&self, message: i64) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            connection.execute(
                "UPDATE queued_message SET copied = 1 WHERE id = ?1",
                [message],
            )?;
            Ok(())
        })
        .await
    }
}
