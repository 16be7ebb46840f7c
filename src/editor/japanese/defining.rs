//! The part of an abstract that says what the document does: from "defines", "specifies", "introduces" on. What leads up to
//! it is background.

use super::super::sentences::sentences;
use super::words::is_name;

/// No more of an abstract is read, in bytes: it holds one in practice ten times over.
const LONGEST: usize = 20_000;
/// The verb stands among so many words.
const WITHIN: usize = 24;

/// Words of notes on where a document is made and discussed.
const HOUSEKEEPING: [&str; 6] = [
    "discussion of this document",
    "discussion venue",
    "github.com",
    "mailing list",
    "source for this draft",
    "to be removed",
];

/// Words that name the document as a subject, after "this" or "the".
const DOCUMENTS: [&str; 12] = [
    "document",
    "draft",
    "internet-draft",
    "memo",
    "note",
    "specification",
    "standard",
    "rfc",
    "report",
    "extension",
    "module",
    "text",
];

/// Verbs that say what a document does.
const VERBS: [&str; 33] = [
    "adds",
    "addresses",
    "analyzes",
    "clarifies",
    "defines",
    "deprecates",
    "describes",
    "details",
    "discusses",
    "documents",
    "establishes",
    "explains",
    "explores",
    "extends",
    "gives",
    "identifies",
    "introduces",
    "lists",
    "obsoletes",
    "outlines",
    "presents",
    "profiles",
    "proposes",
    "provides",
    "recommends",
    "registers",
    "replaces",
    "revises",
    "sets",
    "specifies",
    "standardizes",
    "summarizes",
    "updates",
];

/// Returns what the document says that it does; empty when it does not say so in words that are known.
pub(super) fn defining(text: &str) -> Vec<String> {
    let end = (0..=text.len().min(LONGEST))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let mut found: Vec<String> = Vec::new();
    let sentences = sentences(&text[..end]).map(|sentence| sentence.text);
    for sentence in sentences.filter(|sentence| !is_housekeeping(sentence)) {
        if found.is_empty() {
            found.extend(from_verb(&sentence));
        } else {
            found.push(sentence);
        }
    }
    found
}

fn is_housekeeping(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    HOUSEKEEPING.iter().any(|words| lower.contains(words))
}

/// Returns what follows the verb of a sentence whose subject is the document.
fn from_verb(sentence: &str) -> Option<String> {
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let bare = |at: usize| {
        words.get(at).map_or_else(String::new, |word| {
            word.trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase()
        })
    };
    let verb = (1..words.len().min(WITHIN)).find(|at| VERBS.contains(&bare(*at).as_str()))?;
    let document = (1..verb).any(|at| {
        let names_it = DOCUMENTS.contains(&bare(at).as_str());
        names_it && matches!(bare(at - 1).as_str(), "this" | "present" | "the")
    });
    let subject = document
        || bare(0) == "it"
        || (verb <= 3 && is_name(words[0].trim_matches(|c: char| !c.is_alphanumeric())));
    let rest = words
        .get(verb + 1..)
        .filter(|rest| subject && !rest.is_empty())?;
    Some(rest.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_up_to_it_is_left_out() {
        let text = "Routers use BGP. This document defines a TLV for OSPF. It is optional.";
        assert_eq!(defining(text), ["a TLV for OSPF.", "It is optional."]);
        assert_eq!(
            defining("SOUTH defines an authorization protocol."),
            ["an authorization protocol."]
        );
        assert_eq!(defining("In RFC 1, this memo specifies X."), ["X."]);
        assert!(defining("The network defines what works. Nothing more.").is_empty());
        assert!(defining("").is_empty());
    }

    #[test]
    fn any_text_ends_in_time() {
        assert!(defining(&"é".repeat(2_000_000)).is_empty());
        assert!(!defining(&format!("This memo defines {}", "a b. ".repeat(1_000_000))).is_empty());
    }
}
