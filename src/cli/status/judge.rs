//! Judges what needs a look. Pure: everything was read before.

use jiff::{SignedDuration, Timestamp};

use super::gather::{Runner, Snapshot};
use crate::archive::{Bounce, DeliveryState, LastDigest, OutboxEntry};
use crate::cli::lists;
use crate::cli::readers::ReaderReport;
use crate::cli::terminal::moment;
use crate::clock::Day;
use crate::daemon::{LastBackup, LiveStatus, PartWait};
use crate::mailbox::{Phase, SetAside};

/// The time after its end that a day may be unsealed, and a digest undelivered, before that needs a look. The last look
/// at a mailbox that does not answer takes two minutes, and a submission server may put a mail off for a while.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// The time that nobody may have looked into the mailbox: a daemon does all the time, a timer at least once a day.
const UNSEEN: SignedDuration = SignedDuration::from_hours(26);

/// The days that a failed delivery needs a look; after that it is history.
const REMEMBERED_DAYS: i64 = 7;

/// Returns a sentence for each thing that needs a look. That no daemon runs is none by itself: `run --once` needs none.
pub(super) fn problems(snapshot: &Snapshot) -> Vec<String> {
    let now = snapshot.now;
    let today = Day::of(now);
    let archive = &snapshot.archive;
    let mut found = Vec::new();
    found.extend(daemon(&snapshot.runner, snapshot.live.as_ref(), now));
    found.extend(snapshot.waits.iter().filter(|wait| wait.stuck).map(stuck));
    found.extend(held_journal(
        snapshot.live.as_ref(),
        snapshot.journal_bytes,
        now,
    ));
    found.extend(left_out(&archive.set_aside));
    found.extend(unsealed(&snapshot.unsealed, now));
    found.extend(archive.outbox.iter().filter_map(|open| delivery(open, now)));
    let silent = snapshot.silent_lists.iter();
    found.extend(silent.map(|silent| format!("{}: {}", silent.list, lists::silence(silent))));
    found.extend(snapshot.subscriptions.iter().filter_map(|request| {
        let late = lists::overdue(request, now)?;
        Some(format!("{}: {late}", request.list))
    }));
    found.extend(unseen(snapshot.running, snapshot.last_proof, now));
    if let Some((folder, days)) = &snapshot.uncopied {
        let last = snapshot.sent_copy.as_ref();
        let why = last.and_then(|last| last.error.as_deref());
        found.extend(uncopied(folder, days, why, now));
    }
    found.extend(snapshot.clock_difference.map(|found| found.said()));
    found.extend(archive.digests.iter().filter_map(|last| ahead(last, today)));
    found.extend(snapshot.backup.iter().filter_map(backup));
    found.extend(archive.bounces.iter().filter_map(|one| bounce(one, today)));
    found.extend(
        snapshot
            .bouncing
            .iter()
            .filter_map(|one| resting(one, today)),
    );
    found
}

/// A backup that failed, or hangs.
fn backup(last: &LastBackup) -> Option<String> {
    let why = last.error.as_ref()?;
    Some(match last.under_way {
        true => format!("the backup hangs: {why}"),
        false => format!("the last backup failed: {why}"),
    })
}

/// A daemon that is gone without a word, cannot read the mailbox, or does not go on.
fn daemon(runner: &Runner, live: Option<&LiveStatus>, now: Timestamp) -> Option<String> {
    let live = live?;
    let connection = &live.connection;
    match runner {
        Runner::Daemon(pid) if *pid == live.pid && !live.is_recent(now) => Some(format!(
            "the daemon, process {pid}, has noted nothing since {}: its disk, its archive or the process itself hangs; its log names what it waits for",
            moment(live.noted_at)
        )),
        Runner::Daemon(pid) => {
            let why = connection.last_error.as_ref();
            let why = why.filter(|_| *pid == live.pid && connection.phase == Phase::BackingOff)?;
            Some(format!("the mailbox cannot be read: {why}"))
        }
        _ => (connection.phase != Phase::Stopped).then(|| {
            format!(
                "the daemon does not run; its last sign of life is of {}",
                moment(live.noted_at)
            )
        }),
    }
}

/// A part of the daemon that does not go on.
fn stuck(wait: &PartWait) -> String {
    wait.to_string()
}

/// A program that reads the archive without end.
fn held_journal(live: Option<&LiveStatus>, bytes: u64, now: Timestamp) -> Option<String> {
    let live = live.filter(|live| live.is_recent(now))?;
    let since = live.journal_held_since?;
    Some(format!(
        "another program has read nikkan.db without end since {}: {} kB of journal cannot be brought into the file, and grow; `fuser nikkan.db` names it",
        moment(since),
        bytes / 1024
    ))
}

/// Messages that could not be read: the first, and how many more.
fn left_out(messages: &[SetAside]) -> Option<String> {
    let first = messages.first()?;
    let more = match messages.len() - 1 {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!(
        "the message with UID {} in {} is left out: {}{more}; look at it in the mailbox, and restart nikkan to have it tried again",
        first.uid, first.folder, first.why
    ))
}

