//! The `Date` field as mails really have it: RFC 5322 section 3.3 and the obsolete forms of its section 4.3, ctime's
//! order, and RFC 3339. A day that is in no calendar is no date; its name is not asked, because some are wrong.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

/// A date has fewer words; what follows is no part of it.
const WORDS: usize = 12;
/// Octets that are looked at: a date has some thirty, and a comment.
const LOOKED_AT: usize = 500;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads the instant in an unfolded `Date` field; `None` when it names none. `23:59:60` is the second before, `24:00:00`
/// the next day's beginning; without a zone, or in one that only its writer knew, the time is UTC's (RFC 5322 section
/// 4.3).
pub(super) fn instant(field: &str) -> Option<Timestamp> {
    let field = &field[..field.floor_char_boundary(LOOKED_AT)];
    let bare = without_comments(field);
    if let Ok(instant) = bare.trim().parse() {
        return Some(instant);
    }
    let words = bare.split([' ', '\t', ',']).filter(|word| !word.is_empty());
    let mut read = Parts::default();
    for word in words.take(WORDS) {
        read.add(word)?;
    }
    let (time, next_day) = read.time?;
    let mut date = Date::new(read.year?, read.month?, read.day?).ok()?;
    if next_day {
        date = date.tomorrow().ok()?;
    }
    let offset = read.offset.unwrap_or(Offset::UTC);
    offset.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// What the words of a date have said so far.
#[derive(Default)]
struct Parts {
    day: Option<i8>,
    month: Option<i8>,
    year: Option<i16>,
    time: Option<(Time, bool)>,
    offset: Option<Offset>,
}

impl Parts {
    /// Takes in the next word; `None` when it is impossible.
    fn add(&mut self, word: &str) -> Option<()> {
        if self.time.is_none() && word.contains([':', '.']) && self.add_time(word).is_some() {
            return Some(());
        }
        let is_signed = word.starts_with(['+', '-']) && self.time.is_some();
        if is_signed || word.bytes().all(|byte| byte.is_ascii_digit()) {
            return if is_signed {
                // The first zone counts; a second one repeats it.
                let offset = numeric_offset(word)?;
                self.offset.get_or_insert(offset);
                Some(())
            } else {
                self.add_number(word)
            };
        }
        // "28-Nov-2025", "2025-11-28"
        let mut dashed = word.split('-');
        if let (Some(a), Some(b), Some(c), None) =
            (dashed.next(), dashed.next(), dashed.next(), dashed.next())
        {
            return self.add_dashed(a, b, c);
        }
        self.add_name(word)
    }

    fn add_dashed(&mut self, a: &str, b: &str, c: &str) -> Option<()> {
        let (day, year) = if a.len() == 4 { (c, a) } else { (a, c) };
        self.day = Some(day.parse().ok()?);
        self.month = Some(month(b).or_else(|| b.parse().ok())?);
        self.year = Some(full_year(year)?);
        Some(())
    }

    /// Reads a day or a year; a number behind both is a zone that has lost its sign.
    fn add_number(&mut self, word: &str) -> Option<()> {
        if self.day.is_none() && word.len() <= 2 {
            self.day = Some(word.parse().ok()?);
        } else if self.year.is_none() {
            self.year = Some(full_year(word)?);
        }
        Some(())
    }

    fn add_time(&mut self, word: &str) -> Option<()> {
        // A zone may follow without a blank: "08:00:00Z", "08:00:00+0900".
        let end = word
            .find(|c: char| !c.is_ascii_digit() && !matches!(c, ':' | '.'))
            .unwrap_or(word.len());
        let (clock, zone) = word.split_at(end);
        let mut numbers = clock.split([':', '.']).map(|number| number.parse::<i8>());
        let hour = numbers.next()?.ok()?;
        let minute = numbers.next()?.ok()?;
        let second = numbers.next().unwrap_or(Ok(0)).ok()?;
        let (hour, next_day) = match (hour, minute, second) {
            (24, 0, 0) => (0, true),
            _ => (hour, false),
        };
        // A leap second has no number of its own (RFC 5322 section 3.3 allows 60).
        let second = if second == 60 { 59 } else { second };
        self.time = Some((Time::new(hour, minute, second, 0).ok()?, next_day));
        if !zone.is_empty() {
            self.add(zone)?;
        }
        Some(())
    }

    /// Reads the name of a month or a zone; any other word, such as a day's name, says nothing.
    fn add_name(&mut self, word: &str) -> Option<()> {
        if self.time.is_some()
            && let Some(hours) = named_offset(word)
        {
            let offset = Offset::from_hours(hours).ok()?;
            self.offset.get_or_insert(offset);
            // "GMT+0900"
            let sign = word.find(['+', '-']).filter(|at| *at > 0);
            if let Some(at) = sign {
                self.offset = Some(numeric_offset(&word[at..])?);
            }
        } else if self.month.is_none() {
            self.month = month(word);
        } else if self.time.is_some() && word.eq_ignore_ascii_case("pm") {
            self.afternoon();
        }
        Some(())
    }

    fn afternoon(&mut self) {
        if let Some((time, _)) = &mut self.time
            && time.hour() < 12
        {
            *time = time.wrapping_add(12.hours());
        }
    }
}

/// Reads `-0800`, `+09:00`, `-8`; `None` for one that no place on earth has.
fn numeric_offset(word: &str) -> Option<Offset> {
    let (sign, digits) = word.split_at(1);
    let digits = digits.replace(':', "");
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i32 = digits.parse().ok()?;
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number, 0),
        _ => (number / 100, number % 100),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

/// Returns the hours of a zone's name (RFC 5322 section 4.3): the military letters were used in both directions and
/// mean nothing.
fn named_offset(word: &str) -> Option<i8> {
    let end = word.find(['+', '-']).unwrap_or(word.len());
    match word[..end].to_ascii_uppercase().as_str() {
        "UT" | "UTC" | "GMT" => Some(0),
        "EDT" => Some(-4),
        "EST" | "CDT" => Some(-5),
        "CST" | "MDT" => Some(-6),
        "MST" | "PDT" => Some(-7),
        "PST" => Some(-8),
        letter if letter.len() == 1 && letter.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            Some(0)
        }
        _ => None,
    }
}

