//! The archive is deleted. With `sent_folder` nikkan goes on as if nothing had happened; without it, it begins anew.

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header, joined};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};

struct Place {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    home: Home,
}

impl Place {
    /// Two days were sent; then, on the third, its mail and a late one arrived, and the disk was lost.
    fn after_two_days(sent_folder: &str) -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        dovecot.deliver(&[announcement("draft-lab-history-00", "2025-11-20T09:00:00Z")]);
        let mut setup = Setup::plain(dovecot.port, receiver.port);
        setup.mailbox.push_str(sent_folder);
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
        let place = Place {
            dovecot,
            receiver,
            home,
        };
        place.pass("2025-11-25T08:00:00Z");
        place.arrive("draft-lab-first-00", "2025-11-25T09:00:00Z");
        place.pass("2025-11-26T00:05:00Z");
        place.arrive("draft-lab-second-00", "2025-11-26T09:00:00Z");
        place.arrive("draft-lab-tardy-00", "2025-11-25T23:00:00Z");
        place.pass("2025-11-27T00:05:00Z");
        assert_eq!(place.receiver.received().len(), 2);
        place.arrive("draft-lab-third-00", "2025-11-27T09:00:00Z");
        place.arrive("draft-lab-late-00", "2025-11-26T22:00:00Z");
        std::fs::remove_dir_all(place.home.archive()).unwrap();
        place
    }

    fn arrive(&self, name: &str, date: &str) {
        self.dovecot.deliver(&[announcement(name, date)]);
    }

    fn pass(&self, at: &str) {
        let output = self.home.run(&["--at", at, "run", "--once"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    }

    /// The mails after the first two.
    fn later(&self) -> Vec<Received> {
        self.receiver.received().split_off(2)
    }
}

/// Which of the lab's drafts a digest holds.
fn held(mail: &Received) -> Vec<&'static str> {
    let text = joined(&mail.bytes);
    let words = ["history", "first", "second", "tardy", "third", "late"];
    let names = words.into_iter();
    names
        .filter(|word| text.contains(&format!("/doc/draft-lab-{word}/")))
        .collect()
}

#[test]
fn nothing_is_sent_or_told_twice_and_nothing_is_lost() {
    let place = Place::after_two_days("sent_folder = \"日刊 sent\"\n");
    let before = place.receiver.received();
    assert_eq!(held(&before[0]), ["first"]);
    assert_eq!(held(&before[1]), ["second", "tardy"]);
    place.pass("2025-11-27T12:00:00Z");
    assert!(place.later().is_empty());
    place.pass("2025-11-28T00:05:00Z");
    let later = place.later();
    assert_eq!(later.len(), 1);
    assert_eq!(header(&later[0].bytes, "X-Nikkan-Day"), "2025-11-27");
    assert_eq!(held(&later[0]), ["third", "late"]);
    // A day that was sent before can be sent again, and only when that is asked for.
    let send = ["--at", "2025-11-28T00:06:00Z", "send", "2025-11-26"];
    assert!(place.home.run(&send).status.success());
    let again = place.later().pop().unwrap();
    assert_eq!(header(&again.bytes, "X-Nikkan-Day"), "2025-11-26");
    assert!(header(&again.bytes, "Message-ID").contains(".resend-"));
}

#[test]
fn a_daemon_finds_its_digests_too_and_makes_the_missed_day_good() {
    let place = Place::after_two_days("sent_folder = \"nikkan\"\n");
    let mut daemon = place.home.start_logging("2025-11-29T00:05:00Z", "info");
    daemon.wait_for("found sent digests", 1);
    daemon.wait_for("delivered", 2);
    daemon.wait_for("copy stored", 2);
    assert!(daemon.stop("TERM").0.success());
    let later = place.later();
    let days: Vec<String> = later
        .iter()
        .map(|mail| header(&mail.bytes, "X-Nikkan-Day"))
        .collect();
    assert_eq!(days, ["2025-11-27", "2025-11-28"]);
    assert_eq!(held(&later[0]), ["third", "late"]);
    assert!(held(&later[1]).is_empty());
}

#[test]
fn digests_of_older_versions_held_what_had_been_received_by_then() {
    let place = Place::after_two_days("");
    let mut setup = Setup::plain(place.dovecot.port, place.receiver.port);
    setup.mailbox.push_str("sent_folder = \"nikkan\"\n");
    place.home.write(&setup);
    let mut client = place.dovecot.client();
    client.run("CREATE nikkan");
    for mail in place.receiver.received() {
        // The lab's clock is played back, Dovecot's is not: here the digests are younger than all that is there.
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        let (before, contents) = text.split_once("X-Nikkan-Contents:").unwrap();
        let (_, behind) = contents.split_once("\r\nX-Nikkan-Edition").unwrap();
        let text = format!("{before}X-Nikkan-Edition{behind}");
        let date = header(&mail.bytes, "Date");
        let now = now.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
        let old = text.replace(&date, &now);
        client.append("nikkan", old.as_bytes());
    }
    place.pass("2025-11-28T00:05:00Z");
    let later = place.later();
    assert_eq!(later.len(), 1);
    assert_eq!(header(&later[0].bytes, "X-Nikkan-Day"), "2025-11-27");
    // What had come before the digests were made counts as told, also what they would have called late.
    assert_eq!(held(&later[0]), ["third"]);
}

#[test]
fn without_the_folder_an_empty_archive_begins_with_the_current_day() {
    let place = Place::after_two_days("");
    place.pass("2025-11-27T12:00:00Z");
    place.pass("2025-11-28T00:05:00Z");
    let later = place.later();
    assert_eq!(later.len(), 1);
    assert_eq!(held(&later[0]), ["third"]);
}

#[test]
fn a_mailbox_that_does_not_answer_is_waited_for_and_nothing_begins_anew() {
    let mut place = Place::after_two_days("sent_folder = \"nikkan\"\n");
    place.dovecot.stop();
    let once = ["--at", "2025-11-28T00:05:00Z", "run", "--once"];
    assert_eq!(place.home.run(&once).status.code(), Some(1));
    let mut daemon = place.home.start_logging("2025-11-28T00:05:00Z", "info");
    daemon.wait_for("the sent digests could not be read", 1);
    place.dovecot.restart();
    daemon.wait_for("delivered", 1);
    assert!(daemon.stop("TERM").0.success());
    let later = place.later();
    assert_eq!(later.len(), 1);
    assert_eq!(held(&later[0]), ["third", "late"]);
}
