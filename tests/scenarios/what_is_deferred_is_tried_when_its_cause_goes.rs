//! A password that is mended, a file that comes late, a person who asks: what waits is tried then, and never becomes two
//! mails; and `send` tells of its own mail alone, and nothing that it has not seen.

use std::process::Output;
use std::time::{Duration, Instant};

use nikkan::archive::DaemonLock;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::{self, Dovecot};
use crate::lab::mail::header;
use crate::lab::model_day;
use crate::lab::scripted_smtp::{ScriptedSmtp, Turn};
use crate::lab::smtp_receiver::{self, Protection, SmtpReceiver};

const BINARY: &str = env!("CARGO_BIN_EXE_nikkan");
const NOON: &str = "2025-11-28T12:00:00Z";
const AFTER_MIDNIGHT: &str = "2025-11-29T00:00:10Z";
const LATER: &str = "2025-11-29T00:00:40Z";

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Asserts how a command ended, and returns what it said.
fn ended(output: &Output, code: i32) -> String {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// A mailbox with the model day in it, and an installation that began on that day.
fn begun(smtp: &str) -> (Dovecot, Home, Setup) {
    let dovecot = Dovecot::start();
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails);
    let mut setup = Setup::plain(dovecot.port, 1);
    smtp.clone_into(&mut setup.smtp);
    let home = Home::new(BINARY, &setup);
    ended(&home.run(&["--at", NOON, "run", "--once"]), 0);
    (dovecot, home, setup)
}

fn plain(port: u16) -> String {
    format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n")
}

#[test]
fn a_mended_password_is_tried_within_seconds_on_either_side() {
    let receiver = SmtpReceiver::start_with(Protection::None, None, true);
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("smtp-password");
    std::fs::write(&password, "wrong\n").unwrap();
    let login = format!(
        "{}username = \"{}\"\npassword_file = {password:?}\n",
        plain(receiver.port),
        smtp_receiver::USER
    );
    let (_dovecot, home, _) = begun(&login);
    let mut daemon = home.start_logging(AFTER_MIDNIGHT, "info");
    daemon.wait_for("needs_hand=true", 1);
    let mended = Instant::now();
    std::fs::write(&password, format!("{}\n", smtp_receiver::PASSWORD)).unwrap();
    let received = receiver.wait_for(1);
    assert!(mended.elapsed() < Duration::from_secs(40));
    daemon.wait_for("what held up the outbox has gone", 1);
    assert!(header(&received[0].bytes, "Subject").contains("14 drafts"));
    let imap = home.folder.path().join("imap-password");
    std::fs::write(&imap, "wrong\n").unwrap();
    daemon.stop("TERM");

    let mut daemon = home.start_logging(LATER, "info");
    daemon.wait_for("session lost", 1);
    std::fs::write(&imap, format!("{}\n", dovecot::PASSWORD)).unwrap();
    daemon.wait_for("there is another password or token", 1);
    daemon.wait_for("connected", 1);
    daemon.stop("TERM");
    let digests = receiver.received();
    let digests = digests
        .iter()
        .filter(|mail| header(&mail.bytes, "Subject").contains("14 drafts"));
    assert_eq!(digests.count(), 1);
}

#[test]
fn a_restart_tries_what_is_deferred_at_once() {
    let smtp = ScriptedSmtp::start(&[Turn::Greylist, Turn::Greylist, Turn::Accept]);
    let (_dovecot, home, _) = begun(&plain(smtp.port));
    for _ in 0..2 {
        ended(&home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]), 1);
    }
    let mut daemon = home.start_logging(AFTER_MIDNIGHT, "info");
    daemon.wait_for("delivered", 1);
    daemon.stop("TERM");
    assert_eq!(smtp.taken().len(), 1);
}

