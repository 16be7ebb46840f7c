//! News of working and research groups: charters under review, groups formed, rechartered and concluded.

use super::group::is_acronym;
use super::iesg::is_sender;
use super::message::Message;
use super::text::{find_ignoring_case, starts_ignoring_case};
use super::{Body, GroupEvent, GroupNews};

/// What may begin a subject, and what it is about when nothing else is said.
const BEGINNINGS: [(&str, Option<GroupEvent>); 6] = [
    ("WG Review:", Some(GroupEvent::Review)),
    ("RG Review:", Some(GroupEvent::Review)),
    ("Internal WG Review:", Some(GroupEvent::Review)),
    ("WG Action:", None),
    ("RG Action:", None),
    ("IRTF RG Action:", None),
];

/// The words of an action, in the order in which they are looked for.
const WORDS: [(&str, GroupEvent); 12] = [
    ("Conclusion of the ", GroupEvent::Concluded),
    ("Conclusion of ", GroupEvent::Concluded),
    ("Conclusion: ", GroupEvent::Concluded),
    ("Concluded ", GroupEvent::Concluded),
    ("Closed ", GroupEvent::Concluded),
    ("Rechartered ", GroupEvent::Rechartered),
    ("Recharter of ", GroupEvent::Rechartered),
    ("Recharter: ", GroupEvent::Rechartered),
    ("Rechartering of ", GroupEvent::Rechartered),
    ("Formed ", GroupEvent::Formed),
    ("Formation of ", GroupEvent::Formed),
    ("New ", GroupEvent::Formed),
];

/// Reads news of a group; `None` where the message is none.
pub(super) fn read(message: &Message, subject: &str) -> Option<Body> {
    if !is_sender(message) {
        return None;
    }
    let (begin, fixed) = BEGINNINGS
        .iter()
        .find(|(begin, _)| starts_ignoring_case(subject, begin))?;
    let mut rest = subject[begin.len()..].trim();
    let mut event = *fixed;
    if let Some((word, said)) = WORDS
        .iter()
        .find(|(word, _)| starts_ignoring_case(rest, word))
    {
        rest = rest[word.len()..].trim();
        event = event.or(Some(*said));
    }
    let event = event.or_else(|| of_text(&message.text))?;
    let (name, acronym) = name_and_acronym(rest);
    Some(Body::Group(GroupNews {
        event,
        acronym,
        name,
        area: area(&message.text),
    }))
}

/// The event as the body's first sentences tell it, for subjects of the form "WG Action: Name (acr)".
fn of_text(text: &str) -> Option<GroupEvent> {
    let start: String = text.chars().take(600).collect();
    let flat = start.split_whitespace().collect::<Vec<_>>().join(" ");
    let says = |words: &str| find_ignoring_case(&flat, words).is_some();
    if says("has concluded") || says("has been concluded") || says("has been closed") {
        Some(GroupEvent::Concluded)
    } else if says("has been rechartered")
        || says("charter has been updated")
        || says("been rechartered")
    {
        Some(GroupEvent::Rechartered)
    } else if says("has been formed") || says("has been created") {
        Some(GroupEvent::Formed)
    } else {
        None
    }
}

fn name_and_acronym(text: &str) -> (Option<String>, Option<String>) {
    let text = text.trim();
    let Some(open) = text.rfind('(') else {
        return (Some(text.to_owned()).filter(|name| !name.is_empty()), None);
    };
    let inner = text[open + 1..].split(')').next().unwrap_or_default();
    if !is_acronym(inner) {
        return (Some(text.to_owned()), None);
    }
    let name = text[..open].trim();
    (
        Some(name.to_owned()).filter(|name| !name.is_empty()),
        Some(inner.to_ascii_lowercase()),
    )
}

/// "… in the Internet Area": the area's name as written.
fn area(text: &str) -> Option<String> {
    let start: String = text.chars().take(800).collect();
    let flat = start.split_whitespace().collect::<Vec<_>>().join(" ");
    let at = find_ignoring_case(&flat, "in the ")? + "in the ".len();
    let end = find_ignoring_case(&flat[at..], " Area")? + at + " Area".len();
    let name = &flat[at..end];
    (name.len() < 60 && !name.contains(['.', ','])).then(|| name.to_owned())
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
        match read(&message, subject)? {
            Body::Group(news) => Some((news.event, news.name, news.acronym)),
            _ => None,
        }
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
        assert_eq!(event("Re: WG Action: Formed Thing (thing)", ""), None);
    }

    #[test]
    fn the_area_is_named_as_written() {
        let text = "A new IETF WG has been formed in the Web and Internet Transport Area. For";
        assert_eq!(
            area(text).as_deref(),
            Some("Web and Internet Transport Area")
        );
        assert_eq!(area("It was formed in the year 2020. The Area"), None);
    }
}
