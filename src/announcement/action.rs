//! Decisions of the IESG: protocol and document actions, changes of status, conflict reviews.

use serde::{Deserialize, Serialize};

use super::classify::{after_words, is_iesg};
use super::documents::{
    NamedDocument, document, document_in_subject, listed_documents, status_name,
};
use crate::mail::Message;
use crate::mail::text::split_ignoring_case;

/// The kind of decision that an [`IesgAction`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// A document on the standards track, or a BCP.
    Protocol,
    /// An informational or experimental document.
    Document,
    /// A review whether a document of another stream conflicts with IETF work.
    ConflictReview,
    /// A published RFC changes its status.
    StatusChange,
}

/// A decision of the IESG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IesgAction {
    /// The kind of decision.
    pub approval: Approval,
    /// The documents it is about.
    pub documents: Vec<NamedDocument>,
    /// The status given.
    pub status: Option<String>,
}

/// Beginnings of what follows the list of documents.
const ENDS: [&str; 11] = [
    "This document is a product",
    "This document is an individual",
    "These documents are the product",
    "This document is the product",
    "These documents are products",
    "This document has been reviewed",
    "These documents have been reviewed",
    "The IESG contact person",
    "A URL of th",
    "This protocol action is documented",
    "Technical Summary",
];

/// Parses a decision; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<IesgAction> {
    if !is_iesg(message) {
        return None;
    }
    conflict_review(message, subject)
        .or_else(|| approval_or_change(message, subject, "Protocol Action:", Approval::Protocol))
        .or_else(|| approval_or_change(message, subject, "Document Action:", Approval::Document))
}

/// Reads `Results of IETF-conflict review for draft-x-03`; before 2012 an answer, `Re: Informational RFC to be:
/// draft-x-03.txt`.
fn conflict_review(message: &Message, subject: &str) -> Option<IesgAction> {
    let rest = match split_ignoring_case(subject, "RFC to be:") {
        Some((before, rest)) => {
            let before = before.trim();
            let kind = before.rsplit(' ').next().unwrap_or_default();
            let is_answer = before == kind || before.starts_with("Re:");
            (is_answer && status_name(kind).is_some()).then_some(rest)?
        }
        None => {
            after_words(subject, "Results of ")?;
            let after = |words| split_ignoring_case(subject, words).map(|(_, rest)| rest);
            after("conflict review for ").or_else(|| after("conflict review of "))?
        }
    };
    let name = rest.replace("- ", "-");
    let mut named = document(name.split_whitespace().next()?.trim_matches(['<', '>']))?;
    named.title = listed_documents(&message.text, &ENDS)
        .into_iter()
        .find_map(|(listed, _)| (listed.name == named.name).then_some(listed.title)?);
    Some(IesgAction {
        approval: Approval::ConflictReview,
        documents: vec![named],
        status: None,
    })
}

/// Reads a protocol or document action. One about RFCs changes their status.
fn approval_or_change(
    message: &Message,
    subject: &str,
    words: &str,
    approval: Approval,
) -> Option<IesgAction> {
    let rest = after_words(subject, words)?;
    let listed = listed_documents(&message.text, &ENDS);
    // Titles may hold apostrophes and the word "to": the status stands after the last one.
    let after_to = |to| rest.rsplit_once(to).map(|(_, status): (_, &str)| status);
    let status = after_to("' to ")
        .or_else(|| after_to(" to "))
        .and_then(|status| status_name(status.trim_start_matches("to ")))
        .or_else(|| listed.iter().find_map(|(_, status)| status.clone()));
    let mut documents: Vec<NamedDocument> = listed.into_iter().map(|(named, _)| named).collect();
    let (named, title) = document_in_subject(rest);
    if let ([], Some(named)) = (documents.as_slice(), named) {
        documents.push(named);
    }
    // The subject of an earlier day had the title only.
    if let [only] = documents.as_mut_slice() {
        only.title = only.title.take().or(title);
    }
    if documents.is_empty() && status.is_none() {
        return None;
    }
    // What is already an RFC cannot be approved again: its status changes.
    let is_rfc = |named: &NamedDocument| named.name.starts_with("rfc");
    let changes = !documents.is_empty() && documents.iter().all(is_rfc);
    let status_change = changes.then_some(Approval::StatusChange);
    Some(IesgAction {
        approval: status_change.unwrap_or(approval),
        documents,
        status,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(subject: &str, text: &str) -> Option<IesgAction> {
        let message = Message {
            from: "iesg-secretary@ietf.org".into(),
            text: text.into(),
            ..Message::default()
        };
        parse(&message, subject)
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
        let text = "The IESG has no problem with the publication of 'A (b)'\n<draft-irtf-x-03.txt> as an Informational RFC.";
        for subject in [
            "Results of IETF-conflict review for draft-irtf-x-03",
            "Re: Informational RFC to be: draft-irtf-x-03.txt",
        ] {
            let found = action(subject, text).unwrap();
            assert_eq!(found.approval, Approval::ConflictReview);
            assert_eq!(found.documents[0].title.as_deref(), Some("A (b)"));
        }
        assert!(action("Fwd: Informational RFC to be: draft-irtf-x-03.txt", text).is_none());
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
