//! Takes what is due from the archive, hands it in, and records how that ended. Bytes and Message-ID never change
//! between attempts, and an attempt is counted before it is made, so that a crash in the middle of one is seen.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::{Courier, Outcome, retry};
use crate::archive::{self, Archive, DeliveryState, Due};
use crate::clock::Clock;

/// How often the archive is looked at besides nudges: `nikkan send` in another process cannot nudge.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// How long to wait until a full disk is tried again.
const NO_SPACE: Duration = Duration::from_secs(10);

/// What one round of deliveries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Taken by the server.
    pub delivered: u32,
    /// To be tried again, uncertain ones included.
    pub postponed: u32,
    /// Given up.
    pub failed: u32,
}

/// Delivers until `stop`: after each nudge, when the next attempt is due, and now and then. A full disk is waited out:
/// without a place to write an attempt down, none is made.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub async fn run<C: Courier>(
    archive: Archive,
    courier: C,
    clock: Clock,
    nudge: Arc<Notify>,
    stop: CancellationToken,
) -> Result<(), archive::ArchiveError> {
    loop {
        let next = match one_round(&archive, &courier, &clock, &stop).await {
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
            () = wait_for(&clock, next) => {}
        }
    }
}

async fn one_round<C: Courier>(
    archive: &Archive,
    courier: &C,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Option<Timestamp>, archive::ArchiveError> {
    deliver_due(archive, courier, clock, stop).await?;
    archive.next_due().await
}

async fn wait_for(clock: &Clock, next: Option<Timestamp>) {
    let again = tokio::time::sleep(LOOK_AGAIN);
    match next {
        Some(instant) => tokio::select! {
            () = clock.sleep_until(instant) => {}
            () = again => {}
        },
        None => again.await,
    }
}

/// Makes one attempt at each delivery that is due. A stop is acted upon between two attempts.
///
/// # Errors
/// The archive cannot be read or written. What a server says is an outcome, not an error.
pub async fn deliver_due<C: Courier>(
    archive: &Archive,
    courier: &C,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Round, archive::ArchiveError> {
    let mut round = Round::default();
    for due in archive.due(clock.now()).await? {
        if stop.is_cancelled() {
            break;
        }
        archive.begin_attempt(due.id, clock.now()).await?;
        let outcome = courier.carry(&due).await;
        let (state, said, next) = settle(&due, outcome, clock.now(), fastrand::f64());
        report(&due, state, &said, next);
        match state {
            DeliveryState::Sent => round.delivered += 1,
            DeliveryState::Failed => round.failed += 1,
            _ => round.postponed += 1,
        }
        keep_outcome(archive, &due, state, &said, next, stop).await?;
    }
    Ok(round)
}

/// Writes down how an attempt ended. What the server has taken it must not get again because our disk is full: that is
/// waited out, unless a stop comes first, and then the next start finds an attempt whose end is not known.
async fn keep_outcome(
    archive: &Archive,
    due: &Due,
    state: DeliveryState,
    said: &str,
    next: Option<Timestamp>,
    stop: &CancellationToken,
) -> Result<(), archive::ArchiveError> {
    loop {
        let why = match archive.settle(due.id, state, said, next).await {
            Err(why) if why.is_temporary() => why,
            other => return other,
        };
        let Due { day, recipient, .. } = due;
        error!(%day, %recipient, state = state.name(), %why, "the outcome could not be written down yet");
        tokio::select! {
            biased;
            () = stop.cancelled() => return Err(why),
            () = tokio::time::sleep(NO_SPACE) => {}
        }
    }
}

/// What follows from an outcome: the state, the words to keep, and the next attempt.
pub(super) fn settle(
    due: &Due,
    outcome: Outcome,
    now: Timestamp,
    spread: f64,
) -> (DeliveryState, String, Option<Timestamp>) {
    let next = retry::next_attempt(due.queued_at, now, due.attempts + 1, spread);
    match outcome {
        Outcome::Delivered(said) => (DeliveryState::Sent, said, None),
        Outcome::Refused(said) => (DeliveryState::Failed, said, None),
        Outcome::Deferred(said) if next.is_some() => (DeliveryState::Deferred, said, next),
        Outcome::Uncertain(said) if next.is_some() => (DeliveryState::Uncertain, said, next),
        Outcome::Deferred(said) | Outcome::Uncertain(said) => {
            let days = retry::GIVE_UP.as_hours() / 24;
            let said = format!("given up after {days} days: {said}");
            (DeliveryState::Failed, said, None)
        }
    }
}

/// The mail log: *delivered* and *deferred* with the same words for years, so that they can be searched for.
fn report(due: &Due, state: DeliveryState, said: &str, next: Option<Timestamp>) {
    let attempt = due.attempts + 1;
    let next = next.map(|instant| instant.strftime("%FT%TZ").to_string());
    let Due {
        edition,
        day,
        message_id,
        recipient,
        ..
    } = due;
    match state {
        DeliveryState::Sent => {
            info!(%edition, %day, %message_id, %recipient, attempt, said, "delivered");
        }
        DeliveryState::Failed => {
            error!(%edition, %day, %message_id, %recipient, attempt, said, "given up");
        }
        DeliveryState::Uncertain => {
            warn!(%edition, %day, %message_id, %recipient, attempt, said, next, uncertain = true, "deferred");
        }
        _ => {
            info!(%edition, %day, %message_id, %recipient, attempt, said, next, "deferred");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(attempts: u32) -> Due {
        Due {
            id: 1,
            edition: "daily".into(),
            day: "2025-11-28".parse().unwrap(),
            message_id: "2025-11-28.daily.nikkan@example.net".into(),
            sender: "nikkan@example.net".into(),
            recipient: "reader@example.net".into(),
            bytes: b"Subject: x\r\n\r\ny\r\n".to_vec(),
            attempts,
            queued_at: "2025-11-29T00:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_refusal_is_final_and_a_deferral_has_a_next_attempt() {
        let now = "2025-11-29T00:00:02Z".parse().unwrap();
        let (state, said, next) = settle(&due(0), Outcome::Refused("550 no".into()), now, 0.5);
        assert_eq!(
            (state, said.as_str(), next),
            (DeliveryState::Failed, "550 no", None)
        );
        let (state, _, next) = settle(&due(0), Outcome::Deferred("451 later".into()), now, 0.5);
        assert_eq!(state, DeliveryState::Deferred);
        assert_eq!(next, Some("2025-11-29T00:01:02Z".parse().unwrap()));
    }

    #[test]
    fn an_unknown_outcome_stays_uncertain_until_it_is_given_up() {
        let lost = || Outcome::Uncertain("cut after DATA".into());
        let now = "2025-11-29T00:00:02Z".parse().unwrap();
        assert_eq!(
            settle(&due(3), lost(), now, 0.5).0,
            DeliveryState::Uncertain
        );
        let late = "2025-12-04T00:00:01Z".parse().unwrap();
        let (state, said, next) = settle(&due(30), lost(), late, 0.5);
        assert_eq!((state, next), (DeliveryState::Failed, None));
        assert_eq!(said, "given up after 5 days: cut after DATA");
    }
}
