//! Everything that is known to make a mailbox watcher deaf, played by a scripted server: each fault with its message
//! that must not be missed. `cargo bench --bench faults` prints the same as a table.
#![allow(clippy::unwrap_used)] // A panic is how a scenario reports.

#[path = "../scenarios/lab/mod.rs"]
mod lab;

mod cases;
mod run;
mod soak;

use run::{Case, play_all, table};

/// Plays all cases side by side; fails with the table where one is not survived.
async fn survived(cases: Vec<Case>) {
    let results = play_all(cases).await;
    assert!(
        results.iter().all(|result| result.fault().is_none()),
        "{}",
        table(&results)
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
async fn odd_servers_are_put_up_with() {
    survived(cases::odd()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_fails_at_random_costs_no_message() {
    let plan = soak::Plan {
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
