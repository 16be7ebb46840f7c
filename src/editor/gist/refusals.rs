//! Reasons for which a phrase cannot stand alone.

use std::collections::BTreeSet;

use super::clauses::second_verb;
use super::news::stem;
use super::pattern::{any_lead, ends, is_one_of};
use super::phrase::Lead;
use super::tables::{GRAMMAR, NO_BEGIN, NO_END, OUTSIDE};
use super::words::{Word, count, print};

/// The fewest words of a line.
const FEWEST: usize = 4;

/// Why a phrase cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has too few words.
    #[error("too few words")]
    TooShort,
    /// It has too many words, and no cut that is safe.
    #[error("too many words, and no safe cut")]
    TooLong,
    /// It begins in the middle of a sentence, with this word.
    #[error("it begins with \"{0}\"")]
    Begins(String),
    /// It ends in a word that wants another.
    #[error("it ends in \"{0}\"")]
    Ends(String),
    /// Its brackets or quotes do not close.
    #[error("brackets or quotes that do not close")]
    Unbalanced,
    /// This word needs another that is missing, "both" its "and".
    #[error("\"{0}\" without its other half")]
    Half(String),
    /// This word points at something outside.
    #[error("\"{0}\" points at something outside")]
    PointsOutside(String),
    /// It has this word twice in a row.
    #[error("\"{0}\" twice")]
    Twice(String),
    /// It has a second verb whose first was dropped.
    #[error("a second verb without the first")]
    SecondVerb,
}

/// Returns the reason for which the phrase cannot stand, if there is one.
pub(super) fn refuse(words: &[Word], kind: Lead) -> Option<Refusal> {
    let verb = kind == Lead::Verb;
    if count(words) < FEWEST + usize::from(verb) {
        return Some(Refusal::TooShort);
    }
    ends_open(words)
        .or_else(|| begins_inside(words, kind))
        .or_else(|| unbalanced(words))
        .or_else(|| half(words))
        .or_else(|| twice(words))
        .or_else(|| outside(words, kind))
        .or_else(|| {
            let second = kind == Lead::Thing && second_verb(words).is_some();
            second.then_some(Refusal::SecondVerb)
        })
}

fn ends_open(words: &[Word]) -> Option<Refusal> {
    let last = words.last()?;
    let marked = last.text().ends_with([':', '-', '/']);
    let or_not = ends(words, "or not");
    (marked || is_one_of(last.key(), NO_END) && !or_not)
        .then(|| Refusal::Ends(last.key().to_owned()))
}

fn begins_inside(words: &[Word], kind: Lead) -> Option<Refusal> {
    let first = words.first()?;
    let plural = "allow|enable|provide|permit|support|extend|define|describe|use|are|have|that";
    let wrong = is_one_of(first.key(), NO_BEGIN)
        || first.key().is_empty()
        || kind == Lead::Thing && is_one_of(first.key(), "is|are|that|to|can|may|will|by|with|for|from")
        || kind == Lead::Verb && is_one_of(first.key(), plural)
        // "updates [RFC5440] to clarify" without its object.
        || kind == Lead::Verb && words.get(1).is_some_and(|next| is_one_of(next.key(), "to|and|or|by")
            && is_one_of(first.key(), "updates|extends|obsoletes|replaces|update|extend|modifies"));
    wrong.then(|| Refusal::Begins(first.key().to_owned()))
}

fn unbalanced(words: &[Word]) -> Option<Refusal> {
    let text = print(words);
    let count = |mark: char| text.matches(mark).count();
    let whole = count('(') == count(')')
        && count('[') == count(']')
        && count('"') % 2 == 0
        && count('“') == count('”');
    (!whole).then_some(Refusal::Unbalanced)
}

/// Words that come in pairs.
fn half(words: &[Word]) -> Option<Refusal> {
    let keys: Vec<&str> = words.iter().map(Word::key).collect();
    let pairs = [
        (
            "both",
            "and|ends|sides|directions|parties|types|protocols|cases|families|versions|modes",
        ),
        ("either", "or|side|end|direction|party"),
        (
            "between",
            "and|to|them|two|multiple|different|these|those|the",
        ),
        ("neither", "nor"),
        ("not", ""),
    ];
    for (at, key) in keys.iter().enumerate() {
        let rest = &keys[at + 1..];
        let wanted = match pairs.iter().find(|(one, _)| one == key) {
            Some(("not", _)) if rest.first() == Some(&"only") => "but",
            Some(("not", _)) | None => continue,
            Some((_, wanted)) => wanted,
        };
        let joined = rest.iter().any(|word| is_one_of(word, wanted));
        let several = *key == "between"
            && rest
                .iter()
                .take(5)
                .any(|word| word.ends_with('s') && word.len() > 3);
        if !joined && !several {
            return Some(Refusal::Half((*key).to_owned()));
        }
    }
    None
}

