//! Digests that a server took and that came back: reports of them are found in the watched mailbox.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use tracing::warn;

use super::store::instants::read_day;
use super::store::instants::{instant, micros};
use super::{ArchiveError, letters};
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
    /// When the report was read.
    pub at: Timestamp,
}

/// Notes what a delivery report tells of our mails; of other mails nothing is kept.
pub(super) fn note(
    transaction: &Transaction<'_>,
    report: &Dsn,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let mail: Option<i64> = transaction
        .query_row(
            "SELECT id FROM mail WHERE message_id = ?1",
            [&report.message_id],
            |row| row.get(0),
        )
        .optional()?;
    let Some(mail) = mail else {
        let first = report.recipients.first();
        let said = first.map_or("", |recipient| &recipient.diagnostic);
        if letters::bounced(transaction, &report.message_id, &format!("bounced: {said}"))? {
            warn!(
                message_id = report.message_id,
                said, "a mail to a list's server bounced"
            );
        }
        return Ok(());
    };
    for failed in &report.recipients {
        let (recipient, said) = (&failed.address, &failed.diagnostic);
        warn!(
            message_id = report.message_id,
            recipient, said, "a digest bounced"
        );
        transaction.execute(
            "INSERT INTO bounce (mail, recipient, said, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (mail, recipient) DO UPDATE SET said = excluded.said",
            params![mail, recipient, said, micros(now)],
        )?;
    }
    Ok(())
}

/// The bounces of digests of the 30 days before `today`.
pub(super) fn bounces(connection: &Connection, today: Day) -> Result<Vec<Bounce>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.edition, d.day, b.recipient, b.said, b.at
         FROM bounce b JOIN mail m ON m.id = b.mail JOIN digest d ON d.id = m.digest
         WHERE d.day >= ?1 ORDER BY b.id",
    )?;
    let mut rows = statement.query([today.plus(-30).to_string()])?;
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
