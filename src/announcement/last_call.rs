//! IETF-wide last calls: the first, additional ones, those for several documents and for changes of status.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::{after_words, is_iesg};
use super::dates;
use super::documents::{
    NamedDocument, document, document_in_subject, listed_documents, status_name,
};
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, one_line, split_ignoring_case, starts_ignoring_case};

/// An IETF-wide last call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCall {
    /// The documents it is about.
    pub documents: Vec<NamedDocument>,
    /// The status that is asked for: `Proposed Standard`.
    pub intended_status: Option<String>,
    /// The last day for comments.
    pub ends: Option<Date>,
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
    let is_known = !documents.is_empty() || intended_status.is_some();
    is_known.then(|| LastCall {
        documents,
        intended_status,
        ends: last_day(&message.text),
    })
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
    let changes = flat.split(" - ").skip(1).filter_map(|piece| {
        let mut named = document(piece.split_whitespace().next()?)?;
        let (before, title) = match piece.split_once(" (") {
            Some((before, title)) => (before, title.trim_end().strip_suffix(')')),
            None => (piece, None),
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
    let date_after = |introducing: &[&str]| {
        words.iter().enumerate().find_map(|(at, word)| {
            introducing
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
                .then(|| dates::date_at_start(&words[at + 1..]))?
        })
    };
    date_after(&["by"]).or_else(|| date_after(&["until", "before", "on", "through", "to"]))
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
    fn a_change_of_status_is_a_last_call_for_rfcs() {
        let text = "The IESG has received a request to make the following status changes:\n\n- RFC9110 from Proposed Standard to Internet Standard\n    (HTTP Semantics)\n\nThe supporting document\ncomments by 2026-01-02. x";
        let call = read_subject("Last Call: HTTP Semantics to Internet Standard", text).unwrap();
        assert_eq!(call.documents[0].name, "rfc9110");
        assert_eq!(call.ends.unwrap().to_string(), "2026-01-02");
    }
}
