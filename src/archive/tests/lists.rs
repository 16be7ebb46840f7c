//! One announcement on several lists is one, and every list that carried it is remembered.

use super::*;

#[tokio::test]
async fn the_same_document_on_two_lists_is_one_announcement_carried_twice() {
    let archive = Archive::in_memory().unwrap();
    let intake = archive.intake(Lists::built_in(), Clock::held(at("2025-11-28T12:00:00Z")));
    let when = at("2025-11-28T09:00:00Z");
    let one = draft("draft-a-b-00", when);
    let text = String::from_utf8(one.clone()).unwrap();
    let other = text
        .replace("<i-d-announce.ietf.org>", "<ietf-announce.ietf.org>")
        .into_bytes();
    intake
        .store(batch(1..=2, vec![one, other], true))
        .await
        .unwrap();
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(record.announcements.len(), 1);
    assert_eq!(
        record.announcements[0].lists,
        ["i-d-announce", "ietf-announce"]
    );
}

/// An RFC's announcement as `list` sends it: its own List-Id, prefix and footer; the Message-ID is the same for all.
fn rfc(list: &str, prefix: &str) -> Vec<u8> {
    format!(
        "From: rfc-editor@rfc-editor.org\r\nSubject: {prefix}RFC 9737 on Reporting Errors\r\n\
         Date: Fri, 28 Nov 2025 09:00:00 +0000\r\nMessage-ID: <20251128.D4@rfcpa.rfc-editor.org>\r\n\
         List-Id: Some words <{list}>\r\n\r\nA new Request for Comments is now available in online RFC libraries.\r\n\
         \r\n        RFC 9737\r\n\r\n        Title:      Reporting Errors\r\n\r\nIt reports.\r\n\r\n{}\r\n{prefix}mailing list\r\n",
        "_".repeat(47)
    )
    .into_bytes()
}

#[tokio::test]
async fn one_announcement_on_several_lists_is_told_once_with_all_of_them() {
    let archive = Archive::in_memory().unwrap();
    let lists = Lists::new(&[crate::announcement::List {
        name: "nfsv4".into(),
        id: "nfsv4.ietf.org".into(),
    }]);
    let intake = archive.intake(lists, Clock::held(at("2025-11-28T12:00:00Z")));
    let inner = String::from_utf8(rfc("rfc-dist.rfc-editor.org", "")).unwrap();
    let bundle = format!(
        "From: rfc-dist-request@rfc-editor.org\r\nSubject: rfc-dist Digest, Vol 1, Issue 2\r\n\
         Message-ID: <bundle@rfc-editor.org>\r\nList-Id: <rfc-dist.rfc-editor.org>\r\n\
         Content-Type: multipart/digest; boundary=\"b\"\r\n\r\n--b\r\n\r\n{inner}\r\n--b--\r\n"
    );
    // A decision has no document of its own: it is known by its Message-ID.
    let decision = |list: &str| {
        format!(
            "From: The IESG <iesg-secretary@ietf.org>\r\nSubject: Document Action: 'A' to Informational RFC (draft-a-b-01.txt)\r\n\
             Date: Fri, 28 Nov 2025 10:00:00 +0000\r\nMessage-ID: <one@ietf.org>\r\nList-Id: <{list}>\r\n\r\nApproved.\r\n"
        )
        .into_bytes()
    };
    let messages = vec![
        rfc("ietf-announce.ietf.org", ""),
        rfc("nfsv4.ietf.org", "[nfsv4] "),
        bundle.into_bytes(),
        decision("nfsv4.ietf.org"),
        decision("ietf-announce.ietf.org"),
    ];
    intake.store(batch(1..=5, messages, true)).await.unwrap();
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    assert_eq!(
        names(&record.announcements),
        ["rfc:9737", "message:one@ietf.org"]
    );
    let carried = |at: usize| &record.announcements[at].lists;
    assert_eq!(carried(0), &["ietf-announce", "nfsv4", "rfc-dist"]);
    assert_eq!(carried(1), &["ietf-announce", "nfsv4"]);
    assert_eq!(archive.status(day("2025-11-28")).await.unwrap().messages, 5);
}

