//! "Some nodes" are not "nodes": what the facts say of some, a text does not say of all. English only: Japanese hedges in more ways than
//! rules can tell.

use std::collections::BTreeSet;

use super::GroundingFacts;

const HEDGES: [&str; 14] = [
    "some",
    "certain",
    "which",
    "those",
    "such",
    "particular",
    "specific",
    "selected",
    "few",
    "several",
    "many",
    "most",
    "any",
    "these",
];
/// Words between a hedge and its noun.
const BETWEEN: usize = 2;

/// A noun that the facts hedge wherever they use it, with the words between.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HedgedNoun {
    noun: String,
    between: BTreeSet<String>,
}

fn words(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_plural(word: &str) -> bool {
    word.len() > 4 && word.ends_with('s') && !word.ends_with("ss")
}

fn hedge_before(words: &[&str], at: usize) -> Option<usize> {
    let from = at.saturating_sub(BETWEEN + 1);
    (from..at)
        .rev()
        .find(|before| HEDGES.contains(&words[*before]))
}

/// Finds the nouns of a small text that "some" or "certain" stands before, each time that they are used.
pub(super) fn hedged_in(text: &str) -> Vec<HedgedNoun> {
    let words = words(text);
    let mut found: Vec<HedgedNoun> = Vec::new();
    for (at, noun) in words.iter().enumerate().filter(|(_, word)| is_plural(word)) {
        let Some(hedge) =
            hedge_before(&words, at).filter(|hedge| matches!(words[*hedge], "some" | "certain"))
        else {
            continue;
        };
        let between: BTreeSet<String> = words[hedge + 1..at]
            .iter()
            .map(|word| (*word).to_owned())
            .collect();
        match found.iter_mut().find(|known| known.noun == *noun) {
            Some(known) => known.between.extend(between),
            None => found.push(HedgedNoun {
                noun: (*noun).to_owned(),
                between,
            }),
        }
    }
    found.retain(|hedged| {
        let mut uses = words
            .iter()
            .enumerate()
            .filter(|(_, word)| **word == hedged.noun);
        uses.all(|(at, _)| hedge_before(&words, at).is_some())
    });
    found
}

/// Returns the noun that a plain, small text says of all what the facts say of some. Another word of the facts before it makes it others:
/// "immutable nodes".
pub(super) fn unhedged<'a>(text: &str, facts: &'a GroundingFacts) -> Option<&'a str> {
    let words = words(text);
    let hedged = facts.hedged.iter().find(|hedged| {
        let mut uses = words
            .iter()
            .enumerate()
            .filter(|(_, word)| **word == hedged.noun);
        uses.any(|(at, _)| {
            let before = at.checked_sub(1).map(|before| words[before]);
            let modified = before.is_some_and(|word| {
                word.len() > 3
                    && facts.words.contains(&super::facts::singular(word))
                    && !hedged.between.contains(word)
            });
            hedge_before(&words, at).is_none() && !modified
        })
    });
    hedged.map(|hedged| hedged.noun.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_of_some_is_not_said_of_all() {
        let facts = GroundingFacts::of(&json!({
            "abstract": "The immutability of some system-provided nodes, to flag which nodes are immutable. Servers and some servers.",
        }));
        for text in [
            "flags some nodes",
            "flags which nodes",
            "flags immutable nodes",
            "servers",
            "a node",
        ] {
            assert_eq!(unhedged(text, &facts), None, "{text}");
        }
        for text in [
            "makes nodes immutable",
            "system-provided nodes are immutable",
            "nodes",
        ] {
            assert_eq!(unhedged(text, &facts), Some("nodes"), "{text}");
        }
    }
}
