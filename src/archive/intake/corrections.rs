//! A list that tells a document again with other facts corrects itself. What no digest has told yet is put right where
//! it stands; what one has told stays told, and the correction follows as a late arrival of the same day.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::prepare::AnnouncementRow;
use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::archive::store::instants::micros;

/// Stands in the identity of a correction, between that of its document and what makes it another one.
const MARK: &str = " corrected ";

/// Whether an identity is that of a correction.
pub(super) fn is_correction(identity: &str) -> bool {
    identity.contains(MARK)
}

/// Takes note of a document that is known and that a new message announces once more; how many announcements that makes.
/// Only a list corrects what it said itself: a copy over another one may have lost something on its way. And only later:
/// a slow relay brings the wrong one behind the right one.
pub(super) fn note(
    transaction: &Transaction<'_>,
    message: i64,
    position: usize,
    found: &AnnouncementRow,
    now: i64,
) -> Result<u64, ArchiveError> {
    let (Some(_), Some(list)) = (&found.document, &found.list) else {
        return Ok(0);
    };
    let at = found.date.map_or(now, micros);
    let known = transaction
        .prepare_cached(
            "SELECT a.id, a.day, a.body,
                EXISTS (SELECT 1 FROM digest_announcement d WHERE d.announcement = a.id)
             FROM announcement a WHERE a.identity = ?1 AND a.body ->> '$.list' = ?2 AND a.at <= ?3",
        )?
        .query_row(params![found.identity, list, at], |row| {
            let row: (i64, String, String, bool) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            Ok(row)
        })
        .optional()?;
    let Some((id, day, body, told)) = known else {
        return Ok(0);
    };
    let facts = facts(&found.body, found.kind)?;
    if facts == self::facts(&body, found.kind)? {
        return Ok(0);
    }
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    if !told {
        transaction
            .prepare_cached("DELETE FROM announcement_text WHERE rowid = ?1")?
            .execute([id])?;
        // It is the newer message's from here on, or reading all of them again would bring the older facts back.
        transaction
            .prepare_cached(
                "UPDATE announcement SET message = ?2, position = ?3, at = ?4, body = ?5, indexed = 0
                 WHERE id = ?1",
            )?
            .execute(params![id, message, position, at, found.body])?;
        return Ok(0);
    }
    let hash = Sha256::digest(facts.to_string().as_bytes());
    let hash: String = hash.iter().take(8).map(|b| format!("{b:02x}")).collect();
    let identity = format!("{}{MARK}{hash}", found.identity);
    // No document: its revisions are counted once.
    let new = transaction
        .prepare_cached(
            "INSERT INTO announcement (message, position, identity, kind, day, at, history, document, body)
             VALUES (?1, ?7, ?2, ?3, ?4, ?5, 0, NULL, ?6) ON CONFLICT (identity) DO NOTHING",
        )?
        .execute(params![
            message,
            identity,
            found.kind,
            day,
            at,
            found.body,
            position,
        ])?;
    if new > 0 {
        let row = transaction.last_insert_rowid();
        recovery::claim(transaction, row, &identity)?;
        transaction
            .prepare_cached("INSERT INTO announcement_list (announcement, list) VALUES (?1, ?2)")?
            .execute(params![row, list])?;
    }
    Ok(new as u64)
}

/// What an announcement tells, without how it came.
fn facts(body: &str, kind: &str) -> Result<Value, ArchiveError> {
    let mut whole: Value = serde_json::from_str(body)?;
    Ok(whole[kind].take())
}
