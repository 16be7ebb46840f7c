//! A list that tells a document again with other facts corrects itself.

use super::*;

/// The draft as its list announces it, with this title.
fn titled(title: &str, when: &str) -> Vec<u8> {
    let text = String::from_utf8(draft("draft-a-b-00", at(when))).unwrap();
    text.replace("On draft-a-b\r\n", &format!("{title}\r\n"))
        .into_bytes()
}

fn title_of(stored: &StoredAnnouncement) -> Option<&str> {
    match &stored.announcement.body {
        crate::announcement::Body::Draft(draft) => draft.title.as_deref(),
        _ => None,
    }
}

#[tokio::test]
async fn before_its_digest_a_correction_takes_the_place_of_what_it_corrects() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock);
    let first = titled("A Titel", "2025-11-28T09:00:00Z");
    let better = titled("A Title", "2025-11-28T10:00:00Z");
    intake.store(batch(1..=1, vec![first], true)).await.unwrap();
    intake
        .store(batch(2..=2, vec![better], true))
        .await
        .unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    assert_eq!(record.announcements.len(), 1);
    assert_eq!(title_of(&record.announcements[0]), Some("A Title"));
    // An older copy that comes later changes nothing, nor does reading all of them again.
    let slow = titled("A Titel", "2025-11-28T09:30:00Z");
    intake.store(batch(3..=3, vec![slow], true)).await.unwrap();
    archive.reparse_after(&Lists::built_in(), 0).await.unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    assert_eq!(record.announcements.len(), 1);
    assert_eq!(title_of(&record.announcements[0]), Some("A Title"));
}

#[tokio::test]
async fn what_a_digest_has_told_wrong_is_put_right_by_the_next_one_once() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock.clone());
    let first = titled("A Titel", "2025-11-28T09:00:00Z");
    intake.store(batch(1..=1, vec![first], true)).await.unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();

    clock.set(at("2025-11-29T12:00:00Z"));
    let same = titled("A Titel", "2025-11-29T08:00:00Z");
    let better = titled("A Title", "2025-11-29T09:00:00Z");
    let again = titled("A Title", "2025-11-29T10:00:00Z");
    let messages = vec![same, better, again];
    intake.store(batch(2..=4, messages, true)).await.unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(record.announcements.is_empty());
    assert_eq!(record.late.len(), 1, "{:?}", names(&record.late));
    assert_eq!(record.late[0].day, day("2025-11-28"));
    assert_eq!(title_of(&record.late[0]), Some("A Title"));
    assert_eq!(record.late[0].lists, ["i-d-announce"]);
    archive.seal(sealing("daily", &record)).await.unwrap();
    let next = to_seal(&archive, "daily", day("2025-11-30")).await;
    assert!(next.late.is_empty());
    // Read again by a later version it is what it was.
    let (_, count) = archive
        .reparse_after(&Lists::built_in(), 0)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(count.removed, 0);
}

#[tokio::test]
async fn a_copy_over_another_list_corrects_nothing() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock.clone());
    let first = titled("A Title", "2025-11-28T09:00:00Z");
    intake.store(batch(1..=1, vec![first], true)).await.unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();
    let cut = String::from_utf8(titled("A Ti", "2025-11-28T13:00:00Z")).unwrap();
    let copy = cut
        .replace("i-d-announce.ietf.org", "ietf-announce.ietf.org")
        .into_bytes();
    intake
        .store(batch(2..=2, vec![copy.clone()], true))
        .await
        .unwrap();
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(next.late.is_empty(), "{:?}", names(&next.late));
    // Nor does that copy when it is read again, after the folder was rebuilt.
    intake.store(batch(9..=9, vec![copy], true)).await.unwrap();
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(next.late.is_empty(), "{:?}", names(&next.late));
}
