//! A list that tells a document again with other facts corrects itself. What no digest has told yet is put right in its
//! row; what one has told stays told, and the correction follows as a late arrival of the same day.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;

use super::prepare::AnnouncementRow;
use crate::archive::ArchiveError;
use crate::archive::days::recovery;
use crate::clock::Day;

/// Stands in the identity of a correction, between that of its document and what makes it another one.
const MARK: &str = " corrected ";

/// True when an identity is that of a correction.
pub(super) fn is_correction(identity: &str) -> bool {
    identity.contains(MARK)
}

/// Corrects a known document that a new message announces once more, and returns the correction, when that is an
/// announcement of its own. Only a list corrects what it said itself: a copy over another one may have lost something on
/// its way. And only later: a slow relay brings the wrong one after the right one. `now` is in microseconds since 1970.
pub(super) fn correct(
    transaction: &Transaction<'_>,
    message: i64,
    row: &AnnouncementRow,
    now: i64,
) -> Result<Option<AnnouncementRow>, ArchiveError> {
    let (Some(_), Some(list)) = (&row.document, &row.list) else {
        return Ok(None);
    };
    let at = row.at(now);
    let known = transaction
        .prepare_cached(
            "SELECT a.id, a.day, a.body,
                EXISTS (SELECT 1 FROM digest_announcement d WHERE d.announcement = a.id)
             FROM announcement a WHERE a.identity = ?1 AND a.body ->> '$.list' = ?2 AND a.at <= ?3",
        )?
        .query_row(params![row.identity, list, at], |row| {
            <(i64, Day, String, bool)>::try_from(row)
        })
        .optional()?;
    let Some((id, day, body, in_digest)) = known else {
        return Ok(None);
    };
    let facts = facts(&row.body, row.kind)?;
    if facts == self::facts(&body, row.kind)? {
        return Ok(None);
    }
    if in_digest {
        let hash = recovery::fingerprint(&facts.to_string());
        return Ok(Some(AnnouncementRow {
            identity: format!("{}{MARK}{hash}", row.identity),
            day,
            // Its revisions are counted once.
            document: None,
            ..row.clone()
        }));
    }
    // It is the newer message's from here on, or reading all of them again would bring the older facts back.
    transaction
        .prepare_cached("DELETE FROM announcement_text WHERE rowid = ?1")?
        .execute([id])?;
    transaction
        .prepare_cached(
            "UPDATE announcement SET message = ?2, position = ?3, at = ?4, body = ?5, indexed = 0 WHERE id = ?1",
        )?
        .execute(params![id, message, row.position, at, row.body])?;
    Ok(None)
}

/// Returns what an announcement tells, without how it came.
fn facts(body: &str, kind: &str) -> Result<Value, ArchiveError> {
    let mut whole: Value = serde_json::from_str(body)?;
    Ok(whole[kind].take())
}
