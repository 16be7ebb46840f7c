use super::*;
use crate::announcement::{List, Lists};
use crate::archive::tests::{at, batch, day};
use crate::archive::{Archive, MailObject, Recipient};
use crate::clock::Clock;
use crate::mailbox::Intake as _;

const JOIN: &str = include_str!("../../../tests/data/mailman/confirm-join.eml");
const LEAVE: &str = include_str!("../../../tests/data/mailman/confirm-leave.eml");
const WELCOME: &str = include_str!("../../../tests/data/mailman/welcome.eml");
const GOODBYE: &str = include_str!("../../../tests/data/mailman/goodbye.eml");
const PENDING: &str = include_str!("../../../tests/data/mailman/pending.eml");
const TOKEN: &str = "c449c43d476c1fae5e75c900aa1827980979a6d6";

const ASKED: &str = "2026-11-25T09:00:00Z";
const SOON: &str = "2026-11-25T12:00:00Z";

fn lists() -> Lists {
    Lists::new(&[List {
        name: "i-d-announce".into(),
        id: "i-d-announce.lists.example".into(),
    }])
}

fn mail(about: &str) -> MailObject {
    MailObject {
        message_id: format!("i-d-announce.{about}.nikkan@mail.example"),
        sender: "reader@mail.example".into(),
        recipients: vec![Recipient::plain("i-d-announce-join@lists.example")],
        bytes: b"Subject: x\r\n\r\n".to_vec(),
    }
}

async fn asked(action: SubscriptionAction) -> Archive {
    let archive = Archive::in_memory().unwrap();
    let asked = archive.request_subscription("i-d-announce", action, mail("asked"), at(ASKED));
    asked.await.unwrap();
    archive
}

/// Stores mails that come into the mailbox at `now`, after those that are there.
async fn come(archive: &Archive, mails: &[&str], now: &str) {
    let intake = archive.intake(lists(), Clock::held(at(now)));
    let before = intake
        .cursor(crate::archive::tests::ACCOUNT, "INBOX")
        .await
        .unwrap();
    let first = before.map_or(1, |cursor| cursor.last_uid + 1);
    let last = first + u32::try_from(mails.len()).unwrap() - 1;
    let raw = mails.iter().map(|mail| mail.as_bytes().to_vec()).collect();
    let mut batch = batch(first..=last, raw, true);
    for message in &mut batch.messages {
        message.received = Some(at(now));
    }
    intake.store(batch).await.unwrap();
}

async fn state(archive: &Archive) -> SubscriptionState {
    archive.subscriptions().await.unwrap()[0].state
}

#[tokio::test]
async fn asked_confirming_subscribed() {
    let archive = asked(SubscriptionAction::Join).await;
    assert_eq!(state(&archive).await, SubscriptionState::Asked);
    come(&archive, &[JOIN], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Confirming);
    let open = archive.pending_confirmations().await.unwrap();
    assert_eq!((open.len(), open[0].token.as_str()), (1, TOKEN));
    assert_eq!(open[0].address, "reader@mail.example");
    assert!(
        archive
            .answer_confirmation(&open[0], mail("answer"), at(SOON))
            .await
            .unwrap()
    );
    come(&archive, &[WELCOME], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Subscribed);
}

#[tokio::test]
async fn the_lists_first_message_says_welcome_as_well() {
    let archive = asked(SubscriptionAction::Join).await;
    let post = "From: internet-drafts@ietf.org\r\nSubject: I-D Action: draft-a-b-00.txt\r\nMessage-ID: <1@ietf.org>\r\n\
        Date: Wed, 25 Nov 2026 10:00:00 +0000\r\nList-Id: <i-d-announce.lists.example>\r\n\r\nx";
    let old = post
        .replace("Wed, 25 Nov 2026", "Tue, 24 Nov 2026")
        .replace("-b-00", "-c-00")
        .replace("<1@", "<0@");
    come(&archive, &[&old], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Asked);
    come(&archive, &[post], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Subscribed);
}

#[tokio::test]
async fn asked_confirming_left() {
    let archive = asked(SubscriptionAction::Leave).await;
    // Whoever else asked to let us in gets no answer.
    come(&archive, &[JOIN, WELCOME], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Asked);
    come(&archive, &[LEAVE], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Confirming);
    come(&archive, &[GOODBYE], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Left);
}

