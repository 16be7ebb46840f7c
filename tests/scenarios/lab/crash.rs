//! The crash test: the daemon is killed at chosen steps of a pass that catches up, seals three days and sends them, then
//! runs to its end. What it promised is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Output;

use nikkan::archive::{Archive, DeliveryState};

use super::daemon::{Home, Setup};
use super::dovecot::Dovecot;
use super::mail::{announcement, header, joined};
use super::smtp_receiver::{Received, SmtpReceiver};

/// The day before them begins, and has its digest: an edition's first never covers more than one day.
const BEFORE: [&str; 2] = ["2025-11-24T08:00:00Z", "2025-11-25T00:10:00Z"];
const DURING: &str = "2025-11-28T00:10:00Z";
const AFTER: &str = "2025-11-28T00:20:00Z";
const DAYS: [&str; 3] = ["2025-11-25", "2025-11-26", "2025-11-27"];
/// One receiver numbers its mails with three digits.
const RECEIVER_LASTS: usize = 100;

/// What came out.
#[derive(Debug, Default)]
pub struct Tally {
    /// Steps of one pass from its start to its end.
    pub steps: usize,
    /// Passes that were killed, or panicked.
    pub killed: usize,
    /// Exit codes of passes that were not killed.
    pub codes: BTreeMap<i32, usize>,
    /// By what the process was doing: catching up, sealing, sending, copying.
    pub by_stage: BTreeMap<&'static str, usize>,
    /// Announcements in no digest.
    pub lost: usize,
    /// Announcements in two digests.
    pub twice: usize,
    /// Distinct digests beyond one per day.
    pub beyond: usize,
    /// Digests of which a reader got a second copy.
    pub copies: usize,
    /// Those of them where the attempt had not been going on when the kill fell: must be none.
    pub copies_unexplained: usize,
    /// Kills that fell while a delivery was going on.
    pub while_sending: usize,
    /// Digests missing in, or twice in, the mailbox's folder.
    pub misfiled: usize,
}

impl Tally {
    /// Whether every promise was kept.
    pub fn is_good(&self) -> bool {
        let broken = [
            self.lost,
            self.twice,
            self.beyond,
            self.copies_unexplained,
            self.misfiled,
        ];
        broken.iter().all(|count| *count == 0)
    }
}

fn names() -> Vec<String> {
    let words = [
        "amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath",
    ];
    let days = DAYS.iter().enumerate();
    days.flat_map(|(at, _)| {
        words
            .iter()
            .map(move |word| format!("draft-lab-{word}{at}-00"))
    })
    .collect()
}

fn mails() -> Vec<Vec<u8>> {
    let per_day = names().len() / DAYS.len();
    let names = names().into_iter().enumerate();
    names
        .map(|(at, name)| {
            let date = format!("{}T{:02}:00:00Z", DAYS[at / per_day], 9 + at % per_day);
            announcement(&name, &date)
        })
        .collect()
}

/// What befalls a pass at its step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blow {
    /// SIGKILL.
    Kill,
    /// A panic, at a read or write on a server's connection.
    Panic,
}

impl Blow {
    fn variable(self) -> &'static str {
        match self {
            Blow::Kill => "NIKKAN_CRASH_AT",
            Blow::Panic => "NIKKAN_PANIC_AT",
        }
    }
}

/// Strikes `moments` passes at steps spread evenly from the first to the last.
pub fn run(binary: &str, blow: Blow, moments: usize) -> Tally {
    let dovecot = Dovecot::start();
    let mut receiver = SmtpReceiver::start();
    let first = Home::new(binary, &setup(&dovecot, &receiver, 0));
    for at in BEFORE {
        assert!(first.run(&["--at", at, "run", "--once"]).status.success());
    }
    dovecot.deliver(&mails());
    let mut tally = Tally::default();
    let mut stages = stages(&dovecot, &receiver, &first, binary);
    tally.steps = stages.len();
    if blow == Blow::Panic {
        stages.retain(|(_, transfer)| *transfer);
    }
    for moment in 0..moments {
        if moment % RECEIVER_LASTS == RECEIVER_LASTS - 1 {
            receiver = SmtpReceiver::start();
        }
        let at = 1 + moment * stages.len() / moments;
        let home = Home::new(binary, &setup(&dovecot, &receiver, moment + 1));
        copy(&first.archive(), &home.archive());
        let mut command = home.command(&["--at", DURING, "run", "--once"]);
        let ended = command.env(blow.variable(), at.to_string()).output();
        note_end(&ended.unwrap(), at, &mut tally);
        make_good(&home, &receiver, &dovecot, moment + 1, at, &mut tally);
        let (stage, _) = stages[at - 1];
        *tally.by_stage.entry(stage).or_default() += 1;
    }
    tally
}

fn setup(dovecot: &Dovecot, receiver: &SmtpReceiver, number: usize) -> Setup {
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup
        .mailbox
        .push_str(&format!("sent_folder = \"{}\"\n", folder(number)));
    setup.editions = format!(
        "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <nikkan@example.net>\"\n\
         to = [\"a-{number}@example.net\", \"b-{number}@example.net\"]\n"
    );
    setup
}

