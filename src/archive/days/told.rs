//! Digests that were told and that this archive does not know of: it is older than they are, put back from a backup. They are
//! known from `sent_folder`, from a newer backup, or from the archive that was set aside.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use super::adopted::put_loose;
use super::recovery::{RecoveredDigest, fingerprint, restore_sealed_day};
use crate::archive::store::rows::{instant, select};
use crate::archive::store::{RESTORED_NOTE, RestoredMark, open_with_journal};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

impl Archive {
    /// Returns the mark of an archive that was put back and has not yet asked what was told since.
    ///
    /// # Errors
    /// The archive, or its mark, cannot be read: what it has told is not known then.
    pub async fn restored(&self) -> Result<Option<RestoredMark>, ArchiveError> {
        let note = self.daemon_note(RESTORED_NOTE).await?;
        Ok(note.map(|json| serde_json::from_str(&json)).transpose()?)
    }

    /// Returns the day of the oldest digest that is still to be handed in to a reader.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn oldest_waiting_digest(&self) -> Result<Option<Day>, ArchiveError> {
        let sql = "SELECT min(d.day) FROM delivery v JOIN queued_message m ON m.id = v.queued_message AND m.kind = 'digest'
             JOIN digest d ON d.id = m.digest WHERE v.next_attempt_at IS NOT NULL";
        Ok(self.find(sql, [], |row| row.get(0)).await?.flatten())
    }

    /// Takes the mark away: what was told since is known.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn forget_restored(&self) -> Result<(), ArchiveError> {
        self.execute("DELETE FROM note WHERE name = ?1", [RESTORED_NOTE])
            .await?;
        Ok(())
    }

    /// Seals the days of digests that were told before, as far as they are not sealed, with what was in them; what is not
    /// delivered here of one of them ends as handed in elsewhere. Returns the days that are new, by edition.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn adopt_told(
        &self,
        mut told: Vec<RecoveredDigest>,
        now: Timestamp,
    ) -> Result<Vec<(String, Day)>, ArchiveError> {
        self.write(move |transaction| {
            told.sort_by_key(|digest| (digest.day, digest.sealed_at));
            let mut new = Vec::new();
            for digest in &told {
                if restore_sealed_day(transaction, digest, Day::of(now))? {
                    put_loose(transaction, &digest.edition, digest.day)?;
                    new.push((digest.edition.clone(), digest.day));
                }
                let message: Option<i64> = transaction
                    .prepare_cached(
                        "SELECT id FROM queued_message WHERE message_id = ?1 AND kind = 'digest' AND copied <> 1",
                    )?
                    .query_row([&digest.message_id], |row| row.get(0))
                    .optional()?;
                if let Some(message) = message {
                    transaction.execute(
                        "UPDATE delivery SET state = 'elsewhere', next_attempt_at = NULL,
                            response = 'handed in before this archive was put back'
                         WHERE queued_message = ?1 AND next_attempt_at IS NOT NULL",
                        [message],
                    )?;
                    transaction.execute("UPDATE queued_message SET copied = 1 WHERE id = ?1", [message])?;
                }
            }
            Ok(new)
        })
        .await
    }
}

/// What another file of the same archive tells.
#[derive(Debug)]
pub struct ToldInFile {
    /// The digests that reached a reader there, as far as they could be read.
    pub digests: Vec<RecoveredDigest>,
    /// Why not all could be read.
    pub damage: Option<ArchiveError>,
}

/// Reads from another file of the same archive, which nobody writes and which may be damaged or of an older version, the digests of
/// `open` and later that reached a reader there, and of those of `waiting` and later that nobody waits for any more there.
pub fn told_in_file(file: &Path, open: Day, waiting: Day) -> ToldInFile {
    let mut found = BTreeMap::new();
    let damage = read_told(file, open, waiting, &mut found).err();
    ToldInFile {
        digests: found.into_values().collect(),
        damage,
    }
}

