//! The write-ahead log (sqlite.org/wal.html): when a commit waits for the disk, and when the log is brought into the
//! database.
//!
//! Both are decided once, when the file is opened. Every commit is synced, because the mailbox cursor and the delivery
//! queue must outlive a power cut; only [`without_sync`] is an exception. And no commit brings the log into the
//! database: that is done when nobody waits, after a second without work.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rusqlite::Connection;

use crate::archive::ArchiveError;

/// Bytes of log that are left to grow before an idle archive brings them into the database.
const LONG: u64 = 24 * 1024 * 1024;

/// Pages of 8 kB, 128 MB of log, after which a commit brings it into the database after all. A folder's first reading
/// stays below: it changes the same index pages again and again, and they are written to the database once.
const CEILING: u32 = 16_000;

/// Bytes that the log keeps on the disk when its pages are in the database.
const KEPT: u32 = 8 * 1024 * 1024;

/// Pages of 8 kB, 8 MB of log, after which work in bulk brings it into the database: nobody waits for that work, and a
/// log that others must bring in, or sync, is one that they wait for.
const SMALL_STEP: u32 = 1000;

/// Time without work after which a checkpoint is made.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// The log beside the database.
#[derive(Debug)]
pub(super) struct WalFile {
    path: PathBuf,
    /// True while it is being synced in the background.
    syncing: AtomicBool,
}

impl WalFile {
    /// The log of this connection; `None` without a file.
    pub(super) fn of(connection: &Connection) -> Option<Arc<Self>> {
        let file = connection.path().filter(|path| !path.is_empty())?;
        Some(Arc::new(WalFile {
            path: PathBuf::from(format!("{file}-wal")),
            syncing: AtomicBool::new(false),
        }))
    }

    /// Syncs the log in the background, once at a time. Nothing depends on it.
    pub(super) fn sync_in_background(self: Arc<Self>) {
        if !self.syncing.swap(true, Ordering::AcqRel) {
            tokio::task::spawn_blocking(move || {
                let _ = File::open(&self.path).and_then(|file| file.sync_data());
                self.syncing.store(false, Ordering::Release);
            });
        }
    }

    /// True when the log has grown so far that it is worth a checkpoint.
    pub(super) fn is_long(&self) -> bool {
        self.path
            .metadata()
            .is_ok_and(|metadata| metadata.len() > LONG)
    }
}

/// Sets, once for a connection, how it keeps its log.
pub(super) fn configure(connection: &Connection) -> Result<(), ArchiveError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CEILING)?;
    connection.pragma_update(None, "journal_size_limit", KEPT)?;
    Ok(())
}

/// Sets that this connection brings the log into the database often: for work in bulk.
pub(super) fn checkpoint_in_small_steps(connection: &Connection) -> Result<(), ArchiveError> {
    connection.pragma_update(None, "wal_autocheckpoint", SMALL_STEP)?;
    Ok(())
}

/// Brings the log into the database as far as no reader needs it. What is in the log is safe: if it cannot be done now,
/// the next time will do.
pub(super) fn checkpoint(connection: &Connection) {
    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}

/// Brings all of the log into the database and cuts it to nothing.
pub(super) fn checkpoint_and_truncate(connection: &Connection) -> Result<(), ArchiveError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Does `work`, whose commit a power cut may take back until a later commit is synced.
///
/// For the batches of a folder's first reading but the last: what is taken back is taken back together with the cursor,
/// and the server gives it again. A mailbox of years comes in some hundred batches, and none waits for the disk. And for the
/// outcomes of a page of deliveries but the last: the attempts were counted before, so that one whose outcome is taken back is
/// known as one whose end is not. This is the one place where `synchronous` changes: another connection for them would want a page cache of its own.
pub(in crate::archive) fn without_sync<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, ArchiveError>,
) -> Result<T, ArchiveError> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let done = work(connection);
    connection.pragma_update(None, "synchronous", "FULL")?;
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: u32 = 2;
    const NORMAL: u32 = 1;

    fn synchronous(connection: &Connection) -> u32 {
        connection
            .query_row("PRAGMA synchronous", [], |row| row.get(0))
            .unwrap()
    }

    #[test]
    fn a_commit_is_synced_but_for_work_that_may_be_taken_back() {
        let mut connection = Connection::open_in_memory().unwrap();
        configure(&connection).unwrap();
        assert_eq!(synchronous(&connection), FULL);
        let meanwhile = without_sync(&mut connection, |connection| Ok(synchronous(connection)));
        assert_eq!(meanwhile.unwrap(), NORMAL);
        assert_eq!(synchronous(&connection), FULL);
        let failed = without_sync(&mut connection, |_| Err::<(), _>(ArchiveError::Closed));
        failed.unwrap_err();
        assert_eq!(synchronous(&connection), FULL);
    }
}
