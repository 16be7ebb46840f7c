//! Letters: mails to the lists' servers. They are delivered like digests, with bytes and Message-ID that never change,
//! and belong to none.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

use super::attempts::Table;
use super::store::instants::{instant, micros};
use super::{Archive, ArchiveError, DeliveryState, Parcel};

/// No wait is longer than this: an attempt that is due later was planned before the clock was set back.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(6);

/// A letter that is to be handed in now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its number.
    pub id: i64,
    /// The list's short name.
    pub list: String,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender.
    pub sender: String,
    /// The list's server.
    pub recipient: String,
    /// Header and body, the same at each attempt.
    pub bytes: Vec<u8>,
    /// Attempts before this one.
    pub attempts: u32,
    /// When it was written.
    pub queued_at: Timestamp,
}

/// Stores a letter. One with the same Message-ID is the same letter.
pub(super) fn queue(
    transaction: &Transaction<'_>,
    list: &str,
    mail: &Parcel,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    for recipient in &mail.recipients {
        transaction.execute(
            "INSERT INTO letter (list, message_id, sender, recipient, bytes, queued_at, state, attempts,
                next_attempt_at, response) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', 0, ?6, '')
             ON CONFLICT (message_id) DO NOTHING",
            params![
                list,
                mail.message_id,
                mail.sender,
                recipient,
                mail.bytes,
                micros(now)
            ],
        )?;
    }
    Ok(())
}

impl Archive {
    /// The letters to be handed in now, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn letters_due(&self, now: Timestamp) -> Result<Vec<Letter>, ArchiveError> {
        self.call(move |connection| {
            let far = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
            let mut statement = connection.prepare_cached(
                "SELECT id, list, message_id, sender, recipient, bytes, attempts, queued_at FROM letter
                 WHERE next_attempt_at <= ?1 OR next_attempt_at > ?2 ORDER BY id",
            )?;
            let rows = statement.query_map([micros(now), micros(far)], |row| {
                Ok(Letter {
                    id: row.get(0)?,
                    list: row.get(1)?,
                    message_id: row.get(2)?,
                    sender: row.get(3)?,
                    recipient: row.get(4)?,
                    bytes: row.get(5)?,
                    attempts: row.get(6)?,
                    queued_at: instant(row.get(7)?),
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Counts an attempt before it is made, so that a crash in the middle of one is seen.
    ///
    /// # Errors
    /// The archive cannot be written; the attempt must not be made then.
    pub async fn begin_letter(&self, letter: i64, now: Timestamp) -> Result<(), ArchiveError> {
        self.call(move |connection| Table::Letter.begin(connection, letter, now))
            .await
    }

    /// Records how an attempt ended.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn settle_letter(
        &self,
        letter: i64,
        state: DeliveryState,
        response: &str,
        next: Option<Timestamp>,
    ) -> Result<(), ArchiveError> {
        let response = response.to_owned();
        self.call(move |connection| {
            Table::Letter.settle(connection, letter, state, &response, next)
        })
        .await
    }
}

/// Notes that a list's server gave a letter back; whether it was one of ours.
pub(super) fn bounced(
    transaction: &Transaction<'_>,
    message_id: &str,
    said: &str,
) -> Result<bool, ArchiveError> {
    let changed = transaction.execute(
        "UPDATE letter SET state = 'failed', next_attempt_at = NULL, response = ?2 WHERE message_id = ?1",
        params![message_id, said],
    )?;
    Ok(changed > 0)
}
