//! Makes a backup: a whole copy over a connection of its own, checked before an older one makes room for it.
//!
//! Nothing that lies in the directory is written to or replaced by what holds less. A target that hangs holds whoever calls
//! this, so the daemon has it done by another process (`daemon/backup.rs`).

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::directory::{DATABASE, beside, give_to_owner_of, make_directory};
use super::generations::{Generation, generations};
use super::summary::{ArchiveSummary, check_integrity, open_unchanging};
use crate::archive::ArchiveError;
use crate::clock::Day;

/// The time that a statement waits for another process at the archive.
const BUSY: Duration = Duration::from_secs(30);
/// Bytes that must stay free beside a copy, so that a disk which others write to as well is never filled to its end.
const MARGIN: u64 = 16 << 20;
/// The ending of the file beside a copy that is being written, which its writer holds locked.
const LOCK: &str = ".lock";
/// Steps of SQLite's between two calls of what is told that the copy moves on: some milliseconds.
const STEPS: i32 = 50_000;

/// Why there is no backup. None of it harms the archive, or a backup that was there.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The directory cannot take it.
    #[error("no backup could be made in {path}: {why}")]
    Place {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it, and what to change.
        why: String,
    },
    /// The archive itself cannot be read.
    #[error("no backup could be made: {0}")]
    Source(#[from] ArchiveError),
}

/// A backup that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupMade {
    /// Its file.
    pub file: PathBuf,
    /// What it holds.
    pub summary: ArchiveSummary,
    /// The number of backups that now lie in the directory.
    pub kept: usize,
    /// Those that would have made room and did not, and why.
    pub spared: Vec<String>,
}

/// Copies the archive in `archive` into `target` as the backup of `day`, and removes the oldest of more than `keep` backups that hold
/// no more than the new one. `moves` is called again and again while it goes on.
///
/// # Errors
/// The archive cannot be read, or the directory cannot take a backup, or holds those of another archive.
pub fn write_backup(
    archive: &Path,
    target: &Path,
    keep: usize,
    day: Day,
    moves: impl Fn() + Clone + Send + 'static,
) -> Result<BackupMade, BackupError> {
    let at_target = |why: String| BackupError::Place {
        path: target.to_owned(),
        why,
    };
    let said = |cause: io::Error| at_target(cause.to_string());
    let mut source = open_source(&archive.join(DATABASE))?;
    let before = ArchiveSummary::of(&source)?;
    examine_target(archive, target, Some(&before)).map_err(at_target)?;
    make_directory(target).map_err(|error| at_target(error.to_string()))?;
    remove_stale_parts(target).map_err(said)?;
    let pages = |name| source.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let size = pages("page_count").and_then(|count| Ok(count.saturating_mul(pages("page_size")?)));
    let size = size.map_err(ArchiveError::from)?.unsigned_abs();
    check_space(target, size).map_err(at_target)?;

    let own = Generation::of_day(target, day, 0).path;
    let part = own.with_extension(format!("db.{}.part", std::process::id()));
    // Locked as long as somebody writes the copy. Not the copy itself: on NFS this lock is one of the kind that SQLite takes
    // there (flock(2), NOTES), and each would keep the other out.
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(beside(&part, LOCK))
        .map_err(said)?;
    // A file system without locks has nobody to tell either.
    if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(at_target(
            "another process is writing a backup there".into(),
        ));
    }
    // Made here, so that nobody else can read it; VACUUM INTO takes an empty file.
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(said)?;
    let write = || {
        tell_moves(&mut source, moves.clone())?;
        source
            .execute("VACUUM INTO ?1", [part.to_string_lossy()])
            .map_err(|error| blame(error.into(), target))?;
        file.sync_all().map_err(said)?;
        let copy = open_unchanging(&part).and_then(|mut copy| {
            tell_moves(&mut copy, moves)?;
            check_integrity(&copy)?;
            ArchiveSummary::of(&copy)
        });
        let copy = copy.map_err(|why| {
            at_target(format!("the copy does not read as it was written ({why})"))
        })?;
        if copy.is_poorer_than(&before) || copy.identity != before.identity {
            return Err(at_target("the copy lacks what the archive holds".into()));
        }
        give_to_owner_of(target, &part).map_err(said)?;
        let file = room_for(target, day, &copy);
        fs::rename(&part, &file).map_err(said)?;
        sync_directory(target).map_err(said)?;
        Ok((file, copy))
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    drop(lock);
    let _ = fs::remove_file(beside(&part, LOCK));
    let (file, summary) = written?;
    let spared = make_room(target, keep, &file, &summary).map_err(said)?;
    Ok(BackupMade {
        kept: generations(target).map_err(said)?.len(),
        file,
        summary,
        spared,
    })
}

/// Opens the archive to read it, while others write.
fn open_source(file: &Path) -> Result<Connection, ArchiveError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Calls `moves` again and again while a statement runs on the connection.
fn tell_moves(
    connection: &mut Connection,
    moves: impl Fn() + Send + 'static,
) -> Result<(), ArchiveError> {
    let tell = move || {
        moves();
        false
    };
    Ok(connection.progress_handler(STEPS, Some(tell))?)
}

