//! Writing the rows of messages and of what they announce.

use jiff::Timestamp;
use rusqlite::{CachedStatement, Transaction, params};

use super::corrections::correct;
use super::prepare::{AnnouncementRow, PreparedMessage};
use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::rows::micros;
use crate::clock::Day;

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
    /// Announcements of a day before this one are marked as history.
    history: Option<Day>,
    /// True when digests were found again whose announcements come back.
    recovering: bool,
}

impl<'t> MessageWriter<'t> {
    /// Prepares the statements. Announcements of days before `history` are marked as history.
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        now: Timestamp,
        history: Option<Day>,
    ) -> Result<Self, ArchiveError> {
        Ok(MessageWriter {
            transaction,
            insert_message: transaction.prepare_cached(
                "INSERT INTO message (sha256, message_id, internal_date, stored_at, size, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
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
            history,
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
            let history = self.history.is_some_and(|first| row.day < first);
            let inserted = self.store_announcement(id, row, history)?;
            new += inserted;
            // A message that is read again, from another folder or under another UID, says nothing new.
            if inserted == 0
                && is_new
                && let Some(correction) = correct(self.transaction, id, row, self.now)?
            {
                new += self.store_announcement(id, &correction, false)?;
            }
        }
        Ok(new)
    }

    /// Stores an announcement unless it is known, and that its list carried it; returns 1 when it is new.
    fn store_announcement(
        &mut self,
        message: i64,
        row: &AnnouncementRow,
        history: bool,
    ) -> Result<u64, ArchiveError> {
        let inserted = row.insert(&mut self.insert_announcement, message, self.now, history)?;
        let id = if inserted > 0 {
            self.transaction.last_insert_rowid()
        } else {
            self.find_announcement
                .query_row([&row.identity], |row| row.get(0))?
        };
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
        history: bool,
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
