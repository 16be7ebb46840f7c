//! `make hanging-proof`: a server hangs at each step of IMAP and SMTP over one midnight, and goes on 20 s later. The digest
//! must be delivered within 5 s of that, once and whole, and `nikkan status` must name what hangs.
#![allow(clippy::unwrap_used)] // Whatever goes wrong here is shown as it is.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use lab::daemon::{Home, Setup};
use lab::dovecot::Dovecot;
use lab::hanging::Hanging;
use lab::mail::{announcement, joined};
use lab::smtp_receiver::{Protection, SmtpReceiver, USER};

/// How long before midnight a daemon starts, in time for its first reading on a machine that is busy.
const START: &str = "2025-11-25T23:59:15Z";
const TO_MIDNIGHT: Duration = Duration::from_secs(45);
/// How long after midnight the server goes on.
const HANGS: Duration = Duration::from_secs(20);
/// From then to the digest's delivery.
const BAR: Duration = Duration::from_secs(5);
/// So many at a time, each with two servers and a daemon.
const AT_ONCE: usize = 8;

/// For the case in which nothing hangs, to compare with.
const NEVER_SAID: &str = "NEVER SAID";

/// What hangs.
#[derive(Clone, Copy, Debug)]
enum Server {
    /// The mailbox's; whether its connection is cut, so that it is reached from the beginning.
    Imap {
        cut: bool,
    },
    Smtp,
}

/// Each step by its name, and the client's words after which nothing is said.
const STEPS: [(Server, &str, &str); 16] = [
    (Server::Imap { cut: true }, "greeting", ""),
    (Server::Imap { cut: true }, "CAPABILITY", "CAPABILITY"),
    (Server::Imap { cut: true }, "login", "AUTHENTICATE"),
    (Server::Imap { cut: true }, "EXAMINE", "EXAMINE"),
    (Server::Imap { cut: false }, "FETCH", "UID FETCH"),
    (
        Server::Imap { cut: false },
        "FETCH of a body",
        "BODY.PEEK[]",
    ),
    (Server::Imap { cut: true }, "IDLE", " IDLE"),
    (Server::Imap { cut: false }, "DONE", "DONE"),
    (Server::Imap { cut: false }, "nothing hangs", NEVER_SAID),
    (Server::Smtp, "greeting", ""),
    (Server::Smtp, "EHLO", "EHLO"),
    (Server::Smtp, "AUTH", "AUTH"),
    (Server::Smtp, "MAIL", "MAIL FROM"),
    (Server::Smtp, "RCPT", "RCPT TO"),
    (Server::Smtp, "DATA", "DATA\r\n"),
    (Server::Smtp, "end of the text", "\r\n.\r\n"),
];

/// What came of one step.
struct Outcome {
    late: Option<Duration>,
    faults: Vec<String>,
    status: String,
}

