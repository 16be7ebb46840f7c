//! Writing the rows of messages and of what they announce.

use jiff::Timestamp;
use rusqlite::{CachedStatement, Transaction, params};

use super::corrections::correct;
use super::prepare::{AnnouncementRow, PreparedMessage};
use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::rows::micros;
use crate::clock::Day;

/// In the column `history`: what is told, as a late arrival at the latest.
const TOLD: i64 = 0;
/// Older mail, which is told in no digest.
const HISTORY: i64 = 1;
/// Imported after its day was sealed: told when the mailbox brings it, or somebody says so.
pub(super) const UNTOLD: i64 = 2;

/// The way by which mails came, which decides whether what they announce is told.
#[derive(Clone, Copy, Debug)]
pub(super) enum MailSource {
    /// A folder's first reading, which began on this day: mail of earlier days was there before.
    FirstReading(Day),
    /// A folder that was read to its end before: this is new, whatever its date.
    Live,
    /// Files: what is older than `today` is for knowing, but for the days since the first of any digest, `first`.
    Files { today: Day, first: Option<Day> },
}

impl MailSource {
    /// Returns the value of `history` for an announcement of `day`.
    fn history(self, day: Day) -> i64 {
        match self {
            MailSource::FirstReading(first) if day < first => HISTORY,
            MailSource::FirstReading(_) | MailSource::Live => TOLD,
            MailSource::Files { today, .. } if day >= today => TOLD,
            MailSource::Files { first, .. } if first.is_some_and(|first| day >= first) => UNTOLD,
            MailSource::Files { .. } => HISTORY,
        }
    }
}

/// Writes messages in one transaction. Its statements are prepared once: looking each up for every message takes as
/// long as some of them take themselves.
pub(super) struct MessageWriter<'t> {
    transaction: &'t Transaction<'t>,
    insert_message: CachedStatement<'t>,
    find_message: CachedStatement<'t>,
    insert_announcement: CachedStatement<'t>,
    find_announcement: CachedStatement<'t>,
    insert_list: CachedStatement<'t>,
    /// Microseconds since 1970.
    now: i64,
    source: MailSource,
    /// True when digests were found again whose announcements come back.
    recovering: bool,
}

impl<'t> MessageWriter<'t> {
    /// Prepares the statements.
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        now: Timestamp,
        source: MailSource,
    ) -> Result<Self, ArchiveError> {
        Ok(MessageWriter {
            transaction,
            insert_message: transaction.prepare_cached(
                "INSERT INTO message (sha256, message_id, internal_date, stored_at, size, raw, live)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            )?,
            find_message: transaction.prepare_cached(
                "SELECT id FROM message WHERE coalesce(message_id, '') = coalesce(?1, '') AND sha256 = ?2",
            )?,
            insert_announcement: transaction.prepare_cached(INSERT_ANNOUNCEMENT)?,
            find_announcement: transaction
                .prepare_cached("SELECT id FROM announcement WHERE identity = ?1")?,
            insert_list: transaction.prepare_cached(
                "INSERT INTO announcement_list (announcement, list) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?,
            now: micros(now),
            source,
            recovering: recovery::is_under_way(transaction)?,
        })
    }

    /// Stores a message and what it announces, and returns the number of announcements that were new.
    pub(super) fn store(&mut self, message: &PreparedMessage) -> Result<u64, ArchiveError> {
        let inserted = self.insert_message.execute(params![
            message.sha256,
            message.message_id,
            message.received.map(micros),
            self.now,
            i64::try_from(message.size).unwrap_or(i64::MAX),
            message.packed,
            matches!(self.source, MailSource::Live),
        ])?;
        let is_new = inserted > 0;
        let id = if is_new {
            self.transaction.last_insert_rowid()
        } else {
            self.find_message
                .query_row(params![message.message_id, message.sha256], |row| {
                    row.get(0)
                })?
        };
        let mut new = 0;
        for row in &message.announcements {
            let history = self.source.history(row.day);
            let inserted = self.store_announcement(id, row, history)?;
            new += inserted;
            // A message that is read again, from another folder or under another UID, says nothing new.
            if inserted == 0
                && is_new
                && let Some(correction) = correct(self.transaction, id, row, self.now)?
            {
                new += self.store_announcement(id, &correction, TOLD)?;
            }
        }
        Ok(new)
    }

    /// Stores an announcement unless it is known, and that its list carried it; returns 1 when it is new.
    fn store_announcement(
        &mut self,
        message: i64,
        row: &AnnouncementRow,
        history: i64,
    ) -> Result<u64, ArchiveError> {
        let inserted = row.insert(&mut self.insert_announcement, message, self.now, history)?;
        let id = if inserted > 0 {
            self.transaction.last_insert_rowid()
        } else {
            self.find_announcement
                .query_row([&row.identity], |row| row.get(0))?
        };
        if inserted == 0 && history == TOLD && !matches!(self.source, MailSource::Files { .. }) {
            // An import asked whether it is to be told, and here it comes: new, or read for the first time and no history.
            self.transaction
                .prepare_cached(
                    "UPDATE announcement SET history = ?2 WHERE id = ?1 AND history = ?3",
                )?
                .execute([id, TOLD, UNTOLD])?;
        }
        if inserted > 0 && self.recovering {
            recovery::put_into_recovered_digests(self.transaction, id, &row.identity)?;
        }
        if let Some(list) = &row.list {
            self.insert_list.execute(params![id, list])?;
        }
        Ok(inserted)
    }
}

/// Inserts what [`AnnouncementRow::insert`] gives it, unless the identity is known.
pub(super) const INSERT_ANNOUNCEMENT: &str =
    "INSERT INTO announcement (message, position, identity, kind, day, at, history, document, body)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (identity) DO NOTHING";

impl AnnouncementRow {
    /// Inserts it with [`INSERT_ANNOUNCEMENT`], and returns 1 when its identity is new.
    pub(super) fn insert(
        &self,
        statement: &mut CachedStatement<'_>,
        message: i64,
        stored_at: i64,
        history: i64,
    ) -> Result<u64, ArchiveError> {
        let inserted = statement.execute(params![
            message,
            self.position,
            self.identity,
            self.kind,
            self.day,
            self.at(stored_at),
            history,
            self.document,
            self.body,
        ])?;
        Ok(inserted as u64)
    }
}
