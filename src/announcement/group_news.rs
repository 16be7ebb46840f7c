//! News of working and research groups: charters under review, groups formed, rechartered and concluded.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::{is_how_often, is_iesg};
use super::dates;
use super::group::{self, KINDS, is_acronym};
use super::text::opening;
use crate::clock::Day;
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, not_empty, split_ignoring_case, strip_ignoring_case};

/// An event in the life of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupEvent {
    /// A charter is put up for comments.
    Review,
    /// The group was formed.
    Formed,
    /// It has a new charter.
    Rechartered,
    /// It ended.
    Concluded,
}

/// News of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupNews {
    /// The event.
    pub event: GroupEvent,
    /// Lower case.
    pub acronym: Option<String>,
    /// The long name.
    pub name: Option<String>,
    /// Its area's name, as written.
    pub area: Option<String>,
    /// The last day for comments on a charter under review. Of a review of so many weeks it is reckoned from the day of
    /// the mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes: Option<Date>,
    /// True for a review inside the IESG and the IAB, before the one in public.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
}

/// The words of an action, in the order in which they are looked for.
const WORDS: [(&str, GroupEvent); 16] = [
    ("Conclusion of the ", GroupEvent::Concluded),
    ("Conclusion of ", GroupEvent::Concluded),
    ("Conclusion: ", GroupEvent::Concluded),
    ("Concluded ", GroupEvent::Concluded),
    ("Concluded: ", GroupEvent::Concluded),
    ("Closed ", GroupEvent::Concluded),
    ("Closing of ", GroupEvent::Concluded),
    ("Rechartered ", GroupEvent::Rechartered),
    ("Recharter of ", GroupEvent::Rechartered),
    ("Recharter: ", GroupEvent::Rechartered),
    ("Re-charter of ", GroupEvent::Rechartered),
    ("Rechartering: ", GroupEvent::Rechartered),
    ("Rechartering of ", GroupEvent::Rechartered),
    ("Formed ", GroupEvent::Formed),
    ("Formation of ", GroupEvent::Formed),
    ("New ", GroupEvent::Formed),
];

/// Parses news of a group; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<GroupNews> {
    if !is_iesg(message) {
        return None;
    }
    let Beginning {
        mut rest,
        mut event,
        internal,
    } = beginning(subject)?;
    let said = WORDS
        .iter()
        .find_map(|(word, said)| Some((strip_ignoring_case(rest, word)?, *said)));
    if let Some((after, said)) = said {
        rest = after.trim();
        event = event.or(Some(said));
    }
    let opening = opening(&message.text, 800);
    let event = event
        .or_else(|| event_in_last_word(rest))
        .or_else(|| event_in_text(&opening))?;
    let (mut name, mut acronym) = name_and_acronym(rest);
    if acronym.is_none()
        && let Some(named) = group::in_first_sentence(&opening)
    {
        (name, acronym) = (named.name.or(name), named.acronym);
    }
    Some(GroupNews {
        event,
        acronym,
        name,
        area: area(&opening),
        closes: (event == GroupEvent::Review)
            .then(|| closes(message))
            .flatten(),
        internal,
    })
}

/// The beginning of a subject, read.
struct Beginning<'a> {
    rest: &'a str,
    event: Option<GroupEvent>,
    internal: bool,
}

/// Reads `WG Review: `, `Second RG Review: `, `Internal EDWG Review: `, `WG Action: `: any kind of group is reviewed and
/// acted upon.
fn beginning(subject: &str) -> Option<Beginning<'_>> {
    let marks = [(" Review:", Some(GroupEvent::Review)), (" Action:", None)];
    let mut marks = marks.into_iter();
    let (before, rest, event) = marks.find_map(|(mark, event)| {
        let (before, rest) = split_ignoring_case(subject, mark)?;
        Some((before, rest, event))
    })?;
    let mut kinds = KINDS.split(',').chain(["IAB", "IESG", "DIR"]);
    let before = kinds.find_map(|kind| {
        let start = before.get(..before.len().checked_sub(kind.len())?)?;
        let is_kind = before[start.len()..].eq_ignore_ascii_case(kind);
        (is_kind && (start.is_empty() || start.ends_with(' '))).then_some(start)
    })?;
    let mut internal = false;
    let others: Vec<&str> = before
        .split(' ')
        .filter(|word| {
            let is_internal = word.eq_ignore_ascii_case("internal");
            internal |= is_internal;
            !is_internal && !word.eq_ignore_ascii_case("IRTF")
        })
        .collect();
    is_how_often(&others.join(" ")).then(|| Beginning {
        rest: rest.trim(),
        event,
        internal,
    })
}

