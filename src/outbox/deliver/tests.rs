use std::sync::Mutex;

use super::*;
use crate::archive::{
    MailObject, MessageKind, Recipient, Sealing, SubscriptionAction, SubscriptionState,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn delivery(attempts: u32) -> QueuedDelivery {
    QueuedDelivery {
        id: 1,
        message: 1,
        kind: MessageKind::Digest,
        edition: Some("daily".into()),
        day: Some("2025-11-28".parse().unwrap()),
        list: None,
        message_id: "2025-11-28.daily.nikkan@example.net".into(),
        sender: "nikkan@example.net".into(),
        recipient: "reader@example.net".into(),
        own: Vec::new(),
        bytes: b"Subject: x\r\n\r\ny\r\n".to_vec(),
        attempts,
        queued_at: at("2025-11-29T00:00:00Z"),
    }
}

#[test]
fn a_refusal_is_final_and_a_deferral_has_a_next_attempt() {
    let now = at("2025-11-29T00:00:02Z");
    let refused = judge(&delivery(0), Outcome::Refused("550 no".into()), now, 0.5);
    assert_eq!(
        (
            refused.state,
            refused.response.as_str(),
            refused.next_attempt
        ),
        (DeliveryState::Failed, "550 no", None)
    );
    let deferred = judge(
        &delivery(0),
        Outcome::Deferred("451 later".into()),
        now,
        0.5,
    );
    assert_eq!(deferred.state, DeliveryState::Deferred);
    assert_eq!(deferred.next_attempt, Some(at("2025-11-29T00:01:02Z")));
}

#[test]
fn an_unknown_outcome_stays_uncertain_until_it_expires() {
    let lost = || Outcome::Uncertain("cut after DATA".into());
    let now = at("2025-11-29T00:00:02Z");
    assert_eq!(
        judge(&delivery(3), lost(), now, 0.5).state,
        DeliveryState::Uncertain
    );
    let late = at("2025-12-04T00:00:01Z");
    let expired = judge(&delivery(30), lost(), late, 0.5);
    assert_eq!(
        (expired.state, expired.next_attempt),
        (DeliveryState::Failed, None)
    );
    assert_eq!(expired.response, "given up after 5 days: cut after DATA");
}

/// A server that answers in turn, and remembers whom it was asked for.
struct Scripted {
    answers: Mutex<Vec<Outcome>>,
    asked: Mutex<Vec<String>>,
    /// An archive whose disk is full from the moment at which the server answers.
    fills_up: Option<Archive>,
    is_full: Notify,
}

impl Scripted {
    fn new(mut answers: Vec<Outcome>) -> Self {
        answers.reverse();
        Scripted {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
            fills_up: None,
            is_full: Notify::new(),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Transport for Scripted {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let recipient = mail.recipient;
        self.asked.lock().unwrap().push(recipient.into());
        if let Some(archive) = &self.fills_up {
            archive.refuse_writes(true).await;
            self.is_full.notify_one();
        }
        self.answers.lock().unwrap().pop().unwrap()
    }
}

fn mail(about: &str, recipient: &str) -> MailObject {
    MailObject {
        message_id: format!("{about}.nikkan@mail.example"),
        sender: "Reader@mail.example".into(),
        recipients: vec![Recipient::plain(recipient)],
        bytes: b"Subject: x\r\n\r\n".to_vec(),
    }
}

async fn ask(archive: &Archive, now: Timestamp) {
    let request = mail("rfc-dist.join-1", "rfc-dist-join@rfc-editor.org");
    let asked = archive.request_subscription("rfc-dist", SubscriptionAction::Join, request, now);
    asked.await.unwrap();
}

async fn seal(archive: &Archive, now: Timestamp) {
    let sealing = Sealing {
        edition: "daily".into(),
        day: "2025-11-27".parse().unwrap(),
        since: None,
        sealed_at: now,
        compiled: "{}".into(),
        announcements: Vec::new(),
        mail: Some(mail("2025-11-27.daily", "reader@example.net")),
    };
    archive.seal(sealing).await.unwrap();
}

async fn deliver(archive: &Archive, server: &Scripted, clock: &Clock) -> Round {
    let stop = CancellationToken::new();
    let round = deliver_due(archive, server, &(), clock, &stop);
    round.await.unwrap()
}

#[tokio::test]
async fn a_command_is_tried_until_it_is_taken_and_then_never_again() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let later = Clock::held(at("2025-11-28T12:30:00Z"));
    ask(&archive, clock.now()).await;
    let server = Scripted::new(vec![
        Outcome::Deferred("451 later".into()),
        Outcome::Delivered("250 ok".into()),
    ]);
    assert_eq!(deliver(&archive, &server, &clock).await.postponed, 1);
    // Not at once again.
    assert_eq!(deliver(&archive, &server, &clock).await, Round::default());
    assert_eq!(deliver(&archive, &server, &later).await.delivered, 1);
    assert_eq!(deliver(&archive, &server, &later).await, Round::default());
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].state, SubscriptionState::Asked);
    assert_eq!(found[0].response, "250 ok");
    assert_eq!(found[0].address, "reader@mail.example");
}

