//! The digest of one day for 10,000 readers through a real Postfix, beside Postfix's own `smtp-source` with the same mail,
//! as many times, over as many sessions, in the same run: the figure is the ratio of the two times. The memory is that of
//! the daemon that does it. `make hand-in`; NIKKAN_READERS sets another number.
#![allow(clippy::unwrap_used)] // A bench that cannot measure says why and ends.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use lab::daemon::{Home, Setup};
use lab::dovecot::Dovecot;
use lab::smtp_receiver::SmtpReceiver;
use lab::submission::SubmissionServer;
use lab::submission::postfix::Postfix;
use lab::{Group, wait_for};

/// At most so many times what `smtp-source` takes.
const SLOWEST: f64 = 1.5;
/// At most so much memory, MiB.
const LARGEST: f64 = 24.0;
/// As `[smtp] sessions` has it by default.
const SESSIONS: usize = 2;
/// As `[smtp] mails_per_session` has it by default.
const MAILS_PER_SESSION: usize = 100;

fn main() -> ExitCode {
    if let Some(why) = Postfix::unavailable() {
        eprintln!("cannot be measured: {why}");
        return ExitCode::FAILURE;
    }
    let count = std::env::var("NIKKAN_READERS").map_or(10_000, |text| text.parse().unwrap());
    // Named as smtp-source names its own.
    let readers: Vec<String> = (0..=count)
        .map(|n| format!("{n}r@readers.example"))
        .collect();
    let postfix = Postfix::discarding(&readers);
    let dovecot = Dovecot::start();
    let day: Vec<Vec<u8>> = lab::model_day()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    dovecot.deliver(&day);
    let mail = sample(&dovecot);
    println!("{count} mails of {} kB", mail.len() / 1000);
    // Before and after, so that a machine that grows slower or faster meanwhile judges neither.
    let before = source(&postfix, &mail, count);
    let ours = daemon(&postfix, &dovecot, &readers[..count]);
    let after = source(&postfix, &mail, count);
    let beside = (before + after) / 2;
    let ratio = ours.took.as_secs_f64() / beside.as_secs_f64();
    println!(
        "smtp-source {:.1} s and {:.1} s, nikkan {:.1} s: {ratio:.2} times (at most {SLOWEST})",
        before.as_secs_f64(),
        after.as_secs_f64(),
        ours.took.as_secs_f64(),
    );
    let most = count.div_ceil(MAILS_PER_SESSION) + SESSIONS;
    println!("{} sessions (at most {most})", ours.sessions);
    println!("at most {:.1} MiB (bar {LARGEST})", ours.peak);
    println!(
        "{} readers have one copy, {} none, {} more",
        ours.once, ours.none, ours.more
    );
    let good =
        ratio <= SLOWEST && ours.sessions <= most && ours.peak <= LARGEST && ours.once == count;
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The mail as one reader gets it.
fn sample(dovecot: &Dovecot) -> Vec<u8> {
    let receiver = SmtpReceiver::start();
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    for at in ["2025-11-28T12:00:00Z", "2025-11-29T00:10:00Z"] {
        assert!(home.run(&["--at", at, "run", "--once"]).status.success());
    }
    receiver.wait_for(1).remove(0).bytes
}

/// Hands the mail in so many times with Postfix's own client.
fn source(postfix: &Postfix, mail: &[u8], count: usize) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mail");
    std::fs::write(&file, String::from_utf8_lossy(mail).replace("\r\n", "\n")).unwrap();
    let begun = Instant::now();
    let status = Postfix::smtp_source()
        .args([
            "-d",
            "-N",
            "-s",
            &SESSIONS.to_string(),
            "-m",
            &count.to_string(),
        ])
        .args(["-f", "nikkan@example.net", "-t", "r@readers.example", "-F"])
        .arg(&file)
        .arg(format!("127.0.0.1:{}", postfix.port()))
        .status()
        .unwrap();
    assert!(status.success(), "smtp-source fails: {}", postfix.log());
    let took = begun.elapsed();
    at_rest(postfix);
    took
}

/// Waits until Postfix has thrown away all that it took.
fn at_rest(postfix: &Postfix) {
    let mut sent = 0;
    wait_for("Postfix to come to rest", || {
        let before = std::mem::replace(&mut sent, postfix.log().matches("status=sent").count());
        std::thread::sleep(Duration::from_millis(500));
        (sent > 0 && before == sent).then_some(())
    });
}

struct Taken {
    took: Duration,
    sessions: usize,
    /// MiB.
    peak: f64,
    once: usize,
    none: usize,
    more: usize,
}

/// Lets the daemon hand in after midnight.
fn daemon(postfix: &Postfix, dovecot: &Dovecot, readers: &[String]) -> Taken {
    let mut setup = Setup::plain(dovecot.port, postfix.port());
    setup.editions = format!(
        "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <nikkan@example.net>\"\nto = {readers:?}\n"
    );
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let pass = home.run(&["--at", "2025-11-28T12:00:00Z", "run", "--once"]);
    assert!(pass.status.success());
    let log = postfix.log().len();
    let sessions = postfix.sessions().unwrap();
    let mut process = Group::start(
        home.command(&["--at", "2025-11-29T00:10:00Z", "run"])
            .env("RUST_LOG", "info")
            .stdout(Stdio::null())
            .stderr(Stdio::piped()),
    );
    let mut lines = BufReader::new(process.0.stderr.take().unwrap());
    let (mut begun, mut delivered, mut line) = (None, 0, String::new());
    while delivered < readers.len() {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the daemon ended");
        if line.contains(" sealed ") {
            begun = Some(Instant::now());
        }
        if line.contains(" delivered ") {
            delivered += 1;
        } else if line.contains("WARN") || line.contains("ERROR") || line.contains("deferred") {
            print!("{line}");
        }
    }
    let took = begun.unwrap().elapsed();
    let peak = lab::memory_of(process.0.id(), "VmHWM:");
    process.signal("TERM");
    // Whoever nobody listens to does not end.
    std::io::copy(&mut lines, &mut std::io::sink()).unwrap();
    at_rest(postfix);
    let log = postfix.log().split_off(log);
    let mut copies: HashMap<&str, usize> = HashMap::new();
    for line in log.lines().filter(|line| line.contains("status=sent")) {
        let (_, rest) = line.split_once("to=<").unwrap();
        *copies.entry(rest.split_once('>').unwrap().0).or_default() += 1;
    }
    let with = |wanted: fn(usize) -> bool| {
        let count = |reader: &&String| wanted(copies.get(reader.as_str()).copied().unwrap_or(0));
        readers.iter().filter(count).count()
    };
    Taken {
        took,
        sessions: postfix.sessions().unwrap() - sessions,
        peak,
        once: with(|copies| copies == 1),
        none: with(|copies| copies == 0),
        more: with(|copies| copies > 1),
    }
}
