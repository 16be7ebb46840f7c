//! Puts a backup in the place of the archive: copied, checked and marked beside it first, so that a crash at any instant leaves
//! either the one or the other, and nothing that was there is overwritten.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use serde::{Deserialize, Serialize};

use super::backup::{check_space, sync_directory};
use super::creation::create;
use super::directory::{DATABASE, beside, give_to_owner_of, make_directory};
use super::generations::generations;
use super::genuine::has_foreign_log;
use super::migrations::migrate;
use super::summary::{ArchiveSummary, check_integrity, open_unchanging, open_with_journal};
use crate::archive::{Archive, ArchiveError};

/// The note in an archive that was put back and has not yet asked what was told since.
pub(in crate::archive) const RESTORED_NOTE: &str = "restored";

/// What SQLite keeps beside a database (sqlite.org/tempfiles.html).
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// That an archive was put back from a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoredMark {
    /// When.
    pub at: Timestamp,
    /// The backup's file.
    pub from: PathBuf,
    /// The archives that were set aside and not yet asked, which know what they had told, newest first.
    pub aside: Vec<PathBuf>,
}

/// Why nothing was put back. The archive is as it was, but for what says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup is none, or damaged.
    #[error("{path} cannot be restored: {why}")]
    Backup {
        /// Its file.
        path: PathBuf,
        /// What is wrong with it.
        why: Box<ArchiveError>,
    },
    /// The archive's directory cannot take it.
    #[error("nothing was restored: {path}: {why}")]
    Place {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// The archive was set aside, and the backup is perhaps not in its place.
    #[error("the backup is perhaps not in place: {path}: {why}; the archive that was there is {aside}", aside = match aside {
        Some(aside) => aside.display().to_string(),
        None => "none".into(),
    })]
    Half {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        why: String,
        /// The name of the archive that was there.
        aside: Option<PathBuf>,
    },
}

/// A backup that was copied beside the archive, checked, and not yet put in its place.
#[derive(Debug)]
pub struct PreparedRestore {
    /// What it holds.
    pub summary: ArchiveSummary,
    /// True when a journal that lay beside the backup does not belong to it, and was left out.
    pub foreign_journal: bool,
    directory: PathBuf,
    part: PathBuf,
    from: PathBuf,
}

impl Drop for PreparedRestore {
    /// Leaves nothing of the copy beside the archive, unless it was put in its place.
    fn drop(&mut self) {
        remove_with_beside(&self.part);
    }
}

impl PreparedRestore {
    /// Copies `file` into `directory`, which is the archive's, and checks the copy. Nobody may use the archive meanwhile.
    ///
    /// # Errors
    /// The file is no archive, damaged or of a newer version, or the directory has no room for it.
    pub fn copy(file: &Path, directory: &Path) -> Result<Self, RestoreError> {
        let part = directory.join(format!("{DATABASE}.restoring"));
        let damaged = |why| RestoreError::Backup {
            path: file.to_owned(),
            why: Box::new(why),
        };
        let there = fs::metadata(file).map_err(|cause| at_place(file, &cause))?;
        if !there.is_file() {
            return Err(RestoreError::Place {
                path: file.to_owned(),
                why: "it is no file".into(),
            });
        }
        let size = there.len();
        check_space(directory, size).map_err(|why| RestoreError::Place {
            path: directory.to_owned(),
            why,
        })?;
        // An archive that was set aside has one.
        let journal = beside(file, "-wal");
        let has_journal = fs::metadata(&journal).is_ok_and(|it| it.len() > 0);
        let mut checked = copy_and_check(file, &part, false, directory)?;
        let mut foreign_journal = has_journal && has_foreign_log(file);
        if has_journal && !foreign_journal {
            let whole = copy_and_check(file, &part, true, directory)?;
            foreign_journal = !belongs(&whole, &checked);
            checked = match foreign_journal {
                true => copy_and_check(file, &part, false, directory)?,
                false => whole,
            };
        }
        let prepared = checked.map_err(damaged).map(|summary| PreparedRestore {
            summary,
            foreign_journal,
            directory: directory.to_owned(),
            part: part.clone(),
            from: file.to_owned(),
        });
        if prepared.is_err() {
            remove_with_beside(&part);
        }
        prepared
    }

