//! What was announced before a day: revisions and milestones of its drafts, and the counts of the days before.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::archive::store::instants::read_day;
use crate::archive::store::rows::{SELECT_ANNOUNCEMENTS, StoredAnnouncement, read_announcements};
use crate::clock::Day;

/// An earlier revision of a draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierRevision {
    /// Two digits.
    pub revision: String,
    /// The day it was announced.
    pub day: Day,
}

/// The number of announcements of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayCount {
    /// The day.
    pub day: Day,
    /// Distinct drafts.
    pub drafts: u32,
    /// RFCs.
    pub rfcs: u32,
    /// All announcements.
    pub announcements: u32,
}

/// The days back to which the counts of a digest reach.
const PAST_DAYS: i64 = 30;

/// Reads the revisions of a draft that were announced before `day`, oldest first.
pub(super) fn revisions_before(
    connection: &Connection,
    name: &str,
    day: Day,
) -> Result<Vec<EarlierRevision>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT body ->> '$.draft.revision', day FROM announcement
         WHERE identity BETWEEN 'draft:' || ?1 || '-' AND 'draft:' || ?1 || '-~'
           AND document = ?1 AND kind = 'draft' AND day < ?2 ORDER BY 1, day",
    )?;
    let mut rows = statement.query(params![name, day.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(EarlierRevision {
            revision: row.get(0)?,
            day: read_day(&row.get::<_, String>(1)?)?,
        });
    }
    Ok(found)
}

/// Reads the last calls, actions and the RFC of a draft, up to the end of `day`.
pub(super) fn milestones_of(
    connection: &Connection,
    name: &str,
    day: Day,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    read_announcements(
        connection,
        &format!(
            "{SELECT_ANNOUNCEMENTS} WHERE a.kind IN ('last_call', 'action', 'rfc') AND a.day <= ?2 AND (
                EXISTS (SELECT 1 FROM json_each(a.body, '$.last_call.documents') d WHERE d.value ->> 'name' = ?1)
                OR EXISTS (SELECT 1 FROM json_each(a.body, '$.action.documents') d WHERE d.value ->> 'name' = ?1)
                OR a.body ->> '$.rfc.draft' GLOB ?1 || '-[0-9][0-9]')
             ORDER BY a.at, a.id"
        ),
        params![name, day.to_string()],
    )
}

/// Counts the announcements of the days before `day`, from the first day the archive knows, at most 30.
pub(super) fn counts_before(
    connection: &Connection,
    day: Day,
) -> Result<Vec<DayCount>, ArchiveError> {
    let first: Option<String> = connection.query_row(
        "SELECT min(day) FROM announcement WHERE day >= ?1 AND day < ?2",
        params![day.plus(-PAST_DAYS).to_string(), day.to_string()],
        |row| row.get(0),
    )?;
    let Some(first) = first else {
        return Ok(Vec::new());
    };
    let mut statement = connection.prepare_cached(
        "SELECT day, count(DISTINCT CASE kind WHEN 'draft' THEN document END),
                sum(kind = 'rfc'), count(*)
         FROM announcement WHERE day >= ?1 AND day < ?2 GROUP BY day",
    )?;
    let mut rows = statement.query(params![first, day.to_string()])?;
    let mut by_day = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let day = read_day(&row.get::<_, String>(0)?)?;
        by_day.insert(day, (row.get(1)?, row.get(2)?, row.get(3)?));
    }
    let mut counts = Vec::new();
    let mut at = read_day(&first)?;
    while at < day {
        let (drafts, rfcs, announcements) = by_day.get(&at).copied().unwrap_or_default();
        counts.push(DayCount {
            day: at,
            drafts,
            rfcs,
            announcements,
        });
        at = at.next();
    }
    Ok(counts)
}