/// "and and" stays where something between them was taken out, or was forgotten.
fn twice(words: &[Word]) -> Option<Refusal> {
    let small = "and|or|of|for|in|to|by|with|a|an|from|on|at";
    let pair = words.windows(2).find(|pair| {
        let (one, next) = (pair[0].key(), pair[1].key());
        is_one_of(one, small) && (one == next || [one, next] == ["and", "or"])
    })?;
    Some(Refusal::Twice(pair[1].key().to_owned()))
}

fn outside(words: &[Word], kind: Lead) -> Option<Refusal> {
    let mut before: BTreeSet<String> = BTreeSet::new();
    let mut nouns = 0;
    for (at, word) in words.iter().enumerate() {
        let rest = &words[at..];
        if let Some(length) = any_lead(rest, OUTSIDE) {
            return Some(points(&rest[..length]));
        }
        if word.text() == "us" {
            return Some(points(&rest[..1]));
        }
        let key = word.key();
        let next = rest.get(1).map(Word::key).unwrap_or_default();
        let told = |most: usize| {
            let near = rest.iter().skip(1).take(most);
            near.map(Word::key)
                .filter(|near| !is_one_of(near, GRAMMAR))
                .any(|near| before.contains(&stem(near)))
        };
        let demonstrative = match key {
            "this" | "these" => !told(3),
            "such" => !is_one_of(next, "as|that") && !told(3),
            "those" => {
                !is_one_of(
                    next,
                    "that|of|used|in|who|provided|needed|which|with|for|from|to|defined|whose|already|where",
                ) && !told(3)
            }
            "that" => is_demonstrative(words, at) && !told(2),
            "there" => is_one_of(next, "is|are") && at == 0,
            "it" | "its" | "they" | "their" | "them" | "itself" | "themselves" => {
                let subject_dropped = kind == Lead::Verb && nouns > 0 && at > 1;
                nouns < 2 && !subject_dropped
            }
            "another" | "other" => at == 0,
            _ => false,
        };
        if demonstrative {
            return Some(points(&rest[..rest.len().min(2)]));
        }
        if !is_one_of(key, GRAMMAR) {
            nouns += 1;
            before.insert(stem(key));
        }
    }
    None
}

fn points(words: &[Word]) -> Refusal {
    let keys: Vec<&str> = words.iter().map(Word::key).collect();
    Refusal::PointsOutside(keys.join(" "))
}

/// "to store that contextual information": after these words "that" begins no clause.
fn is_demonstrative(words: &[Word], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| words[before].key()) else {
        return true;
    };
    let preposition = "of|in|for|with|on|by|from|to|at|into|over|under|within|about|via|using|advances|extends|addresses|updates|replaces|resolves|solves|fixes|fills|removes|puts|makes|applies|as|does|do|support|supports|use|uses|after|before|during|through|and|or";
    let infinitive = at > 1
        && words[at - 2].key() == "to"
        && !is_one_of(
            before,
            "clarify|ensure|indicate|signal|specify|verify|confirm|request|announce|document|prevent|report|determine|show|state|say|require|prove|assume|know|guarantee|assert|check|detect|attest|declare|mandate|recommend|demonstrate|validate|note|be",
        );
    let clause = words.get(at + 1).is_some_and(|next| {
        is_one_of(next.key(), "is|are|can|may|will|a|an|the|it|they|all|each|would|should|must|do|does|have|has|were|was")
            || next.key().ends_with('s')
    });
    let last = at + 1 == words.len();
    last || !clause && (infinitive || is_one_of(before, preposition))
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    fn refused(text: &str) -> bool {
        refuse(&words(text), Lead::Thing).is_some()
    }

    #[test]
    fn what_hangs_in_the_air_is_refused() {
        for text in [
            "A method for such tests in networks",
            "A way to store that contextual information",
            "A framework for both of the clients",
            "A format for the exchange of",
            "Keys (of a server and clients",
            "A profile of this document for clients",
            "And the keys of a server",
            "The format of its own messages",
            "A format for keys and describes how they are used",
            "A mapping for doing so in networks",
            "Too short",
        ] {
            assert!(refused(text), "{text}");
        }
    }

    #[test]
    fn what_stands_alone_is_not() {
        for text in [
            "A method for tests such as pings",
            "A format for both clients and servers",
            "A set of rules that a server and its clients use",
            "Keys for servers and for those that trust such servers",
            "How packets are multiplexed on a single socket",
            "Timestamps for packets exchanged between network nodes",
        ] {
            assert_eq!(refuse(&words(text), Lead::Thing), None, "{text}");
        }
    }
}
