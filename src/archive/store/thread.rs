//! One thread owns the connection; everybody else holds a handle and sends it work. So there is one writer, and no
//! blocking work on the async threads.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use tokio::sync::oneshot;

use super::{migrations, packing};
use crate::archive::ArchiveError;
use crate::crash;

/// The file's name in the archive directory.
const FILE: &str = "nikkan.db";

/// Another nikkan command may hold the file for a moment; an import commits often.
const BUSY: Duration = Duration::from_secs(30);

/// Pages of journal after which SQLite folds it into the file: 24 MB.
pub(in crate::archive) const USUALLY: u32 = 3000;
/// The same while a folder is read, 128 MB: its index pages would be folded in time after time, and everybody would wait
/// for the disk. Behind the reading it is folded in and cut back.
pub(in crate::archive) const WHILE_READING: u32 = 16_000;

/// Sets after how many pages a commit folds the journal in.
pub(in crate::archive) fn fold_after(
    connection: &Connection,
    pages: u32,
) -> Result<(), ArchiveError> {
    Ok(connection.pragma_update(None, "wal_autocheckpoint", pages)?)
}

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// The archive. Cheap to clone; the connection closes when the last clone is gone.
#[derive(Clone, Debug)]
pub struct Archive {
    work: mpsc::Sender<Work>,
    /// `None` without a file.
    journal: Option<Arc<Journal>>,
}

/// SQLite's journal, as its pages are brought to the disk beside the writing.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    busy: AtomicBool,
}

impl Archive {
    /// Opens `nikkan.db` in `directory`, making both where they are missing, and brings it to the current schema.
    ///
    /// # Errors
    /// See [`ArchiveError`]; each message says what to change.
    pub fn open(directory: &Path) -> Result<Self, ArchiveError> {
        make(directory)?;
        let connection = Connection::open(directory.join(FILE))?;
        Self::start(connection)
    }

    /// An archive without a file, for `digest --mail` and tests.
    ///
    /// # Errors
    /// SQLite fails, which without a file means a lack of memory.
    pub fn in_memory() -> Result<Self, ArchiveError> {
        Self::start(Connection::open_in_memory()?)
    }

