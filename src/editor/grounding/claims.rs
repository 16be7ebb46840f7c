//! Claims: what a text says of a document beyond what the facts do — a second factor, all of them, the fastest, a guarantee. A
//! table says which words claim what in either language, and which words of the facts support it.

use std::sync::OnceLock;

use super::GroundingFacts;

#[derive(Debug)]
struct Claim {
    what: &'static str,
    words: Vec<&'static str>,
    support: Vec<&'static str>,
    exceptions: Vec<&'static str>,
}

fn table() -> &'static [Claim] {
    static TABLE: OnceLock<Vec<Claim>> = OnceLock::new();
    TABLE.get_or_init(|| {
        include_str!("claims.tsv")
            .lines()
            .filter_map(claim)
            .collect()
    })
}

fn claim(line: &'static str) -> Option<Claim> {
    let mut columns = line.split('\t');
    let what = columns
        .next()
        .filter(|what| !what.starts_with('#') && !what.is_empty())?;
    let mut list = || -> Vec<&'static str> {
        let words = columns.next().unwrap_or_default().split('|');
        words.filter(|word| !word.is_empty()).collect()
    };
    let (english, japanese, support, exceptions) = (list(), list(), list(), list());
    Some(Claim {
        what,
        support: if support.is_empty() {
            english.clone()
        } else {
            support
        },
        words: english.into_iter().chain(japanese).collect(),
        exceptions,
    })
}

/// Returns what a plain, small text claims that the facts do not, with the words that claim it.
pub(super) fn unsupported(
    text: &str,
    facts: &GroundingFacts,
) -> Option<(&'static str, &'static str)> {
    for claim in table() {
        let harmless = claim.exceptions.iter().any(|phrase| has(text, phrase));
        let Some(word) = claim.words.iter().find(|word| has(text, word)) else {
            continue;
        };
        if !harmless && !claim.support.iter().any(|word| has(&facts.text, word)) {
            return Some((claim.what, word.trim_end_matches('$')));
        }
    }
    None
}

/// Returns true when a word of the table stands in a text: an English one from its start, and to its end if it says so.
pub(super) fn has(text: &str, word: &str) -> bool {
    let (word, whole) = match word.strip_suffix('$') {
        Some(word) => (word, true),
        None => (word, false),
    };
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let english = word.is_ascii();
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !english || !(is_letter(before) || whole && is_letter(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_name_and_words() {
        assert!(table().len() > 30);
        for claim in table() {
            assert!(
                !claim.words.is_empty() && !claim.support.is_empty(),
                "{}",
                claim.what
            );
            let small = claim
                .words
                .iter()
                .chain(&claim.support)
                .all(|word| word.to_lowercase() == **word || !word.is_ascii());
            assert!(small, "{}", claim.what);
        }
    }

    #[test]
    fn words_match_from_their_start_and_whole_ones_to_their_end() {
        assert!(has("it guarantees", "guarantee") && !has("unguaranteed", "guarantee"));
        assert!(has("all nodes", "all$") && !has("allow", "all$") && has("すべての", "すべて"));
    }
}
