//! Meetings: interim ones of groups, and the IETF's own.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};

use super::classify::{is_iesg, is_within};
use super::group::{group_named, in_first_sentence, name_before_kind};
use super::text::opening;
use super::{Group, dates};
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, starts_ignoring_case};

/// A meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// The title, as the message calls it.
    pub title: String,
    /// The group whose meeting it is.
    pub group: Option<Group>,
    /// The start, as far as told: a date, a date with time, or an instant with its offset (RFC 3339); [`Meeting::start`] reads it.
    pub starts: Option<String>,
    /// The time zone in which the start was told, by its IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// True when it replaces an earlier announcement.
    pub changed: bool,
    /// True when it will not take place.
    #[serde(default)]
    pub cancelled: bool,
}

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

/// Names of an interim meeting in a subject.
const INTERIM: [&str; 3] = ["Virtual Interim Meeting", "Virtual Meeting", "Interim"];

/// Matters of the IETF's own meetings, divided by commas, as their subjects name them in small letters.
const MATTERS: &str = "agenda,bof,code sprint,fee,hackathon,hotel,important dates,meeting,newcomer,on-site,onsite,\
    plenary,registration,remote participation,schedul,sessions,social event,venue,visa";

/// Parses a meeting's announcement; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<Meeting> {
    interim(message, subject).or_else(|| plenary(message, subject))
}

/// Reads `Example Maintenance (exmaint) WG Virtual Meeting: 2025-12-15 CHANGED`. Somebody may also speak about interim
/// meetings: a subject counts when it names a group or a day, or when the text says that one will be held.
fn interim(message: &Message, subject: &str) -> Option<Meeting> {
    if !is_iesg(message) || is_answer(subject) {
        return None;
    }
    let (title, marks) = without_marks(subject);
    let at = INTERIM
        .iter()
        .filter_map(|kind| find_ignoring_case(&title, kind))
        .min()?;
    let named = name_before_kind(title[..at].trim_end_matches([' ', ':', '-', ',']))
        .map(|_| title[..at].trim());
    let day = dates::first_date_in(&title[at..]);
    let flat = opening(&message.text, 4000);
    let says = |words: &str| find_ignoring_case(&flat, words).is_some();
    let is_said = says("interim meeting")
        && (says("will hold") || says("will be held") || says("has been cancel"));
    if named.is_none() && day.is_none() && !is_said {
        return None;
    }
    // Only when the subject has no acronym the text is asked for the group.
    let mut of_whom = named.map(group_named);
    if of_whom.as_ref().is_none_or(|group| group.acronym.is_none()) {
        of_whom = in_first_sentence(&flat).or(of_whom);
    }
    let changed = marks == Some(false) || says("MEETING DETAILS HAVE CHANGED");
    let is_off = says("has been cancelled") || says("has been canceled");
    let (starts, zone) = starts(&flat, day).unzip();
    Some(Meeting {
        group: of_whom,
        starts,
        zone: zone.flatten(),
        changed,
        cancelled: marks == Some(true) || (is_off && !changed),
        title,
    })
}

fn is_answer(subject: &str) -> bool {
    ["Re:", "Fwd:", "Fw:"]
        .iter()
        .any(|begin| starts_ignoring_case(subject, begin))
}

/// Reads `IETF 107 Virtual Meeting Agenda` and the like, which the secretariat and the IESG say about a numbered
/// meeting.
fn plenary(message: &Message, subject: &str) -> Option<Meeting> {
    let (local, host) = message.from.split_once('@')?;
    if !is_within(host, "ietf.org cnri.reston.va.us") || local.starts_with("nomcom") {
        return None;
    }
    let (title, marks) = without_marks(subject);
    let words: Vec<&str> = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    // "IETF 107", "IETF-76", "the 56th IETF"
    let is_number = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        matches!(digits.parse::<u16>(), Ok(1..1000))
    };
    let is_ietf = |word: &str| word.eq_ignore_ascii_case("IETF");
    let is_numbered = words.windows(2).any(|pair| {
        (is_ietf(pair[0]) && is_number(pair[1])) || (is_ietf(pair[1]) && is_number(pair[0]))
    });
    let lower = title.to_lowercase();
    // When submissions close is told by the text, which only a notice keeps.
    let closes = "cut-off,cutoff,cut off";
    let names = |words: &str| words.split(',').any(|word| lower.contains(word));
    if names(closes) || !is_numbered || is_answer(&title) || !names(MATTERS) {
        return None;
    }
    Some(Meeting {
        changed: marks == Some(false),
        cancelled: marks == Some(true),
        title,
        ..Meeting::default()
    })
}

/// Returns the subject without the words that mark a change, and what [`mark`] says of them. In capitals they
/// are marks wherever they stand; in small letters only at either end, since a title may hold them.
fn without_marks(subject: &str) -> (String, Option<bool>) {
    let mut found = None;
    let mut words: Vec<&str> = subject.split_whitespace().collect();
    // "… Meeting Cancelled (was 2020-04-06)"
    if let Some(at) = words.iter().position(|word| *word == "(was")
        && at > 0
        && mark(words[at - 1]).is_some()
    {
        words.truncate(at);
    }
    let last = words.len().saturating_sub(1);
    let mut kept = Vec::new();
    for (at, word) in words.iter().enumerate() {
        match mark(word) {
            Some(off) if at == 0 || at == last || !word.contains(char::is_lowercase) => {
                found = Some(found.unwrap_or(false) || off);
            }
            _ => kept.push(*word),
        }
    }
    let title = kept.join(" ");
    let title = title.trim_matches([' ', ':', '-', '*', ',']);
    (title.to_owned(), found)
}

