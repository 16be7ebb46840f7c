//! Recovery after the archive was lost: which days were sent and what was in them, as told by the digests that were
//! found again in the mailbox. Their announcements come back one by one with the mail itself, and each is put into the digest that
//! held it as it comes.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest as _, Sha256};

use crate::archive::store::rows::micros;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// A digest that was found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredDigest {
    /// Its edition.
    pub edition: String,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// Its day.
    pub day: Day,
    /// The first day of one that sums up several.
    pub since: Option<Day>,
    /// When it was sealed: its `Date` field.
    pub sealed_at: Timestamp,
    /// The fingerprints of what was in it, or their beginnings; `None` when the mail does not tell, as older versions did not.
    pub contents: Option<Vec<String>>,
}

/// Returns what stands for an announcement in a digest's header. The identity itself holds a stranger's Message-ID, which
/// must not get into a header; half of a hash is enough to know an announcement again.
pub(in crate::archive) fn fingerprint(identity: &str) -> String {
    let hash = Sha256::digest(identity.as_bytes());
    hash.iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl Archive {
    /// Returns true when no daemon ever began on this archive.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn is_new(&self) -> Result<bool, ArchiveError> {
        let begun = "SELECT 1 FROM edition UNION ALL SELECT 1 FROM digest LIMIT 1";
        Ok(self.find(begun, [], |_| Ok(())).await?.is_none())
    }

    /// Reads the fingerprints of announcements, by the archive's numbers for them.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn announcement_fingerprints(
        &self,
        announcements: Vec<i64>,
    ) -> Result<Vec<String>, ArchiveError> {
        self.call(move |connection| {
            let mut identity =
                connection.prepare_cached("SELECT identity FROM announcement WHERE id = ?1")?;
            announcements
                .iter()
                .map(|id| {
                    let identity: String = identity.query_row([id], |row| row.get(0))?;
                    Ok(fingerprint(&identity))
                })
                .collect()
        })
        .await
    }

    /// Begins with the day of `now`, or, when digests were found, after the last of them: their days are sealed and
    /// sent. What the folders of `account` hold of days since then is not history, however late they are first read:
    /// it was in one of the digests, or is a late arrival.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn recover_digests(
        &self,
        mut found: Vec<RecoveredDigest>,
        account: String,
        folders: Vec<String>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            found.sort_by_key(|digest| (digest.day, digest.sealed_at));
            for digest in &found {
                restore_sealed_day(transaction, digest, Day::of(now))?;
            }
            let today = Day::of(now);
            let past = found.iter().filter(|digest| digest.day < today);
            let first = past.map(RecoveredDigest::first_day).min();
            let began = first.map_or(now, Day::start);
            for folder in folders {
                transaction.execute(
                    "INSERT INTO note (name, text) VALUES (?1, ?2)
                     ON CONFLICT DO UPDATE SET text = excluded.text",
                    params![beginning_note(&account, &folder), micros(began).to_string()],
                )?;
            }
            Ok(())
        })
        .await
    }
}

impl RecoveredDigest {
    /// Returns the first day that it covers.
    pub fn first_day(&self) -> Day {
        self.since.unwrap_or(self.day)
    }
}

