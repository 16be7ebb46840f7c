//! Taking messages in: the raw bytes, what they announce, and the mailbox cursor, in one transaction. A crash at any
//! instruction loses nothing and stores nothing twice.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tracing::info;

use super::reading::{self, Prepared};
use super::{Archive, Error};
use crate::announcement::{self, Announcement, Body, Lists};
use crate::clock::{Clock, Day};
use crate::mailbox::{self, Batch, Cursor};

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Messages looked at.
    pub messages: u64,
    /// Announcements that were new.
    pub announcements: u64,
    /// Messages that announce nothing we collect: personal mail, our own digests.
    pub others: u64,
}

/// The archive as the mailbox sees it.
#[derive(Clone, Debug)]
pub struct Intake {
    archive: Archive,
    lists: Lists,
    clock: Clock,
}

impl Archive {
    /// A place for the mailbox to hand messages to.
    pub fn intake(&self, lists: Lists, clock: Clock) -> Intake {
        Intake {
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
    ) -> Result<Imported, Error> {
        let lists = lists.clone();
        let mut count = Imported {
            messages: messages.len() as u64,
            ..Imported::default()
        };
        let prepared = reading::of_files(messages, lists).await?;
        count.others = count.messages - prepared.len() as u64;
        count.announcements = self
            .call(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let mut new = 0;
                for message in &prepared {
                    let (_, found) = store(&transaction, message, now, Some(Day::of(now)))?;
                    new += found;
                }
                transaction.commit()?;
                Ok(new)
            })
            .await?;
        Ok(count)
    }
}

impl mailbox::Intake for Intake {
    type Error = Error;

