use super::*;
use crate::archive::tests::{at, day, sealing, to_seal};
use crate::archive::{Archive, SubscriptionAction};

const MIDNIGHT: &str = "2025-11-29T00:00:00Z";

impl Archive {
    /// Lets no write succeed, as on a full disk, or lets them succeed again.
    pub(crate) async fn refuse_writes(&self, refuse: bool) {
        self.call(move |connection| Ok(connection.pragma_update(None, "query_only", refuse)?))
            .await
            .unwrap();
    }

    /// Begins an attempt and ends it.
    async fn attempt(&self, delivery: i64, state: DeliveryState, response: &str) {
        assert!(self.begin_attempt(delivery, at(MIDNIGHT)).await.unwrap());
        let result = AttemptResult {
            state,
            response: response.into(),
            next_attempt: None,
            mark: AttemptMark::None,
        };
        self.record_attempt(delivery, result).await.unwrap();
    }
}

pub(crate) fn command(about: &str) -> MailObject {
    MailObject {
        message_id: format!("rfc-dist.{about}.nikkan@mail.example"),
        sender: "reader@mail.example".into(),
        recipients: vec![Recipient::plain("rfc-dist-join@rfc-editor.org")],
        bytes: b"Subject: join\r\n\r\n".to_vec(),
    }
}

/// An archive with one sealed digest for two readers.
async fn sealed() -> Archive {
    let archive = Archive::in_memory().unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    archive
}

#[tokio::test]
async fn each_recipient_has_a_delivery_and_a_crash_makes_it_uncertain() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let due = archive.due_deliveries(now).await.unwrap();
    assert_eq!(due.len(), 2);
    assert!(archive.begin_attempt(due[0].id, now).await.unwrap());
    assert_eq!(
        archive.due_deliveries(now).await.unwrap().len(),
        1,
        "one is being tried"
    );
    assert_eq!(archive.recover_interrupted(now).await.unwrap(), 1);
    let again = archive.due_deliveries(now).await.unwrap();
    assert_eq!((again.len(), again[0].attempts), (2, 1));
    assert_eq!(again[0].message_id, due[0].message_id);
    for one in &again {
        archive.attempt(one.id, DeliveryState::Sent, "250 ok").await;
    }
    assert!(archive.due_deliveries(now).await.unwrap().is_empty());
    assert_eq!(archive.next_due().await.unwrap(), None);
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert!(status.outbox.is_empty());
}

#[tokio::test]
async fn a_new_request_cancels_a_command_that_was_looked_up_before() {
    let archive = Archive::in_memory().unwrap();
    let now = at(MIDNIGHT);
    for (action, about) in [
        (SubscriptionAction::Join, "join-1"),
        (SubscriptionAction::Leave, "leave-2"),
    ] {
        let looked_up = archive.due_deliveries(now).await.unwrap();
        let asked = archive.request_subscription("rfc-dist", action, command(about), now);
        asked.await.unwrap();
        for cancelled in looked_up {
            assert!(!archive.begin_attempt(cancelled.id, now).await.unwrap());
        }
    }
    let due = archive.due_deliveries(now).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].message_id, "rfc-dist.leave-2.nikkan@mail.example");
    assert_eq!(due[0].kind, MessageKind::Command);
    assert_eq!(due[0].list.as_deref(), Some("rfc-dist"));
    assert_eq!((due[0].edition.as_deref(), due[0].day), (None, None));
}

#[tokio::test]
async fn a_failure_is_reported_once_and_that_of_a_notice_or_a_command_never() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let asked =
        archive.request_subscription("rfc-dist", SubscriptionAction::Join, command("join-1"), now);
    asked.await.unwrap();
    for one in archive.due_deliveries(now).await.unwrap() {
        archive.attempt(one.id, DeliveryState::Failed, "550").await;
    }
    let failures = archive.unreported_failures(now).await.unwrap();
    let readers: Vec<_> = failures.iter().map(|failed| &failed.recipient).collect();
    assert_eq!(readers, ["a@example.net", "b@example.net"]);
    let notice = command("notice");
    archive
        .report_failures(failures, Some(notice), now)
        .await
        .unwrap();
    let due = archive.due_deliveries(now).await.unwrap();
    assert_eq!((due.len(), due[0].kind), (1, MessageKind::FailureNotice));
    assert_eq!(due[0].edition.as_deref(), Some("daily"));
    archive
        .attempt(due[0].id, DeliveryState::Failed, "550")
        .await;
    assert!(archive.unreported_failures(now).await.unwrap().is_empty());
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert_eq!(status.outbox.len(), 2, "digests alone");
}

