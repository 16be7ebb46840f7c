//! A small world for the daemon: a mailbox, a submission server and a clock that can all fail, and the daemon's own
//! steps over an archive in memory. Nothing sleeps; an hour passes by setting the clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::context::DaemonContext;
use super::{bootstrap, due, seal};
use crate::announcement::Lists;
use crate::archive::{Archive, RecoveredDigest};
use crate::clock::{Clock, Day};
use crate::config::{self, Config};
use crate::editor::{Editor, Extract};
use crate::mailbox::{Batch, Cursor, Intake as _, LastReading, RawMessage};
use crate::outbox::{self, Outcome, Submission, Transport};
use crate::press;

#[cfg(feature = "llm")]
mod editor;
mod end_of_day;
mod first_day;
mod schedules;
mod weeks;
mod year;

const ACCOUNT: &str = "reader@imap.example.net";

fn config(readers: &[&str]) -> Config {
    let text = format!(
        "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\n\
         [smtp]\nhost = \"smtp.example.net\"\n[archive]\ndirectory = \"/nowhere\"\n\
         [[edition]]\nname = \"daily\"\nfrom = \"nikkan@example.net\"\nto = {readers:?}\n"
    );
    config::parse(&text, std::path::Path::new("config.toml")).unwrap()
}

/// A draft's announcement, dated `date`.
fn announcement(name: &str, date: Timestamp) -> Vec<u8> {
    format!(
        "From: internet-drafts@ietf.org\r\nSubject: I-D Action: {name}.txt\r\nDate: {}\r\n\
         Message-ID: <{name}@ietf.org>\r\nList-Id: <i-d-announce.ietf.org>\r\n\r\n\
         Internet-Draft {name}.txt is now available.\r\n\r\n   Title:   A title\r\n   Name:    {name}.txt\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S +0000"),
    )
    .into_bytes()
}

/// The submission server's way with the next mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Server {
    Up,
    Down,
    /// The connection is cut before its answer; it has the mail or not.
    Cuts {
        taken: bool,
    },
    /// The daemon dies in the middle; the server has the mail or not.
    Kills {
        taken: bool,
    },
}

/// A mail that was taken: its Message-ID, its reader, its bytes.
type Taken = (String, String, Vec<u8>);

/// The submission server: remembers what it took.
#[derive(Clone, Debug)]
struct Receiver {
    server: Arc<Mutex<Server>>,
    taken: Arc<Mutex<Vec<Taken>>>,
    /// Attempts after which the daemon could not know that the mail was taken.
    unknown: Arc<Mutex<usize>>,
    killed: Arc<Notify>,
}

impl Receiver {
    fn take(&self, recipient: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let field = text
            .lines()
            .find_map(|line| line.strip_prefix("Message-ID: "));
        let mail = (field.unwrap().into(), recipient.into(), bytes.to_vec());
        self.taken.lock().unwrap().push(mail);
    }
}

impl Transport for Receiver {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let Submission {
            recipient, bytes, ..
        } = mail;
        let server = *self.server.lock().unwrap();
        match server {
            Server::Up => {
                self.take(recipient, bytes);
                Outcome::Delivered("250 ok".into())
            }
            Server::Down => Outcome::Deferred("451 later".into()),
            Server::Cuts { taken } | Server::Kills { taken } => {
                if taken {
                    self.take(recipient, bytes);
                    *self.unknown.lock().unwrap() += 1;
                }
                if matches!(server, Server::Kills { .. }) {
                    self.killed.notify_one();
                    std::future::pending::<()>().await;
                }
                Outcome::Uncertain("cut".into())
            }
        }
    }
}

/// Seals what is due, after a reading of the mailbox, which answers or not; how many digests.
async fn end_days(context: &DaemonContext, editor: &dyn Editor, answers: bool) -> usize {
    let reading = LastReading::played(context.clock.now(), answers);
    let sealed = seal::seal_due(context, editor, &reading).await;
    sealed.unwrap()
}

/// The world. `now` is the true time; the daemon's clock may show another.
struct World {
    config: Config,
    archive: Archive,
    clock: Clock,
    now: Timestamp,
    /// The lead of the daemon's clock.
    ahead: SignedDuration,
    messages: Vec<RawMessage>,
    begun: bool,
    /// True while the mailbox answers.
    answers: bool,
    receiver: Receiver,
}

