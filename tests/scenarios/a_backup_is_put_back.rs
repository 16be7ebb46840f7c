//! The archive is put back from a backup of some nights ago: what was told since is not told again, nothing is lost, and nothing
//! is begun anew by itself. And a directory for backups that hangs holds up nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header, joined};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};

struct Place {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    home: Home,
    setup: Setup,
    /// The day that is under way, of November 2025.
    day: u32,
}

impl Place {
    /// An archive that began on the 10th, with backups.
    fn new(sent_folder: &str) -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        let mut setup = Setup::plain(dovecot.port, receiver.port);
        setup.mailbox.push_str(sent_folder);
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
        let backup = format!(
            "backup = {:?}\nkeep = 30\n",
            home.folder.path().join("copies")
        );
        setup.editions.insert_str(0, &backup);
        home.write(&setup);
        let place = Place {
            dovecot,
            receiver,
            home,
            setup,
            day: 10,
        };
        assert_eq!(place.pass("08:00:00").0, Some(0));
        place
    }

    fn copies(&self) -> PathBuf {
        self.home.folder.path().join("copies")
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.home.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), said)
    }

    /// A pass of the day that is under way.
    fn pass(&self, time: &str) -> (Option<i32>, String) {
        let at = format!("2025-11-{}T{time}Z", self.day);
        self.run(&["--at", &at, "run", "--once"])
    }

    /// A day with one draft of its own, and the pass after it, which mails it and makes the backup.
    fn night(&mut self) -> String {
        let date = format!("2025-11-{}T09:00:00Z", self.day);
        self.dovecot
            .deliver(&[announcement(&format!("draft-lab-of{}-00", self.day), &date)]);
        self.day += 1;
        let (code, said) = self.pass("00:05:00");
        assert_eq!(code, Some(0), "{said}");
        said
    }

    /// The backup of this night, copied to where nikkan does not look.
    fn kept(&self) -> PathBuf {
        let name = format!("nikkan-2025-11-{}.db", self.day);
        let kept = self
            .home
            .folder
            .path()
            .join(format!("kept-{}.db", self.day));
        fs::copy(self.copies().join(name), &kept).unwrap();
        kept
    }

    fn lose_disk(&self) {
        fs::remove_dir_all(self.home.archive()).unwrap();
    }

    fn mails(&self) -> usize {
        self.receiver.received().len()
    }

    /// The mails behind the first `number`.
    fn later(&self, number: usize) -> Vec<Received> {
        self.receiver.received().split_off(number)
    }
}

/// The days whose drafts a digest holds.
fn held(mail: &Received) -> Vec<u32> {
    let text = joined(&mail.bytes);
    (10..31)
        .filter(|day| text.contains(&format!("/doc/draft-lab-of{day}/")))
        .collect()
}

fn days(mails: &[Received]) -> Vec<String> {
    mails
        .iter()
        .map(|mail| header(&mail.bytes, "X-Nikkan-Day"))
        .collect()
}

/// After a restore: the night that follows brings its own day, once, and nothing that was told before.
fn goes_on(place: &mut Place, before: usize, case: &str) {
    let (code, said) = place.pass("06:00:00");
    assert_eq!(code, Some(0), "{case}: {said}");
    assert_eq!(
        days(&place.later(before)),
        Vec::<String>::new(),
        "{case}: {said}"
    );
    let today = place.day;
    place.night();
    let new = place.later(before);
    assert_eq!(days(&new), [format!("2025-11-{today}")], "{case}");
    assert_eq!(held(&new[0]), [today], "{case}");
}

#[test]
fn with_sent_folder_nothing_is_told_again_after_one_three_and_nine_nights() {
    let mut place = Place::new("sent_folder = \"nikkan\"\n");
    let mut kept = Vec::new();
    for _ in 0..10 {
        place.night();
        kept.push(place.kept());
    }
    for nights in [1, 3, 9] {
        let before = place.mails();
        place.lose_disk();
        fs::remove_dir_all(place.copies()).unwrap();
        let file = &kept[kept.len() - 1 - nights];
        let (code, said) = place.run(&["restore", "--yes", &file.to_string_lossy()]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("is asked what was told since"), "{said}");
        goes_on(&mut place, before, &format!("{nights} nights ago"));
        kept.push(place.kept());
    }
}

#[test]
fn a_backup_that_was_put_in_place_by_hand_is_found_out() {
    let mut place = Place::new("sent_folder = \"nikkan\"\n");
    place.night();
    let kept = place.kept();
    for _ in 0..3 {
        place.night();
    }
    let before = place.mails();
    place.lose_disk();
    fs::create_dir(place.home.archive()).unwrap();
    fs::copy(&kept, place.home.archive().join("nikkan.db")).unwrap();
    fs::remove_dir_all(place.copies()).unwrap();
    let mut daemon = place.home.start_logging("2025-11-14T06:00:00Z", "info");
    daemon.wait_for("the archive is older than what was sent", 1);
    assert!(daemon.stop("TERM").0.success());
    goes_on(&mut place, before, "by hand");
}

