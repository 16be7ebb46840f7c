//! From the arrival of a message to its committed row, 100 times, beside a raw client on the same server that on EXISTS
//! ends IDLE and fetches the same message. Both wait for the same deliveries.
#![allow(clippy::unwrap_used)] // A bench that cannot measure says why and ends.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use lab::dovecot::{Dovecot, PASSWORD, USER};
use lab::observed::Observed;
use nikkan::announcement::Lists;
use nikkan::archive::Archive;
use nikkan::clock::{Clock, Day};
use nikkan::mailbox::{self, Phase};
use tokio_util::sync::CancellationToken;

const DELIVERIES: usize = 100;
/// Messages in the folder before.
const BEFORE: usize = 50;

#[tokio::main]
async fn main() {
    let dovecot = Dovecot::start();
    let mails = lab::announcements(BEFORE + DELIVERIES);
    dovecot.deliver(&mails[..BEFORE]);

    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    let (clock, lists) = (Clock::system(), Lists::built_in());
    let (intake, mut stored) = Observed::new(archive.intake(lists.clone(), clock.clone()));
    let (watcher, channel) = mailbox::watcher_channel();
    let mut state = watcher.state();
    let stop = CancellationToken::new();
    let settings: mailbox::MailboxSettings = toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"\n",
        dovecot.port
    ))
    .unwrap();
    let watcher = tokio::spawn(mailbox::watch(
        settings,
        lists.ids(),
        clock.clone(),
        intake,
        channel,
        stop.clone(),
    ));

    let (ready, raw_idles) = mpsc::channel();
    let (fetched, raw_has) = mpsc::channel();
    let mut raw = dovecot.client();
    let beside = std::thread::spawn(move || {
        raw.run("EXAMINE INBOX");
        for uid in BEFORE + 1..=BEFORE + DELIVERIES {
            raw.idle_until("EXISTS", || ready.send(()).unwrap());
            let lines = raw.run(&format!("UID FETCH {uid}:* (UID BODY.PEEK[])"));
            assert!(lines.len() > 20, "{lines:?}");
            fetched.send(Instant::now()).unwrap();
        }
    });

    let mut sender = dovecot.client();
    let (mut ours, mut theirs, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    for (number, mail) in mails[BEFORE..].iter().enumerate() {
        raw_idles.recv().unwrap();
        state
            .wait_for(|state| state.phase == Phase::Idling)
            .await
            .unwrap();
        // At another moment of Dovecot's own half second each time.
        tokio::time::sleep(Duration::from_millis(100 + (number as u64 * 37) % 500)).await;
        stored.borrow_and_update();
        let start = Instant::now();
        sender.append("INBOX", mail);
        let expected = i64::try_from(BEFORE + number + 1).unwrap();
        let committed = loop {
            stored.changed().await.unwrap();
            let at = *stored.borrow_and_update();
            let status = archive.status(Day::of(clock.now())).await.unwrap();
            if status.messages == expected {
                break at;
            }
        };
        let raw = raw_has.recv().unwrap();
        let milliseconds = |at: Instant| at.duration_since(start).as_secs_f64() * 1000.0;
        ours.push(milliseconds(committed));
        theirs.push(milliseconds(raw));
        behind.push(milliseconds(committed) - milliseconds(raw));
    }
    stop.cancel();
    watcher.await.unwrap();
    beside.join().unwrap();

    println!("{DELIVERIES} deliveries, milliseconds from APPEND");
    for (name, values) in [
        ("nikkan, committed", &mut ours),
        ("raw client, fetched", &mut theirs),
        ("behind", &mut behind),
    ] {
        values.sort_by(f64::total_cmp);
        let at = |part: usize| values[(values.len() - 1) * part / 100];
        println!(
            "{name:>20}: median {:6.1}, 10 % {:6.1}, 90 % {:6.1}, most {:6.1}",
            at(50),
            at(10),
            at(90),
            at(100)
        );
    }
    let difference = ours[DELIVERIES / 2] - theirs[DELIVERIES / 2];
    println!("median behind {difference:.1} ms (at most 20)");
}
