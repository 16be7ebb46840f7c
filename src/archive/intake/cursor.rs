//! The mailbox cursor: how far each folder has been read, and when its first reading began. And when the connection was
//! proved alive, so that a silent mailbox can be told from a lost one.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::rows::{instant, micros};
use crate::clock::Day;
use crate::mailbox::{Cursor, UidSet};

/// Reads a row of folder, UIDVALIDITY, last UID and settled UIDs.
pub(super) fn read_cursor(row: &Row<'_>) -> rusqlite::Result<Cursor> {
    let (folder, uidvalidity, last_uid, settled): (String, u32, u32, String) = row.try_into()?;
    // What cannot be read is taken for what an older version wrote: nothing.
    let settled: UidSet = settled.parse().unwrap_or_default();
    Ok(match settled.is_empty() {
        true => Cursor::new(folder, uidvalidity, last_uid),
        false => Cursor {
            folder,
            uidvalidity,
            last_uid,
            settled,
        },
    })
}

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
            "INSERT INTO cursor (account, folder, uidvalidity, last_uid, settled, caught_up, first_read_at, moved_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (account, folder) DO UPDATE SET
                uidvalidity = excluded.uidvalidity, last_uid = excluded.last_uid, settled = excluded.settled,
                caught_up = excluded.caught_up, moved_at = excluded.moved_at",
        )?
        .execute(params![
            account,
            cursor.folder,
            cursor.uidvalidity,
            cursor.last_uid,
            cursor.settled.to_string(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::Archive;
    use crate::archive::tests::{ACCOUNT, batch, draft};
    use crate::clock::Clock;
    use crate::mailbox::Intake;

    #[tokio::test]
    async fn what_was_read_before_the_cursor_is_kept_with_it() {
        let archive = Archive::in_memory().unwrap();
        let now: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let intake = archive.intake(Lists::built_in(), Clock::held(now));
        let mut read = batch(4..=4, vec![draft("draft-a-b-00", now)], true);
        read.cursor.settled = "1:2,4".parse().unwrap();
        intake.store(read.clone()).await.unwrap();
        let cursor = intake.cursor(ACCOUNT, "INBOX").await.unwrap();
        assert_eq!(cursor, Some(read.cursor));
        // As a version that did not keep it has left it.
        archive
            .write(|transaction| Ok(transaction.execute("UPDATE cursor SET settled = ''", [])?))
            .await
            .unwrap();
        let cursor = intake.cursor(ACCOUNT, "INBOX").await.unwrap().unwrap();
        assert_eq!(cursor.settled.to_string(), "1:4");
    }

    #[tokio::test]
    async fn a_batch_that_repeats_itself_and_has_no_order_is_stored_once() {
        let archive = Archive::in_memory().unwrap();
        let now: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let intake = archive.intake(Lists::built_in(), Clock::held(now));
        let (one, two) = (draft("draft-a-b-00", now), draft("draft-a-c-00", now));
        let messages = vec![two.clone(), one.clone(), two.clone()];
        let mut read = batch(7..=9, messages, true);
        read.messages[1].uid = 3;
        intake.store(read).await.unwrap();
        // The folder was rebuilt: the same messages under other UIDs, the cursor before where it was.
        let mut again = batch(1..=2, vec![one, two], true);
        again.cursor.uidvalidity += 1;
        intake.store(again).await.unwrap();
        let day = Day::of(now);
        let status = archive.status(day).await.unwrap();
        assert_eq!((status.messages, status.today.announcements), (2, 2));
        let record = archive.record_of_day(day).await.unwrap();
        assert!(record.late.is_empty(), "{record:?}");
        let cursor = intake.cursor(ACCOUNT, "INBOX").await.unwrap().unwrap();
        assert_eq!((cursor.uidvalidity, cursor.last_uid), (8, 2));
    }
}
