//! The rhythm of an edition, and which days one of its digests covers. Pure: a calendar, no clock.

use jiff::civil;

use super::edition::{Cadence, Edition, Weekday};
use crate::clock::Day;

/// Days of one digest, the first and the last.
pub type DayRange = (Day, Day);

impl Edition {
    /// Returns the days of the digest that has `day`: itself, or its week.
    pub fn span(&self, day: Day) -> DayRange {
        match self.cadence {
            Cadence::Daily => (day, day),
            Cadence::Weekly => {
                let begins = civil::Weekday::from(self.weekday.unwrap_or(Weekday::Monday));
                let back = i64::from(begins.until(day.date().weekday()));
                (day.plus(-back), day.plus(6 - back))
            }
        }
    }

    /// Returns the digests that `days` make, which are over and follow each other, oldest first. A week that is not over waits
    /// for its end. More than `most` digests are summed up in one.
    pub fn digests(&self, days: &[Day], most: usize) -> Vec<DayRange> {
        let mut digests: Vec<DayRange> = Vec::new();
        let mut since = None;
        for day in days {
            let first = *since.get_or_insert(*day);
            if self.span(*day).1 == *day {
                digests.push((first, *day));
                since = None;
            }
        }
        match digests.as_slice() {
            [(first, _), .., (_, last)] if digests.len() > most => vec![(*first, *last)],
            _ => digests,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(weekday: Option<Weekday>) -> Edition {
        Edition {
            cadence: Cadence::Weekly,
            weekday,
            ..Edition::unconfigured()
        }
    }

    fn days(first: &str, count: i64) -> Vec<Day> {
        let first: Day = first.parse().unwrap();
        (0..count).map(|at| first.plus(at)).collect()
    }

    fn told(spans: &[DayRange]) -> Vec<String> {
        let told = spans.iter().map(|(since, day)| format!("{since} {day}"));
        told.collect()
    }

    #[test]
    fn a_week_begins_on_the_day_on_which_the_one_before_is_sent() {
        // 2025-11-28 is a Friday.
        for (weekday, span) in [
            (None, "2025-11-24 2025-11-30"),
            (Some(Weekday::Monday), "2025-11-24 2025-11-30"),
            (Some(Weekday::Friday), "2025-11-28 2025-12-04"),
            (Some(Weekday::Saturday), "2025-11-22 2025-11-28"),
            (Some(Weekday::Sunday), "2025-11-23 2025-11-29"),
        ] {
            let found = weekly(weekday).span("2025-11-28".parse().unwrap());
            assert_eq!(told(&[found]), [span], "{weekday:?}");
        }
    }

    #[test]
    fn a_week_waits_for_its_end_and_a_first_one_may_be_short() {
        let edition = weekly(None);
        assert_eq!(
            told(&edition.digests(&days("2025-11-27", 3), 7)),
            [""; 0],
            "Thursday to Saturday"
        );
        assert_eq!(
            told(&edition.digests(&days("2025-11-27", 13), 7)),
            ["2025-11-27 2025-11-30", "2025-12-01 2025-12-07"]
        );
        let daily = Edition::unconfigured();
        assert_eq!(daily.digests(&days("2025-11-27", 3), 7).len(), 3);
    }

    #[test]
    fn more_than_may_be_made_good_one_by_one_are_one_and_an_open_week_is_not_in_it() {
        let missed = days("2025-11-24", 23);
        assert_eq!(weekly(None).digests(&missed, 3).len(), 3);
        assert_eq!(
            told(&weekly(None).digests(&missed, 2)),
            ["2025-11-24 2025-12-14"]
        );
        assert_eq!(
            told(&Edition::unconfigured().digests(&missed, 7)),
            ["2025-11-24 2025-12-16"]
        );
    }
}
