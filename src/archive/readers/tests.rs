use super::*;
use crate::announcement::Lists;
use crate::archive::tests::{at, batch, day, sealing, to_seal};
use crate::archive::{
    Archive, AttemptMark, AttemptResult, DeliveryState, MailObject, MessageKind, Recipient,
};
use crate::clock::Clock;
use crate::mailbox::Intake as _;
use crate::secret::InstallationKey;
use jiff::Timestamp;

mod flood;

const NOW: &str = "2025-11-29T12:00:00Z";
const A: &str = "a@example.net";
const B: &str = "b@example.net";

fn editions() -> Vec<EditionReaders> {
    vec![EditionReaders {
        edition: "daily".into(),
        addresses: vec![A.into(), B.into()],
        may_leave: true,
    }]
}

/// A mail that asks to leave.
fn request(number: u32, from: &str, token: &str) -> Vec<u8> {
    format!(
        "From: {from}\r\nTo: nikkan@example.net\r\nSubject: unsubscribe daily {token}\r\n\
         Message-ID: <{number}@example.net>\r\n\r\n"
    )
    .into_bytes()
}

/// A report to the address of a reader's token.
fn bounce(number: u32, token: &str, status: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: nikkan+{token}@example.net\r\nMessage-ID: <{number}@mx.example>\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
         Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; elsewhere@mx.example\r\nAction: failed\r\nStatus: {status}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

/// Stores mails as they come into the mailbox, received at `received`.
async fn come(archive: &Archive, mails: Vec<Vec<u8>>, received: &str) {
    let intake = archive.intake(Lists::built_in(), Clock::held(at(NOW)));
    let before = intake
        .cursor(crate::archive::tests::ACCOUNT, "INBOX")
        .await
        .unwrap();
    let first = before.map_or(1, |cursor| cursor.last_uid + 1);
    let last = first + u32::try_from(mails.len()).unwrap() - 1;
    let mut batch = batch(first..=last, mails, true);
    for message in &mut batch.messages {
        message.received = Some(at(received));
    }
    intake.store(batch).await.unwrap();
}

async fn judged(archive: &Archive) -> ReadersJudged {
    archive
        .judge_readers(editions().into(), at(NOW))
        .await
        .unwrap()
}

async fn keyed() -> (Archive, InstallationKey) {
    let archive = Archive::in_memory().unwrap();
    let key = archive
        .installation_key(at("2025-11-28T00:00:00Z"))
        .await
        .unwrap();
    (archive, key)
}

async fn states(archive: &Archive) -> Vec<(String, ReaderState)> {
    let known = archive.known_readers().await.unwrap();
    known
        .into_iter()
        .map(|reader| (reader.address, reader.state))
        .collect()
}

async fn refused(archive: &Archive) -> RefusedRequests {
    archive
        .status(day("2025-11-29"))
        .await
        .unwrap()
        .refused_requests
}

/// Seals the digest of a day for both readers and ends its deliveries: how the one to A ended, and the other was sent.
async fn digest(archive: &Archive, date: &str, refuse: bool) {
    let record = to_seal(archive, "daily", day(date)).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    for one in archive.due_deliveries(at(NOW)).await.unwrap() {
        archive.begin_attempt(one.id, at(NOW)).await.unwrap();
        let failed = refuse && one.recipient == A;
        let result = AttemptResult {
            state: if failed {
                DeliveryState::Failed
            } else {
                DeliveryState::Sent
            },
            response: if failed {
                "550 5.1.1 no".into()
            } else {
                "250 ok".into()
            },
            next_attempt: None,
            mark: AttemptMark::None,
        };
        archive.record_attempt(one.id, result).await.unwrap();
        archive
            .execute(
                "UPDATE delivery SET refused = ?2 WHERE id = ?1",
                (one.id, failed),
            )
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_request_is_honoured_once_and_cancels_what_waits() {
    let (archive, key) = keyed().await;
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    let token = leave_token(&key, "daily", A, 0);
    let mail = request(1, "Forwarded <home@elsewhere.example>", &token);
    come(&archive, vec![mail.clone(), mail], NOW).await;
    assert_eq!(judged(&archive).await.left, 1);
    assert_eq!(states(&archive).await, [(A.to_owned(), ReaderState::Left)]);
    let due = archive.due_deliveries(at(NOW)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].recipient, B);
    let active = archive
        .active_readers("daily", vec![A.into(), B.into()])
        .await
        .unwrap();
    assert_eq!(active.len(), 1);
    let changes = archive.untold_changes().await.unwrap();
    assert_eq!(changes.len(), 1);
    assert!(changes[0].farewell);
    assert_eq!(changes[0].request, "1@example.net");
    let farewell = MailObject {
        message_id: "farewell.nikkan@example.net".into(),
        sender: "nikkan@example.net".into(),
        recipients: vec![Recipient::plain(A)],
        bytes: b"Subject: x\r\n\r\n".to_vec(),
    };
    let mails = vec![(MessageKind::Farewell, farewell)];
    archive.tell_changes(changes, mails, at(NOW)).await.unwrap();
    assert!(archive.untold_changes().await.unwrap().is_empty());
    // Another mail with the same token does nothing, and the farewell is not cancelled.
    come(&archive, vec![request(2, A, &token)], NOW).await;
    assert_eq!(
        judged(&archive).await,
        ReadersJudged {
            refused: 1,
            ..ReadersJudged::default()
        }
    );
    assert_eq!(refused(&archive).await.replayed, 1);
    assert_eq!(archive.due_deliveries(at(NOW)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_forged_token_a_replay_and_another_readers_token_do_nothing() {
    let (archive, key) = keyed().await;
    let of_a = leave_token(&key, "daily", A, 0);
    let forged = InstallationKey::generate().unwrap();
    let of_nobody = leave_token(&forged, "daily", A, 0);
    let of_bounces = bounce_token(&key, "daily", A, 0);
    let mails = vec![
        request(1, A, &of_nobody),
        request(2, "B <B@EXAMPLE.net>", &of_a),
        request(3, A, &of_bounces),
        request(4, A, &leave_token(&key, "weekly", A, 0)),
        bounce(5, &of_a, "5.1.1"),
    ];
    come(&archive, mails, NOW).await;
    assert_eq!(
        judged(&archive).await,
        ReadersJudged {
            refused: 5,
            ..ReadersJudged::default()
        }
    );
    assert!(states(&archive).await.is_empty());
    let expected = RefusedRequests {
        forged: 3,
        another_reader: 1,
        unknown_reports: 1,
        replayed: 0,
    };
    assert_eq!(refused(&archive).await, expected);
    // Back again, what A left by before is of no use.
    come(&archive, vec![request(6, A, &of_a)], NOW).await;
    assert_eq!(judged(&archive).await.left, 1);
    let back = archive
        .bring_back("a@EXAMPLE.net", None, at(NOW))
        .await
        .unwrap();
    assert_eq!(back, ["daily"]);
    assert!(
        archive
            .bring_back(A, None, at(NOW))
            .await
            .unwrap()
            .is_empty()
    );
    come(&archive, vec![request(7, A, &of_a)], NOW).await;
    assert_eq!(judged(&archive).await.left, 0);
    assert_eq!(refused(&archive).await.replayed, 1);
    let active = archive
        .active_readers("daily", vec![A.into()])
        .await
        .unwrap();
    assert_eq!(active[0].generation, 1);
    come(
        &archive,
        vec![request(8, A, &leave_token(&key, "daily", A, 1))],
        NOW,
    )
    .await;
    assert_eq!(judged(&archive).await.left, 1);
}

#[tokio::test]
async fn where_leaving_is_the_lists_affair_no_token_counts() {
    let (archive, key) = keyed().await;
    come(
        &archive,
        vec![request(1, A, &leave_token(&key, "daily", A, 0))],
        NOW,
    )
    .await;
    let mut editions = editions();
    editions[0].may_leave = false;
    let judged = archive
        .judge_readers(editions.into(), at(NOW))
        .await
        .unwrap();
    assert_eq!((judged.left, judged.refused), (0, 1));
}

#[tokio::test]
async fn a_lost_archive_reads_the_mailbox_again_and_writes_to_nobody() {
    let lost = InstallationKey::generate().unwrap();
    let (archive, _) = keyed().await;
    // One came back twice before the loss, of which nothing is known any more.
    let mails = vec![
        request(1, A, &leave_token(&lost, "daily", A, 0)),
        request(2, B, &leave_token(&lost, "daily", B, 2)),
    ];
    come(&archive, mails, NOW).await;
    assert_eq!(judged(&archive).await.refused, 2);
    let later: Timestamp = "2025-11-29T13:00:00Z".parse().unwrap();
    archive.learn_key(&lost, later).await.unwrap();
    let judged = archive
        .judge_readers(editions().into(), later)
        .await
        .unwrap();
    assert_eq!((judged.left, judged.refused), (2, 0));
    assert_eq!(
        states(&archive).await,
        [
            (A.to_owned(), ReaderState::Left),
            (B.to_owned(), ReaderState::Left)
        ]
    );
    assert!(archive.untold_changes().await.unwrap().is_empty());
    assert_eq!(refused(&archive).await, RefusedRequests::default());
    let back = archive.bring_back(B, Some("daily"), later).await.unwrap();
    assert_eq!(back.len(), 1);
    let active = archive
        .active_readers("daily", vec![B.into()])
        .await
        .unwrap();
    assert_eq!(active[0].generation, 3);
}

#[tokio::test]
async fn an_old_request_and_a_machines_are_honoured_and_not_answered() {
    let (archive, key) = keyed().await;
    let old = request(1, A, &leave_token(&key, "daily", A, 0));
    come(&archive, vec![old], "2025-11-28T11:59:59Z").await;
    let machine = request(2, B, &leave_token(&key, "daily", B, 0));
    let machine = [b"Auto-Submitted: auto-generated\r\n".to_vec(), machine].concat();
    come(&archive, vec![machine], NOW).await;
    assert_eq!(judged(&archive).await.left, 2);
    let changes = archive.untold_changes().await.unwrap();
    assert_eq!(changes.len(), 1, "the operator hears of the machine's");
    assert_eq!(
        (changes[0].reader.address.as_str(), changes[0].farewell),
        (B, false)
    );
}

#[tokio::test]
async fn three_digests_in_a_row_that_come_back_rest_their_reader() {
    let (archive, key) = keyed().await;
    let token = bounce_token(&key, "daily", A, 0);
    let dates = [
        "2025-11-24",
        "2025-11-25",
        "2025-11-26",
        "2025-11-27",
        "2025-11-28",
    ];
    for (number, date) in (0..).zip(dates) {
        digest(&archive, date, number == 3).await;
        // The second may pass, so that only the last three count.
        let status = if number == 1 { "4.2.2" } else { "5.1.1" };
        if number != 3 {
            come(&archive, vec![bounce(number, &token, status)], NOW).await;
        }
        let rested = judged(&archive).await.rested;
        assert_eq!(rested, usize::from(number == 4), "{date}");
    }
    assert_eq!(
        states(&archive).await,
        [(A.to_owned(), ReaderState::Bouncing)]
    );
    let changes = archive.untold_changes().await.unwrap();
    assert_eq!(changes.len(), 1);
    assert!(!changes[0].farewell && changes[0].reader.why.contains("5.1.1"));
    assert_eq!(
        archive
            .active_readers("daily", vec![A.into()])
            .await
            .unwrap(),
        []
    );
    // Back again, what came back before does not count.
    archive
        .bring_back(A, None, at("2025-11-29T12:00:01Z"))
        .await
        .unwrap();
    come(&archive, vec![bounce(9, &token, "5.1.1")], NOW).await;
    assert_eq!(judged(&archive).await.rested, 0);
    let active = archive
        .active_readers("daily", vec![A.into()])
        .await
        .unwrap();
    assert_eq!(
        active[0].generation, 0,
        "the tokens stay: nobody asked to leave"
    );
}

#[tokio::test]
async fn a_report_by_message_id_counts_where_it_returns_the_readers_own_token() {
    let token = format!("{:024x}", 1);
    for (sender, returned, rested) in [
        (None, token.clone(), 1),
        // A stranger who sees another reader's digest knows all but the token.
        (None, format!("{:024x}", 2), 0),
        (None, String::new(), 0),
        (Some("nikkan+x@example.net"), token.clone(), 0),
    ] {
        let (archive, _) = keyed().await;
        let field = |token: &str| {
            format!("List-Unsubscribe: <mailto:x@y?subject=unsubscribe%20daily%20{token}>\r\n")
        };
        for date in ["2025-11-26", "2025-11-27", "2025-11-28"] {
            digest(&archive, date, false).await;
            archive
                .execute(
                    "UPDATE delivery SET sender = ?1, own = ?2",
                    (sender, field(&token).into_bytes()),
                )
                .await
                .unwrap();
            let report = bounce(1, "", "5.1.1");
            let report = String::from_utf8(report).unwrap();
            let report = report
                .replace("nikkan+@", "nikkan@")
                .replace("<1@", &format!("<{date}@"))
                .replace("elsewhere@mx.example", "A@Example.net")
                .replace(
                    "--b--",
                    &format!(
                        "Final-Recipient: rfc822; z@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
                         --b\r\n\r\nMessage-ID: <{date}.daily.nikkan@example.net>\r\n{}\r\n--b--",
                        field(&returned)
                    ),
                );
            come(&archive, vec![report.into_bytes()], NOW).await;
        }
        assert_eq!(judged(&archive).await.rested, rested);
        // Whom the digest did not go to is not noted.
        assert_eq!(
            archive
                .status(day("2025-11-29"))
                .await
                .unwrap()
                .bounces
                .len(),
            3
        );
    }
}

#[tokio::test]
async fn a_report_about_a_mail_that_nobody_sent_is_counted() {
    let (archive, _) = keyed().await;
    let report = String::from_utf8(bounce(1, "", "5.1.1")).unwrap();
    let report = report.replace(
        "--b--",
        "--b\r\n\r\nMessage-ID: <x.nikkan@example.net>\r\n\r\n--b--",
    );
    come(&archive, vec![report.into_bytes()], NOW).await;
    assert_eq!(refused(&archive).await.unknown_reports, 1);
    assert_eq!(judged(&archive).await, ReadersJudged::default());
}

#[tokio::test]
async fn a_delivery_that_was_under_way_is_cancelled_when_it_is_put_off() {
    let (archive, key) = keyed().await;
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    let due = archive.due_deliveries(at(NOW)).await.unwrap();
    let of_a = due.iter().find(|one| one.recipient == A).unwrap();
    archive.begin_attempt(of_a.id, at(NOW)).await.unwrap();
    come(
        &archive,
        vec![request(1, A, &leave_token(&key, "daily", A, 0))],
        NOW,
    )
    .await;
    judged(&archive).await;
    let put_off = AttemptResult {
        state: DeliveryState::Deferred,
        response: "451 later".into(),
        next_attempt: Some(at(NOW)),
        mark: AttemptMark::None,
    };
    archive.record_attempt(of_a.id, put_off).await.unwrap();
    judged(&archive).await;
    let due = archive.due_deliveries(at(NOW)).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].recipient, B);
}

mod in_hand;
