//! What lies in the archive's place, and what may happen to it there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use rusqlite::Connection;
use tempfile::TempDir;

use super::directory::{DATABASE, beside};
use super::wal;
use crate::archive::{Archive, ArchiveError};

/// Copies the file, and its journal where it has one, as a killed process leaves them.
fn as_killed(from: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in [DATABASE, "nikkan.db-wal"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), copy.path().join(name)).unwrap();
        }
    }
    copy
}

async fn note(archive: &Archive, number: u32) {
    let text = format!("{number} {}", "x".repeat(20_000));
    archive
        .set_daemon_note(&number.to_string(), text)
        .await
        .unwrap();
}

async fn fold(archive: &Archive) {
    let file = archive.wal.clone().unwrap();
    archive
        .call(move |connection| {
            file.when_idle(connection);
            Ok(())
        })
        .await
        .unwrap();
}

/// Opens the archive in `directory`, and counts its notes.
async fn notes(directory: &Path) -> Result<u32, ArchiveError> {
    let archive = Archive::open_existing(directory)?;
    assert_eq!(archive.check_integrity().await?, "ok");
    archive
        .call(|connection| {
            Ok(connection.query_row("SELECT count(*) FROM note", [], |row| row.get(0))?)
        })
        .await
}

fn refusal(directory: &Path) -> String {
    Archive::open(directory).unwrap_err().to_string()
}

#[tokio::test]
async fn whatever_a_killed_process_leaves_opens_again_and_holds_all() {
    let mut home = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(home.path()).unwrap();
    for number in 1..=12 {
        note(&archive, number).await;
        let left = as_killed(home.path());
        assert_eq!(notes(left.path()).await.unwrap(), number, "before");
        if number % 3 == 0 {
            fold(&archive).await;
            let left = as_killed(home.path());
            assert_eq!(notes(left.path()).await.unwrap(), number, "after");
        }
        if number % 4 == 0 {
            // The next one goes on with what a killed one left.
            let left = as_killed(home.path());
            archive = Archive::open(left.path()).unwrap();
            home = left;
        }
    }
}

#[tokio::test]
async fn a_reader_in_the_middle_of_it_changes_nothing_about_that() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    let reader = Connection::open(home.path().join(DATABASE)).unwrap();
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM note;")
        .unwrap();
    for number in 2..6 {
        note(&archive, number).await;
        fold(&archive).await;
        let left = as_killed(home.path());
        assert_eq!(notes(left.path()).await.unwrap(), number);
    }
    assert!(archive.held_journal().is_some());
    reader.execute_batch("COMMIT").unwrap();
    fold(&archive).await;
    assert!(archive.held_journal().is_none());
}

#[tokio::test]
async fn a_file_copied_alone_is_the_archive_when_it_is_idle() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    for _ in 0..100 {
        tokio::time::sleep(wal::IDLE / 10).await;
        let copy = tempfile::tempdir().unwrap();
        fs::copy(home.path().join(DATABASE), copy.path().join(DATABASE)).unwrap();
        if notes(copy.path()).await.unwrap() == 1 {
            return;
        }
    }
    panic!("it stays in the journal");
}

#[tokio::test]
async fn a_journal_of_another_time_is_refused_and_nothing_is_spoiled() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    fold(&archive).await;
    let earlier = fs::read(home.path().join(DATABASE)).unwrap();
    for number in 2..5 {
        note(&archive, number).await;
        fold(&archive).await;
    }
    note(&archive, 5).await;
    let left = as_killed(home.path());
    let database = left.path().join(DATABASE);
    fs::write(&database, &earlier).unwrap();
    let log = fs::read(beside(&database, "-wal")).unwrap();
    for _ in 0..2 {
        let told = refusal(left.path());
        assert!(
            told.contains("another state of this archive") && told.contains("nikkan restore"),
            "{told}"
        );
        assert_eq!(fs::read(&database).unwrap(), earlier);
        assert_eq!(fs::read(beside(&database, "-wal")).unwrap(), log);
    }
    fs::remove_file(beside(&database, "-wal")).unwrap();
    assert_eq!(notes(left.path()).await.unwrap(), 1);
}