/// Seals the day of a digest that was found again, and keeps what was in it. One of a day that is not over on `today` was
/// sealed by a clock that was ahead: it told what it holds, and seals nothing. Returns true when a day is sealed by it now.
pub(super) fn restore_sealed_day(
    transaction: &Transaction<'_>,
    digest: &RecoveredDigest,
    today: Day,
) -> Result<bool, ArchiveError> {
    // Its day was opened again since: it tells what it holds, and seals nothing. The Date field knows no parts of a second.
    let opened_again: Option<i64> = transaction
        .query_row(
            "SELECT id FROM digest WHERE edition = ?1 AND day = ?2 AND rewound = 1 AND sealed_at / 1000000 = ?3 / 1000000",
            params![digest.edition, digest.day, micros(digest.sealed_at)],
            |row| row.get(0),
        )
        .optional()?;
    if opened_again.is_some() {
        return Ok(false);
    }
    let (first, ahead) = (digest.first_day(), digest.day >= today);
    if !ahead {
        // Oldest first: an edition begins with the first of its digests.
        transaction.execute(
            "INSERT INTO edition (name, first_day, begun_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![digest.edition, first, micros(digest.sealed_at)],
        )?;
    }
    let new = transaction.execute(
        "INSERT INTO digest (edition, day, sealed_at, compiled, since, rewound) VALUES (?1, ?2, ?3, '', ?4, ?5)
         ON CONFLICT DO NOTHING",
        params![
            digest.edition,
            digest.day,
            micros(digest.sealed_at),
            digest.since,
            ahead,
        ],
    )?;
    // The same digest may be there twice: a copy was stored and that was not noted. And a day that was opened again has two.
    let row = match new {
        0 => transaction.query_row(
            "SELECT id FROM digest WHERE edition = ?1 AND day = ?2 AND rewound = 0",
            params![digest.edition, digest.day],
            |row| row.get(0),
        )?,
        _ => transaction.last_insert_rowid(),
    };
    // One that was sealed by a clock ahead would hold all until its day, which none told.
    let everything = (!ahead).then(|| format!("{WHOLE}{}", digest.day));
    let contents = digest.contents.as_deref().unwrap_or(everything.as_slice());
    for hash in contents {
        transaction
            .prepare_cached(
                "INSERT INTO recovered_content (edition, hash, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            )?
            .execute(params![digest.edition, hash.as_bytes(), row])?;
    }
    Ok(new > 0 && !ahead)
}

/// Marks, in place of fingerprints, a digest that does not tell its contents: it held what had been received when it was
/// sealed.
const WHOLE: &str = "whole ";

/// Returns true when digests were found again.
pub(in crate::archive) fn is_under_way(
    transaction: &Transaction<'_>,
) -> Result<bool, ArchiveError> {
    let mut contents = transaction.prepare_cached("SELECT 1 FROM recovered_content LIMIT 1")?;
    Ok(contents.exists([])?)
}

/// Puts a new announcement into the digests that held it before the archive was lost.
pub(in crate::archive) fn put_into_recovered_digests(
    transaction: &Transaction<'_>,
    announcement: i64,
    identity: &str,
) -> Result<(), ArchiveError> {
    // A digest of very many names each by the beginning of its fingerprint; the index finds each length by itself.
    transaction
        .prepare_cached(
            "WITH RECURSIVE short (hash) AS (
                 VALUES (?2) UNION ALL SELECT substr(hash, 1, length(hash) - 1) FROM short WHERE length(hash) > 5
             )
             INSERT INTO digest_announcement (edition, announcement, digest)
             SELECT c.edition, ?1, c.digest
             FROM edition e CROSS JOIN short s CROSS JOIN recovered_content c ON c.edition = e.name AND c.hash = s.hash
             WHERE true ORDER BY length(s.hash) DESC
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![announcement, fingerprint(identity).as_bytes()])?;
    transaction
        .prepare_cached(
            "INSERT INTO digest_announcement (edition, announcement, digest)
             SELECT d.edition, a.id, d.id
             FROM announcement a JOIN message m ON m.id = a.message
             JOIN digest d ON d.day >= a.day AND d.sealed_at >= coalesce(m.internal_date, a.at)
             JOIN recovered_content t ON t.digest = d.id AND t.edition = d.edition AND t.hash = CAST(?2 || d.day AS BLOB)
             WHERE a.id = ?1 ORDER BY d.day
             ON CONFLICT DO NOTHING",
        )?
        .execute(params![announcement, WHOLE])?;
    Ok(())
}

/// Reads when the first reading of a folder counts as begun, in microseconds since 1970: when the archive began, for the
/// folders of its first start, and now for one that is added later.
pub(in crate::archive) fn first_read_at(
    transaction: &Transaction<'_>,
    account: &str,
    folder: &str,
    now: Timestamp,
) -> Result<i64, ArchiveError> {
    let noted: Option<String> = transaction
        .query_row(
            "SELECT text FROM note WHERE name = ?1",
            [beginning_note(account, folder)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(noted
        .and_then(|text| text.parse().ok())
        .unwrap_or(micros(now)))
}

/// Lets no folder count as begun later than `now`.
pub(super) fn begin_no_later(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let now = micros(now);
    transaction.execute(
        "UPDATE note SET text = ?1 WHERE name GLOB 'digests began *' AND CAST(text AS INTEGER) > ?1",
        [now],
    )?;
    transaction.execute(
        "UPDATE cursor SET first_read_at = ?1 WHERE first_read_at > ?1",
        [now],
    )?;
    Ok(())
}

/// Names the note that tells when a folder counts as begun.
fn beginning_note(account: &str, folder: &str) -> String {
    format!("digests began {account} {folder}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Lists;
    use crate::archive::tests::{ACCOUNT, at, batch, day, draft, names, to_seal};
    use crate::clock::Clock;
    use crate::mailbox::Intake as _;

    #[tokio::test]
    async fn a_digest_of_a_clock_ahead_that_names_nothing_takes_nothing_from_the_days_to_come() {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held(at("2025-11-28T12:00:00Z"));
        let ahead = RecoveredDigest {
            edition: "daily".into(),
            message_id: "x@example.net".into(),
            day: day("2026-06-16"),
            since: None,
            sealed_at: at("2026-06-17T00:00:05Z"),
            contents: None,
        };
        let folders = vec!["INBOX".into()];
        archive
            .recover_digests(vec![ahead], ACCOUNT.into(), folders, clock.now())
            .await
            .unwrap();
        archive.begin_edition("daily", clock.now()).await.unwrap();
        let intake = archive.intake(Lists::built_in(), clock.clone());
        let mail = draft("draft-a-today-00", at("2025-11-28T11:00:00Z"));
        intake.store(batch(1..=1, vec![mail], true)).await.unwrap();
        let record = to_seal(&archive, "daily", day("2025-11-28")).await;
        assert_eq!(names(&record.announcements), ["draft:draft-a-today-00"]);
    }
}