    async fn cursor(&mut self, account: &str, folder: &str) -> Result<Option<Cursor>, Error> {
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

    async fn take(&mut self, batch: Batch) -> Result<(), Error> {
        let now = self.clock.now();
        let Batch {
            account,
            messages,
            cursor,
            caught_up,
        } = batch;
        // A long batch is stored in pieces, so that one is read while the one before it is written. The server has
        // confirmed all of it, so the cursor may follow each piece.
        let mut pieces = pieces(messages, &cursor, caught_up).into_iter();
        let mut next = pieces.next();
        let mut reading = next.as_mut().map(|piece| piece.begin(&self.lists));
        while let (Some(piece), Some(read)) = (next.take(), reading.take()) {
            next = pieces.next();
            reading = next.as_mut().map(|piece| piece.begin(&self.lists));
            // A reading that panicked would be a fault of the parser's guard; nothing of the piece is stored then.
            let prepared = read.await.map_err(|_| Error::Closed)?;
            let (account, cursor, caught_up) = (account.clone(), piece.cursor, piece.caught_up);
            self.archive
                .call(move |connection| {
                    write(connection, &account, &cursor, caught_up, &prepared, now)
                })
                .await?;
        }
        Ok(())
    }

    async fn alive(&mut self, since: Timestamp, until: Timestamp) -> Result<(), Error> {
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

/// So many messages are read and written at a time.
const PIECE: usize = 500;

/// A part of a batch, with the cursor behind it.
struct Piece {
    messages: Vec<mailbox::RawMessage>,
    cursor: Cursor,
    caught_up: bool,
}

impl Piece {
    fn begin(&mut self, lists: &Lists) -> tokio::task::JoinHandle<Vec<Prepared>> {
        reading::begin(std::mem::take(&mut self.messages), lists.clone())
    }
}

fn pieces(mut messages: Vec<mailbox::RawMessage>, cursor: &Cursor, caught_up: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while messages.len() > PIECE {
        let rest = messages.split_off(PIECE);
        let mut reached = cursor.clone();
        reached.last_uid = messages.last().map_or(0, |last| last.uid);
        pieces.push(Piece {
            messages: std::mem::replace(&mut messages, rest),
            cursor: reached,
            caught_up: false,
        });
    }
    pieces.push(Piece {
        messages,
        cursor: cursor.clone(),
        caught_up,
    });
    pieces
}

/// Writes messages and moves the cursor behind them, in one transaction.
fn write(
    connection: &mut Connection,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    prepared: &[Prepared],
    now: Timestamp,
) -> Result<(), Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first_reading = move_cursor(&transaction, account, cursor, caught_up, now)?;
    for message in prepared {
        let (row, new) = store(&transaction, message, now, first_reading)?;
        locate(&transaction, account, cursor, message, row)?;
        if new > 0 {
            log(message, first_reading);
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Moves the cursor. Returns the day on which the folder's first reading began while that goes on: mail of earlier
/// days is history then.
fn move_cursor(
    transaction: &Transaction<'_>,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    now: Timestamp,
) -> Result<Option<Day>, Error> {
    let before: Option<(bool, i64)> = transaction
        .prepare_cached(
            "SELECT caught_up, begun_at FROM cursor WHERE account = ?1 AND folder = ?2",
        )?
        .query_row(params![account, cursor.folder], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let (done, begun_at) = before.unwrap_or((false, micros(now)));
    transaction
        .prepare_cached(
            "INSERT INTO cursor (account, folder, uidvalidity, last_uid, caught_up, begun_at, moved_at)
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
            begun_at,
            micros(now),
        ])?;
    Ok(if done {
        None
    } else {
        Some(Day::of(instant(begun_at)))
    })
}

/// Stores a message and what it announces; the message's row, and how many announcements were new. Announcements of
/// a day before `history` are marked as history.
fn store(
    transaction: &Transaction<'_>,
    message: &Prepared,
    now: Timestamp,
    history: Option<Day>,
) -> Result<(i64, u64), Error> {
    let known: Option<i64> = transaction
        .prepare_cached("SELECT id FROM message WHERE sha256 = ?1")?
        .query_row([&message.sha256], |row| row.get(0))
        .optional()?;
    let row = match known {
        Some(row) => row,
        None => {
            let id = message
                .announcements
                .first()
                .and_then(|(_, first)| first.message_id.as_deref());
            transaction
                .prepare_cached(
                    "INSERT INTO message (sha256, message_id, internal_date, stored_at, size, raw)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    message.sha256,
                    id,
                    message.received.map(micros),
                    micros(now),
                    i64::try_from(message.size).unwrap_or(i64::MAX),
                    message.packed,
                ])?;
            transaction.last_insert_rowid()
        }
    };
    let mut new = 0;
    for (position, (identity, announcement)) in message.announcements.iter().enumerate() {
        let day = announcement::day(announcement, message.received.unwrap_or(now));
        let is_history = history.is_some_and(|first| day < first);
        new += insert(
            transaction,
            row,
            position,
            identity,
            announcement,
            day,
            is_history,
            now,
        )?;
    }
    Ok((row, new))
}

#[expect(clippy::too_many_arguments, reason = "one row, one value each")]
fn insert(
    transaction: &Transaction<'_>,
    message: i64,
    position: usize,
    identity: &str,
    announcement: &Announcement,
    day: Day,
    is_history: bool,
    now: Timestamp,
) -> Result<u64, Error> {
    let new = transaction
        .prepare_cached(
            "INSERT INTO announcement (message, position, identity, kind, day, at, history, document, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (identity) DO NOTHING",
        )?
        .execute(params![
            message,
            i64::try_from(position).unwrap_or(i64::MAX),
            identity,
            announcement.body.kind(),
            day.to_string(),
            micros(announcement.date.unwrap_or(now)),
            is_history,
            document(announcement),
            serde_json::to_string(announcement)?,
        ])?;
    if let Some(list) = &announcement.list {
        transaction
            .prepare_cached(
                "INSERT INTO carried (announcement, list)
                 SELECT id, ?2 FROM announcement WHERE identity = ?1 ON CONFLICT DO NOTHING",
            )?
            .execute(params![identity, list])?;
    }
    Ok(new as u64)
}

/// The document that an announcement publishes, for looking up its history.
pub(super) fn document(announcement: &Announcement) -> Option<String> {
    match &announcement.body {
        Body::Draft(draft) => Some(draft.name.clone()),
        Body::Rfc(rfc) => Some(format!("rfc{}", rfc.number)),
        _ => None,
    }
}

fn locate(
    transaction: &Transaction<'_>,
    account: &str,
    cursor: &Cursor,
    message: &Prepared,
    row: i64,
) -> Result<(), Error> {
    let Some(uid) = message.uid else {
        return Ok(());
    };
    transaction
        .prepare_cached(
            "INSERT INTO location (account, folder, uidvalidity, uid, message)
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute(params![
            account,
            cursor.folder,
            cursor.uidvalidity,
            uid,
            row
        ])?;
    Ok(())
}

/// The mail log's *archived*. History comes by the thousand and is not logged message by message.
fn log(message: &Prepared, first_reading: Option<Day>) {
    for (identity, announcement) in &message.announcements {
        let day = announcement.date.map(Day::of);
        if first_reading.is_some() && day < first_reading {
            continue;
        }
        info!(
            uid = message.uid,
            list = announcement.list,
            document = identity,
            "archived"
        );
    }
}

/// Microseconds since 1970.
pub(super) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// The instant of a stored number; one out of range, which only a damaged file can hold, becomes 1970.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
