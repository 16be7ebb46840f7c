//! The built binary against a server that fails at random every few seconds while messages arrive. Everything random
//! comes from a seed, so that a run can be repeated.

use std::time::{Duration, Instant};

use nikkan::archive::Archive;
use nikkan::clock::Day;

use crate::lab::announcements;
use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::proxy::Proxy;
use crate::lab::scripted_imap::{Act, At, Fault, Folder, Message, ScriptedImap};

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Messages in the folder at the start: with many, the archive's cache is as full then as it will ever be.
    pub before: usize,
    pub messages: usize,
    /// They arrive evenly over this time.
    pub lasts: Duration,
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    pub archived: usize,
    pub listed: usize,
    /// Faults that were played.
    pub faults: usize,
    pub logins: u32,
    /// From the end of the faults to the last message.
    pub settled: Duration,
    /// Resident memory in MiB, by the second.
    pub memory: Vec<(u64, f64)>,
}

impl Figures {
    /// The highest resident memory in a part of the run, from 0 to 1.
    pub fn most_memory(&self, from: f64, to: f64) -> f64 {
        let end = self.memory.last().map_or(0, |(second, _)| *second);
        #[expect(clippy::cast_precision_loss, reason = "seconds of a run")]
        let part = |second: u64| second as f64 / end.max(1) as f64;
        let within = self.memory.iter().filter(|(second, _)| {
            let part = part(*second);
            part >= from && part <= to
        });
        within.map(|(_, mib)| *mib).fold(0.0, f64::max)
    }
}

/// One of the faults of the table. Those that only time shows are rare, or nothing else would be played.
fn any_fault(random: &mut fastrand::Rng) -> (At, Act) {
    let places = [
        At::Greeting,
        At::Login,
        At::LookAround,
        At::Examine,
        At::Fetch,
        At::FetchBody,
        At::FetchNothing,
        At::BeforePlus,
        At::Idling,
        At::Done,
    ];
    let at = places[random.usize(..places.len())];
    let act = match random.u32(..20) {
        0 => Act::Silence,
        1..=5 => Act::Close,
        6..=8 => Act::Bye("restarting"),
        9..=10 => Act::Answer("NO [UNAVAILABLE] try again later"),
        11 => Act::Answer("BAD what"),
        12..=14 => Act::Cut(random.usize(1..6000)),
        15 => Act::Say(b"* 1 FETCH (UID 1 BODY[] {600000000}\r\n".to_vec()),
        16 => Act::Say(b"* 7 FETCH (UID x\r\n".to_vec()),
        17 => Act::Say("* 1 EXISTS\r\n".repeat(300).into_bytes()),
        18 => Act::Say(b"A0000 NO stale\r\n".to_vec()),
        _ => Act::Say(b"* OK still here\r\n".to_vec()),
    };
    (at, act)
}

/// Runs it with the binary at this path.
pub async fn run(binary: &str, plan: Plan) -> Figures {
    let server = ScriptedImap::start().await;
    let proxy = Proxy::start(server.port).await;
    let mut setup = Setup::plain(proxy.port, 1);
    setup.mailbox += "idle_refresh = \"5s\"\n";
    let home = Home::new(binary, &setup);
    let mut daemon = home.start_logging("2025-11-28T12:00:00Z", "warn");
    let mut random = fastrand::Rng::with_seed(plan.seed);
    let mut figures = Figures::default();
    let start = Instant::now();
    let (mut next_fault, mut next_sample) = (Duration::from_secs(1), Duration::ZERO);
    let mut arrived = 0;
    let mut mails = announcements(plan.before + plan.messages);
    let old: Vec<Vec<u8>> = mails.drain(..plan.before).collect();
    for mail in old {
        server.deliver(Message::new(mail));
    }
    while arrived < mails.len() || start.elapsed() < plan.lasts {
        let now = start.elapsed();
        let share = now.as_secs_f64() / plan.lasts.as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a share of a count"
        )]
        let due = ((mails.len() as f64 * share) as usize).min(mails.len());
        for mail in &mails[arrived..due] {
            server.deliver(Message::new(mail.clone()));
        }
        arrived = arrived.max(due);
        if now >= next_fault {
            // In a long run less often, or the logins of an hour would be used up before its end.
            let rarer = if plan.lasts > Duration::from_secs(60) {
                4
            } else {
                1
            };
            next_fault = now + Duration::from_millis(rarer * random.u64(500..4500));
            strike(&server, &proxy, &mut random);
        }
        if now >= next_sample {
            next_sample = now + (plan.lasts / 60).max(Duration::from_millis(500));
            figures.memory.push((now.as_secs(), resident(&daemon)));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Peace: from here on everything has to come in.
    server.model().faults.clear();
    let peace = Instant::now();
    let archive = Archive::open(&home.archive()).unwrap();
    let day: Day = "2025-11-28".parse().unwrap();
    let limit = Duration::from_secs(150);
    while peace.elapsed() < limit {
        let kept = archive.status(day).await.unwrap().messages;
        figures.archived = usize::try_from(kept).unwrap().saturating_sub(plan.before);
        if figures.archived >= plan.messages {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    figures.settled = peace.elapsed();
    figures
        .memory
        .push((start.elapsed().as_secs(), resident(&daemon)));
    figures.listed = archive
        .record_of_day(day)
        .await
        .unwrap()
        .announcements
        .len()
        - plan.before;
    figures.logins = server.model().logins;
    figures.faults = server.model().count;
    archive.close().await;
    let (ended, _) = daemon.stop("TERM");
    assert!(ended.success(), "{ended:?}\n{}", daemon.log());
    figures
}

/// One thing goes wrong.
fn strike(server: &ScriptedImap, proxy: &Proxy, random: &mut fastrand::Rng) {
    let mut model = server.model();
    // What was never reached does not pile up.
    model.faults.clear();
    match random.u32(..30) {
        // A while without anything; otherwise no session would ever come to its end.
        24.. => {}
        0 => {
            model.count += 1;
            drop(model);
            proxy.swallow();
        }
        1 => {
            model.count += 1;
            drop(model);
            server.restart(Duration::from_millis(random.u64(50..1500)));
        }
        2 => {
            // The folder is rebuilt: the same messages with other UIDs.
            let folder = model.folder("INBOX").unwrap();
            let mut again = Folder::new(folder.uidvalidity + 1);
            again.uid_next += random.u32(..1000);
            for message in folder.messages.values().cloned() {
                again.add(message);
            }
            *folder = again;
            model.faults.push(Fault {
                at: At::Idling,
                skip: 0,
                act: Act::Bye("rebuilt"),
            });
        }
        _ => {
            let (at, act) = any_fault(random);
            model.faults.push(Fault { at, skip: 0, act });
        }
    }
    server.shared.wake();
}

/// The daemon's resident memory in MiB, from the kernel.
fn resident(daemon: &Daemon) -> f64 {
    crate::lab::memory_of(daemon.id(), "VmRSS:")
}
