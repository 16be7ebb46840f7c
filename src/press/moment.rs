//! Says when a meeting begins: in the reader's time zone where the instant is known, else as it was told.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::clean::{self, NAME};
use super::localizer::Localizer;
use crate::announcement::{Meeting, MeetingStart};
use crate::wording::{Value, weekday_short};

impl Localizer {
    /// Returns `Wed 10 Dec 2025, 18:00 JST`; without a time the day alone. A zone that this machine lacks is UTC.
    pub(super) fn begins(self, meeting: &Meeting, zone: Option<&str>) -> Option<String> {
        Some(match meeting.start()? {
            MeetingStart::Day(day) => self.meeting_day(day),
            MeetingStart::Instant(instant) => self.at(instant, zone),
            MeetingStart::Local(local, zone) => {
                let zone = zone.map(|zone| clean::line(&zone, NAME));
                let time = local.strftime("%H:%M").to_string();
                self.meeting_time(local.date(), time, zone.unwrap_or_default())
            }
            // As an archive of an earlier version, or a stranger, wrote it.
            MeetingStart::Words(words) => {
                Some(clean::line(&words, NAME)).filter(|words| !words.is_empty())?
            }
        })
    }

    /// Returns the instant as the clocks of `zone` show it.
    fn at(self, instant: Timestamp, zone: Option<&str>) -> String {
        let known = zone.and_then(|zone| TimeZone::get(zone).ok());
        let local = instant.to_zoned_datetime(known.unwrap_or(TimeZone::UTC));
        let time = local.strftime("%H:%M").to_string();
        let short = local.strftime("%Z").to_string();
        // Where a zone has no letters of its own, its name is its offset.
        let short = match short.as_str() {
            offset if offset.starts_with(['+', '-']) => format!("UTC{offset}"),
            _ => short,
        };
        self.meeting_time(local.date(), time, short)
    }

    fn meeting_time(self, day: Date, time: String, zone: String) -> String {
        let values = [
            ("date", self.meeting_day(day).into()),
            ("time", time.into()),
            ("zone", zone.into()),
        ];
        self.with("meeting-time", &values).trim_end().to_owned()
    }

    fn meeting_day(self, day: Date) -> String {
        let month = self.say(&format!("month-short-{}", day.month()));
        let values: [(&str, Value<'_>); 4] = [
            ("weekday", weekday_short(self.0, day).into()),
            ("day", i64::from(day.day()).into()),
            ("month", month.into()),
            ("year", i64::from(day.year()).into()),
        ];
        self.with("meeting-date", &values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::Language;

    fn said(language: Language, starts: &str, zone: Option<&str>) -> String {
        let meeting = Meeting {
            starts: Some(starts.into()),
            ..Meeting::default()
        };
        Localizer(language)
            .begins(&meeting, zone)
            .unwrap_or_default()
    }

    #[test]
    fn an_instant_is_told_in_the_readers_zone() {
        let (english, japanese) = (Language::En, Language::Ja);
        let starts = "2025-12-10T01:00:00-08:00";
        assert_eq!(said(english, starts, None), "Wed 10 Dec 2025, 09:00 UTC");
        assert_eq!(
            said(english, starts, Some("Asia/Tokyo")),
            "Wed 10 Dec 2025, 18:00 JST"
        );
        assert_eq!(
            said(japanese, starts, Some("Asia/Tokyo")),
            "12月10日（水）18:00 JST"
        );
        assert_eq!(
            said(english, "2025-12-10T23:00:00Z", Some("Asia/Tokyo")),
            "Thu 11 Dec 2025, 08:00 JST"
        );
        assert_eq!(
            said(english, starts, Some("Asia/Dubai")),
            "Wed 10 Dec 2025, 13:00 UTC+04"
        );
        assert_eq!(
            said(english, starts, Some("No/Such_Zone")),
            "Wed 10 Dec 2025, 09:00 UTC"
        );
    }

    #[test]
    fn what_an_archive_of_0_1_0_holds_is_told_as_well() {
        let zone = Some("Asia/Tokyo");
        let old = said(Language::En, "2026-12-10T09:00[US/Pacific]", zone);
        assert_eq!(old, "Fri 11 Dec 2026, 02:00 JST");
        let unknown = said(Language::En, "2026-12-10T09:00[Mars/Olympus_Mons]", zone);
        assert_eq!(unknown, "Thu 10 Dec 2026, 09:00 Mars/Olympus_Mons");
        assert_eq!(
            said(Language::En, "2026-12-10T09:00", zone),
            "Thu 10 Dec 2026, 09:00"
        );
        assert_eq!(said(Language::Ja, "2026-12-10", zone), "12月10日（木）");
        assert_eq!(said(Language::En, "some day\u{202e}", zone), "some day");
        for starts in ["2026-12-10T09:00[US/Pacific]", "2026-12-10T09:00[UTC]"] {
            assert!(!said(Language::En, starts, None).contains('['), "{starts}");
        }
    }
}
