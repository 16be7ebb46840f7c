//! A list that tells a document again with other facts corrects itself. What no digest has told yet is put right in its
//! row; what one has told stays told, and the correction follows as a late arrival of the same day.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::prepare::AnnouncementRow;
use crate::archive::ArchiveError;
use crate::archive::days::recovery;

/// Stands in the identity of a correction, between that of its document and what makes it another one.
const MARK: &str = " corrected ";

/// True when an identity is that of a correction.
pub(super) fn is_correction(identity: &str) -> bool {
    identity.contains(MARK)
}

/// Corrects a known document that a new message announces once more, and returns how many announcements that adds. Only
/// a list corrects what it said itself: a copy over another one may have lost something on its way. And only later: a
/// slow relay brings the wrong one after the right one. `now` is in microseconds since 1970.
///
/// # Errors
/// The archive cannot be written.
pub(super) fn correct(
    transaction: &Transaction<'_>,
    message: i64,
    position: usize,
    row: &AnnouncementRow,
    now: i64,
) -> Result<u64, ArchiveError> {
    let (Some(_), Some(list)) = (&row.document, &row.list) else {
        return Ok(0);
    };
    let at = row.at(now);
    let known = transaction
        .prepare_cached(
            "SELECT a.id, a.day, a.body,
                EXISTS (SELECT 1 FROM digest_announcement d WHERE d.announcement = a.id)
             FROM announcement a WHERE a.identity = ?1 AND a.body ->> '$.list' = ?2 AND a.at <= ?3",
        )?
        .query_row(params![row.identity, list, at], |row| {
            let known: (i64, String, String, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(known)
        })
        .optional()?;
    let Some((id, day, body, in_digest)) = known else {
        return Ok(0);
    };
    let facts = facts(&row.body, row.kind)?;
    if facts == self::facts(&body, row.kind)? {
        return Ok(0);
    }
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    if in_digest {
        let hash = Sha256::digest(facts.to_string().as_bytes());
        let hash: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
        let identity = format!("{}{MARK}{hash}", row.identity);
        add_correction(transaction, (message, position), &identity, &day, at, row)
    } else {
        replace(transaction, id, (message, position), at, &row.body)?;
        Ok(0)
    }
}

/// Puts right what no digest has told. It is the newer message's from here on, or reading all of them again would bring
/// the older facts back.
fn replace(
    transaction: &Transaction<'_>,
    id: i64,
    (message, position): (i64, i64),
    at: i64,
    body: &str,
) -> Result<(), ArchiveError> {
    transaction
        .prepare_cached("DELETE FROM announcement_text WHERE rowid = ?1")?
        .execute([id])?;
    transaction
        .prepare_cached(
            "UPDATE announcement SET message = ?2, position = ?3, at = ?4, body = ?5, indexed = 0
             WHERE id = ?1",
        )?
        .execute(params![id, message, position, at, body])?;
    Ok(())
}

/// Adds the correction of what a digest has told, on the same `day`, unless it is there.
fn add_correction(
    transaction: &Transaction<'_>,
    (message, position): (i64, i64),
    identity: &str,
    day: &str,
    at: i64,
    row: &AnnouncementRow,
) -> Result<u64, ArchiveError> {
    // No document: its revisions are counted once.
    let new = transaction
        .prepare_cached(
            "INSERT INTO announcement (message, position, identity, kind, day, at, history, document, body)
             VALUES (?1, ?7, ?2, ?3, ?4, ?5, 0, NULL, ?6) ON CONFLICT (identity) DO NOTHING",
        )?
        .execute(params![
            message, identity, row.kind, day, at, row.body, position,
        ])?;
    if new > 0 {
        let id = transaction.last_insert_rowid();
        recovery::put_into_recovered_digests(transaction, id, identity)?;
        transaction
            .prepare_cached("INSERT INTO announcement_list (announcement, list) VALUES (?1, ?2)")?
            .execute(params![id, row.list])?;
    }
    Ok(new as u64)
}

/// Returns what an announcement tells, without how it came.
fn facts(body: &str, kind: &str) -> Result<Value, ArchiveError> {
    let mut whole: Value = serde_json::from_str(body)?;
    Ok(whole[kind].take())
}
