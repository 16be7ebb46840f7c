//! The thread that owns the connection: everybody else holds a handle and sends it jobs. So there is one writer, and no
//! blocking work on the async threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::directory::{DATABASE, copy_into, make_directory};
use super::precedence::{Precedence, PrecedenceClaim};
use super::wal::{self, WalFile};
use super::{migrations, packing, rows};
use crate::archive::ArchiveError;
use crate::crash;
use crate::panics;

/// Interval at which a statement looks again whether another process still has the write lock.
const BUSY_LOOK: Duration = Duration::from_millis(1);

/// The number of looks, half a minute, after which a statement waits no longer for another process that writes.
const BUSY_LOOKS: i32 = 30_000;

/// Work for the connection, sent to its thread.
type ConnectionJob = Box<dyn FnOnce(&mut Connection) + Send>;

/// The archive. Cheap to clone; the connection closes when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Archive {
    jobs: mpsc::Sender<ConnectionJob>,
    /// `None` without a file.
    wal: Option<Arc<WalFile>>,
    precedence: Precedence,
    /// The file that further readers may open; `None` without one.
    database: Option<Arc<Path>>,
}

impl Archive {
    /// Opens `nikkan.db` in `directory`, making both if they are missing, and brings it to the current schema.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open(directory: &Path) -> Result<Self, ArchiveError> {
        make_directory(directory)?;
        let database = directory.join(DATABASE);
        let mut archive = Self::start(
            Connection::open(&database)?,
            Precedence::of(Some(directory)),
        )?;
        archive.database = Some(database.into());
        Ok(archive)
    }

    /// Opens an archive without a file, for `digest --mail` and tests.
    ///
    /// # Errors
    /// SQLite fails, which without a file means a lack of memory.
    pub fn in_memory() -> Result<Self, ArchiveError> {
        Self::start(Connection::open_in_memory()?, Precedence::of(None))
    }

    fn start(mut connection: Connection, precedence: Precedence) -> Result<Self, ArchiveError> {
        configure(&mut connection)?;
        migrations::migrate(&mut connection)?;
        packing::store_dictionary(&connection)?;
        let wal = WalFile::of(&connection);
        let (jobs, inbox) = mpsc::channel();
        let log = wal.clone();
        std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || serve(&mut connection, &inbox, log.as_deref()))
            .map_err(|cause| ArchiveError::Directory {
                path: PathBuf::new(),
                cause,
            })?;
        Ok(Archive {
            jobs,
            wal,
            precedence,
            database: None,
        })
    }

    /// The database, where further connections may read it.
    pub(super) fn database(&self) -> Option<&Path> {
        self.database.as_deref()
    }

    /// Claims precedence over all work in bulk, until what is returned is dropped: for what somebody waits for and takes
    /// several steps.
    pub fn claim_precedence(&self) -> PrecedenceClaim {
        self.precedence.claim()
    }

    /// Waits as long as anybody claims precedence, though not for ever: what work in bulk does before each of its steps.
    pub(in crate::archive) async fn give_way(&self) {
        self.precedence.give_way().await;
    }

    /// Runs `work` on the archive's thread and waits for its answer. It goes before work in bulk.
    pub(in crate::archive) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let precedence = self.precedence.clone();
        self.run(move |connection| {
            let _claimed = precedence.claim();
            work(connection)
        })
        .await
    }

    /// Runs `work` on the archive's thread and waits for its answer, without precedence.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let (answer, answered) = oneshot::channel();
        let job: ConnectionJob = Box::new(move |connection| {
            // A transaction that a panic leaves is rolled back, and the thread goes on for everybody else.
            let done = panics::caught(|| work(connection));
            // Who asked may have gone; the work is done all the same.
            let _ = answer.send(done.unwrap_or_else(|panic| Err(panic.into())));
        });
        self.jobs.send(job).map_err(|_| ArchiveError::Closed)?;
        answered.await.map_err(|_| ArchiveError::Closed)?
    }

    /// Does `work` in one transaction on the archive's thread.
    pub(in crate::archive) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        self.call(|connection| in_transaction(connection, work))
            .await
    }

    /// Reads all rows that a query finds.
    pub(in crate::archive) async fn select<T: Send + 'static>(
        &self,
        sql: &'static str,
        values: impl Params + Send + 'static,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Vec<T>, ArchiveError> {
        self.call(move |connection| rows::select(connection, sql, values, read))
            .await
    }

    /// Reads the first row that a query finds.
    pub(in crate::archive) async fn find<T: Send + 'static>(
        &self,
        sql: &'static str,
        values: impl Params + Send + 'static,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<Option<T>, ArchiveError> {
        self.call(move |connection| Ok(connection.query_row(sql, values, read).optional()?))
            .await
    }

    /// Executes one statement and returns the number of rows it changed.
    pub(in crate::archive) async fn execute(
        &self,
        sql: &'static str,
        values: impl Params + Send + 'static,
    ) -> Result<usize, ArchiveError> {
        self.call(move |connection| Ok(connection.execute(sql, values)?))
            .await
    }

    /// Syncs the WAL in the background, so that the commit that makes a long reading last has little to wait for.
    pub(in crate::archive) fn sync_wal_in_background(&self) {
        if let Some(wal) = self.wal.clone() {
            wal.sync_in_background();
        }
    }

    /// Waits until everything asked for so far is done.
    ///
    /// # Errors
    /// The archive was closed.
    pub async fn answers(&self) -> Result<(), ArchiveError> {
        self.call(|_| Ok(())).await
    }

    /// Waits until everything asked for so far is done, and brings the WAL into the database.
    pub async fn close(self) {
        let truncate = |connection: &mut Connection| wal::checkpoint_and_truncate(connection);
        // A full disk: the WAL stays, and is brought in later.
        let _ = self.call(truncate).await;
    }

    /// Writes a copy of the whole archive into `directory`, while it goes on being used. An earlier copy is replaced
    /// only when the new one is whole and on the disk.
    ///
    /// # Errors
    /// The copy cannot be written, the archive is damaged, or `directory` is the archive's own.
    pub async fn backup_into(&self, directory: PathBuf) -> Result<(), ArchiveError> {
        self.call(move |connection| copy_into(connection, &directory))
            .await
    }

    /// Runs SQLite's own check of the file and returns what it says: `ok`, or what is wrong.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn check_integrity(&self) -> Result<String, ArchiveError> {
        self.call(|connection| {
            Ok(connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
        })
        .await
    }
}

