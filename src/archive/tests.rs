//! The promises of the archive: one transaction, one digest per announcement, nothing late that is history.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

mod arrivals;
mod corrections;
mod lists;
mod upgrade;

use super::*;
use crate::announcement::Lists;
use crate::clock::{Clock, Day};
use crate::mailbox::{Batch, Cursor, Intake as _, RawMessage};

pub(super) const ACCOUNT: &str = "reader@mail.example";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A draft announcement as the list sends it, dated `date`.
pub(super) fn draft(name: &str, date: Timestamp) -> Vec<u8> {
    let (stem, _) = name.rsplit_once('-').unwrap();
    format!(
        "From: internet-drafts@ietf.org\r\nSubject: I-D Action: {name}.txt\r\nDate: {}\r\n\
         Message-ID: <{name}.{}@ietf.org>\r\nList-Id: <i-d-announce.ietf.org>\r\n\r\n\
         Internet-Draft {name}.txt is now available.\r\n\r\n   Title:   On {stem}\r\n   Authors: A. Author\r\n\
            Name:    {name}.txt\r\n   Pages:   3\r\n\r\nAbstract:\r\n\r\n   It says something.\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        date.as_second(),
    )
    .into_bytes()
}

pub(super) fn batch(
    uids: std::ops::RangeInclusive<u32>,
    messages: Vec<Vec<u8>>,
    caught_up: bool,
) -> Batch {
    Batch {
        account: ACCOUNT.into(),
        cursor: Cursor::new("INBOX", 7, *uids.end()),
        messages: uids
            .zip(messages)
            .map(|(uid, bytes)| RawMessage {
                uid,
                received: None,
                bytes,
            })
            .collect(),
        caught_up,
        released: Vec::new(),
    }
}

pub(super) fn sealing(edition: &str, record: &DayRecord) -> Sealing {
    Sealing {
        edition: edition.into(),
        day: record.day,
        since: record.since,
        sealed_at: record.day.end(),
        compiled: "{}".into(),
        announcements: record
            .announcements
            .iter()
            .chain(&record.late)
            .map(|stored| stored.id)
            .collect(),
        mail: Some(MailObject {
            message_id: format!("{}.{edition}.nikkan@example.net", record.day),
            sender: "nikkan@example.net".into(),
            recipients: vec![
                Recipient::plain("a@example.net"),
                Recipient::plain("b@example.net"),
            ],
            bytes: b"Subject: x\r\n\r\n".to_vec(),
        }),
    }
}

/// What a digest of one day would hold.
pub(super) async fn to_seal(archive: &Archive, edition: &str, day: Day) -> DayRecord {
    archive.record_to_seal(edition, day, day).await.unwrap()
}

pub(super) fn names(stored: &[StoredAnnouncement]) -> Vec<String> {
    stored
        .iter()
        .map(|stored| stored.announcement.identity(b""))
        .collect()
}

#[tokio::test]
async fn message_announcement_and_cursor_become_true_together() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let intake = archive.intake(Lists::built_in(), clock);
    assert_eq!(intake.cursor(ACCOUNT, "INBOX").await.unwrap(), None);
    let one = draft("draft-a-b-00", at("2025-11-28T09:00:00Z"));
    intake.store(batch(3..=3, vec![one], true)).await.unwrap();
    let cursor = intake.cursor(ACCOUNT, "INBOX").await.unwrap().unwrap();
    assert_eq!((cursor.uidvalidity, cursor.last_uid), (7, 3));
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(names(&record.announcements), ["draft:draft-a-b-00"]);
    assert_eq!(record.announcements[0].lists, ["i-d-announce"]);
}

#[tokio::test]
async fn a_batch_that_fails_half_way_leaves_nothing() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let intake = archive.intake(Lists::built_in(), clock);
    archive
        .call(|connection| {
            // The second announcement of the batch strikes this.
            connection.execute_batch(
                "CREATE TRIGGER strike BEFORE INSERT ON announcement WHEN NEW.identity = 'draft:draft-b-b-00'
                 BEGIN SELECT RAISE(ABORT, 'struck'); END",
            )?;
            Ok(())
        })
        .await
        .unwrap();
    let when = at("2025-11-28T09:00:00Z");
    let messages = vec![draft("draft-a-b-00", when), draft("draft-b-b-00", when)];
    intake
        .store(batch(1..=2, messages, true))
        .await
        .unwrap_err();
    assert_eq!(intake.cursor(ACCOUNT, "INBOX").await.unwrap(), None);
    assert_eq!(archive.status(day("2025-11-28")).await.unwrap().messages, 0);
}

