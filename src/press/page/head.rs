//! The head and the foot of the page: the day, its counts among the last thirty, why it is silent, who wrote.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::Figure;
use crate::clock::Day;
use crate::digest::{Digest, SilenceReason};
use crate::editor::Edited;
use crate::press::clean::{self, NAME};
use crate::press::localizer::Localizer;
use crate::wording::{Value, long_date, short_date, weekday};

/// From this many minutes of 1,440 on, a day counts as watched throughout: a reconnect or two is normal.
const WHOLE_DAY: u32 = 23 * 60;
/// The tallest bar, in pixels.
const TALLEST: f64 = 40.0;
/// Eight heights, as a terminal can show them.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The daily counts of up to thirty days, drawn.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Strip {
    pub caption: String,
    /// The same in words.
    pub alt: String,
    /// One line of block characters.
    pub blocks: String,
    pub text: String,
    pub from: String,
    pub to: String,
    pub peak: String,
    pub bars: Vec<Bar>,
}

/// One day of the strip.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bar {
    /// Pixels, at least 2.
    pub height: u32,
    /// Whether it is one of the digest's own days.
    pub now: bool,
}

impl Strip {
    /// `None` where there is no past to compare with.
    pub(super) fn of(digest: &Digest, localizer: &Localizer) -> Option<Strip> {
        let days = &digest.recent[digest.recent.len().saturating_sub(30)..];
        let (first, last) = (days.first()?, days.last()?);
        if days.len() < 3 {
            return None;
        }
        let peak = days.iter().rev().max_by_key(|day| day.drafts)?;
        let mut sorted: Vec<u32> = days.iter().map(|day| day.drafts).collect();
        sorted.sort_unstable();
        let (low, median) = (sorted[0], sorted[sorted.len() / 2]);
        let since = digest.since.unwrap_or(digest.date);
        // The logarithm keeps ordinary days apart beside one of 443 drafts, which stands in every third month's strip.
        let size = |drafts: u32| f64::from(drafts).ln_1p();
        let share = |drafts: u32| size(drafts) / size(peak.drafts.max(1));
        let day = |day: Day| short_date(localizer.0, day.date());
        let figures: [(&str, Value<'_>); 8] = [
            ("from", day(first.day).into()),
            ("to", day(last.day).into()),
            ("days", days.len().into()),
            ("low", low.into()),
            ("median", median.into()),
            ("high", peak.drafts.into()),
            ("peak", day(peak.day).into()),
            ("today", digest.counts.drafts.into()),
        ];
        Some(Strip {
            caption: localizer.say("strip-caption"),
            alt: localizer.with(either(digest, "strip-alt", "strip-alt-span"), &figures),
            text: localizer.with("strip-text", &figures),
            from: day(first.day),
            to: day(last.day),
            peak: localizer.with("strip-peak", &figures),
            blocks: days
                .iter()
                .map(|day| BLOCKS[((share(day.drafts) * 7.0).round() as usize).min(7)])
                .collect(),
            bars: days
                .iter()
                .map(|day| Bar {
                    height: (2.0 + share(day.drafts) * (TALLEST - 2.0)).round() as u32,
                    now: (since..=digest.date).contains(&day.day),
                })
                .collect(),
        })
    }
}

impl Localizer {
    pub(super) fn first_line(&self, digest: &Digest) -> String {
        let date = long_date(self.0, digest.date.date());
        let key = period(digest, ["head-first", "head-first-span", "head-first-week"]);
        self.with(key, &[&span(digest)[..], &[("date", date.into())]].concat())
    }

    /// A heading; some speak of the day, and of several days speak differently.
    pub(super) fn heading(&self, digest: &Digest, key: &str) -> String {
        self.say(match key {
            "teasers" => period(
                digest,
                [
                    "heading-teasers",
                    "heading-teasers-span",
                    "heading-teasers-week",
                ],
            ),
            "hot" => period(
                digest,
                ["heading-hot", "heading-hot-span", "heading-hot-week"],
            ),
            "silence" => either(digest, "heading-silence", "heading-silence-span"),
            key => return self.say(&format!("heading-{key}")),
        })
    }

