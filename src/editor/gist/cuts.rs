//! Cuts that make a phrase shorter and no less true. What restricts is never cut: a that-clause, an infinitive, the last
//! preposition, "as well as", "or …".

use std::collections::BTreeSet;
use std::ops::Range;

use super::clauses::second_verb;
use super::pattern::{any_lead, is_one_of, lead};
use super::phrase::Lead;
use super::references::end_of_list;
use super::tables::{ING_NOUN, LIMITS};
use super::words::{Word, count, without};

/// The fewest words that a cut may leave.
const FEWEST: usize = 6;
/// The dearest row of cuts.
const DEAREST: i32 = 200;
/// The most phrases that are looked at.
const MOST_STATES: usize = 96;

/// A clause that may go, from its first word to the end or to the comma that closes it.
struct Clause {
    /// What it begins with.
    begins: &'static [&'static str],
    /// True when a comma stands before it.
    comma: bool,
    /// True when it may limit what is said, so that it is read for words that do.
    limits: bool,
    /// The price of cutting it.
    price: i32,
}

const CLAUSES: &[Clause] = &[
    Clause {
        begins: &["such as", "e.g", "i.e", "for example|instance", "namely"],
        comma: false,
        limits: false,
        price: 15,
    },
    Clause {
        begins: &[
            "including|particularly|especially|notably",
            "in particular",
            "among others",
        ],
        comma: true,
        limits: false,
        price: 30,
    },
    Clause {
        begins: &["which|who|whose|whereby|while|whereas|where"],
        comma: true,
        limits: false,
        price: 45,
    },
    Clause {
        begins: &[
            "?and so|such that",
            "in order to",
            "so as to",
            "thus|thereby",
        ],
        comma: true,
        limits: false,
        price: 60,
    },
    Clause {
        begins: &["in order to", "so as to", "so|such that"],
        comma: false,
        limits: true,
        price: 70,
    },
    // A second sentence behind a comma.
    Clause {
        begins: &["this|these|it|they"],
        comma: true,
        limits: true,
        price: 60,
    },
    Clause {
        begins: &["with the goal|aim|purpose|intent|intention|objective of"],
        comma: false,
        limits: false,
        price: 50,
    },
    Clause {
        begins: &[
            "based on",
            "focusing|depending on",
            "together|along with",
            "similar|due to",
            "as well",
            "in accordance with",
            "according to",
            "on top of",
            "given",
            "also known|called|referred",
            "known|called|referred",
        ],
        comma: true,
        limits: true,
        price: 55,
    },
    Clause {
        begins: &["when|because|since|as|if|although|though|unlike"],
        comma: true,
        limits: true,
        price: 90,
    },
];

/// Verbs that tell that a clause is not the end of its sentence.
const FINITE: &str = "is|are|was|were|can|may|will|should|must|would|could|has|have|does|do|allows|provides|enables|uses|supports|requires";

/// Words with which a phrase goes on behind an aside; anything else may be the aside's next item.
const GOES_ON: &str = "is|are|was|were|can|may|will|should|must|would|could|has|have|for|in|to|with|on|by|from|via|over|within|using|based|at";

/// Nouns that say nothing without their examples: "for purposes such as …".
const EMPTY: &str = "purposes|cases|areas|aspects|issues|things|fields|factors|ways|means|information|items|topics|reasons|contexts|scenarios|functions|operations|properties|characteristics|parameters|features|mechanisms|methods|techniques|technologies|environments|services|actions|conditions|constraints|data|elements|details|concerns|challenges|attributes";

/// Returns the phrase and what cuts make of it, with their price.
pub(super) fn shortened(phrase: &[Word], kind: Lead) -> Vec<(Vec<Word>, i32)> {
    let mut found: Vec<(Vec<Word>, i32)> = vec![(phrase.to_vec(), 0)];
    let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut at = 0;
    while at < found.len() && found.len() < MOST_STATES {
        let (words, price) = found[at].clone();
        for (cut, more) in cuts(&words, kind) {
            let shorter = without(&words, cut);
            let key = shorter.iter().map(|word| word.text().to_owned()).collect();
            if price + more <= DEAREST && count(&shorter) >= FEWEST && seen.insert(key) {
                found.push((shorter, price + more));
            }
        }
        at += 1;
    }
    found
}

/// Returns the cuts that one phrase allows, with their prices.
fn cuts(words: &[Word], kind: Lead) -> Vec<(Range<usize>, i32)> {
    let mut found = Vec::new();
    for at in 1..words.len() {
        let comma = words[at - 1].mark() == Some(',');
        for clause in CLAUSES {
            if (comma || !clause.comma) && any_lead(&words[at..], clause.begins).is_some() {
                clause_cuts(words, at, clause, kind, &mut found);
            }
        }
        if comma || lead(&words[at..], "thus|thereby|hence").is_some() {
            participle(words, at, kind, &mut found);
        }
        if lead(&words[at..], "by|through|via").is_some() && is_participle(words.get(at + 1)) {
            tail(words, at, kind, 90, true, &mut found);
        }
        let only = words.iter().filter(|word| word.mark().is_some()).count() == 1;
        let adds = "using|with|for|within|in|on|over|from|through|via|by|under|across";
        if comma && only && lead(&words[at..], adds).is_some() {
            tail(words, at, kind, 75, true, &mut found);
        }
        if comma && lead(&words[at..], "a|an|the").is_some() && !is_enumeration(words, at) {
            tail(words, at, kind, 60, true, &mut found);
        }
        if matches!(words[at - 1].mark(), Some(';')) {
            tail(words, at, kind, 30, false, &mut found);
        }
        where_defined(words, at, &mut found);
    }
    if let Some((at, _)) = second_verb(words) {
        found.push((at..words.len(), 50));
    }
    if kind == Lead::Verb
        && let Some((at, _)) = second_verb(&words[1..])
    {
        found.push((at + 1..words.len(), 50));
    }
    found
}

