//! The folders of one account on one connection. A server allows few connections and counts ghosts among them, so
//! there is never a second: the first folder is the one that stays open for IDLE, the others are asked after.

use tracing::warn;

use super::fetch_strategy::FetchStrategy;
use super::folder::{self, FolderStatus};
use super::session::Session;
use super::sync::{self, SyncTarget};
use super::watcher_handle::Phase;
use super::{Cursor, ImapError, Intake};

/// One folder of the configuration.
#[derive(Debug)]
pub(super) struct WatchedFolder<'a> {
    name: &'a str,
    strategy: FetchStrategy,
    /// The cursor after what was read in this session.
    cursor: Option<Cursor>,
    /// The server's words when it cannot be opened.
    unavailable: Option<String>,
}

impl<'a> WatchedFolder<'a> {
    /// Makes one that was not read yet.
    pub(super) fn new(name: &'a str) -> Self {
        WatchedFolder {
            name,
            strategy: FetchStrategy::default(),
            cursor: None,
            unavailable: None,
        }
    }

    /// Opens it and reads it to its end.
    pub(super) async fn examine_and_sync<I: Intake>(
        &mut self,
        session: &mut Session,
        account: &str,
        wanted: &[String],
        intake: &I,
    ) -> Result<usize, ImapError> {
        self.cursor = None;
        let target = SyncTarget {
            account,
            folder: self.name,
            wanted,
        };
        let opened = folder::examine(session, self.name).await?;
        session.status.enter(Phase::Syncing, self.name);
        let mut cursor = sync::starting_cursor(target, opened, intake).await?;
        let strategy = &mut self.strategy;
        let found = sync::sync_to_end(session, target, opened, &mut cursor, strategy, intake);
        let found = found.await?;
        self.cursor = Some(cursor);
        Ok(found)
    }

    /// Returns true when STATUS shows something that was not read.
    fn has_changed(&self, status: Option<FolderStatus>) -> bool {
        match (status, &self.cursor) {
            (Some(status), Some(cursor)) => {
                status.uidvalidity != cursor.uidvalidity
                    || status.uid_next != cursor.last_uid.checked_add(1)
            }
            _ => true,
        }
    }
}

/// All folders, in the configuration's order.
#[derive(Debug)]
pub(super) struct WatchedFolders<'a> {
    account: &'a str,
    wanted: &'a [String],
    folders: Vec<WatchedFolder<'a>>,
    /// The index of the one that is open.
    open: Option<usize>,
}

impl<'a> WatchedFolders<'a> {
    pub(super) fn new(account: &'a str, folders: &'a [String], wanted: &'a [String]) -> Self {
        WatchedFolders {
            account,
            wanted,
            folders: folders
                .iter()
                .map(|name| WatchedFolder::new(name))
                .collect(),
            open: None,
        }
    }

    /// Returns true when there is more than one folder.
    pub(super) fn has_several(&self) -> bool {
        self.folders.len() > 1
    }

    /// Returns the error of a folder that cannot be opened while others can.
    pub(super) fn unavailable(&self) -> Option<ImapError> {
        self.folders.iter().find_map(|watched| {
            Some(ImapError::Folder {
                folder: watched.name.to_owned(),
                said: watched.unavailable.clone()?,
            })
        })
    }

    /// Opens every folder and reads it to its end, the first one last, so that it is open for IDLE. One that is
    /// unavailable does not keep the others from being read; that not one can be opened is an error.
    pub(super) async fn sync_all<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &I,
    ) -> Result<usize, ImapError> {
        self.open = None;
        let mut total = 0;
        for index in (0..self.folders.len()).rev() {
            if session.status.stop.is_cancelled() {
                return Ok(total);
            }
            total += self.sync_folder(index, session, intake).await?;
        }
        // If the first one is unavailable, another has to stay open.
        let there = self
            .folders
            .iter()
            .position(|watched| watched.unavailable.is_none());
        match (self.open, there, self.unavailable()) {
            (None, Some(index), _) => total += self.sync_folder(index, session, intake).await?,
            (None, None, Some(unavailable)) => return Err(unavailable),
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
            if Some(index) == stayed {
                continue;
            }
            let status = folder::status(session, self.folders[index].name).await?;
            if self.folders[index].has_changed(status) {
                total += self.sync_folder(index, session, intake).await?;
            }
        }
        // The open one may have said something, and is open no more if another was read.
        if self.open == stayed {
            total += self.sync_open(session, intake).await?;
        } else if let Some(index) = stayed {
            total += self.sync_folder(index, session, intake).await?;
        }
        Ok(total)
    }

    /// Reads what is new in the folder that is open.
    pub(super) async fn sync_open<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let Some(watched) = self.open.and_then(|index| self.folders.get_mut(index)) else {
            return Ok(0);
        };
        let Some(cursor) = &mut watched.cursor else {
            return Ok(0);
        };
        let target = SyncTarget {
            account: self.account,
            folder: watched.name,
            wanted: self.wanted,
        };
        let (expected, strategy) = (session.hinted, &mut watched.strategy);
        sync::sync_new(session, target, cursor, expected, strategy, intake).await
    }

    /// Opens one folder and reads it to its end; notes when it cannot be opened.
    async fn sync_folder<I: Intake>(
        &mut self,
        index: usize,
        session: &mut Session,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let (account, wanted) = (self.account, self.wanted);
        let watched = &mut self.folders[index];
        match watched
            .examine_and_sync(session, account, wanted, intake)
            .await
        {
            Ok(found) => {
                watched.unavailable = None;
                self.open = Some(index);
                Ok(found)
            }
            Err(ImapError::Folder { said, .. }) => {
                if watched.unavailable.is_none() {
                    warn!(folder = watched.name, said, "folder cannot be opened");
                }
                watched.unavailable = Some(said);
                // A refused EXAMINE leaves no folder open (RFC 9051 section 6.3.2).
                self.open = None;
                Ok(0)
            }
            Err(other) => Err(other),
        }
    }
}
