//! The sentences of an abstract that say what its document does. A sentence is taken whole or not at all; only its
//! boilerplate beginning ("This document specifies …") is trimmed into a direct statement.

use super::sentences::sentences;

/// No summary is longer, in characters.
const LONGEST: usize = 400;
/// No summary has more sentences.
const MOST: usize = 3;

/// Beginnings that say nothing, with what the sentence then begins with.
const OPENINGS: [&str; 9] = [
    "this document",
    "this memo",
    "this draft",
    "this specification",
    "this internet-draft",
    "the present document",
    "this rfc",
    "this note",
    "this standard",
];

/// Verbs after an opening, after which the object alone is a statement: "specifies a key agent protocol".
const DIRECT: [&str; 10] = [
    "specifies",
    "describes",
    "defines",
    "presents",
    "introduces",
    "discusses",
    "provides",
    "outlines",
    "documents",
    "proposes",
];

/// Returns one to three sentences, at most 400 characters; empty when even the first one that fits is too long.
pub fn summarise(text: &str) -> String {
    let sentences: Vec<String> = sentences(text)
        .map(|sentence| sentence.text)
        .filter(|sentence| !is_housekeeping(sentence))
        .collect();
    // What the document does comes first; what leads up to it only when nothing says it.
    let central: Vec<usize> = (0..sentences.len())
        .filter(|at| says_what_it_does(&sentences[*at]))
        .collect();
    let begin = central.first().copied().unwrap_or(0);
    let rest = (begin..sentences.len()).filter(|at| !central.contains(at));
    let mut chosen: Vec<usize> = Vec::new();
    let mut length = 0;
    for at in central.iter().copied().chain(rest) {
        let added = sentences[at].chars().count() + 1;
        if length + added <= LONGEST + 1 && chosen.len() < MOST {
            length += added;
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    let mut written: Vec<String> = chosen.iter().map(|at| sentences[*at].clone()).collect();
    // Only the first may lose its subject: after another sentence "The objects and their meaning." is a fragment.
    if let Some(first) = written.first_mut() {
        *first = direct(first);
    }
    written.join(" ")
}

/// Notes about where a document is discussed, or which RFCs it updates, which the digest shows by itself.
fn is_housekeeping(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    let says = |words: &str| lower.contains(words);
    says("discussion of this document takes place")
        || says("source for this draft")
        || says("github.com")
        || says("to be removed")
        || says("note to the rfc editor")
        || says("distribution of this memo is unlimited")
        || (says("information for the internet community")
            && lower.split_whitespace().count() <= 12)
        || (lower.split_whitespace().count() <= 12
            && (lower.starts_with("this document updates rfc")
                || lower.starts_with("this document obsoletes rfc")
                || lower.starts_with("it updates rfc")))
}

fn says_what_it_does(sentence: &str) -> bool {
    let lower = sentence.to_lowercase();
    OPENINGS.iter().any(|opening| lower.starts_with(opening))
        || lower.starts_with("it defines")
        || lower.starts_with("it specifies")
        || lower.contains(" defines a") && !lower.contains("document defines")
        || OPENINGS
            .iter()
            .any(|opening| lower.contains(&format!(", {opening}")))
}

/// "This document specifies a key agent protocol …" → "A key agent protocol …"; if the verb needs its subject, the
/// sentence stays as it is.
fn direct(sentence: &str) -> String {
    let lower = sentence.to_lowercase();
    for opening in OPENINGS {
        let after = |text: &'_ str, words: &str| {
            text.strip_prefix(words)
                .is_some_and(|rest| rest.starts_with(' '))
        };
        if !after(&lower, opening) {
            continue;
        }
        let rest = &lower[opening.len() + 1..];
        let Some(verb) = DIRECT.iter().find(|verb| after(rest, verb)) else {
            return sentence.to_owned();
        };
        let skipped = opening.len() + 1 + verb.len() + 1;
        let Some(object) = sentence.get(skipped..) else {
            return sentence.to_owned();
        };
        // "describes how …", "specifies that …" need their subject, and so does a second verb after "and".
        let word = object
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let dependent = [
            "how", "that", "why", "when", "what", "where", "whether", "which", "and", "or", "in",
            "for",
        ];
        let second_verb = DIRECT
            .iter()
            .any(|verb| object.to_lowercase().contains(&format!(" and {verb} ")));
        if dependent.contains(&word.as_str()) || second_verb {
            return sentence.to_owned();
        }
        let mut characters = object.chars();
        return match characters.next() {
            Some(first) => first.to_uppercase().chain(characters).collect(),
            None => sentence.to_owned(),
        };
    }
    sentence.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boilerplate_becomes_a_direct_statement() {
        let text = "This document specifies a key agent protocol for use in the Secure Shell (SSH) protocol.";
        assert_eq!(
            summarise(text),
            "A key agent protocol for use in the Secure Shell (SSH) protocol."
        );
        let how = "This document describes how to do it.";
        assert_eq!(summarise(how), how);
    }

    #[test]
    fn what_the_document_does_comes_before_what_leads_up_to_it() {
        let text = "Segment Routing is old. It has been used for years. This document defines PCEP extensions for \
                    grouping two paths. They work everywhere.";
        assert_eq!(
            summarise(text),
            "PCEP extensions for grouping two paths. They work everywhere."
        );
    }

    #[test]
    fn sentences_are_never_cut_and_never_too_long() {
        let long = format!(
            "This document defines {}. It is short.",
            "a thing and ".repeat(60)
        );
        let summary = summarise(&long);
        assert_eq!(summary, "It is short.");
        for length in 1..40 {
            let text = "This document defines one more of them. ".repeat(length);
            assert!(summarise(&text).chars().count() <= LONGEST);
        }
    }

    #[test]
    fn housekeeping_is_left_out() {
        let text = "This document introduces a datastore. This document updates RFC 8342.";
        assert_eq!(summarise(text), "A datastore.");
        assert_eq!(summarise(""), "");
    }
}
