//! When the connection to the mailbox was proved alive.

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::archive::ArchiveError;
use crate::archive::store::instants::micros;

/// Records that the connection was proved alive from `since` to `until`.
///
/// # Errors
/// The archive cannot be written.
pub(super) fn record_connected(
    connection: &mut Connection,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), ArchiveError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // A proof that joins the last one prolongs it; otherwise the connection was away in between.
    let joined = transaction.execute(
        "UPDATE connected SET until = max(until, ?2)
         WHERE since = (SELECT max(since) FROM connected) AND until >= ?1",
        params![micros(since), micros(until)],
    )?;
    if joined == 0 {
        transaction.execute(
            "INSERT INTO connected (since, until) VALUES (?1, ?2)
             ON CONFLICT (since) DO UPDATE SET until = max(until, excluded.until)",
            params![micros(since), micros(until)],
        )?;
    }
    transaction.commit()?;
    Ok(())
}
