//! The outbox as `nikkan status` shows it: deliveries of digests that have not ended well.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use super::DeliveryState;
use crate::archive::ArchiveError;
use crate::archive::store::instants::{instant, read_day};
use crate::clock::Day;

/// A digest's delivery that is still to be made, or failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutboxEntry {
    /// The edition.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The reader.
    pub recipient: String,
    /// The delivery's state.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// The instant of the next one.
    pub next_attempt: Option<Timestamp>,
    /// The server's last words.
    pub response: String,
}

/// Returns the outbox, oldest first. A command to a list server is shown with its subscription.
pub(in crate::archive) fn outbox_entries(
    connection: &Connection,
) -> Result<Vec<OutboxEntry>, ArchiveError> {
    let mut statement = connection.prepare_cached(
        "SELECT d.edition, d.day, v.recipient, v.state, v.attempts, v.next_attempt_at, v.response
         FROM delivery v JOIN queued_message m ON m.id = v.queued_message JOIN digest d ON d.id = m.digest
         WHERE v.state <> 'sent' AND m.kind IN ('digest', 'resend') ORDER BY v.id",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(OutboxEntry {
            edition: row.get(0)?,
            day: read_day(&row.get::<_, String>(1)?)?,
            recipient: row.get(2)?,
            state: DeliveryState::from_name(&row.get::<_, String>(3)?)?,
            attempts: row.get(4)?,
            next_attempt: row.get::<_, Option<i64>>(5)?.map(instant),
            response: row.get(6)?,
        });
    }
    Ok(found)
}
