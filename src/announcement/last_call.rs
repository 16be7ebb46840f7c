//! Last calls: IETF-wide ones, the first, additional ones, those for several documents and for changes of status; those of
//! groups, and their calls for adoption.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::{after_words, is_iesg, is_tracker};
use super::dates;
use super::documents::{
    NamedDocument, document, document_in_subject, listed_documents, status_name,
};
use super::group::{Group, is_acronym, known_group};
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, one_line, split_ignoring_case, starts_ignoring_case};

/// Whose last call it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// The IESG asks the whole IETF.
    #[default]
    Ietf,
    /// A group asks itself whether a document is ready.
    Group,
    /// A group asks itself whether to take up a document.
    Adoption,
}

impl CallKind {
    /// True for a call to the whole IETF.
    pub fn is_ietf(&self) -> bool {
        *self == CallKind::Ietf
    }
}

/// A call for last comments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCall {
    /// The documents it is about.
    pub documents: Vec<NamedDocument>,
    /// The status that is asked for: `Proposed Standard`.
    pub intended_status: Option<String>,
    /// The last day for comments.
    pub ends: Option<Date>,
    /// Whose call it is.
    #[serde(default, skip_serializing_if = "CallKind::is_ietf")]
    pub call: CallKind,
    /// The group that asks, when it is a group's call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Group>,
}

impl LastCall {
    /// True for a call for last comments: the question whether a group takes up a document is none.
    pub fn is_last(&self) -> bool {
        self.call != CallKind::Adoption
    }
}

/// Beginnings of what follows the list of documents.
const ENDS: [&str; 4] = [
    "The IESG plans to make",
    "The IESG will consider",
    "Please send",
    "Abstract",
];

/// Parses a last call; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<LastCall> {
    of_the_ietf(message, subject).or_else(|| of_a_group(message, subject))
}

fn of_the_ietf(message: &Message, subject: &str) -> Option<LastCall> {
    let rest = after_words(subject, "Last Call:")?;
    if !is_iesg(message) {
        return None;
    }
    let mut listed = listed_documents(&message.text, &ENDS);
    let changed = status_changes(&message.text);
    let after_to = rest.rsplit_once(" to ").map(|(_, status)| status);
    let intended_status = after_to.and_then(status_name).or_else(|| {
        let mut all = listed.iter().chain(&changed);
        all.find_map(|(_, status)| status.clone())
    });
    if listed.is_empty() {
        listed = changed;
    }
    let mut documents: Vec<NamedDocument> = listed.into_iter().map(|(named, _)| named).collect();
    let (named, title) = document_and_title(rest);
    if let Some(named) = named {
        match documents.iter_mut().find(|known| known.name == named.name) {
            Some(known) => {
                known.revision = known.revision.take().or(named.revision);
                known.title = known.title.take().or(title);
            }
            None => documents.insert(0, NamedDocument { title, ..named }),
        }
    } else if let [only] = documents.as_mut_slice() {
        // The subject of an earlier day had the title only.
        only.title = only.title.take().or(title);
    }
    let ends = last_day(&message.text);
    // A change of status may be called anything, and name no document.
    let changes = find_ignoring_case(&message.text, "status change").is_some() && ends.is_some();
    let is_known = !documents.is_empty() || intended_status.is_some() || changes;
    is_known.then(|| LastCall {
        documents,
        intended_status,
        ends,
        ..LastCall::default()
    })
}

/// Subjects with which the tracker calls in a group's name.
const GROUP_CALLS: [(&str, CallKind); 3] = [
    ("WG Last Call:", CallKind::Group),
    ("RG Last Call:", CallKind::Group),
    ("Call for adoption:", CallKind::Adoption),
];

/// Reads `WG Last Call: draft-ietf-x-y-04 (Ends 2026-01-02)`, `Call for adoption: …`, of the tracker only: people write
/// such subjects too, and say what they like in them.
fn of_a_group(message: &Message, subject: &str) -> Option<LastCall> {
    let mut calls = GROUP_CALLS.iter();
    let (rest, call) =
        calls.find_map(|(words, call)| Some((after_words(subject, words)?, *call)))?;
    if !is_tracker(message) {
        return None;
    }
    let named = document(rest.split_whitespace().next()?)?;
    let (_, ends) = split_ignoring_case(rest, "(Ends ")?;
    Some(LastCall {
        ends: dates::first_date_in(ends),
        group: asking_group(message, &named.name),
        documents: vec![named],
        intended_status: None,
        call,
    })
}

