//! A server that mixes all faults at random for a while, and then behaves: afterwards every wanted message must be stored
//! once, and the log must name a cause for each lost session. Server and watcher share one runtime in paused time and
//! talk without the network, so that a seed gives the same run each time.
//!
//! `NIKKAN_SEEDS=10000` plays so many; `NIKKAN_SEED=17` plays that one alone and prints its log.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nikkan::clock::Clock;
use nikkan::mailbox::{self, Phase};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use crate::cases::private;
use crate::lab::operator::Seen;
use crate::lab::proxy::Proxy;
use crate::lab::scripted_imap::{Act, At, Fault, Folder, Message, PASSWORD, ScriptedImap};
use crate::run::{Case, Lab};
use crate::tables::tables;

mod checks;
mod draws;
mod intake;

use checks::Known;
use intake::Memory;

/// The List-Id that is wanted.
const WANTED: &str = "i-d-announce.ietf.org";
/// From the end of the faults until everything must be stored. Refused logins are tried an hour later at most, and what
/// was overlooked is looked for every hour.
const PEACE: Duration = Duration::from_secs(3 * 3600);
/// Then nothing more may come.
const QUIET: Duration = Duration::from_secs(600);
/// Cases that are not drawn: what takes time or memory rather than cunning.
const NOT_DRAWN: [&str; 11] = [
    "100,000 other messages",
    "80 MB message",
    // Twice in one folder they would name other messages by the same UIDs, which no server does.
    "UIDs that jump",
    "UIDs that jump, at first",
    // With deliveries at other times than its own nobody could see it.
    "UIDNEXT falls",
    "UIDNEXT falls, closed",
    "UIDNEXT of 1",
    // Each makes its folder anew with the same UIDVALIDITY, which nobody could see the second time.
    "second folder",
    "one of two folders deleted",
    // What is cut each time is kept as it came, with a warning.
    "body cut short",
    // What is handed on are other bytes than those of the message.
    "a header of 300 kB",
];

/// Cases in which one folder is told under several UIDVALIDITYs. Where its UIDs begin anew meanwhile, under one of them, and
/// pass what was read under that, nobody could see it: they are not played in one run.
const SEVERAL_VALIDITIES: [&str; 2] = ["UIDVALIDITY goes back and forth", "UIDVALIDITY falls"];

/// What became of a seed.
#[derive(Debug, Default)]
pub struct Figures {
    pub wanted: usize,
    pub faults: usize,
    pub connections: u32,
    pub logins: u32,
    /// Most connections within an hour.
    pub most: usize,
    /// From the end of the faults until all was stored.
    pub settled: Duration,
}

/// One seed's run.
struct World {
    random: fastrand::Rng,
    server: Arc<ScriptedImap>,
    proxy: Arc<Proxy>,
    seen: Seen,
    begun: Instant,
    memory: Memory,
    folders: Vec<&'static str>,
    /// A folder was told under several UIDVALIDITYs.
    several_validities: bool,
    cases: Vec<Case>,
    mails: u32,
    known: Known,
    /// The UIDVALIDITY and UIDNEXT of each folder as of the last look, and all that were used before.
    standing: BTreeMap<String, (u32, u32)>,
    used: BTreeSet<(String, u32)>,
    /// Folders whose UIDNEXT fell: nothing comes into them until that was seen, or nobody could see it.
    sunk: Vec<&'static str>,
    /// Kept alive with the faults that use them.
    labs: Vec<Lab>,
}

