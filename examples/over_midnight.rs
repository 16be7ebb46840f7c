//! A midnight beside work in bulk on a large archive: how much later the digest is handed in than without it.
//!
//! usage: over_midnight BINARY [MESSAGES [WORK...]]
//!
//! WORK is some of: nothing, reparse, import, search, site, reading. `reading` is the first reading of a mailbox with a tenth
//! of as many messages, which the digest has to wait for: its figure counts from the reading's end.
#![allow(clippy::unwrap_used)] // A run that cannot measure says why and ends.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use lab::daemon::{Daemon, Home, Setup};
use lab::dovecot::Dovecot;
use lab::smtp_receiver::SmtpReceiver;
use lab::{Group, model_day};

const WORKS: [&str; 6] = ["nothing", "reparse", "import", "search", "site", "reading"];

/// The daemon's clock at its start, and when midnight comes by it.
const START: &str = "2025-11-28T23:59:40Z";
const BEFORE_MIDNIGHT: Duration = Duration::from_secs(20);

/// The work begins so long before midnight.
const AHEAD: Duration = Duration::from_secs(6);

/// Seconds that the digest may come later beside work than without; what comes later still is shown with the daemon's log.
const BAR: f64 = 1.0;

/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(900);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next().unwrap();
    let count: usize = arguments
        .next()
        .map_or(200_000, |text| text.parse().unwrap());
    let mut works: Vec<String> = arguments.collect();
    if works.is_empty() {
        works = WORKS.map(str::to_owned).to_vec();
    }
    // Made once, and kept.
    let folder = Path::new("target/over-midnight").join(count.to_string());
    let begun = Instant::now();
    if !folder.join("archive").exists() {
        make_archive(&binary, &folder, count);
    }
    println!(
        "an archive of {count} messages, made in {:.0} s",
        begun.elapsed().as_secs_f64()
    );
    let mut usual = None;
    for work in &works {
        let (late, log) = match work.as_str() {
            "reading" => first_reading(&binary, count / 10),
            work => beside(&binary, &folder, work),
        };
        let more = late - *usual.get_or_insert(late);
        println!(
            "{work:>8}: handed in {late:.2} s after it could be, {more:+.2} s beside {}",
            works[0]
        );
        if more > BAR {
            println!("{log}");
        }
    }
}

/// Makes `count` announcements, from number `first` on, of the ten years before midnight.
fn announcements(first: usize, count: usize) -> impl Iterator<Item = String> {
    let day: Vec<(String, String)> = model_day()
        .into_iter()
        .map(|(path, bytes)| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let name = name[name.find("draft-").unwrap()..name.len() - 3].to_owned();
            (name, String::from_utf8_lossy(&bytes).into_owned())
        })
        .collect();
    let newest: Timestamp = "2025-11-27T12:00:00Z".parse().unwrap();
    (first..first + count).map(move |number| {
        let (name, text) = &day[number % day.len()];
        let back =
            i64::try_from(number % count).unwrap() * 315_000_000 / i64::try_from(count).unwrap();
        let date = Timestamp::from_second(newest.as_second() - back).unwrap();
        let dated: String = text
            .lines()
            .map(|line| match line.starts_with("Date: ") {
                true => date
                    .strftime("Date: %a, %d %b %Y %H:%M:%S +0000\n")
                    .to_string(),
                false => format!("{line}\n"),
            })
            .collect();
        dated
            .replace(name, &format!("{name}-{number:06}"))
            .replace("Message-ID: <", &format!("Message-ID: <{number}."))
    })
}

/// Writes `count` announcements into an mbox, from number `first` on.
fn write_mbox(path: &Path, first: usize, count: usize) {
    let mut file = BufWriter::new(std::fs::File::create(path).unwrap());
    for text in announcements(first, count) {
        write!(
            file,
            "From a@example.net Thu Nov 27 09:05:37 2025\n{text}\n"
        )
        .unwrap();
    }
    file.flush().unwrap();
}

