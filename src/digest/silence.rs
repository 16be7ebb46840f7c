//! Why a day without drafts and RFCs is silent, or one with next to none nearly so: a weekend, and what ietf-announce said
//! of the submission cut-off before a meeting and of the secretariat's holidays. Only days that are named count, and only
//! what the facts support is said; a day without a reason says none, and the connection's hours speak for themselves.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};

use super::{Silence, SilenceReason};
use crate::announcement::{Body, Notice, dates_in};
use crate::archive::{DayRecord, StoredAnnouncement};
use crate::clock::Day;

/// With up to this many documents a day is nearly silent; without a reason it is only a small one.
const NEARLY: usize = 2;
/// Submissions open again when the meeting begins, two weeks after the cut-off: so long it explains silence when the
/// notice does not say until when.
const CLOSED_DAYS: i64 = 14;
/// Holidays are shorter than this; two dates further apart are not the ends of one.
const LONGEST_HOLIDAY: i64 = 31;

/// Returns the reasons for a silent day, and what the days before were about; `None` when enough drafts or RFCs were announced.
pub(super) fn explain_silence(
    record: &DayRecord,
    lately: impl FnOnce() -> Vec<(String, u32)>,
) -> Option<Silence> {
    let documents: BTreeSet<String> = (record.announcements.iter())
        .filter_map(|stored| match &stored.announcement.body {
            Body::Draft(draft) => Some(draft.name.clone()),
            Body::Rfc(rfc) => Some(rfc.number.to_string()),
            _ => None,
        })
        .collect();
    if documents.len() > NEARLY {
        return None;
    }
    let mut reasons = Vec::new();
    let weekday = record.day.date().weekday();
    if matches!(weekday, Weekday::Saturday | Weekday::Sunday) {
        reasons.push(SilenceReason::Weekend);
    }
    let notices = &record.background.notices;
    if let Some(name) = holiday(notices, record.day) {
        reasons.push(SilenceReason::Holiday { name });
    }
    // What was announced is certain; a flood with silence after it is the mark of a cut-off that nobody told us of.
    let told = cut_off(notices, record.day).map(|(since, until)| (Some(since), until));
    let seen = || flood_before(record).map(|since| (Some(since), None));
    if let Some((since, until)) = told.or_else(seen) {
        reasons.push(SilenceReason::CutOff { since, until });
    }
    let silent = documents.is_empty();
    (silent || !reasons.is_empty()).then(|| Silence {
        reasons,
        last: record.last_before.filter(|_| silent),
        lately: lately(),
    })
}

/// Returns the day of a flood in the two weeks before, after which there was next to nothing: the mark of the submission
/// cut-off before a meeting (443 drafts on 2025-10-20, none on the 23rd).
fn flood_before(record: &DayRecord) -> Option<Date> {
    let recent: Vec<_> = record.past.iter().rev().take(14).collect();
    let at = recent.iter().position(|count| count.drafts >= 150)?;
    let quiet = recent[..at].iter().map(|count| count.drafts).sum::<u32>();
    let most = u32::try_from(at).unwrap_or(u32::MAX).saturating_mul(40);
    (quiet <= most).then(|| recent[at].day.date())
}

/// Returns when submissions closed and open again, if `day` lies between.
fn cut_off(notices: &[StoredAnnouncement], day: Day) -> Option<(Date, Option<Date>)> {
    notices.iter().rev().filter_map(notice).find_map(|notice| {
        let text = format!("{}.\n{}", notice.title, notice.excerpt);
        let lower = text.to_lowercase();
        let about = ["internet-draft", "internet draft", "i-d "];
        if !about.iter().any(|word| lower.contains(word)) || !says_cut_off(&lower) {
            return None;
        }
        let (mut closes, mut opens) = (None, None);
        for sentence in sentences(&text) {
            let lower = sentence.to_lowercase();
            let dates = dates_in(sentence);
            let reopens = ["reopen", "re-open", "open again", "resume"];
            if let Some(at) = reopens.iter().filter_map(|word| lower.find(word)).min() {
                // "closes on … and reopens on …" in one sentence
                let before = sentence.get(..at).map(dates_in).unwrap_or_default();
                closes = closes.or(before.last().copied());
                let after = sentence.get(at..).map(dates_in).unwrap_or_default();
                opens = opens.or(after.first().copied());
            } else if says_cut_off(&lower)
                || lower.contains("clos")
                || lower.contains("submitted by")
            {
                // When two cut-offs are told, for new drafts and for revisions, the later one closes.
                closes = closes.max(dates.last().copied());
            }
        }
        let closes = closes?;
        let closed = jiff::Span::new().days(CLOSED_DAYS);
        let until = opens.or_else(|| closes.checked_add(closed).ok())?;
        (closes < day.date() && day.date() < until).then_some((closes, opens))
    })
}

