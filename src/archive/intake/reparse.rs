//! Reads the stored messages again with today's parser. What a digest has told stays told: an announcement keeps its
//! number and the digests it is in, whatever is now known of it, and one that is in a digest is never removed.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, Transaction, params};

use super::corrections::is_correction;
use super::prepare::AnnouncementRow;
use super::writer::INSERT_ANNOUNCEMENT;
use crate::announcement::{self, Lists};
use crate::archive::store::TimedBatch;
use crate::archive::store::packing::Unpacker;
use crate::archive::store::rows::{instant, micros, select};
use crate::archive::{Archive, ArchiveError};
use crate::mail::{Arrival, Message};

/// Messages that are in memory at a time.
const BATCH: i64 = 500;

/// The result of reading again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReparseCount {
    /// Messages read.
    pub messages: u64,
    /// Announcements of which something else is known now.
    pub changed: u64,
    /// Announcements that were not seen before.
    pub added: u64,
    /// Announcements that are none, or the same as another; never one that is in a digest.
    pub removed: u64,
}

impl ReparseCount {
    /// Adds what more messages came to.
    pub fn add(&mut self, more: ReparseCount) {
        self.messages += more.messages;
        self.changed += more.changed;
        self.added += more.added;
        self.removed += more.removed;
    }
}

/// A message as it is stored.
struct StoredMessage {
    id: i64,
    /// `None` when it cannot be unpacked: what is known of it stays as it is.
    raw: Option<Vec<u8>>,
    /// INTERNALDATE.
    received: Option<Timestamp>,
    stored_at: Timestamp,
}

/// A stored message, read again.
struct ReparsedMessage {
    id: i64,
    message_id: Option<String>,
    /// Microseconds since 1970.
    stored_at: i64,
    announcements: Vec<AnnouncementRow>,
}

/// An announcement as it is stored.
struct KnownAnnouncement {
    id: i64,
    identity: String,
    in_digest: bool,
}

impl Archive {
    /// Reads the next messages after number `after` again. Returns the number of the last one, for the next call, and
    /// what it came to; `None` when no message is left. Begin with 0.
    ///
    /// # Errors
    /// The archive cannot be read or written; what earlier calls did stays.
    pub async fn reparse_after(
        &self,
        lists: &Lists,
        after: i64,
    ) -> Result<Option<(i64, ReparseCount)>, ArchiveError> {
        let stored = self
            .call(move |connection| read_messages(connection, after))
            .await?;
        let Some(last) = stored.last().map(|message| message.id) else {
            return Ok(None);
        };
        let lists = lists.clone();
        let read = tokio::task::spawn_blocking(move || {
            stored
                .into_iter()
                .filter_map(|message| message.reparse(&lists).transpose())
                .collect::<Result<Vec<_>, _>>()
        })
        .await
        .map_err(|_| ArchiveError::Closed)??;
        let mut total = ReparseCount::default();
        let write = |transaction: &Transaction<'_>, batch: &mut TimedBatch<'_, ReparsedMessage>| {
            let mut count = ReparseCount::default();
            for message in batch {
                count.messages += 1;
                update(transaction, &message, &mut count)?;
            }
            Ok(count)
        };
        self.write_in_batches(read, write, |count| total.add(count))
            .await?;
        Ok(Some((last, total)))
    }
}

/// Reads the next stored messages after number `after`.
fn read_messages(connection: &Connection, after: i64) -> Result<Vec<StoredMessage>, ArchiveError> {
    let mut unpacker = Unpacker::open(connection)?;
    select(
        connection,
        "SELECT id, raw, size, internal_date, stored_at FROM message WHERE id > ?1 ORDER BY id LIMIT ?2",
        [after, BATCH],
        |row| {
            let id = row.get(0)?;
            let size = usize::try_from(row.get::<_, i64>(2)?).unwrap_or_default();
            let raw = unpacker.unpack(row.get(1)?, size);
            if let Err(error) = &raw {
                tracing::warn!(message = id, %error, "a stored message cannot be read again");
            }
            Ok(StoredMessage {
                id,
                raw: raw.ok(),
                received: row.get::<_, Option<i64>>(3)?.map(instant),
                stored_at: instant(row.get(4)?),
            })
        },
    )
}

impl StoredMessage {
    /// Reads it with today's parser; `None` when it cannot be unpacked.
    fn reparse(self, lists: &Lists) -> Result<Option<ReparsedMessage>, ArchiveError> {
        let Some(raw) = self.raw else {
            return Ok(None);
        };
        // It was admitted once; that a list is no longer configured does not make it unsaid.
        let arrival = Arrival {
            internal_date: self.received,
            read_at: Some(self.stored_at),
        };
        let read = announcement::parse_arrived(&Message::parse(&raw), arrival, lists);
        let message_id = read.first().and_then(|first| first.message_id.clone());
        Ok(Some(ReparsedMessage {
            id: self.id,
            message_id,
            stored_at: micros(self.stored_at),
            announcements: AnnouncementRow::of_message(read, &raw, self.stored_at)?,
        }))
    }
}

