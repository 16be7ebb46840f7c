//! Precedence at the archive: what somebody waits for goes before work in bulk, also between processes.
//!
//! SQLite's write lock knows no order: who lets go of it may have it again before whoever waits for it looks again
//! (sqlite.org/c3ref/busy_timeout.html). So all but work in bulk claims precedence while it is done, and work in bulk looks
//! between two of its short transactions: as long as anybody claims it, it stands still. A claim is a shared advisory lock
//! (flock(2)) on the archive's directory, of which the system lets go when its process ends, however. Where a file system
//! knows no such locks nobody claims anything, and what is left is that the transactions are short.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

/// Interval at which work in bulk looks again.
const LOOK: Duration = Duration::from_millis(1);

/// The longest that work in bulk stands still for the sake of others: who claims precedence and hangs must not stop it.
const LONGEST: Duration = Duration::from_secs(2);

/// The archive's directory, as the place where precedence is claimed.
#[derive(Clone, Debug)]
pub(super) struct Precedence {
    /// `None` without a file: nobody else is there.
    directory: Option<Arc<PathBuf>>,
}

/// Precedence, claimed until this is dropped.
#[derive(Debug)]
pub struct PrecedenceClaim {
    _shared: Option<File>,
}

impl Precedence {
    /// Precedence at the archive in `directory`.
    pub(super) fn of(directory: Option<&Path>) -> Self {
        Precedence {
            directory: directory.map(|path| Arc::new(path.to_owned())),
        }
    }

    /// Claims precedence; never waits.
    pub(super) fn claim(&self) -> PrecedenceClaim {
        let shared = self.open().filter(|file| {
            // Who only looks has it for a few microseconds. Without a claim all the same: short is what it waits for.
            (0..3).any(|_| file.try_lock_shared().is_ok())
        });
        PrecedenceClaim { _shared: shared }
    }

    /// Waits as long as anybody claims precedence, at most [`LONGEST`].
    pub(super) async fn give_way(&self) {
        let Some(file) = self.open() else {
            return;
        };
        let until = Instant::now() + LONGEST;
        // Let go of when the file is dropped, at once.
        while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < until {
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Opens the directory anew: a lock belongs to who opened it, and each claim is one of its own.
    fn open(&self) -> Option<File> {
        File::open(self.directory.as_deref()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns true when work in bulk may go on at once.
    async fn goes_on(precedence: &Precedence) -> bool {
        let begun = Instant::now();
        precedence.give_way().await;
        begun.elapsed() < LONGEST
    }

    #[tokio::test(start_paused = true)]
    async fn work_in_bulk_stands_still_while_anybody_claims_precedence() {
        let directory = tempfile::tempdir().unwrap();
        let [one, other] = [(); 2].map(|()| Precedence::of(Some(directory.path())));
        assert!(goes_on(&other).await);
        let (claimed, again) = (one.claim(), one.claim());
        assert!(!goes_on(&other).await);
        drop(claimed);
        // The same process has both, and each counts.
        assert!(!goes_on(&one).await);
        drop(again);
        assert!(goes_on(&other).await);
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_directory_nobody_waits() {
        let gone = Precedence::of(Some(Path::new("/no/such/directory")));
        for precedence in [gone, Precedence::of(None)] {
            let _claimed = precedence.claim();
            assert!(goes_on(&precedence).await);
        }
    }
}
