//! The requests that did nothing, counted for `nikkan status`.

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use crate::archive::ArchiveError;
use crate::archive::store::rows::micros;

/// Mails that asked for something on behalf of a reader, and that did nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RefusedRequests {
    /// Their token was never given out.
    pub forged: i64,
    /// Their reader had left already, or has come back since the token was given out.
    pub replayed: i64,
    /// Their token is of another reader than wrote them.
    pub another_reader: i64,
    /// Reports about mails that this archive did not send, or to a token that was never given out.
    pub unknown_reports: i64,
}

/// Counts the requests that did nothing, since `first`.
pub(in crate::archive) fn refused_since(
    connection: &Connection,
    first: Timestamp,
) -> Result<RefusedRequests, ArchiveError> {
    let counted = connection.query_row(
        "SELECT coalesce(sum(outcome = 'forged' AND bounce = 0), 0), coalesce(sum(outcome = 'replayed'), 0),
            coalesce(sum(outcome = 'another_reader'), 0), coalesce(sum(outcome = 'forged' AND bounce = 1), 0)
         FROM reader_request WHERE at >= ?1",
        [micros(first)],
        |row| {
            Ok(RefusedRequests {
                forged: row.get(0)?,
                replayed: row.get(1)?,
                another_reader: row.get(2)?,
                unknown_reports: row.get(3)?,
            })
        },
    )?;
    Ok(counted)
}
