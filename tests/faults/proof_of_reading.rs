//! The proof from which a day is sealed: whenever the reading is stopped, it is there only when everything was read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use nikkan::clock::Clock;
use nikkan::mailbox::{
    self, Batch, Cursor, ImapError, Intake, ReadingLimits, SetAside, UnreadableMessage,
};
use tokio_util::sync::CancellationToken;

use crate::lab::scripted_imap::{Folder, PASSWORD};
use crate::virtual_time::{Memory, Run, mails, with};

/// Messages in each of two folders.
const EACH: usize = 120;

/// An intake that asks for a stop at one of its calls.
#[derive(Clone)]
struct Stopping {
    memory: Memory,
    calls: Arc<AtomicUsize>,
    stop_at: usize,
    stop: CancellationToken,
}

impl Stopping {
    fn count(&self) {
        if self.calls.fetch_add(1, Ordering::SeqCst) == self.stop_at {
            self.stop.cancel();
        }
    }
}

impl Intake for Stopping {
    type Error = UnreadableMessage;

    async fn cursor(
        &self,
        account: &str,
        folder: &str,
    ) -> Result<Option<Cursor>, UnreadableMessage> {
        self.count();
        self.memory.cursor(account, folder).await
    }

    async fn store(&self, batch: Batch) -> Result<(), UnreadableMessage> {
        self.count();
        self.memory.store(batch).await
    }

    async fn set_aside(&self, account: &str, message: SetAside) -> Result<(), UnreadableMessage> {
        self.memory.set_aside(account, message).await
    }

    async fn all_set_aside(
        &self,
        account: &str,
        folder: &str,
    ) -> Result<Vec<SetAside>, UnreadableMessage> {
        self.count();
        self.memory.all_set_aside(account, folder).await
    }

    async fn note_alive(
        &self,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<(), UnreadableMessage> {
        self.memory.note_alive(since, until).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_reading_that_was_stopped_anywhere_is_no_proof() {
    let mut stopped = 0;
    for stop_at in 0.. {
        let all = mails(2 * EACH);
        let server = with(&all[..EACH]).await;
        let mut lists = Folder::new(7);
        for message in &all[EACH..] {
            lists.add(message.clone());
        }
        server.model().folders.insert("Lists".into(), lists);
        let settings: mailbox::MailboxSettings = toml::from_str(&format!(
            "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"reader\"\npassword = \"{PASSWORD}\"\n\
             folders = [\"INBOX\", \"Lists\"]\n",
            server.port
        ))
        .unwrap();
        let stop = CancellationToken::new();
        let intake = Stopping {
            memory: Memory::default(),
            calls: Arc::default(),
            stop_at,
            stop: stop.clone(),
        };
        let wanted = ["i-d-announce.ietf.org".to_owned()];
        let clock = Clock::system();
        let read = mailbox::sync_once(&settings, &wanted, &clock, &intake, &stop).await;
        let kept = intake.memory.0.lock().unwrap().messages.len();
        match read {
            Ok(reading) => {
                assert_eq!(kept, 2 * EACH, "stopped at call {stop_at}");
                assert!(reading.answered() && reading.unread().is_empty());
            }
            Err(error) => {
                assert!(
                    matches!(error, ImapError::Stopped | ImapError::Lost(_)),
                    "{error}"
                );
                stopped += 1;
            }
        }
        if !stop.is_cancelled() {
            break;
        }
    }
    assert!(stopped > 4, "stopped {stopped} times");
}

#[tokio::test(start_paused = true)]
async fn the_last_reading_is_waited_for_while_messages_come_and_a_silent_mailbox_is_told() {
    let limits = ReadingLimits {
        silence: Duration::from_secs(120),
        longest: Duration::from_secs(900),
    };
    let clock = Clock::system();
    let run = Run::start(with(&mails(EACH)).await, "");
    run.holds(EACH).await;
    let reading = run.watcher.last_reading(&clock, limits).await.unwrap();
    assert!(reading.answered());
    // Nobody reads.
    let (watcher, _channel) = mailbox::watcher_channel();
    let begun = tokio::time::Instant::now();
    let reading = watcher.last_reading(&clock, limits).await.unwrap();
    assert!(!reading.answered());
    assert_eq!(begun.elapsed().as_secs(), 120);
    run.end().await;
    // The watcher has ended: that is no account of the mailbox.
    let (watcher, channel) = mailbox::watcher_channel();
    drop(channel);
    assert!(watcher.last_reading(&clock, limits).await.is_none());
}
