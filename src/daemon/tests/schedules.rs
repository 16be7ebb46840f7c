//! Random schedules of arrivals, restarts, clock steps and outages: whatever happens, invariants 2, 3, 5 and 6 hold.
//! `make schedules` plays 10,000 of them; `NIKKAN_SCHEDULES` says how many.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::*;

const IN_THE_SUITE: u64 = 300;

#[test]
fn whatever_happens_each_announcement_is_in_exactly_one_digest() {
    let asked = std::env::var("NIKKAN_SCHEDULES").ok();
    let count = asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(IN_THE_SUITE);
    let seeds = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                let runtime = runtime.unwrap();
                loop {
                    let seed = seeds.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= count {
                        return;
                    }
                    runtime.block_on(play(seed));
                }
            });
        }
    });
}

/// One schedule. A panic names its seed.
async fn play(seed: u64) {
    fastrand::seed(seed);
    let mut rng = Rng::with_seed(seed);
    let told = Told(seed);
    let mut world = World::new("2025-11-25T10:30:00Z", &["a@example.net", "b@example.net"]);
    let mut number = 0;
    // What is there before the first start, of days before, is history.
    let mut history = 0;
    for _ in 0..rng.usize(0..4) {
        world.arrive(&name(seed, number), 24 * rng.i64(1..40));
        number += 1;
        history += 1;
    }
    world.answers = rng.u8(0..10) > 0;
    world.wake().await;
    let mut running = true;
    let mut read = world.answers;
    let mut refused = 0;
    for _ in 0..rng.usize(15..45) {
        match rng.u8(0..20) {
            0..=6 => {
                // Lists are late at times.
                let age = if rng.u8(0..5) == 0 { rng.i64(1..50) } else { 0 };
                let dated = Day::of(world.now - SignedDuration::from_hours(age));
                world.arrive(&name(seed, number), age);
                number += 1;
                // While the mailbox was never read, what is dated before the first day is history, however it came.
                history += usize::from(!read && dated < first_day());
            }
            7 => world.answers = !world.answers,
            8 => world.serve(Server::Down),
            9 | 10 => world.serve(Server::Up),
            11 => world.serve(Server::Cuts { taken: rng.bool() }),
            12 => world.serve(Server::Kills { taken: rng.bool() }),
            13 => world.ahead = SignedDuration::from_mins(rng.i64(-25 * 60..=25 * 60)),
            14 => world.ahead = SignedDuration::ZERO,
            15 => running = !running,
            16 => world.pass(24 * rng.i64(1..12), 0),
            17 if running => world.start().await,
            _ => world.pass(rng.i64(0..14), rng.i64(0..60)),
        }
        world.pass(0, rng.i64(0..90));
        if running {
            read |= world.answers;
            // A server that is away for five days and a dozen attempts has its digest given up, which is another test.
            let up = *world.receiver.server.lock().unwrap() == Server::Up;
            refused += usize::from(!up);
            if refused > 8 {
                world.serve(Server::Up);
            }
            world.wake().await;
        }
    }
    settle_down(&mut world).await;
    let open = world
        .archive
        .status(world.clock.today())
        .await
        .unwrap()
        .outbox;
    assert!(open.is_empty(), "{open:#?}");
    judge(&world, number, history);
    drop(told);
}

/// All is well again, for long enough that everything that waits is sent.
async fn settle_down(world: &mut World) {
    world.answers = true;
    world.ahead = SignedDuration::ZERO;
    world.serve(Server::Up);
    world.start().await;
    for _ in 0..16 {
        world.pass(5, 0);
        world.wake().await;
    }
}

fn judge(world: &World, announced: usize, history: usize) {
    let digests = world.digests();
    // 6, and 5 for missed days: every day since the first digest is in exactly one, also those with nothing. The first has
    // one day.
    let mut first = digests.values().map(|(found, _)| found);
    let first = first.next().unwrap();
    assert!(
        first.since.is_none() && first.day >= first_day(),
        "{first:?}"
    );
    let mut expected = first.day;
    for (found, readers) in digests.values() {
        assert_eq!(found.since.unwrap_or(found.day), expected);
        let days = found.day.since(expected) + 1;
        assert!(days == 1 || days > 7, "{days} days in one");
        assert_eq!(readers.len(), 2, "{}: {readers:?}", found.day);
        expected = found.day.next();
    }
    // A clock that was ahead has sealed further; nothing is sealed less.
    assert!(
        expected >= world.clock.today(),
        "the digests end with {expected}"
    );
    // 2 and 5: nothing twice, nothing lost, no history.
    let contents = digests
        .values()
        .flat_map(|(found, _)| found.contents.clone().unwrap());
    let contents: Vec<String> = contents.collect();
    let distinct: BTreeSet<&String> = contents.iter().collect();
    assert_eq!(
        distinct.len(),
        contents.len(),
        "an announcement in two digests"
    );
    let sealed_ahead = expected > world.clock.today();
    let wanted = announced - history;
    assert!(
        distinct.len() == wanted || (sealed_ahead && distinct.len() < wanted),
        "{} of {wanted} announcements",
        distinct.len()
    );
    // 3: a second copy only where the daemon could not know that the first was taken.
    let copies: usize = digests
        .values()
        .flat_map(|(_, readers)| readers.values().map(|times| times - 1))
        .sum();
    assert!(
        copies <= *world.receiver.unknown.lock().unwrap(),
        "{copies} copies"
    );
}

fn first_day() -> Day {
    "2025-11-25".parse().unwrap()
}

fn name(seed: u64, number: usize) -> String {
    format!("draft-schedule{seed}-n{number}-00")
}

/// Says which schedule failed.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("schedule {}", self.0);
        }
    }
}
