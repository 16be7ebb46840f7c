//! An archive that was lost is made again from the copies of its digests, however much one of them held.

use super::fixtures::model_day;
use crate::announcement::Lists;
use crate::archive::Archive;
use crate::clock::{Clock, Day};
use crate::digest::Edition;
use crate::mailbox::{Batch, Cursor, Intake as _, RawMessage};
use crate::press::{Press, identify_digest, message_id};
use crate::secret::InstallationKey;
use crate::wording::Language;

/// An announcement of the week before 1 December 2025; some came later than others.
fn announced(n: u32) -> RawMessage {
    let text = format!(
        "From: internet-drafts@ietf.org\r\nSubject: I-D Action: draft-a-n{n}-00.txt\r\nDate: {} Nov 2025 12:00:00 +0000\r\n\
         Message-ID: <{n}@ietf.org>\r\nList-Id: <i-d-announce.ietf.org>\r\n\r\n\
         Internet-Draft draft-a-n{n}-00.txt is now available.\r\n\r\n   Title:   Number {n}\r\n   Authors: A. Author\r\n\
         \x20  Name:    draft-a-n{n}-00.txt\r\n   Pages:   3\r\n\r\nAbstract:\r\n\r\n   It says something.\r\n",
        24 + n % 7
    );
    RawMessage {
        uid: n + 1,
        received: None,
        bytes: text.into_bytes(),
    }
}

async fn take_in(archive: &Archive, clock: &Clock, messages: Vec<RawMessage>) {
    let intake = archive.intake(Lists::built_in(), clock.clone());
    let last_uid = messages.last().unwrap().uid;
    let batch = Batch {
        account: "reader@mail.example".into(),
        cursor: Cursor::new("INBOX", 7, last_uid),
        messages,
        caught_up: true,
        released: Vec::new(),
    };
    intake.store(batch).await.unwrap();
}

#[tokio::test]
async fn a_week_of_2_100_announcements_is_known_again_and_what_is_late_is_late() {
    const HELD: u32 = 2_100;
    let (first, last): (Day, Day) = ("2025-11-24".parse().unwrap(), "2025-11-30".parse().unwrap());
    let clock = Clock::held(first.start());
    let archive = Archive::in_memory().unwrap();
    archive.begin_edition("daily", first.start()).await.unwrap();
    take_in(&archive, &clock, (0..HELD).map(announced).collect()).await;
    clock.set(last.end());
    let record = archive.record_to_seal("daily", first, last).await.unwrap();
    let held: Vec<i64> = record
        .announcements
        .iter()
        .map(|stored| stored.id)
        .collect();
    assert_eq!(held.len(), HELD as usize);
    let contents = archive.announcement_fingerprints(held).await.unwrap();
    let mut edited = model_day(Language::En);
    (edited.digest.date, edited.digest.since) = (last, Some(first));
    let edition = Edition::unconfigured();
    let id = message_id(&InstallationKey::of_none(), &edition, last);
    let mail = Press::default().mail(&edited, &edition, last.end(), &id, Some(&contents));
    let copy = mail.unwrap().bytes;
    let header = copy.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
    assert!(header < 6_000, "a header of {header} bytes");

    let found = identify_digest(&copy[..header + 4]).unwrap();
    let again = Archive::in_memory().unwrap();
    let (account, folders) = ("reader@mail.example".into(), vec!["INBOX".into()]);
    clock.set(last.plus(1).end());
    again
        .recover_digests(vec![found], account, folders, clock.now())
        .await
        .unwrap();
    // Two were not in it: the mailbox had them later.
    take_in(&again, &clock, (0..HELD + 2).map(announced).collect()).await;
    let next = again
        .record_to_seal("daily", last.plus(1), last.plus(1))
        .await
        .unwrap();
    let mut late: Vec<String> = next
        .late
        .iter()
        .map(|stored| stored.announcement.subject.clone())
        .collect();
    late.sort();
    assert_eq!(
        late,
        [
            "I-D Action: draft-a-n2100-00.txt",
            "I-D Action: draft-a-n2101-00.txt"
        ]
    );
    assert!(next.announcements.is_empty());
}