fn main() -> ExitCode {
    let binary = std::env::args().nth(1);
    let binary = binary.unwrap_or_else(|| "target/debug/nikkan".into());
    let binary = std::fs::canonicalize(&binary).unwrap();
    let binary = binary.to_string_lossy();
    let only = std::env::args().nth(2).unwrap_or_default();
    let chosen: Vec<_> = STEPS
        .iter()
        .filter(|(_, name, _)| name.contains(&only))
        .collect();
    let mut failed = 0;
    for steps in chosen.chunks(AT_ONCE) {
        std::thread::scope(|scope| {
            let played: Vec<_> = steps
                .iter()
                .map(|(server, name, words)| {
                    let binary = &binary;
                    (
                        server,
                        name,
                        scope.spawn(move || play(binary, *server, words)),
                    )
                })
                .collect();
            for (server, name, step) in played {
                let outcome = step.join().unwrap();
                let late = outcome.late.map(|late| format!("{} ms", late.as_millis()));
                let well = if outcome.faults.is_empty() {
                    "ok"
                } else {
                    "FAILED"
                };
                println!(
                    "{well:<8} {server:?}, {name}: delivered {} after the server went on",
                    late.unwrap_or_else(|| "never".into())
                );
                println!("           status: {}", outcome.status);
                for fault in &outcome.faults {
                    println!("           {fault}");
                }
                failed += usize::from(!outcome.faults.is_empty());
            }
        });
    }
    println!(
        "{} of {} steps as promised",
        chosen.len() - failed,
        chosen.len()
    );
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays one step over midnight.
fn play(binary: &str, server: Server, words: &'static str) -> Outcome {
    let (dovecot, receiver) = (
        Dovecot::start(),
        SmtpReceiver::start_with(Protection::None, None, true),
    );
    let (imap, smtp) = (Hanging::start(dovecot.port), Hanging::start(receiver.port));
    let mut setup = Setup::plain(imap.port, smtp.port);
    setup.smtp += &format!(
        "username = \"{USER}\"\npassword = {:?}\n",
        lab::smtp_receiver::PASSWORD
    );
    let home = Home::new(binary, &setup);
    dovecot.deliver(&[announcement("draft-lab-early-00", "2025-11-25T09:00:00Z")]);
    // The edition has begun a day before, so that the day is no first one.
    let first = home.run(&["--at", "2025-11-25T12:00:00Z", "run", "--once"]);
    let mut faults = Vec::new();
    let mut expect = |holds: bool, otherwise: String| {
        if !holds {
            faults.push(otherwise);
        }
    };
    expect(first.status.success(), format!("the first pass: {first:?}"));
    let begun = Instant::now();
    let mut daemon = home.start(START);
    daemon.wait_for("to=idle", 1);
    let hanging = match server {
        Server::Imap { .. } => &imap,
        Server::Smtp => &smtp,
    };
    hanging.arm(words);
    if let Server::Imap { cut: true } = server {
        imap.cut();
    }
    dovecot.deliver(&[announcement("draft-lab-late-00", "2025-11-25T23:00:00Z")]);
    if let Server::Smtp = server {
        sleep_until(begun + TO_MIDNIGHT + HANGS / 2);
        let meanwhile = announcement("draft-lab-meanwhile-00", "2025-11-26T00:00:05Z");
        dovecot.deliver(&[meanwhile]);
        sleep_until(begun + TO_MIDNIGHT + HANGS - Duration::from_secs(3));
        let found = home.run(&["search", "meanwhile"]).stdout;
        let found = String::from_utf8_lossy(&found);
        expect(
            found.contains("draft-lab-meanwhile"),
            "what came meanwhile was not read".into(),
        );
    }
    sleep_until(begun + TO_MIDNIGHT + HANGS - Duration::from_secs(3));
    expect(
        begun.elapsed() < TO_MIDNIGHT + HANGS,
        "this machine is too slow to play it".into(),
    );
    let told = home.run(&["--at", "2025-11-26T00:00:17Z", "status"]);
    let told = [told.stdout, told.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let status: Vec<_> = told
        .lines()
        .filter(|line| {
            line.contains("waits for") || line.contains("connection") || line.contains("daemon")
        })
        .collect();
    let status = status.join(" | ");
    expect(
        hanging.hangs() || words == NEVER_SAID,
        "the step was not reached".into(),
    );
    // Where the digest left at midnight over another session, nothing is waited for any more.
    let due = delivered(&daemon, Instant::now(), Duration::ZERO).is_none();
    let names = match server {
        Server::Imap { .. } => "waits for the last look into the mailbox".to_owned(),
        Server::Smtp => format!("the delivery waits for 127.0.0.1:{} to take", smtp.port),
    };
    expect(
        !due || status.contains(&names),
        format!("status does not say: {names}"),
    );
    let went_on = Instant::now();
    hanging.go_on();
    let late = delivered(&daemon, went_on, Duration::from_secs(70));
    expect(
        late.is_some_and(|late| late <= BAR),
        format!(
            "later than {} s:\n{}",
            BAR.as_secs(),
            last_of(&daemon.log())
        ),
    );
    let mails = receiver.received();
    expect(mails.len() == 1, format!("{} mails, not one", mails.len()));
    let all = mails
        .iter()
        .map(|mail| joined(&mail.bytes))
        .collect::<String>();
    for name in ["draft-lab-early", "draft-lab-late"] {
        expect(all.contains(name), format!("{name} is not in the digest"));
    }
    let (ended, took) = daemon.stop("TERM");
    expect(
        ended.success() && took < BAR,
        format!("the stop: {ended:?} after {took:?}"),
    );
    Outcome {
        late,
        faults,
        status,
    }
}

/// The end of a log, for who looks for a fault.
fn last_of(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// The time from an instant to the delivery, which is waited for so long; next to nothing where it was before.
fn delivered(daemon: &lab::daemon::Daemon, from: Instant, at_most: Duration) -> Option<Duration> {
    loop {
        if daemon.log().contains("delivered kind=") {
            return Some(from.elapsed());
        }
        if from.elapsed() >= at_most {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn sleep_until(instant: Instant) {
    std::thread::sleep(instant.saturating_duration_since(Instant::now()));
}
