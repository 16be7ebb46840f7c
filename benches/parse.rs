//! How many announcements one core reads per second, and which share of that time is mail-parser's own.
#![allow(clippy::unwrap_used)] // A bench that cannot measure says why and ends.

use std::time::{Duration, Instant};

use nikkan::announcement::{self, Lists};
use nikkan::mail::Message;

const ROUNDS: usize = 400;

/// The messages of a folder below `tests/data`.
fn messages(folder: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/data/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// The time that this thread has had a core so far: what else runs on the machine does not count. Where the system does
/// not tell it, the time that has passed.
fn on_the_core(start: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn timed(mut work: impl FnMut()) -> Duration {
    // The best of several: caches that others have filled only ever cost.
    (0..5)
        .map(|_| {
            let start = Instant::now();
            let before = on_the_core(start);
            for _ in 0..ROUNDS {
                work();
            }
            on_the_core(start).saturating_sub(before)
        })
        .min()
        .unwrap()
}

fn main() {
    let lists = Lists::built_in();
    for folder in ["model-day", "corpus/real"] {
        let messages = messages(folder);
        let count = messages.len() * ROUNDS;
        let read = timed(|| {
            for raw in &messages {
                std::hint::black_box(announcement::parse(&Message::parse(raw), None, &lists));
            }
        });
        let parser = timed(|| {
            for raw in &messages {
                std::hint::black_box(mail_parser::MessageParser::default().parse(raw));
            }
        });
        #[expect(clippy::cast_precision_loss, reason = "a few thousand messages")]
        let per_second = count as f64 / read.as_secs_f64();
        let share = parser.as_secs_f64() / read.as_secs_f64() * 100.0;
        println!(
            "{folder}: {per_second:.0} announcements/s on one core, mail-parser takes {share:.0} % of it"
        );
    }
}
