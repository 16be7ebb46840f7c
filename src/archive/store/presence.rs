//! The files that this process has open: whether they are still where they were, and which must not be opened by other ways.
//!
//! A process that closes a file loses every lock it has on it (fcntl(2)), SQLite's too: an archive that is open is never opened
//! a second time but by SQLite itself (sqlite.org/howtocorrupt.html, section 2.2). And a file that was removed or replaced is
//! written to without a word, and gone with the process.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::directory::beside;
use crate::archive::ArchiveError;

/// What tells one file from all others, for as long as it is there.
type FileNumber = (u64, u64);

/// How often each file is open in this process.
static OPEN: Mutex<BTreeMap<FileNumber, u32>> = Mutex::new(BTreeMap::new());

fn open_files() -> MutexGuard<'static, BTreeMap<FileNumber, u32>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn number(metadata: &Metadata) -> FileNumber {
    (metadata.dev(), metadata.ino())
}

/// Returns true when this process has the file open by SQLite.
pub(super) fn is_open_here(metadata: &Metadata) -> bool {
    open_files().contains_key(&number(metadata))
}

/// A database that is open, until this is dropped, and its journal.
#[derive(Debug)]
pub(super) struct OpenFile {
    path: PathBuf,
    file: FileNumber,
    log: Option<FileNumber>,
}

impl OpenFile {
    /// Notes the file at `path`, which was just opened, and its write-ahead log.
    ///
    /// # Errors
    /// It is gone already.
    pub(super) fn note(path: &Path) -> Result<Self, ArchiveError> {
        let metadata = fs::metadata(path).map_err(|cause| ArchiveError::Gone {
            path: path.to_owned(),
            what: cause.to_string(),
        })?;
        let file = number(&metadata);
        *open_files().entry(file).or_insert(0) += 1;
        let log = fs::metadata(beside(path, "-wal"));
        Ok(OpenFile {
            path: path.to_owned(),
            file,
            log: log.ok().as_ref().map(number),
        })
    }

    /// Where it was opened.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks that the file and its log are where they were opened, and are the same: whoever removes, moves or replaces
    /// them, or the directory, gets this told.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn check(&self) -> Result<(), ArchiveError> {
        let log = beside(&self.path, "-wal");
        let what = match (fault(&self.path, self.file), self.log) {
            (Some(fault), _) => format!("the file {fault}"),
            (None, Some(number)) => match fault(&log, number) {
                Some(fault) => format!("its journal {} {fault}", log.display()),
                None => return Ok(()),
            },
            (None, None) => return Ok(()),
        };
        Err(ArchiveError::Gone {
            path: self.path.clone(),
            what,
        })
    }
}

/// Tells what became of the file `was` at `path`; `None` when it is there, or cannot be looked at for now.
fn fault(path: &Path, was: FileNumber) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(metadata) if number(&metadata) == was => None,
        Ok(_) => Some("was replaced by another"),
        Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Some("was removed or moved")
        }
        Err(_) => None,
    }
}

impl Drop for OpenFile {
    fn drop(&mut self) {
        let mut open = open_files();
        if let Some(times) = open.get_mut(&self.file) {
            *times -= 1;
            if *times == 0 {
                open.remove(&self.file);
            }
        }
    }
}
