//! The mailbox cursor: how far each folder has been read, and when its first reading began. And when the connection was
//! proved alive, so that a silent mailbox can be told from a lost one.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::rows::{instant, micros};
use crate::clock::Day;
use crate::mailbox::Cursor;

/// Moves the cursor. While the folder's first reading goes on, returns the day on which that began: mail of earlier days
/// is history then.
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
        .query_row(params![account, cursor.folder], |row| row.try_into())
        .optional()?;
    let (was_caught_up, first_read_at) = match before {
        Some(before) => before,
        None => {
            let first = recovery::first_read_at(transaction, account, &cursor.folder, now)?;
            (false, first)
        }
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

/// Records that the connection was proved alive from `since` to `until`.
pub(super) fn record_connected(
    transaction: &Transaction<'_>,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), ArchiveError> {
    // A proof that joins the last one prolongs it; otherwise the connection was away in between.
    let joined = transaction.execute(
        "UPDATE connected SET until = max(until, ?2)
         WHERE since = (SELECT max(since) FROM connected) AND until >= ?1",
        [micros(since), micros(until)],
    )?;
    if joined == 0 {
        transaction.execute(
            "INSERT INTO connected (since, until) VALUES (?1, ?2)
             ON CONFLICT (since) DO UPDATE SET until = max(until, excluded.until)",
            [micros(since), micros(until)],
        )?;
    }
    Ok(())
}
