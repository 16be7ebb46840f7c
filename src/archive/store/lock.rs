//! One daemon on one archive: a lock on a file beside the database.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::directory::make_directory;
use crate::archive::ArchiveError;

/// Proof that no other daemon runs on the same archive. The system lets go of it when the process ends, however.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

impl DaemonLock {
    /// Makes this process the only daemon on `directory`.
    ///
    /// # Errors
    /// Another process is, or the directory cannot be used.
    pub fn acquire(directory: &Path) -> Result<Self, ArchiveError> {
        make_directory(directory)?;
        let refused = |cause| ArchiveError::Directory {
            path: directory.to_owned(),
            cause,
        };
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
                return Err(ArchiveError::Held {
                    path: directory.to_owned(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(refused(cause)),
        }
        // Only for the message that another process prints: a full disk must not stop the daemon here.
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = writeln!(file, "{}", std::process::id());
        Ok(DaemonLock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_daemon_is_told_who_holds_the_archive() {
        let directory = tempfile::tempdir().unwrap();
        let lock = DaemonLock::acquire(directory.path()).unwrap();
        let error = DaemonLock::acquire(directory.path())
            .unwrap_err()
            .to_string();
        let pid = std::process::id().to_string();
        assert!(
            error.starts_with(&format!("process {pid} already runs")),
            "{error}"
        );
        drop(lock);
        DaemonLock::acquire(directory.path()).unwrap();
    }
}
