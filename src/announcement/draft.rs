//! Internet-Draft announcements of every era. The subject names the document; the body's fields are found by their
//! labels, whatever their padding, and each of them may be missing.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::classify::is_draft_announcer;
use super::dates::{date_in_word, first_date_in};
use super::group::group_of_work_item;
use super::text::{labelled, number, paragraphs, people};
use super::{Group, names, relations};
use crate::mail::Message;
use crate::mail::text::{lines, not_empty, one_line, starts_ignoring_case, strip_ignoring_case};

/// One posted revision of an Internet-Draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The name without revision and extension: `draft-ietf-netmod-system-config`.
    pub name: String,
    /// Two digits.
    pub revision: String,
    /// The title, on one line.
    pub title: Option<String>,
    /// One person per entry, as written.
    pub authors: Vec<String>,
    /// Number of pages.
    pub pages: Option<u32>,
    /// The body's own date: the tracker's local day, not the day of the announcement.
    pub dated: Option<Date>,
    /// The group whose work item it is.
    pub group: Option<Group>,
    /// `IETF`, `IRTF`, `IAB`, …
    pub stream: Option<String>,
    /// The abstract; paragraphs are divided by an empty line, line breaks inside them are gone.
    #[serde(rename = "abstract")]
    pub abstract_text: Option<String>,
    /// Numbers of the RFCs that it says it updates.
    #[serde(default)]
    pub updates: Vec<u32>,
    /// Numbers of the RFCs that it says it obsoletes.
    #[serde(default)]
    pub obsoletes: Vec<u32>,
    /// Names of the drafts that it says it replaces.
    #[serde(default)]
    pub replaces: Vec<String>,
}

/// Labels of the fields, in one era or another.
const LABELS: [&str; 11] = [
    "Title",
    "Author",
    "Authors",
    "Author(s)",
    "Name",
    "Filename",
    "Pages",
    "Date",
    "Dates",
    "Revision",
    "Group",
];

/// Lines that begin what follows an abstract, in one era or another.
const ENDS: [&str; 15] = [
    "The IETF datatracker status page for",
    "The IETF datatracker page for",
    "There is also an HTML",
    "There's also a htmlized",
    "There's also an htmlized",
    "There are also htmlized",
    "A diff from the previous version",
    "A diff from previous version",
    "Diff from previous version",
    "A URL for this Internet-Draft is",
    "Internet-Drafts are also available",
    "Internet-Drafts are available by",
    "Internet-Drafts can also be obtained",
    "Please note that it may take",
    "To remove yourself from the",
];

/// Parses a draft announcement; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<Draft> {
    let named = strip_ignoring_case(subject, "I-D Action:")?;
    if !is_draft_announcer(message) {
        return None;
    }
    // A subject folded at a hyphen comes back with a blank in the name.
    let named = named.replace("- ", "-");
    let (name, revision) = names::draft_name(named.split_whitespace().next()?)?;
    let mut draft = Draft {
        name,
        revision: revision?,
        ..Draft::default()
    };
    let lines: Vec<&str> = lines(&message.text).collect();
    let start = lines
        .iter()
        .position(|line| labelled(line, &LABELS).is_some())
        .unwrap_or(lines.len());
    let opening = lines[..start].join(" ");
    let work = group_of_work_item(&opening);
    let (group, stream) = work.unzip();
    draft.stream = stream_of_name(&draft.name).or(stream).map(str::to_owned);
    draft.group = group;
    let rest = fields(&lines[start..], &mut draft);
    draft.abstract_text = abstract_of(rest);
    if let Some(text) = &draft.abstract_text {
        draft.updates = relations::updated_rfcs(text);
        draft.obsoletes = relations::obsoleted_rfcs(text);
        draft.replaces = relations::replaced_drafts(text);
    }
    Some(draft)
}

/// Returns the stream that a draft's name fixes; individual drafts have none yet.
fn stream_of_name(name: &str) -> Option<&'static str> {
    let (source, _) = name.strip_prefix("draft-")?.split_once('-')?;
    match source {
        "ietf" => Some("IETF"),
        "irtf" => Some("IRTF"),
        "iab" => Some("IAB"),
        // "draft-rswg-" until the stream had a prefix of its own.
        "editorial" | "rswg" => Some("Editorial"),
        _ => None,
    }
}

/// Reads the labelled block and returns the lines after it.
fn fields<'a, 'b>(lines: &'b [&'a str], draft: &mut Draft) -> &'b [&'a str] {
    let mut authors: Vec<&str> = Vec::new();
    let mut title: Vec<&str> = Vec::new();
    let mut current = None;
    let mut rest = lines;
    while let [line, after @ ..] = rest
        && !line.trim().is_empty()
    {
        let found = labelled(line, &LABELS);
        // What is not indented is the abstract of a block without an empty line after it; only titles and authors go on
        // over lines, also when the indents were lost.
        if found.is_none() && !line.starts_with([' ', '\t']) && !current.is_some_and(goes_on) {
            break;
        }
        rest = after;
        let Some((label, value)) = found.or(current.map(|label| (label, line.trim()))) else {
            continue;
        };
        current = Some(label);
        match label {
            "Title" => title.push(value),
            "Author" | "Authors" | "Author(s)" => authors.push(value),
            "Pages" => draft.pages = number(value).or(draft.pages),
            "Date" | "Dates" => draft.dated = date(value).or(draft.dated),
            _ => {}
        }
    }
    draft.title = not_empty(one_line(&title.join(" ")));
    draft.authors = people(authors);
    rest
}

fn goes_on(label: &str) -> bool {
    label == "Title" || label.starts_with("Author")
}

fn date(value: &str) -> Option<Date> {
    let first = value.split_whitespace().next()?;
    date_in_word(first).or_else(|| first_date_in(value))
}

/// Returns the abstract: what is left up to the links, without its label.
fn abstract_of(lines: &[&str]) -> Option<String> {
    let lines = lines.iter().copied();
    let mut lines = lines.skip_while(|line| line.trim().is_empty()).peekable();
    // The label has a line of its own, or the text follows it.
    let first = lines.peek().copied();
    let first = first.and_then(|line| labelled(line, &["Abstract"]));
    if first.is_some() {
        lines.next();
    }
    let is_end = |line: &str| {
        let line = line.trim_start();
        ENDS.iter().any(|end| starts_ignoring_case(line, end))
    };
    let lines = lines.take_while(|line| !is_end(line));
    paragraphs(first.map(|(_, value)| value).into_iter().chain(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_and_a_stranger_announce_nothing() {
        let from = |from: &str, subject: &str| {
            let message = Message {
                from: from.into(),
                subject: subject.into(),
                ..Message::default()
            };
            parse(&message, subject).is_some()
        };
        let subject = "I-D Action: draft-ietf-quic-http-34.txt";
        assert!(from("internet-drafts@ietf.org", subject));
        assert!(!from("somebody@example.org", subject));
        assert!(!from(
            "internet-drafts@ietf.org",
            "Re: I-D Action: draft-ietf-quic-http-34.txt"
        ));
        assert!(!from(
            "internet-drafts@ietf.org",
            "New Version Notification for draft-ietf-quic-http-34.txt"
        ));
    }
}
