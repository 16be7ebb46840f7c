//! Decisions of the IESG: protocol and document actions, changes of status, conflict reviews.

use serde::{Deserialize, Serialize};

use super::classify::{after_words, is_iesg};
use super::documents::{
    NamedDocument, document, document_in_subject, listed_documents, status_name,
};
use crate::mail::Message;
use crate::mail::text::{find_ignoring_case, one_line, split_ignoring_case};

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
    /// What the IESG says of publication: `false` when it recommends against it, `true` when a review finds no conflict
    /// (RFC 5742 section 3); `None` when that is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<bool>,
}

impl IesgAction {
    /// True when documents of the IETF are approved by it; a review of conflicts and a change of status approve none.
    pub fn approves(&self) -> bool {
        matches!(self.approval, Approval::Protocol | Approval::Document)
            && self.publish != Some(false)
    }
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
        publish: publish(&message.text, named.title.as_deref()),
        documents: vec![named],
        status: None,
    })
}

/// Reads what the IESG says of publication, in the first sentence that says it. A title in quotes may say anything.
fn publish(text: &str, title: Option<&str>) -> Option<bool> {
    const NO: [&str; 6] = [
        "not be publish",
        "not publish",
        "not recommend publi",
        "recommends against publi",
        "objects to the publication",
        "not approve",
    ];
    const YES: [&str; 4] = [
        "no problem with the publication",
        "no problem with publication",
        "no objection to the publication",
        "no conflict between",
    ];
    let flat = one_line(text);
    let said = match title.filter(|title| !title.is_empty()) {
        Some(title) => flat.replace(&format!("'{title}'"), ""),
        None => flat,
    };
    let first = |words: &[&str]| {
        let found = words.iter();
        found
            .filter_map(|words| find_ignoring_case(&said, words))
            .min()
    };
    match (first(&NO), first(&YES)) {
        (None, None) => None,
        (no, yes) => Some(no.is_none_or(|no| yes.is_some_and(|yes| yes < no))),
    }
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
    // An approval says no such thing, and what its writeup quotes is no decision.
    let decision = ENDS
        .iter()
        .filter_map(|end| find_ignoring_case(&message.text, end))
        .min();
    let decision = &message.text[..decision.unwrap_or(message.text.len())];
    let title = documents.first().and_then(|one| one.title.as_deref());
    Some(IesgAction {
        approval: status_change.unwrap_or(approval),
        publish: publish(decision, title).filter(|publish| !publish),
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
    fn a_refusal_is_told_from_what_only_sounds_like_one() {
        let review = |text: &str| {
            let text = format!(
                "The IESG has completed a review of draft-a-b-03 consistent with RFC5742.\n\n{text}"
            );
            action("Results of IETF-conflict review for draft-a-b-03", &text)
                .unwrap()
                .publish
        };
        let title = "'Why This Should NOT be published' <draft-a-b-03.txt>";
        let no_problem = format!(
            "The IESG has no problem with the publication of\n{title} as an Informational RFC."
        );
        let against =
            format!("The IESG recommends that {title} NOT be\npublished as an Informational RFC.");
        assert_eq!(review(&no_problem), Some(true));
        assert_eq!(review(&against), Some(false));
        for (text, expected) in [
            (
                "The IESG has concluded that there is no conflict between this document and IETF work.",
                Some(true),
            ),
            (
                "The IESG has concluded that publication could disrupt the work of WG x and recommends not publishing the document at this time.",
                Some(false),
            ),
            (
                "This document extends a protocol and should therefore not be published without IETF review.",
                Some(false),
            ),
            (
                "The IESG has no problem with the publication of it. This does not prevent publishing.",
                Some(true),
            ),
            ("Something else.", None),
        ] {
            assert_eq!(review(text), expected, "{text}");
        }
        let subject = "Document Action: 'T' to Informational RFC (draft-a-b-03.txt)";
        let refused = "The IESG recommends that 'T' (draft-a-b-03.txt) should NOT be published as an Informational RFC.\n\nTechnical Summary";
        let refused = action(subject, refused).unwrap();
        assert_eq!((refused.publish, refused.approves()), (Some(false), false));
        let approved = "The IESG has approved the following document:\n- 'T'\n  (draft-a-b-03.txt) as Informational RFC\n\nTechnical Summary\n\nSome said it should not be published.";
        let approved = action(subject, approved).unwrap();
        assert_eq!((approved.publish, approved.approves()), (None, true));
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