fn read_told(
    file: &Path,
    open: Day,
    waiting: Day,
    found: &mut BTreeMap<i64, RecoveredDigest>,
) -> Result<(), ArchiveError> {
    let connection = open_with_journal(file)?;
    // 0.1.0 had another name for what is queued, and rewound no day.
    let has = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, bool>(0));
    let (queue, own, of_queue) =
        match has("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'mail'")? {
            true => ("mail", "m.resend = 0", "v.mail"),
            false => ("queued_message", "m.kind = 'digest'", "v.queued_message"),
        };
    let counts =
        match has("SELECT count(*) FROM pragma_table_info('digest') WHERE name = 'rewound'")? {
            true => "d.rewound = 0",
            false => "true",
        };
    let sql = format!(
        "SELECT d.id, d.edition, d.day, d.since, d.sealed_at, coalesce(m.message_id, '')
         FROM digest d LEFT JOIN {queue} m ON m.digest = d.id AND {own}
         WHERE d.day >= min(?1, ?2) AND {counts} AND (m.id IS NULL OR EXISTS
            (SELECT 1 FROM delivery v WHERE {of_queue} = m.id AND v.state IN ('sent', 'elsewhere')))
         AND (d.day >= ?1 OR NOT EXISTS
            (SELECT 1 FROM delivery v WHERE {of_queue} = m.id AND v.next_attempt_at IS NOT NULL))
         ORDER BY d.id"
    );
    let mut read = |order: &str| {
        let mut statement = connection.prepare(&format!("{sql} {order}"))?;
        let mut rows = statement.query([open, waiting])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let digest = RecoveredDigest {
                edition: row.get(1)?,
                day: row.get(2)?,
                since: row.get(3)?,
                sealed_at: instant(row.get(4)?),
                message_id: row.get(5)?,
                contents: None,
            };
            found.insert(id, digest);
        }
        Ok::<(), rusqlite::Error>(())
    };
    // One damaged page hides what lies behind it, from either side.
    let mut whole = read("ASC").map_err(ArchiveError::from);
    if whole.is_err() {
        let _ = read("DESC");
    }
    for (id, digest) in found {
        match contents_of(&connection, *id) {
            Ok(contents) => digest.contents = Some(contents),
            // Counts as holding what had been received.
            Err(why) => whole = whole.and(Err(why)),
        }
    }
    whole
}

/// Reads the fingerprints of what a digest holds, also of one that was itself found again.
fn contents_of(connection: &Connection, digest: i64) -> Result<Vec<String>, ArchiveError> {
    let held: Vec<String> = select(
        connection,
        "SELECT a.identity FROM digest_announcement h JOIN announcement a ON a.id = h.announcement WHERE h.digest = ?1",
        [digest],
        |row| row.get(0),
    )?;
    let mut contents: Vec<String> = held.iter().map(|identity| fingerprint(identity)).collect();
    let has_found = "SELECT count(*) FROM sqlite_schema WHERE name = 'recovered_content'";
    if !connection.query_row(has_found, [], |row| row.get::<_, bool>(0))? {
        return Ok(contents);
    }
    let found: Vec<Vec<u8>> = select(
        connection,
        "SELECT hash FROM recovered_content WHERE digest = ?1",
        [digest],
        |row| row.get(0),
    )?;
    contents.extend(
        found
            .into_iter()
            .filter_map(|hash| String::from_utf8(hash).ok()),
    );
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::tests::{at, day, sealing, to_seal};
    use crate::archive::{AttemptMark, AttemptResult, DeliveryState};

    #[tokio::test]
    async fn what_waited_and_was_handed_in_since_is_told_by_a_file_damaged_and_old_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now = at("2025-11-29T12:00:00Z");
        archive
            .begin_edition("daily", at("2025-11-28T08:00:00Z"))
            .await
            .unwrap();
        let (sealed, open) = (day("2025-11-28"), day("2025-11-29"));
        let record = to_seal(&archive, "daily", sealed).await;
        archive.seal(sealing("daily", &record)).await.unwrap();
        archive.close().await;
        let file = folder.path().join("nikkan.db");
        let later = folder.path().join("later");
        std::fs::create_dir(&later).unwrap();
        std::fs::copy(&file, later.join("nikkan.db")).unwrap();

        let archive = Archive::open(&later).unwrap();
        for due in archive.due_deliveries(Timestamp::MAX).await.unwrap() {
            archive.begin_attempts(vec![due.id], now).await.unwrap();
            let sent = AttemptResult {
                state: DeliveryState::Sent,
                response: "250 ok".into(),
                next_attempt: None,
                mark: AttemptMark::None,
            };
            archive.record_attempt(due.id, sent).await.unwrap();
        }
        // One row that cannot be read, and one behind it.
        for (day, id) in [("2025-never", 90), ("2025-12-01", 91)] {
            archive
                .execute(
                    "INSERT INTO digest (id, edition, day, sealed_at, compiled) VALUES (?1, 'daily', ?2, 0, '')",
                    (id, day),
                )
                .await
                .unwrap();
        }
        archive.close().await;
        let later = later.join("nikkan.db");
        let old = Connection::open(&later).unwrap();
        old.execute_batch("DROP INDEX digest_day; ALTER TABLE digest DROP COLUMN rewound;")
            .unwrap();
        drop(old);
        let days = |told: &ToldInFile| -> Vec<Day> {
            told.digests.iter().map(|digest| digest.day).collect()
        };
        let told = told_in_file(&later, open, open);
        assert_eq!(days(&told), [day("2025-12-01")]);

        let archive = Archive::open(folder.path()).unwrap();
        assert_eq!(archive.oldest_waiting_digest().await.unwrap(), Some(sealed));
        let told = told_in_file(&later, open, sealed);
        assert_eq!(days(&told), [sealed, day("2025-12-01")]);
        assert!(told.damage.is_some(), "{told:?}");
        archive.adopt_told(told.digests, now).await.unwrap();
        assert_eq!(archive.oldest_waiting_digest().await.unwrap(), None);
        let gone = told_in_file(&folder.path().join("none"), open, open);
        assert!(gone.digests.is_empty() && gone.damage.is_some());
    }
}
