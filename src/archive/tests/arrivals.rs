//! What arrives while the mailbox is watched is told, whatever dates it has; and so is what was imported before it came.

use super::*;

/// An archive whose edition began at noon, and whose folder was read to its end then.
async fn watched() -> (Archive, Clock) {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock.clone());
    intake.store(batch(1..=1, Vec::new(), true)).await.unwrap();
    (archive, clock)
}

/// The digests of two days by their announcements: on time and late of the first, then late of the second.
async fn told(archive: &Archive) -> (Vec<String>, Vec<String>, Vec<String>) {
    let first = to_seal(archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &first)).await.unwrap();
    let second = to_seal(archive, "daily", day("2025-11-29")).await;
    let late = second.announcements.iter().chain(&second.late);
    let late: Vec<StoredAnnouncement> = late.cloned().collect();
    (
        names(&first.announcements),
        names(&first.late),
        names(&late),
    )
}

#[tokio::test]
async fn what_arrives_live_is_told_whatever_its_server_says() {
    let now = at("2025-11-28T15:00:00Z");
    let undated = |raw: Vec<u8>| {
        let text = String::from_utf8(raw).unwrap();
        let date = text.find("Date: ").unwrap();
        let end = date + text[date..].find("\r\n").unwrap() + 2;
        [&text[..date], &text[end..]].concat().into_bytes()
    };
    let right = draft("draft-a-one-00", now);
    let ahead = draft("draft-a-one-00", at("2026-11-28T15:00:00Z"));
    let old = draft("draft-a-one-00", at("2025-11-20T15:00:00Z"));
    let today = Some("2025-11-28T15:00:00Z");
    let cases: [(&str, Vec<u8>, Option<&str>, bool); 10] = [
        ("all is right", right.clone(), today, true),
        (
            "INTERNALDATE two days back",
            right.clone(),
            Some("2025-11-26T15:00:00Z"),
            true,
        ),
        (
            "INTERNALDATE of 1970",
            right.clone(),
            Some("1970-01-01T00:00:00Z"),
            true,
        ),
        (
            "INTERNALDATE a year ahead",
            right.clone(),
            Some("2026-11-28T15:00:00Z"),
            true,
        ),
        (
            "both ahead",
            ahead.clone(),
            Some("2026-11-28T15:00:00Z"),
            true,
        ),
        (
            "Date ahead, INTERNALDATE of 1970",
            ahead.clone(),
            Some("1970-01-01T00:00:00Z"),
            true,
        ),
        (
            "no Date, INTERNALDATE ahead",
            undated(right.clone()),
            Some("2026-11-28T15:00:00Z"),
            true,
        ),
        (
            "no Date, INTERNALDATE of 1970",
            undated(right.clone()),
            Some("1970-01-01T00:00:00Z"),
            true,
        ),
        ("no date at all", undated(right.clone()), None, true),
        (
            "a week on its way, stamped so",
            old,
            Some("2025-11-20T15:00:00Z"),
            false,
        ),
    ];
    for (what, raw, received, on_time) in cases {
        let (archive, clock) = watched().await;
        clock.set(now);
        let mut arrived = batch(2..=2, vec![raw], true);
        arrived.messages[0].received = received.map(at);
        let intake = archive.intake(Lists::built_in(), clock.clone());
        intake.store(arrived).await.unwrap();
        let (first, late, second) = told(&archive).await;
        assert_eq!(
            (first.len(), late.len()),
            (usize::from(on_time), usize::from(!on_time)),
            "{what}"
        );
        assert!(second.is_empty(), "{what}: {second:?}");
        // Read again it says the same.
        let before = archive.record_of_day(day("2025-11-28")).await.unwrap();
        archive.reparse_after(&Lists::built_in(), 0).await.unwrap();
        let after = archive.record_of_day(day("2025-11-28")).await.unwrap();
        assert_eq!(before.announcements, after.announcements, "{what}");
    }
}

