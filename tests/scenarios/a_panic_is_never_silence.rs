//! A panic at any read or write on a server's connection ends a pass with 1 at worst, is logged with its backtrace, and
//! costs nothing: the next pass makes it good. In the daemon it is a lost session, and the daemon goes on.

use crate::lab::crash::{self, Blow};
use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::announcement;
use crate::lab::smtp_receiver::SmtpReceiver;

#[test]
fn at_thirty_reads_and_writes_of_a_pass() {
    let tally = crash::run(env!("CARGO_BIN_EXE_nikkan"), Blow::Panic, 30);
    eprintln!("{tally:#?}");
    // How a server cuts its answers into pieces differs: the last steps may come after the end.
    assert!(tally.killed >= 27, "{tally:#?}");
    assert!(tally.is_good(), "{tally:#?}");
    let codes: Vec<i32> = tally.codes.keys().copied().collect();
    assert!(codes.iter().all(|code| [0, 1].contains(code)), "{tally:#?}");
    assert!(tally.codes.contains_key(&1), "{tally:#?}");
}

#[test]
fn in_the_daemon_it_is_a_lost_session() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    let mut command = home.command(&["--at", "2025-11-28T12:00:00Z", "run"]);
    command.env("RUST_LOG", "nikkan=debug");
    // In the first session, after its login.
    command.env("NIKKAN_PANIC_AT", "12");
    let mut daemon = Daemon::start(&mut command);
    daemon.wait_for("planned, at transfer 12", 1);
    daemon.wait_for("session lost", 1);
    daemon.wait_for("to=idle, waiting for mail", 1);
    dovecot.deliver(&[announcement("draft-lab-after-00", "2025-11-28T11:00:00Z")]);
    daemon.wait_for("draft-lab-after-00", 1);
    let log = daemon.log();
    assert!(log.contains("ERROR") && log.contains("backtrace="), "{log}");
    assert!(log.contains("nikkan::mailbox::"), "{log}");
    assert!(daemon.stop("TERM").0.success());
}
