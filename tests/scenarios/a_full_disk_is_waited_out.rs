//! A disk that is full, or that may not be written, when the day is over: nothing half is left, nothing is sent that
//! could not be written down, and the daemon goes on by itself. A damaged archive is told, and a daily copy restores it.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, joined};
use crate::lab::mount::Mount;
use crate::lab::scripted_smtp::{ScriptedSmtp, Turn};
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::wait_for;

const BINARY: &str = env!("CARGO_BIN_EXE_nikkan");
const NOON: &str = "2025-11-28T12:00:00Z";
const NIGHT: &str = "2025-11-29T00:05:00Z";

fn place() -> (Dovecot, SmtpReceiver, Home) {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let home = Home::new(BINARY, &Setup::plain(dovecot.port, receiver.port));
    (dovecot, receiver, home)
}

fn pass(home: &Home, at: &str) -> (bool, String) {
    let output = home.run(&["--at", at, "run", "--once"]);
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn a_daemon_waits_for_space_and_for_a_file_system_that_may_be_written() {
    let (dovecot, receiver, home) = place();
    let Some(disk) = Mount::new(&home.archive(), "4m") else {
        return;
    };
    assert!(pass(&home, NOON).0);
    dovecot.deliver(&[announcement("/doc/draft-lab-one/", "2025-11-28T13:00:00Z")]);
    assert!(pass(&home, "2025-11-28T14:00:00Z").0);
    // Full to the last byte before the day is over.
    let filler = home.archive().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[7; 4096]).is_ok() {}
    drop(file);
    let (done, said) = pass(&home, NIGHT);
    assert!(!done);
    assert!(said.contains("the disk of the archive"), "{said}");
    assert!(receiver.received().is_empty());
    let mut daemon = home.start_logging(NIGHT, "info");
    daemon.wait_for("the disk of the archive", 2);
    assert!(receiver.received().is_empty());
    fs::remove_file(&filler).unwrap();
    daemon.wait_for("delivered", 1);
    assert!(daemon.stop("TERM").0.success());
    // The same with a file system that turned read-only, as one with errors does.
    disk.again("ro");
    let (done, said) = pass(&home, "2025-11-30T00:05:00Z");
    assert!(!done, "{said}");
    assert!(
        said.contains("read-only") || said.contains("Read-only"),
        "{said}"
    );
    disk.again("rw");
    let (done, said) = pass(&home, "2025-11-30T00:06:00Z");
    assert!(done, "{said}");
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert!(joined(&received[0].bytes).contains("/doc/draft-lab-one/"));
    assert!(!joined(&received[1].bytes).contains("/doc/draft-lab-one/"));
}

/// Starts a command whose write beyond a limit fails instead of ending it.
fn start_with_limits(home: &Home, arguments: &[&str]) -> Daemon {
    let nikkan = home.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]);
    command.arg(nikkan.get_program()).args(nikkan.get_args());
    Daemon::start(command.env("RUST_LOG", "debug"))
}

/// Limits the size that the files of a process may have.
fn limit_files(process: u32, limit: &str) {
    let status = Command::new("prlimit")
        .args([
            "--pid",
            &process.to_string(),
            &format!("--fsize={limit}:unlimited"),
        ])
        .status();
    assert!(status.unwrap().success());
}

#[test]
fn a_daemon_whose_writes_fail_seals_and_sends_nothing_until_they_succeed() {
    let (dovecot, receiver, home) = place();
    assert!(pass(&home, NOON).0);
    dovecot.deliver(&[announcement("/doc/draft-lab-one/", "2025-11-28T13:00:00Z")]);
    let mut daemon = start_with_limits(&home, &["--at", "2025-11-28T23:59:50Z", "run"]);
    daemon.wait_for("archived", 1);
    daemon.wait_for("to=idle", 1);
    limit_files(daemon.id(), "1024");
    // Midnight passes; what the last sync finds cannot be stored, and the daemon tries again.
    daemon.wait_for(
        "cannot store what was read: the disk of the archive fails",
        3,
    );
    assert!(receiver.received().is_empty(), "{}", daemon.log());
    let status = home.run(&["--at", NIGHT, "status", "--json"]);
    let json: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(
        json["digests"][0]["day"],
        serde_json::Value::Null,
        "nothing half: {json}"
    );
    limit_files(daemon.id(), "unlimited");
    daemon.wait_for("delivered", 1);
    assert!(daemon.stop("TERM").0.success());
    let received = receiver.received();
    assert_eq!(received.len(), 1);
    assert!(joined(&received[0].bytes).contains("/doc/draft-lab-one/"));
}

