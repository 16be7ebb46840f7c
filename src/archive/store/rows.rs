//! Rows: how instants, days, names and announcements stand in their columns, and reading what a query finds.

use jiff::Timestamp;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Params, Row};
use serde::de::value::{Error as NameError, StrDeserializer};
use serde::{Deserialize, Serialize};

use crate::announcement::Announcement;
use crate::archive::ArchiveError;
use crate::clock::Day;
use crate::mailbox::SetAside;

/// Returns the microseconds from 1970 to `instant`.
pub(in crate::archive) fn micros(instant: Timestamp) -> i64 {
    instant.as_microsecond()
}

/// Returns the instant of a stored number; one out of range, which only a damaged file can hold, becomes 1970.
pub(in crate::archive) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A day stands as text, `2025-11-28`.
impl ToSql for Day {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for Day {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let day = value.as_str()?.parse();
        day.map_err(|why: String| FromSqlError::Other(why.into()))
    }
}

/// An announcement stands as JSON.
impl FromSql for Announcement {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?).map_err(FromSqlError::other)
    }
}

/// Reads a column that holds one of the names that serde knows for `T`.
pub(in crate::archive) fn named<'r, T: Deserialize<'r>>(
    row: &'r Row<'_>,
    column: usize,
) -> rusqlite::Result<T> {
    let name = row.get_ref(column)?.as_str()?;
    let value = T::deserialize(StrDeserializer::<NameError>::new(name));
    Ok(value.map_err(FromSqlError::other)?)
}

/// Reads all rows that a query finds.
pub(in crate::archive) fn select<T>(
    connection: &Connection,
    sql: &str,
    values: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, ArchiveError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a row of folder, UIDVALIDITY, UID, reason and instant.
pub(in crate::archive) fn read_set_aside(row: &Row<'_>) -> rusqlite::Result<SetAside> {
    Ok(SetAside {
        folder: row.get(0)?,
        uidvalidity: row.get(1)?,
        uid: row.get(2)?,
        why: row.get(3)?,
        at: instant(row.get(4)?),
    })
}

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

/// Reads the announcements `a` that `condition` selects, from its `JOIN` or `WHERE` on.
pub(in crate::archive) fn select_announcements(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> Result<Vec<StoredAnnouncement>, ArchiveError> {
    let sql = format!(
        "SELECT a.id, a.day, a.body,
            (SELECT group_concat(list, char(10))
             FROM (SELECT list FROM announcement_list WHERE announcement = a.id ORDER BY list))
         FROM announcement a {condition}"
    );
    select(connection, &sql, values, |row| {
        let lists: Option<String> = row.get(3)?;
        Ok(StoredAnnouncement {
            id: row.get(0)?,
            day: row.get(1)?,
            lists: lists.unwrap_or_default().lines().map(Into::into).collect(),
            announcement: row.get(2)?,
        })
    })
}
