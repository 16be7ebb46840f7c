//! Judges how an attempt ended, and writes it into the log.

use std::time::Duration;

use jiff::Timestamp;
use tracing::field::display;
use tracing::{error, info, warn};

use super::Outcome;
use crate::archive::{AttemptMark, AttemptResult, DeliveryState, QueuedDelivery};

/// Returns what follows from an outcome: the state, the words to keep, and the next attempt, unless the time is over.
pub(super) fn judge(
    outcome: Outcome,
    next: Option<Timestamp>,
    give_up_after: Duration,
) -> AttemptResult {
    let mark = match &outcome {
        Outcome::NeedsHand(_) => AttemptMark::NeedsHand,
        Outcome::Refused(_) => AttemptMark::Refused,
        _ => AttemptMark::None,
    };
    let (state, response, next_attempt) = match outcome {
        Outcome::Delivered(said) => (DeliveryState::Sent, said, None),
        Outcome::Refused(said) => (DeliveryState::Failed, said, None),
        Outcome::Deferred(said) | Outcome::Throttled(said) | Outcome::NeedsHand(said)
            if next.is_some() =>
        {
            (DeliveryState::Deferred, said, next)
        }
        Outcome::Uncertain(said) if next.is_some() => (DeliveryState::Uncertain, said, next),
        Outcome::Deferred(said)
        | Outcome::Throttled(said)
        | Outcome::NeedsHand(said)
        | Outcome::Uncertain(said) => {
            let time = time_in_words(give_up_after);
            let said = format!("given up after {time}: {said}");
            (DeliveryState::Failed, said, None)
        }
    };
    AttemptResult {
        state,
        response,
        next_attempt,
        mark,
    }
}

/// Writes a time in its largest whole unit: `5 days`, `36 hours`.
pub(super) fn time_in_words(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (number, unit) = match minutes {
        0 => (time.as_secs(), "seconds"),
        _ if minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "days"),
        _ if minutes.is_multiple_of(60) => (minutes / 60, "hours"),
        _ => (minutes, "minutes"),
    };
    match number {
        1 => format!("1 {}", unit.trim_end_matches('s')),
        number => format!("{number} {unit}"),
    }
}

/// Writes the mail log: *delivered* and *deferred* with the same words for years, so that they can be searched for.
pub(super) fn log_attempt(delivery: &QueuedDelivery, result: &AttemptResult) {
    let attempt = delivery.attempts + 1;
    let (kind, day) = (display(delivery.kind.name()), delivery.day.map(display));
    let edition = delivery.edition.as_ref().map(display);
    let list = delivery.list.as_ref().map(display);
    let (message_id, recipient) = (&delivery.message_id, &delivery.recipient);
    let said = &result.response;
    let next = result.next_attempt;
    let next = next.map(|instant| instant.strftime("%FT%TZ").to_string());
    match result.state {
        DeliveryState::Sent => {
            info!(kind, edition, day, list, %message_id, %recipient, attempt, said, "delivered");
        }
        DeliveryState::Failed => {
            error!(kind, edition, day, list, %message_id, %recipient, attempt, said, "given up");
        }
        _ if result.mark == AttemptMark::NeedsHand => {
            warn!(kind, edition, day, list, %message_id, %recipient, attempt, said, next, needs_hand = true, "deferred");
        }
        DeliveryState::Uncertain => {
            warn!(kind, edition, day, list, %message_id, %recipient, attempt, said, next, uncertain = true, "deferred");
        }
        _ => {
            info!(kind, edition, day, list, %message_id, %recipient, attempt, said, next, "deferred");
        }
    }
}
