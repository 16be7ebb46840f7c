//! Taking messages in: the raw bytes, what they announce, and the mailbox cursor, in one transaction. A crash at any
//! instruction loses nothing and stores nothing twice.

mod corrections;
mod prepare;
mod reparse;

pub use reparse::ReparseCount;

use jiff::Timestamp;
use rusqlite::{
    CachedStatement, Connection, OptionalExtension, Transaction, TransactionBehavior, params,
};
use tracing::info;

use self::prepare::{AnnouncementRow, Prepared};
use crate::announcement::Lists;
use crate::archive::days::recovery;
use crate::archive::store::instants::{instant, micros};
use crate::archive::store::thread::{USUALLY, WHILE_READING, fold_after};
use crate::archive::{Archive, ArchiveError, bounces, subscriptions};
use crate::clock::{Clock, Day};
use crate::mailbox::{self, Batch, Cursor};

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Messages looked at.
    pub messages: u64,
    /// Announcements that were new.
    pub announcements: u64,
    /// Messages that announce nothing we collect: personal mail, our own digests.
    pub others: u64,
}

/// The archive as the mailbox sees it.
#[derive(Clone, Debug)]
pub struct ArchiveIntake {
    archive: Archive,
    lists: Lists,
    clock: Clock,
}

impl Archive {
    /// A place for the mailbox to hand messages to.
    pub fn intake(&self, lists: Lists, clock: Clock) -> ArchiveIntake {
        ArchiveIntake {
            archive: self.clone(),
            lists,
            clock,
        }
    }

    /// Takes in messages that came another way, as files. Mail of days before `now` is history. Safe to repeat.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn import(
        &self,
        messages: Vec<Vec<u8>>,
        lists: &Lists,
        now: Timestamp,
    ) -> Result<ImportCount, ArchiveError> {
        let lists = lists.clone();
        let mut count = ImportCount {
            messages: messages.len() as u64,
            ..ImportCount::default()
        };
        let prepared = prepare::of_files(messages, lists, now).await?;
        count.others = count.messages - prepared.len() as u64;
        count.announcements = self
            .call(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let mut new = 0;
                let mut writer = Writer::of(&transaction, now, Some(Day::of(now)))?;
                for message in &prepared {
                    new += writer.store(message)?;
                }
                drop(writer);
                transaction.commit()?;
                Ok(new)
            })
            .await?;
        Ok(count)
    }
}

impl mailbox::Intake for ArchiveIntake {
    type Error = ArchiveError;

    async fn cursor(&self, account: &str, folder: &str) -> Result<Option<Cursor>, ArchiveError> {
        let (account, folder) = (account.to_owned(), folder.to_owned());
        self.archive
            .call(move |connection| {
                let found = connection
                    .query_row(
                        "SELECT uidvalidity, last_uid FROM cursor WHERE account = ?1 AND folder = ?2",
                        params![account, folder],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .optional()?;
                Ok(found.map(|(uidvalidity, last_uid)| Cursor {
                    folder,
                    uidvalidity,
                    last_uid,
                }))
            })
            .await
    }

    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), ArchiveError>> + Send {
        let reading = prepare::begin(batch.messages, self.lists.clone(), self.clock.now());
        let (account, cursor, caught_up) = (batch.account, batch.cursor, batch.caught_up);
        async move {
            let now = self.clock.now();
            // A reading that panicked would be a fault of the parser's guard; nothing of the batch is stored then.
            let prepared = reading.await.map_err(|_| ArchiveError::Closed)??;
            let first = self
                .archive
                .call(move |connection| {
                    write(connection, &account, &cursor, caught_up, &prepared, now)
                })
                .await?;
            if first && caught_up {
                self.archive.fold();
            } else if first {
                self.archive.write_ahead();
            }
            Ok(())
        }
    }

    async fn note_alive(&self, since: Timestamp, until: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .call(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                // A proof that joins the last one prolongs it; otherwise the connection was away in between.
                let joined = transaction.execute(
                    "UPDATE connected SET until = max(until, ?2)
                     WHERE since = (SELECT max(since) FROM connected) AND until >= ?1",
                    params![micros(since), micros(until)],
                )?;
                if joined == 0 {
                    transaction.execute(
                        "INSERT INTO connected (since, until) VALUES (?1, ?2)
                         ON CONFLICT (since) DO UPDATE SET until = max(until, excluded.until)",
                        params![micros(since), micros(until)],
                    )?;
                }
                transaction.commit()?;
                Ok(())
            })
            .await
    }
}

/// Writes messages and moves the cursor behind them, in one transaction. Whether it belonged to the folder's first
/// reading.
fn write(
    connection: &mut Connection,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    prepared: &[Prepared],
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    // What a power cut takes back while a folder is read, it takes back together with the cursor, and the server gives
    // it again; the batch that ends the reading makes all of it last.
    connection.pragma_update(
        None,
        "synchronous",
        if caught_up { "FULL" } else { "NORMAL" },
    )?;
    fold_after(connection, WHILE_READING)?;
    let written = in_one(connection, account, cursor, caught_up, prepared, now);
    fold_after(connection, USUALLY)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    written
}

fn in_one(
    connection: &mut Connection,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    prepared: &[Prepared],
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first_reading = move_cursor(&transaction, account, cursor, caught_up, now)?;
    let mut writer = Writer::of(&transaction, now, first_reading)?;
    for message in prepared {
        if let Some(report) = &message.dsn {
            bounces::note(&transaction, report, now)?;
            continue;
        }
        if let Some(mail) = &message.list_server_mail {
            subscriptions::note(&transaction, mail, message.received, now)?;
            continue;
        }
        if writer.store(message)? > 0 {
            log(message, first_reading);
        }
    }
    drop(writer);
    transaction.commit()?;
    Ok(first_reading.is_some())
}