    /// That there is none: on this day, on these days, or none that the edition shows.
    pub(super) fn none(&self, digest: &Digest, keys: [&'static str; 3]) -> String {
        let [day, days, filtered] = keys;
        self.say(if digest.scope.filtered {
            filtered
        } else {
            either(digest, day, days)
        })
    }

    /// On which basis: the day, or the days where several are summed up, and why they are.
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

    /// Why nothing came, and that nothing is wrong; empty on other days.
    pub(super) fn silence(&self, digest: &Digest) -> Vec<String> {
        let Some(silence) = &digest.silence else {
            return Vec::new();
        };
        let mut lines: Vec<String> = silence
            .reasons
            .iter()
            // A weekend explains a day, not a week.
            .filter(|reason| digest.since.is_none() || **reason != SilenceReason::Weekend)
            .map(|reason| self.reason(digest, reason))
            .collect();
        if lines.is_empty() {
            lines.push(self.say(either(digest, "silence-unknown", "silence-unknown-span")));
        }
        if let Some(last) = silence.last {
            let last = last.to_zoned_datetime(TimeZone::UTC);
            let first = digest.since.unwrap_or(digest.date);
            let days = first.since(Day::of(last.timestamp()));
            lines.push(self.with(
                either(digest, "silence-last", "silence-last-span"),
                &[
                    ("date", last.date().to_string().into()),
                    ("time", last.strftime("%H:%M").to_string().into()),
                    ("days", days.into()),
                ],
            ));
        }
        let lately = silence.lately.iter().map(|(title, count)| {
            let title = clean::line(title, NAME);
            self.with(
                "tally-theme",
                &[("title", title.into()), ("count", (*count).into())],
            )
        });
        let lately: Vec<String> = lately.collect();
        let before: Vec<String> = digest
            .recent
            .iter()
            .rev()
            .filter(|day| day.day < digest.since.unwrap_or(digest.date))
            .take(5)
            .map(|day| {
                let date = short_date(self.0, day.day.date());
                self.with(
                    "silence-day",
                    &[("date", date.into()), ("count", day.drafts.into())],
                )
            })
            .collect();
        if !before.is_empty() {
            lines.push(self.with("silence-days", &[("days", self.list(before).into())]));
        }
        if !lately.is_empty() {
            lines.push(self.with("silence-lately", &[("themes", self.list(lately).into())]));
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
            SilenceReason::Holiday { name } => self.with(
                "silence-holiday",
                &[("name", clean::line(name, NAME).into())],
            ),
        }
    }

    /// Who wrote, how to read, and that the connection was alive.
    pub(super) fn foot(&self, edited: &Edited) -> Vec<String> {
        let (words, digest) = (&edited.words, &edited.digest);
        let mut lines = Vec::new();
        if edited.digest.counts.announcements > 0 {
            lines.push(self.say("foot-read"));
            lines.push(match words.editor.as_str() {
                "extract" | "" => self.say("foot-extract"),
                model => self.with("foot-llm", &[("editor", clean::line(model, NAME).into())]),
            });
        }
        if words.fallbacks > 0 {
            lines.push(self.count("foot-fallbacks", words.fallbacks));
        }
        // On a silent day it stands with the reasons.
        if edited.digest.silence.is_none() {
            let minutes = edited.digest.connected_minutes;
            let key = either(digest, "foot-connected", "foot-connected-span");
            lines.extend(minutes.map(|minutes| self.with(key, &hours(minutes))));
        }
        if digest.scope.hidden > 0 {
            lines.push(self.count("foot-hidden", digest.scope.hidden));
        }
        lines.extend(edited.digest.unread.map(|unread| match unread.since {
            None => self.say("foot-unread-ever"),
            Some(since) => {
                let when = since.strftime("%F %H:%M UTC").to_string();
                self.with("foot-unread", &[("when", when.into())])
            }
        }));
        lines.extend(edited.digest.silent.iter().map(|silent| {
            let list = clean::line(&silent.list, NAME).into();
            let values = [("list", list), ("weekdays", silent.weekdays.into())];
            self.with("foot-silent", &values)
        }));
        lines
    }
}

/// The phrase for one day, or for several, where the digest sums them up.
fn either(digest: &Digest, one: &'static str, several: &'static str) -> &'static str {
    if digest.since.is_some() { several } else { one }
}

/// The phrase for one day, for several that are summed up, or for a week.
fn period(digest: &Digest, [one, several, week]: [&'static str; 3]) -> &'static str {
    if digest.scope.weekly && digest.since.is_some() {
        week
    } else {
        either(digest, one, several)
    }
}

/// How many days the digest covers.
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
