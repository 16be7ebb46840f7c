//! What the file of an archive holds, read from the file alone: of a backup before it is put back, and of one that is to
//! make room for another.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::genuine::open_uri;
use super::identity::ArchiveIdentity;
use super::reading;
use super::rows::{instant, select};
use crate::archive::ArchiveError;
use crate::clock::Day;

/// What an archive's file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveSummary {
    /// Which archive it is; `None` of an older version's, which had no identity.
    pub identity: Option<ArchiveIdentity>,
    /// The version of its schema.
    pub schema: u32,
    /// The number of its messages.
    pub messages: i64,
    /// The number of its sealed digests.
    pub digests: i64,
    /// The number of those whose days were opened again, as a clock that was ahead had sealed them.
    pub rewound: i64,
    /// The first and the last day of which it has announcements.
    pub days: Option<(Day, Day)>,
    /// The day of the last sealed digest of each edition.
    pub last_digests: Vec<(String, Day)>,
    /// When its last message was stored.
    pub last_stored: Option<Timestamp>,
}

impl ArchiveSummary {
    /// Reads the summary of a whole file that nobody writes: a backup. Its directory may be read-only.
    ///
    /// # Errors
    /// The file cannot be read, or is no archive.
    pub fn read(file: &Path) -> Result<Self, ArchiveError> {
        Self::of(&open_unchanging(file)?)
    }

    /// Reads the same of an archive that was in use, with what is in its journal.
    ///
    /// # Errors
    /// The file cannot be read, or is no archive.
    pub fn read_with_journal(file: &Path) -> Result<Self, ArchiveError> {
        Self::of(&open_with_journal(file)?)
    }

    /// Reads the same over a connection.
    pub(super) fn of(connection: &Connection) -> Result<Self, ArchiveError> {
        let one = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let table = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('message', 'digest', 'note')";
        if one(table)? != 3 {
            return Err(ArchiveError::Content("it has no tables of nikkan's".into()));
        }
        let marked = one("SELECT count(*) FROM sqlite_schema WHERE name = 'archive_identity'")? > 0;
        let identity: Option<Vec<u8>> = match marked {
            true => {
                let sql = "SELECT identity FROM archive_identity";
                connection.query_row(sql, [], |row| row.get(0)).optional()?
            }
            false => None,
        };
        let days = "SELECT min(day), max(day) FROM announcement";
        let days: (Option<Day>, Option<Day>) =
            connection.query_row(days, [], |row| row.try_into())?;
        let last = "SELECT stored_at FROM message ORDER BY id DESC LIMIT 1";
        let last: Option<i64> = connection
            .query_row(last, [], |row| row.get(0))
            .optional()?;
        let rewinds =
            one("SELECT count(*) FROM pragma_table_info('digest') WHERE name = 'rewound'")? > 0;
        let (rewound, last_digests) = match rewinds {
            true => (
                one("SELECT count(*) FROM digest WHERE rewound = 1")?,
                "SELECT edition, max(day) FROM digest WHERE rewound = 0 GROUP BY edition ORDER BY edition",
            ),
            false => (
                0,
                "SELECT edition, max(day) FROM digest GROUP BY edition ORDER BY edition",
            ),
        };
        Ok(ArchiveSummary {
            identity: identity.and_then(|bytes| ArchiveIdentity::from_bytes(&bytes)),
            schema: connection.query_row("PRAGMA user_version", [], |row| row.get(0))?,
            messages: one("SELECT count(*) FROM message")?,
            digests: one("SELECT count(*) FROM digest")?,
            rewound,
            days: days.0.zip(days.1),
            last_digests: select(connection, last_digests, [], |row| row.try_into())?,
            last_stored: last.map(instant),
        })
    }

    /// Returns true when `other` holds more of something than this one does.
    pub fn is_poorer_than(&self, other: &ArchiveSummary) -> bool {
        self.messages < other.messages || self.digests < other.digests
    }

    /// Returns true when both are known to be of different archives.
    pub fn is_of_another_archive(&self, other: &ArchiveSummary) -> bool {
        matches!((self.identity, other.identity), (Some(this), Some(that)) if this != that)
    }

    /// Says what it holds, for a person.
    pub fn describe(&self) -> String {
        let mut said = format!("{} messages", self.messages);
        if let Some((first, last)) = self.days {
            let _ = write!(said, " of {first} to {last}");
        }
        let _ = write!(said, ", {} digests", self.digests);
        for (number, (edition, day)) in self.last_digests.iter().enumerate() {
            let word = if number == 0 { " (last: " } else { ", " };
            let _ = write!(said, "{word}`{edition}` of {day}");
        }
        if !self.last_digests.is_empty() {
            said.push(')');
        }
        said
    }
}

/// Opens a file that nobody writes, without a lock and without a file beside it (sqlite.org/uri.html, `immutable`).
pub(super) fn open_unchanging(file: &Path) -> Result<Connection, ArchiveError> {
    Ok(open_uri(file, "immutable=1")?)
}

/// Opens an archive that nobody uses at this time, to read it with what its journal holds.
pub(in crate::archive) fn open_with_journal(file: &Path) -> Result<Connection, ArchiveError> {
    reading::connect(file)
}

/// Runs SQLite's own check of the whole file.
///
/// # Errors
/// It finds something wrong, which is then the error.
pub(super) fn check_integrity(connection: &Connection) -> Result<(), ArchiveError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    match found.as_str() {
        "ok" => Ok(()),
        wrong => Err(ArchiveError::Content(
            wrong.lines().collect::<Vec<_>>().join(" "),
        )),
    }
}
