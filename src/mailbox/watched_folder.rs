//! One folder of the configuration, and what is known of it between its readings.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{info, warn};

use super::fetch::SyncTarget;
use super::fetch_strategy::FetchStrategy;
use super::folder::{self, FolderStatus};
use super::growth::Growth;
use super::rebuilt::{self, Rebuilds};
use super::relist::{RETRIED, relist, retry_set_aside};
use super::session::Session;
use super::session_status::Position;
use super::sync::{self, News, Progress};
use super::watcher_handle::Phase;
use super::{ImapError, Intake};

/// The interval at which the last messages are listed again.
pub(super) const RELIST_EVERY: Duration = Duration::from_secs(60 * 60);

/// After so many sessions that ended at it, a message is set aside; a connection may also end by chance.
const FATAL_SESSIONS: u32 = 6;
/// After so many panics at it, a message is set aside: the second is no coincidence, and the third costs a few seconds.
const PANICS: u32 = 3;

/// After so many sessions in a row that ended at SEARCH it counts as refused. What was fetched is stored only when SEARCH has
/// told that nothing is missing in it.
pub(super) const SEARCH_FATAL: u32 = 2;

/// When the last messages of a folder are listed again, and those set aside are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relisting {
    /// Not now.
    No,
    /// When the hour is over; at first, when there is something to look for.
    Hourly,
    /// Now: somebody waits for everything that there is.
    Asked,
    /// Now, when there is something to look for.
    Once,
}

/// One folder of the configuration.
#[derive(Debug)]
pub(super) struct WatchedFolder<'a> {
    pub(super) name: &'a str,
    pub(super) strategy: FetchStrategy,
    /// What was read in this session.
    progress: Option<Progress>,
    rebuilds: Rebuilds,
    /// Messages in it when it was last read to its end.
    exists: u32,
    growth: Growth,
    /// When it was last listed again.
    relisted: Option<Instant>,
    /// Messages set aside that were asked for again so far.
    retried: usize,
    /// The message of the last panic, and how many there were at it in a row.
    panics: Option<(u32, u32)>,
    /// A message at which sessions ended again and again, and how.
    fatal: Option<(u32, String)>,
    /// Sessions in a row that ended at SEARCH.
    lost_at_search: u32,
    /// The moment at which the last reading began that came to the folder's end.
    whole_from: Option<Instant>,
}

impl<'a> WatchedFolder<'a> {
    /// Makes one that was not read yet.
    pub(super) fn new(name: &'a str) -> Self {
        WatchedFolder {
            name,
            strategy: FetchStrategy::default(),
            progress: None,
            rebuilds: Rebuilds::default(),
            exists: 0,
            growth: Growth::default(),
            relisted: None,
            retried: 0,
            panics: None,
            fatal: None,
            lost_at_search: 0,
            whole_from: None,
        }
    }

    /// Takes note that a session ended while these messages were under way. Fewer are asked for at a time from then on, until
    /// it is known at which one it happens; after enough times that is set aside.
    pub(super) fn note_failure_at(&mut self, position: &Position, error: &ImapError) {
        let span = position.last.map(|last| last - position.first + 1);
        let Some(uid) = position.only() else {
            return self.strategy.narrow(span.unwrap_or(u32::MAX));
        };
        let is_fatal = match error.is_own_fault() {
            // It came, and the strategy has forgotten it.
            true => self.count_panic(uid) >= PANICS,
            false => self.strategy.count_withheld(uid) >= FATAL_SESSIONS,
        };
        if is_fatal {
            self.fatal = Some((uid, error.to_string()));
        }
    }

    /// Takes note that a session ended at SEARCH. After two in a row a FETCH of UIDs is used instead.
    pub(super) fn note_lost_at_search(&mut self) {
        self.lost_at_search += 1;
        if self.lost_at_search >= SEARCH_FATAL && !self.strategy.search_refused {
            let folder = self.name;
            warn!(folder, "sessions end at SEARCH: it is not used any more");
            self.strategy.search_refused = true;
        }
    }

    /// Takes note that what is new was read.
    pub(super) fn note_read(&mut self) {
        self.lost_at_search = 0;
    }

    /// Takes note that it was opened at `from` and read to its end.
    pub(super) fn note_whole(&mut self, from: Instant) {
        self.note_read();
        self.whole_from = Some(from);
    }

    /// Returns when the last reading began that came to the end.
    pub(super) fn whole_from(&self) -> Option<Instant> {
        self.whole_from
    }

    /// Counts a panic at one message; returns how many there were at it in a row.
    fn count_panic(&mut self, uid: u32) -> u32 {
        let before = self.panics.filter(|(at, _)| *at == uid);
        let count = before.map_or(1, |(_, count)| count + 1);
        self.panics = Some((uid, count));
        count
    }