fn limits(words: &[Word]) -> bool {
    words.iter().any(|word| is_one_of(word.key(), LIMITS))
}

fn finite(words: &[Word]) -> bool {
    words.iter().any(|word| is_one_of(word.key(), FINITE))
}

/// Cuts a clause to the end, or, where it is closed by a comma, up to it.
fn clause_cuts(
    words: &[Word],
    at: usize,
    clause: &Clause,
    kind: Lead,
    found: &mut Vec<(Range<usize>, i32)>,
) {
    let closing = (at..words.len() - 1).find(|end| words[*end].mark() == Some(','));
    if let Some(end) = closing
        && words[at - 1].mark() == Some(',')
        && !(clause.limits && limits(&words[at..=end]))
        // "such as A, B and C" goes on behind its commas.
        && !is_list(&words[at..])
        && lead(&words[end + 1..], GOES_ON).is_some()
    {
        found.push((at..end + 1, clause.price));
    }
    // What stands behind an example may be the sentence's own verb.
    let inside = kind != Lead::Thing && closing.is_some_and(|end| finite(&words[end..]));
    let empty = words[at - 1].mark().is_none() && is_one_of(words[at - 1].key(), EMPTY);
    let example = clause.price == 15 && (empty || finite(&words[at..]));
    if !inside && !example {
        tail(words, at, kind, clause.price, clause.limits, found);
    }
}

fn is_list(words: &[Word]) -> bool {
    words
        .windows(2)
        .any(|pair| pair[0].mark() == Some(',') && is_one_of(pair[1].key(), "and|or"))
}

/// "keys, a format, and rules" is a list; "an entity, a device like a phone" is not.
fn is_enumeration(words: &[Word], at: usize) -> bool {
    let joins = |word: &Word| is_one_of(word.key(), "and|or|&|plus");
    words[..at - 1].iter().any(|word| word.mark().is_some()) || words[at..].iter().any(joins)
}

fn tail(
    words: &[Word],
    at: usize,
    kind: Lead,
    price: i32,
    guarded: bool,
    found: &mut Vec<(Range<usize>, i32)>,
) {
    let opens_how = kind == Lead::Thing && is_one_of(words[0].key(), "how|what|when|why|where");
    // "How X, when Y, is used": its verb has to stay.
    let headless =
        (opens_how || kind == Lead::Whole) && !finite(&words[..at]) && finite(&words[at..]);
    let limiting = guarded && limits(&words[at..]);
    if !headless && !limiting {
        found.push((at..words.len(), price));
    }
}

/// ", thereby allowing …", ", providing …"
fn participle(words: &[Word], at: usize, kind: Lead, found: &mut Vec<(Range<usize>, i32)>) {
    let adverb = lead(&words[at..], "thus|thereby|hence|therefore|so|and").unwrap_or_default();
    let is_and = adverb > 0 && words[at].key() == "and";
    let is_list = is_list(&words[at..]) || words[at..].iter().any(|word| word.mark() == Some(','));
    if !is_and && is_participle(words.get(at + adverb)) && !is_list {
        tail(words, at, kind, 60, true, found);
    }
}

fn is_participle(word: Option<&Word>) -> bool {
    word.is_some_and(|word| {
        word.key().ends_with("ing")
            && word.text().starts_with(|c: char| c.is_lowercase())
            && !is_one_of(word.key(), ING_NOUN)
    })
}

/// "defined in RFC 8762"
fn where_defined(words: &[Word], at: usize, found: &mut Vec<(Range<usize>, i32)>) {
    let said = "?originally|previously|first|initially|already defined|described|specified|documented|standardized|published in|by ?the";
    let Some(length) = lead(&words[at..], said).or_else(|| {
        lead(
            &words[at..],
            "as defined|described|specified|documented in|by ?the",
        )
    }) else {
        return;
    };
    let end = end_of_list(words, at + length);
    let is_clause = is_one_of(words[at - 1].key(), "is|are|was|were|be|been|and|or|not");
    let goes_on = words
        .get(end)
        .is_some_and(|next| next.text().starts_with(char::is_uppercase));
    if end > at + length && !is_clause && !goes_on {
        found.push((at..end, 25));
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{print, words};
    use super::*;

    fn has(text: &str, expected: &str) -> bool {
        let found = shortened(&words(text), Lead::Thing);
        found.iter().any(|(words, _)| print(words) == expected)
    }

    #[test]
    fn what_adds_may_go() {
        let short = "a format for the keys of new servers";
        for added in [
            ", which are many",
            ", such as TLS",
            ", so that all is well",
            " by sending messages",
            ", thereby allowing more",
            " and describes its use",
            " defined in RFC 1",
        ] {
            assert!(has(&format!("{short}{added}"), short), "{added}");
        }
        assert!(has(
            "a format, which is new, for the keys of servers",
            "a format for the keys of servers"
        ));
    }

    #[test]
    fn what_restricts_stays() {
        let short = "a format for the keys of new servers";
        for kept in [
            " that are trusted",
            " to be used",
            " in a domain",
            " or clients",
            " as well as clients",
            ", if not expired",
        ] {
            assert!(!has(&format!("{short}{kept}"), short), "{kept}");
        }
    }
}