/// Moves the cursor. Returns the day on which the folder's first reading began while that goes on: mail of earlier
/// days is history then.
fn move_cursor(
    transaction: &Transaction<'_>,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    now: Timestamp,
) -> Result<Option<Day>, ArchiveError> {
    let before: Option<(bool, i64)> = transaction
        .prepare_cached(
            "SELECT caught_up, first_read_at FROM cursor WHERE account = ?1 AND folder = ?2",
        )?
        .query_row(params![account, cursor.folder], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (done, first_read_at) = match before {
        Some(before) => before,
        None => (
            false,
            recovery::reading_began(transaction, account, &cursor.folder, now)?,
        ),
    };
    transaction
        .prepare_cached(
            "INSERT INTO cursor (account, folder, uidvalidity, last_uid, caught_up, first_read_at, moved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (account, folder) DO UPDATE SET
                uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid,
                caught_up = excluded.caught_up, moved_at = excluded.moved_at",
        )?
        .execute(params![
            account,
            cursor.folder,
            cursor.uidvalidity,
            cursor.last_uid,
            done || caught_up,
            first_read_at,
            micros(now),
        ])?;
    Ok(if done {
        None
    } else {
        Some(Day::of(instant(first_read_at)))
    })
}

/// Writes messages in one transaction. Its statements are prepared once: looking each up for every message takes as
/// long as some of them take themselves.
struct Writer<'t> {
    transaction: &'t Transaction<'t>,
    message: CachedStatement<'t>,
    known_message: CachedStatement<'t>,
    announcement: CachedStatement<'t>,
    known_announcement: CachedStatement<'t>,
    carried: CachedStatement<'t>,
    now: i64,
    /// Announcements of a day before this one are marked as history.
    history: Option<Day>,
    /// Whether digests were found again whose announcements come back.
    recovering: bool,
}

impl<'t> Writer<'t> {
    fn of(
        transaction: &'t Transaction<'t>,
        now: Timestamp,
        history: Option<Day>,
    ) -> Result<Self, ArchiveError> {
        Ok(Writer {
            transaction,
            message: transaction.prepare_cached(
                "INSERT INTO message (sha256, message_id, internal_date, stored_at, size, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?,
            known_message: transaction.prepare_cached(
                "SELECT id FROM message WHERE coalesce(message_id, '') = coalesce(?1, '') AND sha256 = ?2",
            )?,
            announcement: transaction.prepare_cached(
                "INSERT INTO announcement (message, position, identity, kind, day, at, history, document, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (identity) DO NOTHING",
            )?,
            known_announcement: transaction
                .prepare_cached("SELECT id FROM announcement WHERE identity = ?1")?,
            carried: transaction.prepare_cached(
                "INSERT INTO announcement_list (announcement, list) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            )?,
            now: micros(now),
            history,
            recovering: recovery::is_under_way(transaction)?,
        })
    }

    /// Stores a message and what it announces; how many announcements were new.
    fn store(&mut self, message: &Prepared) -> Result<u64, ArchiveError> {
        let new = self.message.execute(params![
            message.sha256,
            message.message_id,
            message.received.map(micros),
            self.now,
            i64::try_from(message.size).unwrap_or(i64::MAX),
            message.packed,
        ])?;
        let is_new = new > 0;
        let row = if is_new {
            self.transaction.last_insert_rowid()
        } else {
            self.known_message
                .query_row(params![message.message_id, message.sha256], |row| {
                    row.get(0)
                })?
        };
        let mut new = 0;
        for (position, found) in message.announcements.iter().enumerate() {
            let told = self.announce(row, position, found)?;
            new += told;
            // A message that is read again, from another folder or under another UID, says nothing new.
            if told == 0 && is_new {
                new += corrections::note(self.transaction, row, position, found, self.now)?;
            }
        }
        Ok(new)
    }

    fn announce(
        &mut self,
        message: i64,
        position: usize,
        found: &AnnouncementRow,
    ) -> Result<u64, ArchiveError> {
        let new = self.announcement.execute(params![
            message,
            i64::try_from(position).unwrap_or(i64::MAX),
            found.identity,
            found.kind,
            found.day.to_string(),
            found.date.map_or(self.now, micros),
            self.history.is_some_and(|first| found.day < first),
            found.document,
            found.body,
        ])?;
        if new > 0 && self.recovering {
            recovery::claim(
                self.transaction,
                self.transaction.last_insert_rowid(),
                &found.identity,
            )?;
        }
        if let Some(list) = &found.list {
            let row = if new > 0 {
                self.transaction.last_insert_rowid()
            } else {
                self.known_announcement
                    .query_row([&found.identity], |row| row.get(0))?
            };
            self.carried.execute(params![row, list])?;
        }
        Ok(new as u64)
    }
}

/// The mail log's *archived*. History comes by the thousand and is not logged message by message.
fn log(message: &Prepared, first_reading: Option<Day>) {
    for found in &message.announcements {
        let day = found.date.map(Day::of);
        if first_reading.is_some() && day < first_reading {
            continue;
        }
        info!(
            uid = message.uid,
            list = found.list,
            document = found.identity,
            "archived"
        );
    }
}
