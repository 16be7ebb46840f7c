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
