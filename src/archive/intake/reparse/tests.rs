//! What a digest has told stays told, whatever a better parser finds.

use super::*;
use crate::archive::tests::{at, batch, day, draft, names, sealing, to_seal};
use crate::clock::Clock;
use crate::mailbox::Intake as _;

/// What an older parser might have left: the draft taken for a notice.
async fn forget(archive: &Archive, identity: &'static str) {
    archive
        .call(move |connection| {
            let changed = connection.execute(
                "UPDATE announcement SET identity = 'message:' || id, kind = 'notice', document = NULL,
                    body = '{\"kind\":\"notice\",\"subject\":\"x\",\"notice\":{\"title\":\"x\",\"excerpt\":\"\"}}'
                 WHERE identity = ?1",
                [identity],
            )?;
            assert_eq!(changed, 1);
            Ok(())
        })
        .await
        .unwrap();
}

async fn reparse(archive: &Archive) -> ReparseCount {
    let lists = Lists::built_in();
    let (last, count) = archive.reparse_after(&lists, 0).await.unwrap().unwrap();
    assert_eq!(archive.reparse_after(&lists, last).await.unwrap(), None);
    count
}

#[tokio::test]
async fn read_again_an_announcement_is_what_it_is_and_stays_in_its_digest() {
    let archive = Archive::in_memory().unwrap();
    archive
        .begin_edition("daily", at("2025-11-28T08:00:00Z"))
        .await
        .unwrap();
    let intake = archive.intake(Lists::built_in(), Clock::held(at("2025-11-28T12:00:00Z")));
    let when = at("2025-11-28T09:00:00Z");
    let messages = vec![draft("draft-a-b-00", when), draft("draft-c-d-01", when)];
    intake.store(batch(1..=2, messages, true)).await.unwrap();
    forget(&archive, "draft:draft-a-b-00").await;
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    archive.seal(sealing("daily", &record)).await.unwrap();

    let changed = ReparseCount {
        messages: 2,
        changed: 1,
        ..ReparseCount::default()
    };
    assert_eq!(reparse(&archive).await, changed);
    let after = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(
        names(&after.announcements),
        ["draft:draft-a-b-00", "draft:draft-c-d-01"]
    );
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(next.late.is_empty(), "what was told is not told again");
    let unchanged = ReparseCount {
        messages: 2,
        ..ReparseCount::default()
    };
    assert_eq!(reparse(&archive).await, unchanged);
}

#[tokio::test]
async fn read_again_a_copy_is_recognised_unless_a_digest_has_told_it() {
    let archive = Archive::in_memory().unwrap();
    let intake = archive.intake(Lists::built_in(), Clock::held(at("2025-11-28T12:00:00Z")));
    let first = at("2025-11-28T09:00:00Z");
    let one = draft("draft-a-b-00", first);
    intake.store(batch(1..=1, vec![one], true)).await.unwrap();
    forget(&archive, "draft:draft-a-b-00").await;
    // The older parser did not see that the second message announces the same.
    let copy = draft("draft-a-b-00", at("2025-11-28T10:00:00Z"));
    intake.store(batch(2..=2, vec![copy], true)).await.unwrap();
    let count = reparse(&archive).await;
    assert_eq!((count.changed, count.removed), (0, 1));
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(names(&record.announcements), ["draft:draft-a-b-00"]);
}

#[tokio::test]
async fn what_was_overlooked_in_a_told_message_counts_as_told() {
    let archive = Archive::in_memory().unwrap();
    let begun = at("2025-11-28T08:00:00Z");
    archive.begin_edition("daily", begun).await.unwrap();
    let intake = archive.intake(Lists::built_in(), Clock::held(at("2025-11-28T12:00:00Z")));
    let when = at("2025-11-28T09:00:00Z");
    let inner = |name| String::from_utf8(draft(name, when)).unwrap();
    let bundle = format!(
        "From: i-d-announce-request@ietf.org\r\nSubject: I-D-Announce Digest, Vol 1, Issue 1\r\n\
         Date: Fri, 28 Nov 2025 10:00:00 +0000\r\nMessage-ID: <bundle@ietf.org>\r\n\
         List-Id: <i-d-announce.ietf.org>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n--b\r\n\r\n{}\r\n--b\r\n\r\n{}\r\n--b--\r\n",
        inner("draft-a-b-00"),
        inner("draft-c-d-01"),
    );
    intake
        .store(batch(1..=1, vec![bundle.into_bytes()], true))
        .await
        .unwrap();
    archive
        .call(|connection| {
            connection.execute_batch(
                "DELETE FROM announcement_list; DELETE FROM announcement WHERE document = 'draft-c-d'",
            )?;
            Ok(())
        })
        .await
        .unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    assert_eq!(names(&record.announcements), ["draft:draft-a-b-00"]);
    archive.seal(sealing("daily", &record)).await.unwrap();

    assert_eq!(reparse(&archive).await.added, 1);
    let after = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(after.announcements.len(), 2);
    assert_eq!(after.announcements[1].lists, ["i-d-announce"]);
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert!(next.late.is_empty(), "{:?}", names(&next.late));
}

/// Which digest each announcement is in, edition by edition.
async fn told(archive: &Archive) -> Vec<(String, i64, i64)> {
    archive
        .call(|connection| {
            let mut statement = connection.prepare(
                "SELECT edition, announcement, digest FROM digest_announcement ORDER BY edition, announcement",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn every_edition_keeps_what_each_of_its_digests_told() {
    let archive = Archive::in_memory().unwrap();
    let begun = at("2025-11-27T08:00:00Z");
    for edition in ["daily", "weekly"] {
        archive.begin_edition(edition, begun).await.unwrap();
    }
    let intake = archive.intake(Lists::built_in(), Clock::held(at("2025-11-28T12:00:00Z")));
    let messages = vec![
        draft("draft-a-b-00", at("2025-11-27T09:00:00Z")),
        draft("draft-c-d-01", at("2025-11-28T09:00:00Z")),
        // The copy that an older parser did not recognise as one, and a digest told.
        draft("draft-c-d-01", at("2025-11-28T10:00:00Z")),
    ];
    let [one, two, copy] = messages.try_into().unwrap();
    intake
        .store(batch(1..=2, vec![one, two], true))
        .await
        .unwrap();
    forget(&archive, "draft:draft-c-d-01").await;
    intake.store(batch(3..=3, vec![copy], true)).await.unwrap();
    for edition in ["daily", "weekly"] {
        for of in ["2025-11-27", "2025-11-28"] {
            let record = to_seal(&archive, edition, day(of)).await;
            archive.seal(sealing(edition, &record)).await.unwrap();
        }
    }
    let before = told(&archive).await;
    assert_eq!(before.len(), 6, "three announcements in two editions");

    let count = reparse(&archive).await;
    assert_eq!(
        (count.messages, count.removed),
        (3, 0),
        "what was told is never removed"
    );
    assert_eq!(told(&archive).await, before);
    for edition in ["daily", "weekly"] {
        let next = to_seal(&archive, edition, day("2025-11-29")).await;
        assert!(next.announcements.is_empty() && next.late.is_empty());
    }
}
