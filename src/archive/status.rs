//! The archive at a glance, for `nikkan status`.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::queue::{bounces_since, outbox_entries};
use super::store::instants::{instant, read_day};
use super::{Archive, ArchiveError, Bounce, DayCount, OutboxEntry};
use crate::clock::Day;

/// The archive at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArchiveStatus {
    /// The announcements of today so far.
    pub today: DayCount,
    /// All messages kept.
    pub messages: i64,
    /// The cursor of each folder.
    pub folders: Vec<FolderCursor>,
    /// The last message of each list.
    pub lists: Vec<ListActivity>,
    /// The last digest of each edition.
    pub digests: Vec<LastDigest>,
    /// Deliveries that have not ended well, oldest first.
    pub outbox: Vec<OutboxEntry>,
    /// Digests that came back, of the last 30 days.
    pub bounces: Vec<Bounce>,
}

/// One folder's cursor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FolderCursor {
    /// `user@host`.
    pub account: String,
    /// The folder.
    pub folder: String,
    /// Its UIDVALIDITY.
    pub uidvalidity: u32,
    /// The highest UID that was read.
    pub last_uid: u32,
    /// When the cursor moved last.
    pub moved_at: Timestamp,
}

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListActivity {
    /// Its short name.
    pub list: String,
    /// When its last message was sent.
    pub last: Timestamp,
}

/// An edition's last digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LastDigest {
    /// The edition.
    pub edition: String,
    /// Its day; `None` before the first.
    pub day: Option<Day>,
    /// When it was sealed.
    pub sealed_at: Option<Timestamp>,
}

impl Archive {
    /// Reads the archive at a glance, as of `today`.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn status(&self, today: Day) -> Result<ArchiveStatus, ArchiveError> {
        self.call(move |connection| {
            Ok(ArchiveStatus {
                today: count(connection, today)?,
                messages: connection
                    .query_row("SELECT count(*) FROM message", [], |row| row.get(0))?,
                folders: folders(connection)?,
                lists: lists(connection)?,
                digests: digests(connection)?,
                outbox: outbox_entries(connection)?,
                bounces: bounces_since(connection, today.plus(-30))?,
            })
        })
        .await
    }

    /// Reads when the mailbox last proved alive.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn last_connected(&self) -> Result<Option<Timestamp>, ArchiveError> {
        self.call(|connection| {
            let last: Option<i64> =
                connection.query_row("SELECT max(until) FROM connected", [], |row| row.get(0))?;
            Ok(last.map(instant))
        })
        .await
    }
}

/// Counts the announcements of a day.
fn count(connection: &Connection, day: Day) -> Result<DayCount, ArchiveError> {
    Ok(connection.query_row(
        "SELECT count(DISTINCT CASE kind WHEN 'draft' THEN document END),
                coalesce(sum(kind = 'rfc'), 0), count(*) FROM announcement WHERE day = ?1",
        [day.to_string()],
        |row| {
            Ok(DayCount {
                day,
                drafts: row.get(0)?,
                rfcs: row.get(1)?,
                announcements: row.get(2)?,
            })
        },
    )?)
}

/// Reads the cursors.
fn folders(connection: &Connection) -> Result<Vec<FolderCursor>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT account, folder, uidvalidity, last_uid, moved_at FROM cursor ORDER BY account, folder",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(FolderCursor {
            account: row.get(0)?,
            folder: row.get(1)?,
            uidvalidity: row.get(2)?,
            last_uid: row.get(3)?,
            moved_at: instant(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads the last message of each list.
fn lists(connection: &Connection) -> Result<Vec<ListActivity>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT c.list, max(a.at) FROM announcement_list c JOIN announcement a ON a.id = c.announcement
         GROUP BY c.list ORDER BY c.list",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(ListActivity {
            list: row.get(0)?,
            last: instant(row.get(1)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads the last digest of each edition.
fn digests(connection: &Connection) -> Result<Vec<LastDigest>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT e.name, max(d.day), max(d.sealed_at) FROM edition e LEFT JOIN digest d ON d.edition = e.name
         GROUP BY e.name ORDER BY e.name",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let day: Option<String> = row.get(1)?;
        found.push(LastDigest {
            edition: row.get(0)?,
            day: day.as_deref().map(read_day).transpose()?,
            sealed_at: row.get::<_, Option<i64>>(2)?.map(instant),
        });
    }
    Ok(found)
}