/// Brings the rows of one message to what it says now.
fn update(
    transaction: &Transaction<'_>,
    message: &ReparsedMessage,
    count: &mut ReparseCount,
) -> Result<(), ArchiveError> {
    // With it the message is known again when it comes a second time.
    transaction
        .prepare_cached(
            "UPDATE OR IGNORE message SET message_id = ?2 WHERE id = ?1 AND message_id IS NOT ?2",
        )?
        .execute(params![message.id, message.message_id])?;
    let before = known_announcements(transaction, message.id)?;
    let now = message.announcements.iter();
    let now: BTreeSet<&str> = now.map(|found| found.identity.as_str()).collect();
    // Rows whose identity is gone: an announcement that was not recognised as what it is may take one over.
    let mut free: Vec<&KnownAnnouncement> = before
        .iter()
        .rev()
        .filter(|row| !now.contains(row.identity.as_str()) && !is_correction(&row.identity))
        .collect();
    for found in &message.announcements {
        let ours = before.iter().find(|row| row.identity == found.identity);
        if ours.is_some() || !is_known(transaction, &found.identity)? {
            match ours.or_else(|| free.pop()) {
                Some(row) => {
                    count.changed += rewrite(transaction, row.id, found, message.stored_at)?;
                }
                None => {
                    add(transaction, message, found)?;
                    count.added += 1;
                }
            }
        }
        add_list(transaction, found)?;
    }
    for row in free.iter().filter(|row| !row.in_digest) {
        remove(transaction, row.id)?;
        count.removed += 1;
    }
    Ok(())
}

/// Removes an announcement that is in no digest.
fn remove(transaction: &Transaction<'_>, row: i64) -> Result<(), ArchiveError> {
    for sql in [
        "DELETE FROM announcement_list WHERE announcement = ?1",
        "DELETE FROM announcement_text WHERE rowid = ?1",
        "DELETE FROM announcement WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([row])?;
    }
    Ok(())
}

/// Reads what is stored of a message's announcements.
fn known_announcements(
    transaction: &Transaction<'_>,
    message: i64,
) -> Result<Vec<KnownAnnouncement>, ArchiveError> {
    select(
        transaction,
        "SELECT id, identity, EXISTS (SELECT 1 FROM digest_announcement d WHERE d.announcement = a.id)
         FROM announcement a WHERE message = ?1 ORDER BY position, id",
        [message],
        |row| {
            let (id, identity, in_digest) = row.try_into()?;
            Ok(KnownAnnouncement {
                id,
                identity,
                in_digest,
            })
        },
    )
}

/// True when another message told the same already.
fn is_known(transaction: &Transaction<'_>, identity: &str) -> Result<bool, ArchiveError> {
    let mut same = transaction.prepare_cached("SELECT 1 FROM announcement WHERE identity = ?1")?;
    Ok(same.exists([identity])?)
}

/// Rewrites a row with what is known now; returns 1 when that is something else than before.
fn rewrite(
    transaction: &Transaction<'_>,
    row: i64,
    found: &AnnouncementRow,
    stored_at: i64,
) -> Result<u64, ArchiveError> {
    let changed = transaction
        .prepare_cached(
            "UPDATE announcement SET position = ?2, identity = ?3, kind = ?4, day = ?5, at = ?6, document = ?7,
                body = ?8, indexed = 0
             WHERE id = ?1 AND (position, identity, kind, day, at, document, body)
                IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            row,
            found.position,
            found.identity,
            found.kind,
            found.day,
            found.at(stored_at),
            found.document,
            found.body,
        ])?;
    Ok(changed as u64)
}

/// Adds an announcement that was overlooked in a message. It counts as told when another of the message was: years of
/// mail read again must not come as late arrivals.
fn add(
    transaction: &Transaction<'_>,
    message: &ReparsedMessage,
    found: &AnnouncementRow,
) -> Result<(), ArchiveError> {
    let history = transaction
        .prepare_cached("SELECT coalesce(min(history), 1) FROM announcement WHERE message = ?1")?
        .query_row([message.id], |row| row.get(0))?;
    let mut insert = transaction.prepare_cached(INSERT_ANNOUNCEMENT)?;
    found.insert(&mut insert, message.id, message.stored_at, history)?;
    transaction
        .prepare_cached(
            "INSERT INTO digest_announcement (edition, announcement, digest)
             SELECT DISTINCT edition, ?2, min(digest) FROM digest_announcement
             WHERE announcement IN (SELECT id FROM announcement WHERE message = ?1) GROUP BY edition",
        )?
        .execute(params![message.id, transaction.last_insert_rowid()])?;
    Ok(())
}

/// Adds that its list carried an announcement.
fn add_list(transaction: &Transaction<'_>, found: &AnnouncementRow) -> Result<(), ArchiveError> {
    if let Some(list) = &found.list {
        transaction
            .prepare_cached(
                "INSERT INTO announcement_list (announcement, list)
                 SELECT id, ?2 FROM announcement WHERE identity = ?1 ON CONFLICT DO NOTHING",
            )?
            .execute(params![found.identity, list])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