impl World {
    fn new(seed: u64) -> (Self, nikkan::endpoint::InProcess) {
        let mut random = fastrand::Rng::with_seed(seed);
        let server = Arc::new(ScriptedImap::in_process());
        let (proxy, way) = Proxy::in_process(server.shared.clone());
        let several = random.u32(..3) == 0;
        let settings = match several {
            true => "folders = [\"INBOX\", \"Lists\"]",
            false => "",
        };
        let mut cases: Vec<Case> = tables().into_iter().flat_map(|(_, cases)| cases).collect();
        cases.retain(|case| {
            case.tls.is_none()
                && (case.settings.is_empty() || case.settings == settings)
                && !NOT_DRAWN.contains(&case.name)
        });
        let mut world = World {
            random,
            server,
            proxy: Arc::new(proxy),
            seen: Seen::default(),
            begun: Instant::now(),
            memory: Memory::default(),
            folders: match several {
                true => vec!["INBOX", "Lists"],
                false => vec!["INBOX"],
            },
            several_validities: false,
            cases,
            mails: 0,
            known: Known::default(),
            standing: BTreeMap::new(),
            used: BTreeSet::new(),
            sunk: Vec::new(),
            labs: Vec::new(),
        };
        world.mend();
        let mut model = world.server.model();
        model.tells_uid_next = world.random.u32(..4) > 0;
        model.echoes = world.random.bool();
        drop(model);
        for _ in 0..world.random.usize(..8) {
            world.deliver();
        }
        (world, way)
    }

    /// Everything is there that belongs to a server in order.
    fn mend(&self) {
        let mut model = self.server.model();
        for (number, name) in (7..).zip(&self.folders) {
            let folder = model.folders.entry((*name).into());
            folder.or_insert_with(|| Folder::new(number));
        }
        model.offered = ["IMAP4rev1 AUTH=PLAIN ID".into(), "IMAP4rev1 IDLE ID".into()];
        model.password = PASSWORD.into();
        model.tells_uid_next = true;
    }

    fn note(&self, text: &str) {
        self.seen.note(self.begun, text);
    }

    /// A message of the list, of a size of its own.
    fn wanted(&mut self) -> Message {
        self.mails += 1;
        let number = self.mails;
        // One in many is larger than what is asked for at first.
        let lines = match self.random.u32(..400) {
            0 => 7_000,
            _ => self.random.usize(1..40),
        };
        let text = format!(
            "From: Internet-Drafts <internet-drafts@ietf.org>\r\nSubject: I-D Action: draft-some-thing-{number:02}.txt\r\n\
             Date: Fri, 28 Nov 2025 09:00:00 +0000\r\nMessage-ID: <{number}@ietf.org>\r\nList-Id: drafts <{WANTED}>\r\n\r\n{}",
            "The draft is there, with these words.\r\n".repeat(lines)
        );
        let message = Message::new(text.into_bytes());
        self.known.add(&message);
        message
    }

    /// One message, of the list or another, into one of the folders.
    fn deliver(&mut self) {
        let mine = self.random.u32(..3) > 0;
        let message = match mine {
            true => self.wanted(),
            false => private(self.random.usize(..1_000_000)),
        };
        let folder = self.folders[self.random.usize(..self.folders.len())];
        self.mend_folder(folder);
        if self.is_sunk(folder) {
            return;
        }
        let uid = self.server.shared.arrive(folder, message);
        let what = if mine { "a list's" } else { "another" };
        self.note(&format!("message in {folder}: UID {uid}, {what}"));
    }

    /// Whether a fallen UIDNEXT has yet to be seen.
    fn is_sunk(&mut self, folder: &'static str) -> bool {
        let next = self
            .server
            .model()
            .folder(folder)
            .map_or(1, |folder| folder.uid_next);
        if self.memory.reached(folder) < next {
            self.sunk.retain(|name| *name != folder);
        }
        self.sunk.contains(&folder)
    }

    fn mend_folder(&self, name: &str) {
        let mut model = self.server.model();
        model
            .folders
            .entry(name.into())
            .or_insert_with(|| Folder::new(9));
    }

    /// Takes down what the server has.
    fn look(&mut self) {
        self.known.look(&self.server);
    }

    /// No folder made anew has a UIDVALIDITY that one of its name had before: with the same UIDs again nobody could see it,
    /// and no server does that (RFC 9051 section 2.3.1.1).
    fn part_validities(&mut self) {
        let mut model = self.server.model();
        for (name, folder) in &mut model.folders {
            let before = self.standing.get(name).copied();
            let same = before.is_some_and(|(validity, next)| {
                validity == folder.uidvalidity
                    && (next <= folder.uid_next || self.sunk.contains(&name.as_str()))
            });
            while !same && self.used.contains(&(name.clone(), folder.uidvalidity)) {
                folder.uidvalidity += 1;
            }
            self.used.insert((name.clone(), folder.uidvalidity));
            let now = (folder.uidvalidity, folder.uid_next);
            self.standing.insert(name.clone(), now);
        }
    }