/// Does `work` in one transaction: what it writes becomes true together, or, with an error, not at all. A transaction
/// that reads first and then has to wait for another writer would fail; an immediate one waits before.
pub(in crate::archive) fn in_transaction<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, ArchiveError>,
) -> Result<T, ArchiveError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

/// Sets what does not change while the connection is open.
fn configure(connection: &mut Connection) -> Result<(), ArchiveError> {
    connection.busy_handler(Some(look_again))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Three announcements to a page rather than one: fewer writes. A file that exists keeps its own.
    connection.pragma_update(None, "page_size", 8192)?;
    wal::configure(connection)?;
    // The first reading of a large folder inserts into several indexes at random: with the default of 2 MB their
    // pages are read again and again.
    connection.pragma_update(None, "cache_size", -3000)?;
    connection.set_prepared_statement_cache_capacity(64);
    if crash::is_planned() {
        connection.trace_v2(
            TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE,
            Some(count_step),
        )?;
    }
    Ok(())
}

/// Waits a moment for another process that writes; returns false when it has been long enough. SQLite's own handler sleeps up
/// to 100 ms between two looks, in which work in bulk has let go of the lock and taken it again.
fn look_again(looks: i32) -> bool {
    std::thread::sleep(BUSY_LOOK);
    looks < BUSY_LOOKS
}

/// Does the jobs as they come, until the last handle is gone, and a checkpoint when there are none for a while.
fn serve(connection: &mut Connection, inbox: &Receiver<ConnectionJob>, wal: Option<&WalFile>) {
    while let Ok(first) = inbox.recv() {
        first(connection);
        loop {
            match inbox.recv_timeout(wal::IDLE) {
                Ok(next) => next(connection),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        if wal.is_some_and(WalFile::is_long) {
            wal::checkpoint(connection);
        }
    }
}

/// Counts each statement as two steps of the crash test: before it, and after it.
fn count_step(event: TraceEvent<'_>) {
    match event {
        TraceEvent::Stmt(_, sql) => crash::step("before", sql),
        TraceEvent::Profile(statement, _) => crash::step("after", &statement.sql()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_database_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join(DATABASE),
            "not a database, but long enough",
        )
        .unwrap();
        let error = Archive::open(directory.path()).unwrap_err();
        assert!(matches!(error, ArchiveError::Corrupt(_)), "{error}");
    }

    #[test]
    fn a_directory_that_cannot_be_made_says_which_key() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Archive::open(&file.path().join("below"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("check the key directory in [archive]"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_long_wal_is_brought_into_the_database_when_nobody_waits() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let database = directory.path().join(DATABASE);
        let text = "x".repeat(1024 * 1024);
        for number in 0..25 {
            let name = number.to_string();
            archive.set_daemon_note(&name, text.clone()).await.unwrap();
        }
        for _ in 0..100 {
            if database.metadata().unwrap().len() > 24 * 1024 * 1024 {
                return;
            }
            tokio::time::sleep(wal::IDLE / 10).await;
        }
        panic!("it stays in the WAL");
    }
}
