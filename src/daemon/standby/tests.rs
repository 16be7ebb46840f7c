use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use tokio::io::AsyncWriteExt;

use super::*;
use crate::archive::{MailObject, Recipient, Sealing};
use crate::endpoint::InProcess;

const ID: &str = "20251128-daily-aaaaaaaa.nikkan@id.example.net";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The configuration of a machine whose mailbox nobody serves.
fn config(more: &str) -> Config {
    let text = format!(
        "grace = \"5m\"\n[mailbox]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\nusername = \"reader\"\n\
         password = \"x\"\nsent_folder = \"nikkan\"\n[smtp]\nhost = \"127.0.0.1\"\nport = 1\ntls = \"none\"\n\
         [[edition]]\nname = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n{more}"
    );
    crate::config::parse(&text, Path::new("config.toml")).unwrap()
}

/// The token of a daemon that goes on.
static ON: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

const SECOND: &str = "[standby]\nafter = \"20m\"\n";

/// An archive with the digest of 2025-11-28, sealed at that instant, for two readers.
async fn sealed(now: &str) -> Archive {
    let archive = Archive::in_memory().unwrap();
    let mail = MailObject {
        message_id: ID.into(),
        sender: "a@example.net".into(),
        recipients: vec![
            Recipient::plain("b@example.net"),
            Recipient::plain("c@example.net"),
        ],
        bytes: b"Subject: x\r\n\r\n".to_vec(),
    };
    let sealing = Sealing {
        edition: "daily".into(),
        day: day("2025-11-28"),
        since: None,
        sealed_at: at(now),
        compiled: "{}".into(),
        announcements: Vec::new(),
        mail: Some(mail),
    };
    archive.seal(sealing).await.unwrap();
    archive
}

fn found(id: &str, first: &str, last: &str) -> RecoveredDigest {
    RecoveredDigest {
        edition: "daily".into(),
        message_id: id.into(),
        day: day(last),
        since: (first != last).then(|| day(first)),
        sealed_at: day(last).end(),
        contents: None,
    }
}

fn uncopied(first: &str, last: &str) -> UncopiedDigest {
    UncopiedDigest {
        edition: "daily".into(),
        first_day: day(first),
        day: day(last),
        message_id: ID.into(),
        queued_at: day(last).end(),
        storing: false,
        attempted: false,
    }
}

#[test]
fn a_digest_is_there_when_all_its_days_were_told_or_the_last_was() {
    let other = |id: &str| There::Other(id.into(), None);
    let one = uncopied("2025-11-28", "2025-11-28");
    let week = uncopied("2025-11-26", "2025-11-28");
    let (before, same) = (
        found("26@x", "2025-11-26", "2025-11-27"),
        found("28@x", "2025-11-28", "2025-11-28"),
    );
    let sum = found("sum@x", "2025-11-20", "2025-11-29");
    assert_eq!(what_is_there(&one, &[]), There::Nothing);
    assert_eq!(
        what_is_there(&one, std::slice::from_ref(&before)),
        There::Nothing
    );
    assert_eq!(
        what_is_there(&one, std::slice::from_ref(&same)),
        other("28@x")
    );
    assert_eq!(
        what_is_there(&one, std::slice::from_ref(&sum)),
        other("sum@x")
    );
    assert_eq!(
        what_is_there(&week, std::slice::from_ref(&before)),
        There::Nothing
    );
    assert_eq!(what_is_there(&week, &[before, same.clone()]), other("28@x"));
    let mut weekly = same.clone();
    weekly.edition = "weekly".into();
    assert_eq!(what_is_there(&one, &[weekly]), There::Nothing);
    let own = found(ID, "2025-11-28", "2025-11-28");
    assert_eq!(what_is_there(&one, &[same, own]), There::Own);
}