    /// One thing goes wrong.
    fn strike(&mut self) {
        // What was never reached does not pile up.
        if self.random.u32(..8) == 0 {
            let mut model = self.server.model();
            model.faults.clear();
            model.twists.clear();
            drop(model);
            self.mend();
        }
        match self.random.u32(..100) {
            0..=2 => {
                self.note("the proxy swallows what comes");
                self.proxy.swallow();
            }
            3..=5 => {
                let away = draws::away(&mut self.random);
                self.note(&format!("restarts, away for {away:?}"));
                self.server.restart(away);
            }
            6..=8 => {
                let folder = self.folders[self.random.usize(..self.folders.len())];
                self.mend_folder(folder);
                self.note(&format!("{folder} is rebuilt"));
                let mut model = self.server.model();
                draws::rebuild(&mut self.random, &mut model, folder);
                let act = Act::Bye("rebuilt");
                model.faults.push(Fault {
                    at: At::Idling,
                    skip: 0,
                    act,
                });
            }
            9..=10 if !self.several_validities => {
                let folder = self.folders[self.random.usize(..self.folders.len())];
                self.mend_folder(folder);
                let mut model = self.server.model();
                let reached = self.memory.reached(folder);
                if draws::sink(&mut model, folder, reached) {
                    let act = Act::Bye("moved");
                    model.faults.insert(
                        0,
                        Fault {
                            at: At::Idling,
                            skip: 0,
                            act,
                        },
                    );
                    drop(model);
                    self.note(&format!("UIDNEXT of {folder} falls"));
                    self.sunk.push(folder);
                    self.cases
                        .retain(|case| !SEVERAL_VALIDITIES.contains(&case.name));
                }
            }
            11..=14 => {
                let faults = draws::siege(&mut self.random);
                self.note(&format!("{} times {:.200?}", faults.len(), faults[0]));
                self.server.model().faults.extend(faults);
            }
            15..=21 => {
                self.note("ends IDLE, so that what comes before it is met");
                self.server.play(At::Idling, Act::Close);
            }
            22..=42 => {
                let twist = draws::twist(&mut self.random, &self.server);
                self.note(twist);
            }
            43..=62 if !self.cases.is_empty() && !self.is_sunk("INBOX") => {
                let case = self.cases.remove(self.random.usize(..self.cases.len()));
                self.note(&format!("the case \"{}\"", case.name));
                self.several_validities |= SEVERAL_VALIDITIES.contains(&case.name);
                self.mend_folder("INBOX");
                let (missed, more) = (self.wanted(), (0..3).map(|_| self.wanted()).collect());
                let lab = Lab::with(self.server.clone(), self.proxy.clone(), missed, more);
                (case.before)(&lab);
                if let Some(then) = case.then {
                    then(&lab);
                }
                self.labs.push(lab);
            }
            _ => {
                let fault = draws::act(&mut self.random);
                self.note(&format!("{fault:.200?}"));
                self.server.model().faults.push(fault);
            }
        }
        self.part_validities();
        self.server.shared.wake();
    }

    /// Everything goes wrong for a while.
    async fn rage(&mut self) {
        let end = Instant::now() + Duration::from_secs(self.random.u64(60..1200));
        while Instant::now() < end {
            let pause = match self.random.u32(..12) {
                0 => self.random.u64(..120_000),
                1..=3 => self.random.u64(..20_000),
                _ => self.random.u64(..3_000),
            };
            tokio::time::sleep(Duration::from_millis(pause)).await;
            self.look();
            self.part_validities();
            match self.random.u32(..5) {
                0..=1 => self.deliver(),
                2 => {
                    for _ in 0..self.random.usize(1..6) {
                        self.deliver();
                    }
                }
                _ => self.strike(),
            }
        }
        self.look();
    }
}

