//! The storage that is written to: the archive's disk, the directory for copies, the folder for sent digests.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Finding, Subject};
use crate::archive::{self, ArchiveSummary};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon;
use crate::mailbox::{SentFolder, SentFolderProbe};
use crate::press;

/// Measures the space left on the file system that holds `directory`, or will hold it, as df tells.
pub(super) async fn space(directory: &Path) -> Option<Finding> {
    let there = directory.ancestors().find(|path| path.is_dir())?;
    let mut df = tokio::process::Command::new("df");
    let told = df.arg("-Pk").arg(there).output().await.ok()?;
    let text = String::from_utf8_lossy(&told.stdout);
    let free = text.lines().nth(1)?.split_whitespace().nth(3)?;
    Some(graded(free.parse().ok()?, directory))
}

/// Judges `free` KiB, for an archive that grows by some 3 kB an announcement.
fn graded(free: u64, directory: &Path) -> Finding {
    const DISK: Subject = Subject("disk");
    let said = format!("{} MiB free at {}", free >> 10, directory.display());
    match free >> 10 {
        0..10 => DISK.error(format!("{said}; make some space")),
        10..100 => DISK.warning(format!("{said}; make some space soon")),
        _ => DISK.ok(said),
    }
}

/// Finds the archive's files that belong to another user than their directory, as those of a command that root ran may: the
/// service can neither write nor replace them.
pub(super) fn strangers(directory: &Path) -> Vec<Finding> {
    const FILES: Subject = Subject("archive");
    let Ok(owner) = fs::metadata(directory).map(|found| found.uid()) else {
        return Vec::new();
    };
    let names = ["nikkan.db", "nikkan.db-wal", "nikkan.db-shm", "nikkan.lock"];
    let there = names.iter().filter_map(|name| {
        let file = directory.join(name);
        let user = fs::metadata(&file).ok()?.uid();
        (user != owner).then_some((file, user))
    });
    there
        .map(|(file, user)| {
            let (file, directory) = (file.display(), directory.display());
            FILES.error(format!(
                "{file} belongs to uid {user}, and its directory to uid {owner}: the service cannot write it; run: chown --reference={directory}/. {file}"
            ))
        })
        .collect()
}

/// Tells what to do where the backup cannot be written.
fn remedy(cause: &io::Error, directory: &Path) -> String {
    let shown = directory.display();
    match cause.kind() {
        io::ErrorKind::ReadOnlyFilesystem => format!(
            "where it is the service's sandbox that closes it, add ReadWritePaths={shown} to [Service] by `systemctl edit nikkan`"
        ),
        io::ErrorKind::PermissionDenied => format!(
            "give it to the user of the service, as with: chown --reference=/var/lib/nikkan/. {shown}"
        ),
        _ => "change backup in [archive]".into(),
    }
}

/// Checks that copies of the archive can be written into `backup`: a file is made there and taken away again.
pub(super) async fn backup(config: &Config) -> Vec<Finding> {
    const BACKUP: Subject = Subject("backup");
    let Some(directory) = &config.archive.backup else {
        return Vec::new();
    };
    let shown = directory.display();
    let target = directory.clone();
    let asked = archive_directory(config).map(|own| {
        let summary = ArchiveSummary::read_with_journal(&own.join("nikkan.db")).ok();
        move || archive::examine_target(&own, &target, summary.as_ref())
    });
    if let Some(asked) = asked {
        match daemon::ask_slow_disk(asked).await {
            Some(Ok(())) => {}
            Some(Err(why)) => {
                let closed = fs::read_dir(directory).err();
                let closed = closed.filter(|cause| cause.kind() == io::ErrorKind::PermissionDenied);
                let advice = closed.map(|cause| format!("; {}", remedy(&cause, directory)));
                return vec![BACKUP.error(format!("{shown}: {why}{}", advice.unwrap_or_default()))];
            }
            None => {
                return vec![BACKUP.error(format!(
                    "{shown} does not answer; look at its disk or file server"
                ))];
            }
        }
    }
    if !directory.is_dir() {
        let above = directory.ancestors().skip(1).find(|path| path.exists());
        return vec![match try_to_write(above.unwrap_or(Path::new("/"))) {
            Ok(()) => BACKUP.ok(format!(
                "{shown}: not there yet, is made with the first copy"
            )),
            Err(cause) => BACKUP.error(format!(
                "{shown} is not there and cannot be made: {cause}; make it, and {}",
                remedy(&cause, directory)
            )),
        }];
    }
    if let Err(cause) = try_to_write(directory) {
        return vec![BACKUP.error(format!(
            "cannot write into {shown}: {cause}; {}",
            remedy(&cause, directory)
        ))];
    }
    let mut found = vec![BACKUP.ok(format!("{shown}: can be written"))];
    found.extend(space(directory).await);
    found
}

