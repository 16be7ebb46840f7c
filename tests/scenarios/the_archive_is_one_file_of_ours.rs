//! nikkan.db is the archive, all of it, and nothing else is taken for it: it is looked after while the daemon runs, read
//! wherever it can be read, and left to whom its directory belongs.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::process::Output;

use rusqlite::Connection;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::is_root;
use crate::lab::mail::announcement;
use crate::lab::mount::Mount;
use crate::lab::smtp_receiver::SmtpReceiver;

const BINARY: &str = env!("CARGO_BIN_EXE_nikkan");
const NOON: &str = "2025-11-28T12:00:00Z";

/// Commands that only look.
const LOOKS: [&[&str]; 5] = [
    &["status"],
    &["digest", "2025-11-28"],
    &["search", "lab"],
    &["lists"],
    &["readers"],
];

fn place() -> (Dovecot, SmtpReceiver, Home) {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let home = Home::new(BINARY, &Setup::plain(dovecot.port, receiver.port));
    dovecot.deliver(&[announcement("/doc/draft-lab-one/", "2025-11-28T10:00:00Z")]);
    (dovecot, receiver, home)
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

/// Runs each command that only looks, which must find what is there.
fn look(home: &Home, when: &str) {
    for arguments in LOOKS {
        let mut all = vec!["--at", NOON];
        all.extend(arguments);
        let output = home.run(&all);
        assert_ne!(output.status.code(), Some(2), "{when}: {}", said(&output));
        let found = said(&output);
        let expected = match arguments[0] {
            "status" => "1 messages in",
            "digest" | "search" => "draft-lab-one",
            "lists" => "i-d-announce",
            _ => "active",
        };
        assert!(found.contains(expected), "{when}: {arguments:?}: {found}");
    }
}

#[test]
fn a_daemon_whose_archive_is_taken_away_says_so_and_ends_with_a_failure() {
    type Taking = (&'static str, fn(&Path));
    let takings: [Taking; 2] = [
        ("removed or moved", |archive| {
            fs::rename(archive, archive.with_extension("away")).unwrap();
        }),
        ("replaced by another", |archive| {
            let file = archive.join("nikkan.db");
            fs::copy(&file, archive.join("copy")).unwrap();
            fs::rename(archive.join("copy"), &file).unwrap();
        }),
    ];
    for (words, take) in takings {
        let (_dovecot, _receiver, home) = place();
        let mut daemon = home.start(NOON);
        daemon.wait_for("idle, waiting for mail", 1);
        take(&home.archive());
        daemon.wait_for("was taken away while it was open", 1);
        // A signal that stops nothing.
        let (status, _) = daemon.stop("CONT");
        assert_eq!(status.code(), Some(1), "{}", daemon.log());
        assert!(daemon.log().contains(words), "{}", daemon.log());
        if words.starts_with("removed") {
            assert!(!home.archive().exists(), "nothing is begun anew");
        }
    }
}

#[test]
fn commands_that_look_need_neither_a_lock_nor_space_nor_the_right_to_write() {
    let (_dovecot, _receiver, home) = place();
    let Some(disk) = Mount::new(&home.archive(), "8m") else {
        return;
    };
    let mut daemon = home.start(NOON);
    daemon.wait_for("idle, waiting for mail", 1);
    let database = home.archive().join("nikkan.db");
    let writer = Connection::open(&database).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    look(&home, "beside a held lock");
    writer.execute_batch("ROLLBACK").unwrap();
    drop(writer);
    // Its journal and the index of it stay behind.
    daemon.stop("KILL");
    assert!(home.archive().join("nikkan.db-wal").exists());
    for journal in ["with", "without"] {
        disk.again("ro");
        look(&home, &format!("read-only, {journal} a journal"));
        disk.again("rw");
        let filler = home.archive().join("filler");
        let _ = fs::write(&filler, vec![0; 16 << 20]);
        look(&home, &format!("full, {journal} a journal"));
        fs::remove_file(&filler).unwrap();
        // It begins in order, and folds all in.
        let done = home.run(&["--at", NOON, "run", "--once"]);
        assert!(done.status.success(), "{}", said(&done));
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(home.archive().join(format!("nikkan.db{ending}")));
        }
    }
}

#[test]
fn what_root_makes_belongs_to_the_directorys_owner() {
    if !is_root() {
        eprintln!("skipped: only root gives files away");
        return;
    }
    let (_dovecot, _receiver, home) = place();
    fs::create_dir(home.archive()).unwrap();
    let owner = 54_321;
    chown(home.archive(), Some(owner), Some(owner)).unwrap();
    let all_are_its_owners = |when: &str| {
        for entry in fs::read_dir(home.archive()).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            let name = entry.file_name();
            assert_eq!(metadata.uid(), owner, "{when}: {name:?}");
            assert_eq!(metadata.mode() & 0o077, 0, "{when}: {name:?}");
        }
    };
    assert!(home.run(&["--at", NOON, "run", "--once"]).status.success());
    all_are_its_owners("made by root");
    let mut daemon = home.start(NOON);
    daemon.wait_for("idle, waiting for mail", 1);
    all_are_its_owners("while root's daemon runs");
    daemon.stop("KILL");
    all_are_its_owners("after root's daemon was killed");
    // What root put there is put right by the next command.
    chown(home.archive().join("nikkan.db"), Some(0), Some(0)).unwrap();
    home.run(&["--at", NOON, "reparse"]);
    all_are_its_owners("after a restore by hand");
}