    fn start(mut connection: Connection) -> Result<Self, ArchiveError> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // Three announcements to a page rather than one: fewer writes. A file that exists keeps its own.
        connection.pragma_update(None, "page_size", 8192)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // A commit must outlive a power cut: the mailbox cursor and the outbox depend on it.
        connection.pragma_update(None, "synchronous", "FULL")?;
        // The first reading of a large folder inserts into several indexes at random: with the default of 2 MB their
        // pages are read again and again.
        connection.pragma_update(None, "cache_size", -3000)?;
        fold_after(&connection, USUALLY)?;
        connection.pragma_update(None, "journal_size_limit", 8 * 1024 * 1024)?;
        connection.set_prepared_statement_cache_capacity(64);
        if crash::is_planned() {
            connection.trace_v2(
                TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE,
                Some(count_step),
            )?;
        }
        migrations::migrate(&mut connection)?;
        packing::keep_dictionary(&connection)?;
        let file = connection.path().filter(|path| !path.is_empty());
        let journal = file.map(|path| {
            let path = PathBuf::from(format!("{path}-wal"));
            let busy = AtomicBool::new(false);
            Arc::new(Journal { path, busy })
        });
        let (work, inbox) = mpsc::channel::<Work>();
        std::thread::Builder::new()
            .name("archive".into())
            .spawn(move || {
                for work in inbox {
                    work(&mut connection);
                }
            })
            .map_err(|cause| ArchiveError::Directory {
                path: PathBuf::new(),
                cause,
            })?;
        Ok(Archive { work, journal })
    }

    /// Runs `work` on the archive's thread and waits for its answer.
    pub(in crate::archive) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |connection| {
            // Who asked may have gone; the work is done all the same.
            let _ = answer.send(work(connection));
        });
        self.work.send(work).map_err(|_| ArchiveError::Closed)?;
        answered.await.map_err(|_| ArchiveError::Closed)?
    }

    /// Folds the journal into the file, when the work before is done. Nobody waits for it: what is in the journal is safe,
    /// and where it cannot be folded in now, the next time will do.
    pub(in crate::archive) fn fold(&self) {
        let work: Work = Box::new(|connection| {
            let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        });
        // A thread that has ended has closed the file and folded it in.
        let _ = self.work.send(work);
    }

    /// Brings what the journal holds to the disk, beside the writing: the commit that makes a long reading last then has
    /// little to wait for. Nothing depends on it.
    pub(in crate::archive) fn write_ahead(&self) {
        let Some(journal) = self.journal.clone() else {
            return;
        };
        if !journal.busy.swap(true, Ordering::AcqRel) {
            tokio::task::spawn_blocking(move || {
                let _ = File::open(&journal.path).and_then(|file| file.sync_data());
                journal.busy.store(false, Ordering::Release);
            });
        }
    }

    /// Waits until everything asked for so far is done, and folds the journal into the file.
    pub async fn close(self) {
        let folded = self
            .call(|connection| {
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
                Ok(())
            })
            .await;
        // A full disk: the journal stays and is folded in later.
        drop(folded);
    }

    /// Whether the file is sound, as SQLite's own check sees it: `ok`, or what is wrong.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn check_integrity(&self) -> Result<String, ArchiveError> {
        self.call(|connection| {
            Ok(connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?)
        })
        .await
    }

    /// Writes a copy of the whole archive into `directory`, while it goes on being used. A copy of before is replaced
    /// only when the new one is whole and safe.
    ///
    /// # Errors
    /// The copy cannot be written, the archive is damaged, or `directory` is the archive's own.
    pub async fn backup_into(&self, directory: PathBuf) -> Result<(), ArchiveError> {
        self.call(move |connection| {
            make(&directory)?;
            let refused = |cause| ArchiveError::Backup {
                path: directory.clone(),
                cause,
            };
            let own = connection.path().map(PathBuf::from);
            let same =
                |own: PathBuf| fs::canonicalize(own).ok() == fs::canonicalize(&directory).ok();
            if own
                .and_then(|file| file.parent().map(Path::to_owned))
                .is_some_and(same)
            {
                return Err(refused(std::io::Error::other(
                    "it is the archive's own directory",
                )));
            }
            let part = directory.join(format!("{FILE}.part"));
            // What an interrupted copy left behind.
            match fs::remove_file(&part) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(refused(cause));
                }
                _ => {}
            }
            // Made here, so that nobody else can read it; VACUUM INTO takes an empty file.
            let file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&part);
            let file = file.map_err(refused)?;
            let copied = connection.execute("VACUUM INTO ?1", [part.to_string_lossy()]);
            if let Err(error) = copied {
                let _ = fs::remove_file(&part);
                return Err(error.into());
            }
            file.sync_all().map_err(refused)?;
            fs::rename(&part, directory.join(FILE)).map_err(refused)?;
            File::open(&directory)
                .and_then(|folder| folder.sync_all())
                .map_err(refused)
        })
        .await
    }
}

/// Each statement is two steps of the crash test: before it, and after it.
fn count_step(event: TraceEvent<'_>) {
    match event {
        TraceEvent::Stmt(_, sql) => crash::step("before", sql),
        TraceEvent::Profile(statement, _) => crash::step("after", &statement.sql()),
        _ => {}
    }
}

pub(in crate::archive) fn make(directory: &Path) -> Result<(), ArchiveError> {
    // Mails are public, but the archive also tells who reads them.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|cause| ArchiveError::Directory {
            path: directory.to_owned(),
            cause,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join(FILE),
            "not a database, but long enough",
        )
        .unwrap();
        let error = Archive::open(directory.path()).unwrap_err();
        assert!(matches!(error, ArchiveError::Corrupt(_)), "{error}");
    }

    #[tokio::test]
    async fn a_directory_that_cannot_be_made_says_which_key() {
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
    async fn a_backup_is_a_whole_archive() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        archive.set_daemon_note("x", "kept".into()).await.unwrap();
        assert_eq!(archive.check_integrity().await.unwrap(), "ok");
        let copy = directory.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        for kept in ["kept", "kept again"] {
            archive.set_daemon_note("x", kept.into()).await.unwrap();
            archive.backup_into(copy.clone()).await.unwrap();
            let copied = Archive::open(&copy).unwrap();
            assert_eq!(
                copied.daemon_note("x").await.unwrap().as_deref(),
                Some(kept)
            );
            copied.close().await;
        }
        let own = archive.backup_into(directory.path().to_owned()).await;
        assert!(own.unwrap_err().to_string().contains("own directory"));
    }
}
