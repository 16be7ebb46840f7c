//! The head and the footer of the page: the day, its counts, why it is silent, who wrote; and the phrases that templates
//! use by key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Day;
use crate::digest::{Digest, SilenceReason};
use crate::editor::Edited;
use crate::press::clean::{self, NAME};
use crate::press::localizer::Localizer;
use crate::wording::{Value, in_a_row, short_date, weekday};

/// From this many minutes of 1,440 on, a day counts as watched throughout: a reconnect or two is normal.
const WHOLE_DAY: u32 = 23 * 60;

/// The phrases that templates use by key.
const PHRASES: [&str; 8] = [
    "heading-part",
    "heading-tally",
    "heading-rfcs",
    "heading-closing",
    "lead-closes",
    "related",
    "small-list",
    "mark-star",
];

/// What stands between or before phrases, by a short key.
const MARKS: [(&str, &str); 7] = [
    ("on-watch-list", "watched"),
    ("colon", "mark-colon"),
    ("open", "mark-open"),
    ("close", "mark-close"),
    ("dot", "mark-dot"),
    ("gap", "mark-gap"),
    ("comma", "list-comma"),
];

impl Localizer {
    pub(super) fn first_line(&self, digest: &Digest) -> String {
        let date = self.dates(digest.since, digest.date);
        let key = period(digest, ["lead-first", "lead-first-span", "lead-first-week"]);
        self.with(key, &[&span(digest)[..], &[("date", date.into())]].concat())
    }

    /// Returns what a template may say, by key.
    pub(super) fn phrases(&self) -> BTreeMap<&'static str, String> {
        let phrases = PHRASES.map(|key| (key, self.say(key)));
        let marks = MARKS.map(|(key, phrase)| (key, self.say(phrase)));
        phrases.into_iter().chain(marks).collect()
    }

    /// Says that there is no draft: on this day, on these days, or none that the edition shows.
    pub(super) fn no_drafts(&self, digest: &Digest) -> String {
        self.none(
            digest,
            ["no-drafts", "no-drafts-span", "no-drafts-filtered"],
        )
    }

    fn none(&self, digest: &Digest, keys: [&'static str; 3]) -> String {
        let [day, days, filtered] = keys;
        self.say(if digest.scope.filtered {
            filtered
        } else {
            either(digest, day, days)
        })
    }

    pub(super) fn page_title(&self, digest: &Digest) -> String {
        let drafts = self.count("count-drafts", digest.counts.drafts);
        let rfcs = self.count("count-rfcs", digest.counts.rfcs);
        let counts = [("drafts", drafts.into()), ("rfcs", rfcs.into())];
        let key = period(digest, ["page-title", "page-title-span", "page-title-week"]);
        self.with(key, &[&span(digest)[..], &counts[..]].concat())
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
        let reasons: Vec<String> = reasons.map(|why| self.reason(digest, why)).collect();
        let mut lines = vec![if reasons.is_empty() {
            // Without drafts and RFCs a day is silent; that it carried nothing at all is another claim.
            let nothing = digest.counts.announcements == 0;
            self.say(match nothing {
                true => either(digest, "silence-unknown", "silence-unknown-span"),
                false => either(digest, "silence-documents", "silence-documents-span"),
            })
        } else {
            in_a_row(self.0, &reasons)
        }];
        lines.extend(silence.last.map(|last| self.last_before(digest, last)));
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
            ("date", short_date(self.0, last.date()).into()),
            ("time", last.strftime("%H:%M").to_string().into()),
            ("days", days.into()),
        ];
        self.with(either(digest, "silence-last", "silence-last-span"), &values)
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
                let told = |day: Date| short_date(self.0, day).into();
                days.extend(since.map(|day| ("since", told(day))));
                days.extend(until.map(|day| ("until", told(day))));
                self.with(key, &days)
            }
            SilenceReason::Holiday { name } => {
                let name = clean::line(name, NAME).into();
                self.with("silence-holiday", &[("name", name)])
            }
        }
    }

    /// Says what a reader has to know of the digest before its contents: days summed up, a mailbox that did not answer.
    pub(super) fn notes_on_digest(&self, edited: &Edited) -> Vec<String> {
        let digest = &edited.digest;
        let mut notes = Vec::new();
        if digest.since.is_some() && !digest.scope.weekly {
            notes.push(self.with("lead-span", &span(digest)));
        }
        notes.extend(digest.unread.map(|unread| match unread.since {
            _ if unread.partly => self.say("footer-unread-partly"),
            None => self.say("footer-unread-ever"),
            Some(since) => {
                let when = since.strftime("%F %H:%M UTC").to_string();
                self.with("footer-unread", &[("when", when.into())])
            }
        }));
        notes
    }

    /// Returns the lists and what each carried.
    pub(super) fn sources(&self, digest: &Digest) -> Option<String> {
        let name = |list: &str| clean::line(list, NAME);
        let sources: Vec<String> = if digest.heard.is_empty() {
            digest.sources.iter().map(|list| name(list)).collect()
        } else {
            let heard = digest.heard.iter().map(|(list, count)| {
                let values = [("list", name(list).into()), ("count", (*count).into())];
                self.with("foot-source", &values)
            });
            heard.collect()
        };
        let listed = (!sources.is_empty()).then(|| self.list(sources))?;
        Some(self.with("foot-sources", &[("sources", listed.into())]))
    }

    /// Says why one gets this mail, and how to leave.
    pub(super) fn leave(&self, digest: &Digest) -> String {
        let edition = clean::line(&digest.edition, NAME);
        self.with("foot-leave", &[("edition", edition.into())])
    }

    /// Says who wrote, what was left out, and what may be wrong with the lists.
    pub(super) fn footer(&self, edited: &Edited) -> Vec<String> {
        let (words, digest) = (&edited.words, &edited.digest);
        let mut lines = Vec::new();
        let model = Some(words.editor.as_str()).filter(|editor| !["extract", ""].contains(editor));
        if let Some(model) = model.filter(|_| digest.counts.announcements > 0) {
            let editor = clean::line(model, NAME);
            lines.push(self.with("footer-llm", &[("editor", editor.into())]));
        }
        if words.fallbacks > 0 {
            lines.push(self.count("footer-fallbacks", words.fallbacks));
        }
        // That all is well is said on a silent day only, with its reasons.
        let gaps = |minutes: &u32| i64::from(*minutes) < i64::from(WHOLE_DAY) * days(digest);
        if digest.silence.is_none() {
            let minutes = digest.connected_minutes.filter(gaps);
            let key = either(digest, "footer-connected", "footer-connected-span");
            lines.extend(minutes.map(|minutes| self.with(key, &hours(minutes))));
        }
        if digest.scope.hidden > 0 {
            lines.push(self.count("footer-hidden", digest.scope.hidden));
        }
        lines.extend(digest.silent.iter().map(|silent| {
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
