//! The facts that `status` tells, read from the archive.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use serde::Serialize;

use crate::announcement::Lists;
use crate::archive::{
    Archive, ArchiveStatus, ClockDifference, DaemonLock, LockHolder, ReaderState, RestoredMark,
    SilentList, Subscription,
};
use crate::cli::readers::{self, ReaderReport};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::daemon::{LastBackup, LastCopy, LastLook, LiveStatus, PartWait};
use crate::mailbox::WatcherState;

/// The state of everything at one instant, without a judgement.
#[derive(Debug, Serialize)]
pub(super) struct Snapshot {
    /// True when a daemon runs on the archive.
    pub(super) running: bool,
    /// The daemon's process, while it runs.
    pub(super) pid: Option<u32>,
    /// What its parts wait for since a while.
    pub(super) waits: Vec<PartWait>,
    /// Who runs on the archive.
    #[serde(skip)]
    pub(super) runner: Runner,
    /// The connection to the mailbox, as the daemon last noted it.
    pub(super) connection: Option<WatcherState>,
    pub(super) next_digest: Timestamp,
    pub(super) last_error: Option<String>,
    /// When the mailbox last proved alive, to whichever daemon or command.
    pub(super) last_proof: Option<Timestamp>,
    /// Lists that fell silent against their own rhythm.
    pub(super) silent_lists: Vec<SilentList>,
    /// Lists that were joined or left by mail, and how far that is.
    pub(super) subscriptions: Vec<Subscription>,
    /// The readers of each edition, by their states.
    pub(super) readers: Vec<ReaderCounts>,
    /// Those who get nothing any more because their mail comes back.
    #[serde(skip)]
    pub(super) bouncing: Vec<ReaderReport>,
    /// The last copy of the archive, when one is configured.
    pub(super) backup: Option<LastBackup>,
    /// Where the archive was put back from, as long as it has not asked what was told since.
    pub(super) restored: Option<RestoredMark>,
    /// The last attempt at storing copies in `sent_folder`, when one is configured.
    pub(super) sent_copy: Option<LastCopy>,
    /// The last look into it before a digest was handed in.
    pub(super) sent_look: Option<LastLook>,
    pub(super) directory: PathBuf,
    /// Bytes of the journal beside nikkan.db.
    pub(super) journal_bytes: u64,
    #[serde(flatten)]
    pub(super) archive: ArchiveStatus,
    /// When it was taken.
    #[serde(skip)]
    pub(super) now: Timestamp,
    /// The daemon's last note of itself.
    #[serde(skip)]
    pub(super) live: Option<LiveStatus>,
    /// How this machine's clock differs from the mail server's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) clock_difference: Option<ClockDifference>,
    /// The digests that are not sealed: edition, last day, and when that was over.
    #[serde(skip)]
    pub(super) unsealed: Vec<(String, Day, Timestamp)>,
    /// The folder for sent digests, and the days of those that are not in it.
    #[serde(skip)]
    pub(super) uncopied: Option<(String, Vec<Day>)>,
}

/// Who runs on the archive, by its lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    Nobody,
    /// The daemon; its process.
    Daemon(u32),
    /// Another command of nikkan's: its process, and what it is.
    Other(u32, String),
}

impl Runner {
    pub(super) fn is_daemon(&self) -> bool {
        matches!(self, Runner::Daemon(_))
    }

    fn is_daemon_of(&self, pid: u32) -> bool {
        *self == Runner::Daemon(pid)
    }

    fn pid(&self) -> Option<u32> {
        match self {
            Runner::Daemon(pid) => Some(*pid),
            _ => None,
        }
    }
}

