//! IETF-wide last calls: the first, additional ones, those for several documents and for changes of status.

use jiff::civil::Date;

use super::iesg::{self, bullets, document, is_sender, status};
use super::message::Message;
use super::text::{find_ignoring_case, starts_ignoring_case};
use super::{Body, LastCall, Named};

/// Words that may stand before "Last Call:".
const BEFORE: [&str; 9] = [
    "",
    "additional",
    "second",
    "third",
    "updated",
    "revised",
    "extended",
    "new",
    "corrected",
];

/// Beginnings of what follows the list of documents.
const ENDS: [&str; 4] = [
    "The IESG plans to make",
    "The IESG will consider",
    "Please send",
    "Abstract",
];

/// Reads a last call; `None` where the message is none.
pub(super) fn read(message: &Message, subject: &str) -> Option<Body> {
    const WORDS: &str = "Last Call:";
    let at = find_ignoring_case(subject, WORDS)?;
    let before = subject[..at]
        .trim()
        .trim_end_matches([':', '-'])
        .to_ascii_lowercase();
    if !BEFORE.contains(&before.as_str()) || !is_sender(message) {
        return None;
    }
    let rest = subject[at + WORDS.len()..].trim();
    let mut call = LastCall {
        ends: ends(&message.text),
        ..LastCall::default()
    };
    let listed = bullets(&message.text, &ENDS);
    call.intended_status = rest
        .rfind(" to ")
        .and_then(|at| status(&rest[at + 4..]))
        .or_else(|| listed.iter().find_map(|(_, status)| status.clone()));
    call.documents = listed.into_iter().map(|(named, _)| named).collect();
    if let Some(named) = of_subject(rest) {
        match call
            .documents
            .iter_mut()
            .find(|known| known.name == named.name)
        {
            Some(known) => {
                known.revision = known.revision.take().or(named.revision);
                known.title = known.title.take().or(named.title);
            }
            None => call.documents.insert(0, named),
        }
    }
    if call.documents.is_empty() {
        call.documents = status_changes(&message.text);
    }
    if call.documents.is_empty() {
        return None;
    }
    Some(Body::LastCall(call))
}

/// The document that the subject names: in brackets, plain, or as an RFC that is to be.
fn of_subject(rest: &str) -> Option<Named> {
    // A subject folded at a hyphen comes back with a blank in the name.
    let rest = rest.replace("- ", "-");
    if starts_ignoring_case(&rest, "RFC-to-be") {
        let at = find_ignoring_case(&rest, "previously ")?;
        return document(rest[at + "previously ".len()..].split_whitespace().next()?);
    }
    let word = rest.split_whitespace().next()?;
    let mut named = iesg::document(word.trim_matches(['<', '>', ',']))?;
    let open = rest.find(" (")?;
    let to = rest.rfind(" to ").unwrap_or(rest.len());
    let title = rest.get(open + 2..to)?.trim().strip_suffix(')');
    named.title = title.map(str::to_owned).filter(|title| !title.is_empty());
    Some(named)
}

/// `- RFC9110 from Proposed Standard to Internet Standard (HTTP Semantics)`.
fn status_changes(text: &str) -> Vec<Named> {
    let lines = text.lines().filter_map(|line| {
        let line = line.trim().strip_prefix("- ")?;
        let mut named = document(line.split_whitespace().next()?)?;
        let open = line.rfind('(');
        named.title = open.map(|at| line[at + 1..].trim_end_matches(')').to_owned());
        Some(named)
    });
    lines.collect()
}

/// The date behind "by" in "… mailing lists by 2026-06-09".
fn ends(text: &str) -> Option<Date> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|pair| {
        let date = pair[1].trim_end_matches(['.', ',', ';']);
        (pair[0].eq_ignore_ascii_case("by") && date.len() == 10).then(|| date.parse().ok())?
    })
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
        match read(&message, subject)? {
            Body::LastCall(call) => Some(call),
            _ => None,
        }
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
