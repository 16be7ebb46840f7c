//! The write-ahead log (sqlite.org/wal.html): when a commit waits for the disk, and when the log is brought into the
//! database.
//!
//! Every commit is synced, because the mailbox cursor and the delivery queue must outlive a power cut; only
//! [`without_sync`] is an exception. And no commit brings the log into the database: that is done when nobody waits, after
//! two seconds without work, so that the one file is the archive, and whoever copies it alone has all of it.
//!
//! Each log that begins anew begins with a new stamp ([`super::journal_proof`]).

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::connection::be_patient;
use super::directory::beside;
use crate::archive::ArchiveError;

/// Bytes of log after which it is brought into the database although there is work. A folder's first reading stays below:
/// it changes the same index pages again and again, and they are written to the database once.
const CEILING: u64 = 128 * 1024 * 1024;

/// The same for work in bulk: nobody waits for that work, and a log that others must bring in, or sync, is one that they wait
/// for.
const SMALL_STEP: u64 = 8 * 1024 * 1024;

/// Time without work after which the log is brought into the database.
pub(super) const IDLE: Duration = Duration::from_secs(2);

/// The log beside the database.
#[derive(Debug)]
pub(super) struct WalFile {
    path: PathBuf,
    /// True while it is being synced in the background.
    syncing: AtomicBool,
    folding: Mutex<Folding>,
    /// True while the work is in bulk.
    in_small_steps: AtomicBool,
}

/// How far the log is in the database.
#[derive(Debug, Default)]
struct Folding {
    /// What this connection and the others had changed when all of it was.
    whole_at: Option<(i64, i64)>,
    /// Since when somebody who reads has kept it from getting there.
    held_since: Option<Instant>,
    /// Bytes of log that a reader kept at the last attempt, or nothing.
    kept: u64,
}

impl WalFile {
    /// The log of the database at `path`.
    pub(super) fn of(path: &Path) -> Arc<Self> {
        Arc::new(WalFile {
            path: beside(path, "-wal"),
            syncing: AtomicBool::new(false),
            folding: Mutex::default(),
            in_small_steps: AtomicBool::new(false),
        })
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

    /// Brings a log that has grown too long into the database between two jobs.
    pub(super) fn after_job(&self, connection: &mut Connection) {
        let step = match self.in_small_steps.load(Ordering::Relaxed) {
            true => SMALL_STEP,
            false => CEILING,
        };
        let mut folding = self.folding();
        // With a reader it only grows, and is not tried after each job.
        if self.length() > folding.kept + step {
            folding.fold(connection);
            folding.kept = match folding.held_since {
                Some(_) => self.length(),
                None => 0,
            };
        }
    }

    /// Brings the log into the database more often from here on: for work in bulk.
    pub(super) fn fold_in_small_steps(&self) {
        self.in_small_steps.store(true, Ordering::Relaxed);
    }

    /// Brings the log into the database when nobody waits, if there is anything new in it.
    pub(super) fn when_idle(&self, connection: &mut Connection) {
        let mut folding = self.folding();
        if changes(connection).is_none_or(|now| folding.whole_at != Some(now)) {
            folding.fold(connection);
        }
        folding.kept = 0;
    }

    /// Returns how long somebody who reads has kept the log from being brought into the database, and its bytes by now; `None`
    /// when nobody does.
    pub(super) fn held(&self) -> Option<(Duration, u64)> {
        let since = self.folding().held_since?;
        Some((since.elapsed(), self.length()))
    }

    fn length(&self) -> u64 {
        self.path.metadata().map_or(0, |metadata| metadata.len())
    }

    fn folding(&self) -> MutexGuard<'_, Folding> {
        self.folding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folding {
    /// Brings the log into the database as far as no reader needs it. What is in the log is safe: if it cannot be done now,
    /// the next time will do.
    fn fold(&mut self, connection: &mut Connection) {
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        let done: rusqlite::Result<(i64, i64, i64)> =
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        match done {
            Ok((0, pages, brought_in)) if pages == brought_in => {
                stamp(connection);
                self.whole_at = changes(connection);
                self.held_since = None;
            }
            Ok((0, ..)) => {
                self.held_since.get_or_insert_with(Instant::now);
            }
            // Somebody else does it, or the disk fails.
            Ok(_) | Err(_) => {}
        }
    }
}

/// Counts what this connection has changed, and how often others have (sqlite.org/pragma.html#pragma_data_version).
fn changes(connection: &Connection) -> Option<(i64, i64)> {
    let read = |sql| connection.query_row(sql, [], |row| row.get(0)).ok();
    Some((
        read("SELECT total_changes()")?,
        read("PRAGMA data_version")?,
    ))
}

/// Writes a new stamp as the first page of a log that begins anew. Where somebody else writes at this moment it is left out:
/// such a log proves nothing, and is let through.
pub(super) fn stamp(connection: &mut Connection) {
    let sql = "UPDATE archive_identity SET before = stamp, stamp = randomblob(16)";
    let _ = connection.busy_timeout(Duration::ZERO);
    // Synced with whatever follows it.
    let _ = connection.pragma_update(None, "synchronous", "NORMAL");
    let _ = connection.execute(sql, []);
    let _ = connection.pragma_update(None, "synchronous", "FULL");
    let _ = be_patient(connection);
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
    use crate::archive::store::connection::configure;

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
        configure(&mut connection).unwrap();
        assert_eq!(synchronous(&connection), FULL);
        let meanwhile = without_sync(&mut connection, |connection| Ok(synchronous(connection)));
        assert_eq!(meanwhile.unwrap(), NORMAL);
        assert_eq!(synchronous(&connection), FULL);
        let failed = without_sync(&mut connection, |_| Err::<(), _>(ArchiveError::Closed));
        failed.unwrap_err();
        assert_eq!(synchronous(&connection), FULL);
    }
}