/// Reads what the daemon tells of its parts, in its lock.
fn waits(holder: &Option<LockHolder>) -> Vec<PartWait> {
    let told = holder.iter().flat_map(|holder| &holder.told);
    told.filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Tells who runs. Where the lock is another user's and cannot be looked at, the daemon's last note must do.
fn runner(
    holder: std::io::Result<Option<LockHolder>>,
    live: Option<&LiveStatus>,
    now: Timestamp,
) -> Runner {
    match holder {
        Ok(None) => Runner::Nobody,
        Ok(Some(holder)) => {
            let pid = holder.pid.parse().unwrap_or_default();
            match holder.command.as_str() {
                "run" => Runner::Daemon(pid),
                _ => Runner::Other(pid, holder.command),
            }
        }
        Err(_) => live
            .filter(|live| !live.is_stopped() && live.is_recent(now))
            .map_or(Runner::Nobody, |live| Runner::Daemon(live.pid)),
    }
}

/// The readers of an edition, counted.
#[derive(Debug, Default, Serialize)]
pub(super) struct ReaderCounts {
    pub(super) edition: String,
    pub(super) active: usize,
    pub(super) left: usize,
    pub(super) bouncing: usize,
}

/// Counts the configured readers of each edition.
fn counted(readers: &[ReaderReport]) -> Vec<ReaderCounts> {
    let mut counts: Vec<ReaderCounts> = Vec::new();
    for reader in readers.iter().filter(|reader| reader.configured) {
        if counts
            .last()
            .is_none_or(|last| last.edition != reader.edition)
        {
            counts.push(ReaderCounts {
                edition: reader.edition.clone(),
                ..ReaderCounts::default()
            });
        }
        if let Some(of_edition) = counts.last_mut() {
            match reader.state {
                ReaderState::Active => of_edition.active += 1,
                ReaderState::Left => of_edition.left += 1,
                ReaderState::Bouncing => of_edition.bouncing += 1,
            }
        }
    }
    counts
}

/// Reads how things stand from the archive; no server is asked.
pub(super) async fn snapshot(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<Snapshot> {
    let (now, today) = (clock.now(), clock.today());
    let live = LiveStatus::read(archive).await?;
    let holder = DaemonLock::holder(&config.archive_directory()?);
    let waits = holder.as_ref().map(waits).unwrap_or_default();
    let runner = runner(holder, live.as_ref(), now);
    // The note of the daemon that runs, and not of one before.
    let daemon = live.as_ref().filter(|live| runner.is_daemon_of(live.pid));
    let known = live
        .as_ref()
        .filter(|live| !runner.is_daemon() || runner.is_daemon_of(live.pid));
    let connection = known.map(|live| live.connection.clone());
    let status = archive.status(today).await?;
    let known = Lists::new(&config.lists).names();
    let mut silent_lists = archive.silent_lists(today).await?;
    // Lists that were only imported were never subscribed.
    silent_lists.retain(|silent| known.contains(&silent.list));
    let backup = LastBackup::read(archive).await?;
    let sent_copy = LastCopy::read(archive).await?;
    let sent_look = LastLook::read(archive).await?;
    let last_error = connection
        .as_ref()
        .and_then(|state| state.last_error.clone())
        .or_else(|| {
            let mut said = status.outbox.iter().rev().map(|open| &open.response);
            said.find(|said| !said.is_empty()).cloned()
        });
    let mut readers = readers::reports(config, archive).await?;
    let counts = counted(&readers);
    readers.retain(|reader| reader.configured && reader.state == ReaderState::Bouncing);
    Ok(Snapshot {
        readers: counts,
        bouncing: readers,
        running: runner.is_daemon(),
        pid: runner.pid(),
        waits,
        runner,
        connection,
        next_digest: daemon.map_or_else(|| next_end(config, today), |live| live.next_digest),
        last_error,
        last_proof: archive.last_connected().await?,
        silent_lists,
        subscriptions: archive.subscriptions().await?,
        backup: backup.filter(|_| config.archive.backup.is_some()),
        restored: archive.restored().await?,
        sent_copy: sent_copy.filter(|_| config.mailbox.sent_folder.is_some()),
        sent_look: sent_look.filter(|_| config.mailbox.sent_folder.is_some()),
        journal_bytes: journal_bytes(&config.archive_directory()?),
        directory: config.archive_directory()?,
        archive: status,
        now,
        live,
        clock_difference: archive.clock_difference().await?,
        unsealed: unsealed(config, archive, today).await?,
        uncopied: uncopied(config, archive, clock).await?,
    })
}

fn journal_bytes(directory: &Path) -> u64 {
    let journal = directory.join("nikkan.db-wal").metadata();
    journal.map_or(0, |journal| journal.len())
}

async fn unsealed(
    config: &Config,
    archive: &Archive,
    today: Day,
) -> Result<Vec<(String, Day, Timestamp)>> {
    let mut found = Vec::new();
    for edition in &config.editions {
        let days = archive.unsealed_days(&edition.name, today).await?;
        for (_, day) in edition.digests(&days, usize::MAX) {
            found.push((edition.name.clone(), day, after(day.end(), config.grace)));
        }
    }
    Ok(found)
}

async fn uncopied(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
) -> Result<Option<(String, Vec<Day>)>> {
    let Some(folder) = &config.mailbox.sent_folder else {
        return Ok(None);
    };
    let missing = archive.missing_sent_copies(clock.now()).await?;
    let days = missing.iter().map(|copy| copy.day).collect();
    Ok(Some((folder.clone(), days)))
}

/// Returns the next end of a day that makes a digest, when no daemon tells it.
fn next_end(config: &Config, today: Day) -> Timestamp {
    let ends = config
        .editions
        .iter()
        .map(|edition| edition.span(today).1.end());
    after(ends.min().unwrap_or(today.end()), config.grace)
}

fn after(instant: Timestamp, grace: Duration) -> Timestamp {
    instant.checked_add(grace).unwrap_or(Timestamp::MAX)
}
