//! Editions and their sealed days. The compiled day, what is in it, and its mails become true together, or not at all.
//! From then on bytes and Message-ID never change.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::recovery;
use crate::archive::queue::{Owner, enqueue};
use crate::archive::store::rows::micros;
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
    /// Begins an edition with the day of `now`, unless it has begun: its digests start with that day.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn begin_edition(&self, name: &str, now: Timestamp) -> Result<(), ArchiveError> {
        self.execute(
            "INSERT INTO edition (name, first_day, begun_at, begun_message)
             SELECT ?1, ?2, ?3, coalesce((SELECT max(id) FROM message), 0) WHERE true ON CONFLICT DO NOTHING",
            (name.to_owned(), Day::of(now), micros(now)),
        )
        .await?;
        Ok(())
    }

    /// Begins the editions without a digest anew, with the day of `now`: those that begin later, or all. Returns their names. A
    /// folder whose first reading counts as begun later than `now` counts as begun now, and what is of today is no history.
    ///
    /// # Errors
    /// The archive cannot be written; nothing has changed then.
    pub async fn begin_anew(&self, now: Timestamp, all: bool) -> Result<Vec<String>, ArchiveError> {
        self.write(move |transaction| begin_editions_anew(transaction, now, all))
            .await
    }

    /// Makes an edition without a digest begin with `first`, which is after its first day: the days before get none. What was
    /// announced on them since it began is late then, as what was there before is history. Returns false when it has a digest.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn begin_later(&self, name: &str, first: Day) -> Result<bool, ArchiveError> {
        let name = name.to_owned();
        self.write(move |transaction| {
            let began = transaction
                .prepare_cached("SELECT first_day FROM edition WHERE name = ?1")?
                .query_row([&name], |row| row.get::<_, Day>(0))
                .optional()?;
            let Some(began) = began else {
                return Ok(false);
            };
            let changed = transaction.execute(
                "UPDATE edition SET first_day = ?2, begun_at = min(begun_at, ?3) WHERE name = ?1
                 AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.edition = ?1 AND d.rewound = 0)",
                params![name, first, micros(began.start())],
            )?;
            Ok(changed > 0)
        })
        .await
    }

    /// Reads the days of an edition before `before` that are not sealed, oldest first. A clock that went back reopens none.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn unsealed_days(
        &self,
        edition: &str,
        before: Day,
    ) -> Result<Vec<Day>, ArchiveError> {
        let next = "SELECT coalesce(
            (SELECT date(max(day), '+1 day') FROM digest WHERE edition = ?1 AND rewound = 0),
            (SELECT first_day FROM edition WHERE name = ?1))";
        let next: Option<Option<Day>> = self
            .find(next, [edition.to_owned()], |row| row.get(0))
            .await?;
        let first = next.flatten().unwrap_or(before);
        Ok(first.until(before).collect())
    }

    /// Reads the days of the sealed digest that has `day`, first and last; `None` when it is not sealed.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn sealed_span(
        &self,
        edition: &str,
        day: Day,
    ) -> Result<Option<(Day, Day)>, ArchiveError> {
        self.find(
            "SELECT coalesce(since, day), day FROM digest
             WHERE edition = ?1 AND rewound = 0 AND ?2 BETWEEN coalesce(since, day) AND day",
            (edition.to_owned(), day),
            |row| row.try_into(),
        )
        .await
    }

    /// Reads the days of each sealed digest of an edition, first and last, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn sealed_spans(&self, edition: &str) -> Result<Vec<(Day, Day)>, ArchiveError> {
        self.select(
            "SELECT coalesce(since, day), day FROM digest WHERE edition = ?1 AND rewound = 0 ORDER BY day",
            [edition.to_owned()],
            |row| row.try_into(),
        )
        .await
    }

    /// Seals a day. Of a day that is sealed already, nothing changes.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of the digest is stored then.
    pub async fn seal(&self, sealing: Sealing) -> Result<Sealed, ArchiveError> {
        self.write(move |transaction| {
            let new = transaction.execute(
                "INSERT INTO digest (edition, day, sealed_at, compiled, since) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![
                    sealing.edition,
                    sealing.day,
                    micros(sealing.sealed_at),
                    sealing.compiled,
                    sealing.since,
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
                enqueue(transaction, MessageKind::Digest, owner, mail, sealing.sealed_at)?;
            }
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
        self.find(
            "SELECT compiled FROM digest WHERE edition = ?1 AND rewound = 0 AND compiled <> ''
             AND ?2 BETWEEN coalesce(since, day) AND day",
            (edition.to_owned(), day),
            |row| row.get(0),
        )
        .await
    }
}

/// Begins the editions without a digest anew, as [`Archive::begin_anew`] says.
pub(super) fn begin_editions_anew(
    transaction: &Transaction<'_>,
    now: Timestamp,
    all: bool,
) -> Result<Vec<String>, ArchiveError> {
    let today = Day::of(now);
    let mut again = transaction.prepare_cached(
        "UPDATE edition SET first_day = ?1, begun_at = ?2 WHERE (?3 OR first_day > ?1)
         AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.edition = edition.name AND d.rewound = 0) RETURNING name",
    )?;
    let names = again
        .query_map(params![today, micros(now), all], |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    recovery::begin_no_later(transaction, now)?;
    // What a clock ahead took for mail of an earlier day.
    transaction.execute(
        "UPDATE announcement SET history = 0 WHERE history = 1 AND day >= ?1",
        [today],
    )?;
    Ok(names)
}
