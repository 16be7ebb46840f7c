//! Digests that wait until the operator has changed something, and the notices of them: one for each digest and cause.

use jiff::Timestamp;
use rusqlite::Transaction;

use super::{MailObject, MessageKind, Owner, enqueue};
use crate::archive::store::rows::instant;
use crate::archive::{Archive, ArchiveError};
use crate::clock::Day;

/// Answers of a server that are read; readers of one digest are mostly told the same.
const MOST_ANSWERS: i64 = 100;

/// Words of an answer that make its cause.
const WORDS: usize = 16;

/// Deliveries of one digest that wait with the same answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingDeliveries {
    /// The digest's number.
    pub digest: i64,
    /// The edition's name.
    pub edition: String,
    /// The day of the digest.
    pub day: Day,
    /// The instant at which it was queued.
    pub queued_at: Timestamp,
    /// The number of readers.
    pub readers: u32,
    /// One of them.
    pub recipient: String,
    /// The server's last words to them.
    pub response: String,
    /// The instant of the next attempt.
    pub next_attempt: Timestamp,
    /// The causes of which the operator has a notice.
    pub told: Vec<String>,
}

impl WaitingDeliveries {
    /// Returns what stays the same of the server's words from one attempt to the next, and from one reader to another: without
    /// addresses, numbers of its queue, times.
    pub fn cause(&self) -> String {
        let words = self.response.split_whitespace();
        let plain = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric());
            let is_code = is_code(word);
            let is_word =
                !word.contains(['@', '<', '/']) && !word.bytes().any(|b| b.is_ascii_digit());
            (!word.is_empty() && (is_code || is_word)).then(|| word.to_lowercase())
        };
        let kept: Vec<String> = words.filter_map(plain).take(WORDS).collect();
        kept.join(" ")
    }
}

/// Returns true for a reply's code, or an enhanced one (RFC 5321 section 4.2, RFC 3463 section 2).
fn is_code(word: &str) -> bool {
    let mut parts = word.split('.');
    let first = parts.next().unwrap_or_default();
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match parts.clone().count() {
        0 => first.len() == 3 && first.starts_with(['4', '5']) && is_number(first),
        2 => matches!(first, "4" | "5") && parts.all(|part| part.len() <= 3 && is_number(part)),
        _ => false,
    }
}

impl Archive {
    /// Returns the deliveries of digests that wait until something is changed, by digest and answer.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn waiting_for_hand(&self) -> Result<Vec<WaitingDeliveries>, ArchiveError> {
        self.select(
            "SELECT d.id, d.edition, d.day, min(m.queued_at), count(*), min(v.recipient), v.response,
                min(v.next_attempt_at), d.told_causes
             FROM delivery v JOIN queued_message m ON m.id = v.queued_message JOIN digest d ON d.id = m.digest
             WHERE v.next_attempt_at IS NOT NULL AND v.waits_for_hand = 1 AND m.kind IN ('digest', 'resend')
             GROUP BY d.id, v.response ORDER BY d.id, min(v.id) LIMIT ?1",
            [MOST_ANSWERS],
            |row| {
                let told: String = row.get(8)?;
                Ok(WaitingDeliveries {
                    digest: row.get(0)?,
                    edition: row.get(1)?,
                    day: row.get(2)?,
                    queued_at: instant(row.get(3)?),
                    readers: row.get(4)?,
                    recipient: row.get(5)?,
                    response: row.get(6)?,
                    next_attempt: instant(row.get(7)?),
                    told: told.lines().map(str::to_owned).collect(),
                })
            },
        )
        .await
    }

    /// Queues the notice of a digest that waits, and keeps for which causes, in one transaction. Without a notice, because
    /// nobody can be notified, the causes are only kept.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn tell_of_waiting(
        &self,
        digest: i64,
        causes: Vec<String>,
        notice: Option<MailObject>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE digest SET told_causes = ?2 WHERE id = ?1",
                (digest, causes.join("\n")),
            )?;
            if let Some(notice) = &notice {
                let owner = Owner::Digest(digest);
                enqueue(transaction, MessageKind::WaitingNotice, owner, notice, now)?;
            }
            Ok(())
        })
        .await
    }
}

/// Cancels a delivery that is the notice of a digest which waits no more. Returns true when it did.
pub(super) fn cancel_late_notice(
    transaction: &Transaction<'_>,
    delivery: i64,
) -> Result<bool, ArchiveError> {
    let mut cancel = transaction.prepare_cached(
        "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL, response = 'not needed any more'
         WHERE id = ?1 AND next_attempt_at IS NOT NULL AND EXISTS (
             SELECT 1 FROM queued_message n WHERE n.id = delivery.queued_message AND n.kind = 'waiting_notice'
                 AND NOT EXISTS (
                     SELECT 1 FROM queued_message m JOIN delivery v ON v.queued_message = m.id
                     WHERE m.digest = n.digest AND m.kind IN ('digest', 'resend')
                         AND v.waits_for_hand = 1 AND v.next_attempt_at IS NOT NULL))",
    )?;
    Ok(cancel.execute([delivery])? > 0)
}
