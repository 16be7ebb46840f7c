//! Looks into `sent_folder` before a digest leaves: another machine on the same mailbox may have handed it in, or this one,
//! before its archive was lost and an older copy of it was put back. docs/standby.md tells the rules and what they leave open.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::archive::{Archive, ArchiveError, RecoveredDigest, UncopiedDigest};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::mailbox::{self, WatcherHandle};
use crate::outbox::{HandIn, Leave};
use crate::press;

/// The longest that a machine without `[standby]` waits for a folder that it cannot see. A mail server's restart takes less,
/// and no reader misses ten minutes; but one machine alone must not fall silent because its mailbox does.
const LONGEST_UNSEEN: SignedDuration = SignedDuration::from_mins(10);
/// The wait before a folder that could not be seen is looked into again. Without a connection nothing is asked of the server.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// The wait while the connection is still being made, after a start.
const CONNECTING: Duration = Duration::from_secs(5);
/// The longest that one look may take, as the one before a day is sealed: each command has a limit of its own, but a server
/// that sends a byte now and then stays below it for hours.
const LONGEST_LOOK: Duration = Duration::from_secs(2 * 60);
/// The age up to which a look counts for the other digests of the same minute.
const FRESH: Duration = Duration::from_secs(15);
/// The name in the archive of the note of the last look.
const NOTE: &str = "sent_folder_look";

/// The last look into `sent_folder` for a digest that was to leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastLook {
    /// When it was tried.
    pub at: Timestamp,
    /// Why the folder could not be seen; `None` when it was.
    pub error: Option<String>,
    /// Since when it cannot be seen.
    pub unseen_since: Option<Timestamp>,
    /// When it was last tried in vain.
    pub failed_at: Option<Timestamp>,
}

impl LastLook {
    /// Reads the last look of this archive; `None` if there never was one.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn read(archive: &Archive) -> Result<Option<LastLook>, ArchiveError> {
        let note = archive.daemon_note(NOTE).await?;
        Ok(note.and_then(|json| serde_json::from_str(&json).ok()))
    }
}

/// The digests that a look has found.
#[derive(Clone, Debug)]
struct Seen {
    first: Day,
    at: Instant,
    digests: Vec<RecoveredDigest>,
}

/// A look that failed.
#[derive(Clone, Debug)]
struct Failed {
    at: Timestamp,
    why: String,
}

/// What is remembered of the last looks.
#[derive(Debug, Default)]
struct Remembered {
    seen: Option<Seen>,
    failed: Option<Failed>,
}

/// The question to `sent_folder` that [`HandIn`] asks.
#[derive(Debug)]
pub struct SentFolderLook<'a> {
    config: &'a Config,
    archive: &'a Archive,
    clock: &'a Clock,
    watcher: Option<&'a WatcherHandle>,
    stop: &'a CancellationToken,
    last: Mutex<Remembered>,
    handed_in: Notify,
}

impl<'a> SentFolderLook<'a> {
    /// Makes the question. With a watcher, the mailbox is looked into only while that stands; `stop` breaks a look off.
    pub fn new(
        config: &'a Config,
        archive: &'a Archive,
        clock: &'a Clock,
        watcher: Option<&'a WatcherHandle>,
        stop: &'a CancellationToken,
    ) -> Self {
        SentFolderLook {
            config,
            archive,
            clock,
            watcher,
            stop,
            last: Mutex::default(),
            handed_in: Notify::new(),
        }
    }

    /// Waits until a digest was handed in, whose copy may now be missing.
    pub(super) async fn handed_in(&self) {
        self.handed_in.notified().await;
    }

