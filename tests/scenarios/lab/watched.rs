//! The watcher as a library, with a real archive, on a port of this machine.

use std::path::Path;
use std::time::{Duration, Instant};

use nikkan::announcement::Lists;
use nikkan::archive::Archive;
use nikkan::clock::{Clock, Day};
use nikkan::mailbox::{self, Phase};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::instrument::WithSubscriber;

use super::GENEROUS;
use super::observed::Observed;
use super::operator::Seen;

/// Both, and the way to them.
pub struct Watched {
    pub archive: Archive,
    stored: watch::Receiver<Instant>,
    pub state: watch::Receiver<mailbox::WatcherState>,
    /// Its log and its states.
    pub operator: Seen,
    /// The watcher ends with the last of those who may ask it.
    _watcher: mailbox::WatcherHandle,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

/// The keys for clear text on a port of this machine.
pub fn clear_text(port: u16) -> String {
    format!("host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n")
}

impl Watched {
    /// Watches the server on this port of this machine; `keys` are those of `[mailbox]`, and the archive is in
    /// `folder`.
    pub fn start(port: u16, keys: &str, folder: &Path) -> Self {
        Watched::start_by(&clear_text(port), keys, folder)
    }

    /// The same with the keys that name the server.
    pub fn start_by(way: &str, keys: &str, folder: &Path) -> Self {
        let settings: mailbox::MailboxSettings =
            toml::from_str(&format!("{way}username = \"reader\"\n{keys}\n")).unwrap();
        let archive = Archive::open(folder).unwrap();
        let clock = Clock::starting_at("2025-11-28T12:00:00Z".parse().unwrap());
        let lists = Lists::built_in();
        let (intake, seen) = Observed::new(archive.intake(lists.clone(), clock.clone()));
        let (watcher, channel) = mailbox::watcher_channel();
        let stop = CancellationToken::new();
        let operator = Seen::default();
        operator.note_states(watcher.state());
        let watching = mailbox::watch(settings, lists.ids(), clock, intake, channel, stop.clone());
        let task = tokio::spawn(watching.with_subscriber(operator.subscriber()));
        Watched {
            archive,
            stored: seen,
            state: watcher.state(),
            operator,
            _watcher: watcher,
            stop,
            task,
        }
    }

    /// Until it waits for mail.
    pub async fn waits(&self) {
        let mut state = self.state.clone();
        let waits = state.wait_for(|state| matches!(state.phase, Phase::Idling | Phase::Polling));
        tokio::time::timeout(GENEROUS, waits)
            .await
            .unwrap_or_else(|_| panic!("it never waits"))
            .unwrap();
    }

    /// When the archive holds so many messages.
    pub async fn holds(&self, expected: usize) -> Option<Instant> {
        let mut stored = self.stored.clone();
        let holds = async {
            loop {
                let at = *stored.borrow_and_update();
                let (messages, _, _) = self.counts().await;
                if messages >= i64::try_from(expected).unwrap() {
                    return at;
                }
                stored.changed().await.unwrap();
            }
        };
        tokio::time::timeout(GENEROUS, holds).await.ok()
    }

    /// Messages kept, announcements listed on their day, and distinct documents among those.
    pub async fn counts(&self) -> (i64, i64, i64) {
        let day: Day = "2025-11-28".parse().unwrap();
        let messages = self.archive.status(day).await.unwrap().messages;
        let record = self.archive.record_of_day(day).await.unwrap();
        let mut names: Vec<String> = record
            .announcements
            .iter()
            .map(|stored| {
                let announcement = serde_json::to_value(&stored.announcement).unwrap();
                match &announcement["draft"] {
                    serde_json::Value::Null => announcement["message_id"].to_string(),
                    draft => format!("{}-{}", draft["name"], draft["revision"]),
                }
            })
            .collect();
        let listed = names.len();
        names.sort();
        names.dedup();
        let count = |number: usize| i64::try_from(number).unwrap();
        (messages, count(listed), count(names.len()))
    }

    /// Stops it; why that went wrong, if it did.
    pub async fn end(self) -> Option<String> {
        self.stop.cancel();
        match tokio::time::timeout(Duration::from_secs(4), self.task).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some("it does not stop".into()),
        }
    }
}
