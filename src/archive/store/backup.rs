//! Backups: a whole copy of the archive, made while it goes on being used.

use std::fs::{self, File, OpenOptions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::directory::{DATABASE, make_directory};
use crate::archive::{Archive, ArchiveError};

impl Archive {
    /// Writes a copy of the whole archive into `directory`, while it goes on being used. An earlier copy is replaced
    /// only when the new one is whole and on the disk.
    ///
    /// # Errors
    /// The copy cannot be written, the archive is damaged, or `directory` is the archive's own.
    pub async fn backup_into(&self, directory: PathBuf) -> Result<(), ArchiveError> {
        self.call(move |connection| copy_into(connection, &directory))
            .await
    }
}

fn copy_into(connection: &Connection, directory: &Path) -> Result<(), ArchiveError> {
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
