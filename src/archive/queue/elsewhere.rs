//! Digests that wait for what another machine does, and those that it handed in.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::deliveries::LONGEST_WAIT;
use crate::archive::store::rows::{instant, micros, select};
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// A digest of which no copy is known to be in `sent_folder`: another machine may have handed it in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UncopiedDigest {
    /// Its edition.
    pub edition: String,
    /// The first day that it covers.
    pub first_day: Day,
    /// Its day.
    pub day: Day,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The instant at which it was queued.
    pub queued_at: Timestamp,
    /// True when its copy was about to be stored here.
    pub storing: bool,
    /// True when it was tried to hand it in here, to one reader at least.
    pub attempted: bool,
}

/// A digest that another machine handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ElsewhereDigest {
    /// Its edition.
    pub edition: String,
    /// Its day.
    pub day: Day,
    /// The readers to whom it was not sent from here.
    pub readers: i64,
    /// How that is known.
    pub why: String,
}

/// Returns the digests of `first` and later that another machine handed in, oldest first.
pub(in crate::archive) fn elsewhere_since(
    connection: &Connection,
    first: Day,
) -> Result<Vec<ElsewhereDigest>, ArchiveError> {
    select(
        connection,
        "SELECT d.edition, d.day, count(*), max(v.response)
         FROM digest d JOIN queued_message m ON m.digest = d.id JOIN delivery v ON v.queued_message = m.id
         WHERE d.day >= ?1 AND v.state = 'elsewhere' GROUP BY m.id ORDER BY m.id",
        [first],
        |row| {
            Ok(ElsewhereDigest {
                edition: row.get(0)?,
                day: row.get(1)?,
                readers: row.get(2)?,
                why: row.get(3)?,
            })
        },
    )
}

impl Archive {
    /// Returns the digest that a queued message is, as long as its copy is not known to be stored; `None` for all else.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn uncopied_digest(
        &self,
        message: i64,
    ) -> Result<Option<UncopiedDigest>, ArchiveError> {
        self.find(
            "SELECT d.edition, coalesce(d.since, d.day), d.day, m.message_id, m.queued_at, m.copied = 2,
                EXISTS (SELECT 1 FROM delivery v WHERE v.queued_message = m.id AND (v.attempts > 0 OR v.state = 'sent'))
             FROM queued_message m JOIN digest d ON d.id = m.digest
             WHERE m.id = ?1 AND m.kind = 'digest' AND m.copied <> 1",
            [message],
            |row| {
                Ok(UncopiedDigest {
                    edition: row.get(0)?,
                    first_day: row.get(1)?,
                    day: row.get(2)?,
                    message_id: row.get(3)?,
                    queued_at: instant(row.get(4)?),
                    storing: row.get(5)?,
                    attempted: row.get(6)?,
                })
            },
        )
        .await
    }

    /// Puts off what is left to deliver of a message, and keeps why; of what waits for the operator, the server's words stay.
    /// No attempt is counted. It comes up again at `until`, or earlier when that is very far.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn put_off(
        &self,
        message: i64,
        until: Timestamp,
        why: String,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let latest = now.checked_add(LONGEST_WAIT).unwrap_or(Timestamp::MAX);
        self.execute(
            "UPDATE delivery SET next_attempt_at = ?2,
                response = CASE waits_for_hand WHEN 1 THEN response ELSE ?3 END
             WHERE queued_message = ?1 AND next_attempt_at IS NOT NULL",
            (message, micros(until.min(latest)), why),
        )
        .await?;
        Ok(())
    }

    /// Ends what is left to deliver of a message, because another machine handed the digest in. Returns the number of
    /// deliveries that were not made here.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn leave_elsewhere(&self, message: i64, why: String) -> Result<usize, ArchiveError> {
        self.write(move |transaction| {
            let ended = transaction.execute(
                "UPDATE delivery SET state = 'elsewhere', next_attempt_at = NULL, response = ?2
                 WHERE queued_message = ?1 AND next_attempt_at IS NOT NULL",
                (message, why),
            )?;
            // The folder for sent digests has a copy of that day.
            transaction.execute(
                "UPDATE queued_message SET copied = 1 WHERE id = ?1",
                [message],
            )?;
            Ok(ended)
        })
        .await
    }
}
