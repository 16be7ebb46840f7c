//! `nikkan check` as a doctor: each thing that can be wrong is a line of its own, with what to change.

use crate::lab::certificates::Authority;
use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::{self, Dovecot};
use crate::lab::scripted_imap::ScriptedImap;
use crate::lab::smtp_receiver::{self, Protection, SmtpReceiver};

/// Runs `check`; its exit code and what it printed.
fn check(setup: &Setup, more: &[&str]) -> (Option<i32>, String) {
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), setup);
    checked(&home, more)
}

fn checked(home: &Home, more: &[&str]) -> (Option<i32>, String) {
    let output = home.run(&[&["check"], more].concat());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (
        output.status.code(),
        text + &String::from_utf8_lossy(&output.stderr),
    )
}

#[track_caller]
fn line(text: &str, grade: &str, subject: &str, words: &[&str]) {
    let start = format!("{grade:<8} {subject:<14} ");
    let found = text.lines().any(|line| {
        line.strip_prefix(&start)
            .is_some_and(|said| words.iter().all(|word| said.contains(word)))
    });
    assert!(found, "no `{start}` with {words:?} in:\n{text}");
}

/// The password file of `Setup::plain` replaced by another password.
fn with_password(mut setup: Setup, password: &str) -> Setup {
    let wanted = "password_file = \"imap-password\"";
    assert!(setup.mailbox.contains(wanted));
    setup.mailbox = setup
        .mailbox
        .replace(wanted, &format!("password = \"{password}\""));
    setup
}

#[test]
fn wrong_passwords() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start_with(Protection::None, None, true);
    let mut setup = with_password(Setup::plain(dovecot.port, receiver.port), "wrong");
    setup
        .smtp
        .push_str("username = \"sender\"\npassword = \"wrong\"\n");
    let (code, text) = check(&setup, &[]);
    assert_eq!(code, Some(1));
    line(
        &text,
        "error",
        "mailbox",
        &[
            "refused the login of `reader`",
            "check the keys username and password",
        ],
    );
    line(
        &text,
        "error",
        "smtp",
        &["refused the login of `sender`", "check the keys username"],
    );
    assert!(text.ends_with("nikkan: not ready: 2 errors\n"), "{text}");
}

#[test]
fn servers_that_are_away() {
    let (imap, smtp) = (crate::lab::free_port(), crate::lab::free_port());
    let (code, text) = check(&Setup::plain(imap, smtp), &[]);
    assert_eq!(code, Some(1));
    line(
        &text,
        "error",
        "mailbox",
        &[&format!("127.0.0.1:{imap}"), "refused"],
    );
    line(
        &text,
        "error",
        "smtp",
        &[&format!("127.0.0.1:{smtp}"), "refused"],
    );
    line(
        &text,
        "ok",
        "archive",
        &["empty, is made at the first start"],
    );
    line(&text, "ok", "disk", &["MiB free"]);
}

#[test]
fn certificates_that_nobody_vouches_for_and_that_are_over() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let expired = authority.sign(folder.path(), "localhost", -1);
    let dovecot = Dovecot::start_with(Some(&expired));
    let receiver = SmtpReceiver::start_with(Protection::Implicit, Some(&expired), true);
    let mut setup = Setup::plain(0, 0);
    let both = |trusted: bool| {
        if trusted {
            format!("ca_file = \"{}\"\n", ca.display())
        } else {
            String::new()
        }
    };
    for (trusted, words) in [(false, "certificate"), (true, "expired")] {
        setup.mailbox = format!(
            "host = \"localhost\"\nport = {}\n{}username = \"{}\"\npassword_file = \"imap-password\"\n",
            dovecot.tls_port,
            both(trusted),
            dovecot::USER
        );
        setup.smtp = format!(
            "host = \"localhost\"\nport = {}\n{}username = \"{}\"\npassword = {:?}\n",
            receiver.port,
            both(trusted),
            smtp_receiver::USER,
            smtp_receiver::PASSWORD
        );
        let (code, text) = check(&setup, &[]);
        assert_eq!(code, Some(1));
        line(&text, "error", "mailbox", &[words]);
        line(&text, "error", "smtp", &[words]);
    }
}