    /// Sets the present archive aside, under a name with `now`, and puts the copy in its place, marked as restored. Returns the
    /// name, where there was one.
    ///
    /// # Errors
    /// The directory cannot be written; the archive is as it was, or lies under the name that is told.
    pub fn put_in_place(self, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
        let (directory, part) = (&self.directory, &self.part);
        let damaged = |why| RestoreError::Backup {
            path: self.from.clone(),
            why: Box::new(why),
        };
        let at = |cause: &io::Error| at_place(directory, cause);
        let aside = name_aside(directory, now);
        self.mark(now, &aside).map_err(damaged)?;
        give_to_owner_of(directory, part).map_err(|cause| at(&cause))?;
        fs::File::open(part)
            .and_then(|file| file.sync_all())
            .map_err(|cause| at(&cause))?;
        let moved = move_aside(directory, &aside)?;
        let aside = (!moved.is_empty()).then_some(aside);
        let half = |cause: &io::Error| RestoreError::Half {
            path: directory.clone(),
            why: cause.to_string(),
            aside: aside.clone(),
        };
        if let Err(cause) = fs::rename(part, directory.join(DATABASE)) {
            let back = aside
                .as_ref()
                .map(|aside| move_back(directory, aside, &moved));
            return Err(match back {
                None | Some(Ok(())) => at(&cause),
                Some(Err(_)) => half(&cause),
            });
        }
        sync_directory(directory).map_err(|cause| half(&cause))?;
        Ok(aside)
    }

    /// Brings the copy to the current schema and marks it. It stays one file.
    fn mark(&self, now: Timestamp, aside: &Path) -> Result<(), ArchiveError> {
        let mut connection = open_alone(&self.part)?;
        let known = self.summary.identity.is_some();
        migrate(&mut connection)?;
        if !known {
            self.keep_identity(&connection)?;
        }
        let present = self.directory.join(DATABASE);
        let mut asides = Vec::new();
        if present.exists() {
            asides.push(aside.to_owned());
            // What it was to ask and has not asked is to be asked still.
            asides.extend(mark_of(&present).map_or(Vec::new(), |mark| mark.aside));
        }
        let mark = serde_json::to_string(&RestoredMark {
            at: now,
            from: self.from.clone(),
            aside: asides,
        })?;
        connection.execute(
            "INSERT INTO note (name, text) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text",
            (RESTORED_NOTE, mark),
        )?;
        // It was asked for before, and who asked has perhaps got it: it can be asked for again.
        connection.execute(
            "UPDATE delivery SET state = 'cancelled', next_attempt_at = NULL,
                response = 'not handed in: the archive was restored from a backup of before'
             WHERE next_attempt_at IS NOT NULL
             AND queued_message IN (SELECT id FROM queued_message WHERE kind = 'resend')",
            [],
        )?;
        connection.close().map_err(|(_, error)| error.into())
    }

