//! The folders of one account on one connection. A server allows few connections and counts ghosts among them, so
//! there is never a second: the first folder is the one that stays open for IDLE, the others are asked after. A folder that
//! fails does not keep the others from being read.

use std::cmp::Reverse;

use tokio::time::Instant;
use tracing::warn;

use super::fetch::SyncTarget;
use super::folder;
use super::folder_fault::FolderFault;
use super::last_reading::{LastReading, ReadingStart};
use super::session::Session;
use super::session_status::Position;
use super::watched_folder::{Relisting, WatchedFolder};
use super::{ImapError, Intake, UnreadFolder};
use crate::clock::Clock;
use crate::panics;

/// All folders, in the configuration's order.
#[derive(Debug)]
pub(super) struct WatchedFolders<'a> {
    account: &'a str,
    wanted: &'a [String],
    clock: &'a Clock,
    folders: Vec<(WatchedFolder<'a>, FolderFault)>,
    /// The index of the one that is open.
    open: Option<usize>,
    /// True when a folder that fails is left for good, so that the others are read.
    once: bool,
}

impl<'a> WatchedFolders<'a> {
    pub(super) fn new(
        account: &'a str,
        folders: &'a [String],
        wanted: &'a [String],
        clock: &'a Clock,
    ) -> Self {
        WatchedFolders {
            account,
            wanted,
            clock,
            folders: folders
                .iter()
                .map(|name| (WatchedFolder::new(name), FolderFault::default()))
                .collect(),
            open: None,
            once: false,
        }
    }

    /// Makes it leave a folder that fails for good, where there are others.
    pub(super) fn each_once(self) -> Self {
        WatchedFolders { once: true, ..self }
    }

    /// Returns true when there is more than one folder.
    pub(super) fn has_several(&self) -> bool {
        self.folders.len() > 1
    }

    /// Returns the folders that were not read when they were tried last, and why.
    pub(super) fn unread(&self) -> Vec<UnreadFolder> {
        let faults = self.folders.iter().filter_map(|(watched, fault)| {
            Some(UnreadFolder {
                folder: watched.name.to_owned(),
                said: fault.said()?.to_owned(),
            })
        });
        faults.collect()
    }

    /// Returns true when a folder is left that may be read on another connection.
    pub(super) fn has_untried(&self) -> bool {
        let mut faults = self.folders.iter().map(|(_, fault)| fault);
        faults.any(|fault| fault.said().is_none())
    }

    /// Returns the error of the folders that cannot be read while others can.
    pub(super) fn unavailable(&self) -> Option<ImapError> {
        let mut unread = self.unread().into_iter();
        let first = unread.next()?;
        let more = unread.map(|other| format!("; nor `{}`: {}", other.folder, other.said));
        Some(ImapError::Folder {
            said: format!("{}{}", first.said, more.collect::<String>()),
            folder: first.folder,
        })
    }

    /// Makes the proof that since `start` every folder was read to its end, or failed; `None` where one was not, as after a
    /// stop.
    pub(super) fn reading_since(&self, start: ReadingStart) -> Option<LastReading> {
        let told = |(watched, fault): &(WatchedFolder<'_>, FolderFault)| {
            fault.said().is_some() || start.holds(watched.whole_from())
        };
        let all = self.folders.iter().all(told);
        (all && self.has_untried()).then(|| start.read_to_the_end(self.unread()))
    }

    /// Opens every folder and reads it to its end, the first one last, so that it is open for IDLE; before it those that
    /// fail. A folder that cannot be read does not keep the others from being read; that not one can is an error.
    pub(super) async fn sync_all<I: Intake>(
        &mut self,
        session: &mut Session,
        relisting: Relisting,
        intake: &I,
    ) -> Result<usize, ImapError> {
        self.open = None;
        let mut order: Vec<usize> = (0..self.folders.len()).collect();
        // The first of those that are well is the last of them, and those that fail come behind them.
        order.sort_by_key(|index| (self.folders[*index].1.failures(), Reverse(*index)));
        let mut total = 0;
        for index in order {
            if session.status.stop.is_cancelled() {
                return Ok(total);
            }
            // Who asks waits for each of them, but not for one that has just failed again.
            let fault = &self.folders[index].1;
            let asked = relisting == Relisting::Asked && !fault.failed_lately(Instant::now());
            if !asked && self.is_put_off(index) {
                continue;
            }
            total += self.sync_folder(index, session, relisting, intake).await?;
        }
        // The first that can be read stays open.
        let there = self
            .folders
            .iter()
            .position(|(_, fault)| fault.said().is_none());
        match (there, self.unavailable()) {
            (Some(index), _) if self.open != Some(index) && !self.once => {
                total += self
                    .sync_folder(index, session, Relisting::No, intake)
                    .await?;
            }
            (None, Some(unavailable)) => return Err(unavailable),
            _ => {}
        }
        Ok(total)
    }