/// The state of the one queued message of a kind.
fn state_of(home: &Home, kind: &str) -> String {
    let archive = rusqlite::Connection::open(home.archive().join("nikkan.db")).unwrap();
    let state = "SELECT v.state FROM delivery v JOIN queued_message m ON m.id = v.queued_message WHERE m.kind = ?1";
    archive.query_row(state, [kind], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_or_a_command_that_was_taken_when_the_disk_became_full_is_sent_once() {
    let dovecot = Dovecot::start();
    let turns = [Turn::NoSuchReader, Turn::AnswerLate];
    let mut server = ScriptedSmtp::start(&turns);
    let home = Home::new(BINARY, &Setup::plain(dovecot.port, server.port));
    assert!(pass(&home, NOON).0);
    let subscribe = [
        "--at",
        NIGHT,
        "subscribe",
        "rfc-dist",
        "--address",
        "reader@example.net",
    ];
    let commands: [(&str, &[&str]); 2] = [
        ("failure_notice", &["--at", NIGHT, "run", "--once"]),
        ("command", &subscribe),
    ];
    for (number, (kind, arguments)) in commands.into_iter().enumerate() {
        let mut process = start_with_limits(&home, arguments);
        // The server has the mail, and its 250 is still to come.
        server.stalls().await;
        limit_files(process.id(), "1024");
        process.wait_for("the outcome could not be written down yet", 1);
        assert_eq!(state_of(&home, kind), "sending");
        limit_files(process.id(), "unlimited");
        wait_for("the outcome to be written down", || {
            (state_of(&home, kind) == "sent").then_some(())
        });
        assert_eq!(server.taken().len(), number + 1, "{kind}");
        // A pass and a command end by themselves, maybe before anybody looks; `CONT` stops neither.
        process.stop("CONT");
    }
    assert!(pass(&home, "2025-11-29T01:00:00Z").0);
    assert_eq!(server.taken().len(), 2, "each once");
}

#[test]
fn a_damaged_archive_is_told_and_the_daily_copy_restores_it() {
    let (dovecot, receiver, home) = place();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    let copies = home.folder.path().join("copies");
    setup.editions = format!(
        "backup = {:?}\n{}",
        copies.display().to_string(),
        setup.editions
    );
    home.write(&setup);
    assert!(pass(&home, NOON).0);
    dovecot.deliver(&[announcement("/doc/draft-lab-one/", "2025-11-28T13:00:00Z")]);
    let (done, said) = pass(&home, NIGHT);
    assert!(done && said.contains("backup made"), "{said}");
    let copy = copies.join("nikkan-2025-11-29.db");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0);
    // Garbage over everything behind the first page.
    let archive = home.archive().join("nikkan.db");
    let length = fs::metadata(&archive).unwrap().len();
    let mut file = fs::OpenOptions::new().write(true).open(&archive).unwrap();
    file.seek(SeekFrom::Start(8192)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length - 8192).unwrap()])
        .unwrap();
    drop(file);
    let check = home.run(&["check"]);
    let told = String::from_utf8_lossy(&check.stdout).into_owned();
    assert_eq!(check.status.code(), Some(1), "{told}");
    assert!(told.contains("nikkan.db is damaged"), "{told}");
    let (done, said) = pass(&home, "2025-11-29T06:00:00Z");
    assert!(
        !done && said.contains("damaged") && said.contains("restore a backup"),
        "{said}"
    );
    assert_eq!(receiver.received().len(), 1);
    let restored = home.run(&["restore", "--yes"]);
    let told = String::from_utf8_lossy(&restored.stderr).into_owned();
    assert!(restored.status.success(), "{told}");
    assert!(
        told.contains("1 digests (last: `daily` of 2025-11-28)"),
        "{told}"
    );
    assert!(told.contains("nikkan-before-"), "{told}");
    assert!(pass(&home, "2025-11-29T06:00:00Z").0);
    assert!(pass(&home, "2025-11-30T00:05:00Z").0);
    // The day that was sent before is not sent again.
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert!(!joined(&received[1].bytes).contains("/doc/draft-lab-one/"));
}