    /// Gives the copy, of a version that had no identity, that of the archive it was made of, where that can be told: its
    /// later backups lie in one directory with it.
    fn keep_identity(&self, connection: &Connection) -> Result<(), ArchiveError> {
        let first = first_message(connection)?;
        let mut others = vec![self.directory.join(DATABASE)];
        if let Some(Ok(with_it)) = self.from.parent().map(generations) {
            others.extend(with_it.into_iter().map(|generation| generation.path));
        }
        for other in others {
            let Ok(other) = open_unchanging(&other) else {
                continue;
            };
            if first.is_none() || first_message(&other).ok() != Some(first.clone()) {
                continue;
            }
            let sql = "SELECT identity FROM archive_identity";
            let identity = other.query_row(sql, [], |row| row.get::<_, Vec<u8>>(0));
            if let Ok(identity) = identity {
                connection.execute("UPDATE archive_identity SET identity = ?1", [identity])?;
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Returns the hash of an archive's first message, which no other archive has that is not a copy or reads the same mailbox.
fn first_message(connection: &Connection) -> Result<Option<Vec<u8>>, ArchiveError> {
    let sql = "SELECT sha256 FROM message ORDER BY id LIMIT 1";
    Ok(connection.query_row(sql, [], |row| row.get(0)).optional()?)
}

/// Renames the archive in `directory`, with what lies beside it, to a name with `now`. Returns the name; `None` where there was
/// nothing.
///
/// # Errors
/// The directory cannot be written.
pub fn set_aside(directory: &Path, now: Timestamp) -> Result<Option<PathBuf>, RestoreError> {
    let aside = name_aside(directory, now);
    let moved = move_aside(directory, &aside)?;
    Ok((!moved.is_empty()).then_some(aside))
}

/// Renames the archive in `directory`, with what lies beside it, to `aside`. Returns the endings of what was there. What
/// cannot be moved whole is where it was.
fn move_aside(directory: &Path, aside: &Path) -> Result<Vec<&'static str>, RestoreError> {
    let archive = directory.join(DATABASE);
    let mut moved = Vec::new();
    // The database first: without it, its journal is no archive, and the other way round it would be an older one.
    for ending in std::iter::once("").chain(BESIDE) {
        let (from, to) = (beside(&archive, ending), beside(aside, ending));
        match fs::rename(&from, &to) {
            Ok(()) => moved.push(ending),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => {
                return Err(match move_back(directory, aside, &moved) {
                    Ok(()) => at_place(&from, &cause),
                    Err(_) => RestoreError::Half {
                        path: from,
                        why: cause.to_string(),
                        aside: Some(aside.to_owned()),
                    },
                });
            }
        }
    }
    Ok(moved)
}

/// Renames what was set aside to what it was, the database last.
fn move_back(directory: &Path, aside: &Path, moved: &[&str]) -> io::Result<()> {
    let archive = directory.join(DATABASE);
    for ending in moved.iter().rev() {
        fs::rename(beside(aside, ending), beside(&archive, ending))?;
    }
    Ok(())
}

/// Returns the name under which an archive is set aside. Nothing lies there: two may be set aside within a second.
fn name_aside(directory: &Path, now: Timestamp) -> PathBuf {
    let stamp = now.strftime("%Y%m%dT%H%M%SZ");
    let plain = directory.join(format!("nikkan-before-{stamp}.db"));
    let numbered =
        (1_u32..).map(|number| directory.join(format!("nikkan-before-{stamp}.{number}.db")));
    let is_free = |name: &PathBuf| {
        let mut names = [""].iter().chain(&BESIDE);
        names.all(|ending| fs::symlink_metadata(beside(name, ending)).is_err())
    };
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    // The names do not end before a free one is found.
    names.find(is_free).unwrap_or(plain)
}

/// Reads the mark of an archive that was put back and has not yet asked what was told since.
fn mark_of(file: &Path) -> Option<RestoredMark> {
    let sql = "SELECT text FROM note WHERE name = ?1";
    let connection = open_with_journal(file).ok()?;
    let json: String = connection
        .query_row(sql, [RESTORED_NOTE], |row| row.get(0))
        .ok()?;
    serde_json::from_str(&json).ok()
}

/// Moves the backups in `backup` into the directory `name` in it.
///
/// # Errors
/// The directory cannot be written.
pub fn set_backups_aside(backup: &Path, name: &str) -> Result<(), RestoreError> {
    let at = |cause: io::Error| at_place(backup, &cause);
    let aside = backup.join(name);
    make_directory(&aside).map_err(|error| RestoreError::Place {
        path: aside.clone(),
        why: error.to_string(),
    })?;
    give_to_owner_of(backup, &aside).map_err(at)?;
    for generation in generations(backup).map_err(at)? {
        let Some(name) = generation.path.file_name() else {
            continue;
        };
        let to = aside.join(name);
        if fs::symlink_metadata(&to).is_ok() {
            let why = "it is there already; try again in a second".into();
            return Err(RestoreError::Place { path: to, why });
        }
        fs::rename(&generation.path, to).map_err(at)?;
    }
    sync_directory(backup).map_err(at)
}

impl Archive {
    /// Makes an empty archive in `directory`, where there is none, for the owner of the directory.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn make_empty(directory: &Path) -> Result<(), ArchiveError> {
        create(directory)
    }
}

/// Returns true when a journal belongs to the file beside which it lies, by what both are together and the file is alone. SQLite
/// itself takes any journal that is whole, even one whose pages make another database of the file.
fn belongs(
    together: &Result<ArchiveSummary, ArchiveError>,
    alone: &Result<ArchiveSummary, ArchiveError>,
) -> bool {
    match (together, alone) {
        (Ok(together), Ok(alone)) => {
            together.identity == alone.identity && !together.is_poorer_than(alone)
        }
        (Ok(_), Err(_)) => true,
        (Err(_), _) => false,
    }
}

/// Copies `file`, with its journal if that is wanted, and returns what the copy holds, or what is wrong with it.
fn copy_and_check(
    file: &Path,
    part: &Path,
    with_journal: bool,
    directory: &Path,
) -> Result<Result<ArchiveSummary, ArchiveError>, RestoreError> {
    remove_with_beside(part);
    copy_for_owner(file, part).map_err(|cause| at_place(directory, &cause))?;
    if with_journal {
        let (from, to) = (beside(file, "-wal"), beside(part, "-wal"));
        copy_for_owner(&from, &to).map_err(|cause| at_place(directory, &cause))?;
    }
    let check = || {
        let connection = open_alone(part)?;
        check_integrity(&connection)?;
        let summary = ArchiveSummary::of(&connection)?;
        connection
            .close()
            .map_err(|(_, error)| ArchiveError::from(error))?;
        Ok(summary)
    };
    Ok(check())
}

fn copy_for_owner(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = fs::File::open(from)?;
    let mut target = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)?;
    io::copy(&mut source, &mut target)?;
    target.sync_all()
}

/// Opens a file that is nobody else's, brings its journal into it, and keeps it one file.
fn open_alone(file: &Path) -> Result<Connection, ArchiveError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    // No shared memory: any file system will do (sqlite.org/wal.html, section 9).
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

fn remove_with_beside(file: &Path) {
    for ending in [""].iter().chain(&BESIDE) {
        let _ = fs::remove_file(beside(file, ending));
    }
}

fn at_place(path: &Path, cause: &io::Error) -> RestoreError {
    RestoreError::Place {
        path: path.to_owned(),
        why: cause.to_string(),
    }
}

#[cfg(test)]
mod tests;
