//! Two machines on one mailbox, each with an archive of its own, killed at random steps of their passes over midnight. What
//! the readers got is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;

use super::crash::{copy, sending};
use super::daemon::{Home, Setup};
use super::dovecot::Dovecot;
use super::mail::{announcement, joined};
use super::smtp_receiver::SmtpReceiver;

const NOON_BEFORE: &str = "2025-11-24T12:00:00Z";
const MIDNIGHT_BEFORE: [&str; 2] = ["2025-11-25T00:30:00Z", "2025-11-25T01:00:00Z"];
const MIDNIGHT: &str = "2025-11-26T00:00:30Z";
const DAY: &str = "2025-11-25";
const AFTER: &str = "[standby]\nafter = \"20m\"\n";
const NAMES: [&str; 4] = [
    "draft-lab-amber-00",
    "draft-lab-birch-00",
    "draft-lab-cedar-00",
    "draft-lab-dune-00",
];
const READERS: [&str; 3] = ["a", "b", "c"];
/// One receiver numbers its mails with three digits.
const RECEIVER_LASTS: usize = 100;

/// What came out.
#[derive(Debug, Default)]
pub struct Tally {
    /// Steps of a pass of the first machine that hands in, and of one of the second.
    pub steps: (usize, usize),
    /// Passes that were killed, of the first machine and of the second.
    pub killed: (usize, usize),
    /// Nights by who handed in.
    pub nights: BTreeMap<&'static str, usize>,
    /// Readers without the digest.
    pub lost: usize,
    /// Announcements that a reader's digest lacks.
    pub untold: usize,
    /// Readers with two copies.
    pub doubled: usize,
    /// Kills between the first reader's copy and the one in the folder: the window.
    pub windows: usize,
    /// Readers with two copies whose first one had not come in a window: must be none.
    pub unexplained: usize,
    /// Nights after which the folder has no digest.
    pub misfiled: usize,
}

impl Tally {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        let broken = [self.lost, self.untold, self.unexplained, self.misfiled];
        broken.iter().all(|count| *count == 0)
    }
}

/// The archives of both machines on the evening before, and their servers.
struct Evening {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    homes: [Home; 2],
    binary: String,
}

/// One night of both machines.
struct Night<'a> {
    evening: &'a Evening,
    number: usize,
    homes: [Home; 2],
    random: fastrand::Rng,
    /// Readers of whom a second copy is explained.
    explained: BTreeSet<String>,
    /// What happened, for who looks for a fault.
    events: Vec<String>,
}

/// Plays `nights`, each with kills at random steps; the same seed plays the same.
pub fn run(binary: &str, nights: usize, seed: u64) -> Tally {
    let mut evening = Evening::new(binary);
    let mut tally = Tally {
        steps: evening.steps(),
        ..Tally::default()
    };
    for number in 1..=nights {
        if number % RECEIVER_LASTS == 0 {
            evening.receiver = SmtpReceiver::start();
            eprintln!("{number} nights: {tally:?}");
        }
        let random = fastrand::Rng::with_seed(seed.wrapping_add(number as u64));
        let mut night = Night::new(&evening, number, random);
        night.play(&mut tally);
        night.count(&mut tally);
    }
    tally
}

fn setup(evening_ports: (u16, u16), number: usize, machine: usize) -> Setup {
    let mut setup = Setup::plain(evening_ports.0, evening_ports.1);
    setup.mailbox += &format!("sent_folder = \"{}\"\n", folder(number));
    let readers = READERS.map(|reader| format!("\"{}\"", address(reader, number)));
    setup.editions = format!(
        "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <nikkan@example.net>\"\nto = [{}]\n",
        readers.join(", ")
    );
    if machine == 1 {
        setup.editions += AFTER;
    }
    setup
}

fn address(reader: &str, number: usize) -> String {
    format!("{reader}-{number}@example.net")
}

fn folder(number: usize) -> String {
    format!("sent-{number}")
}

impl Evening {
    /// Both machines have sent the digest of the day before, and the day's mail is there.
    fn new(binary: &str) -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        let ports = (dovecot.port, receiver.port);
        let homes = [0, 1].map(|machine| Home::new(binary, &setup(ports, 0, machine)));
        for at in [NOON_BEFORE].iter().chain(&MIDNIGHT_BEFORE) {
            for home in &homes {
                let output = home.run(&["--at", at, "run", "--once"]);
                assert!(output.status.success(), "{output:?}");
            }
        }
        let mails = NAMES.iter().zip(9..);
        let mails: Vec<_> = mails
            .map(|(name, hour)| announcement(name, &format!("{DAY}T{hour:02}:00:00Z")))
            .collect();
        dovecot.deliver(&mails);
        Evening {
            dovecot,
            receiver,
            homes,
            binary: binary.to_owned(),
        }
    }

    /// Counts the steps of a pass of each machine that hands in.
    fn steps(&self) -> (usize, usize) {
        let count = |machine: usize| {
            let night = Night::new(self, 0, fastrand::Rng::with_seed(0));
            // In a folder and for readers of its own.
            let ports = (self.dovecot.port, self.receiver.port);
            let home = &night.homes[machine];
            home.write(&setup(ports, 1_000_000 + machine, machine));
            let passes = [MIDNIGHT, "2025-11-26T00:21:00Z"].map(|at| {
                let log = home.folder.path().join(at);
                let mut command = home.command(&["--at", at, "run", "--once"]);
                let output = command.env("NIKKAN_CRASH_LOG", &log).output().unwrap();
                assert!(output.status.success(), "{output:?}");
                std::fs::read_to_string(log).unwrap().lines().count()
            });
            passes.into_iter().max().unwrap_or_default()
        };
        (count(0), count(1))
    }
}