#[test]
fn without_sent_folder_newer_backups_and_the_archive_that_was_set_aside_tell() {
    let mut place = Place::new("");
    place.night();
    let kept = place.kept();
    for _ in 0..3 {
        place.night();
    }
    let before = place.mails();
    place.lose_disk();
    let (code, said) = place.run(&["restore", "--yes", &kept.to_string_lossy()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("only newer backups"), "{said}");
    goes_on(&mut place, before, "newer backups");

    let before = place.mails();
    fs::remove_dir_all(place.copies()).unwrap();
    let (code, said) = place.run(&["restore", "--yes", &kept.to_string_lossy()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("the archive that was there is now"), "{said}");
    goes_on(&mut place, before, "set aside");
}

#[test]
fn with_nothing_that_tells_it_begins_with_the_last_day_and_says_so_in_a_line() {
    let mut place = Place::new("");
    place.night();
    let kept = place.kept();
    for _ in 0..4 {
        place.night();
    }
    let before = place.mails();
    place.lose_disk();
    fs::remove_dir_all(place.copies()).unwrap();
    let (code, said) = place.run(&["restore", "--yes", &kept.to_string_lossy()]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("may be told twice"), "{said}");
    let output = place
        .home
        .command(&["--at", "2025-11-15T06:00:00Z", "run", "--once"]);
    let output = { output }.env("RUST_LOG", "info").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("may be told twice"))
        .collect();
    assert_eq!(lines.len(), 1, "{said}");
    let new = place.later(before);
    assert_eq!(days(&new), ["2025-11-14"]);
    // Dovecot's clock is not played back: to it all of them came after the digests of their days.
    assert!(held(&new[0]).contains(&14));
    // What was skipped is there for who asks.
    let (code, said) = place.run(&["--at", "2025-11-15T07:00:00Z", "send", "2025-11-12"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(held(&place.later(before)[1]), [11, 12, 13]);
    let before = place.mails();
    place.night();
    assert_eq!(held(&place.later(before)[0]), [15]);
}

#[test]
fn an_archive_that_is_gone_beside_a_backup_is_not_begun_anew() {
    let mut place = Place::new("");
    place.night();
    place.night();
    for empty in [false, true] {
        place.lose_disk();
        if empty {
            fs::create_dir(place.home.archive()).unwrap();
            fs::write(place.home.archive().join("nikkan.db"), "").unwrap();
        }
        for command in [&["run"][..], &["run", "--once"], &["import", "-"]] {
            let (code, said) = place.run(command);
            assert_eq!(code, Some(1), "{command:?}: {said}");
            let newest = "nikkan-2025-11-12.db, 2 messages";
            for words in [
                newest,
                "`nikkan restore` puts it back",
                "`nikkan restore --anew`",
            ] {
                assert!(said.contains(words), "{command:?}: {said}");
            }
        }
    }
    // Nobody is asked, and nothing happens, where there is no terminal.
    let (code, said) = place.run(&["restore"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("say --yes"), "{said}");
    assert_eq!(
        fs::metadata(place.home.archive().join("nikkan.db"))
            .unwrap()
            .len(),
        0
    );

    let (code, said) = place.run(&["--at", "2025-11-12T01:00:00Z", "restore", "--anew", "--yes"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.pass("06:00:00").0, Some(0));
    let aside = place.copies().join("before-20251112T010000Z");
    assert_eq!(fs::read_dir(aside).unwrap().count(), 3);
    let names: Vec<_> = fs::read_dir(place.copies()).unwrap().collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_pass_without_its_backup_ends_with_1_and_names_the_directory() {
    let mut place = Place::new("");
    fs::remove_dir_all(place.copies()).unwrap();
    fs::write(place.copies(), "").unwrap();
    place.day += 1;
    let (code, said) = place.pass("00:05:00");
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("copies: it is a file; name a directory"),
        "{said}"
    );
    assert!(!said.contains("the disk of the archive"), "{said}");
    assert_eq!(days(&place.receiver.received()), ["2025-11-10"]);
    let output = place.home.run(&["--at", "2025-11-11T00:06:00Z", "status"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("PROBLEM       the last backup failed"),
        "{said}"
    );
    let output = place.home.run(&["--at", "2025-11-11T00:06:00Z", "check"]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("it is a file; name a directory"), "{said}");
}

#[test]
fn two_archives_never_share_a_directory() {
    let mut place = Place::new("");
    place.night();
    let other = Place::new("");
    let mut setup = other.setup.clone();
    setup.editions = place.setup.editions.clone();
    other.home.write(&setup);
    let output = other.home.run(&["--at", "2025-11-11T00:06:00Z", "backup"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is a backup of another archive"), "{said}");
}

#[test]
fn a_directory_that_hangs_holds_up_neither_midnight_nor_mail_nor_the_stop() {
    let mut place = Place::new("");
    place.night();
    // Whoever copies opens this file, and waits for ever.
    let hanging = place.copies().join("nikkan-2025-11-11.db.1.part.lock");
    let made = Command::new("mkfifo").arg(&hanging).status().unwrap();
    assert!(made.success());
    place
        .dovecot
        .deliver(&[announcement("draft-lab-of11-00", "2025-11-11T09:00:00Z")]);
    let mut daemon = place.home.start_logging("2025-11-12T00:00:00Z", "info");
    daemon.wait_for("delivered", 1);
    let at = ["--at", "2025-11-12T00:01:00Z", "status"];
    crate::lab::wait_for("the copy to be begun", || {
        let said = String::from_utf8_lossy(&place.home.run(&at).stdout).into_owned();
        said.contains("backup        being made since")
            .then_some(())
    });
    place
        .dovecot
        .deliver(&[announcement("draft-lab-of12-00", "2025-11-12T09:00:00Z")]);
    daemon.wait_for("archived", 2);
    let (status, took) = daemon.stop("TERM");
    assert!(status.success(), "{}", daemon.log());
    assert!(took < Duration::from_secs(5), "{took:?}");
    // The next start makes it, now that the directory answers.
    fs::remove_file(&hanging).unwrap();
    place.day = 12;
    let (code, said) = place.pass("01:00:00");
    assert_eq!(code, Some(0), "{said}");
    assert!(Path::new(&place.copies().join("nikkan-2025-11-12.db")).exists());
}