/// Returns what the secretariat calls its holiday, if `day` is one.
fn holiday(notices: &[StoredAnnouncement], day: Day) -> Option<String> {
    notices.iter().rev().filter_map(notice).find_map(|notice| {
        let text = format!("{}.\n{}", notice.title, notice.excerpt);
        let lower = text.to_lowercase();
        let closed = ["will be closed", "is closed", "holiday", "will close"];
        let closed = |text: &str| closed.iter().any(|word| text.contains(word));
        if !lower.contains("secretariat") || !closed(&lower) {
            return None;
        }
        let mut dates = dates_in(&notice.title);
        for sentence in sentences(&notice.excerpt).filter(|one| closed(&one.to_lowercase())) {
            dates.extend(dates_in(sentence));
        }
        let (first, last) = (*dates.iter().min()?, *dates.iter().max()?);
        let one_holiday = first.duration_until(last).as_hours() <= LONGEST_HOLIDAY * 24;
        let on = if one_holiday {
            first <= day.date() && day.date() <= last
        } else {
            dates.contains(&day.date())
        };
        on.then(|| notice.title.clone())
    })
}

fn notice(stored: &StoredAnnouncement) -> Option<&Notice> {
    match &stored.announcement.body {
        Body::Notice(notice) if stored.lists.iter().any(|list| list == "ietf-announce") => {
            Some(notice)
        }
        _ => None,
    }
}

fn says_cut_off(lower: &str) -> bool {
    let words = ["cut-off", "cutoff", "cut off", "submission deadline"];
    words.iter().any(|word| lower.contains(word))
}

/// Splits a text at full stops before a blank and at empty lines.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split("\n\n")
        .flat_map(|paragraph| paragraph.split_inclusive(". "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Announcement;

    fn said(list: &str, title: &str, excerpt: &str) -> Vec<StoredAnnouncement> {
        vec![StoredAnnouncement {
            id: 1,
            day: "2025-10-13".parse().unwrap(),
            lists: vec![list.into()],
            announcement: Announcement {
                list: Some(list.into()),
                message_id: None,
                date: None,
                subject: title.into(),
                body: Body::Notice(Notice {
                    title: title.into(),
                    excerpt: excerpt.into(),
                }),
            },
        }]
    }

    fn closed(title: &str, excerpt: &str, day: &str) -> Option<(String, Option<String>)> {
        let notices = said("ietf-announce", title, excerpt);
        let found = cut_off(&notices, day.parse().unwrap());
        found.map(|(closes, opens)| (closes.to_string(), opens.map(|date| date.to_string())))
    }

    #[test]
    fn the_cut_off_is_learned_with_its_ends() {
        let title = "IETF 124: Internet-Draft submission cut-off";
        let text = "The cut-off for Internet-Draft submissions is Monday, 20 October 2025 at 23:59 UTC. The submission tool will reopen on 1 November 2025.";
        let known = Some(("2025-10-20".to_owned(), Some("2025-11-01".to_owned())));
        assert_eq!(closed(title, text, "2025-10-23"), known);
        assert_eq!(closed(title, text, "2025-10-31"), known);
        // On the day itself drafts still come, and from the first of November they come again.
        assert_eq!(closed(title, text, "2025-10-20"), None);
        assert_eq!(closed(title, text, "2025-11-01"), None);
        let one = "Internet-Draft submissions close on October 20, 2025, the cut-off, and reopen on November 1, 2025.";
        assert_eq!(closed("Important dates", one, "2025-10-23"), known);
    }

    #[test]
    fn of_two_cut_offs_the_later_closes_and_an_open_end_is_two_weeks() {
        let text = "Cut-off for initial Internet-Drafts: October 19, 2009.\n\nCut-off for revised Internet-Drafts: October 26, 2009.";
        let known = Some(("2009-10-26".to_owned(), None));
        assert_eq!(
            closed("Internet-Draft Cutoff Dates", text, "2009-10-28"),
            known
        );
        assert_eq!(
            closed("Internet-Draft Cutoff Dates", text, "2009-11-20"),
            None
        );
    }

    #[test]
    fn other_notices_and_other_lists_explain_nothing() {
        let text = "The cut-off for registration is 20 October 2025.";
        assert_eq!(closed("Registration", text, "2025-10-23"), None);
        let text = "The cut-off for Internet-Draft submissions is 20 October 2025.";
        let elsewhere = said("rfc-dist", "Internet-Drafts", text);
        assert_eq!(cut_off(&elsewhere, "2025-10-23".parse().unwrap()), None);
    }

    #[test]
    fn holidays_of_the_secretariat_are_learned() {
        let title = "IETF Secretariat holiday closure";
        let text = "The IETF Secretariat will be closed from December 24, 2025 through January 1, 2026. Requests are answered after that.";
        let notices = said("ietf-announce", title, text);
        let on = |day: &str| holiday(&notices, day.parse().unwrap());
        assert_eq!(on("2025-12-24").as_deref(), Some(title));
        assert_eq!(on("2026-01-01").as_deref(), Some(title));
        assert_eq!((on("2025-12-23"), on("2026-01-02")), (None, None));
        let text = "The secretariat met on 3 December 2025.";
        let notices = said("ietf-announce", "Report", text);
        assert_eq!(holiday(&notices, "2025-12-03".parse().unwrap()), None);
    }
}
