//! Letters to the lists' servers go out like digests: an attempt is counted before it is made, and bytes and Message-ID
//! never change between attempts.

use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::Courier;
use super::deliver::settle;
use crate::archive::{self, Archive, DeliveryState, Due, Letter};
use crate::clock::{Clock, Day};

/// Makes one attempt at each letter that is due; how many were taken. A stop is acted upon between two attempts.
///
/// # Errors
/// The archive cannot be read or written. What a server says is an outcome, not an error.
pub async fn deliver_letters<C: Courier>(
    archive: &Archive,
    courier: &C,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<u32, archive::ArchiveError> {
    let mut taken = 0;
    for letter in archive.letters_due(clock.now()).await? {
        if stop.is_cancelled() {
            break;
        }
        archive.begin_letter(letter.id, clock.now()).await?;
        let due = as_due(&letter);
        let outcome = courier.carry(&due).await;
        let (state, said, next) = settle(&due, outcome, clock.now(), fastrand::f64());
        let Letter {
            list, recipient, ..
        } = &letter;
        let attempt = letter.attempts + 1;
        match state {
            DeliveryState::Sent => {
                taken += 1;
                info!(
                    list,
                    recipient, attempt, said, "delivered to the list's server"
                );
            }
            DeliveryState::Failed => {
                error!(
                    list,
                    recipient, attempt, said, "the list's server was given up"
                );
            }
            _ => warn!(
                list,
                recipient, attempt, said, "put off by the list's server"
            ),
        }
        archive.settle_letter(letter.id, state, &said, next).await?;
    }
    Ok(taken)
}

/// A courier carries one mail to one recipient, whatever it is.
fn as_due(letter: &Letter) -> Due {
    Due {
        id: letter.id,
        edition: letter.list.clone(),
        day: Day::of(letter.queued_at),
        message_id: letter.message_id.clone(),
        sender: letter.sender.clone(),
        recipient: letter.recipient.clone(),
        bytes: letter.bytes.clone(),
        attempts: letter.attempts,
        queued_at: letter.queued_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{Parcel, SubscriptionAction, SubscriptionState};
    use crate::outbox::Outcome;
    use std::sync::Mutex;

    struct Scripted(Mutex<Vec<Outcome>>);

    impl Courier for Scripted {
        async fn carry(&self, due: &Due) -> Outcome {
            assert_eq!(due.recipient, "rfc-dist-join@rfc-editor.org");
            self.0.lock().unwrap().remove(0)
        }
    }

    fn request() -> Parcel {
        Parcel {
            message_id: "rfc-dist.join-1.nikkan@mail.example".into(),
            sender: "Reader@mail.example".into(),
            recipients: vec!["rfc-dist-join@rfc-editor.org".into()],
            bytes: b"Subject: join\r\n\r\n".to_vec(),
        }
    }

    #[tokio::test]
    async fn a_letter_is_tried_until_it_is_taken_and_then_never_again() {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
        let later = Clock::held("2025-11-28T12:30:00Z".parse().unwrap());
        let stop = CancellationToken::new();
        archive
            .request_subscription("rfc-dist", SubscriptionAction::Join, request(), clock.now())
            .await
            .unwrap();
        let courier = Scripted(Mutex::new(vec![
            Outcome::Deferred("451 later".into()),
            Outcome::Delivered("250 ok".into()),
        ]));
        let deliver = async |clock: &Clock| {
            deliver_letters(&archive, &courier, clock, &stop)
                .await
                .unwrap()
        };
        assert_eq!(deliver(&clock).await, 0);
        // Not at once again.
        assert_eq!(deliver(&clock).await, 0);
        assert_eq!(deliver(&later).await, 1);
        assert_eq!(deliver(&later).await, 0);
        let found = archive.subscriptions().await.unwrap();
        assert_eq!(found[0].state, SubscriptionState::Asked);
        assert_eq!(found[0].response, "250 ok");
        assert_eq!(found[0].address, "reader@mail.example");
    }

    #[tokio::test]
    async fn an_attempt_that_a_crash_cut_off_is_made_again_and_a_refusal_is_told() {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
        let stop = CancellationToken::new();
        archive
            .request_subscription("rfc-dist", SubscriptionAction::Join, request(), clock.now())
            .await
            .unwrap();
        let due = archive.letters_due(clock.now()).await.unwrap();
        archive.begin_letter(due[0].id, clock.now()).await.unwrap();
        assert!(archive.letters_due(clock.now()).await.unwrap().is_empty());
        archive.recover_interrupted(clock.now()).await.unwrap();
        let courier = Scripted(Mutex::new(vec![Outcome::Refused("550 no".into())]));
        deliver_letters(&archive, &courier, &clock, &stop)
            .await
            .unwrap();
        let found = archive.subscriptions().await.unwrap();
        assert_eq!(found[0].state, SubscriptionState::Refused);
        assert_eq!(found[0].response, "550 no");
    }
}