/// Digests that should have been sealed by now: the first, and how many more.
fn unsealed(open: &[(String, Day, Timestamp)], now: Timestamp) -> Option<String> {
    let mut overdue = open
        .iter()
        .filter(|(_, _, over)| now.duration_since(*over) > PATIENCE);
    let (edition, day, _) = overdue.next()?;
    let more = match overdue.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    Some(format!(
        "the digest of {day} for `{edition}` is not sealed{more}; `nikkan run` makes it good"
    ))
}

/// A delivery that is late, or was given up lately.
fn delivery(open: &OutboxEntry, now: Timestamp) -> Option<String> {
    if open.state == DeliveryState::Failed {
        let recent = Day::of(now).since(open.day) <= REMEMBERED_DAYS;
        return recent.then(|| format!(
            "the digest of {} to {} was given up: {}; when that is mended: nikkan send {} --edition {} --to {}",
            open.day, open.recipient, open.response, open.day, open.edition, open.recipient
        ));
    }
    if open.waits_for_hand {
        return Some(format!(
            "the digest of {} to {} waits until something is changed: {}",
            open.day, open.recipient, open.response
        ));
    }
    let late = now.duration_since(open.day.end()) > PATIENCE;
    let said = match open.response.as_str() {
        "" => "not tried yet",
        said => said,
    };
    late.then(|| {
        format!(
            "the digest of {} to {} is not delivered: {said}",
            open.day, open.recipient
        )
    })
}

/// A mailbox that nobody looked into for so long that neither a daemon nor a timer can be at work.
fn unseen(running: bool, last_proof: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let last = last_proof.filter(|last| !running && now.duration_since(*last) > UNSEEN)?;
    Some(format!(
        "nobody has looked into the mailbox since {}; start the daemon, or see why the timer does not run",
        moment(last)
    ))
}

/// A sent digest that should be in the folder for them by now.
fn uncopied(folder: &str, days: &[Day], why: Option<&str>, now: Timestamp) -> Option<String> {
    let mut late = days
        .iter()
        .filter(|day| now.duration_since(day.end()) > PATIENCE);
    let first = late.next()?;
    let why = why.unwrap_or("not tried yet");
    Some(format!(
        "the digest of {first} was sent and is not stored in the folder `{folder}`: {why}"
    ))
}

/// A digest that was sealed while the clock was ahead: until it gets there again nothing more is sent.
fn ahead(last: &LastDigest, today: Day) -> Option<String> {
    let day = last.day.filter(|day| *day >= today)?;
    Some(format!(
        "the digest of {day} for `{}` was sealed while the clock was ahead; the next one comes after {}, unless `nikkan rewind` opens its days again",
        last.edition,
        day.next()
    ))
}

/// A digest that came back lately.
fn bounce(bounce: &Bounce, today: Day) -> Option<String> {
    let recent = today.since(bounce.day) <= REMEMBERED_DAYS;
    recent.then(|| {
        format!(
            "the digest of {} to {} bounced: {}",
            bounce.day, bounce.recipient, bounce.said
        )
    })
}