#[test]
fn readers_that_the_server_does_not_take() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.editions = "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <nikkan@example.net>\"\n\
        to = [\"reader@example.net\", \"refused@example.net\", \"full@example.net\"]\n"
        .into();
    let (code, text) = check(&setup, &["--send"]);
    assert_eq!(code, Some(1));
    line(
        &text,
        "ok",
        "smtp",
        &["takes mail from nikkan@example.net to reader@"],
    );
    line(
        &text,
        "error",
        "smtp",
        &[
            "refuses mail",
            "refused@",
            "550",
            "check the keys from and to",
        ],
    );
    line(
        &text,
        "warning",
        "smtp",
        &["full@example.net", "off for now", "452"],
    );
    line(&text, "ok", "test digest", &["reader@example.net"]);
    line(
        &text,
        "error",
        "test digest",
        &["refused@example.net was not taken", "550"],
    );
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn the_folder_for_sent_digests_and_the_place_for_backups() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.mailbox.push_str("sent_folder = \"nikkan\"\n");
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("copies");
    // `[archive]` is the last table before the editions.
    let editions = setup.editions.clone();
    setup.editions = format!("backup = \"{}\"\n{editions}", backup.display());
    let (code, text) = check(&setup, &[]);
    assert_eq!(code, Some(0), "{text}");
    line(
        &text,
        "ok",
        "sent_folder",
        &["`nikkan`", "made with the first digest"],
    );
    line(&text, "ok", "backup", &["made with the first copy"]);
    assert!(!backup.exists(), "check makes nothing");
    assert_eq!(dovecot.client().run("LIST \"\" nikkan").len(), 0);

    dovecot.client().run("CREATE nikkan");
    std::fs::create_dir(&backup).unwrap();
    let (code, text) = check(&setup, &[]);
    assert_eq!(code, Some(0), "{text}");
    line(&text, "ok", "sent_folder", &["`nikkan`: 0 messages"]);
    line(&text, "ok", "backup", &["can be written"]);
    assert_eq!(std::fs::read_dir(&backup).unwrap().count(), 0);

    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    setup.editions = format!("backup = \"{}\"\n{editions}", file.join("in").display());
    let (code, text) = check(&setup, &[]);
    assert_eq!(code, Some(1));
    line(&text, "error", "backup", &["cannot be made", "make it"]);
}

#[test]
fn a_clock_that_is_behind_the_servers() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    dovecot.fill(&[b"Subject: x\r\n\r\n".to_vec()]);
    dovecot.redate("2037-01-01T00:00:00Z");
    let setup = Setup::plain(dovecot.port, receiver.port);
    let (code, text) = check(&setup, &[]);
    assert_eq!(code, Some(1));
    line(
        &text,
        "error",
        "clock",
        &[
            "received its newest message at 2037-01-01 00:00:00 UTC",
            "set the clock",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailbox_server_without_idle() {
    let server = ScriptedImap::start().await;
    server.model().offered[1] = "IMAP4rev1".into();
    server.model().password = dovecot::PASSWORD.into();
    let receiver = SmtpReceiver::start();
    let mut setup = Setup::plain(server.port, receiver.port);
    setup
        .mailbox
        .push_str("address = \"watched@example.net\"\n");
    let checked = tokio::task::spawn_blocking(move || check(&setup, &[]));
    let (code, text) = checked.await.unwrap();
    assert_eq!(code, Some(0), "{text}");
    line(
        &text,
        "warning",
        "mailbox",
        &["has no IDLE", "every 900 s (key poll)"],
    );
    assert!(text.ends_with("nikkan: ready, with 1 warning\n"), "{text}");
}

#[test]
fn an_archive_that_is_damaged() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let setup = Setup::plain(dovecot.port, receiver.port);
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    assert!(home.run(&["run", "--once"]).status.success());
    let (code, text) = checked(&home, &[]);
    assert_eq!(code, Some(0), "{text}");
    line(&text, "ok", "archive", &["0 messages, sound"]);
    line(&text, "ok", "clock", &["shows 20"]);
    // Every page but the first: what a disk that lies leaves behind.
    let file = home.archive().join("nikkan.db");
    let mut bytes = std::fs::read(&file).unwrap();
    for byte in &mut bytes[4096..] {
        *byte = 0x5a;
    }
    std::fs::write(&file, bytes).unwrap();
    let (code, text) = checked(&home, &[]);
    assert_eq!(code, Some(1));
    line(&text, "error", "archive", &["damaged"]);
}

#[test]
fn the_senders_domain_is_looked_up_only_where_a_name_server_answers() {
    let (imap, smtp) = (crate::lab::free_port(), crate::lab::free_port());
    let (_, text) = check(&Setup::plain(imap, smtp), &[]);
    line(
        &text,
        "ok",
        "domain",
        &["example.net: not looked up: no resolver answers (127.0.0.1:1"],
    );
}