/// Returns the archive's directory; `None` where none is configured, which is told elsewhere.
fn archive_directory(config: &Config) -> Option<PathBuf> {
    config.archive_directory().ok()
}

/// Makes a file and takes it away again.
fn try_to_write(directory: &Path) -> std::io::Result<()> {
    let file = directory.join(format!(".nikkan-check-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)?;
    fs::remove_file(file)
}

const SENT_FOLDER: Subject = Subject("sent_folder");

/// Tells the state of the folder for sent digests.
pub(super) fn sent_folder(name: &str, found: SentFolderProbe) -> Finding {
    match found {
        SentFolderProbe::There(found, messages) if found == name => {
            SENT_FOLDER.ok(format!("`{name}`: {messages} messages"))
        }
        SentFolderProbe::There(found, messages) => SENT_FOLDER.ok(format!(
            "`{name}`, on this server `{found}`: {messages} messages"
        )),
        SentFolderProbe::Missing(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
            SENT_FOLDER.ok(format!(
                "`{name}`: not there yet, is made with the first digest, as {}; `nikkan check --write` tries it now",
                names.join(" or, if that is refused, ")
            ))
        }
        SentFolderProbe::Unusable(said) => SENT_FOLDER.error(format!(
            "`{name}` cannot be opened: {said}; give sent_folder in [mailbox] another name"
        )),
    }
}

/// Makes the folder for sent digests if it is missing, and stores a message in it that says that it is a test.
pub(super) async fn write_sent_folder(config: &Config, clock: &Clock) -> Vec<Finding> {
    let settings = &config.mailbox;
    let Some(name) = &settings.sent_folder else {
        return vec![SENT_FOLDER.warning("nothing to try: no sent_folder in [mailbox]")];
    };
    let Some(edition) = config.editions.first() else {
        return Vec::new();
    };
    let tried = async {
        let mail = press::folder_test(edition, clock.now(), fastrand::u64(..))?;
        let mut folder = SentFolder::open(settings, name, None).await?;
        let whole = mail.as_first();
        let stored = folder.store(&mail.message_id, &whole, clock.now());
        stored.await?;
        let found = folder.name().to_owned();
        folder.close().await;
        anyhow::Ok(found)
    };
    vec![match tried.await {
        Ok(found) => SENT_FOLDER.ok(format!(
            "stored a message in `{found}`: it says that it is a test and stays there; delete it as you like"
        )),
        Err(why) => SENT_FOLDER.error(format!(
            "`{name}` cannot be written: {why}; give sent_folder in [mailbox] another name, or take the key out"
        )),
    }]
}

#[cfg(test)]
mod tests {
    use super::super::Grade;
    use super::*;

    #[test]
    fn a_disk_is_warned_of_before_it_is_full() {
        let at = |free| graded(free, Path::new("/x")).grade;
        assert_eq!(at(9 << 10), Grade::Error);
        assert_eq!(at(99 << 10), Grade::Warning);
        assert_eq!(at(100 << 10), Grade::Ok);
        assert_eq!(
            graded(2048, Path::new("/x")).said,
            "2 MiB free at /x; make some space"
        );
    }

    #[tokio::test]
    async fn the_space_of_a_directory_that_is_not_there_yet_is_that_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let found = space(&folder.path().join("not/yet")).await.unwrap();
        assert!(found.said.contains("MiB free at"), "{}", found.said);
    }

    #[test]
    fn a_folder_that_cannot_be_opened_is_an_error() {
        let found = sent_folder("nikkan", SentFolderProbe::Unusable("NO denied".into()));
        assert_eq!(found.grade, Grade::Error);
        assert_eq!(
            sent_folder("nikkan", SentFolderProbe::Missing(vec!["nikkan".into()])).grade,
            Grade::Ok
        );
    }

    #[test]
    fn what_the_service_cannot_write_is_told_with_the_command_that_mends_it() {
        let closed = io::Error::from(io::ErrorKind::ReadOnlyFilesystem);
        let said = remedy(&closed, Path::new("/var/backups/nikkan"));
        assert!(
            said.contains("ReadWritePaths=/var/backups/nikkan"),
            "{said}"
        );
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let said = remedy(&denied, Path::new("/var/backups/nikkan"));
        assert!(said.contains("chown --reference"), "{said}");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("nikkan.db"), "").unwrap();
        assert_eq!(strangers(folder.path()), []);
    }

    #[test]
    fn what_was_tried_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        try_to_write(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(try_to_write(&folder.path().join("nowhere")).is_err());
    }
}
