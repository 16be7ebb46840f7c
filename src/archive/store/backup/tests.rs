use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::archive::Archive;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Place { folder }
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("copies")
    }

    fn back_up(&self, day: &str, keep: usize) -> Result<BackupMade, String> {
        let made = write_backup(
            &self.archive(),
            &self.target(),
            keep,
            day.parse().unwrap(),
            || {},
        );
        made.map_err(|error| error.to_string())
    }

    /// Stores `number` messages more.
    async fn grow(&self, number: usize) {
        let archive = Archive::open(&self.archive()).unwrap();
        let before =
            ArchiveSummary::read(&self.archive().join(DATABASE)).map_or(0, |it| it.messages);
        let mails = (0..number).map(|n| {
            format!("From: x@ietf.org\r\nSubject: {before} {n}\r\nMessage-ID: <{before}.{n}@x>\r\nList-Id: <i-d-announce.ietf.org>\r\n\r\n")
                .into_bytes()
        });
        let lists = crate::announcement::Lists::built_in();
        let now = "2025-11-28T12:00:00Z".parse().unwrap();
        archive.import(mails.collect(), &lists, now).await.unwrap();
        archive.close().await;
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.target())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn a_backup_is_a_whole_archive_of_one_file_for_its_owner_alone() {
    let place = Place::new();
    place.grow(3).await;
    // What is in the journal alone belongs to it.
    let archive = Archive::open(&place.archive()).unwrap();
    archive.set_daemon_note("x", "kept".into()).await.unwrap();
    let made = place.back_up("2025-11-28", 7).unwrap();
    assert_eq!(place.names(), ["nikkan-2025-11-28.db"]);
    assert_eq!((made.summary.messages, made.kept), (3, 1));
    let mode = fs::metadata(&made.file).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let elsewhere = place.folder.path().join("restored");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(&made.file, elsewhere.join(DATABASE)).unwrap();
    let restored = Archive::open(&elsewhere).unwrap();
    let note = restored.daemon_note("x").await.unwrap();
    assert_eq!(note.as_deref(), Some("kept"));
    assert_eq!(
        restored.identity().await.unwrap(),
        archive.identity().await.unwrap()
    );
}

#[tokio::test]
async fn as_many_are_kept_as_asked_for_and_the_one_of_0_1_0_is_the_oldest() {
    let place = Place::new();
    place.grow(1).await;
    place.back_up("2025-11-20", 7).unwrap();
    fs::rename(
        place.target().join("nikkan-2025-11-20.db"),
        place.target().join(DATABASE),
    )
    .unwrap();
    fs::write(place.target().join("nikkan-2025-11-21.db.77.part"), "half").unwrap();
    for day in ["2025-11-21", "2025-11-22", "2025-11-22", "2025-11-23"] {
        let made = place.back_up(day, 3).unwrap();
        assert_eq!(made.spared, Vec::<String>::new());
        if day == "2025-11-22" {
            assert!(place.names().contains(&DATABASE.to_owned()));
        }
    }
    assert_eq!(
        place.names(),
        [
            "nikkan-2025-11-21.db",
            "nikkan-2025-11-22.db",
            "nikkan-2025-11-23.db"
        ]
    );
}

#[tokio::test]
async fn a_poorer_one_replaces_no_richer_one_of_the_same_day_or_of_another() {
    let place = Place::new();
    place.grow(1).await;
    let poor = place.back_up("2025-11-20", 7).unwrap().file;
    place.grow(2).await;
    place.back_up("2025-11-21", 7).unwrap();
    // An older copy is put in place of the archive.
    fs::copy(&poor, place.archive().join(DATABASE)).unwrap();
    let made = place.back_up("2025-11-21", 1).unwrap();
    assert!(made.file.ends_with("nikkan-2025-11-21.1.db"), "{made:?}");
    assert_eq!(
        place.names(),
        ["nikkan-2025-11-21.1.db", "nikkan-2025-11-21.db"]
    );
    assert_eq!(made.spared.len(), 1);
    assert!(
        made.spared[0].contains("holds more than the archive does: 3 messages"),
        "{made:?}"
    );
    // It has grown again.
    place.grow(2).await;
    let made = place.back_up("2025-11-22", 1).unwrap();
    assert_eq!(place.names(), ["nikkan-2025-11-22.db"]);
    assert!(made.spared.is_empty(), "{made:?}");
}

#[tokio::test]
async fn a_damaged_older_one_is_spared_and_another_archives_refuses_the_directory() {
    let place = Place::new();
    place.grow(1).await;
    fs::create_dir(place.target()).unwrap();
    fs::write(
        place.target().join("nikkan-2025-11-01.db"),
        "no archive, and long enough",
    )
    .unwrap();
    let made = place.back_up("2025-11-21", 1).unwrap();
    assert!(
        made.spared[0].contains("nikkan-2025-11-01.db cannot be read"),
        "{made:?}"
    );

    let other = Place::new();
    other.grow(9).await;
    let refused = write_backup(
        &other.archive(),
        &place.target(),
        1,
        "2025-11-22".parse().unwrap(),
        || {},
    );
    let refused = refused.unwrap_err().to_string();
    assert!(
        refused.contains("is a backup of another archive (1 messages"),
        "{refused}"
    );
    assert_eq!(place.names().len(), 2);
}

#[tokio::test]
async fn a_target_that_cannot_be_one_is_named_and_never_the_archives_disk() {
    let place = Place::new();
    place.grow(1).await;
    symlink(place.archive(), place.target()).unwrap();
    let own = place.back_up("2025-11-21", 7).unwrap_err();
    assert!(
        own.contains("copies: it is the archive's own directory"),
        "{own}"
    );
    fs::remove_file(place.target()).unwrap();
    fs::write(place.target(), "").unwrap();
    let file = place.back_up("2025-11-21", 7).unwrap_err();
    assert!(
        file.contains("copies: it is a file; name a directory"),
        "{file}"
    );
    let full = blame(rusqlite_error(rusqlite::ffi::SQLITE_FULL), &place.target()).to_string();
    assert!(full.contains("copies: its disk is full"), "{full}");
    let torn = blame(
        rusqlite_error(rusqlite::ffi::SQLITE_CORRUPT),
        &place.target(),
    )
    .to_string();
    assert!(torn.contains("the archive nikkan.db is damaged"), "{torn}");
    assert!(
        check_space(place.folder.path(), u64::MAX / 2)
            .unwrap_err()
            .contains("MiB free")
    );
    assert!(check_space(place.folder.path(), 1).is_ok());
}

fn rusqlite_error(code: i32) -> ArchiveError {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None).into()
}

#[tokio::test]
async fn one_that_another_process_is_writing_is_left_alone() {
    let place = Place::new();
    place.grow(1).await;
    fs::create_dir(place.target()).unwrap();
    let part = place.target().join("nikkan-2025-11-21.db.1.part");
    fs::write(&part, "half").unwrap();
    let lock = beside(&part, LOCK);
    let writing = File::create(&lock).unwrap();
    writing.lock().unwrap();
    place.back_up("2025-11-21", 7).unwrap();
    assert!(part.exists());
    drop(writing);
    place.back_up("2025-11-21", 7).unwrap();
    assert!(!part.exists() && !lock.exists());
    assert_eq!(place.names(), ["nikkan-2025-11-21.db"]);
}
