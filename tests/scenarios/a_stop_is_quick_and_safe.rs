//! A stop is quick and safe in every state: within five seconds whatever hangs, longer only for a server that has a whole mail
//! and has not answered; a second signal ends the process at once. And a reload waits for no server.

use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::hanging::Hanging;
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{announcements, model_day, wait_for};

const NOON: &str = "2025-11-28T12:00:00Z";
const MIDNIGHT: &str = "2025-11-29T00:00:10Z";
const QUICK: Duration = Duration::from_secs(5);

/// The end of a mail, as the client sends it.
const DOT: &str = "\r\n.\r\n";

/// A server that hangs once the client has said `word`.
fn hanging(port: u16, word: &'static str) -> Hanging {
    let relay = Hanging::start(port);
    relay.arm(word);
    relay
}

fn wait_until_it_hangs(relay: &Hanging) {
    wait_for("the server to hang", || relay.hangs().then_some(()));
}

struct World {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    home: Home,
}

impl World {
    /// A mailbox with the model day, and an archive that began before its midnight.
    fn begun() -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        let home = Home::new(
            env!("CARGO_BIN_EXE_nikkan"),
            &Setup::plain(dovecot.port, receiver.port),
        );
        let world = World {
            dovecot,
            receiver,
            home,
        };
        world.pass(NOON);
        let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
        world.dovecot.deliver(&mails);
        world
    }

    fn pass(&self, at: &str) {
        let done = self.home.run(&["--at", at, "run", "--once"]);
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }

    fn write(&self, imap: u16, smtp: u16) {
        self.home.write(&Setup::plain(imap, smtp));
    }

    fn start(&self, arguments: &[&str]) -> Daemon {
        Daemon::start(self.home.command(arguments).env("RUST_LOG", "info"))
    }
}

#[test]
fn a_pass_ends_within_five_seconds_wherever_the_mailbox_hangs() {
    let world = World::begun();
    for word in ["", "AUTHENTICATE", "EXAMINE", "FETCH"] {
        let relay = hanging(world.dovecot.port, word);
        world.write(relay.port, world.receiver.port);
        let mut pass = world.start(&["--at", MIDNIGHT, "run", "--once"]);
        wait_for(&format!("{word}: {}", pass.log()), || {
            relay.hangs().then_some(())
        });
        let (ended, took) = pass.stop("TERM");
        assert_eq!(ended.code(), Some(1), "{word}:\n{}", pass.log());
        assert!(took < QUICK, "{word}: {took:?}\n{}", pass.log());
        assert!(
            pass.log().contains("SIGTERM ended the pass"),
            "{word}:\n{}",
            pass.log()
        );
        assert!(
            !pass.log().contains("sealed edition"),
            "{word}:\n{}",
            pass.log()
        );
    }
    world.write(world.dovecot.port, world.receiver.port);
    world.pass(MIDNIGHT);
    assert_eq!(world.receiver.received().len(), 1);
}

#[test]
fn a_pass_ends_within_five_seconds_wherever_the_submission_server_hangs() {
    let world = World::begun();
    for (hour, word) in ["", "EHLO", "MAIL", "RCPT", "DATA"].into_iter().enumerate() {
        let relay = hanging(world.receiver.port, word);
        world.write(world.dovecot.port, relay.port);
        let at = format!("2025-11-29T{:02}:00:10Z", 4 * hour);
        let mut pass = world.start(&["--at", &at, "run", "--once"]);
        wait_until_it_hangs(&relay);
        let (ended, took) = pass.stop("INT");
        assert_eq!(ended.code(), Some(1), "{word}:\n{}", pass.log());
        assert!(took < QUICK, "{word}: {took:?}\n{}", pass.log());
        // Nobody has the mail, and nobody has to wonder.
        assert!(!pass.log().contains("uncertain"), "{}", pass.log());
    }
    world.write(world.dovecot.port, world.receiver.port);
    world.pass("2025-11-29T23:00:10Z");
    assert_eq!(world.receiver.received().len(), 1);
}

