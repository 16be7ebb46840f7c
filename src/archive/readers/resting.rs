//! Rests readers whose mail comes back: nobody is at the address, said of three digests in a row.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};
use tracing::warn;

use crate::archive::ArchiveError;
use crate::archive::store::rows::{micros, select};
use crate::mail::comparable_address;

/// The digests in a row after which a reader gets nothing any more. One may be the mistake of a server that is being moved,
/// and so may its neighbour of the same day; three are days, or weeks.
const IN_A_ROW: usize = 3;
/// The last digests of an edition that are looked at: among them are three that reached an end.
const LOOKED_AT: i64 = 10;

/// Rests those readers of an edition whose last digests came back, for good as far as the servers tell. Returns how many.
pub(super) fn rest_readers(
    transaction: &Transaction<'_>,
    edition: &str,
    now: Timestamp,
) -> Result<usize, ArchiveError> {
    let digests: Vec<i64> = select(
        transaction,
        "SELECT m.id FROM queued_message m JOIN digest d ON d.id = m.digest
         WHERE d.edition = ?1 AND m.kind = 'digest' ORDER BY m.id DESC LIMIT ?2",
        params![edition, LOOKED_AT],
        |row| row.get(0),
    )?;
    let mut rested = 0;
    for recipient in recipients_that_failed(transaction, &digests)? {
        let address = comparable_address(&recipient);
        let known: Option<(String, i64)> = transaction
            .query_row(
                "SELECT state, since FROM reader WHERE edition = ?1 AND address = ?2",
                [edition, &address],
                |row| row.try_into(),
            )
            .optional()?;
        let (state, since) = known.unwrap_or_else(|| ("active".into(), i64::MIN));
        if state != "active" {
            continue;
        }
        let Some(said) = last_words(transaction, &digests, &recipient, since)? else {
            continue;
        };
        transaction.execute(
            "INSERT INTO reader (edition, address, state, since, why) VALUES (?1, ?2, 'bouncing', ?3, ?4)
             ON CONFLICT (edition, address) DO UPDATE SET state = 'bouncing', since = excluded.since,
                why = excluded.why, told = 0, farewell = 0, request = ''",
            params![edition, address, micros(now), said],
        )?;
        warn!(
            edition,
            address,
            said,
            "a reader's mail came back three times in a row: nothing more is sent to it"
        );
        rested += 1;
    }
    Ok(rested)
}

/// Returns the recipients of whom one of these messages came back for good.
fn recipients_that_failed(
    transaction: &Transaction<'_>,
    digests: &[i64],
) -> Result<Vec<String>, ArchiveError> {
    let mut found = Vec::new();
    for digest in digests {
        found.extend(select(
            transaction,
            "SELECT recipient FROM delivery WHERE queued_message = ?1 AND refused = 1
             UNION SELECT recipient FROM bounce WHERE queued_message = ?1 AND hard = 1",
            [digest],
            |row| row.get::<_, String>(0),
        )?);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Returns the last words of the servers when the last digests to a recipient, of those queued after `since`, all came back.
/// One that is still under way is passed over.
fn last_words(
    transaction: &Transaction<'_>,
    digests: &[i64],
    recipient: &str,
    since: i64,
) -> Result<Option<String>, ArchiveError> {
    let mut look = transaction.prepare_cached(
        "SELECT v.state, v.refused OR coalesce(b.hard, 0), coalesce(b.said, v.response)
         FROM delivery v JOIN queued_message m ON m.id = v.queued_message
         LEFT JOIN bounce b ON b.queued_message = m.id AND b.recipient = v.recipient
         WHERE v.queued_message = ?1 AND v.recipient = ?2 AND m.queued_at > ?3",
    )?;
    let mut words = None;
    let mut in_a_row = 0;
    for digest in digests {
        let row: Option<(String, bool, String)> = look
            .query_row(params![digest, recipient, since], |row| row.try_into())
            .optional()?;
        let Some((state, hard, said)) = row else {
            continue;
        };
        match state.as_str() {
            "sent" | "failed" | "elsewhere" if hard => {
                in_a_row += 1;
                words.get_or_insert(said);
            }
            "sent" | "failed" | "elsewhere" => return Ok(None),
            _ => {}
        }
        if in_a_row == IN_A_ROW {
            return Ok(words);
        }
    }
    Ok(None)
}
