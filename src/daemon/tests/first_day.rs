//! The first day: whatever the clock showed before, a first digest covers the day that was the last to end, nothing of the
//! days before is lost, and a clock that was never set begins nothing.

use super::*;
use crate::daemon::{end_of_day, first_day, seen_clocks};
use crate::mailbox::{self, Phase};

/// The digests that were sent: days, announcements.
fn told(world: &World) -> Vec<(String, usize)> {
    let digests = world.digests().into_values();
    digests
        .map(|(found, _)| {
            let since = found.since.unwrap_or(found.day);
            (
                format!("{since} {}", found.day),
                found.contents.unwrap().len(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_first_digest_is_of_the_last_day_and_what_came_before_is_late_in_it() {
    let mut world = World::new("2025-11-20T12:00:00Z", &["a@example.net"]);
    world.arrive("draft-history-00", 3 * 24);
    world.arrive("draft-that-morning-00", 4);
    world.wake().await;
    for (at, hours) in [24, 24 * 9, 12].into_iter().enumerate() {
        world.pass(hours, 0);
        world.arrive(&format!("draft-meanwhile-{at}-00"), 0);
    }
    world.wake().await;
    assert_eq!(told(&world), [("2025-11-30 2025-11-30".to_owned(), 3)]);
    let mail = world.receiver.taken.lock().unwrap()[0].2.clone();
    let text = String::from_utf8(mail).unwrap().replace("=\r\n", "");
    let late = &text[text.find("Late arrivals").unwrap()..];
    assert!(late.contains("draft-that-morning") && late.contains("20 November"));
    assert!(late.contains("draft-meanwhile-0") && !text.contains("draft-history"));
    // From then on each missed day has its own.
    world.pass(24 * 3, 0);
    world.wake().await;
    assert_eq!(told(&world).len(), 4);
}

#[tokio::test]
async fn a_first_week_does_not_reach_back_either() {
    let mut world = World::new("2025-11-06T12:00:00Z", &["a@example.net"]);
    world.config.editions[0].cadence = crate::digest::Cadence::Weekly;
    world.arrive("draft-first-week-00", 1);
    world.wake().await;
    world.pass(24 * 20, 0);
    world.wake().await;
    assert_eq!(told(&world), [("2025-11-17 2025-11-23".to_owned(), 1)]);
    world.pass(24 * 5, 0);
    world.wake().await;
    assert_eq!(told(&world)[1].0, "2025-11-24 2025-11-30");
}

#[tokio::test]
async fn a_clock_that_was_never_set_begins_nothing_and_says_so() {
    let image: Timestamp = "2024-06-01T00:00:10Z".parse().unwrap();
    let mut world = World::new("2026-11-28T12:00:00Z", &["a@example.net"]);
    world.clock = Clock::held_as_system(image);
    let context = world.context();
    let refused = bootstrap::begin_once(&context).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("shows 2024-06-01 00:00:10 UTC")
    );
    let (watcher, channel) = mailbox::watcher_channel();
    let mut state = watcher.state();
    let beginning = tokio::spawn({
        let context = context.clone();
        async move { bootstrap::wait_to_begin(&context, &channel).await }
    });
    state.changed().await.unwrap();
    let shown = state.borrow().clone();
    assert_eq!(
        (shown.phase, shown.account.as_str()),
        (Phase::BackingOff, ACCOUNT)
    );
    assert!(shown.last_error.unwrap().contains("nothing begins"));
    assert!(world.archive.is_new().await.unwrap());
    world.clock.set(world.now);
    assert!(beginning.await.unwrap().unwrap());
    assert!(!world.archive.is_new().await.unwrap());
    world.begun = true;
    world.pass(24, 0);
    world.wake().await;
    assert_eq!(told(&world), [("2026-11-28 2026-11-28".to_owned(), 0)]);
}

#[tokio::test(start_paused = true)]
async fn a_beginning_by_a_wrong_clock_is_put_right_when_the_clock_is() {
    // Months behind, and years ahead.
    for (shown, set_by) in [(-200, "months behind"), (4000, "years ahead")] {
        let mut world = World::new("2025-11-28T12:00:00Z", &["a@example.net"]);
        world.ahead = SignedDuration::from_hours(24 * shown);
        world.pass(0, 0);
        world.arrive("draft-history-00", 24 * 100);
        world.start().await;
        let (watcher, _channel) = mailbox::watcher_channel();
        let context = world.context();
        let stop = context.stop.clone();
        let job = tokio::spawn(async move {
            end_of_day::run(&context, &watcher, &Extract::default(), &Notify::new()).await
        });
        tokio::task::yield_now().await;
        world.read().await;
        world.ahead = SignedDuration::ZERO;
        world.pass(0, 1);
        // An hour at most.
        let today = Day::of(world.now);
        let mut waited = 0;
        while world
            .archive
            .unsealed_days("daily", today.next())
            .await
            .unwrap()
            != [today]
        {
            waited += 1;
            assert!(waited < 100_000, "waited in vain: {set_by}");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        stop.cancel();
        job.await.unwrap().unwrap();
        world.arrive("draft-today-00", 0);
        assert_eq!(told(&world).len(), 0, "{set_by}");
        world.pass(24, 0);
        world.wake().await;
        assert_eq!(
            told(&world),
            [("2025-11-28 2025-11-28".to_owned(), 1)],
            "{set_by}"
        );
    }
}

#[tokio::test]
async fn a_machine_that_slept_for_days_does_not_begin_anew() {
    let mut world = World::new("2025-11-20T12:00:00Z", &["a@example.net"]);
    world.wake().await;
    let mut seen = seen_clocks::SeenClocks::now(&world.clock);
    world.arrive("draft-slept-through-00", 0);
    world.pass(24 * 6, 0);
    first_day::correct_beginnings(&world.context(), &mut seen)
        .await
        .unwrap();
    world.wake().await;
    assert_eq!(told(&world), [("2025-11-25 2025-11-25".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_first_start_by_a_clock_ahead_is_put_right_within_seconds_and_todays_mail_is_told() {
    for hours in [9, 24 * 400] {
        let mut world = World::new("2025-11-28T18:00:00Z", &["a@example.net"]);
        world.ahead = SignedDuration::from_hours(hours);
        world.pass(0, 0);
        world.arrive("draft-yesterday-00", 24);
        world.arrive("draft-this-morning-00", 9);
        world.start().await;
        let (watcher, _channel) = mailbox::watcher_channel();
        let context = world.context();
        let stop = context.stop.clone();
        let job = tokio::spawn(async move {
            end_of_day::run(&context, &watcher, &Extract::default(), &Notify::new()).await
        });
        tokio::task::yield_now().await;
        world.read().await;
        world.ahead = SignedDuration::ZERO;
        world.pass(0, 0);
        let today = Day::of(world.now);
        let mut waited = 0;
        while world
            .archive
            .unsealed_days("daily", today.next())
            .await
            .unwrap()
            != [today]
        {
            waited += 1;
            assert!(waited < 60, "{hours} hours ahead: waited in vain");
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
        stop.cancel();
        job.await.unwrap().unwrap();
        world.begun = true;
        world.pass(7, 0);
        world.wake().await;
        assert_eq!(
            told(&world),
            [("2025-11-28 2025-11-28".to_owned(), 1)],
            "{hours}"
        );
    }
}

#[tokio::test]
async fn a_pass_by_a_right_clock_corrects_what_one_by_a_clock_ahead_has_begun() {
    let mut world = World::new("2025-11-28T18:00:00Z", &["a@example.net"]);
    world.ahead = SignedDuration::from_hours(24 * 400);
    world.pass(0, 0);
    world.wake().await;
    world.ahead = SignedDuration::ZERO;
    world.pass(0, 10);
    let corrected = first_day::begin_anew(&world.context(), false).await;
    assert!(corrected.unwrap());
    world.arrive("draft-this-evening-00", 0);
    world.pass(6, 0);
    world.wake().await;
    assert_eq!(told(&world), [("2025-11-28 2025-11-28".to_owned(), 1)]);
}

/// What a clock `days` ahead did at noon, taken back ten minutes later; the days that were told until `nights` have passed.
async fn rewound(days: i64, nights: i64) -> Vec<(String, usize)> {
    let mut world = World::new("2025-11-27T12:00:00Z", &["a@example.net"]);
    world.wake().await;
    world.pass(24, 0);
    world.arrive("draft-morning-00", 3);
    world.wake().await;
    world.ahead = SignedDuration::from_hours(24 * days);
    world.pass(0, 5);
    world.wake().await;
    world.ahead = SignedDuration::ZERO;
    world.pass(0, 5);
    let context = world.context();
    first_day::warn_of_sealed_days(&context).await.unwrap();
    world.archive.rewind(world.now).await.unwrap();
    for night in 0..nights {
        world.arrive(&format!("draft-night-{night}-00"), 0);
        world.pass(24, 0);
        world.wake().await;
    }
    let taken = world.receiver.taken.lock().unwrap();
    let read = |mail: &Taken| press::identify_digest(&mail.2).unwrap();
    let mut ids: Vec<&String> = taken.iter().map(|mail| &mail.0).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), taken.len(), "a Message-ID was used again");
    taken
        .iter()
        .map(read)
        .map(|found| {
            let since = found.since.unwrap_or(found.day);
            (
                format!("{since} {}", found.day),
                found.contents.unwrap().len(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_clocks_excursion_is_taken_back_and_what_was_told_stays_told() {
    let day = |text: &str, count| (text.to_owned(), count);
    assert_eq!(
        rewound(200, 2).await,
        [
            day("2025-11-27 2025-11-27", 0),
            day("2025-11-28 2026-06-15", 1),
            day("2025-11-28 2025-11-28", 1),
            day("2025-11-29 2025-11-29", 1),
        ]
    );
    // Each day alone: those to come have a second digest.
    assert_eq!(
        rewound(2, 3).await,
        [
            day("2025-11-27 2025-11-27", 0),
            day("2025-11-28 2025-11-28", 1),
            day("2025-11-29 2025-11-29", 0),
            day("2025-11-28 2025-11-28", 1),
            day("2025-11-29 2025-11-29", 1),
            day("2025-11-30 2025-11-30", 1),
        ]
    );
}
