//! `make standby-proof`: two machines on one mailbox, killed at random steps over 1,000 midnights, and what their readers
//! got. The suite does the same over fewer.
#![allow(clippy::unwrap_used)] // Whatever goes wrong here is shown as it is.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments.next();
    let binary = binary.unwrap_or_else(|| "target/debug/nikkan".into());
    let nights = arguments
        .next()
        .map_or(1000, |count| count.parse().unwrap());
    let seed = arguments.next().map_or(1, |seed| seed.parse().unwrap());
    let binary = std::fs::canonicalize(&binary).unwrap();
    let begun = Instant::now();
    let tally = lab::standby::run(&binary.to_string_lossy(), nights, seed);
    println!("{tally:#?}");
    println!("{nights} nights in {:.0} s", begun.elapsed().as_secs_f32());
    match tally.is_good() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