impl<'a> Night<'a> {
    fn new(evening: &'a Evening, number: usize, random: fastrand::Rng) -> Self {
        let ports = (evening.dovecot.port, evening.receiver.port);
        let homes = [0, 1].map(|machine| {
            let home = Home::new(&evening.binary, &setup(ports, number, machine));
            copy(&evening.homes[machine].archive(), &home.archive());
            home
        });
        Night {
            evening,
            number,
            homes,
            random,
            explained: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    /// The first machine at midnight, the second too and when its time has come; then both again, in either order.
    fn play(&mut self, tally: &mut Tally) {
        let steps = tally.steps;
        if self.random.u8(..100) < 85 {
            let at = 1 + self.random.usize(..steps.0);
            self.killed(0, "00:00:30", at, tally);
        } else {
            self.whole(0, "00:00:30");
        }
        let before = self.by_whom();
        for time in ["00:00:40", "00:21:00"] {
            if self.random.u8(..100) < 40 {
                let at = 1 + self.random.usize(..steps.1);
                self.killed(1, time, at, tally);
            } else {
                self.whole(1, time);
            }
        }
        let first = self.random.usize(..2);
        self.whole(first, "00:40:00");
        self.whole(1 - first, "00:50:00");
        let after = self.by_whom();
        let by = match (before, after) {
            (0, _) => "the second, or the first late",
            (before, after) if before == after => "the first alone",
            _ => "the first, not to its end",
        };
        *tally.nights.entry(by).or_default() += 1;
    }

    fn command(&self, machine: usize, time: &str) -> std::process::Command {
        let at = format!("2025-11-26T{time}Z");
        self.homes[machine].command(&["--at", &at, "run", "--once"])
    }

    fn whole(&mut self, machine: usize, time: &str) {
        let output = self.command(machine, time).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        self.events
            .push(format!("machine {machine} at {time}:\n{said}"));
        assert!(
            output.status.success(),
            "night {}, machine {machine} at {time}:\n{}",
            self.number,
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A pass that is killed at a step; who has a copy that no other machine can know of is explained.
    fn killed(&mut self, machine: usize, time: &str, at: usize, tally: &mut Tally) {
        let mut command = self.command(machine, time);
        let status = command
            .env("NIKKAN_CRASH_AT", at.to_string())
            .output()
            .unwrap()
            .status;
        if status.signal() != Some(9) {
            return;
        }
        let count = match machine {
            0 => &mut tally.killed.0,
            _ => &mut tally.killed.1,
        };
        *count += 1;
        let archive = self.homes[machine].archive();
        let under_way = match archive.join("nikkan.db").exists() {
            true => sending(&archive),
            false => BTreeSet::new(),
        };
        let mut open: BTreeSet<String> = under_way.into_iter().map(|(_, reader)| reader).collect();
        if self.filed() == 0 {
            open.extend(self.copies().into_keys());
        }
        self.events.push(format!(
            "machine {machine} killed at {time}, step {at}; {} filed, {:?} had copies, open: {open:?}",
            self.filed(),
            self.copies()
        ));
        tally.windows += usize::from(!open.is_empty());
        self.explained.extend(open);
    }

    /// The copies that each reader has.
    fn copies(&self) -> BTreeMap<String, usize> {
        let mut copies = BTreeMap::new();
        for mail in self.evening.receiver.received() {
            let reader = &mail.recipients[0];
            if READERS
                .iter()
                .any(|one| *reader == address(one, self.number))
            {
                *copies.entry(reader.clone()).or_default() += 1;
            }
        }
        copies
    }

    fn by_whom(&self) -> usize {
        self.copies().values().sum()
    }

    /// The digests in the folder.
    fn filed(&self) -> usize {
        let mut client = self.evening.dovecot.client();
        let listed = client.run(&format!("LIST \"\" {}", folder(self.number)));
        if !listed.iter().any(|line| line.starts_with("* LIST")) {
            return 0;
        }
        let opened = client.run(&format!("EXAMINE {}", folder(self.number)));
        if opened.iter().any(|line| line.starts_with("* 0 EXISTS")) {
            return 0;
        }
        let filed = client.run("FETCH 1:* BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]");
        filed
            .iter()
            .filter(|line| line.contains("<20251125-"))
            .count()
    }

    fn count(&self, tally: &mut Tally) {
        let copies = self.copies();
        for reader in READERS.map(|reader| address(reader, self.number)) {
            match copies.get(&reader) {
                None => tally.lost += 1,
                Some(1) => {}
                Some(_) => {
                    tally.doubled += 1;
                    if !self.explained.contains(&reader) {
                        tally.unexplained += 1;
                        eprintln!(
                            "night {}: {reader} has two copies: {:#?}",
                            self.number, self.events
                        );
                    }
                }
            }
        }
        for mail in self.evening.receiver.received() {
            if copies.contains_key(&mail.recipients[0]) {
                let text = joined(&mail.bytes);
                let told = |name: &&&str| text.contains(&name[..name.len() - 3]);
                tally.untold += NAMES.len() - NAMES.iter().filter(told).count();
            }
        }
        tally.misfiled += usize::from(self.filed() == 0);
    }
}
