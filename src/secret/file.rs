//! Reads the beginning of a file, and no longer than a limit: a network file system whose server is away holds a read for
//! ever.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::text::MOST;

/// The time that a file may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Interval of looks whether another reading of the same file has ended.
const LOOK: Duration = Duration::from_millis(20);

/// The files that are read at this moment. One that hangs holds one thread, however often it is asked for.
static UNDER_WAY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Returns the first bytes of a file: one more than a secret may have, at most.
///
/// # Errors
/// It cannot be read, or not in time.
pub(super) async fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let deadline = Instant::now() + LIMIT;
    let turn = loop {
        if let Some(turn) = Turn::take(path) {
            break turn;
        }
        if Instant::now() >= deadline {
            return Err(stuck());
        }
        tokio::time::sleep(LOOK).await;
    };
    let own = path.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        beginning_at_once(&own)
    });
    match tokio::time::timeout_at(deadline, reading).await {
        Ok(Ok(read)) => read,
        Ok(Err(panicked)) => Err(io::Error::other(panicked)),
        Err(_) => Err(stuck()),
    }
}

/// Returns the same, however long it takes.
///
/// # Errors
/// It cannot be read.
pub(super) fn beginning_at_once(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MOST as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn stuck() -> io::Error {
    let said = format!(
        "it did not answer within {} s (a pipe, or a file system whose server is away)",
        LIMIT.as_secs()
    );
    io::Error::new(io::ErrorKind::TimedOut, said)
}

/// The right to read a file, until it is dropped.
struct Turn(PathBuf);

impl Turn {
    /// Takes the right; `None` while another reading of the same file has not ended.
    fn take(path: &Path) -> Option<Turn> {
        let is_free = under_way().insert(path.to_owned());
        is_free.then(|| Turn(path.to_owned()))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        under_way().remove(&self.0);
    }
}

fn under_way() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}
