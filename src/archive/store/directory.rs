//! The directory of the archive: the lock that keeps it to one daemon, and whose its files are.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Error, ErrorKind, Read};
use std::os::unix::fs::{
    DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::archive::ArchiveError;

/// The name of the database in its directory.
pub(super) const DATABASE: &str = "nikkan.db";

/// The name of the lock beside it.
const LOCK: &str = "nikkan.lock";

/// The path of a file that belongs to another: `nikkan.db-wal` to `nikkan.db`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Gives `file` to the owner of `directory`: what root makes by hand, the service must be able to use.
///
/// # Errors
/// The file or the directory is gone, or the file system refuses.
pub(super) fn give_to_owner_of(directory: &Path, file: &Path) -> std::io::Result<()> {
    let (owner, has) = (fs::metadata(directory)?, fs::metadata(file)?);
    if owner.uid() == has.uid() {
        return Ok(());
    }
    match chown(file, Some(owner.uid()), Some(owner.gid())) {
        // Only root gives files away.
        Err(why) if why.kind() == ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

/// Puts owner and mode right of an archive that root or an older version left, or that was put back by hand: it is the
/// directory's owner's, and nobody else's. What a group was given on purpose stays.
pub(super) fn put_right(directory: &Path) {
    let path = directory.join(DATABASE);
    for file in ["", "-wal", "-shm"].map(|ending| beside(&path, ending)) {
        let Ok(metadata) = fs::metadata(&file) else {
            continue;
        };
        // Where it cannot be done the opening tells why.
        let _ = give_to_owner_of(directory, &file);
        if metadata.permissions().mode() & 0o007 != 0 {
            let _ = fs::set_permissions(&file, Permissions::from_mode(0o600));
        }
    }
}

/// Makes `directory`, and those above it, if they are missing: for its owner alone.
pub(super) fn make_directory(directory: &Path) -> Result<(), ArchiveError> {
    // Mails are public, but the archive also tells who reads them.
    let mut builder = DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(directory);
    made.map_err(|cause| cannot_use(directory, cause))
}

fn cannot_use(directory: &Path, cause: Error) -> ArchiveError {
    ArchiveError::Directory {
        path: directory.to_owned(),
        cause,
    }
}

/// Proof that no other daemon runs on the same archive. The system lets go of it when the process ends, however.
#[derive(Debug)]
pub struct DaemonLock {
    file: File,
    /// The lines that tell who holds it.
    holder: String,
}

/// The process that holds the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockHolder {
    /// The process, as it says.
    pub pid: String,
    /// What it does, as it is typed: `run` is the daemon.
    pub command: String,
    /// What it last told of itself, by [`DaemonLock::tell`].
    pub told: Vec<String>,
}

/// Time that a lock is tried for: who only looks who holds it has it for a moment.
const LOOKED_AT: Duration = Duration::from_millis(250);

impl DaemonLock {
    /// Tells who holds the lock on `directory`; `None` when nobody does.
    ///
    /// # Errors
    /// The lock cannot be looked at.
    pub fn holder(directory: &Path) -> Result<Option<LockHolder>, Error> {
        let mut file = match File::open(directory.join(LOCK)) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(cause),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(LockHolder::read(&mut file))),
            Err(TryLockError::Error(cause)) => Err(cause),
        }
    }

    /// Makes this process the only one that hands mail in from `directory`. `command` is what it does, as it is typed:
    /// `run` is the daemon.
    ///
    /// # Errors
    /// Another process is, or the directory cannot be used.
    pub fn acquire(directory: &Path, command: &str) -> Result<Self, ArchiveError> {
        make_directory(directory)?;
        let refused = |cause| cannot_use(directory, cause);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join(LOCK))
            .map_err(refused)?;
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = LockHolder::read(&mut file);
                return Err(ArchiveError::Held {
                    path: directory.to_owned(),
                    holder: holder.pid,
                    command: holder.command,
                });
            }
            Err(TryLockError::Error(cause)) => return Err(refused(cause)),
        }
        // Of root's it would keep the service from starting.
        give_to_owner_of(directory, &directory.join(LOCK)).map_err(refused)?;
        let holder = format!("{}\n{command}\n", std::process::id());
        let lock = DaemonLock { file, holder };
        lock.tell(&[]);
        Ok(lock)
    }

    /// Tells in the lock what this process does, in whole lines: another one reads them there even while a third holds the archive.
    /// A full disk must not stop the daemon here, so that what cannot be written is left out.
    pub fn tell(&self, lines: &[String]) {
        let text = lines
            .iter()
            .fold(self.holder.clone(), |text, line| text + line + "\n");
        let _ = self.file.set_len(0);
        let _ = self.file.write_all_at(text.as_bytes(), 0);
    }
}

impl LockHolder {
    fn read(file: &mut File) -> Self {
        let mut holder = String::new();
        let _ = file.read_to_string(&mut holder);
        let mut lines = holder.lines().map(|line| line.trim().to_owned());
        LockHolder {
            pid: lines.next().unwrap_or_default(),
            // 0.1.0 told its process alone.
            command: lines.next().unwrap_or_else(|| "run".into()),
            told: lines.collect(),
        }
    }
}

/// Locks a file that nobody else has for longer than a look.
fn lock(file: &File) -> Result<(), TryLockError> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOOKED_AT => {
                std::thread::sleep(LOOKED_AT / 10);
            }
            tried => return tried,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_told_who_holds_the_archive() {
        let directory = tempfile::tempdir().unwrap();
        let acquire = |command| DaemonLock::acquire(directory.path(), command);
        assert_eq!(DaemonLock::holder(directory.path()).unwrap(), None);
        let lock = acquire("send").unwrap();
        let holder = DaemonLock::holder(directory.path()).unwrap().unwrap();
        assert_eq!(holder.pid, std::process::id().to_string());
        assert_eq!(holder.command, "send");
        lock.tell(&["waits".into()]);
        let holder = DaemonLock::holder(directory.path()).unwrap().unwrap();
        assert_eq!(holder.told, ["waits"]);
        lock.tell(&[]);
        let error = acquire("run").unwrap_err();
        assert!(matches!(&error, ArchiveError::Held { command, .. } if command == "send"));
        let said = format!(
            "process {} (`nikkan send`) already runs",
            std::process::id()
        );
        assert!(error.to_string().starts_with(&said), "{error}");
        drop(lock);
        assert_eq!(DaemonLock::holder(directory.path()).unwrap(), None);
        acquire("run").unwrap();
    }
}