#[tokio::test]
async fn the_second_machine_looks_after_its_time_and_later_when_it_sealed_late() {
    let config = config(SECOND);
    for (queued, until) in [
        ("2025-11-29T00:05:02Z", "2025-11-29T00:25:00Z"),
        ("2025-11-29T00:14:00Z", "2025-11-29T00:25:00Z"),
        ("2025-11-29T10:00:00Z", "2025-11-29T10:10:00Z"),
    ] {
        let archive = sealed(queued).await;
        let clock = Clock::held(at(queued));
        let look = SentFolderLook::new(&config, &archive, &clock, None, &ON);
        let Leave::NotBefore { until: held, why } = look.leave(1).await.unwrap() else {
            panic!("not held back at {queued}");
        };
        assert_eq!(held, at(until));
        assert!(
            why.starts_with("the other machine is waited for until"),
            "{why}"
        );
    }
}

#[tokio::test]
async fn without_a_sight_of_the_folder_one_machine_waits_ten_minutes_and_a_second_one_for_ever() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let alone = config("");
    let look = SentFolderLook::new(&alone, &archive, &clock, None, &ON);
    let mut asked = Vec::new();
    loop {
        match look.leave(1).await.unwrap() {
            Leave::NotBefore { until, why } => {
                assert!(why.contains("until 2025-11-29T00:15:00Z: "), "{why}");
                asked.push(until);
                clock.set(until);
            }
            other => {
                assert_eq!(other, Leave::Granted);
                break;
            }
        }
    }
    assert_eq!(asked.len(), 10);
    assert_eq!(clock.now(), at("2025-11-29T00:15:00Z"));
    let last = LastLook::read(&archive).await.unwrap().unwrap();
    assert_eq!(last.unseen_since, Some(at(midnight)));
    assert!(last.error.is_some());

    let second = config(SECOND);
    let look = SentFolderLook::new(&second, &archive, &clock, None, &ON);
    for hours in 1..40 {
        clock.set(at(midnight) + SignedDuration::from_hours(hours));
        let answer = look.leave(1).await.unwrap();
        assert!(matches!(answer, Leave::NotBefore { .. }), "{answer:?}");
    }
}

#[tokio::test]
async fn after_an_outage_of_the_mailbox_the_other_machine_has_its_time_again() {
    let archive = sealed("2025-11-29T00:05:00Z").await;
    let clock = Clock::held(at("2025-11-29T02:00:00Z"));
    let second = config(SECOND);
    let look = SentFolderLook::new(&second, &archive, &clock, None, &ON);
    let answer = look.leave(1).await.unwrap();
    assert!(matches!(answer, Leave::NotBefore { .. }), "{answer:?}");
    clock.set(at("2025-11-29T02:01:00Z"));
    let digest = archive.uncopied_digest(1).await.unwrap().unwrap();
    let Leave::NotBefore { until, .. } = look.seen(1, &digest, &[]).await.unwrap() else {
        panic!("not held back");
    };
    assert_eq!(until, at("2025-11-29T02:20:00Z"));
    let other = found("28@x", "2025-11-28", "2025-11-28");
    let answer = look.seen(1, &digest, &[other]).await.unwrap();
    assert!(matches!(answer, Leave::Elsewhere(_)), "{answer:?}");
    clock.set(until);
    assert_eq!(look.seen(1, &digest, &[]).await.unwrap(), Leave::Granted);
}

#[tokio::test]
async fn our_own_copy_is_noted_unless_this_archive_never_stored_one() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let config = config("");
    let look = SentFolderLook::new(&config, &archive, &clock, None, &ON);
    let own = [found(ID, "2025-11-28", "2025-11-28")];
    let digest = archive.uncopied_digest(1).await.unwrap().unwrap();
    let answer = look.seen(1, &digest, &own).await.unwrap();
    assert!(
        matches!(&answer, Leave::Elsewhere(why) if why.contains("another archive")),
        "{answer:?}"
    );

    archive.begin_sent_copy(1).await.unwrap();
    let digest = archive.uncopied_digest(1).await.unwrap().unwrap();
    assert_eq!(look.seen(1, &digest, &own).await.unwrap(), Leave::Granted);
    // Nothing is asked about it any more.
    assert_eq!(archive.uncopied_digest(1).await.unwrap(), None);
    assert_eq!(look.leave(1).await.unwrap(), Leave::Granted);
}