#[test]
fn a_stop_waits_for_a_server_that_has_the_mail_and_asks_for_the_time() {
    let world = World::begun();
    let relay = hanging(world.receiver.port, DOT);
    world.write(world.dovecot.port, relay.port);
    let socket = world.home.folder.path().join("notify");
    let manager = UnixDatagram::bind(&socket).unwrap();
    let (listening, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut message = [0; 4096];
        while let Ok(length) = manager.recv(&mut message) {
            let _ = listening.send(message[..length].to_vec());
        }
    });
    let mut command = world.home.command(&["--at", MIDNIGHT, "run"]);
    let mut daemon = Daemon::start(command.env("NOTIFY_SOCKET", &socket));
    wait_until_it_hangs(&relay);
    let (ended, took) = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(7));
            relay.go_on();
        });
        daemon.stop("TERM")
    });
    assert!(ended.success(), "{}", daemon.log());
    assert!(took > Duration::from_secs(6), "{took:?}\n{}", daemon.log());
    assert!(daemon.log().contains("delivered"), "{}", daemon.log());
    let asked = heard
        .try_iter()
        .any(|message| message.starts_with(b"EXTEND_TIMEOUT_USEC="));
    assert!(asked, "no time was asked for");
    // What was answered is known: nothing is handed in again.
    world.write(world.dovecot.port, world.receiver.port);
    world.pass("2025-11-29T12:00:00Z");
    assert_eq!(world.receiver.received().len(), 1);
}

#[test]
fn a_service_manager_that_reads_nothing_holds_nothing_up() {
    let world = World::begun();
    let socket = world.home.folder.path().join("notify");
    let _manager = UnixDatagram::bind(&socket).unwrap();
    // Its queue is full before the daemon says its first word.
    let others = UnixDatagram::unbound().unwrap();
    others.set_nonblocking(true).unwrap();
    while others.send_to(b"STATUS=another", &socket).is_ok() {}
    let mut command = world.home.command(&["--at", MIDNIGHT, "run"]);
    let mut daemon = Daemon::start(command.env("NOTIFY_SOCKET", &socket));
    world.receiver.wait_for(1);
    daemon.wait_for("delivered", 1);
    let (ended, took) = daemon.stop("TERM");
    assert!(ended.success(), "{}", daemon.log());
    assert!(took < QUICK, "{took:?}\n{}", daemon.log());
}

