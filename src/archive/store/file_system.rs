//! Tells which kind of file system a directory lies on, and which of SQLite's failures mean that it is none for an archive.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

use crate::archive::ArchiveError;

/// Failures of shared memory and of locks (sqlite.org/rescode.html): FUSE without mmap, NFS without its lock service.
const UNSUITABLE: [i32; 5] = [
    ffi::SQLITE_IOERR_SHMMAP,
    ffi::SQLITE_IOERR_SHMOPEN,
    ffi::SQLITE_IOERR_SHMLOCK,
    ffi::SQLITE_IOERR_LOCK,
    ffi::SQLITE_IOERR_RDLOCK,
];

/// Words an error as the file system's, where it is one that will not pass: a disk that fails may be whole again later, but no
/// mount learns to share memory.
pub(super) fn name_unsuitable(error: ArchiveError, directory: &Path) -> ArchiveError {
    match error {
        ArchiveError::Disk(cause)
            if cause
                .sqlite_error()
                .is_some_and(|error| UNSUITABLE.contains(&error.extended_code)) =>
        {
            let path = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
            let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
            let kind = kind_of(&path, &mounts).unwrap_or("of an unknown kind");
            ArchiveError::Unsuitable {
                kind: kind.to_owned(),
                path,
                cause,
            }
        }
        other => other,
    }
}

/// Finds the kind of the mount that `path` lies under, in the form of /proc/self/mountinfo (proc_pid_mountinfo(5)): the fifth
/// field is the mount's point, and the kind follows a lone hyphen. Of two on one point the later one counts.
fn kind_of<'a>(path: &Path, mounts: &'a str) -> Option<&'a str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let (Some(point), Some((_, rest))) = (line.split(' ').nth(4), line.split_once(" - "))
        else {
            continue;
        };
        let point = PathBuf::from(unescape(point));
        let depth = point.components().count();
        if path.starts_with(&point) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = rest.split(' ').next().map(|kind| (depth, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

/// Replaces the escapes of blanks and backslashes, three octal digits.
fn unescape(point: &str) -> String {
    let plain = point.replace("\\040", " ").replace("\\011", "\t");
    plain.replace("\\012", "\n").replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_shared_memory_is_named_and_not_waited_for() {
        let mounts = "22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            90 22 0:41 / /mnt/far\\040away rw shared:5 - fuse.sshfs me@host: rw\n\
            91 22 0:42 / /mnt rw - nfs4 host:/ rw\n";
        let kind = |path: &str| kind_of(Path::new(path), mounts);
        assert_eq!(kind("/mnt/far away/nikkan"), Some("fuse.sshfs"));
        assert_eq!(kind("/mnt/x"), Some("nfs4"));
        assert_eq!(kind("/var/lib/nikkan"), Some("ext4"));
        for code in UNSUITABLE {
            let failure = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = name_unsuitable(failure.into(), Path::new("/"));
            assert!(matches!(error, ArchiveError::Unsuitable { .. }), "{error}");
            assert!(!error.is_temporary());
        }
        // A full disk has no room for the shared memory either, and that passes.
        for code in [ffi::SQLITE_IOERR_SHMSIZE, ffi::SQLITE_IOERR_WRITE] {
            let failure = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let error = name_unsuitable(failure.into(), Path::new("/"));
            assert!(error.is_temporary(), "{error}");
        }
    }
}
