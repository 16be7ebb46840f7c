//! The thread that owns the connection: everybody else holds a handle and sends it jobs. So there is one writer, and no
//! blocking work on the async threads.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Params, Row, Transaction, TransactionBehavior,
};
use tokio::sync::oneshot;

use super::connection::{be_patient, configure};
use super::directory::{DATABASE, make_directory, put_right};
use super::file_system::name_unsuitable;
use super::genuine::{self, Found};
use super::precedence::{Precedence, PrecedenceClaim};
use super::presence::OpenFile;
use super::wal::{self, WalFile};
use super::{creation, migrations, packing, reading, rows};
use crate::archive::ArchiveError;
use crate::panics;

/// Work for the connection, sent to its thread.
type ConnectionJob = Box<dyn FnOnce(&mut Connection) + Send>;

/// The archive. Cheap to clone; the connection closes when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Archive {
    jobs: mpsc::Sender<ConnectionJob>,
    /// `None` without a file.
    file: Option<Arc<OpenFile>>,
    /// `None` without a file, and where it is only read.
    pub(super) wal: Option<Arc<WalFile>>,
    precedence: Precedence,
}

impl Archive {
    /// Opens `nikkan.db` in `directory`, making both if they are missing, and brings it to the current schema.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open(directory: &Path) -> Result<Self, ArchiveError> {
        make_directory(directory)?;
        if genuine::examine(directory)? == Found::Nothing {
            creation::create(directory).map_err(|why| name_unsuitable(why, directory))?;
        }
        Self::open_existing(directory)
    }

    /// Opens `nikkan.db` in `directory`, which must be there, and brings it to the current schema.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open_existing(directory: &Path) -> Result<Self, ArchiveError> {
        let path = find(directory)?;
        put_right(directory);
        let open = || {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(&path, flags)?;
            be_patient(&mut connection)?;
            genuine::check_marks(&connection, &path)?;
            prepare(&mut connection)?;
            wal::stamp(&mut connection);
            let file = OpenFile::note(&path)?;
            let wal = Some(WalFile::of(&path));
            Self::start(connection, Some(file), wal, Precedence::of(Some(directory)))
        };
        open().map_err(|why| name_unsuitable(why, directory))
    }

    /// Opens `nikkan.db` in `directory` for commands that only look: it is not written, nor anything made beside it, as far as
    /// its schema is current.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open_to_read(directory: &Path) -> Result<Self, ArchiveError> {
        let path = find(directory)?;
        let open = || {
            let connection = reading::connect(&path)?;
            genuine::check_marks(&connection, &path)?;
            if migrations::is_outdated(&connection)? {
                drop(connection);
                return Self::open_existing(directory);
            }
            let file = OpenFile::note(&path)?;
            Self::start(
                connection,
                Some(file),
                None,
                // Who only reads keeps nobody from writing, and need not go before anybody.
                Precedence::of(None),
            )
        };
        open().map_err(|why| name_unsuitable(why, directory))
    }

    /// Opens `nikkan.db` in `directory` for a search, which brings its index up to date where the file may be written just now.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open_to_search(directory: &Path) -> Result<Self, ArchiveError> {
        match Self::open_existing(directory) {
            Err(why) if why.is_temporary() => Self::open_to_read(directory),
            opened => opened,
        }
    }

    /// Opens an archive without a file, for `digest --mail` and tests.
    ///
    /// # Errors
    /// SQLite fails, which without a file means a lack of memory.
    pub fn in_memory() -> Result<Self, ArchiveError> {
        let mut connection = Connection::open_in_memory()?;
        prepare(&mut connection)?;
        Self::start(connection, None, None, Precedence::of(None))
    }

    fn start(
        mut connection: Connection,
        file: Option<OpenFile>,
        wal: Option<Arc<WalFile>>,
        precedence: Precedence,
    ) -> Result<Self, ArchiveError> {
        let file = file.map(Arc::new);
        let (jobs, inbox) = mpsc::channel();
        let (log, open) = (wal.clone(), file.clone());
        std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || {
                serve(&mut connection, &inbox, log.as_deref());
                drop(connection);
                drop(open);
            })
            .map_err(|cause| ArchiveError::Directory {
                path: PathBuf::new(),
                cause,
            })?;
        Ok(Archive {
            jobs,
            file,
            wal,
            precedence,
        })
    }

    /// The database, where further connections may read it.
    pub(super) fn database(&self) -> Option<&Path> {
        self.wal.as_ref()?;
        self.file.as_ref().map(|file| file.path())
    }

    /// Returns true when it was opened for writing.
    pub fn may_write(&self) -> bool {
        self.file.is_none() || self.wal.is_some()
    }

    /// Checks that the file is still where it was opened, and the same.
    ///
    /// # Errors
    /// It was removed, moved or replaced; whatever else is asked of the archive fails likewise.
    pub fn check_file(&self) -> Result<(), ArchiveError> {
        self.file.as_ref().map_or(Ok(()), |file| file.check())
    }

    /// Returns how long somebody who reads has kept the journal from being brought into the file, and the journal's bytes by now;
    /// `None` when nobody does.
    pub fn held_journal(&self) -> Option<(Duration, u64)> {
        self.wal.as_ref()?.held()
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
        let file = self.file.clone();
        let job: ConnectionJob = Box::new(move |connection| {
            // On this thread: a file system whose server is away holds a look at the file as it holds the work.
            let there = file.map_or(Ok(()), |file| file.check());
            // A transaction that a panic leaves is rolled back, and the thread goes on for everybody else.
            let done = panics::caught(|| there.and_then(|()| work(connection)));
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
        if self.may_write() {
            let truncate = |connection: &mut Connection| wal::checkpoint_and_truncate(connection);
            // A full disk: the WAL stays, and is brought in later.
            let _ = self.call(truncate).await;
        }
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

/// Finds the database in `directory`, and makes sure that it may be opened.
fn find(directory: &Path) -> Result<PathBuf, ArchiveError> {
    match genuine::examine(directory)? {
        Found::Database => Ok(directory.join(DATABASE)),
        Found::Nothing => Err(ArchiveError::Missing {
            path: directory.to_owned(),
        }),
    }
}

/// Makes a connection ready for the archive's work.
fn prepare(connection: &mut Connection) -> Result<(), ArchiveError> {
    configure(connection)?;
    migrations::migrate(connection)?;
    packing::store_dictionary(connection)
}

/// Does the jobs as they come, until the last handle is gone, and brings the log into the database when there are none for a
/// while.
fn serve(connection: &mut Connection, inbox: &Receiver<ConnectionJob>, wal: Option<&WalFile>) {
    let job = |job: ConnectionJob, connection: &mut Connection| {
        job(connection);
        if let Some(wal) = wal {
            wal.after_job(connection);
        }
    };
    while let Ok(first) = inbox.recv() {
        job(first, connection);
        loop {
            match inbox.recv_timeout(wal::IDLE) {
                Ok(next) => job(next, connection),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => break,
            }
        }
        if let Some(wal) = wal {
            wal.when_idle(connection);
        }
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
        assert!(
            error.to_string().contains("does not begin as a database"),
            "{error}"
        );
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
