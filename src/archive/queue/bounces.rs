//! Mails that a server took and that came back all the same. A digest's delivery stays sent, since its server did take it.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::Serialize;
use tracing::warn;

use super::MessageKind;
use crate::archive::ArchiveError;
use crate::archive::store::rows::{instant, micros, select};
use crate::clock::Day;
use crate::correspondence::{BounceReport, FailedRecipient, unsubscribe_tokens};
use crate::mail::{Header, comparable_address};

/// A digest that could not be delivered after its server had taken it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// The edition.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The reader, as the report names them.
    pub recipient: String,
    /// The report's own words.
    pub said: String,
    /// The instant at which the report was read.
    pub at: Timestamp,
}

/// Notes what a report without a reader's token says of a queued message. A command's delivery fails, since its list never had
/// it. Returns false when it names no message that was queued here.
pub(in crate::archive) fn note_bounce(
    transaction: &Transaction<'_>,
    report: &BounceReport,
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    let found: Option<(i64, String)> = transaction
        .query_row(
            "SELECT id, kind FROM queued_message WHERE message_id = ?1",
            [&report.about],
            |row| row.try_into(),
        )
        .optional()?;
    let Some((message, kind)) = found else {
        return Ok(false);
    };
    for failed in &report.recipients {
        let (recipient, said) = (&failed.address, &failed.diagnostic);
        warn!(
            kind,
            message_id = report.about,
            recipient,
            said,
            "a sent mail bounced"
        );
    }
    if kind == MessageKind::Command.name() {
        let first = report.recipients.first();
        let said = first.map_or("", |recipient| &recipient.diagnostic);
        transaction.execute(
            "UPDATE delivery SET state = 'failed', next_attempt_at = NULL, response = ?2 WHERE queued_message = ?1",
            params![message, format!("bounced: {said}")],
        )?;
        return Ok(true);
    }
    for FailedRecipient {
        address,
        diagnostic,
        hard,
    } in &report.recipients
    {
        let Some(delivery) = named_delivery(transaction, message, address)? else {
            continue;
        };
        let hard = *hard && delivery.is_proved_by(&report.returned);
        insert(
            transaction,
            message,
            &delivery.recipient,
            diagnostic,
            hard,
            now,
        )?;
    }
    Ok(true)
}

/// The delivery that a report names.
struct NamedDelivery {
    recipient: String,
    /// True when its bounces come to an address of the reader's own.
    has_sender: bool,
    /// The header fields that only this reader's mail has.
    own: Vec<u8>,
}

impl NamedDelivery {
    /// Returns true when a report whose returned mail has these tokens is about this reader's mail: all readers know its
    /// Message-ID and may know each other's addresses, and only this one's mail has the token to leave by. Where bounces come
    /// to an address of each reader, only what came there is believed.
    fn is_proved_by(&self, returned: &[String]) -> bool {
        // The token stands behind the address, which may have a word like it.
        let token = unsubscribe_tokens(&Header::parse(&self.own)).pop();
        !self.has_sender && token.is_some_and(|token| returned.contains(&token))
    }
}

/// Finds the delivery of a message to an address as a report names it; `None` when the message did not go there.
fn named_delivery(
    transaction: &Transaction<'_>,
    message: i64,
    address: &str,
) -> Result<Option<NamedDelivery>, ArchiveError> {
    let named = comparable_address(address);
    // Some servers write the local part in another case; the address as it stands goes by the index.
    for same in ["recipient = ?2", "recipient = ?2 COLLATE NOCASE"] {
        let sql = format!(
            "SELECT recipient, sender IS NOT NULL, own FROM delivery WHERE queued_message = ?1 AND {same} LIMIT 1"
        );
        let mut look = transaction.prepare_cached(&sql)?;
        let found = look.query_row(params![message, named], |row| {
            Ok(NamedDelivery {
                recipient: row.get(0)?,
                has_sender: row.get(1)?,
                own: row.get(2)?,
            })
        });
        if let Some(delivery) = found.optional()? {
            return Ok(Some(delivery));
        }
    }
    Ok(None)
}

/// Notes that a digest to a reader came back: the one with this Message-ID, else the last that was sent to the reader.
pub(in crate::archive) fn note_returned(
    transaction: &Transaction<'_>,
    edition: &str,
    address: &str,
    about: Option<&str>,
    (said, hard): (&str, bool),
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let message: Option<i64> = transaction
        .query_row(
            "SELECT m.id FROM queued_message m JOIN digest d ON d.id = m.digest
             JOIN delivery v ON v.queued_message = m.id AND v.recipient = ?2
             WHERE d.edition = ?1 AND (m.message_id = ?3 OR m.kind = 'digest' AND v.state IN ('sent', 'elsewhere'))
             ORDER BY m.message_id = coalesce(?3, '') DESC, m.id DESC LIMIT 1",
            params![edition, address, about],
            |row| row.get(0),
        )
        .optional()?;
    warn!(
        edition,
        recipient = address,
        said,
        hard,
        "a sent mail bounced"
    );
    match message {
        Some(message) => insert(transaction, message, address, said, hard, now),
        None => Ok(()),
    }
}

fn insert(
    transaction: &Transaction<'_>,
    message: i64,
    recipient: &str,
    said: &str,
    hard: bool,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    transaction.execute(
        "INSERT INTO bounce (queued_message, recipient, said, at, hard) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (queued_message, recipient) DO UPDATE SET said = excluded.said, hard = max(hard, excluded.hard)",
        params![message, recipient, said, micros(now), hard],
    )?;
    Ok(())
}

/// Returns the bounces of digests of `first` and later days, oldest first.
pub(in crate::archive) fn bounces_since(
    connection: &Connection,
    first: Day,
) -> Result<Vec<Bounce>, ArchiveError> {
    select(
        connection,
        "SELECT d.edition, d.day, b.recipient, b.said, b.at
         FROM bounce b JOIN queued_message m ON m.id = b.queued_message JOIN digest d ON d.id = m.digest
         WHERE d.day >= ?1 ORDER BY b.id",
        [first],
        |row| {
            Ok(Bounce {
                edition: row.get(0)?,
                day: row.get(1)?,
                recipient: row.get(2)?,
                said: row.get(3)?,
                at: instant(row.get(4)?),
            })
        },
    )
}
