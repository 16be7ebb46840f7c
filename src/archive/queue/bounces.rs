//! Mails that a server took and that came back: delivery status notifications (RFC 3464) in the watched mailbox.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use tracing::warn;

use super::MessageKind;
use crate::archive::ArchiveError;
use crate::archive::store::instants::{instant, micros, read_day};
use crate::clock::Day;
use crate::correspondence::Dsn;

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

/// Notes what a delivery status notification says of a queued message; of other mails nothing is kept. A digest's
/// delivery stays sent, since its server did take it; a command's fails, since its list never had it.
pub(in crate::archive) fn note_bounce(
    transaction: &Transaction<'_>,
    report: &Dsn,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let message_id = &report.message_id;
    let found: Option<(i64, String)> = transaction
        .query_row(
            "SELECT id, kind FROM queued_message WHERE message_id = ?1",
            [message_id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((message, kind)) = found else {
        return Ok(());
    };
    for failed in &report.recipients {
        let (recipient, said) = (&failed.address, &failed.diagnostic);
        warn!(kind, message_id, recipient, said, "a sent mail bounced");
    }
    if MessageKind::from_name(&kind)? == MessageKind::Command {
        let first = report.recipients.first();
        let said = first.map_or("", |recipient| &recipient.diagnostic);
        transaction.execute(
            "UPDATE delivery SET state = 'failed', next_attempt_at = NULL, response = ?2 WHERE queued_message = ?1",
            params![message, format!("bounced: {said}")],
        )?;
        return Ok(());
    }
    for failed in &report.recipients {
        let (recipient, said) = (&failed.address, &failed.diagnostic);
        transaction.execute(
            "INSERT INTO bounce (queued_message, recipient, said, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (queued_message, recipient) DO UPDATE SET said = excluded.said",
            params![message, recipient, said, micros(now)],
        )?;
    }
    Ok(())
}

/// Returns the bounces of digests of `first` and later days, oldest first.
pub(in crate::archive) fn bounces_since(
    connection: &Connection,
    first: Day,
) -> Result<Vec<Bounce>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.edition, d.day, b.recipient, b.said, b.at
         FROM bounce b JOIN queued_message m ON m.id = b.queued_message JOIN digest d ON d.id = m.digest
         WHERE d.day >= ?1 ORDER BY b.id",
    )?;
    let mut rows = statement.query([first.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Bounce {
            edition: row.get(0)?,
            day: read_day(&row.get::<_, String>(1)?)?,
            recipient: row.get(2)?,
            said: row.get(3)?,
            at: instant(row.get(4)?),
        });
    }
    Ok(found)
}