#[tokio::test]
async fn older_mail_of_the_first_reading_is_history_and_never_late() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock.clone());
    let old = draft("draft-old-x-00", at("2025-11-20T09:00:00Z"));
    intake.store(batch(1..=1, vec![old], true)).await.unwrap();
    // Later, with the folder read to its end, mail that is just as old is late.
    let delayed = draft("draft-late-x-00", at("2025-11-20T09:00:00Z"));
    intake
        .store(batch(2..=2, vec![delayed], true))
        .await
        .unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    assert_eq!(names(&record.late), ["draft:draft-late-x-00"]);
}

#[tokio::test]
async fn what_comes_after_its_day_was_sealed_is_in_the_next_digest_once() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock.clone());
    intake
        .store(batch(1..=1, vec![draft("draft-a-b-00", clock.now())], true))
        .await
        .unwrap();
    clock.set(at("2025-11-29T00:00:00Z"));
    assert_eq!(
        archive.unsealed_days("daily", clock.today()).await.unwrap(),
        [day("2025-11-28")]
    );
    let first = to_seal(&archive, "daily", day("2025-11-28")).await;
    assert_eq!(
        archive.seal(sealing("daily", &first)).await.unwrap(),
        Sealed::Now
    );
    assert_eq!(
        archive.seal(sealing("daily", &first)).await.unwrap(),
        Sealed::Before
    );
    assert!(
        archive
            .unsealed_days("daily", clock.today())
            .await
            .unwrap()
            .is_empty()
    );
    let delayed = draft("draft-c-d-00", at("2025-11-28T23:59:00Z"));
    intake
        .store(batch(2..=2, vec![delayed], true))
        .await
        .unwrap();
    let next = to_seal(&archive, "daily", day("2025-11-29")).await;
    assert_eq!(names(&next.late), ["draft:draft-c-d-00"]);
    archive.seal(sealing("daily", &next)).await.unwrap();
    let third = to_seal(&archive, "daily", day("2025-11-30")).await;
    assert!(third.late.is_empty() && third.announcements.is_empty());
}

#[tokio::test]
async fn proofs_of_life_that_join_are_one_connection() {
    let archive = Archive::in_memory().unwrap();
    let intake = archive.intake(Lists::built_in(), Clock::system());
    for (since, until) in [
        ("2025-11-27T23:50:00Z", "2025-11-28T00:30:00Z"),
        ("2025-11-28T00:30:00Z", "2025-11-28T01:00:00Z"),
        ("2025-11-28T01:10:00Z", "2025-11-28T02:00:00Z"),
    ] {
        intake.note_alive(at(since), at(until)).await.unwrap();
    }
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(record.connected.as_secs(), 110 * 60);
}

#[tokio::test]
async fn a_draft_remembers_its_earlier_revisions_and_the_days_their_counts() {
    let archive = Archive::in_memory().unwrap();
    let now = at("2025-11-28T12:00:00Z");
    let raws = vec![
        draft("draft-a-b-00", at("2025-11-20T09:00:00Z")),
        draft("draft-a-b-01", at("2025-11-26T09:00:00Z")),
        draft("draft-a-b-02", now),
    ];
    let lists = Lists::built_in();
    let imported = archive.import(raws.clone(), &lists, now).await.unwrap();
    assert_eq!((imported.messages, imported.announcements), (3, 3));
    let again = archive.import(raws, &lists, now).await.unwrap();
    assert_eq!((again.messages, again.announcements), (3, 0));
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    let earlier: Vec<_> = record.earlier["draft-a-b"]
        .iter()
        .map(|e| e.revision.as_str())
        .collect();
    assert_eq!(earlier, ["00", "01"]);
    assert_eq!(record.past.len(), 8);
    assert_eq!(record.past.iter().map(|count| count.drafts).sum::<u32>(), 2);
    assert_eq!(record.last_before, Some(at("2025-11-26T09:00:00Z")));
}

#[tokio::test]
async fn personal_mail_and_our_own_digests_are_not_taken_in() {
    let archive = Archive::in_memory().unwrap();
    let now = at("2025-11-28T12:00:00Z");
    let intake = archive.intake(Lists::built_in(), Clock::held(now));
    let personal =
        b"From: a@example.org\r\nSubject: I-D Action: draft-a-b-00.txt\r\n\r\nhello\r\n".to_vec();
    let own = b"From: nikkan@example.org\r\nSubject: digest\r\nX-Nikkan-Edition: daily\r\nList-Id: <ietf-announce.ietf.org>\r\n\r\nx\r\n".to_vec();
    intake
        .store(batch(1..=2, vec![personal, own], true))
        .await
        .unwrap();
    assert_eq!(archive.status(day("2025-11-28")).await.unwrap().messages, 0);
    let cursor = intake.cursor(ACCOUNT, "INBOX").await.unwrap().unwrap();
    assert_eq!(cursor.last_uid, 2);
}