/// Plays one seed; what went wrong, with its log, if something did.
pub fn play(seed: u64) -> (Result<Figures, String>, Seen) {
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let (world, way) = World::new(seed);
        let seen = world.seen.clone();
        (watched(world, way).await, seen)
    })
}

async fn watched(mut world: World, way: nikkan::endpoint::InProcess) -> Result<Figures, String> {
    let folders = format!("folders = {:?}", world.folders);
    let refresh = world.random.u64(20..300);
    let mut settings: mailbox::MailboxSettings = toml::from_str(&format!(
        "host = \"127.0.0.1\"\ntls = \"none\"\nusername = \"reader\"\npassword = \"{PASSWORD}\"\n{folders}\n\
         idle_refresh = \"{refresh}s\""
    ))
    .unwrap();
    settings.in_process = Some(way);
    let (watcher, channel) = mailbox::watcher_channel();
    let stop = CancellationToken::new();
    world.seen.note_states(watcher.state());
    let task = tokio::spawn(
        mailbox::watch(
            settings,
            vec![WANTED.to_owned()],
            Clock::held("2025-11-28T12:00:00Z".parse().unwrap()),
            world.memory.clone(),
            channel,
            stop.clone(),
        )
        .with_subscriber(world.seen.subscriber()),
    );
    world.rage().await;
    world.note("behaves from now on");
    world.server.behave();
    world.mend();
    for folder in world.folders.clone() {
        if world.is_sunk(folder) {
            continue;
        }
        let last = world.wanted();
        world.server.shared.arrive(folder, last);
    }
    world.look();
    let peace = Instant::now();
    let mut state = watcher.state();
    let settled = loop {
        world.look();
        let all = world
            .known
            .missing(&world.server, &world.folders, &world.memory)
            .is_empty()
            && world.memory.with(|kept| kept.set_aside.is_empty());
        let phase = state.borrow_and_update().phase;
        if all && matches!(phase, Phase::Idling | Phase::Polling) {
            break Some(peace.elapsed());
        }
        if peace.elapsed() > PEACE || task.is_finished() {
            break None;
        }
        tokio::select! {
            biased;
            () = world.memory.changed() => {}
            _ = state.changed() => {}
            () = tokio::time::sleep(Duration::from_secs(300)) => {}
        }
    };
    if settled.is_some() {
        tokio::time::sleep(QUIET).await;
        // What a session stumbled over meanwhile is asked for again within the hour.
        while peace.elapsed() < PEACE && world.memory.with(|kept| !kept.set_aside.is_empty()) {
            tokio::time::sleep(QUIET).await;
        }
    }
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), task).await;
    match ended {
        Err(_) => return Err("it does not end when asked".into()),
        Ok(Err(error)) => return Err(format!("it panicked: {error}")),
        Ok(Ok(())) => {}
    }
    checks::verdict(&world)?;
    let model = world.server.model();
    Ok(Figures {
        wanted: world.known.wanted(),
        faults: model.count,
        connections: world.proxy.opened(),
        logins: model.logins,
        most: world.proxy.most_within(Duration::from_secs(3600)),
        settled: settled.unwrap_or(PEACE),
    })
}

/// Plays seeds from `first` on, on all cores; the figures of each, and the failures with their logs.
pub fn play_many(first: u64, count: u64) -> (Vec<Figures>, Vec<(u64, String, Seen)>) {
    let next = AtomicU64::new(first);
    let one_thread = || {
        let (mut figures, mut failures) = (Vec::new(), Vec::new());
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= first + count {
                return (figures, failures);
            }
            match play(seed) {
                (Ok(one), _) => figures.push(one),
                (Err(why), seen) => failures.push((seed, why, seen)),
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(one_thread)).collect();
        let (mut figures, mut failures) = (Vec::new(), Vec::new());
        for thread in threads {
            let (more, failed) = thread.join().unwrap();
            figures.extend(more);
            failures.extend(failed);
        }
        failures.sort_by_key(|(seed, ..)| *seed);
        (figures, failures)
    })
}