#[tokio::test]
async fn a_digest_that_waits_is_told_of_and_the_notice_is_cancelled_when_it_waits_no_more() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    for one in archive.due_deliveries(now).await.unwrap() {
        assert!(archive.begin_attempt(one.id, now).await.unwrap());
        let result = AttemptResult {
            state: DeliveryState::Deferred,
            response: "530 5.7.0 log in first".into(),
            next_attempt: Some(now),
            mark: AttemptMark::NeedsHand,
        };
        archive.record_attempt(one.id, result).await.unwrap();
    }
    let waiting = archive.waiting_for_hand().await.unwrap();
    assert_eq!((waiting.len(), waiting[0].readers), (1, 2));
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert!(status.outbox.iter().all(|open| open.waits_for_hand));
    let causes = vec![waiting[0].cause()];
    let told = archive.tell_of_waiting(waiting[0].digest, causes, Some(command("waits-1")), now);
    told.await.unwrap();
    assert_eq!(
        archive.waiting_for_hand().await.unwrap()[0].told,
        ["530 5.7.0 log in first"]
    );
    let due = archive.due_deliveries(now).await.unwrap();
    let kinds: Vec<_> = due.iter().map(|one| one.kind).collect();
    assert_eq!(
        kinds,
        [
            MessageKind::Digest,
            MessageKind::Digest,
            MessageKind::WaitingNotice
        ]
    );
    let numbers: Vec<i64> = due.iter().map(|one| one.id).collect();
    let (digest, notice) = numbers.split_at(2);
    archive.attempt(digest[0], DeliveryState::Sent, "250").await;
    // One reader still waits: the notice goes out. When none does, it is not needed any more.
    let begun = archive.begin_attempts(notice.to_vec(), now).await.unwrap();
    assert_eq!(begun, notice);
    let notices = due[2..].to_vec();
    archive.take_back_attempts(notices, now).await.unwrap();
    archive.attempt(digest[1], DeliveryState::Sent, "250").await;
    assert!(
        archive
            .begin_attempts(notice.to_vec(), now)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(archive.next_due().await.unwrap(), None);
}

#[tokio::test]
async fn an_attempt_that_was_not_made_is_taken_back() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let due = archive.due_deliveries(now).await.unwrap();
    let numbers = due.iter().map(|one| one.id).collect();
    assert_eq!(archive.begin_attempts(numbers, now).await.unwrap().len(), 2);
    let (made, not_made) = (due[0].id, due[1..].to_vec());
    let result = AttemptResult {
        state: DeliveryState::Sent,
        response: "250".into(),
        next_attempt: None,
        mark: AttemptMark::None,
    };
    archive.record_attempt_of_many(made, result).await.unwrap();
    archive.take_back_attempts(due.clone(), now).await.unwrap();
    assert_eq!(archive.due_deliveries(now).await.unwrap(), not_made);
}

#[tokio::test]
async fn only_a_digests_first_sending_is_copied() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let resent = archive.ask_again("daily", day("2025-11-28"), command("resend"), now);
    assert!(resent.await.unwrap().is_some());
    assert!(
        archive
            .missing_sent_copies(at(MIDNIGHT))
            .await
            .unwrap()
            .is_empty()
    );
    for one in archive.due_deliveries(now).await.unwrap() {
        archive.attempt(one.id, DeliveryState::Sent, "250").await;
    }
    let missing = archive.missing_sent_copies(at(MIDNIGHT)).await.unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].message_id, "2025-11-28.daily.nikkan@example.net");
    archive.note_sent_copy(missing[0].message).await.unwrap();
    assert!(
        archive
            .missing_sent_copies(at(MIDNIGHT))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn what_another_machine_handed_in_is_shown_and_nothing_is_left_of_it() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let message = archive.due_deliveries(now).await.unwrap()[0].message;
    let digest = archive.uncopied_digest(message).await.unwrap().unwrap();
    assert_eq!(
        (digest.first_day, digest.day),
        (day("2025-11-28"), day("2025-11-28"))
    );
    let later = at("2025-11-29T00:20:00Z");
    archive
        .put_off(
            message,
            later,
            "the other machine is waited for".into(),
            now,
        )
        .await
        .unwrap();
    assert!(archive.due_deliveries(now).await.unwrap().is_empty());
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert_eq!(status.outbox[0].state, DeliveryState::Queued);
    assert_eq!(status.outbox[0].response, "the other machine is waited for");
    assert_eq!(archive.due_deliveries(later).await.unwrap().len(), 2);

    // One reader has it from here; what the other machine did ends the rest.
    let first = archive.due_deliveries(later).await.unwrap()[0].id;
    archive.attempt(first, DeliveryState::Sent, "250 ok").await;
    let ended = archive.leave_elsewhere(message, "it holds <x@y>".into());
    assert_eq!(ended.await.unwrap(), 1);
    assert!(archive.due_deliveries(later).await.unwrap().is_empty());
    assert!(archive.unreported_failures(now).await.unwrap().is_empty());
    assert!(archive.missing_sent_copies(later).await.unwrap().is_empty());
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert!(status.outbox.is_empty());
    assert_eq!(status.elsewhere.len(), 1);
    assert_eq!(
        (
            status.elsewhere[0].readers,
            status.elsewhere[0].why.as_str()
        ),
        (1, "it holds <x@y>")
    );
}

