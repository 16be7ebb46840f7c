//! Sealing: the compiled day, what is in it, and its mails become true together, or not at all. From then on bytes
//! and Message-ID never change.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, TransactionBehavior, params};

use crate::archive::queue::{Owner, enqueue};
use crate::archive::store::instants::micros;
use crate::archive::{Archive, ArchiveError, MailObject, MessageKind};
use crate::clock::Day;

/// A digest to be sealed: the compiled day, what is in it, and its mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealing {
    /// The edition's name.
    pub edition: String,
    /// The day.
    pub day: Day,
    /// The first day of a digest that sums up several.
    pub since: Option<Day>,
    /// The instant of sealing.
    pub sealed_at: Timestamp,
    /// The compiled and edited digest as JSON, so that the day can be printed again byte for byte.
    pub compiled: String,
    /// The announcements in it, by the archive's number.
    pub announcements: Vec<i64>,
    /// The mail to send; `None` when an empty day is skipped.
    pub mail: Option<MailObject>,
}

/// The result of sealing a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// It is sealed now.
    Now,
    /// It was sealed before; nothing changed.
    Before,
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
                let owner = Owner::Digest(digest);
                enqueue(&transaction, MessageKind::Digest, owner, mail, sealing.sealed_at)?;
            }
            transaction.commit()?;
            Ok(Sealed::Now)
        })
        .await
    }

    /// Reads the compiled digest of a sealed day, as JSON; `None` also when the digest was found again in the mailbox.
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
}
