//! Says in a line what is in a mail, and in a second line what else: its subject and its preheader. Both are plain words,
//! cleaned like all text from outside, and come from the digest alone.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use unicode_width::UnicodeWidthStr;

use super::clean;
use super::localizer::Localizer;
use crate::digest::{Digest, SilenceReason};
use crate::editor::Edited;
use crate::wording::Value;

mod name;
mod news;

use news::{News, PIECE};

/// A subject is at most so wide, in columns; telephones show some 50.
const SUBJECT: usize = 60;
/// A subject of so many columns needs no more news.
const ENOUGH: usize = 50;
/// A preheader of fewer columns than this has room for more.
const SHORT: usize = 40;
/// Programs show about so much of what follows the subject.
const PREHEADER: usize = 90;

/// Returns the subject: the news in the first 33 columns, then the counts and the day, at most 60 in all.
pub(super) fn subject(edited: &Edited) -> String {
    harmless(&Told::of(edited).subject)
}

/// Returns the preheader: what the subject had no room for, what is watched, and what there was not; at most 90 columns.
pub(super) fn preheader(edited: &Edited) -> String {
    let told = Told::of(edited);
    told.preheader(&edited.digest)
}

/// Parts what looks like an encoded word of RFC 2047, so that no program decodes it.
fn harmless(subject: &str) -> String {
    subject.replace("=?", "= ?")
}

/// What a subject says, and the news that it left.
struct Told {
    localizer: Localizer,
    subject: String,
    left: Vec<News>,
}

impl Told {
    fn of(edited: &Edited) -> Self {
        let digest = &edited.digest;
        let localizer = Localizer(digest.language);
        let date = localizer.days(digest);
        let news = localizer.news(digest);
        if news.is_empty() && is_nothing(digest) {
            let why = localizer.say(quiet(digest));
            let subject = localizer.with(
                "subject-quiet",
                &[("why", why.into()), ("date", date.into())],
            );
            return Told {
                localizer,
                subject,
                left: Vec::new(),
            };
        }
        let counts = localizer.counts(digest);
        let with = |news: &str| match news {
            "" => localizer.with(
                "subject-counts",
                &[
                    ("counts", counts.clone().into()),
                    ("date", date.clone().into()),
                ],
            ),
            news => localizer.with(
                "subject",
                &[
                    ("news", news.into()),
                    ("counts", counts.clone().into()),
                    ("date", date.clone().into()),
                ],
            ),
        };
        let between = localizer.say("subject-between");
        let (mut told, mut left) = (String::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for piece in news {
            let short = &piece.short;
            if !seen.insert(short.clone()) {
                continue;
            }
            let longer = match told.as_str() {
                "" => short.clone(),
                told => format!("{told}{between}{short}"),
            };
            let fits = with(&longer).width() <= SUBJECT;
            // Behind the first 33 columns only what keeps a subject from being short.
            if fits && (longer.width() <= PIECE || with(&told).width() < ENOUGH) {
                told = longer;
            } else {
                left.push(piece);
            }
        }
        Told {
            localizer,
            subject: with(&told),
            left,
        }
    }

    fn preheader(self, digest: &Digest) -> String {
        let localizer = self.localizer;
        let (first, others): (Vec<_>, Vec<_>) = self.left.into_iter().partition(|news| news.first);
        let mut pieces: Vec<String> = first.into_iter().map(|news| news.long).collect();
        pieces.extend(localizer.closing(digest));
        pieces.extend(localizer.watched_counts(digest));
        pieces.extend(others.into_iter().map(|news| news.long));
        pieces.extend(localizer.first_versions(digest));
        pieces.extend(localizer.nothing_of(digest));
        pieces.extend(localizer.last_before_short(digest));
        let between = localizer.say("preheader-between");
        let told = pieces.into_iter().map(|piece| (piece, PREHEADER));
        // A short line goes on with the largest themes.
        let themes = localizer.tallies(digest).into_iter();
        let themes = themes.map(|news| (news.long, SHORT));
        let mut line = String::new();
        for (piece, below) in told.chain(themes) {
            if line.width() >= below
                || piece.is_empty()
                || self.subject.contains(&piece)
                || line.contains(&piece)
            {
                continue;
            }
            let longer = match line.as_str() {
                "" => piece,
                line => format!("{line}{between}{piece}"),
            };
            if longer.width() <= PREHEADER {
                line = longer;
            }
        }
        line
    }
}

/// Returns true for a digest with nothing in it.
fn is_nothing(digest: &Digest) -> bool {
    let others = [
        digest.last_calls.len(),
        digest.actions.len(),
        digest.groups.len(),
        digest.meetings.len(),
        digest.notices.len(),
        digest.rfcs.len(),
        digest.late.len(),
    ];
    digest.themes.is_empty() && others.iter().all(|count| *count == 0)
}

/// Returns the key of why a day has nothing.
fn quiet(digest: &Digest) -> &'static str {
    if digest.unread.is_some() {
        return "subject-quiet-unread";
    }
    if digest.scope.hidden > 0 {
        return "subject-quiet-filtered";
    }
    let reasons = digest.silence.iter().flat_map(|silence| &silence.reasons);
    // A weekend explains a day, not a week.
    let mut keys = reasons.filter_map(|reason| match reason {
        SilenceReason::Weekend => digest.since.is_none().then_some("subject-quiet-weekend"),
        SilenceReason::CutOff { .. } => Some("subject-quiet-cutoff"),
        SilenceReason::Holiday { .. } => Some("subject-quiet-holiday"),
    });
    keys.next().unwrap_or("subject-quiet-unknown")
}