    /// Opens it and reads it to its end.
    pub(super) async fn examine_and_sync<I: Intake>(
        &mut self,
        session: &mut Session,
        target: SyncTarget<'_>,
        relisting: Relisting,
        intake: &I,
    ) -> Result<usize, ImapError> {
        self.progress = None;
        session.status.clear_position();
        let mut opened = folder::examine(session, self.name).await?;
        session.status.enter(Phase::Syncing, self.name);
        let before = std::mem::replace(&mut self.exists, opened.messages);
        self.growth.opened(opened.messages);
        if relisting == Relisting::Asked {
            self.growth.end_where_hidden()?;
        }
        let rebuilds = &mut self.rebuilds;
        let start = rebuilt::starting_cursor(session, target, &mut opened, rebuilds, intake);
        let start = start.await?;
        let known = intake.all_set_aside(target.account, self.name).await;
        let known = known.map_err(ImapError::intake)?.into_iter();
        let known = known.filter(|message| message.uidvalidity == opened.uidvalidity);
        let mut progress = Progress {
            cursor: start.cursor,
            aside: known.map(|message| message.uid).collect(),
        };
        let given_up = self.fatal.is_some();
        if start.rebuilt {
            sync::release_all(session, target, &mut progress, intake).await?;
        } else if let Some((uid, why)) = self.fatal.take() {
            if !progress.aside.contains(uid) {
                sync::set_aside(target, &mut progress, uid, &why, intake).await?;
            }
            // It has an hour's rest.
            self.relisted = Some(Instant::now());
            self.strategy.widen();
        }
        let strategy = &mut self.strategy;
        let found = sync::sync_to_end(session, target, opened, &mut progress, strategy, intake);
        let mut found = found.await?;
        if found == 0 && self.exists > before && self.relisted.is_some() && !start.rebuilt {
            self.growth.note(before);
        }
        if !session.status.stop.is_cancelled() {
            let (growth, strategy) = (&mut self.growth, &mut self.strategy);
            let explained = growth.explain(session, target, &mut progress, strategy, intake);
            found += explained.await?;
        }
        let now = Instant::now();
        // What was given up a moment ago is not tried again at once: it was tried often enough.
        let due = !given_up && self.is_relisted(&progress, relisting);
        // A folder in which there is nothing to look for has its hour, too.
        self.relisted.get_or_insert(now);
        if due && !session.status.stop.is_cancelled() {
            let strategy = &mut self.strategy;
            found += relist(session, target, &mut progress, strategy, intake).await?;
            // Before what is set aside: that may be the end of the session.
            self.relisted = Some(now);
            let start = self.retried;
            self.retried = start.saturating_add(RETRIED);
            let strategy = &mut self.strategy;
            found +=
                retry_set_aside(session, target, start, &mut progress, strategy, intake).await?;
        }
        self.progress = Some(progress);
        Ok(found)
    }

    /// Returns true when the last messages are to be listed again now.
    fn is_relisted(&self, progress: &Progress, relisting: Relisting) -> bool {
        let cursor = &progress.cursor;
        let has_gaps = cursor.settled.filled_up_to() < cursor.last_uid;
        let anything = has_gaps || !progress.aside.is_empty();
        match relisting {
            Relisting::No => false,
            Relisting::Asked => true,
            Relisting::Once => anything,
            Relisting::Hourly => match self.relisted {
                Some(last) => last.elapsed() >= RELIST_EVERY,
                None => anything,
            },
        }
    }

    /// Reads what is new, while it is open.
    pub(super) async fn sync_new<I: Intake>(
        &mut self,
        session: &mut Session,
        target: SyncTarget<'_>,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let Some(progress) = &mut self.progress else {
            return Ok(0);
        };
        let (news, told) = match session.hinted {
            true => (News::Expected, session.exists),
            false => (News::Unexpected, 0),
        };
        let strategy = &mut self.strategy;
        let mut found = sync::sync_new(session, target, progress, news, strategy, intake).await?;
        if found == 0 && told > self.exists {
            // There are more than before, and none of them came.
            let news = News::Missed;
            found += sync::sync_new(session, target, progress, news, strategy, intake).await?;
            if found > 0 {
                info!(
                    folder = self.name,
                    found, "did not come at first: asked for again"
                );
            }
        }
        if found == 0 && told > self.exists {
            self.growth.note(self.exists);
        }
        self.exists = session.exists;
        let (growth, strategy) = (&mut self.growth, &mut self.strategy);
        found += growth
            .explain(session, target, progress, strategy, intake)
            .await?;
        Ok(found)
    }

    /// Returns true when STATUS shows something that was not read.
    pub(super) fn has_changed(&self, status: Option<FolderStatus>) -> bool {
        match (status, &self.progress) {
            (Some(status), Some(Progress { cursor, .. })) => {
                status.uidvalidity != cursor.uidvalidity
                    || status.uid_next != cursor.last_uid.checked_add(1)
            }
            _ => true,
        }
    }
}