#[tokio::test]
async fn what_was_imported_of_a_sealed_day_is_told_once_the_mailbox_brings_it() {
    let (archive, clock) = watched().await;
    let mail = draft("draft-a-imported-00", at("2025-11-28T14:00:00Z"));
    let first = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &first)).await.unwrap();
    clock.set(at("2025-11-29T10:00:00Z"));
    let lists = Lists::built_in();
    archive
        .import(vec![mail.clone()], &lists, clock.now())
        .await
        .unwrap();
    let untold = archive.untold_imports().await.unwrap();
    assert_eq!((untold.count, untold.some.len()), (1, 1));
    assert_eq!(untold.some[0].1, "draft-a-imported");
    let late = |archive: Archive| async move {
        names(&to_seal(&archive, "daily", day("2025-11-29")).await.late)
    };
    assert!(late(archive.clone()).await.is_empty());
    let intake = archive.intake(Lists::built_in(), clock.clone());
    intake.store(batch(2..=2, vec![mail], true)).await.unwrap();
    assert_eq!(late(archive.clone()).await, ["draft:draft-a-imported-00"]);
    assert_eq!(archive.untold_imports().await.unwrap().count, 0);
}

#[tokio::test]
async fn what_was_imported_is_told_too_where_a_first_reading_brings_it_that_began_before() {
    let (archive, clock) = watched().await;
    let first = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &first)).await.unwrap();
    // Another folder, whose first reading goes on over midnight.
    let intake = archive.intake(Lists::built_in(), clock.clone());
    let other = |uids, messages, caught_up| {
        let mut read = batch(uids, messages, caught_up);
        read.cursor.folder = "Lists".into();
        read
    };
    intake.store(other(1..=1, Vec::new(), false)).await.unwrap();
    clock.set(at("2025-11-29T10:00:00Z"));
    let mail = draft("draft-a-imported-00", at("2025-11-28T14:00:00Z"));
    let older = draft("draft-a-older-00", at("2025-11-27T14:00:00Z"));
    let both = vec![mail, older];
    let lists = Lists::built_in();
    archive
        .import(both.clone(), &lists, clock.now())
        .await
        .unwrap();
    assert_eq!(archive.untold_imports().await.unwrap().count, 1);
    intake.store(other(2..=3, both, true)).await.unwrap();
    let second = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert_eq!(names(&second.late), ["draft:draft-a-imported-00"]);
}

#[tokio::test]
async fn who_imports_says_what_becomes_of_it() {
    for (tell, told) in [(true, 1), (false, 0)] {
        let (archive, clock) = watched().await;
        let first = to_seal(&archive, "daily", day("2025-11-28")).await;
        archive.seal(sealing("daily", &first)).await.unwrap();
        clock.set(at("2025-11-29T10:00:00Z"));
        let older = draft("draft-a-older-00", at("2025-11-20T14:00:00Z"));
        let mail = draft("draft-a-imported-00", at("2025-11-28T14:00:00Z"));
        let lists = Lists::built_in();
        archive
            .import(vec![older, mail.clone()], &lists, clock.now())
            .await
            .unwrap();
        assert_eq!(archive.untold_imports().await.unwrap().count, 1);
        archive.settle_untold(tell).await.unwrap();
        assert_eq!(archive.untold_imports().await.unwrap().count, 0);
        let record = to_seal(&archive, "daily", day("2025-11-29")).await;
        assert_eq!(record.late.len(), told);
        // It was decided, and stays so.
        let intake = archive.intake(Lists::built_in(), clock.clone());
        intake.store(batch(2..=2, vec![mail], true)).await.unwrap();
        assert_eq!(
            to_seal(&archive, "daily", day("2025-11-29"))
                .await
                .late
                .len(),
            told
        );
    }
}

#[tokio::test]
async fn what_was_imported_of_a_day_that_is_not_sealed_is_in_its_digest() {
    let (archive, clock) = watched().await;
    clock.set(at("2025-11-29T00:30:00Z"));
    let mail = draft("draft-a-imported-00", at("2025-11-28T14:00:00Z"));
    archive
        .import(vec![mail], &Lists::built_in(), clock.now())
        .await
        .unwrap();
    assert_eq!(archive.untold_imports().await.unwrap().count, 0);
    let (first, _, second) = told(&archive).await;
    assert_eq!((first.len(), second.len()), (1, 0));
}