fn folder(number: usize) -> String {
    format!("sent-{number}")
}

pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// What each step of a pass belongs to, by its number, and whether it is a read or write on a server's connection.
fn stages(
    dovecot: &Dovecot,
    receiver: &SmtpReceiver,
    first: &Home,
    binary: &str,
) -> Vec<(&'static str, bool)> {
    let home = Home::new(binary, &setup(dovecot, receiver, 0));
    copy(&first.archive(), &home.archive());
    let log = home.folder.path().join("steps");
    let mut command = home.command(&["--at", DURING, "run", "--once"]);
    let output = command.env("NIKKAN_CRASH_LOG", &log).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(log).unwrap();
    let mut stage = "starting";
    text.lines()
        .map(|line| {
            let begins = |words: &str| line.contains(words);
            if begins("INSERT INTO connected") || begins("uidvalidity, last_uid") {
                stage = "catching up";
            } else if begins("INSERT INTO digest (") {
                stage = "sealing";
            } else if begins("UPDATE delivery SET state = 'sending'") {
                stage = "sending";
            } else if begins("m.id, d.day, m.message_id, m.queued_at,") {
                stage = "copying";
            }
            (stage, begins("a server"))
        })
        .collect()
}

fn note_end(ended: &Output, at: usize, tally: &mut Tally) {
    let said = String::from_utf8_lossy(&ended.stderr);
    match ended.status.code() {
        None => tally.killed += usize::from(ended.status.signal() == Some(9)),
        Some(code) => {
            tally.killed += usize::from(said.contains(&format!("planned, at transfer {at}")));
            *tally.codes.entry(code).or_default() += 1;
        }
    }
}

/// Two passes more, and what all of them came to.
fn make_good(
    home: &Home,
    receiver: &SmtpReceiver,
    dovecot: &Dovecot,
    number: usize,
    at: usize,
    tally: &mut Tally,
) {
    let sending = sending(&home.archive());
    tally.while_sending += usize::from(!sending.is_empty());
    // The second pass has nothing to do, and must do nothing.
    for _ in 0..2 {
        let output = home.run(&["--at", AFTER, "run", "--once"]);
        assert!(
            output.status.success(),
            "killed at step {at}, then:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let ours = |mail: &Received| mail.recipients[0].ends_with(&format!("-{number}@example.net"));
    let received: Vec<Received> = receiver.received().into_iter().filter(ours).collect();
    count(&received, &sending, at, tally);
    let mut client = dovecot.client();
    client.run(&format!("EXAMINE {}", folder(number)));
    let filed = client.run("FETCH 1:* BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]");
    let filed = filed.iter().filter(|line| line.contains("nikkan@"));
    tally.misfiled += DAYS.len().abs_diff(filed.count());
}

/// The readers to whom something was being sent, with the day of it.
pub(super) fn sending(archive: &Path) -> BTreeSet<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let archive = Archive::open(archive).unwrap();
        let status = archive.status("2025-11-28".parse().unwrap()).await.unwrap();
        archive.close().await;
        let open = status.outbox.into_iter();
        open.filter(|open| open.state == DeliveryState::Sending)
            .map(|open| (open.day.to_string(), open.recipient))
            .collect()
    })
}

fn count(
    received: &[Received],
    sending: &BTreeSet<(String, String)>,
    at: usize,
    tally: &mut Tally,
) {
    let mut digests: BTreeMap<String, &[u8]> = BTreeMap::new();
    let mut mails: BTreeMap<(String, &str), &[u8]> = BTreeMap::new();
    let mut deliveries: BTreeMap<(String, String), usize> = BTreeMap::new();
    for mail in received {
        let id = header(&mail.bytes, "Message-ID");
        digests.entry(id.clone()).or_insert(&mail.bytes);
        // A digest that is not the same to the same reader is another digest.
        let bytes = mails.entry((id, &mail.recipients[0]));
        tally.beyond += usize::from(*bytes.or_insert(&mail.bytes) != mail.bytes);
        let day = header(&mail.bytes, "X-Nikkan-Day");
        *deliveries
            .entry((day, mail.recipients[0].clone()))
            .or_default() += 1;
    }
    tally.beyond += digests.len().saturating_sub(DAYS.len());
    for (delivery, times) in &deliveries {
        tally.copies += times - 1;
        if *times > 1 && !sending.contains(delivery) {
            tally.copies_unexplained += 1;
        }
    }
    let wanted = DAYS.len() * 2;
    assert_eq!(
        deliveries.len(),
        wanted,
        "killed at step {at}: {deliveries:?}"
    );
    let texts: Vec<String> = digests.values().map(|bytes| joined(bytes)).collect();
    for name in names() {
        let (stem, _) = name.rsplit_once('-').unwrap();
        let address = format!("/doc/{stem}/");
        let told = texts.iter().filter(|text| text.contains(&address));
        match told.count() {
            0 => tally.lost += 1,
            1 => {}
            _ => tally.twice += 1,
        }
    }
}
