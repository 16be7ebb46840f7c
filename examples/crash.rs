//! `make crash`: kills the daemon at 1,000 steps of a pass and counts what its promises came to. The suite does the same
//! at fewer steps.
#![allow(clippy::unwrap_used)] // Whatever goes wrong here is shown as it is.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let binary = arguments
        .next()
        .unwrap_or_else(|| "target/debug/nikkan".into());
    let moments = arguments
        .next()
        .map_or(1000, |count| count.parse().unwrap());
    let binary = std::fs::canonicalize(&binary).unwrap();
    let begun = Instant::now();
    let tally = lab::crash::run(&binary.to_string_lossy(), lab::crash::Blow::Kill, moments);
    println!("{tally:#?}");
    println!("{moments} kills in {:.0} s", begun.elapsed().as_secs_f32());
    if tally.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
