//! Messages that are left out of the reading until they can be read.

use rusqlite::{Connection, Transaction, params};

use crate::archive::ArchiveError;
use crate::archive::store::rows::{micros, read_set_aside, select};
use crate::mailbox::{Cursor, SetAside};

/// Records that a message of `account` is left out; one that was already keeps the instant at which that began.
pub(super) fn record(
    transaction: &Transaction<'_>,
    account: &str,
    message: &SetAside,
) -> Result<(), ArchiveError> {
    transaction
        .prepare_cached(
            "INSERT INTO set_aside (account, folder, uidvalidity, uid, why, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account, folder, uidvalidity, uid) DO UPDATE SET why = excluded.why",
        )?
        .execute(params![
            account,
            message.folder,
            message.uidvalidity,
            message.uid,
            message.why,
            micros(message.at),
        ])?;
    Ok(())
}

/// Forgets those of the cursor's folder that came after all, and those of a UIDVALIDITY that is gone.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    account: &str,
    cursor: &Cursor,
    uids: &[u32],
) -> Result<(), ArchiveError> {
    transaction
        .prepare_cached(
            "DELETE FROM set_aside WHERE account = ?1 AND folder = ?2 AND uidvalidity <> ?3",
        )?
        .execute(params![account, cursor.folder, cursor.uidvalidity])?;
    let mut came = transaction.prepare_cached(
        "DELETE FROM set_aside WHERE account = ?1 AND folder = ?2 AND uidvalidity = ?3 AND uid = ?4",
    )?;
    for uid in uids {
        came.execute(params![account, cursor.folder, cursor.uidvalidity, uid])?;
    }
    Ok(())
}

/// Returns those of one folder, in ascending order of UID.
pub(super) fn of_folder(
    connection: &Connection,
    account: &str,
    folder: &str,
) -> Result<Vec<SetAside>, ArchiveError> {
    let sql = "SELECT folder, uidvalidity, uid, why, at FROM set_aside
               WHERE account = ?1 AND folder = ?2 ORDER BY uidvalidity, uid";
    select(connection, sql, [account, folder], read_set_aside)
}

#[cfg(test)]
mod tests {
    use crate::announcement::Lists;
    use crate::archive::Archive;
    use crate::clock::{Clock, Day};
    use crate::mailbox::{Batch, Cursor, Intake, RawMessage, SetAside};

    fn left_out(uidvalidity: u32, uid: u32) -> SetAside {
        SetAside {
            folder: "INBOX".into(),
            uidvalidity,
            uid,
            why: "the server does not give it".into(),
            at: "2025-11-28T12:00:00Z".parse().unwrap(),
        }
    }

    #[tokio::test]
    async fn a_message_is_left_out_until_it_comes_or_its_folder_is_another() {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
        let intake = archive.intake(Lists::built_in(), clock);
        let (first, second) = (left_out(7, 3), left_out(7, 5));
        for message in [&second, &first, &first] {
            intake.set_aside("a", message.clone()).await.unwrap();
        }
        let all = async || intake.all_set_aside("a", "INBOX").await.unwrap();
        assert_eq!(all().await, [first.clone(), second.clone()]);
        let day: Day = "2025-11-28".parse().unwrap();
        assert_eq!(archive.status(day).await.unwrap().set_aside.len(), 2);
        let batch = |uidvalidity: u32, uids: &[u32]| Batch {
            account: "a".into(),
            messages: uids
                .iter()
                .map(|uid| RawMessage {
                    uid: *uid,
                    received: None,
                    bytes: b"Subject: x\r\n\r\n".to_vec(),
                })
                .collect(),
            cursor: Cursor::new("INBOX", uidvalidity, 9),
            caught_up: true,
            released: Vec::new(),
        };
        intake.store(batch(7, &[4, 5])).await.unwrap();
        assert_eq!(all().await, [first]);
        intake.store(batch(8, &[])).await.unwrap();
        assert!(all().await.is_empty());
    }
}