    /// Asks after the folders that are not open, and reads those that have changed.
    pub(super) async fn sync_others<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let stayed = self.open;
        let mut total = 0;
        for index in (0..self.folders.len()).rev() {
            if Some(index) == stayed || self.is_put_off(index) {
                continue;
            }
            let (watched, fault) = &mut self.folders[index];
            fault.begin();
            let status = folder::status(session, watched.name).await;
            let status = status.inspect_err(|error| fail(watched, fault, error, None))?;
            if watched.has_changed(status) {
                fault.take_back();
                total += self
                    .sync_folder(index, session, Relisting::No, intake)
                    .await?;
            } else {
                fault.forget();
            }
        }
        // The open one may have said something, and is open no more if another was read.
        if self.open == stayed {
            total += self.sync_open(session, intake).await?;
        } else if let Some(index) = stayed {
            total += self
                .sync_folder(index, session, Relisting::No, intake)
                .await?;
        }
        Ok(total)
    }

    /// Reads what is new in the folder that is open.
    pub(super) async fn sync_open<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let Some(index) = self.open else {
            return Ok(0);
        };
        let target = self.target(index);
        let (watched, fault) = &mut self.folders[index];
        fault.begin();
        let found = caught(watched.sync_new(session, target, intake)).await;
        match &found {
            Ok(_) => {
                watched.note_read();
                fault.forget();
            }
            Err(error) => {
                let position = position_of(watched, session, error);
                fail(watched, fault, error, position);
            }
        }
        found
    }

    /// Opens one folder and reads it to its end; notes when that cannot be.
    async fn sync_folder<I: Intake>(
        &mut self,
        index: usize,
        session: &mut Session,
        relisting: Relisting,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let (target, others) = (self.target(index), self.has_several());
        let (watched, fault) = &mut self.folders[index];
        fault.begin();
        let from = Instant::now();
        let read = watched.examine_and_sync(session, target, relisting, intake);
        let error = match caught(read).await {
            Ok(found) => {
                // A reading that is asked to stop ends sooner, at a safe point.
                if !session.status.stop.is_cancelled() {
                    watched.note_whole(from);
                }
                fault.forget();
                self.open = Some(index);
                return Ok(found);
            }
            Err(error) => error,
        };
        // A refused EXAMINE leaves no folder open (RFC 9051 section 6.3.2).
        self.open = None;
        let position = position_of(watched, session, &error);
        fail(watched, fault, &error, position);
        let is_over = matches!(error, ImapError::Folder { .. })
            || leaves_session(&error) && others && (self.once || fault.has_own_times());
        if is_over { Ok(0) } else { Err(error) }
    }

    /// Returns true when a folder waits for its own time, and there are others that are well.
    fn is_put_off(&self, index: usize) -> bool {
        let fault = &self.folders[index].1;
        let well = self.folders.iter().any(|(_, other)| other.said().is_none());
        well && (fault.waits(Instant::now()) || self.once && fault.said().is_some())
    }

    fn target(&self, index: usize) -> SyncTarget<'a> {
        SyncTarget {
            account: self.account,
            folder: self.folders[index].0.name,
            wanted: self.wanted,
            clock: self.clock,
        }
    }
}

/// Awaits a session, or the reading of a folder, whose error also knows at which messages it happened. A panic is an error
/// of it.
pub(super) async fn caught<T>(
    work: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, ImapError> {
    panics::caught_while(work).await?
}

/// Returns at which messages a session ended. At SEARCH it was at none of them, which is noted.
fn position_of(
    watched: &mut WatchedFolder<'_>,
    session: &Session,
    error: &ImapError,
) -> Option<Position> {
    if session.was_lost_at_search(error) {
        watched.note_lost_at_search();
        return None;
    }
    session.status.position()
}

/// Notes why a folder could not be read, and tells what is new of that. The archive's trouble is not the folder's.
fn fail(
    watched: &mut WatchedFolder<'_>,
    fault: &mut FolderFault,
    error: &ImapError,
    position: Option<Position>,
) {
    if error.is_own_fault() {
        let uid = error.unreadable().map(|message| message.uid);
        let position = uid
            .map(|uid| Position::of_one(watched.name, uid))
            .or(position);
        if let Some(position) = position {
            watched.note_failure_at(&position, error);
        }
        return fault.take_back();
    }
    if matches!(error, ImapError::Intake(_)) {
        return fault.take_back();
    }
    // Once is chance, but a message may be the end of each session in which it is asked for.
    if let Some(position) = position.filter(|_| !leaves_session(error) && fault.failures() > 1) {
        watched.note_failure_at(&position, error);
    }
    if fault.note(error, Instant::now()) || fault.has_own_times() {
        let (folder, failures) = (watched.name, fault.failures());
        warn!(folder, failures, %error, "folder cannot be read");
    }
}

/// Returns true when the server answered, and the session can go on without the folder.
fn leaves_session(error: &ImapError) -> bool {
    matches!(
        error,
        ImapError::Folder { .. } | ImapError::Refused { .. } | ImapError::Withheld { .. }
    )
}
