//! When it is, and when a day is over. All time in nikkan comes from here, so that a test can hold it still and
//! `--at` can play back a midnight long gone.
//!
//! A day ends on the wall clock, not after 24 hours of sleeping: suspend, clock steps and the host's DST change
//! nothing, because every wait is cut into short pieces and recomputed after each.
//!
//! ```
//! use nikkan::clock::{Clock, Day};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let clock = Clock::held("2025-11-28T23:59:59Z".parse()?);
//! let day: Day = clock.today();
//! assert_eq!(day.to_string(), "2025-11-28");
//!
//! // A held clock stands until it is moved, and wakes who sleeps by it.
//! let midnight = day.end();
//! clock.set(midnight);
//! clock.sleep_until(midnight).await;
//! assert_eq!(clock.today(), day.next());
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, SpanRelativeTo, Timestamp, civil};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest piece of one wait. A clock that was set, or a machine that slept, is noticed within this time.
const LONGEST_NAP: Duration = Duration::from_secs(20);

/// The day of the newest release, as `CHANGELOG.md` has it. A machine's clock that shows an earlier one was not set yet: a
/// board without a battery starts with the time at which its image was made.
const RELEASED: Day = Day(civil::Date::constant(2026, 11, 25));

/// A UTC calendar day, 00:00:00 to 24:00:00, written `2025-11-28`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(civil::Date);

impl Day {
    /// Returns the day that `instant` falls in.
    pub fn of(instant: Timestamp) -> Self {
        Day(instant.to_zoned_datetime(TimeZone::UTC).date())
    }

    /// Returns the calendar date.
    pub fn date(self) -> civil::Date {
        self.0
    }

    /// Returns the instant the day begins, 00:00:00 UTC.
    pub fn start(self) -> Timestamp {
        TimeZone::UTC
            .to_timestamp(self.0.at(0, 0, 0, 0))
            .unwrap_or(Timestamp::MAX)
    }

    /// Returns the instant the day is over: the start of the next one.
    pub fn end(self) -> Timestamp {
        self.next().start()
    }

    /// Returns the following day. The calendar's last day, in the year 9999, is followed by itself.
    pub fn next(self) -> Self {
        Day(self.0.tomorrow().unwrap_or(self.0))
    }

    /// Returns the day before.
    pub fn previous(self) -> Self {
        Day(self.0.yesterday().unwrap_or(self.0))
    }

    /// Returns the day `days` days later; a negative number goes back.
    pub fn plus(self, days: i64) -> Self {
        Day(self
            .0
            .checked_add(SignedDuration::from_hours(24 * days))
            .unwrap_or(self.0))
    }

    /// Returns the days from this one to the one before `end`.
    pub fn until(self, end: Day) -> impl Iterator<Item = Day> {
        std::iter::successors(Some(self), |day| Some(day.next())).take_while(move |day| *day < end)
    }

