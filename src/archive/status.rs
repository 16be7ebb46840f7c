//! The archive at a glance, for `nikkan status`, and small notes of the daemon, for it and for the next start.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::queue::{bounces_since, elsewhere_since, outbox_entries};
use super::readers::refused_since;
use super::store::rows::{instant, read_set_aside, select};
use super::{
    Archive, ArchiveError, Bounce, DayCount, ElsewhereDigest, OutboxEntry, RefusedRequests,
};
use crate::clock::Day;
use crate::mailbox::SetAside;

/// The archive at a glance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArchiveStatus {
    /// The announcements of today so far.
    pub today: DayCount,
    /// All messages kept.
    pub messages: i64,
    /// The cursor of each folder.
    pub folders: Vec<FolderCursor>,
    /// Messages that are left out of the reading, oldest first.
    pub set_aside: Vec<SetAside>,
    /// The last message of each list.
    pub lists: Vec<ListActivity>,
    /// The last digest of each edition.
    pub digests: Vec<LastDigest>,
    /// Deliveries that have not ended well, oldest first.
    pub outbox: Vec<OutboxEntry>,
    /// Digests of the last week that another machine handed in, oldest first.
    pub elsewhere: Vec<ElsewhereDigest>,
    /// Digests that came back, of the last 30 days.
    pub bounces: Vec<Bounce>,
    /// Mails on behalf of readers that did nothing, of the last 30 days.
    pub refused_requests: RefusedRequests,
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
        self.read_apart(move |connection| {
            Ok(ArchiveStatus {
                today: count(connection, today)?,
                messages: connection
                    .query_row("SELECT count(*) FROM message", [], |row| row.get(0))?,
                folders: folders(connection)?,
                set_aside: set_aside(connection)?,
                lists: lists(connection)?,
                digests: digests(connection)?,
                outbox: outbox_entries(connection)?,
                elsewhere: elsewhere_since(connection, today.plus(-7))?,
                bounces: bounces_since(connection, today.plus(-30))?,
                refused_requests: refused_since(connection, today.plus(-30).start())?,
            })
        })
        .await
    }

    /// Reads when the mailbox last proved alive.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn last_connected(&self) -> Result<Option<Timestamp>, ArchiveError> {
        let sql = "SELECT until FROM connected ORDER BY until DESC LIMIT 1";
        let last = self.find(sql, [], |row| row.get(0)).await?;
        Ok(last.map(instant))
    }

    /// Reads a note of the daemon.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn daemon_note(&self, name: &str) -> Result<Option<String>, ArchiveError> {
        let sql = "SELECT text FROM note WHERE name = ?1";
        self.find(sql, [name.to_owned()], |row| row.get(0)).await
    }

    /// Writes a note of the daemon.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn set_daemon_note(&self, name: &str, text: String) -> Result<(), ArchiveError> {
        self.execute(
            "INSERT INTO note (name, text) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text",
            (name.to_owned(), text),
        )
        .await?;
        Ok(())
    }
}

/// Counts the announcements of a day.
fn count(connection: &Connection, day: Day) -> rusqlite::Result<DayCount> {
    connection.query_row(
        "SELECT count(DISTINCT CASE kind WHEN 'draft' THEN document END),
                coalesce(sum(kind = 'rfc'), 0), count(*) FROM announcement WHERE day = ?1",
        [day],
        |row| {
            Ok(DayCount {
                day,
                drafts: row.get(0)?,
                rfcs: row.get(1)?,
                announcements: row.get(2)?,
            })
        },
    )
}

fn folders(connection: &Connection) -> Result<Vec<FolderCursor>, ArchiveError> {
    let sql = "SELECT account, folder, uidvalidity, last_uid, moved_at FROM cursor ORDER BY account, folder";
    select(connection, sql, [], |row| {
        Ok(FolderCursor {
            account: row.get(0)?,
            folder: row.get(1)?,
            uidvalidity: row.get(2)?,
            last_uid: row.get(3)?,
            moved_at: instant(row.get(4)?),
        })
    })
}

/// Reads the messages that are left out.
fn set_aside(connection: &Connection) -> Result<Vec<SetAside>, ArchiveError> {
    let sql = "SELECT folder, uidvalidity, uid, why, at FROM set_aside ORDER BY at, folder, uid";
    select(connection, sql, [], read_set_aside)
}

/// Reads the last message of each list.
fn lists(connection: &Connection) -> Result<Vec<ListActivity>, ArchiveError> {
    let sql = "SELECT c.list, max(a.at)
         FROM announcement_list c JOIN announcement a ON a.id = c.announcement GROUP BY c.list ORDER BY c.list";
    select(connection, sql, [], |row| {
        Ok(ListActivity {
            list: row.get(0)?,
            last: instant(row.get(1)?),
        })
    })
}

/// Reads the last digest of each edition.
fn digests(connection: &Connection) -> Result<Vec<LastDigest>, ArchiveError> {
    let sql = "SELECT e.name, max(d.day), max(d.sealed_at)
         FROM edition e LEFT JOIN digest d ON d.edition = e.name AND d.rewound = 0 GROUP BY e.name ORDER BY e.name";
    select(connection, sql, [], |row| {
        Ok(LastDigest {
            edition: row.get(0)?,
            day: row.get(1)?,
            sealed_at: row.get::<_, Option<i64>>(2)?.map(instant),
        })
    })
}
