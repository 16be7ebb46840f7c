//! Work in bulk: many rows, written in transactions that are short by time, with a look between two of them whether
//! anybody waits.

use std::time::{Duration, Instant};
use std::vec::IntoIter;

use rusqlite::{Connection, Transaction};

use super::thread::{Archive, in_transaction};
use super::wal;
use crate::archive::ArchiveError;

/// Time that one transaction of work in bulk may take, and whoever waits for the file with it.
const TRANSACTION: Duration = Duration::from_millis(20);

/// The items for one transaction: it ends when they do, or when its time is over. The first comes in any case.
#[derive(Debug)]
pub(in crate::archive) struct TimedBatch<'a, T> {
    items: &'a mut IntoIter<T>,
    until: Option<Instant>,
}

impl<T> Iterator for TimedBatch<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + TRANSACTION);
        if now > until {
            return None;
        }
        self.items.next()
    }
}

impl Archive {
    /// Makes whatever this archive writes from now on wait for another process that writes at most so long: for what can do
    /// without.
    pub(in crate::archive) async fn wait_at_most(
        &self,
        patience: Duration,
    ) -> Result<(), ArchiveError> {
        self.call(move |connection| Ok(connection.busy_timeout(patience)?))
            .await
    }

    /// Writes `items` in as many transactions as their time asks for, each after all that others wait for. `write` is called
    /// once in each transaction, and takes from the items what it writes; `done` hears what it returned. A power cut may
    /// take back what was written since the last sync; [`Archive::close`] syncs.
    ///
    /// # Errors
    /// The archive cannot be written; what earlier transactions wrote stays.
    pub(in crate::archive) async fn write_in_batches<T, R>(
        &self,
        items: Vec<T>,
        write: impl Fn(&Transaction<'_>, &mut TimedBatch<'_, T>) -> Result<R, ArchiveError>
        + Clone
        + Send
        + 'static,
        mut done: impl FnMut(R),
    ) -> Result<(), ArchiveError>
    where
        T: Send + 'static,
        R: Send + 'static,
    {
        let mut items = items.into_iter();
        if let Some(wal) = &self.wal {
            wal.fold_in_small_steps();
        }
        while !items.as_slice().is_empty() {
            self.give_way().await;
            let write = write.clone();
            let written = self.run(move |connection| {
                let returned = write_batch(connection, &mut items, write)?;
                Ok((returned, items))
            });
            let returned;
            (returned, items) = written.await?;
            done(returned);
            self.sync_wal_in_background();
        }
        Ok(())
    }
}

/// Writes one transaction of `items`.
fn write_batch<T, R>(
    connection: &mut Connection,
    items: &mut IntoIter<T>,
    write: impl Fn(&Transaction<'_>, &mut TimedBatch<'_, T>) -> Result<R, ArchiveError>,
) -> Result<R, ArchiveError> {
    wal::without_sync(connection, |connection| {
        in_transaction(connection, |transaction| {
            // Its time begins when the lock is had, not when it was asked for.
            let mut batch = TimedBatch { items, until: None };
            write(transaction, &mut batch)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "INSERT INTO note (name, text) VALUES (?1, '')";

    fn write_notes(
        transaction: &Transaction<'_>,
        batch: &mut TimedBatch<'_, String>,
    ) -> Result<usize, ArchiveError> {
        let mut written = 0;
        for name in batch {
            written += transaction.execute(NOTE, [name])?;
        }
        Ok(written)
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|number| number.to_string()).collect()
    }

    #[tokio::test]
    async fn a_transaction_ends_with_its_time_and_writes_one_item_at_least() {
        let archive = Archive::in_memory().unwrap();
        let slowly = |transaction: &Transaction<'_>, batch: &mut TimedBatch<'_, String>| {
            let mut written = 0;
            for name in batch {
                written += transaction.execute(NOTE, [name])?;
                std::thread::sleep(TRANSACTION + Duration::from_millis(1));
            }
            Ok(written)
        };
        let mut transactions = Vec::new();
        let done = archive.write_in_batches(names(3), slowly, |count| transactions.push(count));
        done.await.unwrap();
        assert_eq!(transactions, [1, 1, 1]);
    }

    #[tokio::test]
    async fn what_was_written_before_a_failure_stays() {
        let archive = Archive::in_memory().unwrap();
        let one_by_one = |transaction: &Transaction<'_>, batch: &mut TimedBatch<'_, String>| {
            let name = batch.next().unwrap_or_default();
            Ok(transaction.execute(NOTE, [name])?)
        };
        let mut twice = names(2);
        twice.push("0".into());
        let done = archive.write_in_batches(twice, one_by_one, |_| ());
        done.await.unwrap_err();
        for name in ["0", "1"] {
            assert!(archive.daemon_note(name).await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn another_process_that_has_precedence_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        // Each with a connection of its own, as two processes have.
        let bulk = Archive::open(directory.path()).unwrap();
        let daemon = Archive::open(directory.path()).unwrap();
        let claimed = daemon.claim_precedence();
        let mut writing = std::pin::pin!(bulk.write_in_batches(names(100), write_notes, |_| ()));
        let meanwhile = tokio::time::timeout(Duration::from_millis(100), &mut writing);
        meanwhile.await.unwrap_err();
        assert_eq!(daemon.daemon_note("0").await.unwrap(), None);
        drop(claimed);
        writing.await.unwrap();
        assert!(daemon.daemon_note("99").await.unwrap().is_some());
    }
}
