//! Ten minutes against a server that fails at random every few seconds while 2,000 messages arrive.
//!
//! usage: soak BINARY [SECONDS [MESSAGES [SEED [MESSAGES-BEFORE]]]]
#![allow(clippy::unwrap_used)] // A run that cannot measure says why and ends.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;
#[path = "../tests/faults/soak.rs"]
mod soak;

use std::time::Duration;

#[tokio::main]
async fn main() {
    let binary = std::env::args().nth(1).unwrap();
    let numbers: Vec<u64> = std::env::args()
        .skip(2)
        .filter_map(|text| text.parse().ok())
        .collect();
    let number = |index: usize, usual| numbers.get(index).copied().unwrap_or(usual);
    let plan = soak::Plan {
        before: usize::try_from(number(3, 0)).unwrap(),
        messages: usize::try_from(number(1, 2000)).unwrap(),
        lasts: Duration::from_secs(number(0, 600)),
        seed: number(2, 1),
    };
    println!("{plan:?}");
    let figures = soak::run(&binary, plan).await;
    println!(
        "{} of {} archived, {} listed, {} faults, {} logins, the last message {:.1} s after the last fault",
        figures.archived,
        plan.messages,
        figures.listed,
        figures.faults,
        figures.logins,
        figures.settled.as_secs_f64()
    );
    for (second, mib) in &figures.memory {
        println!("{second:>5} s  {mib:6.1} MiB");
    }
    println!(
        "resident memory at most: first third {:.1}, second {:.1}, last {:.1} MiB",
        figures.most_memory(0.0, 0.33),
        figures.most_memory(0.33, 0.67),
        figures.most_memory(0.67, 1.0)
    );
    assert_eq!(
        (figures.archived, figures.listed),
        (plan.messages, plan.messages)
    );
}