/// Random schedules of arrivals, delays, rescans and midnights: every announcement that came after the beginning is
/// in exactly one digest, and every day has exactly one.
#[tokio::test]
async fn every_announcement_is_in_exactly_one_digest_whatever_the_schedule() {
    for seed in 0..60 {
        let mut random = fastrand::Rng::with_seed(seed);
        let archive = Archive::in_memory().unwrap();
        let start = at("2025-11-28T05:00:00Z");
        let clock = Clock::held(start);
        archive.begin_edition("daily", start).await.unwrap();
        let intake = archive.intake(Lists::built_in(), clock.clone());
        intake.store(batch(1..=1, Vec::new(), true)).await.unwrap();
        let mut uid = 1;
        let mut sent = 0;
        for _ in 0..60 {
            match random.u8(0..10) {
                0..5 => {
                    let name = format!("draft-x-n{sent}-00");
                    sent += 1;
                    let delay = SignedDuration::from_hours(random.i64(0..60));
                    let mut raws = vec![draft(&name, (clock.now() - delay).max(start))];
                    if random.bool() {
                        raws.push(raws[0].clone());
                    }
                    let last = uid + u32::try_from(raws.len()).unwrap();
                    intake
                        .store(batch(uid + 1..=last, raws, true))
                        .await
                        .unwrap();
                    uid = last;
                }
                _ => {
                    let step = SignedDuration::from_hours(random.i64(-2..30));
                    clock.set((clock.now() + step).max(start));
                    for day in archive.unsealed_days("daily", clock.today()).await.unwrap() {
                        let record = to_seal(&archive, "daily", day).await;
                        archive.seal(sealing("daily", &record)).await.unwrap();
                    }
                }
            }
        }
        clock.set(clock.now() + SignedDuration::from_hours(72));
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for day in archive.unsealed_days("daily", clock.today()).await.unwrap() {
            let record = to_seal(&archive, "daily", day).await;
            archive.seal(sealing("daily", &record)).await.unwrap();
        }
        let (in_digests, days): (Vec<String>, Vec<String>) = archive
            .call(|connection| {
                let mut statement = connection.prepare(
                    "SELECT a.identity FROM digest_announcement d JOIN announcement a ON a.id = d.announcement",
                )?;
                let identities = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
                let mut statement = connection.prepare("SELECT day FROM digest ORDER BY day")?;
                let days = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
                Ok((identities, days))
            })
            .await
            .unwrap();
        for identity in in_digests {
            *seen.entry(identity).or_default() += 1;
        }
        assert_eq!(seen.len(), sent, "seed {seed}: one is in no digest");
        assert!(
            seen.values().all(|count| *count == 1),
            "seed {seed}: one is in two"
        );
        let mut expected = day("2025-11-28");
        for found in days {
            assert_eq!(found, expected.to_string(), "seed {seed}");
            expected = expected.next();
        }
    }
}

#[tokio::test]
async fn a_full_file_takes_no_half_digest_and_goes_on_when_there_is_room() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    archive.begin_edition("daily", clock.now()).await.unwrap();
    let intake = archive.intake(Lists::built_in(), clock);
    let one = draft("draft-a-b-00", at("2025-11-28T13:00:00Z"));
    intake.store(batch(1..=1, vec![one], true)).await.unwrap();
    let record = to_seal(&archive, "daily", day("2025-11-28")).await;
    let mut sealing = sealing("daily", &record);
    if let Some(mail) = &mut sealing.mail {
        mail.bytes = vec![b'x'; 500_000];
    }
    let limit = |pages: u32| {
        archive
            .call(move |connection| Ok(connection.pragma_update(None, "max_page_count", pages)?))
    };
    // SQLite allows no limit below what there is: what there is, is the limit.
    limit(1).await.unwrap();
    let error = archive.seal(sealing.clone()).await.unwrap_err();
    assert!(matches!(error, ArchiveError::Full(_)), "{error}");
    assert!(error.is_temporary());
    let sealed = archive.sealed_span("daily", day("2025-11-28")).await;
    assert_eq!(sealed.unwrap(), None);
    assert_eq!(archive.next_due().await.unwrap(), None);
    limit(1_000_000).await.unwrap();
    assert_eq!(archive.seal(sealing).await.unwrap(), Sealed::Now);
    assert!(archive.next_due().await.unwrap().is_some());
}