/// A reader who gets nothing any more because the mail comes back, since lately.
fn resting(reader: &ReaderReport, today: Day) -> Option<String> {
    let since = Day::of(reader.since?);
    let why = reader.why.as_deref().unwrap_or_default();
    (today.since(since) <= REMEMBERED_DAYS).then(|| {
        format!(
            "nothing is sent to {} of `{}` any more, since three digests came back: {why}; take it out of `to`, or: nikkan readers --back {}",
            reader.address, reader.edition, reader.address
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox::WatcherState;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn live(phase: Phase, last_error: Option<&str>) -> LiveStatus {
        LiveStatus {
            pid: 7,
            noted_at: at("2025-11-29T12:00:00Z"),
            connection: WatcherState {
                account: "reader@mail.example".into(),
                phase,
                since: at("2025-11-29T11:00:00Z"),
                why: "read to the end".into(),
                last_proof: None,
                last_error: last_error.map(str::to_owned),
                next_attempt: None,
                heard: Vec::new(),
            },
            next_digest: at("2025-11-30T00:00:00Z"),
            journal_held_since: None,
        }
    }

    fn open(state: DeliveryState, day: &str) -> OutboxEntry {
        OutboxEntry {
            edition: "daily".into(),
            day: day.parse().unwrap(),
            recipient: "reader@mail.example".into(),
            state,
            attempts: 3,
            next_attempt: None,
            waits_for_hand: false,
            response: "451 later".into(),
        }
    }

    fn problems(
        (runner, live): (Runner, Option<&LiveStatus>),
        unsealed_days: &[(String, Day, Timestamp)],
        outbox: &[OutboxEntry],
        now: Timestamp,
    ) -> Vec<String> {
        let late = outbox.iter().filter_map(|open| delivery(open, now));
        let first = daemon(&runner, live, now).into_iter();
        first
            .chain(unsealed(unsealed_days, now))
            .chain(late)
            .collect()
    }

    #[test]
    fn a_daemon_that_idles_with_an_empty_outbox_is_well() {
        let idling = live(Phase::Idling, None);
        let now = at("2025-11-29T12:01:00Z");
        assert!(problems((Runner::Daemon(7), Some(&idling)), &[], &[], now).is_empty());
        assert!(problems((Runner::Nobody, None), &[], &[], now).is_empty());
    }

    #[test]
    fn a_message_that_is_left_out_is_a_problem_with_its_place() {
        let message = |uid| SetAside {
            folder: "Lists".into(),
            uidvalidity: 7,
            uid,
            why: "the server names it and does not give it".into(),
            at: at("2025-11-28T12:00:00Z"),
        };
        assert_eq!(left_out(&[]), None);
        let said = left_out(&[message(5), message(9), message(11)]).unwrap();
        assert!(
            said.contains("UID 5 in Lists") && said.contains("and 2 more"),
            "{said}"
        );
        assert!(said.contains("does not give it"), "{said}");
    }

    #[test]
    fn a_daemon_that_is_gone_without_goodbye_is_a_problem_and_a_stopped_one_is_not() {
        let now = at("2025-11-29T13:00:00Z");
        let gone = problems(
            (Runner::Nobody, Some(&live(Phase::Idling, None))),
            &[],
            &[],
            now,
        );
        assert_eq!(
            gone,
            ["the daemon does not run; its last sign of life is of 2025-11-29 12:00:00 UTC"]
        );
        assert!(
            problems(
                (Runner::Nobody, Some(&live(Phase::Stopped, None))),
                &[],
                &[],
                now
            )
            .is_empty()
        );
    }

    #[test]
    fn a_daemon_that_holds_the_lock_and_notes_nothing_is_a_problem() {
        let noted = live(Phase::Idling, None);
        let told = |now| daemon(&Runner::Daemon(7), Some(&noted), at(now));
        assert_eq!(told("2025-11-29T12:02:00Z"), None);
        assert!(told("2025-11-29T12:04:00Z").unwrap().contains("process 7"));
        // The clock was ahead when the one before noted it.
        assert_eq!(
            daemon(&Runner::Daemon(8), Some(&noted), at("2025-11-01T00:00:00Z")),
            None
        );
    }

    #[test]
    fn what_cannot_be_read_sealed_or_delivered_is_a_problem() {
        let now = at("2025-11-29T12:00:30Z");
        let lost = live(Phase::BackingOff, Some("no route"));
        let day: Day = "2025-11-28".parse().unwrap();
        let overdue = [("daily".to_owned(), day, day.end())];
        let found = problems(
            (Runner::Daemon(7), Some(&lost)),
            &overdue,
            &[
                open(DeliveryState::Deferred, "2025-11-28"),
                open(DeliveryState::Failed, "2025-11-28"),
                open(DeliveryState::Failed, "2025-10-28"),
            ],
            now,
        );
        assert_eq!(found.len(), 4, "{found:#?}");
        assert_eq!(found[0], "the mailbox cannot be read: no route");
        assert!(found[1].starts_with("the digest of 2025-11-28 for `daily` is not sealed"));
        assert_eq!(
            found[2],
            "the digest of 2025-11-28 to reader@mail.example is not delivered: 451 later"
        );
        assert!(
            found[3].contains("nikkan send 2025-11-28 --edition daily --to reader@mail.example")
        );
    }

    #[test]
    fn a_mailbox_that_nobody_looks_into_is_a_problem() {
        let now = at("2025-11-29T12:00:00Z");
        let long_ago = Some(at("2025-11-28T09:59:59Z"));
        assert_eq!(
            unseen(false, long_ago, now).unwrap(),
            "nobody has looked into the mailbox since 2025-11-28 09:59:59 UTC; start the daemon, or see why the timer does not run"
        );
        // A daemon says itself what is wrong, a timer comes once a day, and before the first look there is nothing to
        // miss.
        assert_eq!(unseen(true, long_ago, now), None);
        assert_eq!(unseen(false, Some(at("2025-11-28T10:00:00Z")), now), None);
        assert_eq!(unseen(false, None, now), None);
    }

    #[test]
    fn a_delivery_that_is_put_off_is_given_an_hour() {
        let waiting = [open(DeliveryState::Deferred, "2025-11-28")];
        assert!(
            problems(
                (Runner::Nobody, None),
                &[],
                &waiting,
                at("2025-11-29T00:30:00Z")
            )
            .is_empty()
        );
        assert_eq!(
            problems(
                (Runner::Nobody, None),
                &[],
                &waiting,
                at("2025-11-29T01:30:00Z")
            )
            .len(),
            1
        );
    }

    #[test]
    fn a_program_that_reads_the_archive_without_end_is_a_problem_with_the_journals_size() {
        let now: Timestamp = "2025-11-29T01:00:00Z".parse().unwrap();
        let mut live = live(Phase::Idling, None);
        live.noted_at = now;
        assert_eq!(held_journal(Some(&live), 50 << 20, now), None);
        live.journal_held_since = Some("2025-11-29T00:30:00Z".parse().unwrap());
        let told = held_journal(Some(&live), 50 << 20, now).unwrap();
        assert!(
            told.contains("00:30") && told.contains("51200 kB"),
            "{told}"
        );
    }
}
