//! A year: 365 days, 40 outages, and hosts whose zones change to summer time and back.

use fastrand::Rng;

use super::*;

const ZONE: &str = "NIKKAN_TEST_ZONE";

#[test]
fn a_year_has_365_digests_each_exactly_once_in_any_time_zone() {
    if std::env::var_os(ZONE).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(one_year());
        return;
    }
    // The zone is a matter of the process: the year is played by others, an hour and half an hour of summer time.
    let zones = ["America/New_York", "Australia/Lord_Howe"];
    let played = zones.map(|zone| {
        std::process::Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "daemon::tests::year::a_year_has_365_digests_each_exactly_once_in_any_time_zone",
            ])
            .args(["--nocapture"])
            .env("TZ", zone)
            .env(ZONE, zone)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    });
    for (zone, played) in zones.into_iter().zip(played) {
        let played = played.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&played.stdout);
        assert!(
            played.status.success(),
            "{zone}: {said}{}",
            String::from_utf8_lossy(&played.stderr)
        );
        assert!(said.contains("1 passed"), "{said}");
    }
}

async fn one_year() {
    let mut rng = Rng::with_seed(2025);
    fastrand::seed(2025);
    let mut world = World::new("2025-01-01T00:30:00Z", &["a@example.net"]);
    let (mut number, mut outages) = (0, 0);
    world.wake().await;
    let mut until = [world.now; 3];
    let end: Timestamp = "2026-01-03T12:00:00Z".parse().unwrap();
    while world.now < end {
        world.pass(1, rng.i64(-20..20));
        if world.now < "2025-12-31T22:00:00Z".parse().unwrap() {
            for _ in 0..rng.usize(0..2) {
                world.arrive(&format!("draft-year-n{number}-00"), 0);
                number += 1;
            }
        }
        // An outage of the mailbox, of the submission server, of the machine, every nine days or so.
        if outages < 40 && until.iter().all(|end| *end <= world.now) && rng.u32(0..60) == 0 {
            let length = SignedDuration::from_hours(rng.i64(1..70));
            until[outages % 3] = world.now + length;
            outages += 1;
        }
        let out = until.map(|end| end > world.now);
        world.answers = !out[0];
        world.serve(if out[1] { Server::Down } else { Server::Up });
        if !out[2] {
            world.wake().await;
        }
    }
    assert_eq!(outages, 40);
    let digests = world.digests();
    let last: Day = "2025-12-31".parse().unwrap();
    let year = digests.range(..=last);
    let (mut days, mut held) = (0, 0);
    for (_, (found, readers)) in year {
        days += 1;
        held += found.contents.as_ref().unwrap().len();
        assert_eq!(found.since, None);
        assert_eq!(readers["a@example.net"], 1, "{}", found.day);
    }
    let after: usize = digests
        .range(last.next()..)
        .map(|(_, (found, _))| found.contents.as_ref().unwrap().len())
        .sum();
    assert_eq!((days, held + after), (365, number));
}