#[test]
fn a_second_signal_ends_everything_at_once() {
    let world = World::begun();
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let relay = hanging(world.receiver.port, DOT);
        world.write(world.dovecot.port, relay.port);
        let at = if code == 143 {
            MIDNIGHT
        } else {
            "2025-11-29T12:00:00Z"
        };
        let mut daemon = world.start(&["--at", at, "run"]);
        wait_until_it_hangs(&relay);
        let id = daemon.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.unwrap().success());
        daemon.wait_for("has a mail and has not answered", 1);
        let (ended, took) = daemon.stop(signal);
        assert_eq!(ended.code(), Some(code), "{}", daemon.log());
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn another_process_that_holds_the_archive_holds_up_no_stop() {
    let world = World::begun();
    let mut daemon = world.start(&["--at", NOON, "run"]);
    daemon.wait_for("connected", 1);
    daemon.wait_for("archived", 15);
    let other = rusqlite::Connection::open(world.home.archive().join("nikkan.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.dovecot.deliver(&announcements(1));
    let (ended, took) = daemon.stop("TERM");
    assert!(
        ended.success() && took < QUICK,
        "{took:?}\n{}",
        daemon.log()
    );
    let mut pass = world.start(&["--at", MIDNIGHT, "run", "--once"]);
    let threads = format!("/proc/{}/task", pass.id());
    wait_for("the archive to be opened", || {
        let mut names = std::fs::read_dir(&threads).unwrap().map(|thread| {
            std::fs::read_to_string(thread.unwrap().path().join("comm")).unwrap_or_default()
        });
        names.any(|name| name.trim() == "archive").then_some(())
    });
    let (ended, took) = pass.stop("TERM");
    assert_eq!(ended.code(), Some(1), "{}", pass.log());
    assert!(took < QUICK, "{took:?}\n{}", pass.log());
}

#[test]
fn a_reload_waits_for_no_server_and_makes_no_second_copy() {
    let world = World::begun();
    let relay = hanging(world.receiver.port, DOT);
    world.write(world.dovecot.port, relay.port);
    let mut daemon = world.start(&["--at", MIDNIGHT, "run"]);
    wait_until_it_hangs(&relay);
    let begun = Instant::now();
    let id = daemon.id().to_string();
    let sent = Command::new("kill").args(["-s", "HUP", &id]).status();
    assert!(sent.unwrap().success());
    daemon.wait_for("is in force", 1);
    daemon.wait_for("connected", 2);
    let before = daemon.log().matches("archived").count();
    world.dovecot.deliver(&announcements(1));
    daemon.wait_for("archived", before + 1);
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "{}",
        daemon.log()
    );
    assert!(!daemon.log().contains("delivered"), "{}", daemon.log());
    relay.go_on();
    daemon.wait_for("delivered", 1);
    assert!(daemon.stop("TERM").0.success());
    world.write(world.dovecot.port, world.receiver.port);
    world.pass("2025-11-29T12:00:00Z");
    assert_eq!(world.receiver.received().len(), 1);
}

#[test]
fn status_names_what_the_daemon_waits_for_also_while_the_archive_is_held() {
    let world = World::begun();
    let relay = hanging(world.receiver.port, "MAIL");
    world.write(world.dovecot.port, relay.port);
    let mut daemon = world.start(&["--at", MIDNIGHT, "run"]);
    wait_until_it_hangs(&relay);
    let other = rusqlite::Connection::open(world.home.archive().join("nikkan.db")).unwrap();
    other.busy_timeout(Duration::from_secs(30)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    world.dovecot.deliver(&announcements(1));
    let server = format!("the delivery waits for 127.0.0.1:{}", relay.port);
    for words in [server.as_str(), "the archive waits for"] {
        wait_for(words, || {
            let status = world.home.run(&["--at", MIDNIGHT, "status"]);
            let said = String::from_utf8_lossy(&status.stdout).into_owned();
            said.contains(words).then_some(())
        });
    }
    other.execute_batch("ROLLBACK").unwrap();
    let (ended, took) = daemon.stop("TERM");
    assert!(
        ended.success() && took < QUICK,
        "{took:?}\n{}",
        daemon.log()
    );
}

#[test]
fn a_hang_up_ends_nothing_before_the_daemon_stands() {
    let world = World::begun();
    let mut daemon = world.start(&["--at", NOON, "run"]);
    let id = daemon.id().to_string();
    wait_for("the signals to be held", || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let caught = status
            .lines()
            .find_map(|line| line.strip_prefix("SigCgt:"))?;
        let mask = u64::from_str_radix(caught.trim(), 16).unwrap();
        (mask & 1 == 1).then_some(())
    });
    let sent = Command::new("kill").args(["-s", "HUP", &id]).status();
    assert!(sent.unwrap().success());
    daemon.wait_for("connected", 1);
    assert!(daemon.stop("TERM").0.success());
}

#[test]
fn a_terminal_that_goes_ends_a_foreground_run_whose_words_go_to_a_file() {
    let world = World::begun();
    let log = world.home.folder.path().join("log");
    // A session of its own on a pseudo-terminal, which is closed once the daemon stands.
    let script = "import os, pty, sys, time\n\
        log, command = sys.argv[1], sys.argv[2:]\n\
        child, terminal = pty.fork()\n\
        if child == 0:\n\
        \x20   os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)\n\
        \x20   os.execv(command[0], command)\n\
        while 'connected' not in open(log, 'a+').read() and 'connected' not in open(log).read():\n\
        \x20   time.sleep(0.02)\n\
        os.close(terminal)\n\
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n";
    let mut played = Command::new("python3");
    played.args(["-c", script]).arg(&log);
    played.arg(env!("CARGO_BIN_EXE_nikkan")).arg("--config");
    played.arg(world.home.config()).args(["--at", NOON, "run"]);
    let done = played.output().unwrap();
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(done.status.success(), "{done:?}\n{said}");
    assert!(said.contains("the terminal has gone"), "{said}");
}

#[test]
fn a_log_that_nobody_reads_holds_up_neither_the_digest_nor_the_stop() {
    let world = World::begun();
    let mut command = world.home.command(&["--at", "2025-11-28T23:59:57Z", "run"]);
    command.env("RUST_LOG", "trace").stderr(Stdio::piped());
    let mut daemon = crate::lab::Group::start(&mut command);
    wait_for("the digest", || {
        (world.receiver.received().len() == 1).then_some(())
    });
    let begun = Instant::now();
    daemon.signal("TERM");
    let ended = wait_for("the daemon to end", || daemon.0.try_wait().unwrap());
    assert!(
        ended.success() && begun.elapsed() < QUICK,
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_daemon_that_was_killed_while_the_clock_was_ahead_is_not_running() {
    let world = World::begun();
    let mut daemon = world.start(&["--at", NOON, "run"]);
    daemon.wait_for("archived", 15);
    let told = |at: &str| {
        let status = world.home.run(&["--at", at, "status", "--json"]);
        String::from_utf8_lossy(&status.stdout).into_owned()
    };
    wait_for("the lock to be told", || {
        told(NOON).contains("\"running\": true").then_some(())
    });
    let (ended, _) = daemon.stop("KILL");
    assert!(!ended.success());
    // Its note is of tomorrow, by the clock of now.
    assert!(told("2025-11-27T12:00:00Z").contains("\"running\": false"));
    assert!(told(NOON).contains("\"running\": false"));
}
