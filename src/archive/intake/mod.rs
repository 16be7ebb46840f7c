//! Taking messages in: the raw bytes, what they announce, and the mailbox cursor, in one transaction. A crash at any
//! instruction loses nothing and stores nothing twice.

use jiff::Timestamp;
use rusqlite::Transaction;
use tracing::info;

use self::cursor::{move_cursor, record_connected};
use self::prepare::{PreparedMail, PreparedMessage};
use self::writer::{MailSource, MessageWriter};
use super::queue::note_bounce;
use super::store::wal::without_sync;
use super::store::{TimedBatch, in_transaction};
use super::{Archive, ArchiveError, readers, subscriptions};
use crate::announcement::Lists;
use crate::clock::{Clock, Day};
use crate::mailbox::{self, Batch, Cursor, SetAside};

mod clock_witness;
mod corrections;
mod cursor;
mod imported;
mod prepare;
mod reparse;
mod set_aside;
mod writer;

pub use clock_witness::ClockDifference;
pub use imported::UntoldImports;
pub use reparse::ReparseCount;

/// The result of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Messages looked at.
    pub messages: u64,
    /// Announcements that were new.
    pub announcements: u64,
    /// Messages that announce nothing we collect: personal mail, our own digests.
    pub others: u64,
}

/// The archive as the mailbox sees it.
#[derive(Clone, Debug)]
pub struct ArchiveIntake {
    archive: Archive,
    lists: Lists,
    clock: Clock,
}

impl Archive {
    /// Returns what the mailbox hands its messages to.
    pub fn intake(&self, lists: Lists, clock: Clock) -> ArchiveIntake {
        ArchiveIntake {
            archive: self.clone(),
            lists,
            clock,
        }
    }

    /// Takes in messages that came as files. Mail of days before `now` is history; what is of a day since the first of any
    /// digest is so until [`Archive::settle_untold`] decides it, or the mailbox brings it. Safe to repeat.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn import(
        &self,
        messages: Vec<Vec<u8>>,
        lists: &Lists,
        now: Timestamp,
    ) -> Result<ImportCount, ArchiveError> {
        let total = messages.len() as u64;
        let prepared = prepare::read_files(messages, lists.clone(), now).await?;
        let others = total - prepared.len() as u64;
        let mut announcements = 0;
        let write = move |transaction: &Transaction<'_>, batch: &mut TimedBatch<'_, _>| {
            let source = imported::source(transaction, now)?;
            let mut writer = MessageWriter::new(transaction, now, source)?;
            batch.map(|message| writer.store(&message)).sum()
        };
        self.write_in_batches(prepared, write, |new: u64| announcements += new)
            .await?;
        Ok(ImportCount {
            messages: total,
            announcements,
            others,
        })
    }
}

impl mailbox::Intake for ArchiveIntake {
    type Error = ArchiveError;

    async fn cursor(&self, account: &str, folder: &str) -> Result<Option<Cursor>, ArchiveError> {
        let sql = "SELECT folder, uidvalidity, last_uid, settled FROM cursor WHERE account = ?1 AND folder = ?2";
        let values = (account.to_owned(), folder.to_owned());
        self.archive.find(sql, values, cursor::read_cursor).await
    }

    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), ArchiveError>> + Send {
        let came = batch.messages.iter().map(|message| message.uid);
        let uids: Vec<u32> = came.chain(batch.released).collect();
        // A clock that was told an instant is no witness of this machine's.
        let stamp = match self.clock.is_system() {
            true => clock_witness::newest_stamp(&batch.messages),
            false => None,
        };
        let reading = prepare::spawn_reading(batch.messages, self.lists.clone(), self.clock.now());
        let (account, cursor, caught_up) = (batch.account, batch.cursor, batch.caught_up);
        // On the heap, since it stands at the end of the watcher's long row of callers.
        Box::pin(async move {
            let now = self.clock.now();
            // Where the reading of one fails, nothing of the batch is stored.
            let mails = reading.await.map_err(prepare::not_finished)??;
            let store = move |transaction: &Transaction<'_>| {
                let live = store_batch(
                    transaction,
                    &account,
                    &cursor,
                    caught_up,
                    &uids,
                    &mails,
                    now,
                )?;
                match stamp {
                    Some(stamp) => clock_witness::note(transaction, stamp, now, live),
                    None => Ok(()),
                }
            };
            if caught_up {
                // It ends the reading of the folder, and makes the batches before it last.
                self.archive.write(store).await
            } else {
                // A mailbox of years: what is being sealed goes before its next batch.
                self.archive.give_way().await;
                self.archive
                    .call(|connection| without_sync(connection, |it| in_transaction(it, store)))
                    .await?;
                self.archive.sync_wal_in_background();
                Ok(())
            }
        })
    }

    async fn set_aside(&self, account: &str, message: SetAside) -> Result<(), ArchiveError> {
        let account = account.to_owned();
        self.archive
            .write(move |transaction| set_aside::record(transaction, &account, &message))
            .await
    }

    async fn all_set_aside(
        &self,
        account: &str,
        folder: &str,
    ) -> Result<Vec<SetAside>, ArchiveError> {
        let (account, folder) = (account.to_owned(), folder.to_owned());
        self.archive
            .call(move |connection| set_aside::of_folder(connection, &account, &folder))
            .await
    }

    async fn note_alive(&self, since: Timestamp, until: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .write(move |transaction| record_connected(transaction, since, until))
            .await
    }
}

/// Stores messages and moves the cursor past them. Returns true when the folder had been read to its end before.
fn store_batch(
    transaction: &Transaction<'_>,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    uids: &[u32],
    mails: &[PreparedMail],
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    let first_reading = move_cursor(transaction, account, cursor, caught_up, now)?;
    set_aside::forget(transaction, account, cursor, uids)?;
    let source = first_reading.map_or(MailSource::Live, MailSource::FirstReading);
    let mut writer = MessageWriter::new(transaction, now, source)?;
    for mail in mails {
        match mail {
            PreparedMail::Bounce { report, received } => {
                if report.token.is_some() || !note_bounce(transaction, report, now)? {
                    readers::record_bounce(transaction, report, *received, now)?;
                }
            }
            PreparedMail::Leave { request, received } => {
                readers::record_leave_request(transaction, request, *received, now)?;
            }
            PreparedMail::ListServer { mail, received } => {
                subscriptions::record_reply(transaction, mail, *received, now)?;
            }
            PreparedMail::Message(message) => {
                if writer.store(message)? > 0 {
                    log_archived(message, first_reading);
                }
            }
        }
    }
    Ok(first_reading.is_none())
}

/// Writes the mail log's *archived*. History comes by the thousand and is not logged message by message.
fn log_archived(message: &PreparedMessage, first_reading: Option<Day>) {
    for row in &message.announcements {
        if first_reading.is_some_and(|first| row.day < first) {
            continue;
        }
        info!(
            uid = message.uid,
            list = row.list,
            document = row.identity,
            "archived"
        );
    }
}