#[tokio::test]
async fn a_confirmation_is_answered_once_however_often_it_comes() {
    let archive = asked(SubscriptionAction::Join).await;
    let again = JOIN.replace("X-Mailman-Version", "X-Other");
    come(&archive, &[JOIN, &again], SOON).await;
    let open = archive.pending_confirmations().await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(
        archive
            .answer_confirmation(&open[0], mail("answer"), at(SOON))
            .await
            .unwrap()
    );
    assert!(
        !archive
            .answer_confirmation(&open[0], mail("answer"), at(SOON))
            .await
            .unwrap()
    );
    come(&archive, &[JOIN], SOON).await;
    assert!(archive.pending_confirmations().await.unwrap().is_empty());
    let commands = archive.due_deliveries(at(SOON)).await.unwrap();
    assert_eq!(commands.len(), 2, "the request and one answer");
}

#[tokio::test]
async fn one_that_was_made_up_does_not_use_the_place_of_the_real_one() {
    let archive = asked(SubscriptionAction::Join).await;
    let made_up: Vec<String> = (1..=5)
        .map(|n| JOIN.replace(TOKEN, &format!("{n}{}", &TOKEN[1..])))
        .collect();
    come(&archive, &[&made_up[0], JOIN], SOON).await;
    let open = archive.pending_confirmations().await.unwrap();
    assert_eq!(open.len(), 2);
    assert!(open.iter().any(|one| one.token == TOKEN));
    // And a flood of them is not answered for ever.
    let flood: Vec<&str> = made_up.iter().map(String::as_str).collect();
    come(&archive, &flood, SOON).await;
    assert_eq!(archive.pending_confirmations().await.unwrap().len(), 3);
}

#[tokio::test]
async fn what_was_not_asked_is_not_confirmed() {
    let nobody = Archive::in_memory().unwrap();
    come(&nobody, &[JOIN], SOON).await;
    let join = asked(SubscriptionAction::Join).await;
    come(&join, &[LEAVE], SOON).await;
    let late = asked(SubscriptionAction::Join).await;
    come(&late, &[JOIN], "2026-11-28T09:00:01Z").await;
    let before = asked(SubscriptionAction::Join).await;
    come(&before, &[JOIN], "2026-11-25T08:30:00Z").await;
    let other = asked(SubscriptionAction::Join).await;
    come(&other, &[&JOIN.replace("To: reader@", "To: victim@")], SOON).await;
    let dubious = asked(SubscriptionAction::Join).await;
    let forged = format!("Authentication-Results: mx; dmarc=fail\r\n{JOIN}");
    come(&dubious, &[&forged], SOON).await;
    for archive in [nobody, join, late, before, other, dubious] {
        assert!(archive.pending_confirmations().await.unwrap().is_empty());
    }
    let in_time = asked(SubscriptionAction::Join).await;
    come(&in_time, &[JOIN], "2026-11-28T09:00:00Z").await;
    assert_eq!(in_time.pending_confirmations().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_request_forgets_the_old_one() {
    let archive = asked(SubscriptionAction::Join).await;
    come(&archive, &[JOIN], SOON).await;
    let leave = archive.request_subscription(
        "i-d-announce",
        SubscriptionAction::Leave,
        mail("leave"),
        at(SOON),
    );
    leave.await.unwrap();
    assert!(archive.pending_confirmations().await.unwrap().is_empty());
    assert_eq!(state(&archive).await, SubscriptionState::Asked);
    let commands = archive.due_deliveries(at(SOON)).await.unwrap();
    assert_eq!(commands.len(), 1);
}

#[tokio::test]
async fn a_lists_own_mails_are_never_in_a_digest() {
    let archive = asked(SubscriptionAction::Join).await;
    let forged = JOIN.replace("@lists.example\r\nTo", "@evil.example\r\nTo");
    come(
        &archive,
        &[JOIN, LEAVE, WELCOME, GOODBYE, PENDING, &forged],
        SOON,
    )
    .await;
    let record = archive.record_of_day(day("2026-11-25")).await.unwrap();
    assert!(record.announcements.is_empty(), "{record:?}");
    let files = [JOIN, LEAVE, WELCOME, GOODBYE, PENDING];
    let files = files.iter().map(|mail| mail.as_bytes().to_vec()).collect();
    let imported = archive.import(files, &lists(), at(SOON)).await.unwrap();
    assert_eq!((imported.announcements, imported.others), (0, 5));
}

#[tokio::test]
async fn a_command_that_bounces_is_a_refusal() {
    let archive = asked(SubscriptionAction::Join).await;
    let report = "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
        Final-Recipient: rfc822; i-d-announce-join@lists.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
        --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <i-d-announce.asked.nikkan@mail.example>\r\n\r\n--b--\r\n";
    come(&archive, &[report], SOON).await;
    assert_eq!(state(&archive).await, SubscriptionState::Refused);
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].response, "bounced: 5.1.1");
}