/// Returns the group that asks: the one in the document's name, else the one whose list is to be kept in copy.
fn asking_group(message: &Message, name: &str) -> Option<Group> {
    let by_name = ["draft-ietf-", "draft-irtf-"]
        .iter()
        .find_map(|begin| name.strip_prefix(begin)?.split('-').next())
        .filter(|acronym| is_acronym(acronym));
    if let Some(acronym) = by_name {
        let unlisted = || Group {
            acronym: Some(acronym.to_owned()),
            ..Group::default()
        };
        return Some(known_group(acronym).unwrap_or_else(unlisted));
    }
    let flat = one_line(&message.text);
    let (_, rest) = split_ignoring_case(&flat, "keeping ")?;
    let (list, _) = rest.split_whitespace().next()?.split_once('@')?;
    known_group(list)
}

/// Reads the document that the subject names, and its title; also an RFC that is to be.
fn document_and_title(rest: &str) -> (Option<NamedDocument>, Option<String>) {
    if starts_ignoring_case(rest, "RFC-to-be") {
        let named = split_ignoring_case(rest, "previously ").and_then(|(_, rest)| {
            let rest = rest.replace("- ", "-");
            let name = rest.split_whitespace().next()?;
            document(name.trim_matches(['<', '>', ',']))
        });
        return (named, None);
    }
    document_in_subject(rest)
}

/// Reads `- RFC9110 from Proposed Standard to Internet Standard` / `    (HTTP Semantics)`: the RFCs whose status is to
/// change, each with the new one.
fn status_changes(text: &str) -> Vec<(NamedDocument, Option<String>)> {
    let end = find_ignoring_case(text, "The supporting document").unwrap_or(text.len());
    let flat = one_line(&text[..end]);
    // A title may hold a hyphen between blanks; a bullet is followed by a document.
    let mut pieces: Vec<String> = Vec::new();
    for piece in flat.split(" - ").skip(1) {
        let mut words = piece.split(' ');
        let is_change = words.next().is_some_and(|word| document(word).is_some())
            && words.next() == Some("from");
        match pieces.last_mut() {
            Some(last) if !is_change => {
                last.push_str(" - ");
                last.push_str(piece);
            }
            _ => pieces.push(piece.to_owned()),
        }
    }
    let changes = pieces.iter().filter_map(|piece| {
        let mut named = document(piece.split_whitespace().next()?)?;
        let (before, title) = match piece.split_once(" (") {
            Some((before, title)) => (before, title.trim_end().strip_suffix(')')),
            None => (piece.as_str(), None),
        };
        named.title = title.map(str::to_owned);
        let (_, status) = before.rsplit_once(" to ")?;
        Some((named, status_name(status)))
    });
    changes.collect()
}