/// A last call as ietf-announce sends it.
fn last_call(name: &str, date: &str, ends: &str) -> Vec<u8> {
    let date = at(date).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    format!(
        "From: The IESG <iesg-secretary@ietf.org>\r\nSubject: Last Call: <{name}.txt> (On it) to Proposed Standard\r\n\
         Date: {date}\r\nMessage-ID: <{name}.{ends}@ietf.org>\r\nList-Id: <ietf-announce.ietf.org>\r\n\r\n\
         The IESG has received a request from an individual submitter to consider the following document: - 'On it'\r\n\
           <{name}.txt> as Proposed Standard\r\n\r\n\
         The IESG plans to make a decision in the next few weeks, and solicits final comments on this action. Please send\r\n\
         substantive comments to the last-call@ietf.org mailing lists by {ends}.\r\n"
    )
    .into_bytes()
}

/// News of a group as ietf-announce sends it.
fn group_news(subject: &str, date: &str, text: &str) -> Vec<u8> {
    let date = at(date).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    format!(
        "From: The IESG <iesg-secretary@ietf.org>\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <{}@ietf.org>\r\n\
         List-Id: <ietf-announce.ietf.org>\r\n\r\n{text}\r\n",
        subject.replace(' ', ".")
    )
    .into_bytes()
}

#[tokio::test]
async fn reviews_of_charters_close_too_and_end_with_what_became_of_them() {
    let archive = Archive::in_memory().unwrap();
    let until = |day: &str| format!("Please send your comments to the IESG mailing list by {day}.");
    let review = |name: &str, day: &str| {
        let subject = format!("WG Review: Examples ({name})");
        group_news(&subject, "2025-11-20T09:00:00Z", &until(day))
    };
    let formed = group_news(
        "WG Action: Formed Examples (over)",
        "2025-11-26T09:00:00Z",
        "x",
    );
    let messages = vec![
        review("soon", "2025-12-02"),
        review("later", "2025-12-20"),
        review("over", "2025-12-01"),
        formed,
        last_call("draft-a-soon-03", "2025-11-20T09:00:00Z", "2025-12-04"),
    ];
    let now = at("2025-11-29T00:00:00Z");
    let lists = Lists::built_in();
    archive.import(messages, &lists, now).await.unwrap();
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    let subjects: Vec<&str> = (record.closing.iter())
        .map(|stored| stored.announcement.subject.as_str())
        .collect();
    assert_eq!(
        subjects,
        [
            "WG Review: Examples (soon)",
            "Last Call: <draft-a-soon-03.txt> (On it) to Proposed Standard"
        ]
    );
}

#[tokio::test]
async fn what_closes_in_the_week_after_a_day_is_known_and_so_are_the_lists_that_were_heard() {
    let archive = Archive::in_memory().unwrap();
    let messages = vec![
        last_call("draft-a-soon-03", "2025-11-20T09:00:00Z", "2025-12-04"),
        last_call("draft-a-sooner-01", "2025-11-21T09:00:00Z", "2025-11-28"),
        last_call("draft-a-later-01", "2025-11-21T10:00:00Z", "2025-12-06"),
        last_call("draft-a-over-01", "2025-11-01T10:00:00Z", "2025-11-27"),
        // Called a second time: the first end no longer counts.
        last_call("draft-a-again-01", "2025-11-02T10:00:00Z", "2025-11-30"),
        last_call("draft-a-again-02", "2025-11-22T10:00:00Z", "2025-12-30"),
        // Announced on the day itself: it stands among the day's own.
        last_call("draft-a-today-01", "2025-11-28T10:00:00Z", "2025-12-01"),
    ];
    let now = at("2025-11-29T00:00:00Z");
    archive
        .import(messages, &Lists::built_in(), now)
        .await
        .unwrap();
    let record = archive.record_of_day(day("2025-11-28")).await.unwrap();
    let closing: Vec<&str> = (record.closing.iter())
        .filter_map(|stored| match &stored.announcement.body {
            crate::announcement::Body::LastCall(call) => Some(call.documents[0].name.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(closing, ["draft-a-sooner", "draft-a-soon"]);
    assert_eq!(record.heard, ["ietf-announce"]);
    let before = archive.record_of_day(day("2025-10-31")).await.unwrap();
    assert!(before.heard.is_empty() && before.closing.is_empty());
}
