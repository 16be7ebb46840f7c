//! The end-of-day job's own loop, with a clock that is set forward and back, and a mailbox that does not answer.

use tokio::task::JoinHandle;

use super::*;
use crate::daemon::end_of_day;
use crate::mailbox::{self, WatcherChannel};

/// The texts of the digests that are due, with quoted-printable's line ends taken back.
async fn due(world: &World) -> Vec<(Day, String)> {
    let due = world.archive.due_deliveries(Timestamp::MAX).await.unwrap();
    let mut texts = Vec::new();
    for due in due {
        let bytes = world.archive.message_bytes(due.message).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        texts.push((due.day.unwrap(), text.replace("=\r\n", "")));
    }
    texts
}

/// A second of tokio's paused time, which takes no real one.
async fn a_second() {
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
}

async fn wait_for(world: &World, count: usize) -> Vec<(Day, String)> {
    for _ in 0..100_000 {
        let found = due(world).await;
        if found.len() >= count {
            return found;
        }
        a_second().await;
    }
    panic!("waited a day in vain for {count} digests");
}

/// The end-of-day job's own loop, whose requests to sync nobody answers.
fn job_of(
    world: &World,
) -> (
    JoinHandle<anyhow::Result<()>>,
    CancellationToken,
    WatcherChannel,
) {
    job_in(world.context())
}

fn job_in(
    context: DaemonContext,
) -> (
    JoinHandle<anyhow::Result<()>>,
    CancellationToken,
    WatcherChannel,
) {
    let (watcher, channel) = mailbox::watcher_channel();
    let stop = context.stop.clone();
    let job = tokio::spawn(async move {
        end_of_day::run(&context, &watcher, &Extract::default(), &Notify::new()).await
    });
    (job, stop, channel)
}

