//! Meetings: interim ones of groups, and the IETF's own.

use super::group::group;
use super::iesg::is_sender;
use super::message::Message;
use super::text::{find_ignoring_case, starts_ignoring_case};
use super::{Body, Meeting};

/// What is said of a meeting that was announced before, and whether it is off.
const MARKS: [(&str, bool); 7] = [
    ("CANCELLED", true),
    ("CANCELED", true),
    ("CANCELLATION", true),
    ("RESCHEDULED", false),
    ("CHANGED", false),
    ("UPDATED", false),
    ("REVISED", false),
];

/// Reads a meeting's announcement; `None` where the message is none.
pub(super) fn read(message: &Message, subject: &str) -> Option<Body> {
    interim(message, subject)
        .or_else(|| plenary(message, subject))
        .map(Body::Meeting)
}

/// `Example Maintenance (exmaint) WG Virtual Meeting: 2025-12-15 CHANGED`.
fn interim(message: &Message, subject: &str) -> Option<Meeting> {
    if !is_sender(message) {
        return None;
    }
    let (title, marks) = without_marks(subject);
    let kinds = [
        "Virtual Meeting",
        "Interim Meeting",
        "Virtual Interim Meeting",
        "Interim",
    ];
    let at = kinds
        .iter()
        .filter_map(|kind| find_ignoring_case(&title, kind))
        .min()?;
    let before = title[..at].trim();
    let is_group = [" WG", " RG", " BOF", " Working Group", " Research Group"]
        .iter()
        .any(|kind| {
            before.len() > kind.len()
                && before
                    .to_ascii_lowercase()
                    .ends_with(&kind.to_ascii_lowercase())
        });
    if !is_group {
        return None;
    }
    let flat = flat(&message.text);
    let changed =
        marks == Some(false) || find_ignoring_case(&flat, "MEETING DETAILS HAVE CHANGED").is_some();
    let said_off = find_ignoring_case(&flat, "has been cancel").is_some();
    Some(Meeting {
        group: Some(group(before)),
        starts: starts(&flat).or_else(|| date_in(&title)),
        changed,
        cancelled: marks == Some(true) || said_off,
        title,
    })
}

/// `IETF 107 Virtual Meeting Agenda`: what the secretariat and the IESG say about a numbered meeting.
fn plenary(message: &Message, subject: &str) -> Option<Meeting> {
    let (local, host) = message.from.split_once('@')?;
    if !host.ends_with("ietf.org") || local.starts_with("nomcom") {
        return None;
    }
    let (title, marks) = without_marks(subject);
    let number = title
        .split(|c: char| !c.is_alphanumeric())
        .skip_while(|word| !word.eq_ignore_ascii_case("IETF"))
        .nth(1)
        .and_then(|word| word.parse::<u16>().ok())
        .filter(|number| (1..1000).contains(number));
    let about = [
        "agenda",
        "meeting",
        "registration",
        "hotel",
        "venue",
        "hackathon",
        "schedule",
        "plenary",
        "sessions",
    ];
    let lower = title.to_lowercase();
    number?;
    if !about.iter().any(|word| lower.contains(word)) || starts_ignoring_case(&title, "Re:") {
        return None;
    }
    Some(Meeting {
        starts: None,
        group: None,
        changed: marks == Some(false),
        cancelled: marks == Some(true),
        title,
    })
}

/// The subject without the words that mark a change, and whether they say that the meeting is off.
fn without_marks(subject: &str) -> (String, Option<bool>) {
    let mut title = subject.to_owned();
    let mut found = None;
    for (mark, off) in MARKS {
        let Some(at) = title.find(mark) else {
            continue;
        };
        title.replace_range(at..at + mark.len(), "");
        found = Some(found.unwrap_or(false) || off);
    }
    let words = title.replace("[]", " ").replace("()", " ");
    let title = words.split_whitespace().collect::<Vec<_>>().join(" ");
    (
        title.trim_matches([' ', ':', '-', '*', ',']).to_owned(),
        found,
    )
}

fn flat(text: &str) -> String {
    let start: String = text.chars().take(4000).collect();
    start.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `on 2025-12-15 from 16:00 to 17:00 America/Los_Angeles` as `2025-12-15T16:00[America/Los_Angeles]` (RFC 9557);
/// several sessions begin with the first.
fn starts(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    words.iter().enumerate().find_map(|(at, word)| {
        let date = date_in(word)?;
        let rest = &words[at + 1..];
        let time = (rest.first() == Some(&"from"))
            .then(|| rest.get(1))
            .flatten();
        let Some(time) = time.filter(|time| is_time(time)) else {
            // A session's own line: "2025-12-15 16:00 to 17:00 …" is told by the date alone.
            return Some(date);
        };
        let zone = (rest.get(2) == Some(&"to")).then(|| rest.get(4)).flatten();
        let zone = zone.map(|zone| zone.trim_end_matches(['.', ',', ';']));
        Some(match zone.filter(|zone| is_zone(zone)) {
            Some(zone) => format!("{date}T{time}[{zone}]"),
            None => format!("{date}T{time}"),
        })
    })
}

fn date_in(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '-'))
        .find(|word| word.len() == 10 && word.parse::<jiff::civil::Date>().is_ok())
        .map(str::to_owned)
}

fn is_time(text: &str) -> bool {
    text.len() == 5
        && text.split_once(':').is_some_and(|(hours, minutes)| {
            hours.parse::<u8>().is_ok_and(|hours| hours < 24)
                && minutes.parse::<u8>().is_ok_and(|minutes| minutes < 60)
        })
}

fn is_zone(text: &str) -> bool {
    text == "UTC"
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
        match read(&message, subject)? {
            Body::Meeting(meeting) => Some(meeting),
            _ => None,
        }
    }

    #[test]
    fn interim_meetings_planned_changed_and_cancelled() {
        let text = "The Thing (thing) WG will hold a virtual interim\nmeeting on 2025-12-15 from 16:00 to 17:00 America/Los_Angeles (00:00 UTC).";
        let planned = meeting("Thing (thing) WG Virtual Meeting: 2025-12-15", text).unwrap();
        assert_eq!(
            planned.starts.as_deref(),
            Some("2025-12-15T16:00[America/Los_Angeles]")
        );
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
    }

    #[test]
    fn the_ietfs_own_meetings_have_a_number() {
        assert!(meeting("IETF 124 Final Agenda", "").is_some());
        assert!(meeting("IETF 125 Registration is open", "").is_some());
        assert!(meeting("IETF Trust Meeting Minutes", "").is_none());
        assert!(meeting("A meeting about nothing", "").is_none());
    }
}
