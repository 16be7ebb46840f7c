//! Taking messages in: the raw bytes, what they announce, and the mailbox cursor, in one transaction. A crash at any
//! instruction loses nothing and stores nothing twice.

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior};
use tracing::info;

use self::prepare::{PreparedMail, PreparedMessage};
use self::writer::MessageWriter;
use super::queue::note_bounce;
use super::store::wal;
use super::{Archive, ArchiveError, subscriptions};
use crate::announcement::Lists;
use crate::clock::{Clock, Day};
use crate::mailbox::{self, Batch, Cursor};

mod connected;
mod corrections;
mod cursor;
mod import;
mod prepare;
mod reparse;
mod writer;

pub use import::ImportCount;
pub use reparse::ReparseCount;

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
}

impl mailbox::Intake for ArchiveIntake {
    type Error = ArchiveError;

    async fn cursor(&self, account: &str, folder: &str) -> Result<Option<Cursor>, ArchiveError> {
        let (account, folder) = (account.to_owned(), folder.to_owned());
        self.archive
            .call(move |connection| cursor::read_cursor(connection, &account, folder))
            .await
    }

    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), ArchiveError>> + Send {
        let reading = prepare::spawn_reading(batch.messages, self.lists.clone(), self.clock.now());
        let (account, cursor, caught_up) = (batch.account, batch.cursor, batch.caught_up);
        async move {
            let now = self.clock.now();
            // A reading that panicked would be a fault of the parser's guard; nothing of the batch is stored then.
            let mails = reading.await.map_err(|_| ArchiveError::Closed)??;
            let store = move |connection: &mut Connection| {
                store_batch(connection, &account, &cursor, caught_up, &mails, now)
            };
            if caught_up {
                // It ends the reading of the folder, and makes the batches before it last.
                self.archive.call(store).await
            } else {
                self.archive
                    .call(|connection| wal::without_sync(connection, store))
                    .await?;
                self.archive.sync_wal_in_background();
                Ok(())
            }
        }
    }

    async fn note_alive(&self, since: Timestamp, until: Timestamp) -> Result<(), ArchiveError> {
        self.archive
            .call(move |connection| connected::record_connected(connection, since, until))
            .await
    }
}

/// Stores messages and moves the cursor past them, in one transaction.
fn store_batch(
    connection: &mut Connection,
    account: &str,
    cursor: &Cursor,
    caught_up: bool,
    mails: &[PreparedMail],
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first_reading = cursor::move_cursor(&transaction, account, cursor, caught_up, now)?;
    let mut writer = MessageWriter::new(&transaction, now, first_reading)?;
    for mail in mails {
        match mail {
            PreparedMail::Dsn(report) => note_bounce(&transaction, report, now)?,
            PreparedMail::ListServer { mail, received } => {
                subscriptions::record_reply(&transaction, mail, *received, now)?;
            }
            PreparedMail::Message(message) => {
                if writer.store(message)? > 0 {
                    log_archived(message, first_reading);
                }
            }
        }
    }
    drop(writer);
    transaction.commit()?;
    Ok(())
}

/// Writes the mail log's *archived*. History comes by the thousand and is not logged message by message.
fn log_archived(message: &PreparedMessage, first_reading: Option<Day>) {
    for row in &message.announcements {
        let day = row.date.map(Day::of);
        if first_reading.is_some() && day < first_reading {
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