#[tokio::test]
async fn a_readers_mail_that_the_server_filed_does_not_end_the_other_readers() {
    let midnight = at("2025-11-29T00:05:00Z");
    let archive = sealed("2025-11-29T00:05:00Z").await;
    let clock = Clock::held(midnight);
    let config = config("");
    let look = SentFolderLook::new(&config, &archive, &clock, None, &ON);
    let first = archive.due_deliveries(midnight).await.unwrap()[0].id;
    assert!(archive.begin_attempt(first, midnight).await.unwrap());
    let own = [found(ID, "2025-11-28", "2025-11-28")];
    let digest = archive.uncopied_digest(1).await.unwrap().unwrap();
    assert_eq!(look.seen(1, &digest, &own).await.unwrap(), Leave::Granted);
    // It is no copy: that is still to be stored.
    let digest = archive.uncopied_digest(1).await.unwrap();
    assert!(digest.is_some_and(|digest| !digest.storing));
}

#[tokio::test]
async fn a_watched_folder_is_not_believed() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let mut config = config("");
    config.mailbox.folders = vec!["INBOX".into(), "Nikkan".into()];
    let look = SentFolderLook::new(&config, &archive, &clock, None, &ON);
    assert_eq!(look.leave(1).await.unwrap(), Leave::Granted);
}

/// A configuration with a mail server that greets, and then sends one line, a byte each second; it counts its
/// connections.
fn trickling() -> (Config, Arc<AtomicUsize>) {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let mut config = config("");
    config.mailbox.in_process = Some(InProcess::new(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        let (inside, mut outside) = tokio::io::duplex(1_000);
        tokio::spawn(async move {
            let mut next: &[u8] = b"* OK [CAPABILITY IMAP4rev1] ready\r\n* OK ";
            while outside.write_all(next).await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
                next = b"x";
            }
        });
        Ok(inside)
    }));
    (config, connections)
}

#[tokio::test(start_paused = true)]
async fn a_look_has_a_limit_and_one_that_failed_counts_for_the_other_editions() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let (config, connections) = trickling();
    let look = SentFolderLook::new(&config, &archive, &clock, None, &ON);
    let began = Instant::now();
    for _ in 0..3 {
        let answer = look.leave(1).await.unwrap();
        assert!(
            matches!(&answer, Leave::NotBefore { why, .. } if why.contains("longer than 120 s")),
            "{answer:?}"
        );
    }
    assert_eq!(began.elapsed().as_secs(), LONGEST_LOOK.as_secs());
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    clock.set(at("2025-11-29T00:06:00Z"));
    look.leave(1).await.unwrap();
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stop_breaks_a_look_off_and_the_digest_stays_due() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let (config, _) = trickling();
    let stop = CancellationToken::new();
    let look = SentFolderLook::new(&config, &archive, &clock, None, &stop);
    let began = Instant::now();
    let (answer, ()) = tokio::join!(look.leave(1), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        stop.cancel();
    });
    assert_eq!(began.elapsed().as_secs(), 5);
    let answer = answer.unwrap();
    assert!(
        matches!(&answer, Leave::NotBefore { until, .. } if *until == at(midnight)),
        "{answer:?}"
    );
    assert_eq!(LastLook::read(&archive).await.unwrap(), None);
}

#[tokio::test]
async fn without_a_login_left_one_machine_waits_ten_minutes() {
    let midnight = "2025-11-29T00:05:00Z";
    let archive = sealed(midnight).await;
    let clock = Clock::held(at(midnight));
    let config = config("");
    let (watcher, _channel) = mailbox::watcher_channel();
    let look = SentFolderLook::new(&config, &archive, &clock, Some(&watcher), &ON);
    let why = |answer: Leave| match answer {
        Leave::NotBefore { why, .. } => why,
        other => panic!("{other:?}"),
    };
    let connecting = why(look.leave(1).await.unwrap());
    assert_eq!(connecting, "waits for the connection to the mailbox");
    watcher.use_up_logins();
    let used_up = why(look.leave(1).await.unwrap());
    assert!(
        used_up.ends_with("the logins of this hour are used up"),
        "{used_up}"
    );
    clock.set(at("2025-11-29T00:15:00Z"));
    assert_eq!(look.leave(1).await.unwrap(), Leave::Granted);
}
