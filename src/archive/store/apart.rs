//! Reading apart: what takes long to read has a connection of its own, so that nothing else waits behind it on the archive's
//! thread. In WAL mode a reader keeps nobody from writing (sqlite.org/wal.html).

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::thread::Archive;
use crate::archive::ArchiveError;
use crate::panics;

/// Time that a reader waits for the lock that it needs only while the log is recovered.
const BUSY: Duration = Duration::from_secs(5);

impl Archive {
    /// Runs `work`, which only reads and may take seconds, on a connection of its own: all of it as of one moment, with
    /// everything in it that was committed before. On the archive's thread where there is no file, or none of its own can be had.
    pub(in crate::archive) async fn read_apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ArchiveError> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        let Some(database) = self.database() else {
            return self.call(|connection| work(connection)).await;
        };
        let (database, archive) = (database.to_owned(), self.clone());
        let opened =
            tokio::task::spawn_blocking(move || archive.check_file().map(|()| open(&database)));
        let Ok(connection) = opened.await.unwrap_or(Err(ArchiveError::Closed))? else {
            return self.call(|connection| work(connection)).await;
        };
        let read = move || {
            panics::caught(|| {
                let moment = connection.unchecked_transaction()?;
                work(&moment)
            })
        };
        let read = tokio::task::spawn_blocking(read).await;
        match read {
            Ok(read) => read.unwrap_or_else(|panic| Err(panic.into())),
            Err(_) => Err(ArchiveError::Closed),
        }
    }
}

/// Opens the file for reading, and reads from it, so that it is known at once when it cannot be.
fn open(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.query_row("SELECT 1 FROM sqlite_schema LIMIT 1", [], |_| Ok(()))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn a_long_reading_keeps_nothing_else_waiting_and_sees_one_moment() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        archive.set_daemon_note("before", "x".into()).await.unwrap();
        let (reads, begun) = mpsc::channel();
        let (goes_on, waits) = mpsc::channel::<()>();
        let reader = archive.clone();
        let reading = tokio::spawn(async move {
            let count = |connection: &Connection| -> rusqlite::Result<i64> {
                connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0))
            };
            let read = reader.read_apart(move |connection| {
                let first = count(connection)?;
                let _ = reads.send(());
                let _ = waits.recv();
                Ok((first, count(connection)?))
            });
            read.await.unwrap()
        });
        tokio::task::spawn_blocking(move || begun.recv().unwrap())
            .await
            .unwrap();
        archive.set_daemon_note("while", "x".into()).await.unwrap();
        drop(goes_on);
        assert_eq!(reading.await.unwrap(), (1, 1));
        let after =
            archive.read_apart(|connection| {
                Ok(connection
                    .query_row("SELECT count(*) FROM note", [], |row| row.get::<_, i64>(0))?)
            });
        assert_eq!(after.await.unwrap(), 2);
    }

    #[tokio::test]
    async fn without_a_file_it_is_read_on_the_archives_thread() {
        let read = Archive::in_memory().unwrap();
        let read = read.read_apart(|connection| {
            Ok(connection.query_row("SELECT 1", [], |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(read.await.unwrap(), 1);
    }
}