#[tokio::test]
async fn a_journal_beside_a_backup_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    let backup = home.path().join("backup.db");
    let into = backup.to_string_lossy().into_owned();
    archive.execute("VACUUM INTO ?1", [into]).await.unwrap();
    note(&archive, 2).await;
    let left = as_killed(home.path());
    fs::copy(&backup, left.path().join(DATABASE)).unwrap();
    let told = refusal(left.path());
    assert!(told.contains("written as one piece"), "{told}");
    let told = Archive::open_to_read(left.path()).unwrap_err().to_string();
    assert!(told.contains("written as one piece"), "{told}");
}

#[tokio::test]
async fn a_journal_of_another_archive_or_program_is_refused() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let archives = [&home, &other].map(|home| Archive::open(home.path()).unwrap());
    for archive in &archives {
        fold(archive).await;
        note(archive, 1).await;
    }
    let left = as_killed(home.path());
    let log = left.path().join("nikkan.db-wal");
    fs::copy(other.path().join("nikkan.db-wal"), &log).unwrap();
    assert!(refusal(left.path()).contains("of another archive"));
    // Half of it, or garbage, is none: SQLite takes no notice.
    fs::write(&log, [0x5a; 5000]).unwrap();
    assert_eq!(notes(left.path()).await.unwrap(), 0);

    let program = tempfile::tempdir().unwrap();
    let foreign = Connection::open(program.path().join(DATABASE)).unwrap();
    foreign
        .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE bookmarks (x); INSERT INTO bookmarks VALUES (1);")
        .unwrap();
    let left = as_killed(home.path());
    fs::copy(
        program.path().join("nikkan.db-wal"),
        left.path().join("nikkan.db-wal"),
    )
    .unwrap();
    assert!(refusal(left.path()).contains("its pages have 4096 bytes"));
}

#[tokio::test]
async fn a_rollback_journal_of_another_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    Archive::open(home.path()).unwrap().close().await;
    let left = as_killed(home.path());
    let mut journal = vec![0; 600];
    journal[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    journal[8..28].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 16, 0]);
    fs::write(left.path().join("nikkan.db-journal"), journal).unwrap();
    let told = refusal(left.path());
    assert!(told.contains("a file of 2 pages of 4096 bytes"), "{told}");
}

#[test]
fn what_is_no_archive_is_left_as_it_is_and_named() {
    type Played = (&'static str, fn(&Path));
    let played: [Played; 7] = [
        ("holds nothing (0 bytes)", |path| {
            fs::write(path, "").unwrap();
        }),
        ("does not begin as a database", |path| {
            fs::write(path, "no database, but of some length").unwrap();
        }),
        ("does not begin as a database", |path| {
            fs::write(path, [b'x'; 20_000]).unwrap();
        }),
        ("it is no file", |path| fs::create_dir(path).unwrap()),
        ("link to a file that is not there", |path| {
            symlink("elsewhere", path).unwrap();
        }),
        ("a database without a table", |path| {
            let empty = Connection::open(path).unwrap();
            empty.execute_batch("PRAGMA journal_mode = WAL").unwrap();
        }),
        ("tables begin with bookmarks, message, zoo", |path| {
            let other = Connection::open(path).unwrap();
            other
                .execute_batch(
                    "PRAGMA user_version = 12; CREATE TABLE message (id); CREATE TABLE bookmarks (x); CREATE TABLE zoo (y);",
                )
                .unwrap();
        }),
    ];
    for (words, lay) in played {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join(DATABASE);
        lay(&path);
        let before = fs::read(&path).ok();
        for _ in 0..2 {
            let told = refusal(home.path());
            assert!(told.contains(words), "{told}");
            let told = Archive::open_to_read(home.path()).unwrap_err();
            assert!(told.to_string().contains(words), "{told}");
            assert!(!told.is_temporary());
        }
        assert_eq!(fs::read(&path).ok(), before, "{words}");
    }
}

#[test]
fn another_programs_number_is_named() {
    let home = tempfile::tempdir().unwrap();
    let other = Connection::open(home.path().join(DATABASE)).unwrap();
    other
        .execute_batch("PRAGMA application_id = 0x47504b47; CREATE TABLE gpkg_contents (x);")
        .unwrap();
    let told = refusal(home.path());
    assert!(told.contains("the application id GPKG"), "{told}");
}

#[tokio::test]
async fn a_journal_whose_file_was_moved_away_is_not_thrown_away() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    let left = as_killed(home.path());
    fs::remove_file(left.path().join(DATABASE)).unwrap();
    let told = refusal(left.path());
    assert!(told.contains("there is no nikkan.db"), "{told}");
    assert!(left.path().join("nikkan.db-wal").exists());
    assert!(!left.path().join(DATABASE).exists());
}