/// Makes the archive that every run begins with, and an mbox of as many further messages beside it.
fn make_archive(binary: &str, folder: &Path, count: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let (known, further) = (folder.join("known.mbox"), folder.join("further.mbox"));
    write_mbox(&known, 0, count);
    write_mbox(&further, count, count);
    let home = Home::new(binary, &Setup::plain(1, 1));
    let output = home.run(&["--at", START, "import", known.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    // As an earlier parser has left it: everything is something else when it is read again.
    let older = "import sqlite3, sys\nfile = sqlite3.connect(sys.argv[1])\nfile.execute('UPDATE announcement SET at = at + 1')\n\
                 file.commit()\nfile.execute('PRAGMA wal_checkpoint(TRUNCATE)')";
    let made = Command::new("python3")
        .args(["-c", older])
        .arg(home.archive().join("nikkan.db"))
        .status();
    assert!(made.unwrap().success());
    copy(&home.archive(), &folder.join("part"));
    std::fs::rename(folder.join("part"), folder.join("archive")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp")
        .args(["-r", "--reflink=auto"])
        .arg(from)
        .arg(to)
        .status();
    assert!(copied.unwrap().success());
}

/// Plays one midnight beside `work`, and returns the seconds after midnight at which the digest was handed in, and what the
/// daemon logged since the work began.
fn beside(binary: &str, folder: &Path, work: &str) -> (f64, String) {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails);
    let home = Home::new(binary, &Setup::plain(dovecot.port, receiver.port));
    copy(&folder.join("archive"), &home.archive());
    let begun = SystemTime::now();
    let mut daemon = home.start(START);
    wait(&mut daemon, "archived", mails.len());
    let midnight = begun + BEFORE_MIDNIGHT;
    let left = (midnight - AHEAD).duration_since(SystemTime::now());
    std::thread::sleep(left.unwrap());
    let logged = daemon.log().len();
    let further = folder.join("further.mbox");
    let site = home.folder.path().join("site");
    let arguments: &[&str] = match work {
        "nothing" => &[],
        "import" => &["--at", START, "import", further.to_str().unwrap()],
        "search" => &["search", "gateway"],
        "site" => &["--at", START, "site", site.to_str().unwrap()],
        other => &[other],
    };
    let worker = (!arguments.is_empty()).then(|| {
        Group::start(
            home.command(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )
    });
    let handed_in = arrival(&receiver);
    if let Some(mut worker) = worker {
        let ended = worker.0.try_wait().unwrap();
        if ended.is_some() {
            println!("{work} was over before, and shows nothing: {ended:?}; take more messages");
        }
    }
    let log = daemon.log().split_off(logged);
    daemon.stop("TERM");
    let late = handed_in.duration_since(midnight).unwrap_or_default();
    (late.as_secs_f64(), log)
}

/// Plays a midnight during the first reading of a mailbox, and returns the seconds after its end at which the digest was
/// handed in, and what the daemon logged since then.
fn first_reading(binary: &str, count: usize) -> (f64, String) {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let known = announcements(0, count).map(|text| lab::imap_client::crlf(text.as_bytes()));
    dovecot.fill(&known.collect::<Vec<_>>());
    let home = Home::new(binary, &Setup::plain(dovecot.port, receiver.port));
    let mut daemon = home.start("2025-11-28T23:59:58Z");
    wait(&mut daemon, "read to its end", 1);
    let (read, logged) = (SystemTime::now(), daemon.log().len());
    let handed_in = arrival(&receiver);
    let log = daemon.log().split_off(logged);
    daemon.stop("TERM");
    let late = match handed_in.duration_since(read) {
        Ok(after) => after.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    };
    (late, log)
}

fn wait(daemon: &mut Daemon, words: &str, times: usize) {
    let begun = Instant::now();
    while daemon.log().matches(words).count() < times {
        assert!(
            begun.elapsed() < PATIENCE,
            "waited in vain for {words}:\n{}",
            daemon.log()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for the first mail, and returns when it came.
fn arrival(receiver: &SmtpReceiver) -> SystemTime {
    let begun = Instant::now();
    loop {
        if let Some(file) = receiver.first_file() {
            return file.metadata().unwrap().modified().unwrap();
        }
        assert!(begun.elapsed() < PATIENCE, "the digest does not come");
        std::thread::sleep(Duration::from_millis(5));
    }
}