    /// Returns the folder, where there is one that can be believed: in one that is watched strangers' mail arrives.
    fn folder(&self) -> Option<&'a str> {
        let mailbox = &self.config.mailbox;
        let folder = mailbox.sent_folder.as_deref()?;
        (!mailbox.watches(folder)).then_some(folder)
    }

    /// Returns until when the other machine is waited for. What is sealed late, as after an outage of both machines, is sealed
    /// late there, too.
    fn held_until(&self, digest: &UncopiedDigest) -> Option<Timestamp> {
        let after = self.config.standby.as_ref()?.after;
        let usual = digest.day.end().checked_add(self.config.grace);
        let usual = usual.and_then(|end| end.checked_add(after)).ok()?;
        let late = digest.queued_at.checked_add(after / 2).ok()?;
        Some(usual.max(late))
    }

    /// Looks for the digests of `first` and later.
    async fn look(&self, folder: &str, first: Day) -> Result<Vec<RecoveredDigest>, Unseen> {
        let mut last = self.last.lock().await;
        let fresh = |seen: &&Seen| seen.first <= first && seen.at.elapsed() < FRESH;
        if let Some(seen) = last.seen.as_ref().filter(fresh) {
            return Ok(seen.digests.clone());
        }
        if let Some(watcher) = self.watcher.filter(|watcher| !watcher.allows_looks()) {
            let error = watcher.state().borrow().last_error.clone();
            return Err(match error {
                Some(error) => Unseen::Because(error),
                None if watcher.logins_are_used_up() => {
                    Unseen::Because("the logins of this hour are used up".into())
                }
                None => Unseen::NotYet,
            });
        }
        // Several digests of one round are not a login each.
        let now = self.clock.now();
        let is_recent = |failed: &&Failed| {
            let again = failed.at.checked_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
            failed.at <= now && now < again
        };
        if let Some(failed) = last.failed.as_ref().filter(is_recent) {
            return Err(Unseen::Because(failed.why.clone()));
        }
        let at = Instant::now();
        let headers = match self.read(folder, first).await {
            Err(Unseen::Because(why)) => {
                last.failed = Some(Failed {
                    at: self.clock.now(),
                    why: why.clone(),
                });
                return Err(Unseen::Because(why));
            }
            read => read?,
        };
        let mut digests: Vec<RecoveredDigest> = headers
            .iter()
            .filter_map(|header| press::identify_digest(header))
            .collect();
        // What left by a clock that was ahead is no digest of its day.
        let rewound = self.archive.rewound_message_ids().await?;
        digests.retain(|digest| !rewound.contains(&digest.message_id));
        self.learn_keys(&headers).await?;
        *last = Remembered {
            seen: Some(Seen {
                first,
                at,
                digests: digests.clone(),
            }),
            failed: None,
        };
        Ok(digests)
    }

    /// Reads the headers, for two minutes at most and not longer than the daemon runs.
    async fn read(&self, folder: &str, first: Day) -> Result<Vec<Vec<u8>>, Unseen> {
        let settings = &self.config.mailbox;
        // On the heap: a whole session lies within it, and the delivery's own future around it.
        let reading = Box::pin(mailbox::read_sent_headers_since(
            settings,
            folder,
            first,
            self.watcher,
        ));
        let limited = self
            .stop
            .run_until_cancelled(timeout(LONGEST_LOOK, reading));
        match limited.await {
            None => Err(Unseen::Stopped),
            Some(Err(_)) => {
                let seconds = LONGEST_LOOK.as_secs();
                Err(Unseen::Because(format!(
                    "the look took longer than {seconds} s"
                )))
            }
            Some(Ok(read)) => read.map_err(|why| Unseen::Because(why.to_string())),
        }
    }

    /// Learns the keys of other machines: a reader's token that one of them gave is known here from now on.
    async fn learn_keys(&self, headers: &[Vec<u8>]) -> Result<(), ArchiveError> {
        for key in headers
            .iter()
            .filter_map(|header| press::copied_key(header))
        {
            self.archive.learn_key(&key, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Answers when the folder was seen.
    async fn seen(
        &self,
        message: i64,
        digest: &UncopiedDigest,
        found: &[RecoveredDigest],
    ) -> Result<Leave, ArchiveError> {
        let now = self.clock.now();
        let before = LastLook::read(self.archive).await?;
        let failed_at = before.and_then(|look| look.failed_at);
        self.note(LastLook {
            at: now,
            error: None,
            unseen_since: None,
            failed_at,
        })
        .await?;
        match what_is_there(digest, found) {
            There::Own if digest.storing => {
                self.archive.note_sent_copy(message).await?;
                Ok(Leave::Granted)
            }
            // Many servers file what is submitted in this folder: it is the mail of a reader, and the others wait for theirs.
            There::Own if digest.attempted => Ok(Leave::Granted),
            // Of an archive that was put back, or of a machine whose archive is a copy of this one.
            There::Own => Ok(Leave::Elsewhere(
                "handed in from another archive: its copy is in sent_folder".into(),
            )),
            There::Other(id, contents) => {
                // What its readers were told is told here, too, and nothing else is.
                if let Some(contents) = contents {
                    self.archive.adopt_contents(message, contents).await?;
                }
                Ok(Leave::Elsewhere(format!(
                    "handed in by another machine: sent_folder holds <{id}>"
                )))
            }
            There::Nothing => Ok(self.after_failures(digest, failed_at, now)),
        }
    }

    /// Answers when nothing was found. Who could not see the folder a while ago was perhaps not alone in that: the other machine
    /// may have handed in without a copy, and needs time to make it good.
    fn after_failures(
        &self,
        digest: &UncopiedDigest,
        failed_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Leave {
        let until = self.config.standby.as_ref().and_then(|standby| {
            let failed_at = failed_at.filter(|at| *at >= digest.queued_at)?;
            failed_at.checked_add(standby.after).ok()
        });
        match until.filter(|until| now < *until) {
            Some(until) => Leave::NotBefore {
                until,
                why: format!(
                    "sent_folder could not be seen for a while: the other machine is waited for until {until:.0}"
                ),
            },
            None => Leave::Granted,
        }
    }

    /// Answers when the folder could not be seen: a second machine waits, the only one not for ever.
    async fn unseen(&self, digest: &UncopiedDigest, why: String) -> Result<Leave, ArchiveError> {
        let now = self.clock.now();
        let before = LastLook::read(self.archive).await?;
        let since = before.and_then(|look| look.unseen_since);
        let since = since.filter(|since| *since <= now).unwrap_or(now);
        self.note(LastLook {
            at: now,
            error: Some(why.clone()),
            unseen_since: Some(since),
            failed_at: Some(now),
        })
        .await?;
        let again = now.checked_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
        if self.config.standby.is_some() {
            let (day, edition) = (digest.day, &digest.edition);
            warn!(edition, %day, why, "the digest waits until sent_folder can be seen");
            return Ok(Leave::NotBefore {
                until: again,
                why: format!("waits until sent_folder can be seen: {why}"),
            });
        }
        let limit = since.max(digest.queued_at).checked_add(LONGEST_UNSEEN);
        let limit = limit.unwrap_or(Timestamp::MAX);
        let (day, edition) = (digest.day, &digest.edition);
        if now >= limit {
            warn!(edition, %day, why, "handed in without a look into sent_folder");
            return Ok(Leave::Granted);
        }
        warn!(edition, %day, why, %limit, "the digest waits for a look into sent_folder");
        Ok(Leave::NotBefore {
            until: again.min(limit),
            why: format!("waits for a look into sent_folder until {limit:.0}: {why}"),
        })
    }

    async fn note(&self, look: LastLook) -> Result<(), ArchiveError> {
        let json = serde_json::to_string(&look)?;
        self.archive.set_daemon_note(NOTE, json).await
    }
}

impl HandIn for SentFolderLook<'_> {
    async fn leave(&self, message: i64) -> Result<Leave, ArchiveError> {
        let Some(folder) = self.folder() else {
            return Ok(Leave::Granted);
        };
        let Some(digest) = self.archive.uncopied_digest(message).await? else {
            return Ok(Leave::Granted);
        };
        let now = self.clock.now();
        if let Some(until) = self.held_until(&digest).filter(|until| now < *until) {
            let why = format!("the other machine is waited for until {until:.0}");
            return Ok(Leave::NotBefore { until, why });
        }
        match self.look(folder, digest.first_day).await {
            Ok(found) => self.seen(message, &digest, &found).await,
            Err(Unseen::Because(why)) => self.unseen(&digest, why).await,
            Err(Unseen::NotYet) => Ok(Leave::NotBefore {
                until: now.checked_add(CONNECTING).unwrap_or(Timestamp::MAX),
                why: "waits for the connection to the mailbox".into(),
            }),
            // It is due again at once, after the start.
            Err(Unseen::Stopped) => Ok(Leave::NotBefore {
                until: now,
                why: "the look into sent_folder was broken off by a stop".into(),
            }),
            Err(Unseen::Archive(error)) => Err(error),
        }
    }

    fn handed_in(&self) {
        self.handed_in.notify_one();
    }
}

/// The reason why the folder was not seen.
enum Unseen {
    /// The connection is still being made.
    NotYet,
    /// The daemon stops.
    Stopped,
    /// It cannot be read; why.
    Because(String),
    /// It was, and what it holds could not be noted.
    Archive(ArchiveError),
}

impl From<ArchiveError> for Unseen {
    fn from(error: ArchiveError) -> Self {
        Unseen::Archive(error)
    }
}

/// What the folder holds of a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
enum There {
    Nothing,
    /// This very mail, by its Message-ID.
    Own,
    /// Another mail of the same edition and day, or several that tell all of its days: the Message-ID of the last, and what was
    /// in them; `None` when one does not tell.
    Other(String, Option<Vec<String>>),
}

/// Compares a digest with those that the folder holds.
fn what_is_there(digest: &UncopiedDigest, found: &[RecoveredDigest]) -> There {
    let of_edition = || found.iter().filter(|one| one.edition == digest.edition);
    if of_edition().any(|one| one.message_id == digest.message_id) {
        return There::Own;
    }
    let told = |day: Day| {
        let covers = |one: &&RecoveredDigest| one.first_day() <= day && day <= one.day;
        of_edition().find(covers)
    };
    let same = of_edition().find(|one| one.day == digest.day);
    let all = || {
        let mut days = digest.first_day.until(digest.day.next());
        let last = told(digest.day)?;
        days.all(|day| told(day).is_some()).then_some(last)
    };
    match same.or_else(all) {
        Some(other) => {
            let touches = |one: &&RecoveredDigest| {
                one.first_day() <= digest.day && digest.first_day <= one.day
            };
            let contents = of_edition().filter(touches).map(|one| one.contents.clone());
            let contents: Option<Vec<Vec<String>>> = contents.collect();
            There::Other(other.message_id.clone(), contents.map(|all| all.concat()))
        }
        None => There::Nothing,
    }
}

#[cfg(test)]
mod tests;
