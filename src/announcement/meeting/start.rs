//! When a meeting starts: as its announcement tells it, and as an instant where that is known.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::super::dates;
use super::Meeting;

/// The start of a meeting, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MeetingStart {
    /// A day, without a time.
    Day(Date),
    /// An instant.
    Instant(Timestamp),
    /// A time in a zone that was not told, or that this machine does not know.
    Local(DateTime, Option<String>),
    /// Something else.
    Words(String),
}

impl Meeting {
    /// Returns the start. Version 0.1.0 kept it as `2026-12-10T09:00[US/Pacific]`, without an offset: that is read, too.
    pub fn start(&self) -> Option<MeetingStart> {
        let starts = self.starts.as_deref()?;
        if let Ok(instant) = starts.parse() {
            return Some(MeetingStart::Instant(instant));
        }
        let (local, zone) = match starts
            .strip_suffix(']')
            .and_then(|text| text.split_once('['))
        {
            Some((local, zone)) => (local, Some(zone)),
            None => (starts, self.zone.as_deref()),
        };
        let Ok(time) = local.parse::<DateTime>() else {
            return Some(MeetingStart::Words(starts.to_owned()));
        };
        if !local.contains(['T', ' ']) {
            return Some(MeetingStart::Day(time.date()));
        }
        let instant = zone
            .and_then(|zone| zoned(time, zone))
            .map(|zoned| zoned.timestamp());
        let local = MeetingStart::Local(time, zone.map(str::to_owned));
        Some(instant.map_or(local, MeetingStart::Instant))
    }

    /// Returns the start for scripts: a date, or with a time RFC 3339 with its offset where that is known.
    pub fn starts_with_offset(&self) -> Option<String> {
        let starts = self.starts.clone()?;
        Some(match self.start()? {
            MeetingStart::Instant(_) if !starts.ends_with(']') => starts,
            MeetingStart::Instant(instant) => self
                .zone_name()
                .and_then(|zone| Some(instant.to_zoned_datetime(TimeZone::get(zone).ok()?)))
                .map_or_else(|| instant.to_string(), |zoned| rfc3339(&zoned)),
            MeetingStart::Local(time, _) => time.to_string(),
            MeetingStart::Day(_) | MeetingStart::Words(_) => starts,
        })
    }

    /// Returns the zone in which the start was told.
    pub fn zone_name(&self) -> Option<&str> {
        let starts = self.starts.as_deref().unwrap_or_default();
        let old = starts
            .strip_suffix(']')
            .and_then(|text| text.split_once('['));
        self.zone.as_deref().or(old.map(|(_, zone)| zone))
    }
}

/// Returns the time in a zone, if this machine knows it. Of a time that a clock shows twice, the first counts.
fn zoned(time: DateTime, zone: &str) -> Option<ZonedDateTime> {
    time.to_zoned_datetime(TimeZone::get(zone).ok()?).ok()
}

/// Writes a time with its offset; `Z` says that the zone is UTC.
fn rfc3339(zoned: &ZonedDateTime) -> String {
    match zoned.time_zone().iana_name() {
        Some("UTC") => zoned.timestamp().to_string(),
        _ => zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

/// Reads `on 2025-12-15 from 16:00 to 17:00 America/Los_Angeles` as `2025-12-15T16:00:00-08:00` and that zone; several
/// sessions begin with the first. When the subject names the day, only that day's time counts.
pub(super) fn starts(text: &str, day: Option<Date>) -> Option<(String, Option<String>)> {
    let words: Vec<&str> = text.split(' ').collect();
    let mut first = None;
    for at in 0..words.len() {
        let Some(found) = dates::date_at_start(&words[at..]) else {
            continue;
        };
        if day.is_some_and(|day| day != found) {
            continue;
        }
        first = first.or(Some(found));
        // The date may be several words; the time follows at once, or after "from" or "at".
        let rest = &words[at + 1..words.len().min(at + 8)];
        let Some(place) = rest.iter().position(|word| is_time(bare(word))) else {
            continue;
        };
        let time = bare(rest[place]);
        let has_end = matches!(rest.get(place + 1), Some(&("to" | "-" | "until")));
        let zone_at = at + 1 + place + if has_end { 3 } else { 1 };
        let zone = words
            .get(zone_at)
            .map(|zone| bare(zone))
            .filter(|zone| is_zone(zone));
        let local = format!("{found}T{time:0>5}:00");
        let known = zone.and_then(|zone| zoned(local.parse().ok()?, zone));
        let starts = known.map_or(local, |zoned| rfc3339(&zoned));
        return Some((starts, zone.map(str::to_owned)));
    }
    first.or(day).map(|date| (date.to_string(), None))
}

fn bare(word: &str) -> &str {
    word.trim_matches(['.', ',', ';', '(', ')'])
}

fn is_time(text: &str) -> bool {
    (4..=5).contains(&text.len())
        && text.split_once(':').is_some_and(|(hours, minutes)| {
            matches!(hours.parse::<u8>(), Ok(..24))
                && minutes.len() == 2
                && matches!(minutes.parse::<u8>(), Ok(..60))
        })
}

fn is_zone(text: &str) -> bool {
    text == "UTC"
        || text == "GMT"
        || (text.contains('/')
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_is_an_instant_where_its_zone_is_known() {
        let start = |starts: &str, zone: Option<&str>| {
            let meeting = Meeting {
                starts: Some(starts.into()),
                zone: zone.map(str::to_owned),
                ..Meeting::default()
            };
            let zone = meeting.zone_name().map(str::to_owned);
            (
                meeting.start().unwrap(),
                meeting.starts_with_offset().unwrap(),
                zone,
            )
        };
        let instant = |text: &str| MeetingStart::Instant(text.parse().unwrap());
        let (begins, told, zone) = start("2026-12-10T09:00[US/Pacific]", None);
        assert_eq!(begins, instant("2026-12-10T17:00:00Z"));
        assert_eq!(
            (told.as_str(), zone.as_deref()),
            ("2026-12-10T09:00:00-08:00", Some("US/Pacific"))
        );
        let (begins, told, _) = start("2026-12-10T09:00[UTC]", None);
        assert_eq!(
            (begins, told.as_str()),
            (instant("2026-12-10T09:00:00Z"), "2026-12-10T09:00:00Z")
        );
        let (begins, told, _) = start("2026-12-10T09:00:00-08:00", Some("America/Los_Angeles"));
        assert_eq!(begins, instant("2026-12-10T17:00:00Z"));
        assert_eq!(told, "2026-12-10T09:00:00-08:00");
        let (begins, told, _) = start("2026-12-10T09:00:00", Some("Mars/Olympus_Mons"));
        assert!(matches!(begins, MeetingStart::Local(_, Some(_))));
        assert_eq!(told, "2026-12-10T09:00:00");
        assert!(matches!(start("2026-12-10", None).0, MeetingStart::Day(_)));
        assert!(matches!(start("soon", None).0, MeetingStart::Words(_)));
    }
}
