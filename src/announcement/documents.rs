//! The documents that the IESG's announcements are about: names, titles and statuses in lists, sentences and subjects.

use serde::{Deserialize, Serialize};

use super::names;
use crate::mail::text::{
    find_ignoring_case, not_empty, one_line, starts_ignoring_case, strip_ignoring_case,
};

/// A document that a last call or an action is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDocument {
    /// A draft's name without revision, or `rfc6478`.
    pub name: String,
    /// Two digits, when told.
    pub revision: Option<String>,
    /// The title, when told.
    pub title: Option<String>,
}

/// Lists the documents that a text names up to the paragraph that begins with one of `ends`, each with the status after
/// it: in bullets such as `- 'Title'` / `  <draft-x-10.txt> as Proposed Standard`, or in a sentence, as until 2003.
pub(super) fn listed_documents(text: &str, ends: &[&str]) -> Vec<(NamedDocument, Option<String>)> {
    let stop = ends
        .iter()
        .filter_map(|end| find_ignoring_case(text, end))
        .min()
        .unwrap_or(text.len());
    let line = marked_line(&text[..stop]);
    let mut found: Vec<(NamedDocument, Option<String>)> = Vec::new();
    let mut from = 0;
    while found.len() < MOST
        && let Some((open, close, mut named)) = next_document(&line, from)
    {
        named.title = title_before(&line[from..open]);
        let status = status_given(&line[close + 1..]);
        from = close + 1;
        match found.iter_mut().find(|(known, _)| known.name == named.name) {
            Some((known, _)) => known.title = known.title.take().or(named.title),
            None => found.push((named, status)),
        }
    }
    found
}

/// Puts the lines on one, with bullets marked: a line that begins with one is told from a hyphen between words.
fn marked_line(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim();
        let mut words = line.split_whitespace().peekable();
        let first = words.peek().copied().unwrap_or_default();
        let number = first.strip_suffix(['.', ')']).unwrap_or_default();
        let is_number =
            (1..3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        // A quoted title that goes on with a hyphen on the next line is no new bullet.
        let is_hyphen = first == "-" && line.len() > 1;
        if matches!(first, "o" | "*" | "•" | "+") || is_number || is_hyphen {
            words.next();
            flat.push(if is_hyphen { HYPHEN } else { BULLET });
        }
        for word in words {
            if !flat.is_empty() {
                flat.push(' ');
            }
            flat.push_str(word);
        }
    }
    flat
}

/// No call and no decision was ever about so many documents.
const MOST: usize = 200;
/// The sign for a bullet in [`marked_line`]; clean text has no control characters.
const BULLET: char = '\u{1}';
/// The sign for a hyphen at the beginning of a line, which is a bullet unless a quoted title is open.
const HYPHEN: char = '\u{2}';

/// Finds the next document in < > or ( ) after offset `from`: the offsets of its brackets, and its name.
fn next_document(text: &str, from: usize) -> Option<(usize, usize, NamedDocument)> {
    text[from..]
        .match_indices(['<', '('])
        .find_map(|(at, open)| {
            let at = from + at;
            let rest = text[at..].get(..200).unwrap_or(&text[at..]);
            let end = at + rest.find(if open == "<" { '>' } else { ')' })?;
            let named = document(&text[at + 1..end])?;
            // A title may name an RFC too; one that is decided about is followed by what it becomes.
            let after = text[end + 1..].trim_start();
            let counts = named.name.starts_with("draft-")
                || ["to ", "as "].iter().any(|word| after.starts_with(word));
            counts.then_some((at, end, named))
        })
}

/// Reads the title that ends here: what is quoted, or what follows the last bullet.
fn title_before(text: &str) -> Option<String> {
    let text = text.trim_end().trim_end_matches(',').trim_end();
    let plain = |title: &str| not_empty(one_line(&title.replace([BULLET, HYPHEN], " - ")));
    for (open, close) in [('\'', '\''), ('"', '"'), ('‘', '’'), ('“', '”')] {
        let Some(inner) = text.strip_suffix(close) else {
            continue;
        };
        // The quote opens after a blank or a bullet; a title may hold others of its kind.
        let begins = inner.match_indices(open).find(|(at, _)| {
            inner[..*at]
                .chars()
                .next_back()
                .is_none_or(|before| before.is_whitespace() || before.is_control())
        });
        if let Some((at, mark)) = begins {
            return plain(&inner[at + mark.len()..]);
        }
    }
    let start = text.rfind([BULLET, HYPHEN])?;
    plain(&text[start + 1..])
}