#[tokio::test]
async fn a_command_that_a_crash_cut_off_is_tried_again_and_a_refusal_is_shown() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    ask(&archive, clock.now()).await;
    let due = archive.due_deliveries(clock.now()).await.unwrap();
    let begun = archive.begin_attempt(due[0].id, clock.now()).await;
    assert!(begun.unwrap());
    let server = Scripted::new(vec![Outcome::Refused("550 no".into())]);
    assert_eq!(deliver(&archive, &server, &clock).await, Round::default());
    archive.recover_interrupted(clock.now()).await.unwrap();
    assert_eq!(deliver(&archive, &server, &clock).await.failed, 1);
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].state, SubscriptionState::Refused);
    assert_eq!(found[0].response, "550 no");
}

/// Delivers what is due to a server whose answer comes when the disk has just become full; there is space again after a
/// while.
async fn deliver_while_the_disk_fills_up(archive: &Archive, clock: &Clock) -> Vec<String> {
    let mut server = Scripted::new(vec![Outcome::Delivered("250 ok".into())]);
    server.fills_up = Some(archive.clone());
    let space_returns = async {
        server.is_full.notified().await;
        tokio::time::sleep(NO_SPACE * 3 + NO_SPACE / 2).await;
        archive.refuse_writes(false).await;
    };
    let (round, ()) = tokio::join!(deliver(archive, &server, clock), space_returns);
    assert_eq!((round.delivered, round.failed), (1, 0));
    // The next start has nothing to make good, and the next round nothing to send.
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 0);
    assert_eq!(deliver(archive, &server, clock).await, Round::default());
    server.asked()
}

#[tokio::test(start_paused = true)]
async fn a_mail_of_any_kind_is_sent_once_though_the_disk_is_full_when_the_server_has_taken_it() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let now = clock.now();

    seal(&archive, now).await;
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["reader@example.net"], "a digest");

    let (day, resend) = (
        "2025-11-27".parse().unwrap(),
        mail("resend", "b@example.net"),
    );
    let queued = archive.enqueue_resend("daily", day, resend, now).await;
    assert!(queued.unwrap());
    let refused = Scripted::new(vec![Outcome::Refused("550 no".into())]);
    assert_eq!(deliver(&archive, &refused, &clock).await.failed, 1);
    let failures = archive.unreported_failures().await.unwrap();
    let notice = mail("2025-11-27.daily.given-up-2", "operator@example.net");
    let reported = archive.report_failures(failures, Some(notice), now);
    reported.await.unwrap();
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["operator@example.net"], "a failure notice");

    ask(&archive, now).await;
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["rfc-dist-join@rfc-editor.org"], "a command");
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].response, "250 ok");
}

#[tokio::test]
async fn a_stop_while_the_disk_is_full_leaves_an_attempt_whose_end_is_not_known() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    ask(&archive, clock.now()).await;
    let mut server = Scripted::new(vec![Outcome::Delivered("250 ok".into())]);
    server.fills_up = Some(archive.clone());
    let stop = CancellationToken::new();
    let ends = async {
        server.is_full.notified().await;
        stop.cancel();
    };
    let (round, ()) = tokio::join!(deliver_due(&archive, &server, &(), &clock, &stop), ends);
    assert!(round.unwrap_err().is_temporary());
    archive.refuse_writes(false).await;
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 1);
    let due = archive.due_deliveries(clock.now()).await.unwrap();
    assert_eq!((due.len(), due[0].attempts), (1, 1));
}
