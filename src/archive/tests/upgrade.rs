//! An archive of an earlier release opens and reads the same.

use rusqlite::Connection;

use super::*;

/// Writes the file that nikkan 0.1.0 left in `directory`.
fn leave_0_1_0(directory: &std::path::Path) {
    let old = Connection::open(directory.join("nikkan.db")).unwrap();
    old.execute_batch(include_str!("../../../tests/data/schema/v8.sql"))
        .unwrap();
    old.pragma_update(None, "user_version", 8).unwrap();
}

#[tokio::test]
async fn an_archive_of_0_1_0_opens_and_reads_the_same() {
    let directory = tempfile::tempdir().unwrap();
    leave_0_1_0(directory.path());
    let archive = Archive::open(directory.path()).unwrap();

    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(names(&record.announcements), ["draft:draft-a-b-00"]);
    assert_eq!(
        record.announcements[0].lists,
        ["i-d-announce", "ietf-announce"]
    );
    assert_eq!(record.connected.as_secs(), 3600);
    let old = archive.record_of_day(day("2025-11-10")).await.unwrap();
    assert_eq!(names(&old.announcements), ["draft:draft-old-x-00"]);

    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(next.late.is_empty(), "{:?}", names(&next.late));
    let today = day("2025-11-29");
    assert!(
        archive
            .unsealed_days("daily", today)
            .await
            .unwrap()
            .is_empty()
    );
    let compiled = archive.compiled_digest("daily", day("2025-11-28")).await;
    assert_eq!(compiled.unwrap().as_deref(), Some("{}"));
    let weeks = archive.sealed_spans("weekly").await.unwrap();
    assert_eq!(weeks, [(day("2025-11-17"), day("2025-11-23"))]);

    let status = archive.status(today).await.unwrap();
    assert_eq!(status.messages, 3);
    assert_eq!(
        (status.folders[0].uidvalidity, status.folders[0].last_uid),
        (7, 3)
    );
    assert_eq!(status.lists.len(), 2);
    assert_eq!(status.bounces[0].said, "5.1.1");
    let open: Vec<_> = status
        .outbox
        .iter()
        .map(|open| (open.recipient.as_str(), open.state, open.attempts))
        .collect();
    assert_eq!(open, [("b@example.net", DeliveryState::Deferred, 1)]);

    let joined = &archive.subscriptions().await.unwrap()[0];
    assert_eq!(joined.state, SubscriptionState::Asked);
    assert_eq!(joined.command, DeliveryState::Sending);
    let pending = archive.pending_confirmations().await.unwrap();
    assert_eq!(pending[0].token, "c449c43d");

    let key = ModelTextKey {
        document: "draft-a-b".into(),
        revision: "00".into(),
        language: "ja".into(),
        model: "m".into(),
        prompt: [7; 32],
        kind: "summary".into(),
    };
    let texts = archive.model_texts(vec![key]).await.unwrap();
    assert_eq!(texts, [Some(Some("words".into()))]);
    let note = archive.daemon_note("daemon").await.unwrap();
    assert_eq!(note.as_deref(), Some("{}"));
}

#[tokio::test]
async fn the_messages_of_0_1_0_are_unpacked_and_its_folders_go_on() {
    let directory = tempfile::tempdir().unwrap();
    leave_0_1_0(directory.path());
    let archive = Archive::open(directory.path()).unwrap();
    let (last, count) = archive
        .reparse_after(&Lists::built_in(), 0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((last, count.messages), (3, 3));
    assert_eq!((count.added, count.removed), (0, 0));

    // The folder was read to its end: what comes now is not history, however old.
    let clock = Clock::held(at("2025-11-29T12:00:00Z"));
    let intake = archive.intake(Lists::built_in(), clock);
    let delayed = draft("draft-late-x-00", at("2025-11-28T09:00:00Z"));
    intake
        .store(batch(4..=4, vec![delayed], true))
        .await
        .unwrap();
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert_eq!(names(&next.late), ["draft:draft-late-x-00"]);
}