/// Reads the document and the title in a subject: `<draft-x-10.txt> (Title) to Proposed Standard`, `'Title' to Proposed
/// Standard (draft-x)`, or a title alone.
pub(super) fn document_in_subject(rest: &str) -> (Option<NamedDocument>, Option<String>) {
    let rest = &with_whole_names(rest);
    let to = rest.rfind(" to ").unwrap_or(rest.len());
    let first = rest.split_whitespace().next().unwrap_or_default();
    if let Some(named) = document(first.trim_matches(['<', '>', ','])) {
        let title = rest
            .find(" (")
            .and_then(|open| rest.get(open + 2..to)?.trim().strip_suffix(')'))
            .and_then(not_empty);
        return (Some(named), title);
    }
    let title = rest[..to].trim();
    let unquoted = |quote: char| title.strip_prefix(quote)?.strip_suffix(quote);
    let bare = ['\'', '"'].into_iter().find_map(unquoted);
    let bare = bare.unwrap_or(title).trim();
    if let Some(named) = document(bare) {
        return (Some(named), None);
    }
    let named = rest
        .rfind('(')
        .and_then(|open| document(rest[open + 1..].trim_end().trim_end_matches(')')));
    (named, not_empty(bare))
}

/// Joins the names of drafts again: a subject folded at a hyphen comes back with a blank in the name. Between the words of
/// a title a hyphen stays as it is.
fn with_whole_names(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut is_draft = false;
    for word in text.split(' ') {
        let goes_on = whole.is_empty() || is_draft && whole.ends_with('-');
        if !goes_on {
            whole.push(' ');
            is_draft = false;
        }
        let begins = word.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
        is_draft |= starts_ignoring_case(begins, "draft-");
        whole.push_str(word);
    }
    whole
}

/// Reads `draft-x-10.txt` or `rfc9110` by itself.
pub(super) fn document(word: &str) -> Option<NamedDocument> {
    let word = word.trim();
    if word.contains(' ') && names::rfc_number(word).is_none() {
        return None;
    }
    if let Some((name, revision)) = names::draft_name(word) {
        return Some(NamedDocument {
            name,
            revision,
            title: None,
        });
    }
    let name = format!("rfc{}", names::rfc_number(word)?);
    let plain = word.to_ascii_lowercase().replace([' ', '-'], "");
    (plain == name).then(|| NamedDocument {
        name,
        ..NamedDocument::default()
    })
}

/// Names of statuses as the IESG writes them, divided by commas; a longer one stands before its beginning.
const STATUSES: &str = "Proposed Standard,Draft Standard,Internet Standard,Full Standard,Standard,\
    Best Current Practice,BCP,Informational RFC,Informational,Experimental RFC,Experimental,Historic RFC,Historic";