/// Completes a year: two digits are of 1950 to 2049, three count from 1900 (RFC 5322 section 4.3).
fn full_year(word: &str) -> Option<i16> {
    let year: i16 = word.parse().ok()?;
    match word.len() {
        2 if year < 50 => Some(year + 2000),
        2 | 3 => Some(year + 1900),
        4 => Some(year),
        _ => None,
    }
}

/// Returns the number of a month from the first three letters of its English name.
fn month(word: &str) -> Option<i8> {
    let start = word.get(..3)?.to_ascii_lowercase();
    let whole = word.trim_end_matches('.').bytes();
    if !whole.into_iter().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let at = MONTHS.iter().position(|known| *known == start)?;
    i8::try_from(at + 1).ok()
}

/// Leaves out comments, which may hold others (RFC 5322 section 3.2.2).
fn without_comments(field: &str) -> String {
    let mut bare = String::with_capacity(field.len());
    let mut depth = 0_usize;
    let mut quoted = false;
    for c in field.chars() {
        match c {
            _ if quoted => quoted = false,
            '\\' if depth > 0 => quoted = true,
            '(' => {
                depth += 1;
                bare.push(' ');
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Option<String> {
        instant(field).map(|instant| instant.to_string())
    }

    #[test]
    fn the_usual_form_and_those_that_clocks_and_programs_make_of_it() {
        let same = [
            "Fri, 28 Nov 2025 00:22:15 -0800",
            "28 Nov 2025 00:22:15 -0800 (PST)",
            "Mon, 28 Nov 2025 00:22:15 -0800",
            "Fri,28 Nov 2025 00:22:15 PST",
            "Fri, 28 Nov 25 03:22:15 EST",
            "Fri, 28 Nov 125 08:22:15 GMT",
            "Friday, 28-Nov-25 08:22:15 UT",
            "Fri Nov 28 00:22:15 2025 -0800",
            "Fri Nov 28 00:22:15 PST 2025",
            "Fri, 28 November 2025 08.22.15 Z",
            "(a (nested) \\) comment) Fri, 28 Nov (x) 2025 08:22:15 +0000",
            "Fri, 28 Nov 2025 17:22:15 GMT+0900",
            "Fri, 28 Nov 2025 17:22:15 +09:00",
            "Fri, 28 Nov 2025 17:22:15 +9",
            "Fri, 28 Nov 2025 17:22:15+0900",
            "2025-11-28T08:22:15Z",
            "2025-11-28 00:22:15 -0800",
            "Nov 28, 2025 08:22:15 AM",
            "Fri, 28 Nov 2025 08:22:15",
            "Fri, 28 Nov 2025 08:22:15 A",
            "Fri, 28 Nov 2025 08:22:15 XYZ",
            "Fri, 28 Nov 2025 08:22:15 -0000",
        ];
        for field in same {
            assert_eq!(
                read(field).as_deref(),
                Some("2025-11-28T08:22:15Z"),
                "{field}"
            );
        }
    }

    #[test]
    fn a_leap_second_and_the_end_of_a_day_are_times() {
        for (field, expected) in [
            ("Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z"),
            ("Sat, 31 Dec 2016 18:59:60 EST", "2016-12-31T23:59:59Z"),
            ("Sun, 30 Nov 2025 24:00:00 +0000", "2025-12-01T00:00:00Z"),
            ("Wed, 31 Dec 2025 24:00 GMT", "2026-01-01T00:00:00Z"),
            ("Thu, 29 Feb 2024 12:00:00", "2024-02-29T12:00:00Z"),
            ("Fri, 28 Nov 2025 08:22 +0000", "2025-11-28T08:22:00Z"),
            ("Fri Nov 28 1:02:03 PM 2025", "2025-11-28T13:02:03Z"),
            ("9 Sep 94 15:33:46 EDT", "1994-09-09T19:33:46Z"),
        ] {
            assert_eq!(read(field).as_deref(), Some(expected), "{field}");
        }
    }

    #[test]
    fn what_is_in_no_calendar_is_no_date() {
        for field in [
            "Sat, 29 Feb 2025 12:00:00 +0000",
            "Mon, 31 Apr 2025 12:00:00 +0000",
            "Mon, 0 Nov 2025 12:00:00 +0000",
            "Fri, 28 Nov 2025 24:00:01 +0000",
            "Fri, 28 Nov 2025 25:00:00 +0000",
            "Fri, 28 Nov 2025 10:61:00 +0000",
            "Fri, 28 Nov 2025 10:00:00 +9900",
            "Fri, 28 Nov 2025",
            "28 2025 10:00:00",
            "Fri, 28 Nov 99999 10:00:00",
            "yesterday",
            "",
            "((((((",
            "\u{1f4c5} Nov 28 10:00",
        ] {
            assert_eq!(read(field), None, "{field}");
        }
    }
}
