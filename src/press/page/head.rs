//! The head and the footer of the page: the day, its counts, why it is silent, who wrote; and the phrases that templates
//! use by key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Figure;
use crate::clock::Day;
use crate::digest::{Digest, SilenceReason};
use crate::editor::Edited;
use crate::press::clean::{self, NAME};
use crate::press::localizer::Localizer;
use crate::wording::{Value, long_date, short_date, weekday};

/// From this many minutes of 1,440 on, a day counts as watched throughout: a reconnect or two is normal.
const WHOLE_DAY: u32 = 23 * 60;

/// Headings that speak of a day, of several days, or of a week.
const TEASERS: [&str; 3] = [
    "heading-teasers",
    "heading-teasers-span",
    "heading-teasers-week",
];
const HOT: [&str; 3] = ["heading-hot", "heading-hot-span", "heading-hot-week"];

/// The headings; those of the sections travel with them.
const HEADINGS: [&str; 8] = [
    "sources", "teasers", "silence", "watched", "hot", "tally", "rfcs", "closing",
];

/// The other phrases.
const PHRASES: [&str; 5] = [
    "related",
    "hot-why",
    "hot-with",
    "lines-new",
    "lines-revised",
];

/// The punctuation marks that stand between a phrase and what a template puts beside it.
const MARKS: [&str; 3] = ["colon", "open", "close"];

impl Localizer {
    pub(super) fn first_line(&self, digest: &Digest) -> String {
        let date = long_date(self.0, digest.date.date());
        let key = period(digest, ["head-first", "head-first-span", "head-first-week"]);
        self.with(key, &[&span(digest)[..], &[("date", date.into())]].concat())
    }

