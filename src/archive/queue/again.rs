//! What is in the queue already and is to be tried now: all that waits, when its cause may have gone, or what a person asks
//! for. Neither makes a second mail of one that is still to be delivered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::deliveries::LONGEST_WAIT;
use super::{DeliveryState, MailObject, MessageKind, Owner, enqueue};
use crate::archive::store::rows::{instant, micros, named};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// The deliveries by which what a person asked for is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedDeliveries {
    /// Their numbers, one for each reader.
    pub deliveries: Vec<i64>,
    /// Those of them that were in the queue before.
    pub were_open: usize,
}

/// The state of a delivery, as far as a person who waits for it wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryStanding {
    /// The recipient.
    pub recipient: String,
    /// The state.
    pub state: DeliveryState,
    /// The instant of the next attempt; `None` after the last one, and during one.
    pub next_attempt: Option<Timestamp>,
    /// The server's last words, or why there are none.
    pub response: String,
}

impl DeliveryStanding {
    /// Returns true when an attempt has ended, or the delivery was put off, since it was asked for at `asked`.
    pub fn is_answered(&self, asked: Timestamp) -> bool {
        match self.state {
            DeliveryState::Sending => false,
            DeliveryState::Queued | DeliveryState::Deferred | DeliveryState::Uncertain => {
                self.next_attempt.is_none_or(|next| next > asked)
            }
            _ => true,
        }
    }
}

impl Archive {
    /// Makes everything that waits for a later attempt due at `now`. Returns the number of deliveries.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn make_all_due(&self, now: Timestamp) -> Result<usize, ArchiveError> {
        self.execute(
            "UPDATE delivery SET next_attempt_at = ?1 WHERE next_attempt_at > ?1",
            [micros(now)],
        )
        .await
    }

    /// Puts off what was tried and waits until the last of those that wait for the operator is due: while nobody's mail can be
    /// handed in, one attempt is enough for all.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn wait_together(&self, now: Timestamp) -> Result<(), ArchiveError> {
        let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        self.execute(
            "WITH last AS MATERIALIZED (
                 SELECT max(next_attempt_at) AS at FROM delivery
                 WHERE next_attempt_at > ?1 AND next_attempt_at <= ?2 AND waits_for_hand = 1)
             UPDATE delivery SET next_attempt_at = (SELECT at FROM last)
             WHERE attempts > 0 AND next_attempt_at > ?1 AND next_attempt_at < (SELECT at FROM last)",
            [micros(now), micros(latest)],
        )
        .await?;
        Ok(())
    }

    /// Asks for a sealed digest once more. For a reader whose delivery of it is still open that one is due now; for the others
    /// `mail` is queued. Returns `None` if the day is not sealed.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn ask_again(
        &self,
        edition: &str,
        day: Day,
        mail: MailObject,
        now: Timestamp,
    ) -> Result<Option<AskedDeliveries>, ArchiveError> {
        let edition = edition.to_owned();
        self.write(move |transaction| {
            let digest: Option<i64> = transaction
                .query_row(
                    "SELECT id FROM digest WHERE edition = ?1 AND rewound = 0 AND ?2 BETWEEN coalesce(since, day) AND day",
                    params![edition, day],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(digest) = digest else {
                return Ok(None);
            };
            let mut asked = AskedDeliveries::default();
            let mut mail = mail;
            let open = open_deliveries(transaction, digest)?;
            let mut make_due = transaction.prepare_cached(
                "UPDATE delivery SET next_attempt_at = ?2 WHERE id = ?1 AND next_attempt_at IS NOT NULL",
            )?;
            let mut others = Vec::new();
            for recipient in std::mem::take(&mut mail.recipients) {
                match open.get(&recipient.address.to_ascii_lowercase()) {
                    Some(open) => {
                        make_due.execute([*open, micros(now)])?;
                        asked.deliveries.push(*open);
                    }
                    None => others.push(recipient),
                }
            }
            asked.were_open = asked.deliveries.len();
            if !others.is_empty() {
                mail.recipients = others;
                let owner = Owner::Digest(digest);
                enqueue(transaction, MessageKind::Resend, owner, &mail, now)?;
                let mut queued = transaction.prepare_cached(
                    "SELECT v.id FROM delivery v JOIN queued_message m ON m.id = v.queued_message
                     WHERE m.message_id = ?1 ORDER BY v.id",
                )?;
                for number in queued.query_map([&mail.message_id], |row| row.get(0))? {
                    asked.deliveries.push(number?);
                }
            }
            Ok(Some(asked))
        })
        .await
    }

    /// Returns how deliveries stand, in the order of their numbers.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn standings(
        &self,
        deliveries: Vec<i64>,
    ) -> Result<Vec<DeliveryStanding>, ArchiveError> {
        self.call(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT recipient, state, next_attempt_at, response FROM delivery WHERE id = ?1",
            )?;
            let mut found = Vec::with_capacity(deliveries.len());
            for number in deliveries {
                let standing = statement.query_row([number], |row| {
                    Ok(DeliveryStanding {
                        recipient: row.get(0)?,
                        state: named(row, 1)?,
                        next_attempt: row.get::<_, Option<i64>>(2)?.map(instant),
                        response: row.get(3)?,
                    })
                });
                found.extend(standing.optional()?);
            }
            Ok(found)
        })
        .await
    }
}

/// Returns the deliveries of a digest that are still to be made, or are under way, by their recipients in lower case.
fn open_deliveries(
    transaction: &Transaction<'_>,
    digest: i64,
) -> Result<BTreeMap<String, i64>, ArchiveError> {
    let mut statement = transaction.prepare_cached(
        "SELECT lower(v.recipient), v.id FROM queued_message m JOIN delivery v ON v.queued_message = m.id
         WHERE m.digest = ?1 AND m.kind IN ('digest', 'resend')
             AND (v.next_attempt_at IS NOT NULL OR v.state = 'sending') ORDER BY v.id DESC",
    )?;
    let found = statement.query_map([digest], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}
