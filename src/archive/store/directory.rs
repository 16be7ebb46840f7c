//! The directory of the archive, and of its backups.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use crate::archive::ArchiveError;

/// The name of the database in its directory.
pub(super) const DATABASE: &str = "nikkan.db";

/// Makes `directory`, and those above it, if they are missing: for its owner alone.
///
/// # Errors
/// The system refuses.
pub(super) fn make_directory(directory: &Path) -> Result<(), ArchiveError> {
    // Mails are public, but the archive also tells who reads them.
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|cause| ArchiveError::Directory {
            path: directory.to_owned(),
            cause,
        })
}