impl World {
    fn new(start: &str, readers: &[&str]) -> Self {
        let now = start.parse().unwrap();
        World {
            config: config(readers),
            archive: Archive::in_memory().unwrap(),
            clock: Clock::held(now),
            now,
            ahead: SignedDuration::ZERO,
            messages: Vec::new(),
            begun: false,
            answers: true,
            receiver: Receiver {
                server: Arc::new(Mutex::new(Server::Up)),
                taken: Arc::default(),
                unknown: Arc::default(),
                killed: Arc::default(),
            },
        }
    }

    fn serve(&self, server: Server) {
        *self.receiver.server.lock().unwrap() = server;
    }

    /// Lets time pass.
    fn pass(&mut self, hours: i64, minutes: i64) {
        self.now += SignedDuration::from_mins(hours * 60 + minutes);
        self.clock.set(self.now + self.ahead);
    }

    /// A list's message arrives now, dated `age` hours ago.
    fn arrive(&mut self, name: &str, age: i64) {
        let date = self.now - SignedDuration::from_hours(age);
        let uid = u32::try_from(self.messages.len() + 1).unwrap();
        self.messages.push(RawMessage {
            uid,
            received: Some(self.now),
            bytes: announcement(name, date),
        });
    }

    /// As the daemon's tasks see it.
    fn context(&self) -> DaemonContext {
        DaemonContext {
            config: Arc::new(self.config.clone()),
            archive: self.archive.clone(),
            clock: self.clock.clone(),
            stop: CancellationToken::new(),
            liveness: Default::default(),
            ending: Default::default(),
        }
    }

    /// The daemon starts, or starts again after a crash.
    async fn start(&mut self) {
        self.begun = true;
        let now = self.clock.now();
        self.archive.recover_interrupted(now).await.unwrap();
        bootstrap::begin_once(&self.context()).await.unwrap();
    }

    /// Everything the daemon does when it wakes: reads the mailbox, seals what is over, sends what is due.
    async fn wake(&mut self) {
        if !self.begun {
            self.start().await;
        }
        if self.answers {
            self.read().await;
        }
        end_days(&self.context(), &Extract::default(), self.answers).await;
        let stop = CancellationToken::new();
        let killed = tokio::select! {
            round = outbox::deliver_due(&self.archive, &self.receiver, &(), &self.clock, &stop) => {
                round.unwrap();
                false
            }
            () = self.receiver.killed.notified() => true,
        };
        if killed {
            self.serve(Server::Up);
            self.start().await;
        }
    }

    async fn read(&mut self) {
        let intake = self.archive.intake(Lists::built_in(), self.clock.clone());
        let known = intake.cursor(ACCOUNT, "INBOX").await.unwrap();
        let last = known.map_or(0, |cursor| cursor.last_uid);
        let new: Vec<RawMessage> = self
            .messages
            .iter()
            .filter(|m| m.uid > last)
            .cloned()
            .collect();
        let reached = new.last().map_or(last, |message| message.uid);
        let cursor = Cursor::new("INBOX", 1, reached);
        let batch = Batch {
            account: ACCOUNT.into(),
            messages: new,
            cursor,
            caught_up: true,
            released: Vec::new(),
        };
        intake.store(batch).await.unwrap();
    }

    /// The mails that were taken, by Message-ID: the digest, and how often each reader got it. Two mails of one Message-ID that
    /// differ would be two digests.
    fn digests(&self) -> BTreeMap<Day, (RecoveredDigest, BTreeMap<String, usize>)> {
        let mut digests: BTreeMap<Day, (RecoveredDigest, BTreeMap<String, usize>)> =
            BTreeMap::new();
        let mut bytes: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for (id, reader, mail) in self.receiver.taken.lock().unwrap().iter() {
            let first = bytes.entry(id.clone()).or_insert_with(|| mail.clone());
            assert_eq!(first, mail, "two mails are called {id}");
            let found = press::identify_digest(mail).unwrap();
            let entry = digests
                .entry(found.day)
                .or_insert((found.clone(), BTreeMap::new()));
            assert_eq!(entry.0, found, "two digests of {}", found.day);
            *entry.1.entry(reader.clone()).or_default() += 1;
        }
        digests
    }
}
