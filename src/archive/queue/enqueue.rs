//! Puts messages into the queue. A message and its deliveries become true together with what they are about.

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::{MailObject, MessageKind, Recipient};
use crate::archive::ArchiveError;
use crate::archive::store::rows::micros;

/// The digest or the list that a message belongs to, if it belongs to one.
#[derive(Clone, Copy, Debug)]
pub(in crate::archive) enum Owner<'a> {
    /// A digest, by its number.
    Digest(i64),
    /// A list, by its short name.
    List(&'a str),
    /// None: it is about readers.
    Nobody,
}

/// Stores a message with one delivery per recipient, due at once.
///
/// A command with a known Message-ID is the same command and is not queued again, because a list may ask for the same
/// confirmation twice. So is a word about readers.
pub(in crate::archive) fn enqueue(
    transaction: &Transaction<'_>,
    kind: MessageKind,
    owner: Owner<'_>,
    mail: &MailObject,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let (digest, list) = match owner {
        Owner::Digest(digest) => (Some(digest), None),
        Owner::List(list) => (None, Some(list)),
        Owner::Nobody => (None, None),
    };
    let new = transaction.execute(
        "INSERT INTO queued_message (kind, digest, list, message_id, sender, queued_at, copied, bytes)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0, ?7
         WHERE ?1 NOT IN ('command', 'farewell', 'reader_notice') OR NOT EXISTS (SELECT 1 FROM queued_message WHERE message_id = ?4)",
        params![
            kind.name(),
            digest,
            list,
            mail.message_id,
            mail.sender,
            micros(now),
            mail.bytes,
        ],
    )?;
    if new == 0 {
        return Ok(());
    }
    let message = transaction.last_insert_rowid();
    let mut insert = transaction.prepare_cached(
        "INSERT INTO delivery (queued_message, recipient, sender, own, state, attempts, next_attempt_at, response)
         VALUES (?1, ?2, ?3, ?4, 'queued', 0, ?5, '') ON CONFLICT DO NOTHING",
    )?;
    for Recipient {
        address,
        sender,
        own,
    } in &mail.recipients
    {
        insert.execute(params![message, address, sender, own, micros(now)])?;
    }
    Ok(())
}