/// Reads the last day for comments: "… mailing lists by 2026-06-09", "… by September 20, 1998". What an abstract says
/// of dates does not count.
fn last_day(text: &str) -> Option<Date> {
    let abstracts = text
        .lines()
        .find(|line| matches!(line.trim(), "Abstract" | "Abstracts"))
        .map_or(text.len(), |line| {
            line.as_ptr() as usize - text.as_ptr() as usize
        });
    let words: Vec<&str> = text[..abstracts].split_whitespace().collect();
    let others = ["until", "before", "on", "through", "to"];
    dates::date_after(&words, &["by"]).or_else(|| dates::date_after(&words, &others))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_subject(subject: &str, text: &str) -> Option<LastCall> {
        let message = Message {
            from: "iesg-secretary@ietf.org".into(),
            text: text.into(),
            ..Message::default()
        };
        parse(&message, subject)
    }

    #[test]
    fn subjects_of_every_form() {
        let call =
            read_subject("Last Call: <draft-a-b-04.txt> (A (small) title) to BCP", "").unwrap();
        assert_eq!(call.documents[0].name, "draft-a-b");
        assert_eq!(call.documents[0].title.as_deref(), Some("A (small) title"));
        assert_eq!(call.intended_status.as_deref(), Some("BCP"));
        let call = read_subject("Last Call: draft-a-b (Title) to Informational RFC", "").unwrap();
        assert_eq!(call.documents[0].revision, None);
        let call = read_subject(
            "Additional Last Call: RFC-to-be 6478, previously draft-ietf-pwe3-x",
            "",
        )
        .unwrap();
        assert_eq!(call.documents[0].name, "draft-ietf-pwe3-x");
        assert!(read_subject("Re: Last Call: <draft-a-b-04.txt> (T) to BCP", "").is_none());
        assert!(read_subject("Guidance on Last Call: comments", "").is_none());
    }

    #[test]
    fn a_group_calls_by_the_tracker_only() {
        let read = |from: &str, subject: &str, text: &str| {
            let message = Message {
                from: from.into(),
                text: text.into(),
                ..Message::default()
            };
            parse(&message, subject)
        };
        let tracker = "noreply@ietf.org";
        let subject = "WG Last Call: draft-ietf-netmod-example-04 (Ends 2026-01-02)";
        let call = read(tracker, subject, "").unwrap();
        assert_eq!(call.call, CallKind::Group);
        assert_eq!(call.documents[0].revision.as_deref(), Some("04"));
        assert_eq!(call.ends.unwrap().to_string(), "2026-01-02");
        assert_eq!(call.group.unwrap().acronym.as_deref(), Some("netmod"));
        let subject = "Call for adoption: draft-person-example-00  (Ends 2026-01-02)";
        let text = "Please reply to this message keeping netmod@ietf.org in copy";
        let call = read(tracker, subject, text).unwrap();
        assert_eq!(call.call, CallKind::Adoption);
        assert_eq!(call.group.unwrap().area.as_deref(), Some("ops"));
        let text = "keeping somebody@ietf.org in copy";
        assert_eq!(read(tracker, subject, text).unwrap().group, None);
        assert_eq!(read("chair@example.org", subject, text), None);
        assert_eq!(read("iesg-secretary@ietf.org", subject, text), None);
        assert_eq!(read(tracker, "WG Last Call: comments", text), None);
    }

    #[test]
    fn titles_of_changes_hold_hyphens_and_brackets() {
        let text = "The IESG has received a request from an individual participant to make\nthe following status changes:\n\n- RFC6347 from Proposed Standard to Internet Standard\n    (Example - A\n- Transport (v1) - Protocol)\n\n- RFC4347 from Proposed Standard to Historic\n    (Example)\n\nThe supporting document for this request\ncomments by 2026-01-02.";
        let call = read_subject("Last Call: Moving Example - Transport on", text).unwrap();
        let titles: Vec<_> = call
            .documents
            .iter()
            .map(|one| one.title.as_deref().unwrap())
            .collect();
        assert_eq!(
            titles,
            ["Example - A - Transport (v1) - Protocol", "Example"]
        );
        assert_eq!(call.intended_status.as_deref(), Some("Internet Standard"));
        let text = "to make\nthe following status changes:\n\n- RFC6347 from Proposed Standard to Internet Standard\n\nThe supporting document\ncomments by 2026-01-02.";
        let call = read_subject("Last Call: Example - the end of it", text).unwrap();
        assert_eq!(
            call.documents[0].title.as_deref(),
            Some("Example - the end of it")
        );
    }

    #[test]
    fn a_change_of_status_is_a_last_call_for_rfcs() {
        let text = "The IESG has received a request to make the following status changes:\n\n- RFC9110 from Proposed Standard to Internet Standard\n    (HTTP Semantics)\n\nThe supporting document\ncomments by 2026-01-02. x";
        let call = read_subject("Last Call: HTTP Semantics to Internet Standard", text).unwrap();
        assert_eq!(call.documents[0].name, "rfc9110");
        assert_eq!(call.ends.unwrap().to_string(), "2026-01-02");
    }
}
