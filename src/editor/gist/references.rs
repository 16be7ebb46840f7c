//! References: what stands in brackets names where something is written, not what is said.

use super::pattern::is_one_of;
use super::words::{Word, bracketed, without};

/// Words after which a noun has to come.
const WANTS_NOUN: &str = "in|of|by|to|from|with|on|and|or|for|via|per|using|than|under|through|is|are|updates|update|obsoletes|extends|extend|replaces|uses|see|clarifies|amends|revises|between|into|as|over";
/// Words before a reference that go with it.
const SAYS_WHERE: &str = "defined|described|specified|documented|introduced|discussed|outlined|presented|detailed|explained|used|provided|standardized|given";
/// Beginnings of a bracketed text that changes what is said: it is not cut.
const RESTRICTS: &str =
    "or|and|not|no|without|except|excluding|only|if|unless|but|optional|optionally|when|where";

/// Takes references out; `None` where one is a noun of the sentence, which would be left with a hole.
pub(super) fn without_references(mut words: Vec<Word>) -> Option<Vec<Word>> {
    let mut at = 0;
    while at < words.len() {
        if !words[at].text().trim_start_matches('(').starts_with('[') {
            at += 1;
            continue;
        }
        let inside = &words[at..(at + 8).min(words.len())];
        let Some(length) = inside.iter().position(|word| word.text().contains(']')) else {
            at += 1;
            continue;
        };
        let end = at + length + 1;
        let before = at.checked_sub(1).map(|last| &words[last]);
        let repeats = before.is_some_and(|before| before.key() == words[at].key());
        let wanted = !repeats
            && before.is_none_or(|word| word.mark().is_none() && is_one_of(word.key(), WANTS_NOUN));
        if wanted && words[at].is_rfc() {
            words[at] = bare(&words[at]);
            at += 1;
        } else if wanted {
            let start = place_of(&words, at)?;
            words = without(&words, start..end);
            at = start;
        } else if let Some(name) = name_before_noun(&words, at, end) {
            words[at] = name;
            at += 1;
        } else {
            words = without(&words, at..end);
        }
    }
    while let Some(at) = words.iter().position(|word| word.key() == "rfc xxxx") {
        // This document's own number, which it does not have yet.
        words = without(&words, at..at + 1);
    }
    Some(without_places(words))
}

/// `[RFC9000],` → `RFC 9000,`
fn bare(word: &Word) -> Word {
    let kept: String = word.text().chars().filter(|c| !"[]".contains(*c)).collect();
    Word::new(&kept)
}

/// "as defined in [X]": where that begins; `None` when the reference is what the sentence speaks of.
fn place_of(words: &[Word], at: usize) -> Option<usize> {
    let verb = at.checked_sub(2)?;
    let says = is_one_of(words[at - 1].key(), "in|by") && is_one_of(words[verb].key(), SAYS_WHERE);
    let helper = |at: usize| is_one_of(words[at].key(), "is|are|was|were|be|been|and|or");
    match verb.checked_sub(1) {
        Some(before) if says && words[before].key() == "as" => Some(before),
        Some(before) if says && !helper(before) => Some(verb),
        _ => None,
    }
}

/// "the [IMAP] service": the name stands for a word, and is kept without its brackets.
fn name_before_noun(words: &[Word], at: usize, end: usize) -> Option<Word> {
    let article = is_one_of(words[at.checked_sub(1)?].key(), "the|a|an");
    let noun = words
        .get(end)?
        .text()
        .starts_with(|c: char| c.is_lowercase());
    (article && noun && end == at + 1 && words[at].mark().is_none()).then(|| bare(&words[at]))
}

/// Takes out ", as specified in RFC 5440 and RFC 8231" and "see RFC 5440".
fn without_places(mut words: Vec<Word>) -> Vec<Word> {
    let mut at = 0;
    while at < words.len() {
        let from = match words[at].key() {
            "as" if follows(&words, at + 1, SAYS_WHERE) && follows(&words, at + 2, "in|by") => {
                at + 3
            }
            "see" => at + 1,
            _ => {
                at += 1;
                continue;
            }
        };
        let end = end_of_list(&words, from);
        if end > from && at > 0 {
            words = without(&words, at..end);
        } else {
            at += 1;
        }
    }
    words
}

fn follows(words: &[Word], at: usize, place: &'static str) -> bool {
    words
        .get(at)
        .is_some_and(|word| is_one_of(word.key(), place))
}

/// "RFC 5440, RFC 8231 and RFC 8281": where it ends.
pub(super) fn end_of_list(words: &[Word], from: usize) -> usize {
    let mut end = from;
    while let Some(word) = words.get(end) {
        let joins = end > from
            && is_one_of(word.key(), "and|or")
            && words.get(end + 1).is_some_and(Word::is_rfc);
        if word.is_rfc() {
            let goes_on = words.get(end + 1).is_some_and(|next| {
                next.is_rfc() || is_one_of(next.key(), "and|or") && follows_rfc(words, end + 2)
            });
            end += 1;
            if !goes_on {
                break;
            }
        } else if joins {
            end += 1;
        } else {
            break;
        }
    }
    end
}

fn follows_rfc(words: &[Word], at: usize) -> bool {
    words.get(at).is_some_and(Word::is_rfc)
}

/// Takes bracketed texts out: examples, references, second names.
/// What restricts stays, and so do those that begin at `kept`.
pub(super) fn without_brackets(mut words: Vec<Word>, kept: &[usize]) -> Vec<Word> {
    for group in bracketed(&words).into_iter().rev() {
        let stays = group.start == 0 || kept.contains(&group.start);
        if !stays && !is_one_of(words[group.start].key(), RESTRICTS) {
            words = without(&words, group);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::words::{print, words};
    use super::*;

    fn cleaned(text: &str) -> Option<String> {
        without_references(words(text)).map(|words| print(&without_brackets(words, &[])))
    }

    #[test]
    fn references_go_and_nouns_stay() {
        let is = |from: &str, to: &str| assert_eq!(cleaned(from).as_deref(), Some(to));
        is("Keys for TLS [RFC8446], and more", "Keys for TLS, and more");
        is(
            "It updates [RFC5440] to clarify",
            "It updates RFC 5440 to clarify",
        );
        is(
            "the [IMAP] service (see RFC 3501) is",
            "the IMAP service is",
        );
        is("Data, as defined in RFC 1 and RFC 2, is", "Data is");
        is("Keys defined in [I-D.ietf-x] are", "Keys are");
        is("TPM (or equivalent) is", "TPM (or equivalent) is");
        is("RFC 7950 [RFC7950] says", "RFC 7950 says");
    }

    #[test]
    fn a_reference_that_is_a_noun_leaves_no_sentence() {
        assert_eq!(cleaned("It extends [I-D.ietf-x] to clarify"), None);
        assert_eq!(cleaned("Keys are defined in [FOO] and used"), None);
    }
}