#[tokio::test]
async fn a_copy_waits_for_every_reader_but_not_longer_than_five_minutes() {
    let archive = sealed().await;
    let first = archive.due_deliveries(at(MIDNIGHT)).await.unwrap()[0].id;
    archive.attempt(first, DeliveryState::Sent, "250 ok").await;
    for (now, copies) in [("2025-11-29T00:04:59Z", 0), ("2025-11-29T00:05:00Z", 1)] {
        let missing = archive.missing_sent_copies(at(now)).await.unwrap();
        assert_eq!(missing.len(), copies, "{now}");
    }
    let second = archive.due_deliveries(at(MIDNIGHT)).await.unwrap()[0].id;
    archive
        .attempt(second, DeliveryState::Deferred, "451 later")
        .await;
    let missing = archive.missing_sent_copies(at(MIDNIGHT)).await.unwrap();
    assert_eq!(missing.len(), 1, "each was tried");
}

#[tokio::test]
async fn failures_are_gathered_while_readers_are_still_to_be_tried() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let due = archive.due_deliveries(now).await.unwrap();
    let (first, second) = (due[0].id, due[1].id);
    archive.attempt(first, DeliveryState::Failed, "550").await;
    let count = async |now| archive.unreported_failures(at(now)).await.unwrap().len();
    assert_eq!(count("2025-11-29T00:59:59Z").await, 0, "one waits");
    assert_eq!(count("2025-11-29T01:00:00Z").await, 1, "long enough");
    assert!(archive.begin_attempt(second, now).await.unwrap());
    assert_eq!(count(MIDNIGHT).await, 0, "one is being tried");
    let result = AttemptResult {
        state: DeliveryState::Failed,
        response: "550".into(),
        next_attempt: None,
        mark: AttemptMark::None,
    };
    archive.record_attempt(second, result).await.unwrap();
    assert_eq!(count(MIDNIGHT).await, 2);
}

#[tokio::test]
async fn what_waits_for_the_operator_keeps_its_cause_when_it_is_put_off() {
    let archive = sealed().await;
    let now = at(MIDNIGHT);
    let due = archive.due_deliveries(now).await.unwrap();
    assert!(archive.begin_attempt(due[0].id, now).await.unwrap());
    let result = AttemptResult {
        state: DeliveryState::Deferred,
        response: "530 5.7.0 log in first".into(),
        next_attempt: Some(now),
        mark: AttemptMark::NeedsHand,
    };
    archive.record_attempt(due[0].id, result).await.unwrap();
    let later = at("2025-11-29T00:20:00Z");
    let put_off = archive.put_off(due[0].message, later, "another is waited for".into(), now);
    put_off.await.unwrap();
    let waiting = archive.waiting_for_hand().await.unwrap();
    assert_eq!(waiting[0].response, "530 5.7.0 log in first");
    assert_eq!(waiting[0].next_attempt, later);
    let status = archive.status(day("2025-11-29")).await.unwrap();
    assert_eq!(status.outbox[1].response, "another is waited for");
}

#[tokio::test]
async fn a_digest_that_still_waits_is_asked_for_again_without_a_second_mail() {
    let archive = sealed().await;
    let (now, later) = (at(MIDNIGHT), at("2025-11-29T00:30:00Z"));
    let due = archive.due_deliveries(now).await.unwrap();
    let [first, second] = [due[0].clone(), due[1].clone()];
    archive.attempt(first.id, DeliveryState::Sent, "250").await;
    assert!(archive.begin_attempt(second.id, now).await.unwrap());
    let put_off = AttemptResult {
        state: DeliveryState::Deferred,
        response: "451 later".into(),
        next_attempt: Some(at("2025-11-29T04:00:00Z")),
        mark: AttemptMark::None,
    };
    archive.record_attempt(second.id, put_off).await.unwrap();

    let mut mail = command("resend");
    let upper = second.recipient.to_ascii_uppercase();
    mail.recipients = vec![
        Recipient::plain(first.recipient.clone()),
        Recipient::plain(upper),
    ];
    let asked = archive
        .ask_again("daily", day("2025-11-28"), mail, later)
        .await;
    let asked = asked.unwrap().unwrap();
    assert_eq!((asked.deliveries.len(), asked.were_open), (2, 1));
    assert_eq!(asked.deliveries[0], second.id);
    let due = archive.due_deliveries(later).await.unwrap();
    let ids: Vec<&str> = due.iter().map(|one| one.message_id.as_str()).collect();
    assert_eq!(
        ids,
        [second.message_id.as_str(), &command("resend").message_id]
    );
    let standings = archive.standings(asked.deliveries.clone()).await.unwrap();
    assert!(standings.iter().all(|one| !one.is_answered(later)));

    // What is under way is left as it is, and no second mail is made of it either.
    assert!(archive.begin_attempt(second.id, later).await.unwrap());
    let mut again = command("resend-2");
    again.recipients = vec![Recipient::plain(second.recipient.clone())];
    let asked = archive
        .ask_again("daily", day("2025-11-28"), again, later)
        .await;
    assert_eq!(asked.unwrap().unwrap().deliveries, [second.id]);
    let standing = archive.standings(vec![second.id]).await.unwrap();
    assert_eq!(standing[0].state, DeliveryState::Sending);
    // A day that is not sealed has nothing to ask for.
    let other = archive.ask_again("daily", day("2025-11-29"), command("x"), later);
    assert_eq!(other.await.unwrap(), None);
}
