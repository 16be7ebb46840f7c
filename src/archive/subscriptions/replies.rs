//! Replies of a list's server: a confirmation that it wants, a welcome, a goodbye.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use tracing::{info, warn};

use super::requests::{CONFIRMATION_PERIOD, SubscriptionAction};
use crate::archive::ArchiveError;
use crate::archive::store::rows::{instant, micros};
use crate::correspondence::{CommandReply, ConfirmationRequest, ListServerMail};

/// The most by which the list's clock and ours may differ.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(15);

/// Confirmations that are accepted for one request. A list asks once; a few more are answered, so that one that was made
/// up cannot use the real one's place.
const MOST_CONFIRMATIONS: i64 = 3;

/// Records what a list's server replied. `received` is INTERNALDATE.
pub(in crate::archive) fn record_reply(
    transaction: &Transaction<'_>,
    mail: &ListServerMail,
    received: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let list = &mail.list;
    let done = |action: SubscriptionAction| -> Result<(), ArchiveError> {
        let changed = transaction.execute(
            "UPDATE subscription SET done_at = ?3
             WHERE list = ?1 AND action = ?2 AND done_at IS NULL AND asked_at <= ?4",
            params![
                list,
                action.name(),
                micros(now),
                micros(with_skew(received.unwrap_or(now)))
            ],
        )?;
        if changed > 0 {
            info!(list, action = action.name(), "the list carried it out");
        }
        Ok(())
    };
    match &mail.reply {
        CommandReply::Welcome => done(SubscriptionAction::Join)?,
        CommandReply::Goodbye => done(SubscriptionAction::Leave)?,
        CommandReply::Results => info!(list, "the list answered a command"),
        CommandReply::Rejected(why) => warn!(list, why, "a confirmation was ignored"),
        CommandReply::ConfirmationRequest(confirmation) => {
            match accept_confirmation(transaction, list, confirmation, received, now)? {
                Ok(()) => info!(list, "a confirmation was asked for"),
                Err(why) => warn!(list, why, "a confirmation was ignored"),
            }
        }
    }
    Ok(())
}

/// Returns the latest instant that the list's clock may have meant.
fn with_skew(instant: Timestamp) -> Timestamp {
    instant.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX)
}

/// Accepts a confirmation when it belongs to a request of ours; else returns why not.
fn accept_confirmation(
    transaction: &Transaction<'_>,
    list: &str,
    confirmation: &ConfirmationRequest,
    received: Option<Timestamp>,
    now: Timestamp,
) -> Result<Result<(), &'static str>, ArchiveError> {
    let asked: Option<(String, String, i64)> = transaction
        .query_row(
            "SELECT action, address, asked_at FROM subscription WHERE list = ?1",
            [list],
            |row| row.try_into(),
        )
        .optional()?;
    let Some((action, address, asked_at)) = asked else {
        return Ok(Err("nothing was asked of this list"));
    };
    let asked_at = instant(asked_at);
    let leave = action == SubscriptionAction::Leave.name();
    let why = if leave != confirmation.leave {
        Some("something else was asked of this list")
    } else if now.duration_since(asked_at) > CONFIRMATION_PERIOD {
        Some("the request is older than three days; ask again")
    } else if received.is_some_and(|received| with_skew(received) < asked_at) {
        Some("it is older than the request")
    } else if !confirmation.to.contains(&address) {
        Some("it is addressed to somebody else")
    } else {
        None
    };
    if let Some(why) = why {
        return Ok(Err(why));
    }
    let (same, others): (bool, i64) = transaction.query_row(
        "SELECT coalesce(max(token = ?2), 0), count(*) FROM confirmation WHERE list = ?1",
        params![list, confirmation.token],
        |row| row.try_into(),
    )?;
    if same {
        return Ok(Err("it was read before"));
    }
    if others >= MOST_CONFIRMATIONS {
        return Ok(Err("the list has asked often enough"));
    }
    transaction.execute(
        "INSERT INTO confirmation (list, token, read_at, answered) VALUES (?1, ?2, ?3, 0)",
        params![list, confirmation.token, micros(now)],
    )?;
    transaction.execute(
        "UPDATE subscription SET confirmed_at = coalesce(confirmed_at, ?2) WHERE list = ?1",
        params![list, micros(now)],
    )?;
    Ok(Ok(()))
}
