//! What takes minutes or hours, in a moment: server and watcher share one runtime whose time is paused, and jumps on
//! whenever both only wait. The messages go to an intake in memory, because the archive's thread lives in real time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nikkan::clock::Clock;
use nikkan::mailbox::{
    self, Batch, Cursor, Intake, Phase, SetAside, UnreadableMessage, WatcherHandle, WatcherState,
};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cases::private;
use crate::lab::announcements;
use crate::lab::scripted_imap::{Act, At, Folder, Message, PASSWORD, ScriptedImap};

/// Cursors and UIDs as they were handed over, and when.
#[derive(Clone, Default)]
pub struct Memory(pub Arc<Mutex<Kept>>);

#[derive(Default)]
pub struct Kept {
    pub cursors: Vec<Cursor>,
    pub messages: Vec<(String, u32, usize)>,
    pub set_aside: Vec<SetAside>,
    /// A message at which the intake fails.
    pub fails_at: Option<(u32, Failure)>,
}

/// How the intake fails.
#[derive(Clone, Copy, Debug)]
pub enum Failure {
    /// By a panic in the watcher's own task; without a word on standard error.
    Panics,
    /// By an error that names the message, as the archive does after a panic.
    Tells,
}

impl Intake for Memory {
    type Error = UnreadableMessage;

    async fn cursor(&self, _: &str, folder: &str) -> Result<Option<Cursor>, UnreadableMessage> {
        let kept = self.0.lock().unwrap();
        let known = kept.cursors.iter().find(|cursor| cursor.folder == folder);
        Ok(known.cloned())
    }

    async fn store(&self, batch: Batch) -> Result<(), UnreadableMessage> {
        let fails_at = self.0.lock().unwrap().fails_at;
        if let Some((uid, failure)) = fails_at
            && batch.messages.iter().any(|message| message.uid == uid)
        {
            let said = "a fault, planned".to_owned();
            match failure {
                Failure::Panics => std::panic::resume_unwind(Box::new(said)),
                Failure::Tells => return Err(UnreadableMessage { uid, said }),
            }
        }
        let mut kept = self.0.lock().unwrap();
        kept.cursors
            .retain(|cursor| cursor.folder != batch.cursor.folder);
        let mut came: Vec<u32> = batch.messages.iter().map(|it| it.uid).collect();
        came.extend(batch.released);
        let folder = &batch.cursor.folder;
        kept.set_aside
            .retain(|it| it.folder != *folder || !came.contains(&it.uid));
        for message in batch.messages {
            let folder = batch.cursor.folder.clone();
            kept.messages
                .push((folder, message.uid, message.bytes.len()));
        }
        kept.cursors.push(batch.cursor);
        Ok(())
    }

    async fn set_aside(&self, _: &str, message: SetAside) -> Result<(), UnreadableMessage> {
        let mut kept = self.0.lock().unwrap();
        kept.set_aside
            .retain(|known| (&known.folder, known.uid) != (&message.folder, message.uid));
        kept.set_aside.push(message);
        Ok(())
    }

    async fn all_set_aside(
        &self,
        _: &str,
        folder: &str,
    ) -> Result<Vec<SetAside>, UnreadableMessage> {
        let mut found = self.0.lock().unwrap().set_aside.clone();
        found.retain(|message| message.folder == folder);
        Ok(found)
    }

    async fn note_alive(&self, _: Timestamp, _: Timestamp) -> Result<(), UnreadableMessage> {
        Ok(())
    }
}

/// A watcher on a scripted server, with the default settings and these besides.
pub struct Run {
    pub server: ScriptedImap,
    pub memory: Memory,
    clock: Clock,
    pub state: watch::Receiver<WatcherState>,
    pub watcher: WatcherHandle,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

const NOON: &str = "2025-11-28T12:00:00Z";

impl Run {
    pub fn start(server: ScriptedImap, keys: &str) -> Self {
        Run::on(server, keys, Memory::default())
    }

