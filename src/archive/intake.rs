//! Taking messages in: the raw bytes, what they announce, and the mailbox cursor, in one transaction. A crash at any
//! instruction loses nothing and stores nothing twice.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use tracing::info;

use super::{Archive, Error};
use crate::announcement::{self, Announcement, Body, Lists};
use crate::clock::{Clock, Day};
use crate::mailbox::{self, Batch, Cursor};

/// How hard zstd tries. Mails are small: level 3 takes twice the time and saves another 3 %.
const LEVEL: i32 = 1;

/// A message read and compressed, ready to be written.
struct Prepared {
    uid: Option<u32>,
    sha256: Vec<u8>,
    received: Option<Timestamp>,
    size: usize,
    packed: Vec<u8>,
    announcements: Vec<(String, Announcement)>,
}

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
        let prepared = tokio::task::spawn_blocking(move || {
            let mut packer = Packer::new();
            let read = |raw: Vec<u8>| {
                let announcements = imported(&raw, &lists)?;
                Some(prepare(&mut packer, &raw, None, None, announcements))
            };
            messages.into_iter().filter_map(read).collect::<Vec<_>>()
        })
        .await
        .map_err(|_| Error::Closed)?;
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

/// What a file announces. A message that lost its List-Id is still taken where its kind is recognised: archives of
/// the 1990s have none.
fn imported(raw: &[u8], lists: &Lists) -> Option<Vec<Announcement>> {
    announcement::admit(raw, None, lists).or_else(|| {
        let read = announcement::read(raw, None, lists);
        let known = |announcement: &Announcement| !matches!(announcement.body, Body::Notice(_));
        read.iter().all(known).then_some(read)
    })
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
        let (lists, now) = (self.lists.clone(), self.clock.now());
        let Batch {
            account,
            messages,
            cursor,
            caught_up,
        } = batch;
        let prepared = read_all(messages, lists).await?;
        self.archive
            .call(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let first_reading = move_cursor(&transaction, &account, &cursor, caught_up, now)?;
                for message in &prepared {
                    let (row, new) = store(&transaction, message, now, first_reading)?;
                    locate(&transaction, &account, &cursor, message, row)?;
                    if new > 0 {
                        log(message, first_reading);
                    }
                }
                transaction.commit()?;
                Ok(())
            })
            .await
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

/// A compressor that is used for a whole batch: making one costs more than compressing a mail.
struct Packer(Option<zstd::bulk::Compressor<'static>>);

impl Packer {
    fn new() -> Self {
        Packer(zstd::bulk::Compressor::new(LEVEL).ok())
    }

    /// Compressing memory into memory fails only where memory does; the message itself is then kept as it is, and
    /// reading knows the two apart by zstd's magic number.
    fn pack(&mut self, raw: &[u8]) -> Vec<u8> {
        let packed = self.0.as_mut().and_then(|packer| packer.compress(raw).ok());
        packed.unwrap_or_else(|| raw.to_vec())
    }
}

/// Reads and compresses a batch, in two halves side by side: catching up is bound by this.
async fn read_all(
    mut messages: Vec<mailbox::RawMessage>,
    lists: Lists,
) -> Result<Vec<Prepared>, Error> {
    let read = |messages: Vec<mailbox::RawMessage>, lists: Lists| {
        let mut packer = Packer::new();
        let read = |message: mailbox::RawMessage| {
            let (raw, received) = (message.bytes, message.received);
            let announcements = announcement::admit(&raw, received, &lists)?;
            Some(prepare(
                &mut packer,
                &raw,
                Some(message.uid),
                received,
                announcements,
            ))
        };
        messages.into_iter().filter_map(read).collect::<Vec<_>>()
    };
    let rest = messages.split_off(messages.len() / 2);
    let other = lists.clone();
    let first = tokio::task::spawn_blocking(move || read(messages, lists));
    let second = tokio::task::spawn_blocking(move || read(rest, other));
    // A reading that panicked would be a fault of the parser's guard; nothing of the batch is stored then.
    let mut prepared = first.await.map_err(|_| Error::Closed)?;
    prepared.extend(second.await.map_err(|_| Error::Closed)?);
    Ok(prepared)
}

fn prepare(
    packer: &mut Packer,
    raw: &[u8],
    uid: Option<u32>,
    received: Option<Timestamp>,
    announcements: Vec<Announcement>,
) -> Prepared {
    let identified = announcements
        .into_iter()
        .map(|announcement| (announcement::identity(&announcement, raw), announcement))
        .collect();
    Prepared {
        uid,
        sha256: Sha256::digest(raw).to_vec(),
        received,
        size: raw.len(),
        packed: packer.pack(raw),
        announcements: identified,
    }
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
