//! Digests that were told and that this archive does not know of: it is older than they are, put back from a backup. They are
//! known from `sent_folder`, from a newer backup, or from the archive that was set aside.

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
    /// The archive cannot be read.
    pub async fn restored(&self) -> Result<Option<RestoredMark>, ArchiveError> {
        let note = self.daemon_note(RESTORED_NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
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

/// Reads from another file of the same archive, which nobody writes, the digests of `first` and later that reached a reader there.
///
/// # Errors
/// The file cannot be read, or is of another version.
pub fn told_in_file(file: &Path, first: Day) -> Result<Vec<RecoveredDigest>, ArchiveError> {
    let connection = open_with_journal(file)?;
    let rows = select(
        &connection,
        "SELECT d.id, d.edition, d.day, d.since, d.sealed_at, coalesce(m.message_id, '')
         FROM digest d LEFT JOIN queued_message m ON m.digest = d.id AND m.kind = 'digest'
         WHERE d.day >= ?1 AND d.rewound = 0 AND (m.id IS NULL OR EXISTS
            (SELECT 1 FROM delivery v WHERE v.queued_message = m.id AND v.state IN ('sent', 'elsewhere')))
         ORDER BY d.id",
        [first],
        |row| {
            let digest = RecoveredDigest {
                edition: row.get(1)?,
                day: row.get(2)?,
                since: row.get(3)?,
                sealed_at: instant(row.get(4)?),
                message_id: row.get(5)?,
                contents: None,
            };
            Ok((row.get(0)?, digest))
        },
    )?;
    rows.into_iter()
        .map(|(id, digest)| {
            let contents = Some(contents_of(&connection, id)?);
            Ok(RecoveredDigest { contents, ..digest })
        })
        .collect()
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