/// Says why `target` cannot hold backups of the archive in `archive`; `summary` is what that one holds, where it is known. Nothing
/// is written.
///
/// # Errors
/// What is wrong, and what to change.
pub fn examine_target(
    archive: &Path,
    target: &Path,
    summary: Option<&ArchiveSummary>,
) -> Result<(), String> {
    match fs::metadata(target) {
        Ok(there) if !there.is_dir() => {
            return Err("it is a file; name a directory".into());
        }
        Ok(_) if fs::canonicalize(archive).ok() == fs::canonicalize(target).ok() => {
            return Err(
                "it is the archive's own directory; name another, best on another disk".into(),
            );
        }
        Ok(_) => {}
        Err(cause) if is_absent(&cause) => return Ok(()),
        Err(cause) => return Err(cause.to_string()),
    }
    let Some(summary) = summary else {
        return Ok(());
    };
    for generation in generations(target).map_err(|cause| cause.to_string())? {
        // One that cannot be read tells of no other archive; it is spared when room is made.
        let Ok(there) = ArchiveSummary::read(&generation.path) else {
            continue;
        };
        if there.is_of_another_archive(summary) {
            return Err(format!(
                "{} is a backup of another archive ({}); give each archive a directory of its own, or move the other's backups away",
                generation.path.display(),
                there.describe()
            ));
        }
    }
    Ok(())
}

/// Returns true when there is nothing at a path, also where what stands above it is a file.
fn is_absent(cause: &io::Error) -> bool {
    matches!(
        cause.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Sorts a failure of the copying: what is damaged is the archive, all else is about the target.
fn blame(error: ArchiveError, target: &Path) -> BackupError {
    let why = match error {
        ArchiveError::Corrupt(_) | ArchiveError::Content(_) => {
            return BackupError::Source(error);
        }
        ArchiveError::Full(_) => {
            "its disk is full; make some space there, or keep fewer with keep in [archive]".into()
        }
        // The archive was read before, and nobody who writes it holds up who reads it.
        ArchiveError::Busy(cause) => format!("its locks are held or do not work: {cause}"),
        ArchiveError::Disk(cause) => format!("its disk fails: {cause}"),
        ArchiveError::ReadOnly(cause) => format!("it cannot be written: {cause}"),
        ArchiveError::Sqlite(cause) => cause.to_string(),
        other => other.to_string(),
    };
    BackupError::Place {
        path: target.to_owned(),
        why,
    }
}

/// Checks that a copy of `size` bytes fits.
pub(super) fn check_space(target: &Path, size: u64) -> Result<(), String> {
    // Not every file system tells; then it is tried.
    let Ok(told) = rustix::fs::statvfs(target) else {
        return Ok(());
    };
    let free = told.f_bavail.saturating_mul(told.f_frsize);
    let wanted = size.saturating_add(MARGIN);
    if told.f_blocks > 0 && free < wanted {
        return Err(format!(
            "its disk has {} MiB free, and a copy takes {}; make some space there, or keep fewer with keep in [archive]",
            free >> 20,
            wanted >> 20
        ));
    }
    Ok(())
}

/// Chooses the name for a copy that holds `copy`: the day's, unless what lies there holds more.
fn room_for(target: &Path, day: Day, copy: &ArchiveSummary) -> PathBuf {
    let names = (0..).map(|number| Generation::of_day(target, day, number).path);
    let is_free = |path: &PathBuf| {
        !path.exists() || ArchiveSummary::read(path).is_ok_and(|there| !copy.is_poorer_than(&there))
    };
    // The names do not end before a free one is found.
    names
        .into_iter()
        .find(is_free)
        .unwrap_or_else(|| target.join(DATABASE))
}

/// Removes the oldest of more than `keep` backups, but none that holds more than the new one, or that cannot be read: who
/// knows what is in it. Returns those with the reason.
fn make_room(
    target: &Path,
    keep: usize,
    new: &Path,
    summary: &ArchiveSummary,
) -> io::Result<Vec<String>> {
    let mut spared = Vec::new();
    let all = generations(target)?;
    let surplus = all.iter().skip(keep.max(1));
    for old in surplus.rev().filter(|old| old.path != new) {
        let mut why = String::new();
        match ArchiveSummary::read(&old.path) {
            Ok(there) if there.is_of_another_archive(summary) => why.push_str("of another archive"),
            Ok(there) if summary.is_poorer_than(&there) => {
                let _ = write!(
                    why,
                    "holds more than the archive does: {}",
                    there.describe()
                );
            }
            Ok(_) => fs::remove_file(&old.path)?,
            Err(error) => {
                let _ = write!(why, "cannot be read: {error}");
            }
        }
        if !why.is_empty() {
            spared.push(format!("{} {why}", old.path.display()));
        }
    }
    Ok(spared)
}

/// Removes what interrupted copies left. One that another process is writing is locked by it.
fn remove_stale_parts(target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(target)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str() else {
            continue;
        };
        let name = name.strip_suffix(LOCK).unwrap_or(name);
        // The first is how 0.1.0 named it.
        if name != "nikkan.db.part" && !(name.starts_with("nikkan-") && name.ends_with(".part")) {
            continue;
        }
        let part = target.join(name);
        let lock = OpenOptions::new().write(true).open(beside(&part, LOCK));
        if lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock))) {
            continue;
        }
        for stale in [beside(&part, LOCK), part] {
            match fs::remove_file(&stale) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Makes what was renamed in a directory last.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
