//! A pass that is stopped while it reads the mailbox seals nothing, ends with 1 and says so; the next one seals the whole day.

use std::process::Stdio;

use rusqlite::Connection;

use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{announcements, wait_for};

const MAILS: usize = 2500;

fn counted(home: &Home, sql: &str) -> i64 {
    let archive = Connection::open(home.archive().join("nikkan.db")).unwrap();
    archive.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_stop_while_the_mailbox_is_read_leaves_the_day_to_the_next_pass() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    // The edition begins with this day, and what comes later is new.
    let output = home.run(&["--at", "2025-11-28T08:00:00Z", "run", "--once"]);
    assert!(output.status.success(), "{output:?}");
    dovecot.deliver(&announcements(MAILS));
    let once = ["--at", "2025-11-29T00:00:30Z", "run", "--once"];
    for signal in ["TERM", "INT"] {
        let before = counted(&home, "SELECT count(*) FROM message");
        let mut command = home.command(&once);
        let mut pass = Daemon::start(command.stdin(Stdio::null()).env("RUST_LOG", "info"));
        let read = wait_for("a part of the mails", || {
            let read = counted(&home, "SELECT count(*) FROM message");
            (read > before).then_some(read)
        });
        let (status, _) = pass.stop(signal);
        let log = pass.log();
        // A machine that reads all of them in the meantime has shown nothing; the other signal may.
        if counted(&home, "SELECT count(*) FROM message") == i64::try_from(MAILS).unwrap() {
            continue;
        }
        assert_eq!(status.code(), Some(1), "{read} read\n{log}");
        assert!(log.contains("ended the pass"), "{log}");
        assert_eq!(counted(&home, "SELECT count(*) FROM digest"), 0, "{log}");
    }
    let output = home.run(&once);
    assert!(output.status.success(), "{output:?}");
    let told = counted(&home, "SELECT count(*) FROM digest_announcement");
    let there = counted(
        &home,
        "SELECT count(*) FROM announcement WHERE day <= '2025-11-28'",
    );
    assert_eq!(
        (told, counted(&home, "SELECT count(*) FROM digest")),
        (there, 1)
    );
    receiver.wait_for(1);
}
