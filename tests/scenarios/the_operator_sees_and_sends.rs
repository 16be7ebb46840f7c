//! What a person does with a running installation: check it, look at it, print a sealed day, send it once more.

use std::process::Output;

use crate::lab::certificates::Authority;
use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::{self, Dovecot};
use crate::lab::mail::header;
use crate::lab::model_day;
use crate::lab::smtp_receiver::{self, Protection, SmtpReceiver};

const NOON: &str = "2025-11-28T12:00:00Z";
const AFTER_MIDNIGHT: &str = "2025-11-29T00:00:10Z";

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn done(output: Output) -> Output {
    assert!(
        output.status.success(),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    output
}

/// Servers with the model day in the mailbox, and an installation that has sent its digest.
fn installation() -> (Dovecot, SmtpReceiver, Home) {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails);
    let setup = Setup::plain(dovecot.port, receiver.port);
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    done(home.run(&["--at", NOON, "run", "--once"]));
    done(home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]));
    assert_eq!(receiver.wait_for(1).len(), 1);
    (dovecot, receiver, home)
}

#[test]
fn check_says_what_both_servers_offer() {
    let (dovecot, receiver, home) = installation();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup
        .mailbox
        .push_str("address = \"watched@example.net\"\n");
    home.write(&setup);
    let output = done(home.run(&["check"]));
    let text = stdout(&output);
    let line = |start: &str| {
        let found = text.lines().find(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no `{start}` in:\n{text}"))
    };
    assert!(line("ok       mailbox        127.0.0.1:").contains(" IDLE"));
    assert!(text.contains("folder `INBOX`: 15 messages"), "{text}");
    assert!(line("ok       smtp           127.0.0.1:").contains("without login"));
    assert!(
        text.contains("takes mail from nikkan@example.net to reader@example.net"),
        "{text}"
    );
    assert_eq!(receiver.received().len(), 1, "check sends nothing");
    assert!(line("ok       archive").ends_with("15 messages, sound"));
    assert_eq!(stderr(&output), "nikkan: everything is ready\n");
}

#[test]
fn check_tells_how_long_the_certificates_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let short = authority.sign(folder.path(), "localhost", 10);
    let dovecot = Dovecot::start_with(Some(&short));
    let receiver = SmtpReceiver::start_with(Protection::Starttls, Some(&short), true);
    let mut setup = Setup::plain(0, 0);
    setup.mailbox = format!(
        "host = \"localhost\"\nport = {}\nca_file = \"{}\"\nusername = \"{}\"\npassword_file = \"imap-password\"\n",
        dovecot.tls_port,
        ca.display(),
        dovecot::USER
    );
    setup.smtp = format!(
        "host = \"localhost\"\nport = {}\ntls = \"starttls\"\nca_file = \"{}\"\nusername = \"{}\"\npassword = {:?}\n",
        receiver.port,
        ca.display(),
        smtp_receiver::USER,
        smtp_receiver::PASSWORD
    );
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let output = done(home.run(&["check"]));
    let text = stdout(&output);
    assert!(
        text.contains("warning  mailbox        certificate valid for 9 more days"),
        "{text}"
    );
    assert!(
        text.contains("warning  smtp           certificate valid for 9 more days"),
        "{text}"
    );
    assert!(text.contains("logged in as sender"), "{text}");
    assert!(
        text.contains("the password in [smtp] stands in the configuration"),
        "{text}"
    );
    assert!(!text.contains("staple") && !stderr(&output).contains("staple"));
    assert!(
        stderr(&output).starts_with("nikkan: ready, with "),
        "{}",
        stderr(&output)
    );
}

#[test]
fn check_mails_a_test_when_asked_and_keeps_nothing_of_it() {
    let (_dovecot, receiver, home) = installation();
    let output = done(home.run(&["--at", AFTER_MIDNIGHT, "check", "--send"]));
    let text = stdout(&output);
    assert!(
        text.contains("ok       test digest    edition `daily` to reader@example.net"),
        "{text}"
    );
    let received = receiver.wait_for(2);
    assert!(header(&received[1].bytes, "Subject").starts_with("[test] "));
    let status = done(home.run(&["--at", AFTER_MIDNIGHT, "status", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&stdout(&status)).unwrap();
    assert_eq!(json["outbox"].as_array().unwrap().len(), 0);
    assert_eq!(json["digests"][0]["day"], "2025-11-28");
}

#[test]
fn check_shows_what_the_mailboxs_server_found_out_about_a_test_that_came_back() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    let check = |setup: &Setup| {
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), setup);
        stdout(&done(home.run(&["--at", NOON, "check", "--send"])))
    };
    let text = check(&setup);
    assert!(text.contains("set address in [mailbox]"), "{text}");
    setup.mailbox.push_str("address = \"other@example.net\"\n");
    let text = check(&setup);
    assert!(
        text.contains("no test digest went to the watched mailbox (other@example.net)"),
        "{text}"
    );
    let reader = setup.mailbox.replace("other@example", "reader@EXAMPLE");
    setup.mailbox = reader;
    // What a provider does: it takes the mail, looks at it, and puts what it found on top.
    let text = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mail = receiver.wait_for(3).pop().unwrap();
            let found = b"Authentication-Results: mx.example.net;\r\n spf=pass smtp.mailfrom=nikkan@example.net;\r\n dkim=none\r\n";
            dovecot.deliver(&[[found.as_slice(), &mail.bytes].concat()]);
        });
        check(&setup)
    });
    assert!(
        text.contains(
            "warning  returned       edition `daily`: came back; mx.example.net found spf=pass (nikkan@example.net), dkim=none; DKIM: have the submission server sign for example.net"
        ),
        "{text}"
    );
}

