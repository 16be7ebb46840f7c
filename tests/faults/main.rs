//! Everything that is known to make a mailbox watcher deaf, played by a scripted server: each fault with its message
//! that must not be missed. `cargo bench --bench faults` prints the same as a table.
#![allow(clippy::unwrap_used)] // A panic is how a scenario reports.

#[path = "../scenarios/lab/mod.rs"]
mod lab;

mod cases;
mod cursor;
mod guard;
mod panics;
mod proof_of_reading;
mod random;
mod relisting;
mod run;
mod sent_folder;
mod soak;
mod tables;
mod tls;
mod unexplained;
mod views;
mod virtual_time;
mod waits;
mod words;

use lab::daemon::{Home, Setup};
use lab::scripted_imap::{Act, At, Message, ScriptedImap};
use run::{Case, play_all, table};

/// Plays all cases side by side; fails with the table where one is not survived.
async fn survived(cases: Vec<Case>) {
    let results = play_all(cases).await;
    eprintln!("{}", table(&results));
    assert!(
        results.iter().all(|result| result.fault().is_none()),
        "see the table above"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn loud_faults_are_made_good_within_three_seconds() {
    survived(cases::loud()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_faults_are_made_good_within_the_refresh_and_fifteen_seconds() {
    survived(cases::silent()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_servers_say_is_heard_and_idle_that_does_not_work_is_left() {
    survived(words::cases()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_servers_are_put_up_with() {
    survived(cases::odd()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_change_over_the_years_without_a_restart() {
    survived(tls::certificates()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn handshakes_that_go_wrong_are_told_and_tried_again() {
    survived(tls::handshakes()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_back_is_asked_for_again() {
    survived(cursor::cursor()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kept_back_is_nothing_where_search_fails_and_fetch_does_not() {
    survived(views::cases()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_with_forms_of_their_own_are_read() {
    survived(guard::cases()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_at_random_costs_no_message() {
    let plan = soak::Plan {
        before: 0,
        messages: 100,
        lasts: std::time::Duration::from_secs(15),
        seed: 7,
    };
    let figures = soak::run(env!("CARGO_BIN_EXE_nikkan"), plan).await;
    assert_eq!(
        (figures.archived, figures.listed),
        (plan.messages, plan.messages),
        "{figures:?}"
    );
    assert!(figures.faults >= 3, "{figures:?}");
    assert!(figures.most_memory(0.0, 1.0) < 64.0, "{figures:?}");
}

/// How many seeds, unless `NIKKAN_SEEDS` says it.
const SEEDS: u64 = 200;

#[test]
fn after_any_mixture_of_faults_every_message_is_there_once() {
    let asked = |name: &str| std::env::var(name).ok().map(|text| text.parse().unwrap());
    if let Some(seed) = asked("NIKKAN_SEED") {
        let (result, seen) = random::play(seed);
        eprintln!("{}", seen.all());
        panic!("seed {seed}: {result:?}");
    }
    let start = std::time::Instant::now();
    let count = asked("NIKKAN_SEEDS").unwrap_or(SEEDS);
    let (figures, failures) = random::play_many(1, count);
    let sum = |of: fn(&random::Figures) -> usize| figures.iter().map(of).sum::<usize>();
    let most = |of: fn(&random::Figures) -> u64| figures.iter().map(of).max().unwrap_or(0);
    eprintln!(
        "{count} seeds in {:.1} s: {} failed; {} faults, {} wanted messages, {} logins, {} connections, {} in an hour, \
         settled {} s after the last fault at most, {:.0} MiB",
        start.elapsed().as_secs_f64(),
        failures.len(),
        sum(|one| one.faults),
        sum(|one| one.wanted),
        sum(|one| one.logins as usize),
        sum(|one| one.connections as usize),
        most(|one| one.most as u64),
        most(|one| one.settled.as_secs()),
        lab::memory_of(std::process::id(), "VmHWM:"),
    );
    for (seed, why, _) in failures.iter().take(50) {
        eprintln!("seed {seed}: {why}");
    }
    if let Some((seed, why, seen)) = failures.first() {
        eprintln!("{}", seen.all());
        panic!(
            "{} seeds fail; NIKKAN_SEED={seed} plays this one again: {why}",
            failures.len()
        );
    }
}

/// One fault after the other against the built binary; its greatest memory is the kernel's own figure.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_server_takes_no_memory() {
    let server = ScriptedImap::start().await;
    for message in lab::announcements(3) {
        server.deliver(Message::new(message));
    }
    server.deliver(cases::large(80_000_000));
    // Each in a session of its own: all but the first are passed once before.
    for (skip, act) in [
        Act::Say(b"* 1 FETCH (UID 1 BODY[] {500000000}\r\n".to_vec()),
        Act::Endless(b"0123456789 "),
        Act::Say([b"* 1 FETCH (".to_vec(), b"(".repeat(200_000)].concat()),
    ]
    .into_iter()
    .enumerate()
    {
        server.play_after(u32::from(skip > 0), At::Fetch, act);
    }
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &Setup::plain(server.port, 1));
    let mut daemon = home.start_logging("2025-11-28T12:00:00Z", "info");
    daemon.wait_for("session lost", 3);
    daemon.wait_for("too large: only its beginning is read", 1);
    let archive = nikkan::archive::Archive::open(&home.archive()).unwrap();
    let day = "2025-11-28".parse().unwrap();
    let start = std::time::Instant::now();
    while archive.status(day).await.unwrap().messages < 4 {
        assert!(start.elapsed() < lab::GENEROUS, "{}", daemon.log());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    archive.close().await;
    let most = lab::memory_of(daemon.id(), "VmHWM:");
    assert!(most > 1.0 && most < 100.0, "{most} MiB");
    eprintln!("{most:.1} MiB at most");
    assert!(daemon.stop("TERM").0.success());
}

/// The log tells each transition once, with its reason, and `status` tells the last one.
#[tokio::test(flavor = "multi_thread")]
async fn every_transition_is_one_log_line_with_its_reason() {
    let server = ScriptedImap::start().await;
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &Setup::plain(server.port, 1));
    let mut daemon = home.start("2025-11-28T12:00:00Z");
    daemon.wait_for("to=idle, waiting for mail", 1);
    server.play(At::Idling, Act::Bye("restarting"));
    daemon.wait_for("to=idle, waiting for mail", 2);
    let log = daemon.log();
    let transitions: Vec<(&str, &str, &str)> = log
        .lines()
        .filter_map(|line| {
            let (_, rest) = line.split_once(" from=")?;
            let (from, rest) = rest.split_once(" to=")?;
            let (to, why) = rest.split_once(" why=")?;
            Some((from, to, why))
        })
        .collect();
    // Twice from the connection to IDLE, and the failure between.
    assert!(transitions.len() >= 10, "{log}");
    for pair in transitions.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "{log}");
    }
    assert!(transitions.iter().all(|(_, _, why)| why.len() > 2), "{log}");
    let lost = transitions
        .iter()
        .find(|(_, to, _)| *to == "waiting to try again");
    assert!(
        lost.unwrap().2.contains("said goodbye: restarting"),
        "{log}"
    );
    // Another process sees it too, once the daemon has noted it.
    let start = std::time::Instant::now();
    loop {
        let status = home.run(&["--at", "2025-11-28T12:00:10Z", "status", "--json"]);
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
        if status["connection"]["phase"] == "idling" {
            assert_eq!(status["connection"]["why"], "read to the end");
            break;
        }
        assert!(start.elapsed() < lab::GENEROUS, "{status}");
    }
    assert!(daemon.stop("TERM").0.success());
}
