//! Reading announcements from their rows.

use rusqlite::{Connection, Params};
use serde::{Deserialize, Serialize};

use super::instants::read_day;
use crate::announcement::Announcement;
use crate::archive::ArchiveError;
use crate::clock::Day;

/// An announcement as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnnouncement {
    /// The archive's number for it.
    pub id: i64,
    /// The UTC day it belongs to.
    pub day: Day,
    /// Every list that carried it, sorted.
    pub lists: Vec<String>,
    /// The announcement itself.
    pub announcement: Announcement,
}

/// Selects announcements `a` with their lists, one a line, as [`read_announcements`] takes them; a query goes on with its
/// `WHERE`.
pub(in crate::archive) const SELECT_ANNOUNCEMENTS: &str = "SELECT a.id, a.day, a.body,
    (SELECT group_concat(list, char(10)) FROM (SELECT list FROM announcement_list WHERE announcement = a.id ORDER BY list))
    FROM announcement a ";

/// Reads the announcements that a query with [`SELECT_ANNOUNCEMENTS`] finds.
///
/// # Errors
/// The archive cannot be read, or a row does not hold what it should.
pub(in crate::archive) fn read_announcements(
    connection: &Connection,
    sql: &str,
    values: impl Params,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let body: String = row.get(2)?;
        let lists: Option<String> = row.get(3)?;
        found.push(StoredAnnouncement {
            id: row.get(0)?,
            day: read_day(&row.get::<_, String>(1)?)?,
            lists: lists
                .map(|text| text.lines().map(str::to_owned).collect())
                .unwrap_or_default(),
            announcement: serde_json::from_str::<Announcement>(&body)?,
        });
    }
    Ok(found)
}
