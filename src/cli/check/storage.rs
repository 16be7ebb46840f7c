//! The storage that is written to: the archive's disk, the directory for copies, the folder for sent digests.

use std::fs::{self, OpenOptions};
use std::path::Path;

use super::{Finding, Grade, finding};
use crate::config::Config;
use crate::mailbox::SentFolderProbe;

/// Measures the space left on the file system that holds `directory`, or will hold it, as df tells.
pub(super) async fn space(directory: &Path) -> Option<Finding> {
    let there = directory.ancestors().find(|path| path.is_dir())?;
    let told = tokio::process::Command::new("df")
        .arg("-Pk")
        .arg(there)
        .output()
        .await
        .ok()?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let free: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(graded(free, directory))
}

/// Judges `free` KiB, for an archive that grows by some 3 kB an announcement.
fn graded(free: u64, directory: &Path) -> Finding {
    let said = format!("{} MiB free at {}", free >> 10, directory.display());
    if free < 10 << 10 {
        finding(Grade::Error, "disk", format!("{said}; make some space"))
    } else if free < 100 << 10 {
        finding(
            Grade::Warning,
            "disk",
            format!("{said}; make some space soon"),
        )
    } else {
        finding(Grade::Ok, "disk", said)
    }
}

/// Checks that copies of the archive can be written into `backup`: a file is made there and taken away again.
pub(super) async fn backup(config: &Config) -> Vec<Finding> {
    const SUBJECT: &str = "backup";
    let Some(directory) = &config.archive.backup else {
        return Vec::new();
    };
    let shown = directory.display();
    if !directory.is_dir() {
        let above = directory.ancestors().skip(1).find(|path| path.exists());
        let above = above.unwrap_or(Path::new("/"));
        return vec![match try_to_write(above) {
            Ok(()) => finding(
                Grade::Ok,
                SUBJECT,
                format!("{shown}: not there yet, is made with the first copy"),
            ),
            Err(cause) => finding(
                Grade::Error,
                SUBJECT,
                format!(
                    "{shown} is not there and cannot be made: {cause}; make it, for the user of the service"
                ),
            ),
        }];
    }
    if let Err(cause) = try_to_write(directory) {
        let said = format!(
            "cannot write into {shown}: {cause}; give it to the user of the service, or change backup in [archive]"
        );
        return vec![finding(Grade::Error, SUBJECT, said)];
    }
    let mut found = vec![finding(
        Grade::Ok,
        SUBJECT,
        format!("{shown}: can be written"),
    )];
    found.extend(space(directory).await);
    found
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

/// Tells the state of the folder for sent digests.
pub(super) fn sent_folder(name: &str, found: SentFolderProbe) -> Finding {
    const SUBJECT: &str = "sent_folder";
    match found {
        SentFolderProbe::There(messages) => {
            finding(Grade::Ok, SUBJECT, format!("`{name}`: {messages} messages"))
        }
        SentFolderProbe::Missing => finding(
            Grade::Ok,
            SUBJECT,
            format!("`{name}`: not there yet, is made with the first digest"),
        ),
        SentFolderProbe::Unusable(said) => finding(
            Grade::Error,
            SUBJECT,
            format!(
                "`{name}` cannot be opened: {said}; give sent_folder in [mailbox] another name"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
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
            sent_folder("nikkan", SentFolderProbe::Missing).grade,
            Grade::Ok
        );
    }

    #[test]
    fn what_was_tried_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        try_to_write(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(try_to_write(&folder.path().join("nowhere")).is_err());
    }
}
