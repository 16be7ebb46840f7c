//! What nikkan 0.1.0 had in flight when it was replaced is sent once, under its Message-ID, and what was sent is not sent
//! again.

use std::collections::BTreeMap;
use std::sync::Mutex;

use nikkan::archive::{Archive, DeliveryState, SubscriptionState};
use nikkan::clock::Clock;
use nikkan::outbox::{self, Outcome, Submission, Transport};
use tokio_util::sync::CancellationToken;

/// A server that takes everything, and counts what it took by recipient and content.
#[derive(Default)]
struct Counting(Mutex<BTreeMap<(String, String), usize>>);

impl Transport for Counting {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let Submission {
            recipient, bytes, ..
        } = mail;
        let content = String::from_utf8_lossy(bytes).trim().to_owned();
        let key = (recipient.to_owned(), content);
        *self.0.lock().unwrap().entry(key).or_default() += 1;
        Outcome::Delivered("250 taken".into())
    }
}

#[tokio::test]
async fn what_0_1_0_had_in_flight_is_sent_once() {
    let directory = tempfile::tempdir().unwrap();
    let old = rusqlite::Connection::open(directory.path().join("nikkan.db")).unwrap();
    for sql in [
        include_str!("../data/schema/v8.sql"),
        include_str!("../data/schema/v8-queue.sql"),
    ] {
        old.execute_batch(sql).unwrap();
    }
    old.pragma_update(None, "user_version", 8).unwrap();
    drop(old);

    let clock = Clock::held("2025-11-30T00:10:00Z".parse().unwrap());
    let archive = Archive::open(directory.path()).unwrap();
    let before = archive.subscriptions().await.unwrap();
    let shown: Vec<_> = before
        .iter()
        .map(|one| {
            (
                one.list.as_str(),
                one.state,
                one.command,
                one.response.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (
                "i-d-announce",
                SubscriptionState::Confirming,
                DeliveryState::Deferred,
                "451 later"
            ),
            (
                "ietf-announce",
                SubscriptionState::Refused,
                DeliveryState::Failed,
                "550 no"
            ),
            (
                "rfc-dist",
                SubscriptionState::Asked,
                DeliveryState::Sending,
                ""
            ),
        ]
    );
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 3);
    let due = archive.due_deliveries(clock.now()).await.unwrap();
    let ids: Vec<_> = due.iter().map(|one| one.message_id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "2025-11-28.daily.nikkan@example.net",
            "2025-11-29.daily.nikkan@example.net",
            "2025-11-29.daily.nikkan@example.net",
            "2025-11-29.daily.nikkan@example.net",
            "2025-11-29.daily.nikkan@example.net",
            "resend.1.nikkan@example.net",
            "2025-11-28.daily.given-up-9.nikkan@example.net",
            "rfc-dist.1.nikkan@mail.example",
            "i-d-announce.confirm-1.nikkan@mail.example",
            "netmod.join-1.nikkan@mail.example",
            "quic.join-1.nikkan@mail.example",
        ]
    );

    let server = Counting::default();
    let stop = CancellationToken::new();
    for expected in [11, 0] {
        let round = outbox::deliver_due(&archive, &server, &(), &clock, &stop).await;
        assert_eq!(round.unwrap().delivered, expected);
    }
    let taken = server.0.into_inner().unwrap();
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
    let taken: Vec<_> = taken
        .keys()
        .map(|(who, what)| (who.as_str(), what.as_str()))
        .collect();
    assert_eq!(
        taken,
        [
            ("b@example.net", "Subject: x"),
            ("deferred@example.net", "digest 2"),
            ("i-d-announce-confirm+1@ietf.org", "confirm"),
            ("netmod-join@ietf.org", "join"),
            ("operator@example.net", "notice"),
            ("queued@example.net", "digest 2"),
            ("quic-join@ietf.org", "join"),
            ("resend@example.net", "resend"),
            ("rfc-dist-join@rfc-editor.org", "Subject: x"),
            ("sending@example.net", "digest 2"),
            ("uncertain@example.net", "digest 2"),
        ]
    );

    // The failures and the copies of before are still known.
    let failures = archive.unreported_failures(clock.now()).await.unwrap();
    let failed: Vec<_> = failures.iter().map(|one| one.recipient.as_str()).collect();
    assert_eq!(failed, ["failed@example.net"]);
    let copies = archive.missing_sent_copies(clock.now()).await.unwrap();
    assert_eq!(copies.len(), 2, "both digests, neither resend nor notice");
    let status = archive.status("2025-11-30".parse().unwrap()).await.unwrap();
    assert_eq!(status.bounces.len(), 1);
}