    /// With what was read before.
    pub fn on(server: ScriptedImap, keys: &str, memory: Memory) -> Self {
        let password = match keys.contains("auth = ") {
            true => String::new(),
            false => format!("password = \"{PASSWORD}\"\n"),
        };
        let settings: mailbox::MailboxSettings = toml::from_str(&format!(
            "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"reader\"\n{password}{keys}",
            server.port
        ))
        .unwrap();
        let (watcher, channel) = mailbox::watcher_channel();
        let stop = CancellationToken::new();
        let clock = Clock::held(NOON.parse().unwrap());
        let wanted = vec!["i-d-announce.ietf.org".to_owned()];
        let task = tokio::spawn(mailbox::watch(
            settings,
            wanted,
            clock.clone(),
            memory.clone(),
            channel,
            stop.clone(),
        ));
        Run {
            server,
            memory,
            clock,
            state: watcher.state(),
            watcher,
            stop,
            task,
        }
    }

    pub async fn reaches(&self, phase: Phase) {
        let mut state = self.state.clone();
        state.wait_for(|state| state.phase == phase).await.unwrap();
    }

    /// Until so many messages were handed over, and how long that took.
    pub async fn holds(&self, count: usize) -> Duration {
        let start = Instant::now();
        loop {
            let kept = self.memory.0.lock().unwrap().messages.len();
            assert!(kept <= count, "{kept} messages");
            if kept == count {
                return start.elapsed();
            }
            assert!(start.elapsed() < Duration::from_secs(24 * 3600), "never");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops it. What it read and the server are left.
    pub async fn end(self) -> (Memory, ScriptedImap) {
        self.stop.cancel();
        self.task.await.unwrap();
        (self.memory, self.server)
    }
}

pub fn mails(count: usize) -> Vec<Message> {
    announcements(count).into_iter().map(Message::new).collect()
}

pub async fn with(messages: &[Message]) -> ScriptedImap {
    let server = ScriptedImap::start().await;
    for message in messages {
        server.deliver(message.clone());
    }
    server
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_slow_and_not_dead() {
    let mails = mails(3);
    let server = with(&mails[..2]).await;
    // From the greeting on: login, EXAMINE, two bodies, and then what is heard in IDLE.
    server.play(At::Greeting, Act::Crawl);
    let run = Run::start(server, "");
    let took = run.holds(2).await;
    let said = (
        run.state.borrow().last_error.clone(),
        run.server.model().logins,
    );
    assert!(
        took > Duration::from_secs(4_000),
        "{took:?} {said:?} {:?}",
        run.server.model().commands
    );
    run.reaches(Phase::Idling).await;
    run.server.deliver(mails[2].clone());
    let took = run.holds(3).await;
    // EXISTS, the end of IDLE and 3 kB of message.
    assert!(took > Duration::from_secs(2_000), "{took:?}");
    assert_eq!(run.server.model().logins, 1, "on the one session");
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn half_open_with_the_default_refresh_is_found_in_time() {
    let mails = mails(2);
    let server = with(&mails[..1]).await;
    let run = Run::start(server, "");
    run.holds(1).await;
    run.reaches(Phase::Idling).await;
    // Not one byte more from now on, and no end.
    run.server
        .play(At::Idling, Act::ArriveUntold(mails[1].clone()));
    run.server.play(At::Idling, Act::Silence);
    let took = run.holds(2).await;
    assert!(took > Duration::from_secs(299), "{took:?}");
    assert!(took < Duration::from_secs(5 * 60 + 15), "{took:?}");
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_is_answered_with_a_new_session() {
    for jump in [
        SignedDuration::from_hours(8),
        SignedDuration::from_hours(-3),
    ] {
        let run = Run::start(with(&mails(1)).await, "");
        run.holds(1).await;
        run.reaches(Phase::Idling).await;
        let start = Instant::now();
        run.clock.set(NOON.parse::<Timestamp>().unwrap() + jump);
        run.reaches(Phase::BackingOff).await;
        // As after a suspend: what was true before it need not be true now.
        assert!(
            start.elapsed() < Duration::from_secs(16),
            "{:?}",
            start.elapsed()
        );
        let said = run.state.borrow().last_error.clone().unwrap();
        assert!(said.contains("the clock jumped by"), "{said}");
        run.reaches(Phase::Idling).await;
        assert_eq!(run.server.model().logins, 2);
        run.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn other_folders_are_asked_after_every_minute_by_status() {
    let mails = mails(4);
    let server = with(&mails[..1]).await;
    for (name, validity) in [("Lists", 7), ("More", 8)] {
        server
            .model()
            .folders
            .insert(name.into(), Folder::new(validity));
    }
    let run = Run::start(server, "folders = [\"INBOX\", \"Lists\", \"More\"]\n");
    run.holds(1).await;
    run.reaches(Phase::Idling).await;
    run.server.shared.arrive("Lists", mails[1].clone());
    assert!(run.holds(2).await < Duration::from_secs(62));
    // A server that refuses STATUS has the folder opened instead.
    run.server.play(At::Status, Act::Answer("NO not now"));
    run.server.play(At::Status, Act::Answer("NO not now"));
    run.server.shared.arrive("More", mails[2].clone());
    assert!(run.holds(3).await < Duration::from_secs(62));
    // And the first is heard at once.
    run.reaches(Phase::Idling).await;
    run.server.deliver(mails[3].clone());
    assert!(run.holds(4).await < Duration::from_secs(2));
    let (logins, commands) = {
        let model = run.server.model();
        (model.logins, model.commands.clone())
    };
    assert_eq!(logins, 1, "one connection for all of them");
    assert!(commands.iter().any(|command| command.starts_with("STATUS")));
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_always_refused_costs_only_itself() {
    let mails = mails(3);
    let run = Run::start(with(&mails[..1]).await, "");
    run.holds(1).await;
    run.reaches(Phase::Idling).await;
    // The second message's body is broken on the server: each FETCH of it is refused, alone and with others.
    run.server.model().broken = Some(2);
    run.server.deliver(mails[1].clone());
    run.server.deliver(mails[2].clone());
    let took = run.holds(3).await;
    assert!(took < Duration::from_secs(30 * 60), "{took:?}");
    let kept = run.memory.0.lock().unwrap().messages.clone();
    let sizes: Vec<(u32, bool)> = kept
        .iter()
        .map(|(_, uid, size)| (*uid, *size > 1500))
        .collect();
    // Of the broken one its header, of the others all.
    assert_eq!(sizes, [(1, true), (2, false), (3, true)]);
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_tried_seldom_and_a_busy_server_often() {
    let tried = |answer: &'static str| async move {
        let server = with(&mails(1)).await;
        for _ in 0..200 {
            server.play(At::Login, Act::Answer(answer));
        }
        let run = Run::start(server, "");
        tokio::time::sleep(Duration::from_secs(3600)).await;
        let logins = run.server.model().logins;
        run.end().await;
        logins
    };
    // An account is locked after some ten attempts in an hour, an address after five in ten minutes.
    let refused = tried("NO [AUTHENTICATIONFAILED] Authentication failed.").await;
    assert!((4..=5).contains(&refused), "{refused} attempts in an hour");
    let busy = tried("NO [ALERT] Too many simultaneous connections. (Failure)").await;
    assert!((15..=24).contains(&busy), "{busy} attempts in an hour");
}

#[tokio::test(start_paused = true)]
async fn of_a_shared_mailbox_only_the_lists_bodies_cross_the_wire() {
    let mails = mails(12);
    let server = ScriptedImap::start().await;
    for (number, mail) in mails[..10].iter().enumerate() {
        for other in 0..9 {
            server.deliver(private(10 * number + other));
        }
        server.deliver(mail.clone());
    }
    let run = Run::start(server, "");
    run.holds(10).await;
    run.reaches(Phase::Idling).await;
    for (number, mail) in mails[10..].iter().enumerate() {
        run.server.deliver(private(1000 + number));
        run.server.deliver(mail.clone());
        run.holds(11 + number).await;
    }
    let lists: usize = mails.iter().map(Message::size).sum();
    let bytes = run.server.model().body_bytes;
    // Each list message once, with some words around it, and not one byte of the others' text.
    assert!(bytes < lists + 12 * 150, "{bytes} of {lists}");
    run.end().await;
}
