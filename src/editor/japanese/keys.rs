//! A text as the glossary's keys of its words.

use super::glossary::key;
use super::token::tokens;

/// A word with its key.
#[derive(Clone, Debug)]
pub(super) struct KeyedWord {
    pub(super) text: String,
    pub(super) lower: String,
    pub(super) key: String,
}

/// The words of a text, hyphens left aside.
#[derive(Clone, Debug)]
pub(super) struct Keyed {
    pub(super) words: Vec<KeyedWord>,
}

impl Keyed {
    /// Reads a text.
    pub(super) fn read(text: &str) -> Self {
        let words = tokens(text).into_iter().filter(|token| token.text != "-");
        Keyed {
            words: words
                .map(|token| KeyedWord {
                    lower: token.text.to_lowercase(),
                    key: key([token.text.as_str()]),
                    text: token.text,
                })
                .collect(),
        }
    }

    /// Returns all keys in a row, with blanks around each.
    pub(super) fn line(&self) -> String {
        let keys: Vec<&str> = self.words.iter().map(|word| word.key.as_str()).collect();
        format!(" {} ", keys.join(" "))
    }
}
