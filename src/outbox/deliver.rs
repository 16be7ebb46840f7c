//! The queue's one loop: takes what is due from the archive, submits it, and records how that ended. Bytes and
//! Message-ID never change between attempts, and an attempt is counted before it is made, so that a crash in the middle
//! of one is seen.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::field::display;
use tracing::{error, info, warn};

use super::standby::Leaves;
use super::{HandIn, Outcome, Submission, Transport, retry};
use crate::archive::{Archive, ArchiveError, AttemptResult, DeliveryState, QueuedDelivery};
use crate::clock::Clock;

/// The longest time between two looks at the archive: `nikkan send` and `nikkan subscribe` in another process cannot
/// nudge, and somebody waits for what they ask. A look is two questions to an index.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The wait until a full disk is tried again.
const NO_SPACE: Duration = Duration::from_secs(10);

/// The deliveries of one round, by how their attempts ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Taken by the server.
    pub delivered: u32,
    /// To be tried again, uncertain ones included.
    pub postponed: u32,
    /// Refused for good, or expired.
    pub failed: u32,
}

/// Delivers until `stop`: after each nudge, when the next attempt is due, and now and then. A full disk is waited out:
/// without a place to write an attempt down, none is made.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub async fn run<T: Transport, H: HandIn>(
    archive: Archive,
    transport: T,
    hand_in: H,
    clock: Clock,
    nudge: Arc<Notify>,
    stop: CancellationToken,
) -> Result<(), ArchiveError> {
    loop {
        let round = async {
            let round = deliver_due(&archive, &transport, &hand_in, &clock, &stop).await?;
            if round.delivered > 0 {
                hand_in.handed_in();
            }
            archive.next_due().await
        };
        let next = match round.await {
            Err(why) if why.is_temporary() => {
                error!(%why, "the outbox waits");
                None
            }
            other => other?,
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = nudge.notified() => {}
            () = clock.sleep_until(next.unwrap_or(Timestamp::MAX)) => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Makes one attempt at each delivery that is due, of whatever kind; a digest is asked about before. A stop is acted upon between two attempts.
///
/// # Errors
/// The archive cannot be read or written. What a server says is an outcome, not an error.
pub async fn deliver_due<T: Transport, H: HandIn>(
    archive: &Archive,
    transport: &T,
    hand_in: &H,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Round, ArchiveError> {
    let mut round = Round::default();
    let mut leaves = Leaves::new(hand_in, archive);
    for delivery in archive.due_deliveries(clock.now()).await? {
        if stop.is_cancelled() {
            break;
        }
        if !leaves.are_granted(&delivery, clock.now()).await? {
            continue;
        }
        // A command may have been cancelled since: its list was asked for something else.
        if !archive.begin_attempt(delivery.id, clock.now()).await? {
            continue;
        }
        let outcome = transport
            .submit(Submission {
                sender: &delivery.sender,
                recipient: &delivery.recipient,
                own: &delivery.own,
                bytes: &delivery.bytes,
            })
            .await;
        let result = judge(&delivery, outcome, clock.now(), fastrand::f64());
        log_attempt(&delivery, &result);
        match result.state {
            DeliveryState::Sent => round.delivered += 1,
            DeliveryState::Failed => round.failed += 1,
            _ => round.postponed += 1,
        }
        record(archive, &delivery, result, stop).await?;
    }
    transport.rest().await;
    Ok(round)
}

/// Records how an attempt ended. What the server has taken it must not get again because our disk is full: the result is
/// kept in hand until it can be written, unless a stop comes first; then the next start finds an attempt whose end is not
/// known.
async fn record(
    archive: &Archive,
    delivery: &QueuedDelivery,
    result: AttemptResult,
    stop: &CancellationToken,
) -> Result<(), ArchiveError> {
    loop {
        let why = match archive.record_attempt(delivery.id, result.clone()).await {
            Err(why) if why.is_temporary() => why,
            other => return other,
        };
        let (message_id, recipient) = (&delivery.message_id, &delivery.recipient);
        let (kind, state) = (delivery.kind.name(), result.state.name());
        error!(%kind, %message_id, %recipient, state, %why, "the outcome could not be written down yet");
        tokio::select! {
            biased;
            () = stop.cancelled() => return Err(why),
            () = tokio::time::sleep(NO_SPACE) => {}
        }
    }
}

/// Returns what follows from an outcome: the state, the words to keep, and the next attempt.
fn judge(
    delivery: &QueuedDelivery,
    outcome: Outcome,
    now: Timestamp,
    spread: f64,
) -> AttemptResult {
    let next = retry::next_attempt(delivery.queued_at, now, delivery.attempts + 1, spread);
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
            let days = retry::EXPIRY.as_hours() / 24;
            let said = format!("given up after {days} days: {said}");
            (DeliveryState::Failed, said, None)
        }
    };
    AttemptResult {
        state,
        response,
        next_attempt,
    }
}

/// Writes the mail log: *delivered* and *deferred* with the same words for years, so that they can be searched for.
fn log_attempt(delivery: &QueuedDelivery, result: &AttemptResult) {
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
        DeliveryState::Uncertain => {
            warn!(kind, edition, day, list, %message_id, %recipient, attempt, said, next, uncertain = true, "deferred");
        }
        _ => {
            info!(kind, edition, day, list, %message_id, %recipient, attempt, said, next, "deferred");
        }
    }
}

#[cfg(test)]
mod tests;