    /// Counts the days from `earlier` to this day; negative when this one is before it.
    pub fn since(self, earlier: Day) -> i64 {
        self.start().duration_since(earlier.start()).as_hours() / 24
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = String;

    /// Reads `2025-11-28`.
    ///
    /// # Errors
    /// Anything else, with the form that was expected.
    fn from_str(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Day)
            .map_err(|_| format!("`{text}` is not a day, write it like 2025-11-28"))
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// The one source of the current time. Cheap to clone; every clone shows the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<TimeSource>);

#[derive(Debug)]
enum TimeSource {
    System,
    /// Runs at real speed, this far from the system's clock.
    Shifted(SignedDuration),
    /// Stands still until a test moves it; the watch wakes who sleeps.
    Held {
        time: tokio::sync::watch::Sender<Timestamp>,
        /// Passes for the machine's own clock.
        is_system: bool,
    },
}

impl Clock {
    /// Returns the system's wall clock.
    pub fn system() -> Self {
        Clock(Arc::new(TimeSource::System))
    }

    /// Returns a clock that shows `instant` now and runs on from there at real speed (`--at`).
    pub fn starting_at(instant: Timestamp) -> Self {
        Clock(Arc::new(TimeSource::Shifted(
            instant.duration_since(Timestamp::now()),
        )))
    }

    /// Returns a clock that stands at `instant` until [`Clock::set`] moves it.
    pub fn held(instant: Timestamp) -> Self {
        Clock(Arc::new(TimeSource::Held {
            time: tokio::sync::watch::Sender::new(instant),
            is_system: false,
        }))
    }

    /// Returns the same, which passes for the machine's own clock: it may be wrong.
    pub fn held_as_system(instant: Timestamp) -> Self {
        Clock(Arc::new(TimeSource::Held {
            time: tokio::sync::watch::Sender::new(instant),
            is_system: true,
        }))
    }

    /// Moves a held clock and wakes whoever sleeps by it; the other kinds cannot be moved and stay as they are.
    pub fn set(&self, instant: Timestamp) {
        if let TimeSource::Held { time, .. } = &*self.0 {
            time.send_replace(instant);
        }
    }

    /// Returns the current instant.
    pub fn now(&self) -> Timestamp {
        match &*self.0 {
            TimeSource::System => Timestamp::now(),
            TimeSource::Shifted(by) => Timestamp::now().checked_add(*by).unwrap_or(Timestamp::MAX),
            TimeSource::Held { time, .. } => *time.borrow(),
        }
    }

    /// Returns true for the machine's own clock, which may be wrong; one that was told an instant is not.
    pub fn is_system(&self) -> bool {
        match *self.0 {
            TimeSource::System => true,
            TimeSource::Shifted(_) => false,
            TimeSource::Held { is_system, .. } => is_system,
        }
    }

    /// Returns the time since the machine was started, sleep included, by which it is seen that its clock was set; `None` of a
    /// clock that was told an instant, and where the system does not tell (/proc/uptime, proc_uptime(5)).
    pub fn since_boot(&self) -> Option<SignedDuration> {
        if !matches!(*self.0, TimeSource::System) {
            return None;
        }
        let told = std::fs::read_to_string("/proc/uptime").ok()?;
        let seconds: f64 = told.split_whitespace().next()?.parse().ok()?;
        SignedDuration::try_from_secs_f64(seconds).ok()
    }

    /// Returns why the time shown cannot be right: the machine's own clock stands before this version was released. A clock
    /// that was told an instant is always believed.
    pub fn disbelief(&self) -> Option<String> {
        let now = self.now();
        (self.is_system() && now < RELEASED.start()).then(|| {
            format!(
                "this machine's clock shows {}, which is before this version was released ({RELEASED}); set it, best by a time server",
                now.strftime("%F %T UTC")
            )
        })
    }

    /// Waits until the time shown can be right. May be dropped at any time.
    pub async fn believable(&self) {
        if self.is_system() {
            self.sleep_until(RELEASED.start()).await;
        }
    }

    /// Returns the current UTC day.
    pub fn today(&self) -> Day {
        Day::of(self.now())
    }

    /// Waits until the wall clock shows `instant` or later. May be dropped at any time.
    pub async fn sleep_until(&self, instant: Timestamp) {
        if let TimeSource::Held { time, .. } = &*self.0 {
            // The sender lives as long as this clock, so waiting cannot fail before the time has come.
            let _ = time.subscribe().wait_for(|now| *now >= instant).await;
            return;
        }
        loop {
            let left = instant.duration_since(self.now());
            let Ok(left) = Duration::try_from(left) else {
                return;
            };
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(LONGEST_NAP)).await;
        }
    }
}

/// Reads a span of time such as `"5m"`, `"90s"` or `"1h 30m"` from the configuration; for `#[serde(deserialize_with)]`.
///
/// # Errors
/// Anything that is not a span of time, or a negative one.
pub fn span<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let days = |text: &str| {
        let span: jiff::Span = text.parse().ok()?;
        span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
    };
    text.parse::<SignedDuration>()
        .ok()
        .or_else(|| days(&text))
        .and_then(|span| Duration::try_from(span).ok())
        .ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is not a span of time, write it like \"5m\" or \"90s\""
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_utc_and_half_open() {
        let last: Timestamp = "2025-11-28T23:59:59.999Z".parse().unwrap();
        let day: Day = "2025-11-28".parse().unwrap();
        assert_eq!(Day::of(last), day);
        assert_eq!(Day::of(day.end()), day.next());
        assert_eq!(day.next().to_string(), "2025-11-29");
        assert_eq!(day.plus(-28).to_string(), "2025-10-31");
        assert_eq!(day.since("2024-11-28".parse().unwrap()), 365);
    }

    #[test]
    fn what_is_not_a_day_is_told_how_to_write_one() {
        let error = "28.11.2025".parse::<Day>().unwrap_err();
        assert_eq!(error, "`28.11.2025` is not a day, write it like 2025-11-28");
    }

    #[tokio::test]
    async fn a_held_clock_wakes_sleepers_when_it_is_moved() {
        let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
        let midnight = clock.today().end();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(midnight).await }
        });
        clock.set(midnight);
        sleeper.await.unwrap();
        assert_eq!(clock.now(), midnight);
    }

    #[test]
    fn the_newest_release_is_that_of_the_changelog() {
        let changes = include_str!("../CHANGELOG.md");
        let newest = changes
            .lines()
            .find_map(|line| line.strip_prefix("## ")?.split_once(" - "));
        let (version, day) = newest.unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        assert_eq!(day, RELEASED.to_string());
    }

    #[tokio::test]
    async fn a_machine_whose_clock_was_never_set_is_not_believed_and_what_it_was_told_is() {
        let image: Timestamp = "2024-06-01T00:00:00Z".parse().unwrap();
        assert_eq!(Clock::starting_at(image).disbelief(), None);
        Clock::held(image).believable().await;
        let clock = Clock::held_as_system(image);
        let why = clock.disbelief().unwrap();
        assert!(why.contains("shows 2024-06-01 00:00:00 UTC"), "{why}");
        let waiting = tokio::spawn({
            let clock = clock.clone();
            async move { clock.believable().await }
        });
        clock.set(RELEASED.end());
        waiting.await.unwrap();
        assert_eq!(clock.disbelief(), None);
    }

    #[test]
    fn the_time_since_the_start_is_the_machines_own() {
        let clock = Clock::system();
        if let Some(first) = clock.since_boot() {
            assert!(first.is_positive() && clock.since_boot().unwrap() >= first);
        }
        assert_eq!(Clock::starting_at(clock.now()).since_boot(), None);
    }

    #[test]
    fn a_started_clock_runs_on_from_its_instant() {
        let start: Timestamp = "2025-11-28T23:59:59Z".parse().unwrap();
        let clock = Clock::starting_at(start);
        let shown = clock.now();
        assert!(shown >= start && shown < start + SignedDuration::from_secs(60));
    }
}