#[test]
fn check_names_the_folder_that_is_missing_and_those_that_are_there() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.mailbox.push_str("folders = [\"Lists\"]\n");
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let output = home.run(&["check"]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("error    mailbox        cannot open the folder `Lists`"),
        "{text}"
    );
    assert!(text.contains("folders there: INBOX"), "{text}");
}

#[test]
fn a_sealed_day_is_printed_as_it_was_sent() {
    let (_dovecot, receiver, home) = installation();
    let sent = receiver.received()[0].bytes.clone();
    let before = stdout(&done(home.run(&[
        "digest",
        "2025-11-28",
        "--format",
        "json",
    ])));
    // What comes later belongs to the next digest and changes nothing here.
    let late = String::from_utf8_lossy(&model_day()[0].1).replace(
        "agent-gateway-requirements-01",
        "agent-gateway-requirements-09",
    );
    let file = home.folder.path().join("late.eml");
    std::fs::write(&file, late).unwrap();
    done(home.run(&["--at", NOON, "import", &file.display().to_string()]));
    let after = stdout(&done(home.run(&[
        "digest",
        "2025-11-28",
        "--format",
        "json",
    ])));
    assert_eq!(before, after);
    assert!(header(&sent, "Subject").contains("14 drafts, 28 Nov"));
    assert!(after.contains("\"drafts\": 14"), "{after}");
}

#[test]
fn a_digest_is_sent_again_under_a_new_message_id() {
    let (_dovecot, receiver, home) = installation();
    let send = [
        "--at",
        AFTER_MIDNIGHT,
        "send",
        "2025-11-28",
        "--to",
        "Colleague <c@example.net>",
    ];
    let output = done(home.run(&send));
    assert_eq!(
        stderr(&output),
        "nikkan: the digest of 2025-11-28 went to c@example.net (1 delivered)\n"
    );
    let received = receiver.wait_for(2);
    assert_eq!(received[1].recipients, ["c@example.net"]);
    let id = |index: usize| header(&received[index].bytes, "Message-ID");
    assert_ne!(id(0), id(1));
    // The same beginning, which nobody can guess, and what tells it from the first.
    let (first, _) = id(0)
        .split_once(".nikkan@")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(id(1).starts_with(&format!("{first}.resend-")), "{}", id(1));
    let subject = |index: usize| header(&received[index].bytes, "Subject");
    assert_eq!(subject(0), subject(1));
}

#[test]
fn what_cannot_be_sent_stays_in_the_outbox_and_status_tells() {
    let (_dovecot, receiver, home) = installation();
    receiver.stop();
    let output = home.run(&["--at", AFTER_MIDNIGHT, "send", "2025-11-28"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("it stays in the outbox"),
        "{}",
        stderr(&output)
    );
    let soon = home.run(&["--at", AFTER_MIDNIGHT, "status"]);
    assert_eq!(soon.status.code(), Some(0), "{}", stdout(&soon));
    assert!(
        stdout(&soon).contains("put off, 1 attempts"),
        "{}",
        stdout(&soon)
    );
    let later = home.run(&["--at", "2025-11-29T04:00:00Z", "status"]);
    assert_eq!(later.status.code(), Some(1), "{}", stdout(&later));
    assert!(
        stdout(&later).starts_with(
            "PROBLEM       the digest of 2025-11-28 to reader@example.net is not delivered"
        ),
        "{}",
        stdout(&later)
    );
}

#[test]
fn a_running_daemon_shows_its_connection_and_takes_the_outbox_over() {
    let (_dovecot, receiver, home) = installation();
    let mut daemon = home.start_logging(AFTER_MIDNIGHT, "info");
    let status = |at: &str| {
        let output = done(home.run(&["--at", at, "status", "--json"]));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap()
    };
    let idling = crate::lab::wait_for("the daemon to idle", || {
        let seen = status(AFTER_MIDNIGHT);
        (seen["connection"]["phase"] == "idling").then_some(seen)
    });
    assert_eq!(idling["running"], true);
    assert_eq!(idling["pid"], daemon.id());
    assert_eq!(idling["healthy"], true);
    assert_eq!(idling["digests"][0]["day"], "2025-11-28");
    assert_eq!(idling["next_digest"], "2025-11-30T00:00:00Z");
    assert_eq!(idling["folders"][0]["folder"], "INBOX");

    let output = done(home.run(&["--at", AFTER_MIDNIGHT, "send", "2025-11-28"]));
    let said = stderr(&output);
    assert!(
        said.ends_with("went to reader@example.net (1 delivered)\n"),
        "{said}"
    );
    let (ended, _) = daemon.stop("TERM");
    assert!(ended.success());
    // Whether this daemon still sent it, or the next one does: it goes out once.
    done(home.run(&["--at", AFTER_MIDNIGHT, "run", "--once"]));
    assert_eq!(receiver.wait_for(2).len(), 2);
    assert_eq!(status(AFTER_MIDNIGHT)["running"], false);
}