    /// Returns what a template may say of this digest, by key.
    pub(super) fn phrases(&self, digest: &Digest) -> BTreeMap<&'static str, String> {
        let headings = HEADINGS.map(|key| (key, self.heading(digest, key)));
        let phrases = PHRASES.map(|key| (key, self.say(key)));
        let marks = MARKS.map(|key| (key, self.say(&format!("mark-{key}"))));
        let mut said: BTreeMap<&str, String> = headings.into_iter().collect();
        said.extend(phrases);
        said.extend(marks);
        said.insert("comma", self.say("list-comma"));
        said.insert("on-watch-list", self.say("watched"));
        said
    }

    /// Returns a heading; some speak of the day, and of several days speak differently.
    fn heading(&self, digest: &Digest, key: &str) -> String {
        self.say(match key {
            "teasers" => period(digest, TEASERS),
            "hot" => period(digest, HOT),
            "silence" => either(digest, "heading-silence", "heading-silence-span"),
            key => return self.say(&format!("heading-{key}")),
        })
    }

    /// Says that there is no draft: on this day, on these days, or none that the edition shows.
    pub(super) fn no_drafts(&self, digest: &Digest) -> String {
        self.none(
            digest,
            ["no-drafts", "no-drafts-span", "no-drafts-filtered"],
        )
    }

    /// Says that there is no RFC.
    pub(super) fn no_rfcs(&self, digest: &Digest) -> String {
        self.none(digest, ["no-rfcs", "no-rfcs-span", "no-rfcs-filtered"])
    }

    fn none(&self, digest: &Digest, keys: [&'static str; 3]) -> String {
        let [day, days, filtered] = keys;
        self.say(if digest.scope.filtered {
            filtered
        } else {
            either(digest, day, days)
        })
    }

    /// Says on which basis: the day, or the days if several are summed up, and why they are.
    pub(super) fn basis(&self, digest: &Digest) -> String {
        let key = period(digest, ["head-basis", "head-basis-span", "head-basis-week"]);
        self.with(key, &span(digest))
    }

    pub(super) fn page_title(&self, digest: &Digest) -> String {
        let drafts = self.count("count-drafts", digest.counts.drafts);
        let rfcs = self.count("count-rfcs", digest.counts.rfcs);
        let counts = [("drafts", drafts.into()), ("rfcs", rfcs.into())];
        let key = period(digest, ["page-title", "page-title-span", "page-title-week"]);
        self.with(key, &[&span(digest)[..], &counts[..]].concat())
    }

    pub(super) fn figures(&self, digest: &Digest) -> Vec<Figure> {
        let counts = &digest.counts;
        [
            ("label-drafts", counts.drafts),
            ("label-rfcs", counts.rfcs),
            ("label-announcements", counts.announcements),
        ]
        .into_iter()
        .map(|(label, count)| Figure {
            number: self.count("number-of", count),
            label: self.count(label, count),
        })
        .collect()
    }

    /// Says why nothing came, and that nothing is wrong; empty on other days.
    pub(super) fn silence(&self, digest: &Digest) -> Vec<String> {
        let Some(silence) = &digest.silence else {
            return Vec::new();
        };
        // A weekend explains a day, not a week.
        let counts =
            |reason: &&SilenceReason| digest.since.is_none() || **reason != SilenceReason::Weekend;
        let reasons = silence.reasons.iter().filter(counts);
        let mut lines: Vec<String> = reasons.map(|why| self.reason(digest, why)).collect();
        if lines.is_empty() {
            lines.push(self.say(either(digest, "silence-unknown", "silence-unknown-span")));
        }
        lines.extend(silence.last.map(|last| self.last_before(digest, last)));
        lines.extend(self.days_before(digest));
        if !silence.lately.is_empty() {
            let lately = silence.lately.iter();
            let themes = lately.map(|(title, count)| self.tally(&clean::line(title, NAME), *count));
            lines.push(self.with("silence-lately", &[("themes", self.list(themes).into())]));
        }
        lines.extend(digest.connected_minutes.map(|minutes| {
            let whole = i64::from(minutes) >= i64::from(WHOLE_DAY) * days(digest);
            let key = match whole {
                true => either(digest, "connected", "connected-span"),
                false => either(digest, "connected-part", "connected-part-span"),
            };
            self.with(key, &hours(minutes))
        }));
        lines
    }

    /// Says when the last document before came.
    fn last_before(&self, digest: &Digest, last: Timestamp) -> String {
        let last = last.to_zoned_datetime(TimeZone::UTC);
        let first = digest.since.unwrap_or(digest.date);
        let days = first.since(Day::of(last.timestamp()));
        let values = [
            ("date", last.date().to_string().into()),
            ("time", last.strftime("%H:%M").to_string().into()),
            ("days", days.into()),
        ];
        self.with(either(digest, "silence-last", "silence-last-span"), &values)
    }

    /// Says how many drafts each of the days before had; `None` when none is known.
    fn days_before(&self, digest: &Digest) -> Option<String> {
        let first = digest.since.unwrap_or(digest.date);
        let before = digest.recent.iter().rev().filter(|day| day.day < first);
        let before = before.take(5).map(|day| {
            let date = short_date(self.0, day.day.date()).into();
            self.with(
                "silence-day",
                &[("date", date), ("count", day.drafts.into())],
            )
        });
        let before: Vec<String> = before.collect();
        let days = (!before.is_empty()).then(|| self.list(before))?;
        Some(self.with("silence-days", &[("days", days.into())]))
    }

    fn reason(&self, digest: &Digest, reason: &SilenceReason) -> String {
        match reason {
            SilenceReason::Weekend => {
                let weekday = weekday(self.0, digest.date.date());
                self.with("silence-weekend", &[("weekday", weekday.into())])
            }
            SilenceReason::CutOff { since, until } => {
                let key = match (since, until) {
                    (Some(_), Some(_)) => "silence-cutoff-both",
                    (Some(_), None) => "silence-cutoff-since",
                    (None, Some(_)) => "silence-cutoff-until",
                    (None, None) => "silence-cutoff",
                };
                let mut days: Vec<(&str, Value<'_>)> = Vec::new();
                days.extend(since.map(|day| ("since", day.to_string().into())));
                days.extend(until.map(|day| ("until", day.to_string().into())));
                self.with(key, &days)
            }
            SilenceReason::Holiday { name } => {
                let name = clean::line(name, NAME).into();
                self.with("silence-holiday", &[("name", name)])
            }
        }
    }

    /// Says who wrote, how to read, and that the connection was alive.
    pub(super) fn footer(&self, edited: &Edited) -> Vec<String> {
        let (words, digest) = (&edited.words, &edited.digest);
        let mut lines = Vec::new();
        if edited.digest.counts.announcements > 0 {
            lines.push(self.say("footer-read"));
            lines.push(match words.editor.as_str() {
                "extract" | "" => self.say("footer-extract"),
                model => self.with("footer-llm", &[("editor", clean::line(model, NAME).into())]),
            });
        }
        if words.fallbacks > 0 {
            lines.push(self.count("footer-fallbacks", words.fallbacks));
        }
        // On a silent day it stands with the reasons.
        if edited.digest.silence.is_none() {
            let minutes = edited.digest.connected_minutes;
            let key = either(digest, "footer-connected", "footer-connected-span");
            lines.extend(minutes.map(|minutes| self.with(key, &hours(minutes))));
        }
        if digest.scope.hidden > 0 {
            lines.push(self.count("footer-hidden", digest.scope.hidden));
        }
        lines.extend(edited.digest.unread.map(|unread| match unread.since {
            None => self.say("footer-unread-ever"),
            Some(since) => {
                let when = since.strftime("%F %H:%M UTC").to_string();
                self.with("footer-unread", &[("when", when.into())])
            }
        }));
        lines.extend(edited.digest.silent.iter().map(|silent| {
            let list = clean::line(&silent.list, NAME).into();
            let values = [("list", list), ("weekdays", silent.weekdays.into())];
            self.with("footer-silent", &values)
        }));
        lines
    }
}

/// Returns the phrase for one day, or for several, when the digest sums them up.
pub(super) fn either(digest: &Digest, one: &'static str, several: &'static str) -> &'static str {
    if digest.since.is_some() { several } else { one }
}

/// Returns the phrase for one day, for several that are summed up, or for a week.
fn period(digest: &Digest, [one, several, week]: [&'static str; 3]) -> &'static str {
    if digest.scope.weekly && digest.since.is_some() {
        week
    } else {
        either(digest, one, several)
    }
}

/// Returns the number of days that the digest covers.
fn days(digest: &Digest) -> i64 {
    digest.since.map_or(1, |since| digest.date.since(since) + 1)
}

fn span(digest: &Digest) -> Vec<(&'static str, Value<'static>)> {
    let mut values: Vec<(&str, Value<'_>)> = vec![("iso", digest.date.to_string().into())];
    if let Some(since) = digest.since {
        values.push(("since", since.to_string().into()));
        values.push(("days", days(digest).into()));
    }
    values
}

fn hours(minutes: u32) -> [(&'static str, Value<'static>); 2] {
    [
        ("hours", (minutes / 60).into()),
        ("minutes", (minutes % 60).into()),
    ]
}
