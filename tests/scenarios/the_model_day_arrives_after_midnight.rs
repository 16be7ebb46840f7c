//! The whole way of the data: 8 mails delivered before the daemon starts and 7 while it idles become one digest,
//! within ten seconds of midnight, and nothing in the mailbox has changed.

use std::time::Instant;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::{Dovecot, PASSWORD};
use crate::lab::mail::{header, html_part, text_part};
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{model_day, wait_for};

/// Blanks and line ends run together, so that a wrapped title is found.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_model_day_arrives_once_and_whole() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails[..8]);
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    let mut daemon = home.start_logging("2025-11-28T23:59:45Z", "trace");
    let begun = Instant::now();
    daemon.wait_for("archived", 8);
    dovecot.deliver(&mails[8..]);
    daemon.wait_for("archived", 15);
    let received = receiver.wait_for(1);
    // Midnight was 15 seconds after the start, on the daemon's clock.
    let after_midnight = begun.elapsed().as_secs_f64() - 15.0;
    assert!(
        after_midnight < 10.0,
        "{after_midnight:.1} s after midnight"
    );
    daemon.wait_for("delivered", 1);

    let mail = &received[0].bytes;
    assert_eq!(received[0].recipients, ["reader@example.net"]);
    let id = header(mail, "Message-ID");
    let tag = id
        .strip_prefix("<20251128-daily-")
        .and_then(|rest| rest.strip_suffix(".nikkan@id.example.net>"));
    assert!(tag.is_some_and(|tag| tag.len() == 24), "{id}");
    assert_eq!(header(mail, "To"), "reader@example.net");
    assert_eq!(header(mail, "Auto-Submitted"), "auto-generated");
    assert!(
        header(mail, "List-Id").contains("<daily.nikkan.example.net>"),
        "{}",
        header(mail, "List-Id")
    );
    let subject = header(mail, "Subject");
    assert!(
        subject.starts_with("Agent Gateway; ") && subject.contains("CLIENTID"),
        "{subject}"
    );
    let (text, html) = (text_part(mail), html_part(mail));
    let facts = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/model-day/facts.json"
    ));
    let facts: serde_json::Value = serde_json::from_str(&facts.unwrap()).unwrap();
    for fact in facts["facts"].as_array().unwrap() {
        let (title, name) = (
            fact["title"].as_str().unwrap(),
            fact["draft"].as_str().unwrap(),
        );
        assert!(unwrapped(&text).contains(title), "no {title} in the text");
        assert!(
            text.contains(name) && html.contains(name),
            "no {name} in the mail"
        );
    }
    assert!(
        text.lines()
            .all(|line| line.chars().count() <= 72 || line.contains("://")),
        "{text}"
    );

    // Nothing was marked as read, and nothing more is sent.
    let flags = dovecot.client().flags("INBOX");
    assert_eq!(
        flags.iter().filter(|line| line.contains("FETCH")).count(),
        15
    );
    assert!(
        !flags.iter().any(|line| line.contains("\\Seen")),
        "{flags:?}"
    );
    let status = home.run(&["--at", "2025-11-29T00:01:00Z", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert!(status.to_string().contains("2025-11-28"), "{status}");

    let (ended, took) = daemon.stop("TERM");
    assert!(ended.success(), "{ended:?}\n{}", daemon.log());
    assert!(took.as_secs_f64() < 5.0, "{took:?}");
    assert_eq!(receiver.received().len(), 1);
    assert!(
        !daemon.log().contains(PASSWORD),
        "the password is in the log"
    );

    // The day prints again as it was sent, and started anew it is not sent again.
    let printed = home.run(&["digest", "2025-11-28"]);
    let printed = unwrapped(&String::from_utf8(printed.stdout).unwrap());
    // Only the preheader is the mail's alone.
    assert!(unwrapped(&text).ends_with(&printed), "{text}\n{printed}");
    let mut again = home.start("2025-11-29T00:02:00Z");
    again.wait_for("connected", 1);
    wait_for("the second start to idle", || {
        again.log().contains("idle").then_some(())
    });
    assert!(again.stop("INT").0.success());
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn one_pass_sends_what_is_due_and_a_second_one_nothing() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    let first = home.run(&["--at", "2025-11-28T08:00:00Z", "run", "--once"]);
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails);
    for _ in 0..2 {
        let pass = home.run(&["--at", "2025-11-29T06:00:00Z", "run", "--once"]);
        assert!(
            pass.status.success(),
            "{}",
            String::from_utf8_lossy(&pass.stderr)
        );
    }
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert!(header(&received[0].bytes, "Subject").contains("14 drafts, 28 Nov"));
}

#[test]
fn a_digest_from_files_needs_no_configuration_and_says_the_same() {
    let printed = |format: &str| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_nikkan"))
            .args(["digest", "2025-11-28", "--format", format, "--mail"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/model-day"))
            .env_remove("NIKKAN_CONFIG")
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&printed("json")).unwrap();
    let counts = serde_json::json!({"drafts": 14, "rfcs": 0, "announcements": 15});
    assert_eq!(json["counts"], counts);
    for format in ["text", "html", "markdown"] {
        assert!(printed(format).contains("draft-gage-quic-pathmgmt"));
    }
}