impl Localizer {
    /// Returns `14 drafts, 2 RFCs`; announcements where there is neither.
    fn counts(self, digest: &Digest) -> String {
        let counts = &digest.counts;
        let documents = [
            ("subject-drafts", counts.drafts),
            ("count-rfcs", counts.rfcs),
        ];
        let said = documents.iter().filter(|(_, count)| *count > 0);
        let said: Vec<String> = said.map(|(key, count)| self.count(key, *count)).collect();
        match said.as_slice() {
            [] => self.count("count-announcements", counts.announcements),
            said => self.list(said),
        }
    }

    /// Returns `28 Nov`, or the first and the last of several days.
    fn days(self, digest: &Digest) -> String {
        let last = digest.date.date();
        let Some(first) = digest.since.map(|since| since.date()) else {
            return self.with("subject-date", &self.day_and_month(last));
        };
        let [day, month] = self.day_and_month(first).map(|(_, part)| part);
        let from = [("fromday", day), ("frommonth", month)];
        let is_one = (first.year(), first.month()) == (last.year(), last.month());
        let key = if is_one {
            "subject-range-month"
        } else {
            "subject-range"
        };
        self.with(key, &[&from[..], &self.day_and_month(last)].concat())
    }

    fn day_and_month(self, date: Date) -> [(&'static str, Value<'static>); 2] {
        let month = self.say(&format!("month-short-{}", date.month()));
        [
            ("day", i64::from(date.day()).into()),
            ("month", month.into()),
        ]
    }

    /// Returns `2 last calls end by 5 Dec`, for what closes soon.
    fn closing(self, digest: &Digest) -> Option<String> {
        let ends = digest
            .last_calls
            .iter()
            .chain(&digest.closing)
            .filter(|call| call.body.is_last())
            .filter_map(|call| call.body.ends);
        let (mut count, mut last) = (0_u32, None);
        for end in ends {
            count += 1;
            last = last.max(Some(end));
        }
        let date = self.with("subject-date", &self.day_and_month(last?));
        Some(self.with(
            "preheader-closing",
            &[("count", count.into()), ("date", date.into())],
        ))
    }

    /// Returns `netmod: 2 drafts` for each rule of the watch list that matched, the most matches first.
    fn watched_counts(self, digest: &Digest) -> Vec<String> {
        let drafts = digest.drafts().flat_map(|draft| &draft.watched);
        let rfcs = digest.rfcs.iter().flat_map(|rfc| &rfc.watched);
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for reason in drafts.chain(rfcs) {
            *counts.entry(reason).or_default() += 1;
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let said = counts.into_iter().map(|(reason, count)| {
            let what = reason.split_once(": ").map_or(reason, |(_, what)| what);
            let what = clean::line(what, PIECE);
            self.with(
                "preheader-watched",
                &[("what", what.into()), ("count", count.into())],
            )
        });
        said.collect()
    }

    /// Returns `2 first versions`.
    fn first_versions(self, digest: &Digest) -> Option<String> {
        let new = digest
            .drafts()
            .filter(|draft| draft.is_first_version())
            .count();
        let count = u32::try_from(new).ok().filter(|count| *count > 0)?;
        Some(self.count("preheader-new", count))
    }

    /// Returns `no RFC, no last call`, each only where a list that would have carried one was heard.
    fn nothing_of(self, digest: &Digest) -> Option<String> {
        if digest.scope.filtered || digest.unread.is_some() {
            return None;
        }
        let no_rfc = digest.counts.rfcs == 0 && digest.hears_of_rfcs();
        let any_call = digest.last_calls.iter().any(|call| call.body.is_last());
        let no_call = !any_call && digest.hears_of_last_calls();
        let keys = [
            (no_rfc, "preheader-no-rfc"),
            (no_call, "preheader-no-last-call"),
        ];
        let said: Vec<String> = keys
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, key)| self.say(key))
            .collect();
        (!said.is_empty()).then(|| self.list(said))
    }

    /// Says on a silent day when something came last.
    fn last_before_short(self, digest: &Digest) -> Option<String> {
        let last = digest.silence.as_ref()?.last?;
        let date = crate::clock::Day::of(last).date();
        let date = self.with("subject-date", &self.day_and_month(date));
        Some(self.with("preheader-last", &[("date", date.into())]))
    }
}

#[cfg(test)]
mod tests;
