//! The directory of the archive: the lock that keeps it to one daemon, and the backups that are made of it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{Error, ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::archive::ArchiveError;

/// The name of the database in its directory.
pub(super) const DATABASE: &str = "nikkan.db";

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
    _file: File,
}

impl DaemonLock {
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
            .open(directory.join("nikkan.lock"))
            .map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let mut lines = holder.lines().map(|line| line.trim().to_owned());
                return Err(ArchiveError::Held {
                    path: directory.to_owned(),
                    holder: lines.next().unwrap_or_default(),
                    // 0.1.0 told its process alone.
                    command: lines.next().unwrap_or_else(|| "run".into()),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(refused(cause)),
        }
        // Of root's it would keep the service from starting.
        give_to_owner_of(directory, &directory.join("nikkan.lock")).map_err(refused)?;
        // Only for the message that another process prints: a full disk must not stop the daemon here.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = write!(file, "{}\n{command}\n", std::process::id());
        Ok(DaemonLock { _file: file })
    }
}

/// Writes a backup into `directory`.
pub(super) fn copy_into(connection: &Connection, directory: &Path) -> Result<(), ArchiveError> {
    make_directory(directory)?;
    let refused = |cause| ArchiveError::Backup {
        path: directory.to_owned(),
        cause,
    };
    if is_own(connection, directory) {
        return Err(refused(Error::other("it is the archive's own directory")));
    }
    let part = directory.join(format!("{DATABASE}.part"));
    // What an interrupted copy left.
    match fs::remove_file(&part) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(refused(cause)),
        _ => {}
    }
    // Made here, so that nobody else can read it; VACUUM INTO takes an empty file.
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&part)
        .map_err(refused)?;
    if let Err(error) = connection.execute("VACUUM INTO ?1", [part.to_string_lossy()]) {
        let _ = fs::remove_file(&part);
        return Err(error.into());
    }
    file.sync_all().map_err(refused)?;
    fs::rename(&part, directory.join(DATABASE)).map_err(refused)?;
    File::open(directory)
        .and_then(|folder| folder.sync_all())
        .map_err(refused)
}

/// True when the archive itself lies in `directory`.
fn is_own(connection: &Connection, directory: &Path) -> bool {
    let own = connection.path().map(Path::new).and_then(Path::parent);
    own.is_some_and(|own| fs::canonicalize(own).ok() == fs::canonicalize(directory).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Archive;

    #[test]
    fn a_second_daemon_is_told_who_holds_the_archive() {
        let directory = tempfile::tempdir().unwrap();
        let acquire = |command| DaemonLock::acquire(directory.path(), command);
        let lock = acquire("send").unwrap();
        let error = acquire("run").unwrap_err();
        assert!(matches!(&error, ArchiveError::Held { command, .. } if command == "send"));
        let said = format!(
            "process {} (`nikkan send`) already runs",
            std::process::id()
        );
        assert!(error.to_string().starts_with(&said), "{error}");
        drop(lock);
        acquire("run").unwrap();
    }

    #[tokio::test]
    async fn a_backup_is_a_whole_archive() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        assert_eq!(archive.check_integrity().await.unwrap(), "ok");
        let copy = directory.path().join("copy");
        std::fs::create_dir(&copy).unwrap();
        for kept in ["kept", "kept again"] {
            archive.set_daemon_note("x", kept.into()).await.unwrap();
            archive.backup_into(copy.clone()).await.unwrap();
            let copied = Archive::open(&copy).unwrap();
            let note = copied.daemon_note("x").await.unwrap();
            assert_eq!(note.as_deref(), Some(kept));
            copied.close().await;
        }
        let own = archive.backup_into(directory.path().to_owned()).await;
        assert!(own.unwrap_err().to_string().contains("own directory"));
    }
}