#[tokio::test]
async fn an_archive_that_is_taken_away_while_it_is_open_is_noticed_at_once() {
    type Taken = (&'static str, fn(&Path));
    let taken: [Taken; 5] = [
        ("the file was removed or moved", |home| {
            fs::remove_file(home.join(DATABASE)).unwrap();
        }),
        ("the file was removed or moved", |home| {
            fs::rename(home, home.with_extension("away")).unwrap();
        }),
        ("the file was replaced", |home| {
            fs::copy(home.join(DATABASE), home.join("copy")).unwrap();
            fs::rename(home.join("copy"), home.join(DATABASE)).unwrap();
        }),
        ("the file was replaced", |home| {
            fs::rename(home, home.with_extension("away")).unwrap();
            fs::create_dir(home).unwrap();
            fs::write(home.join(DATABASE), "x").unwrap();
        }),
        ("nikkan.db-wal was removed", |home| {
            fs::remove_file(home.join("nikkan.db-wal")).unwrap();
        }),
    ];
    for (words, take) in taken {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("archive");
        let archive = Archive::open(&home).unwrap();
        note(&archive, 1).await;
        archive.check_file().unwrap();
        take(&home);
        let told = archive.set_daemon_note("2", String::new()).await;
        let told = told.unwrap_err();
        assert!(told.to_string().contains(words), "{told}");
        assert!(!told.is_temporary());
        archive.check_file().unwrap_err();
    }
}

#[tokio::test]
async fn the_archive_is_its_owners_alone_also_in_a_directory_that_was_there() {
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let home = tempfile::tempdir().unwrap();
    fs::set_permissions(home.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let database = home.path().join(DATABASE);
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    for ending in ["", "-wal", "-shm"] {
        assert_eq!(mode(&beside(&database, ending)), 0o600, "{ending}");
    }
    archive.close().await;
    // What 0.1.0 left open is closed, what a group was given stays.
    for (was, is) in [(0o644, 0o600), (0o640, 0o640)] {
        fs::set_permissions(&database, fs::Permissions::from_mode(was)).unwrap();
        let archive = Archive::open(home.path()).unwrap();
        note(&archive, 2).await;
        assert_eq!(mode(&database), is);
        archive.close().await;
    }
}

#[tokio::test]
async fn reading_needs_no_lock_and_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let archive = Archive::open(home.path()).unwrap();
    note(&archive, 1).await;
    let writer = Connection::open(home.path().join(DATABASE)).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reader = Archive::open_to_read(home.path()).unwrap();
    assert!(!reader.may_write());
    assert!(reader.daemon_note("1").await.unwrap().is_some());
    let refused = reader.set_daemon_note("2", String::new()).await;
    assert!(matches!(refused, Err(ArchiveError::ReadOnly(_))));
    reader.close().await;
    writer.execute_batch("COMMIT").unwrap();
    drop(writer);
    archive.close().await;
    let before = fs::read(home.path().join(DATABASE)).unwrap();
    let reader = Archive::open_to_read(home.path()).unwrap();
    assert!(reader.daemon_note("1").await.unwrap().is_some());
    reader.close().await;
    assert_eq!(fs::read(home.path().join(DATABASE)).unwrap(), before);
}

#[test]
fn an_archive_that_is_missing_is_not_made_by_who_only_looks() {
    let home = tempfile::tempdir().unwrap();
    for opened in [
        Archive::open_to_read(home.path()),
        Archive::open_existing(home.path()),
        Archive::open_to_search(home.path()),
    ] {
        let told = opened.unwrap_err().to_string();
        assert!(told.starts_with("there is no archive in"), "{told}");
    }
    assert!(fs::read_dir(home.path()).unwrap().next().is_none());
}

#[test]
fn what_an_interrupted_start_left_is_no_hindrance() {
    let home = tempfile::tempdir().unwrap();
    let fresh = home.path().join("nikkan.db.new");
    fs::write(&fresh, "half").unwrap();
    fs::write(beside(&fresh, "-journal"), "half").unwrap();
    Archive::open(home.path()).unwrap();
    assert!(!fresh.exists());
}