#[test]
fn send_uses_the_mail_that_waits_and_is_judged_by_its_own_alone() {
    let turns = [
        Turn::Greylist,
        Turn::Accept,
        Turn::Accept,
        Turn::Greylist,
        Turn::NoSuchReader,
    ];
    let smtp = ScriptedSmtp::start(&turns);
    let (_dovecot, home, _) = begun(&plain(smtp.port));
    ended(&home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]), 1);
    let send = ["--at", LATER, "send", "2025-11-28"];
    let said = ended(&home.run(&send), 0);
    assert!(said.contains("no second one"), "{said}");
    let said = ended(&home.run(&send), 0);
    assert!(
        said.ends_with("went to reader@example.net (1 delivered)\n"),
        "{said}"
    );
    let taken = smtp.taken();
    assert_eq!(taken.len(), 2);
    let id = |index: usize| header(&taken[index], "Message-ID");
    assert!(!id(0).contains("resend") && id(1).contains("resend"));

    // Deferred for one reader; refused for another, and what is said of it is not what is said of the first.
    let said = ended(&home.run(&send), 1);
    assert!(
        said.contains("451") && said.contains("it stays in the outbox"),
        "{said}"
    );
    let other = [&send[..], &["--to", "c@example.net"]].concat();
    let said = ended(&home.run(&other), 1);
    assert!(
        said.contains("was refused for c@example.net") && said.contains("550"),
        "{said}"
    );
    assert!(
        said.contains("not tried again") && !said.contains("`nikkan run` tries"),
        "{said}"
    );
    assert!(!said.contains("reader@example.net"), "{said}");
}

#[test]
fn a_delivered_send_is_done_though_another_mail_of_the_day_was_refused() {
    let turns = [Turn::NoSuchReader, Turn::Accept];
    let smtp = ScriptedSmtp::start(&turns);
    let (_dovecot, home, _) = begun(&plain(smtp.port));
    ended(&home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]), 1);
    let send = ["--at", LATER, "send", "2025-11-28", "--to", "c@example.net"];
    let said = ended(&home.run(&send), 0);
    assert!(
        said.contains("went to c@example.net (1 delivered)"),
        "{said}"
    );
}

#[test]
fn who_has_the_outbox_and_is_no_daemon_is_named_and_nothing_is_promised() {
    let smtp = ScriptedSmtp::start(&[Turn::Accept]);
    let (_dovecot, home, _) = begun(&plain(smtp.port));
    ended(&home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]), 0);
    let send = ["--at", LATER, "send", "2025-11-28"];
    let lock = DaemonLock::acquire(&home.archive(), "restore").unwrap();
    let said = ended(&home.run(&send), 1);
    assert!(said.contains("`nikkan restore` (process "), "{said}");
    assert!(
        said.contains("was not handed in") && !said.contains("daemon"),
        "{said}"
    );
    assert_eq!(smtp.taken().len(), 1);
    // The same mail goes out when it is asked for again, as soon as the other lets go.
    let waiting = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        drop(lock);
    });
    let said = ended(&home.run(&send), 0);
    assert!(said.contains("no second one"), "{said}");
    waiting.join().unwrap();
    assert_eq!(smtp.taken().len(), 2);
}

#[test]
fn a_daemon_waits_for_a_password_file_that_comes_late_and_not_for_one_that_is_wrong() {
    let smtp = ScriptedSmtp::start(&[Turn::Accept]);
    let (_dovecot, home, _) = begun(&plain(smtp.port));
    let imap = home.folder.path().join("imap-password");
    std::fs::remove_file(&imap).unwrap();
    let said = ended(&home.run(&["--at", AFTER_MIDNIGHT, "check"]), 1);
    assert!(!said.is_empty());
    let mut daemon = home.start_logging(AFTER_MIDNIGHT, "info");
    daemon.wait_for("the start waits for a file", 1);
    std::fs::write(&imap, format!("{}\r\n", dovecot::PASSWORD)).unwrap();
    daemon.wait_for("delivered", 1);
    daemon.stop("TERM");

    std::fs::write(&imap, b"\xff\xfes\0e\0c\0r\0e\0t\0").unwrap();
    let said = ended(&home.run(&["run"]), 2);
    assert!(
        said.contains("is UTF-16") && said.contains("config.toml:"),
        "{said}"
    );
}
