//! Every known fault of a mailbox server, as a table: seconds until the missed message was archived, what was lost, what
//! was doubled, and what the operator sees of it.
#![allow(clippy::unwrap_used)] // A bench that cannot measure says why and ends.

#[path = "../tests/faults/cases.rs"]
mod cases;
#[path = "../tests/faults/cursor.rs"]
mod cursor;
#[path = "../tests/faults/guard.rs"]
mod guard;
#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;
#[path = "../tests/faults/run.rs"]
mod run;
#[path = "../tests/faults/tables.rs"]
mod tables;
#[path = "../tests/faults/tls.rs"]
mod tls;
#[path = "../tests/faults/views.rs"]
mod views;
#[path = "../tests/faults/words.rs"]
mod words;

#[tokio::main]
async fn main() {
    for (title, cases) in tables::tables() {
        let results = run::play_all(cases).await;
        println!("### {title}\n\n{}", run::table(&results));
        assert!(results.iter().all(|result| result.fault().is_none()));
    }
}
