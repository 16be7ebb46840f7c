//! Decisions of the IESG: protocol and document actions, changes of status, conflict reviews.

use super::iesg::{bullets, document, is_sender, status};
use super::message::Message;
use super::text::{find_ignoring_case, starts_ignoring_case};
use super::{Action, Approval, Body, Named};

/// Beginnings of what follows the list of documents.
const ENDS: [&str; 8] = [
    "This document is the product",
    "These documents are products",
    "This document has been reviewed",
    "These documents have been reviewed",
    "The IESG contact person",
    "A URL of th",
    "This protocol action is documented",
    "Technical Summary",
];

/// Reads a decision; `None` where the message is none.
pub(super) fn read(message: &Message, subject: &str) -> Option<Body> {
    if !is_sender(message) {
        return None;
    }
    let action = conflict_review(message, subject)
        .or_else(|| of_kind(message, subject, "Protocol Action:", Approval::Protocol))
        .or_else(|| of_kind(message, subject, "Document Action:", Approval::Document))?;
    Some(Body::Action(action))
}

/// `Results of IETF-conflict review for draft-x-03`.
fn conflict_review(message: &Message, subject: &str) -> Option<Action> {
    let at = ["conflict review for ", "conflict review of "]
        .iter()
        .find_map(|words| find_ignoring_case(subject, words).map(|at| at + words.len()))?;
    if !starts_ignoring_case(subject, "Results of ") {
        return None;
    }
    let name = subject[at..].replace("- ", "-");
    let mut named = document(name.split_whitespace().next()?)?;
    named.title = bullets(&message.text, &ENDS)
        .into_iter()
        .find_map(|(listed, _)| (listed.name == named.name).then_some(listed.title)?);
    Some(Action {
        approval: Approval::ConflictReview,
        documents: vec![named],
        status: None,
    })
}

fn of_kind(message: &Message, subject: &str, words: &str, approval: Approval) -> Option<Action> {
    if !starts_ignoring_case(subject, words) {
        return None;
    }
    let rest = subject[words.len()..].trim();
    let listed = bullets(&message.text, &ENDS);
    // Titles may hold apostrophes and the word "to": the status stands behind the last one.
    let to = rest
        .rfind("' to ")
        .map(|at| at + 1)
        .or_else(|| rest.rfind(" to "));
    let status = to
        .and_then(|at| {
            status(
                rest[at..]
                    .trim_start()
                    .trim_start_matches("to ")
                    .split(" (")
                    .next()?,
            )
        })
        .or_else(|| listed.iter().find_map(|(_, status)| status.clone()));
    let mut documents: Vec<Named> = listed.into_iter().map(|(named, _)| named).collect();
    if documents.is_empty() {
        documents.extend(of_subject(rest));
    }
    if documents.is_empty() {
        return None;
    }
    // What is already an RFC cannot be approved again: its status changes.
    let changes = documents.iter().all(|named| named.name.starts_with("rfc"));
    Some(Action {
        approval: if changes {
            Approval::StatusChange
        } else {
            approval
        },
        documents,
        status,
    })
}

/// `'Title' to Proposed Standard (draft-x-14.txt)`.
fn of_subject(rest: &str) -> Option<Named> {
    let open = rest.rfind('(')?;
    let name = rest[open + 1..].trim_end_matches(')').replace("- ", "-");
    let mut named = document(&name)?;
    let quoted = rest
        .strip_prefix('\'')
        .and_then(|rest| rest.split_once("' to "));
    named.title = quoted.map(|(title, _)| title.to_owned());
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(subject: &str, text: &str) -> Option<Action> {
        let message = Message {
            from: "iesg-secretary@ietf.org".into(),
            text: text.into(),
            ..Message::default()
        };
        match read(&message, subject)? {
            Body::Action(action) => Some(action),
            _ => None,
        }
    }

    #[test]
    fn a_title_may_hold_apostrophes_and_the_word_to() {
        let subject = "Protocol Action: 'How to Rewrite an Agent's Key' to Proposed Standard (draft-a-b-14.txt)";
        let found = action(subject, "").unwrap();
        assert_eq!(
            found.documents[0].title.as_deref(),
            Some("How to Rewrite an Agent's Key")
        );
        assert_eq!(found.status.as_deref(), Some("Proposed Standard"));
        assert_eq!(found.approval, Approval::Protocol);
    }

    #[test]
    fn conflict_reviews_and_changes_of_status() {
        let found = action("Results of IETF-conflict review for draft-irtf-x-03", "").unwrap();
        assert_eq!(
            (found.approval, found.documents[0].revision.as_deref()),
            (Approval::ConflictReview, Some("03"))
        );
        let text = "The IESG has approved changing the status of the following document:\n- HTTP Semantics\n  (rfc9110) to Internet Standard\n\nThis protocol action is documented at:";
        let found = action("Protocol Action: HTTP Semantics to Internet Standard", text).unwrap();
        assert_eq!(
            (found.approval, found.documents[0].name.as_str()),
            (Approval::StatusChange, "rfc9110")
        );
        assert_eq!(found.documents[0].title.as_deref(), Some("HTTP Semantics"));
        assert!(action("Re: Protocol Action: 'T' to BCP (draft-a-b-01.txt)", "").is_none());
    }
}