/// Reads `as a Proposed Standard`, `to Internet Standard`: the status, as written.
fn status_given(text: &str) -> Option<String> {
    let text = text.trim_start();
    let rest = ["as ", "to "]
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    let rest = ["an ", "a ", "the "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .unwrap_or(rest);
    let end = rest.find(['.', ',', ';', '(']).unwrap_or(rest.len());
    status_name(&rest[..end])
}

/// Reads the status name (RFC 2026 sections 4 and 5) at the start of a text, cut where a sentence goes on.
pub(super) fn status_name(text: &str) -> Option<String> {
    let text = text
        .trim()
        .trim_start_matches("be ")
        .trim_start_matches("the status of ");
    // Several documents become "Proposed Standards".
    let ends = |rest: &str| {
        !rest
            .trim_start_matches('s')
            .starts_with(char::is_alphanumeric)
    };
    let mut known = STATUSES.split(',');
    let status = known.find(|known| strip_ignoring_case(text, known).is_some_and(ends))?;
    Some(status.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_name_several_documents() {
        let text = "The IESG has approved the following documents:\n- 'One's Title'\n  (draft-a-b-03.txt) as a Proposed\nStandard\n- 'Two (2)'\n  (draft-c-d-01.txt) as an Informational RFC\n\nThese documents are";
        let found = listed_documents(text, &["These documents are"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0.title.as_deref(), Some("One's Title"));
        assert_eq!(found[0].1.as_deref(), Some("Proposed Standard"));
        assert_eq!(found[1].0.title.as_deref(), Some("Two (2)"));
        assert_eq!(found[1].0.name, "draft-c-d");
        assert_eq!(found[1].1.as_deref(), Some("Informational RFC"));
    }

    fn titles(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        listed_documents(text, &[])
            .into_iter()
            .map(|(named, status)| (named.name, named.title, status))
            .collect()
    }

    #[test]
    fn titles_hold_quotes_and_hyphens() {
        let one = |text: &str| titles(text)[0].1.clone().unwrap();
        assert_eq!(
            one("x:\n- 'A \"quoted\"'\n  <draft-a-b-01.txt>"),
            "A \"quoted\""
        );
        assert_eq!(
            one("x: - 'Paths - A Framework '\n  <draft-a-b-01.txt>"),
            "Paths - A Framework"
        );
        assert_eq!(
            one("x:\n- 'Paths\n- A Framework'\n  <draft-a-b-01.txt>"),
            "Paths - A Framework"
        );
        assert_eq!(
            one("x:\n- Title (of RFC 1)\n  (rfc9110) to Historic"),
            "Title (of RFC 1)"
        );
        assert_eq!(
            one("x:\n- 'An Update to Y (RFC 1234)'\n  <draft-a-b-01.txt>"),
            "An Update to Y (RFC 1234)"
        );
        assert_eq!(
            one("x: - 'The 'best' one' <draft-a-b-01.txt>"),
            "The 'best' one"
        );
    }

    #[test]
    fn sentences_of_the_1990s_name_documents_too() {
        let text = "The IESG has approved the Internet-Draft \"IP over X\"\n<draft-a-b-01.txt> as a Proposed Standard.";
        assert_eq!(
            titles(text),
            [(
                "draft-a-b".into(),
                Some("IP over X".into()),
                Some("Proposed Standard".into())
            )]
        );
        let text = "publication of the following Internet-Drafts as Proposed Standards:\n\n o One Title\n   <draft-a-b-01.txt>\n o Two\n   <draft-c-d-02.txt>\n";
        assert_eq!(
            titles(text),
            [
                ("draft-a-b".into(), Some("One Title".into()), None),
                ("draft-c-d".into(), Some("Two".into()), None)
            ]
        );
    }

    #[test]
    fn subjects_are_read_in_both_orders() {
        let read = |rest: &str| {
            let (named, title) = document_in_subject(rest);
            (named.map(|named| named.name), title)
        };
        let both = (Some("draft-a-b".to_owned()), Some("How to (x)".to_owned()));
        assert_eq!(read("<draft-a-b-04.txt> (How to (x)) to BCP"), both);
        assert_eq!(read("'How to (x)' to BCP (draft-a-b)"), both);
        assert_eq!(read("How to (x) to BCP"), (None, both.1.clone()));
        assert_eq!(read("<draft-a- b-04.txt> (How to (x)) to BCP"), both);
        assert_eq!(
            read("'Paths - A Way' to BCP (draft-a- b-03.txt)"),
            (both.0.clone(), Some("Paths - A Way".into()))
        );
        assert_eq!(read("RFC 3683 to Historic").0.as_deref(), Some("rfc3683"));
    }

    #[test]
    fn documents_are_drafts_or_rfcs_by_themselves() {
        assert_eq!(document("rfc9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110 bis"), None);
        assert_eq!(document("http"), None);
    }

    #[test]
    fn a_status_is_told_from_how_the_sentence_goes_on() {
        assert_eq!(
            status_name("Proposed Standards").as_deref(),
            Some("Proposed Standard")
        );
        assert_eq!(status_name("be Historic").as_deref(), Some("Historic"));
        assert_eq!(
            status_name("Informational-ish text").as_deref(),
            Some("Informational")
        );
        assert_eq!(status_name("Standardised"), None);
        assert_eq!(
            status_given(" as an Informational RFC. The IESG").as_deref(),
            Some("Informational RFC")
        );
        assert_eq!(status_given("is a Proposed Standard"), None);
    }
}
