//! What a line says that the title does not: a line that says the title again is none.

use std::collections::BTreeSet;

use super::abbreviations::ShortForms;
use super::pattern::is_one_of;
use super::tables::{GENERIC, GRAMMAR, LIGHT};
use super::words::{Word, words};

/// Endings that are taken off a word; the longer ones first.
const ENDINGS: [&str; 25] = [
    "izations", "ization", "ications", "ication", "ations", "ation", "ments", "ment", "ings",
    "ing", "ies", "ied", "ers", "ors", "ions", "ion", "ity", "er", "or", "ed", "es", "al", "s",
    "e", "y",
];

/// Everything that the title says, by stems.
pub(super) struct Title {
    stems: BTreeSet<String>,
    /// Its letters in a row: "keystore" stands in "Key Store".
    letters: String,
    generic: BTreeSet<String>,
    light: BTreeSet<String>,
}

impl Title {
    pub(super) fn of(title: &str, forms: &ShortForms) -> Self {
        let read = words(title);
        let mut stems: BTreeSet<String> = read.iter().flat_map(pieces).map(stem).collect();
        let titled: BTreeSet<&str> = read.iter().map(Word::key).collect();
        for (short, long) in forms.pairs() {
            let is_long = long.iter().all(|word| titled.contains(word));
            if forms.is_in_title(short) {
                stems.extend(
                    long.iter()
                        .flat_map(|word| word.split(['-', '/']))
                        .map(stem),
                );
            } else if is_long {
                stems.insert(stem(short));
            }
        }
        let letters = title.chars().filter(|c| c.is_alphanumeric());
        Title {
            stems,
            letters: letters.flat_map(char::to_lowercase).collect(),
            generic: GENERIC.split(' ').map(stem).collect(),
            light: LIGHT.split(' ').map(stem).collect(),
        }
    }

    /// Returns the stems of the words that the title does not have.
    pub(super) fn news(&self, read: &[Word]) -> BTreeSet<String> {
        let words = read.iter().filter(|word| !self.says(word));
        words.map(|word| stem(word.key())).collect()
    }

    /// Returns the weight of news in halves: a word that says little counts one, another two.
    pub(super) fn weight(&self, news: &BTreeSet<String>) -> i32 {
        let weights = news.iter().map(|word| match self.light.contains(word) {
            true => 1,
            false => 2,
        });
        weights.sum()
    }

    /// Returns true when one of the words says something by itself.
    pub(super) fn is_told(&self, news: &BTreeSet<String>) -> bool {
        news.iter().any(|word| !self.light.contains(word))
    }

    /// Returns true when a word stands in the title or says nothing.
    pub(super) fn says(&self, word: &Word) -> bool {
        let key = word.key();
        let plain: String = key.chars().filter(|c| c.is_alphanumeric()).collect();
        let known = |part: &str| {
            let stem = stem(part);
            is_one_of(part, GRAMMAR) || self.generic.contains(&stem) || self.stems.contains(&stem)
        };
        plain.is_empty()
            || word.is_rfc()
            || plain.bytes().all(|byte| byte.is_ascii_digit())
            || known(key)
            || (plain.len() > 4 && self.letters.contains(&plain))
            || (key.contains(['-', '/']) && pieces(word).all(known))
    }
}

fn pieces(word: &Word) -> impl Iterator<Item = &str> {
    word.key()
        .split(['-', '/', '(', ')'])
        .filter(|part| !part.is_empty())
}

/// Takes a word's ending off; "processing" and "process" are one.
pub(super) fn stem(word: &str) -> String {
    let lower = word.to_lowercase();
    let word = lower.strip_suffix("'s").unwrap_or(&lower);
    if word.ends_with("ss") {
        return word.to_owned();
    }
    let shorter = ENDINGS.iter().find_map(|ending| {
        let rest = word.strip_suffix(ending)?;
        (rest.chars().count() >= 3).then_some(rest)
    });
    shorter.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(title: &str, line: &str) -> Vec<String> {
        let forms = ShortForms::of(title, &[]);
        let title = Title::of(title, &forms);
        title.news(&words(line)).into_iter().collect()
    }

    #[test]
    fn only_what_the_title_does_not_say_is_news() {
        assert_eq!(
            news("Greasing the QUIC Bit", "A method for greasing QUIC bits"),
            [""; 0]
        );
        assert_eq!(
            news("A YANG Model for a Keystore", "a key store of keys"),
            ["key"]
        );
        assert_eq!(news("SSH Agent", "an agent for the Secure Shell"), [""; 0]);
        assert_eq!(
            news("HTTP Caching", "caches and header fields, RFC 9110"),
            ["field", "head"]
        );
    }
}