/// Reads until when comments are taken, in what stands before the charter: "… mailing list (iesg@ietf.org) by
/// 2026-06-09.", "Review time is one week."
fn closes(message: &Message) -> Option<Date> {
    let lines = message.text.lines();
    let lines = lines.take_while(|line| !line.starts_with("-----"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).take(400).collect();
    dates::date_after(&words, &["by", "until"]).or_else(|| {
        let weeks = words.windows(5).find_map(|five| match five {
            [review, "time", "is", number, week] if is_word(review, "review") => {
                is_word(week.trim_end_matches('s'), "week").then_some(*number)
            }
            _ => None,
        })?;
        let weeks = match weeks {
            "one" | "1" => 1,
            "two" | "2" => 2,
            "three" | "3" => 3,
            "four" | "4" => 4,
            _ => return None,
        };
        let sent = Day::of(message.date?).date();
        sent.checked_add(weeks.weeks()).ok()
    })
}

fn is_word(written: &str, word: &str) -> bool {
    let bare = written.trim_matches(|c: char| !c.is_alphanumeric());
    bare.trim_end_matches('s').eq_ignore_ascii_case(word)
}

/// Reads `Thing (thing) to Conclude`, `Thing (thing) Concluded`.
fn event_in_last_word(rest: &str) -> Option<GroupEvent> {
    let last = rest.rsplit(' ').next()?.to_ascii_lowercase();
    match last.trim_matches(['(', ')', '.']) {
        "conclude" | "concluded" | "conclusion" | "closed" => Some(GroupEvent::Concluded),
        "rechartered" | "recharter" => Some(GroupEvent::Rechartered),
        "formed" => Some(GroupEvent::Formed),
        _ => None,
    }
}

/// Reads the event as the body's first sentences tell it, for subjects of the form "WG Action: Name (acr)".
fn event_in_text(flat: &str) -> Option<GroupEvent> {
    const SENTENCES: [(&str, GroupEvent); 7] = [
        ("has concluded", GroupEvent::Concluded),
        ("has been concluded", GroupEvent::Concluded),
        ("has been closed", GroupEvent::Concluded),
        ("charter has been updated", GroupEvent::Rechartered),
        ("been rechartered", GroupEvent::Rechartered),
        ("has been formed", GroupEvent::Formed),
        ("has been created", GroupEvent::Formed),
    ];
    let mut sentences = SENTENCES.iter();
    sentences.find_map(|(words, event)| find_ignoring_case(flat, words).map(|_| *event))
}

fn name_and_acronym(text: &str) -> (Option<String>, Option<String>) {
    let inner = |open: usize| text[open + 1..].split(')').next().unwrap_or_default();
    // "(2nd announcement)" may stand after the acronym.
    let mut brackets = text.rmatch_indices('(').map(|(open, _)| open);
    let open = brackets.find(|open| is_acronym(inner(*open)));
    let name = text[..open.unwrap_or(text.len())].trim();
    let acronym = open.map(|open| inner(open).to_ascii_lowercase());
    (not_empty(name), acronym)
}

/// Reads "… in the Internet Area", "… in the Web and Internet Transport of the IETF": the area's name as written.
fn area(flat: &str) -> Option<String> {
    const STOPS: [&str; 6] = [".", ",", " of the ", " has ", " is ", " Area Director"];
    flat.match_indices("in the ").find_map(|(at, words)| {
        let rest = &flat[at + words.len()..];
        let end = STOPS.iter().filter_map(|stop| rest.find(stop)).min()?;
        let name = &rest[..end];
        let is_name = name.len() < 60
            && name.starts_with(|c: char| c.is_ascii_uppercase())
            && !matches!(name, "IETF" | "IRTF");
        is_name.then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(subject: &str, text: &str) -> Option<(GroupEvent, Option<String>, Option<String>)> {
        let message = Message {
            from: "iesg-secretary@ietf.org".into(),
            text: text.into(),
            ..Message::default()
        };
        parse(&message, subject).map(|news| (news.event, news.name, news.acronym))
    }

    #[test]
    fn every_event_in_every_spelling() {
        let event = |subject: &str, text: &str| {
            news(subject, text).map(|(event, _, acronym)| (event, acronym.unwrap()))
        };
        let is = |event, acronym: &str| Some((event, acronym.to_owned()));
        assert_eq!(
            event("WG Review: Thing Maintenance (thing)", ""),
            is(GroupEvent::Review, "thing")
        );
        assert_eq!(
            event("WG Review: Recharter of Thing (thing)", ""),
            is(GroupEvent::Review, "thing")
        );
        assert_eq!(
            event("WG Action: Formed BPF/eBPF (bpf)", ""),
            is(GroupEvent::Formed, "bpf")
        );
        assert_eq!(
            event("WG Action: RECHARTER: Thing (thing)", ""),
            is(GroupEvent::Rechartered, "thing")
        );
        assert_eq!(
            event("WG Action: Conclusion of Thing (thing)", ""),
            is(GroupEvent::Concluded, "thing")
        );
        assert_eq!(
            event(
                "WG Action: Thing (thing)",
                "A new IETF working group has been\nformed"
            ),
            is(GroupEvent::Formed, "thing")
        );
        for (subject, expected) in [
            (
                "UPDATED WG Review: Recharter of Thing (thing)",
                GroupEvent::Review,
            ),
            ("Second WG Review: Thing (thing)", GroupEvent::Review),
            (
                "WG Action: Thing (thing) to Conclude",
                GroupEvent::Concluded,
            ),
            (
                "RG Action: Rechartered Thing (thing)",
                GroupEvent::Rechartered,
            ),
            (
                "WG Action: Formed Thing (thing) (2nd announcement)",
                GroupEvent::Formed,
            ),
        ] {
            assert_eq!(event(subject, ""), is(expected, "thing"), "{subject}");
        }
        assert_eq!(
            news(
                "WG Action: Conclusion of Thing",
                "The Thing Maintenance (thing) working group in the Security Area has concluded."
            ),
            Some((
                GroupEvent::Concluded,
                Some("Thing Maintenance".into()),
                Some("thing".into())
            ))
        );
        assert_eq!(event("Re: WG Action: Formed Thing (thing)", ""), None);
    }

    #[test]
    fn a_review_closes_on_a_day() {
        let read = |subject: &str, text: &str| {
            let message = Message {
                from: "iesg-secretary@ietf.org".into(),
                text: text.into(),
                date: "2026-01-30T23:30:00-08:00".parse().ok(),
                ..Message::default()
            };
            let news = parse(&message, subject).unwrap();
            (news.closes.map(|date| date.to_string()), news.internal)
        };
        let day = |text: &str| Some(text.to_owned());
        let text = "Please send your comments to the\nIESG mailing list (iesg@ietf.org) by 2026-02-08.\n\nThing (thing)\n-----------\nMilestones by 2027-01-01";
        assert_eq!(
            read("WG Review: Thing (thing)", text),
            (day("2026-02-08"), false)
        );
        let week = "Review time is one week.\n\nThe IETF Secretariat";
        assert_eq!(
            read("Internal WG Review: Thing (thing)", week),
            (day("2026-02-07"), true)
        );
        assert_eq!(
            read(
                "Internal EDWG Review: Thing (thing)",
                "-----\nby 2027-01-01"
            ),
            (None, true)
        );
        assert_eq!(
            read("WG Action: Formed Thing (thing)", "x by 2026-02-08"),
            (None, false)
        );
    }

    #[test]
    fn the_area_is_named_as_written() {
        let text = "A new IETF WG has been formed in the Web and Internet Transport Area. For";
        assert_eq!(
            area(text).as_deref(),
            Some("Web and Internet Transport Area")
        );
        let text =
            "The X (x) WG in the Web and Internet Transport of the IETF has been rechartered.";
        assert_eq!(area(text).as_deref(), Some("Web and Internet Transport"));
        let text = "A new IETF WG has been proposed in the Web and Internet Transport. The IESG";
        assert_eq!(area(text).as_deref(), Some("Web and Internet Transport"));
        assert_eq!(area("A new RG has been formed in the IRTF. For"), None);
        assert_eq!(area("It was formed in the year 2020. The Area"), None);
    }
}
