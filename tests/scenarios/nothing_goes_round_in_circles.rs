//! Our own digests, automatic answers and bounces in the watched mailbox are no announcements; a bounce is shown, and
//! the operator hears of a digest that was given up.

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header, joined, text_part};
use crate::lab::smtp_receiver::SmtpReceiver;

const NOON: &str = "2025-11-28T12:00:00Z";
const NIGHT: &str = "2025-11-29T00:05:00Z";

#[test]
fn digests_answers_and_bounces_are_not_taken_in_and_a_bounce_is_shown() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    assert!(home.run(&["--at", NOON, "run", "--once"]).status.success());
    let one = announcement("draft-lab-one-00", "2025-11-28T13:00:00Z");
    dovecot.deliver(std::slice::from_ref(&one));
    assert!(home.run(&["--at", NIGHT, "run", "--once"]).status.success());
    let digest = receiver.received().remove(0).bytes;
    let id = header(&digest, "Message-ID");
    // The digest itself, also as a list hands it on; somebody's answer through the list; and the bounce.
    let listed = [b"List-Id: <i-d-announce.ietf.org>\r\n".as_slice(), &digest].concat();
    let answer = String::from_utf8(one).unwrap().replace("one-00", "two-00");
    let answer = format!("Auto-Submitted: auto-replied\r\n{answer}");
    let bounce = format!(
        "From: MAILER-DAEMON@mx.example\r\nSubject: Undelivered Mail\r\nAuto-Submitted: auto-replied\r\n\
         Content-Type: multipart/report; report-type=delivery-status;\r\n boundary=\"b\"\r\n\r\n--b\r\n\r\nSorry.\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
         Final-Recipient: rfc822; reader@example.net\r\nAction: failed\r\nStatus: 5.2.2\r\n\
         Diagnostic-Code: smtp; 552 5.2.2 mailbox full\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Message-ID: {id}\r\nSubject: x\r\n\r\n--b--\r\n"
    );
    dovecot.deliver(&[digest, listed, answer.into_bytes(), bounce.into_bytes()]);
    assert!(home.run(&["--at", NIGHT, "run", "--once"]).status.success());
    let status = home.run(&["--at", NIGHT, "status", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(json["messages"], 1, "{json}");
    assert_eq!(status.status.code(), Some(1));
    assert_eq!(json["bounces"][0]["recipient"], "reader@example.net");
    assert_eq!(
        json["bounces"][0]["said"],
        "5.2.2 smtp; 552 5.2.2 mailbox full"
    );
    let problems = json["problems"].to_string();
    assert!(
        problems.contains("the digest of 2025-11-28 to reader@example.net bounced"),
        "{problems}"
    );
}

#[test]
fn the_operator_hears_once_of_a_digest_that_was_given_up() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.editions = setup.editions.replace(
        "[\"reader@example.net\"]",
        "[\"refused@example.net\", \"refused2@example.net\", \"good@example.net\"]",
    );
    setup
        .smtp
        .push_str("operator = \"Boss <boss@example.net>\"\n");
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    assert!(home.run(&["--at", NOON, "run", "--once"]).status.success());
    assert_eq!(
        home.run(&["--at", NIGHT, "run", "--once"]).status.code(),
        Some(1)
    );
    home.run(&["--at", NIGHT, "run", "--once"]);
    let received = receiver.received();
    let readers: Vec<&str> = received
        .iter()
        .map(|mail| mail.recipients[0].as_str())
        .collect();
    assert_eq!(readers, ["good@example.net", "boss@example.net"]);
    let text = text_part(&received[1].bytes);
    for words in [
        "refused@example.net",
        "550 5.1.1 no such reader",
        "nikkan send 2025-11-28 --edition daily --to refused2@example.net",
    ] {
        assert!(text.contains(words), "no {words} in\n{text}");
    }
    assert!(!joined(&received[1].bytes).contains("X-Nikkan-Day"));
    let status = home.run(&["--at", NIGHT, "status"]);
    let said = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(
        said.contains("PROBLEM       the digest of 2025-11-28 to refused@example.net was given up"),
        "{said}"
    );
    assert!(!said.contains("boss"), "{said}");
}
