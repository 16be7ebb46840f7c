//! Meetings: interim ones of groups, and the IETF's own.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::{comes_from, is_iesg, is_within};
use super::group::{group_named, in_first_sentence, name_before_kind};
use super::text::opening;
use super::{Group, dates};
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, starts_ignoring_case};

mod start;

pub use start::MeetingStart;
use start::starts;

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
    let was = date_it_was(subject);
    let is_session = marks == Some(true) && title.to_ascii_lowercase().ends_with(" session");
    let session = is_session.then(|| find_session(&title)).flatten();
    let at = session.or_else(|| {
        let kinds = INTERIM.iter();
        kinds
            .filter_map(|kind| find_ignoring_case(&title, kind))
            .min()
    })?;
    let named = name_before_kind(title[..at].trim_end_matches([' ', ':', '-', ',']))
        .map(|_| title[..at].trim());
    let day = dates::first_date_in(&title[at..]).or(was);
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

/// Returns the offset behind the group in `Name (acr) WG "First" session`: one session of several may be called off, and
/// go by a name of its own.
fn find_session(title: &str) -> Option<usize> {
    title.match_indices(") ").find_map(|(at, mark)| {
        let kind = at + mark.len();
        let length = title[kind..].find(' ')?;
        let end = kind + length;
        name_before_kind(&title[..end]).map(|_| end)
    })
}

/// Reads the day in `… Cancelled (was 2026-12-10)`.
fn date_it_was(subject: &str) -> Option<Date> {
    let (_, was) = subject.rsplit_once("(was ")?;
    dates::first_date_in(was)
}

fn is_answer(subject: &str) -> bool {
    ["Re:", "Fwd:", "Fw:"]
        .iter()
        .any(|begin| starts_ignoring_case(subject, begin))
}

/// Reads `IETF 107 Virtual Meeting Agenda` and the like, which the secretariat and the IESG say about a numbered
/// meeting.
fn plenary(message: &Message, subject: &str) -> Option<Meeting> {
    let is_host = |local: &str, host: &str| {
        is_within(host, "ietf.org cnri.reston.va.us") && !local.starts_with("nomcom")
    };
    if !comes_from(message, is_host) {
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
        && (mark(words[at - 1]).is_some() || mark(words[0]).is_some())
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
    fn one_session_of_several_is_cancelled() {
        let text = "The \"Security\" session of the Constrained Things (core) virtual multi-day\ninterim meeting has been cancelled. This session had been scheduled for 2026-12-10 from 10:00 to 11:00 GMT.";
        let subject =
            "Constrained Things (core) WG \"Security\" session cancelled (was 2026-12-10)";
        let off = meeting(subject, text).unwrap();
        assert!(off.cancelled && !off.changed);
        assert_eq!(
            off.title,
            "Constrained Things (core) WG \"Security\" session"
        );
        assert_eq!(off.group.unwrap().acronym.as_deref(), Some("core"));
        assert_eq!(off.starts.as_deref(), Some("2026-12-10T10:00:00+00:00"));
        assert_eq!(off.zone.as_deref(), Some("GMT"));
        // The text tells the meeting's first day, the subject the session's.
        let other = meeting(
            "Constrained Things (core) WG interim meeting session cancelled (was 2026-12-12)",
            text,
        );
        assert_eq!(other.unwrap().starts.as_deref(), Some("2026-12-12"));
        let bare = meeting(
            "Constrained Things (core) RG Interim Meeting Cancelled (was 2026-12-12)",
            "Sorry.",
        );
        assert_eq!(bare.unwrap().starts.as_deref(), Some("2026-12-12"));
        for subject in [
            "CANCELLED: Constrained Things (core) WG \"Security\" session (was 2026-12-12)",
            "Constrained Things (core) WG Session Canceled (was 12 December 2026)",
        ] {
            let off = meeting(subject, "Sorry.").unwrap();
            assert!(off.cancelled, "{subject}");
            assert_eq!(off.starts.as_deref(), Some("2026-12-12"));
            assert_eq!(
                off.group.unwrap().name.as_deref(),
                Some("Constrained Things")
            );
        }
        assert_eq!(meeting("A \"good\" session", text), None);
        assert_eq!(
            meeting(
                "Re: x (core) WG \"a\" session cancelled (was 2026-12-10)",
                text
            ),
            None
        );
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
}
