//! Opens an archive for reading alone: beside a daemon or without one, on a full disk, on a read-only mount, beside a held
//! write lock, and where the file is another's that may be read. Nothing is made or changed, as far as SQLite can do
//! without: beside a write-ahead log it wants its index, which it makes in memory where it may not be written.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::directory::beside;
use super::{connection, genuine};
use crate::archive::ArchiveError;

/// Ways to open a file that has a log (sqlite.org/wal.html, section 7): with its index as it is or may be made, and with an
/// index that may only be read.
const WITH_A_LOG: [&str; 2] = ["mode=ro", "mode=ro&readonly_shm=1"];

/// Ways to open one that has none: the last is for where nothing can be made, and leaves out the locks that nobody needs there.
const WITHOUT: [&str; 2] = ["mode=ro", "immutable=1"];

/// Opens the database at `path`.
///
/// # Errors
/// It cannot be read.
pub(super) fn connect(path: &Path) -> Result<Connection, ArchiveError> {
    let has_log = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let ways = if has_log { WITH_A_LOG } else { WITHOUT };
    let mut first = None;
    for way in ways {
        match try_to_read(path, way) {
            Ok(connection) => return Ok(connection),
            Err(why) => first.get_or_insert(why),
        };
    }
    let cause = first.unwrap_or(rusqlite::Error::InvalidQuery);
    match ArchiveError::from(cause) {
        ArchiveError::ReadOnly(cause) | ArchiveError::Disk(cause) => {
            let path = path.to_owned();
            Err(ArchiveError::Shut { path, cause })
        }
        other => Err(other),
    }
}

/// Opens the database in one way, and reads in it: only then are its log and locks opened.
fn try_to_read(path: &Path, way: &str) -> rusqlite::Result<Connection> {
    let mut connection = genuine::open_uri(path, way)?;
    connection::configure_for_reading(&mut connection)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}
