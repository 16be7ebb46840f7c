//! What ietf-announce said of the days on which nothing is to be expected: the submission cut-off before a meeting, and
//! the holidays of the secretariat. Only days that are named count.

use jiff::civil::Date;

use crate::announcement::{Body, Notice, dates_in};
use crate::archive::StoredAnnouncement;
use crate::clock::Day;

/// Submissions open again when the meeting begins, two weeks after the cut-off: so long it explains silence when the
/// notice does not say until when.
const CLOSED_DAYS: i64 = 14;
/// Holidays are shorter than this; two dates further apart are not the ends of one.
const LONGEST_HOLIDAY: i64 = 31;

/// Returns when submissions closed and open again, if `day` lies between.
pub(super) fn cut_off(notices: &[StoredAnnouncement], day: Day) -> Option<(Date, Option<Date>)> {
    notices.iter().rev().filter_map(notice).find_map(|notice| {
        let text = format!("{}.\n{}", notice.title, notice.excerpt);
        let lower = text.to_lowercase();
        let about = ["internet-draft", "internet draft", "i-d "];
        if !about.iter().any(|word| lower.contains(word)) || !says_cut_off(&lower) {
            return None;
        }
        let mut closes = None;
        let mut opens = None;
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
        let until = match opens {
            Some(opens) => opens,
            None => closes
                .checked_add(jiff::Span::new().days(CLOSED_DAYS))
                .ok()?,
        };
        (closes < day.date() && day.date() < until).then_some((closes, opens))
    })
}

/// Returns what the secretariat calls its holiday, if `day` is one.
pub(super) fn holiday(notices: &[StoredAnnouncement], day: Day) -> Option<String> {
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
    ["cut-off", "cutoff", "cut off", "submission deadline"]
        .iter()
        .any(|word| lower.contains(word))
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