/// Returns true for a word that says that the meeting is off, false for one that marks another change, `None` for any
/// other word.
fn mark(word: &str) -> Option<bool> {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    match bare.to_ascii_uppercase().as_str() {
        "CANCELLED" | "CANCELED" | "CANCELLATION" => Some(true),
        "RESCHEDULED" | "CHANGED" | "UPDATED" | "REVISED" => Some(false),
        _ => None,
    }
}

/// Reads `on 2025-12-15 from 16:00 to 17:00 America/Los_Angeles` as `2025-12-15T16:00:00-08:00` and that zone; several
/// sessions begin with the first. When the subject names the day, only that day's time counts.
fn starts(text: &str, day: Option<Date>) -> Option<(String, Option<String>)> {
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

    fn meeting(subject: &str, text: &str) -> Option<Meeting> {
        let message = Message {
            from: "iesg-secretary@ietf.org".into(),
            text: text.into(),
            ..Message::default()
        };
        parse(&message, subject)
    }

    #[test]
    fn interim_meetings_planned_changed_and_cancelled() {
        let text = "The Thing (thing) WG will hold a virtual interim\nmeeting on 2025-12-15 from 16:00 to 17:00 America/Los_Angeles (00:00 UTC).";
        let planned = meeting("Thing (thing) WG Virtual Meeting: 2025-12-15", text).unwrap();
        assert_eq!(planned.starts.as_deref(), Some("2025-12-15T16:00:00-08:00"));
        assert_eq!(planned.zone.as_deref(), Some("America/Los_Angeles"));
        assert_eq!(planned.group.unwrap().acronym.as_deref(), Some("thing"));
        assert!(!planned.changed && !planned.cancelled);
        let changed = meeting("Thing (thing) WG Virtual Meeting: 2025-12-16 CHANGED", "").unwrap();
        assert!(changed.changed && !changed.title.contains("CHANGED"));
        assert_eq!(changed.starts.as_deref(), Some("2025-12-16"));
        let off = meeting(
            "[CANCELED] Thing (thing) WG Interim Meeting: 2025-12-16",
            "",
        )
        .unwrap();
        assert!(off.cancelled);
        let text = "The Thing Maintenance (thing) virtual interim meeting for 2020-04-06 from 10:00 to 11:00 America/New_York\nhas been cancelled.";
        let off = meeting(
            "Thing Maintenance (thing) WG Interim Meeting Cancelled (was 2020-04-06)",
            text,
        )
        .unwrap();
        assert!(off.cancelled && !off.changed);
        assert_eq!(off.title, "Thing Maintenance (thing) WG Interim Meeting");
        assert_eq!(off.starts.as_deref(), Some("2020-04-06T10:00:00-04:00"));
    }

    #[test]
    fn meetings_of_several_days_and_of_earlier_years() {
        let text = "The Thing (thing) Working Group will hold\na multi-day virtual interim meeting.\n\nSession 1:\n2020-04-06     10:00 to 11:00  Europe/Rome\nSession 2:\n2020-04-08 ...";
        let days = meeting(
            "Thing (thing) WG Virtual Meeting: 2020-04-06 to 2020-04-08",
            text,
        )
        .unwrap();
        assert_eq!(days.starts.as_deref(), Some("2020-04-06T10:00:00+02:00"));
        let old = meeting(
            "RTCWEB WG Interim Meeting, May 21-22, 2012",
            "The group meets.",
        )
        .unwrap();
        assert_eq!(old.starts.as_deref(), Some("2012-05-21"));
        assert_eq!(old.group.unwrap().name.as_deref(), Some("RTCWEB"));
        let bare = meeting("Virtual Interim Meeting: 2020-04-06", "").unwrap();
        assert_eq!(
            (bare.starts.as_deref(), bare.group),
            (Some("2020-04-06"), None)
        );
        assert_eq!(
            meeting(
                "IESG Statement on Interim Meetings",
                "Guidance on interim meetings."
            ),
            None
        );
        assert_eq!(
            meeting("Re: Thing (thing) WG Virtual Meeting: 2020-04-06", ""),
            None
        );
    }

    #[test]
    fn the_ietfs_own_meetings_have_a_number() {
        assert!(meeting("IETF 124 Final Agenda", "").is_some());
        assert!(meeting("IETF 125 Registration is open", "").is_some());
        assert!(meeting("56th IETF Meeting - San Francisco", "").is_some());
        assert!(meeting("IETF-76: Hotel Reservations", "").is_some());
        assert!(meeting("IETF Trust Meeting Minutes", "").is_none());
        assert!(meeting("A meeting about nothing", "").is_none());
    }

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
