use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use super::*;
use crate::archive::store::backup::write_backup;
use crate::archive::store::generations::newest_whole;
use crate::archive::store::presence::is_open_here;

const NOW: &str = "2025-11-29T12:00:00Z";

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Place(tempfile::tempdir().unwrap())
    }

    fn archive(&self) -> PathBuf {
        self.0.path().join("archive")
    }

    fn target(&self) -> PathBuf {
        self.0.path().join("copies")
    }

    fn back_up(&self, day: &str) -> PathBuf {
        let made = write_backup(
            &self.archive(),
            &self.target(),
            7,
            day.parse().unwrap(),
            || {},
        );
        made.unwrap().file
    }

    fn restore(&self, file: &Path) -> Result<Option<PathBuf>, String> {
        let prepared = PreparedRestore::copy(file, &self.archive());
        let prepared = prepared.map_err(|error| error.to_string())?;
        prepared
            .put_in_place(NOW.parse().unwrap())
            .map_err(|error| error.to_string())
    }

    /// What lies beside the archive, but for what SQLite needs while it is open.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(self.archive())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with("-shm") && !name.starts_with("nikkan.db-"))
            .collect();
        names.sort();
        names
    }
}

async fn note(archive: &Archive, text: &str) {
    archive.set_daemon_note("x", text.into()).await.unwrap();
}

async fn noted(directory: &Path) -> (Option<String>, Option<RestoredMark>) {
    let archive = Archive::open(directory).unwrap();
    let found = (
        archive.daemon_note("x").await.unwrap(),
        archive.restored().await.unwrap(),
    );
    archive.close().await;
    found
}

#[tokio::test]
async fn the_present_archive_is_set_aside_with_its_journal_and_can_be_put_back() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    note(&archive, "then").await;
    let backup = place.back_up("2025-11-28");
    note(&archive, "now").await;
    // As a power cut leaves it: the last note is in the journal alone.
    let journal = place.archive().join("nikkan.db-wal");
    let kept = (
        fs::read(place.archive().join(DATABASE)).unwrap(),
        fs::read(&journal).unwrap(),
    );
    let file = fs::metadata(place.archive().join(DATABASE)).unwrap();
    archive.close().await;
    // Its thread ends a little later, and SQLite would go on with what is written under it.
    let limit = Instant::now() + Duration::from_secs(60);
    while is_open_here(&file) {
        assert!(Instant::now() < limit, "the archive stays open");
        tokio::task::yield_now().await;
    }
    fs::write(place.archive().join(DATABASE), kept.0).unwrap();
    fs::write(&journal, kept.1).unwrap();

    let aside = place.restore(&backup).unwrap().unwrap();
    assert!(
        aside.ends_with("nikkan-before-20251129T120000Z.db"),
        "{aside:?}"
    );
    let (text, mark) = noted(&place.archive()).await;
    assert_eq!(text.as_deref(), Some("then"));
    let mark = mark.unwrap();
    assert_eq!((&mark.from, &mark.aside), (&backup, &vec![aside.clone()]));
    assert!(backup.exists(), "copied, not moved");
    assert_eq!(
        noted(&place.target()).await.0,
        None,
        "and nothing was written to it"
    );
    assert_eq!(
        place.names(),
        [
            "nikkan-before-20251129T120000Z.db",
            "nikkan-before-20251129T120000Z.db-wal",
            "nikkan.db"
        ]
    );
    let mode = fs::metadata(place.archive().join(DATABASE)).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600);
    // And back, with what its journal holds.
    let back = PreparedRestore::copy(&aside, &place.archive()).unwrap();
    assert!(!back.foreign_journal);
    back.put_in_place("2025-11-29T13:00:00Z".parse().unwrap())
        .unwrap();
    assert_eq!(noted(&place.archive()).await.0.as_deref(), Some("now"));
}

#[tokio::test]
async fn a_foreign_journal_beside_a_backup_is_left_out_and_never_beside_the_archive() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    note(&archive, "then").await;
    let backup = place.back_up("2025-11-28");
    // Of another file: pages that do not fit.
    let other = tempfile::tempdir().unwrap();
    let strange = Archive::open(other.path()).unwrap();
    for number in 0..40 {
        let text = "y".repeat(9000);
        strange
            .set_daemon_note(&number.to_string(), text)
            .await
            .unwrap();
    }
    let journal = fs::read(other.path().join("nikkan.db-wal")).unwrap();
    assert!(!journal.is_empty());
    fs::write(beside(&backup, "-wal"), &journal).unwrap();
    archive.close().await;
    fs::write(place.archive().join("nikkan.db-wal"), &journal).unwrap();
    let prepared = PreparedRestore::copy(&backup, &place.archive()).unwrap();
    assert!(prepared.foreign_journal);
    prepared.put_in_place(NOW.parse().unwrap()).unwrap();
    let (text, mark) = noted(&place.archive()).await;
    assert_eq!(text.as_deref(), Some("then"));
    assert!(mark.is_some());
}

