//! Makes a new archive: whole, under another name, and put into its place at once. So a file of 0 bytes there is never one
//! that was being made.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::directory::{DATABASE, beside, give_to_owner_of};
use super::{connection, migrations, packing, wal};
use crate::archive::ArchiveError;

/// Makes an archive in `directory`, for its owner alone. One that another process has put there meanwhile is left alone.
///
/// # Errors
/// The directory cannot be written, or the disk is full.
pub(super) fn create(directory: &Path) -> Result<(), ArchiveError> {
    let refused = |cause| ArchiveError::Directory {
        path: directory.to_owned(),
        cause,
    };
    let path = directory.join(DATABASE);
    let fresh = beside(&path, ".new");
    // What an interrupted start left.
    for ending in ["", "-wal", "-shm", "-journal"] {
        match fs::remove_file(beside(&fresh, ending)) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(refused(cause)),
            _ => {}
        }
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&fresh)
        .map_err(refused)?;
    fill(&fresh)?;
    give_to_owner_of(directory, &fresh).map_err(refused)?;
    File::open(&fresh)
        .and_then(|file| file.sync_all())
        .map_err(refused)?;
    if path.try_exists().map_err(refused)? {
        return fs::remove_file(&fresh).map_err(refused);
    }
    fs::rename(&fresh, &path).map_err(refused)?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(refused)
}

/// Makes the empty file an archive that holds all of itself, without a journal.
fn fill(path: &Path) -> Result<(), ArchiveError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection::configure(&mut connection)?;
    migrations::migrate(&mut connection)?;
    packing::store_dictionary(&connection)?;
    wal::checkpoint_and_truncate(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}
