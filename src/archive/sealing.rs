//! Sealing: the compiled day, what is in it, and its mails become true together, or not at all. From then on bytes
//! and Message-ID never change.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::store::instants::read_day;
use super::store::instants::{instant, micros};
use super::{Archive, ArchiveError, Parcel, Sealing};
use crate::clock::Day;

/// Whether a day was sealed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It is sealed now.
    Now,
    /// It was sealed before; nothing changed.
    Before,
}

/// A sent mail whose copy in `sent_folder` is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The mail's number.
    pub id: i64,
    /// The day of its digest.
    pub day: Day,
    /// Without angle brackets.
    pub message_id: String,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// The mail.
    pub bytes: Vec<u8>,
}

impl Archive {
    /// Seals a day. Of a day that is sealed already, nothing changes.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of the digest is stored then.
    pub async fn seal(&self, sealing: Sealing) -> Result<Sealed, ArchiveError> {
        self.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let new = transaction.execute(
                "INSERT INTO digest (edition, day, sealed_at, compiled, since) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![
                    sealing.edition,
                    sealing.day.to_string(),
                    micros(sealing.sealed_at),
                    sealing.compiled,
                    sealing.since.map(|day| day.to_string()),
                ],
            )?;
            if new == 0 {
                return Ok(Sealed::Before);
            }
            let digest = transaction.last_insert_rowid();
            for announcement in &sealing.announcements {
                // The primary key is the invariant: one digest per edition. A second one would fail here.
                transaction
                    .prepare_cached(
                        "INSERT INTO digest_announcement (edition, announcement, digest) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![sealing.edition, announcement, digest])?;
            }
            if let Some(mail) = &sealing.mail {
                queue(&transaction, digest, mail, sealing.sealed_at, Sort::Digest)?;
            }
            transaction.commit()?;
            Ok(Sealed::Now)
        })
        .await
    }

    /// Queues a digest again, as an explicit resend under a Message-ID of its own. `false` where the day is not
    /// sealed.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn enqueue(
        &self,
        edition: &str,
        day: Day,
        mail: Parcel,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let digest: Option<i64> = transaction
                .query_row(
                    "SELECT id FROM digest WHERE edition = ?1 AND ?2 BETWEEN coalesce(since, day) AND day",
                    params![edition, day.to_string()],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(digest) = digest else {
                return Ok(false);
            };
            queue(&transaction, digest, &mail, now, Sort::Resend)?;
            transaction.commit()?;
            Ok(true)
        })
        .await
    }

    /// The compiled digest of a sealed day, as JSON; `None` also where the digest was found again in the mailbox.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn compiled_digest(
        &self,
        edition: &str,
        day: Day,
    ) -> Result<Option<String>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            Ok(connection
                .query_row(
                    "SELECT compiled FROM digest WHERE edition = ?1 AND compiled <> ''
                     AND ?2 BETWEEN coalesce(since, day) AND day",
                    params![edition, day.to_string()],
                    |row| row.get(0),
                )
                .optional()?)
        })
        .await
    }

    /// Mails that the server took and whose copy is missing in `sent_folder`, oldest first. Resends are not copied.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn copies_due(&self) -> Result<Vec<Copy>, ArchiveError> {
        self.call(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT m.id, d.day, m.message_id, m.queued_at, m.bytes FROM mail m JOIN digest d ON d.id = m.digest
                 WHERE m.copied = 0 AND m.resend = 0 AND m.notice = 0
                   AND EXISTS (SELECT 1 FROM delivery v WHERE v.mail = m.id AND v.state = 'sent')
                 ORDER BY m.id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(Copy {
                    id: row.get(0)?,
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

    /// Notes that a mail's copy is stored.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn copy_stored(&self, mail: i64) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            connection.execute("UPDATE mail SET copied = 1 WHERE id = ?1", [mail])?;
            Ok(())
        })
        .await
    }
}

/// What a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Digest,
    /// Asked for by `nikkan send`.
    Resend,
    /// A word to the operator.
    Notice,
}

pub(super) fn queue(
    transaction: &Transaction<'_>,
    digest: i64,
    mail: &Parcel,
    now: Timestamp,
    sort: Sort,
) -> Result<(), ArchiveError> {
    transaction.execute(
        "INSERT INTO mail (digest, message_id, sender, bytes, queued_at, resend, copied, notice)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
        params![
            digest,
            mail.message_id,
            mail.sender,
            mail.bytes,
            micros(now),
            sort == Sort::Resend,
            sort == Sort::Notice,
        ],
    )?;
    let row = transaction.last_insert_rowid();
    for recipient in &mail.recipients {
        // Two spellings of one reader would be two mails to them; the same spelling twice is one.
        transaction.execute(
            "INSERT INTO delivery (mail, recipient, state, attempts, next_attempt_at, response)
             VALUES (?1, ?2, 'queued', 0, ?3, '') ON CONFLICT DO NOTHING",
            params![row, recipient, micros(now)],
        )?;
    }
    Ok(())
}
