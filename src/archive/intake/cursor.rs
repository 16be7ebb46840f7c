//! The mailbox cursor: how far each folder has been read, and when its first reading began.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::instants::{instant, micros};
use crate::clock::Day;
use crate::mailbox::Cursor;

/// Reads how far `folder` has been read; `None` before its first message.
///
/// # Errors
/// The archive cannot be read.
pub(super) fn read_cursor(
    connection: &Connection,
    account: &str,
    folder: String,
) -> Result<Option<Cursor>, ArchiveError> {
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
}

/// Moves the cursor. While the folder's first reading goes on, returns the day on which that began: mail of earlier days
/// is history then.
///
/// # Errors
/// The archive cannot be written.
pub(super) fn move_cursor(
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
    let (was_caught_up, first_read_at) = match before {
        Some(before) => before,
        None => (
            false,
            recovery::first_read_at(transaction, account, &cursor.folder, now)?,
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
            was_caught_up || caught_up,
            first_read_at,
            micros(now),
        ])?;
    Ok((!was_caught_up).then(|| Day::of(instant(first_read_at))))
}