#[tokio::test]
async fn what_is_no_backup_changes_nothing() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    note(&archive, "now").await;
    let backup = place.back_up("2025-11-28");
    archive.close().await;
    let mut torn = fs::read(&backup).unwrap();
    let half = torn.len() / 2;
    torn[half..].fill(0xa5);
    let newer = place.target().join("nikkan-2025-11-30.db");
    fs::write(&newer, &torn).unwrap();
    let text = place.target().join("text");
    fs::write(&text, "no database at all, but long enough for one").unwrap();
    for wrong in [
        &newer,
        &text,
        &place.target().join("nothing"),
        &place.target(),
    ] {
        let why = place.restore(wrong).unwrap_err();
        assert!(why.contains(&*wrong.to_string_lossy()), "{why}");
        assert_eq!(place.names(), ["nikkan.db"]);
    }
    assert_eq!(noted(&place.archive()).await, (Some("now".into()), None));
    let newest = newest_whole(&place.target()).unwrap();
    assert_eq!(newest.whole.unwrap().0.path, backup);
    assert_eq!(newest.damaged[0].0, newer);
}

#[tokio::test]
async fn a_backup_of_0_1_0_keeps_the_identity_that_the_archive_got_since() {
    let place = Place::new();
    fs::create_dir_all(place.archive()).unwrap();
    fs::create_dir_all(place.target()).unwrap();
    let old = place.target().join(DATABASE);
    let connection = Connection::open(&old).unwrap();
    connection
        .execute_batch(include_str!("../../../../tests/data/schema/v8.sql"))
        .unwrap();
    connection.pragma_update(None, "user_version", 8).unwrap();
    connection
        .execute_batch("INSERT INTO message (sha256, message_id, stored_at, size, raw) VALUES (x'01', 'a@b', 0, 1, x'00')")
        .unwrap();
    drop(connection);
    fs::copy(&old, place.archive().join(DATABASE)).unwrap();
    let archive = Archive::open(&place.archive()).unwrap();
    let identity = archive.identity().await.unwrap();
    archive.close().await;
    let newest = newest_whole(&place.target()).unwrap();
    assert_eq!(newest.whole.unwrap().1.identity, None);
    place.restore(&old).unwrap();
    let archive = Archive::open(&place.archive()).unwrap();
    assert_eq!(archive.identity().await.unwrap(), identity);
}

#[tokio::test]
async fn an_empty_archive_is_begun_only_when_asked_and_the_backups_are_kept() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    note(&archive, "then").await;
    place.back_up("2025-11-28");
    archive.close().await;
    set_backups_aside(&place.target(), "before-x").unwrap();
    assert!(generations(&place.target()).unwrap().is_empty());
    assert_eq!(
        generations(&place.target().join("before-x")).unwrap().len(),
        1
    );
    set_aside(&place.archive(), NOW.parse().unwrap()).unwrap();
    Archive::make_empty(&place.archive()).unwrap();
    let archive = Archive::open(&place.archive()).unwrap();
    assert!(archive.is_new().await.unwrap());
    place.back_up("2025-11-29");
}

#[tokio::test]
async fn two_restores_within_a_second_keep_both_archives_and_ask_both() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    let backup = place.back_up("2025-11-28");
    note(&archive, "now").await;
    archive.close().await;
    let first = place.restore(&backup).unwrap().unwrap();
    let second = place.restore(&backup).unwrap().unwrap();
    assert_ne!(first, second);
    let kept = open_with_journal(&first).unwrap();
    let sql = "SELECT text FROM note WHERE name = 'x'";
    let text: String = kept.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(text, "now");
    let mark = noted(&place.archive()).await.1.unwrap();
    assert_eq!(mark.aside, [second, first]);
}

#[tokio::test]
async fn an_archive_that_cannot_be_moved_whole_is_where_it_was() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    let backup = place.back_up("2025-11-28");
    note(&archive, "now").await;
    archive.close().await;
    // No file takes a directory's place, and none a file's.
    let journal = place.archive().join("nikkan.db-journal");
    fs::create_dir(&journal).unwrap();
    let aside = place.archive().join("nikkan-before-x.db");
    fs::write(beside(&aside, "-journal"), "x").unwrap();
    let why = move_aside(&place.archive(), &aside).unwrap_err();
    assert!(why.to_string().starts_with("nothing was restored"), "{why}");
    assert!(!aside.exists());
    fs::remove_dir(&journal).unwrap();
    assert_eq!(noted(&place.archive()).await.0.as_deref(), Some("now"));
    // The copy is gone when it should take the archive's place.
    let prepared = PreparedRestore::copy(&backup, &place.archive()).unwrap();
    let moved = move_aside(&place.archive(), &aside).unwrap();
    move_back(&place.archive(), &aside, &moved).unwrap();
    assert_eq!(noted(&place.archive()).await.0.as_deref(), Some("now"));
    drop(prepared);
}

#[tokio::test]
async fn the_newest_backup_is_the_one_that_holds_most_whatever_a_clock_named_it() {
    let place = Place::new();
    let archive = Archive::open(&place.archive()).unwrap();
    let sql = "INSERT INTO digest (edition, day, sealed_at, compiled) VALUES ('daily', '2026-06-15', 0, '')";
    archive.execute(sql, []).await.unwrap();
    let ahead = place.back_up("2026-06-16");
    let newest = || newest_whole(&place.target()).unwrap().whole.unwrap();
    assert_eq!(newest().0.path, ahead);
    archive
        .execute("UPDATE digest SET rewound = 1", [])
        .await
        .unwrap();
    let backup = place.back_up("2025-11-29");
    let (generation, summary) = newest();
    assert_eq!(generation.path, backup);
    assert_eq!(summary.describe(), "0 messages, 1 digests");
}
