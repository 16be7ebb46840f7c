//! Clauses inside a phrase: second verbs, names, and what points back at the document.

use super::pattern::{any_lead, ends, is_one_of, lead};
use super::phrase::Phrase;
use super::tables::{DOCUMENT, DOES, SAYS, SECOND_VERB};
use super::words::{Word, without};

/// Returns where ", and describes …" begins, and where its verb stands. Inside a clause the verb may be the clause's.
pub(super) fn second_verb(words: &[Word]) -> Option<(usize, usize)> {
    let clause = "that|which|who|how|where|whether|why|what|when|can|may|it|will|if";
    for at in 1..words.len() {
        if is_one_of(words[at].key(), clause) {
            return None;
        }
        let comma = words[at - 1].mark() == Some(',');
        let joined = match lead(&words[at..], "and ?also|then|further|additionally") {
            Some(joined) => joined,
            None if comma && lead(&words[at..], "as").is_none() => 0,
            None => continue,
        };
        let verb = at + joined;
        let Some(word) = words.get(verb) else { break };
        let object = words.get(verb + 1).map(Word::key).unwrap_or_default();
        let noun = "lists|sets|updates|requests|covers|presents|shows|supports|extends|uses|deals";
        let article = is_one_of(
            object,
            "the|a|an|how|its|their|two|some|new|what|rfc*|to|with|all|other",
        );
        let verb_for_sure = !is_one_of(word.key(), noun) || article || object.starts_with("rfc ");
        if is_one_of(word.key(), SECOND_VERB) && verb_for_sure && !object.is_empty() {
            return Some((at, verb));
        }
    }
    None
}

/// "to describe X and to explain Y" has two verbs.
pub(super) fn joined_infinitive(words: &[Word]) -> bool {
    (0..words.len()).any(|at| {
        let after = lead(&words[at..], "and ?to");
        after.is_some_and(|after| {
            words.get(at + after).is_some_and(|word| {
                is_one_of(&format!("{}s", word.key()), SAYS)
                    || is_one_of(&format!("{}s", word.key()), DOES)
            })
        })
    })
}

/// Takes out what points at the document inside a phrase: "in this document", "defined in this document".
pub(super) fn without_pointers(mut words: Vec<Word>) -> Vec<Word> {
    let said = "defined|described|specified|presented|proposed|introduced|documented|discussed|used|outlined";
    let mut at = 1;
    while at < words.len() {
        let Some(of) = lead(&words[at..], "in|by") else {
            at += 1;
            continue;
        };
        let Some(end) = any_lead(&words[at + of..], DOCUMENT) else {
            at += 1;
            continue;
        };
        let mut start = at;
        for pattern in [said, "is|are", "that|which", "as"] {
            let skips_be = pattern == "that|which" && start == at;
            if start > 1 && !skips_be && ends(&words[..start], pattern) {
                start -= 1;
            } else if pattern == said {
                break;
            }
        }
        words = without(&words, start..at + of + end);
        at = start.max(1);
    }
    words
}

/// `An extension called "X" that a client can provide an additional token` → `"X": an additional token`, as far as the
/// next clause.
pub(super) fn named(phrase: &Phrase) -> Option<Phrase> {
    let words = &phrase.words;
    let called = words
        .iter()
        .position(|word| is_one_of(word.key(), "called|named|termed"))?;
    let name = words
        .get(called + 1)
        .filter(|name| name.text().starts_with(['"', '“']))?;
    let clause = called + 2;
    lead(words.get(clause..)?, "that|which")?;
    let can = (clause + 1..words.len().min(clause + 6))
        .find(|at| is_one_of(words[*at].key(), "can|may|will"))?;
    let rest = &words[can..];
    let object = lead(
        rest,
        "can|may|will provide|send|present|convey|supply|carry|include a|an",
    )?;
    let object = &rest[object - 1..];
    let end = object
        .iter()
        .position(|word| is_one_of(word.key(), "that|which|so"));
    let mut kept = vec![name.unmarked().marked(':')];
    kept.extend_from_slice(&object[..end.unwrap_or(object.len())]);
    Some(Phrase {
        words: kept,
        points: phrase.points - 60,
        ..*phrase
    })
}