#[tokio::test(start_paused = true)]
async fn a_midnight_that_passes_during_the_end_of_a_day_is_not_overlooked() {
    let mut world = World::new("2025-11-28T23:59:00Z", &["a@example.net"]);
    world.arrive("draft-in-time-00", 1);
    world.wake().await;
    let (_job, _stop, _channel) = job_of(&world);
    // It asks the archive what is over, and waits for the answer.
    tokio::task::yield_now().await;
    world.pass(0, 2);
    let sealed = wait_for(&world, 1).await;
    assert_eq!(sealed[0].0.to_string(), "2025-11-28");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_does_not_answer_stops_no_digest_and_a_clock_that_goes_back_repeats_none() {
    let mut world = World::new("2025-11-28T12:00:00Z", &["a@example.net"]);
    world.arrive("draft-in-time-00", 1);
    world.wake().await;
    let (job, stop, _channel) = job_of(&world);
    world.pass(12, 1);
    let sealed = wait_for(&world, 1).await;
    assert_eq!(sealed[0].0.to_string(), "2025-11-28");
    assert!(sealed[0].1.contains("draft-in-time"));
    assert!(
        sealed[0].1.contains("did not answer when the day was over"),
        "{}",
        sealed[0].1
    );
    // 25 hours back and forth again: the day is sealed, and stays so.
    for step in [-25, 25, -25, 26] {
        world.ahead += SignedDuration::from_hours(step);
        world.pass(0, 1);
        for _ in 0..200 {
            a_second().await;
        }
    }
    assert_eq!(due(&world).await.len(), 1);
    world.ahead = SignedDuration::ZERO;
    world.pass(25, 0);
    let sealed = wait_for(&world, 2).await;
    assert_eq!(sealed[1].0.to_string(), "2025-11-29");
    stop.cancel();
    job.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_while_the_configuration_is_read_again_is_seen() {
    let mut world = World::new("2025-11-10T12:00:00Z", &["a@example.net"]);
    world.arrive("draft-before-00", 1);
    world.wake().await;
    let context = world.context();
    let (job, stop, _channel) = job_in(context.clone());
    while context.ending.clocks.try_lock().is_ok() {
        a_second().await;
    }
    stop.cancel();
    job.await.unwrap().unwrap();
    world.pass(24 * 10, 0);
    let next = DaemonContext {
        stop: CancellationToken::new(),
        ..context
    };
    let (_job, _stop, _channel) = job_in(next);
    for _ in 0..500 {
        assert_eq!(due(&world).await, []);
        a_second().await;
    }
}

#[tokio::test]
async fn seven_missed_days_are_seven_digests_and_eight_are_one() {
    for (missed, digests) in [(7, 7), (8, 1)] {
        let mut world = World::new("2025-11-19T12:00:00Z", &["a@example.net"]);
        world.wake().await;
        world.pass(24, 0);
        world.arrive("draft-first-day-00", 1);
        world.wake().await;
        world.pass(24 * missed, 0);
        world.arrive("draft-between-00", 30);
        world.wake().await;
        let mut sent = world.digests();
        let begun = sent.pop_first().unwrap().0;
        assert_eq!(begun.to_string(), "2025-11-19");
        assert_eq!(sent.len(), digests, "{missed} missed days");
        let contents: usize = sent
            .values()
            .map(|(found, _)| found.contents.as_ref().unwrap().len())
            .sum();
        assert_eq!(contents, 2);
        let (first, _) = sent.values().next().unwrap();
        let last = Day::of(world.now).previous();
        if missed == 8 {
            assert_eq!(
                first.since.map(|day| day.to_string()).as_deref(),
                Some("2025-11-20")
            );
            assert_eq!(first.day, last);
            let mail = world.receiver.taken.lock().unwrap()[1].2.clone();
            let subject = crate::mail::Message::parse(&mail).subject;
            assert!(subject.ends_with(" · 2 drafts, 20–27 Nov"), "{subject}");
        } else {
            assert_eq!(
                (first.since, first.day.to_string().as_str()),
                (None, "2025-11-20")
            );
        }
    }
}

#[tokio::test]
async fn what_comes_after_its_day_was_sealed_stands_in_the_next_digest_with_its_day() {
    let mut world = World::new("2025-11-28T12:00:00Z", &["a@example.net"]);
    world.wake().await;
    world.pass(13, 0);
    world.wake().await;
    world.arrive("draft-late-one-00", 5);
    world.pass(24, 0);
    world.wake().await;
    let mail = world.receiver.taken.lock().unwrap()[1].2.clone();
    let text = String::from_utf8(mail).unwrap().replace("=\r\n", "");
    let late = &text[text.find("Late arrivals").unwrap()..];
    assert!(
        late.contains("draft-late-one-00") && late.contains("28 November"),
        "{late}"
    );
}

#[tokio::test]
async fn a_first_start_whose_mailbox_does_not_answer_loses_nothing_and_does_not_flood() {
    let mut world = World::new("2025-11-25T12:00:00Z", &["a@example.net"]);
    world.arrive("draft-history-00", 100);
    world.answers = false;
    world.wake().await;
    world.pass(3, 0);
    world.arrive("draft-while-away-00", 0);
    world.pass(48, 0);
    world.wake().await;
    world.answers = true;
    world.pass(24, 0);
    world.wake().await;
    let contents: usize = world
        .digests()
        .values()
        .map(|(found, _)| found.contents.as_ref().unwrap().len())
        .sum();
    assert_eq!(contents, 1);
}

#[tokio::test]
async fn within_the_grace_what_comes_late_is_still_in_time() {
    let mut world = World::new("2025-11-28T23:00:00Z", &["a@example.net"]);
    world.config.grace = std::time::Duration::from_secs(10 * 60);
    world.arrive("draft-in-time-00", 1);
    world.wake().await;
    world.pass(1, 5);
    world.arrive("draft-slow-list-00", 1);
    world.wake().await;
    assert!(world.digests().is_empty(), "five minutes after midnight");
    world.pass(0, 5);
    world.wake().await;
    let sent = world.digests();
    let (found, _) = &sent[&"2025-11-28".parse().unwrap()];
    assert_eq!(found.contents.as_ref().unwrap().len(), 2);
}

#[tokio::test]
async fn a_reading_that_began_too_soon_or_was_followed_by_a_stop_seals_nothing() {
    let mut world = World::new("2025-11-28T23:59:00Z", &["a@example.net"]);
    world.wake().await;
    let too_soon = LastReading::played(world.clock.now(), true);
    world.pass(0, 2);
    let editor = Extract::default();
    let context = world.context();
    assert_eq!(
        seal::seal_due(&context, &editor, &too_soon).await.unwrap(),
        0
    );
    let whole = LastReading::played(world.clock.now(), true);
    context.stop.cancel();
    assert_eq!(seal::seal_due(&context, &editor, &whole).await.unwrap(), 0);
    // A clock that was set back since makes the day one that is not over.
    world.ahead = SignedDuration::from_mins(-5);
    world.pass(0, 0);
    let context = world.context();
    assert_eq!(seal::seal_due(&context, &editor, &whole).await.unwrap(), 0);
    world.ahead = SignedDuration::ZERO;
    world.pass(0, 0);
    assert_eq!(seal::seal_due(&context, &editor, &whole).await.unwrap(), 1);
}
