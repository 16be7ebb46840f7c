//! Taking in messages that came as files.

use jiff::Timestamp;
use rusqlite::TransactionBehavior;

use super::prepare;
use super::writer::MessageWriter;
use crate::announcement::Lists;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// What an import came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Messages looked at.
    pub messages: u64,
    /// Announcements that were new.
    pub announcements: u64,
    /// Messages that announce nothing we collect: personal mail, our own digests.
    pub others: u64,
}

impl Archive {
    /// Takes in messages that came as files. Mail of days before `now` is history. Safe to repeat.
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
        let announcements = self
            .call(move |connection| {
                let transaction =
                    connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let mut new = 0;
                let mut writer = MessageWriter::new(&transaction, now, Some(Day::of(now)))?;
                for message in &prepared {
                    new += writer.store(message)?;
                }
                drop(writer);
                transaction.commit()?;
                Ok(new)
            })
            .await?;
        Ok(ImportCount {
            messages: total,
            announcements,
            others,
        })
    }
}
