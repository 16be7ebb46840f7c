//! What one sentence could give.

use super::words::Word;

/// The kind of beginning that a phrase has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// A noun or "how": what is defined.
    Thing,
    /// A verb without its subject, which is the document or the thing just defined.
    Verb,
    /// A sentence with its own subject.
    Whole,
}

/// Words of one sentence that may become the line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Phrase {
    pub(super) words: Vec<Word>,
    pub(super) lead: Lead,
    /// The sentence's number.
    pub(super) sentence: usize,
    /// Points for the rule that found it.
    pub(super) points: i32,
}

impl Phrase {
    pub(super) fn new(words: &[Word], lead: Lead, sentence: usize, points: i32) -> Self {
        Phrase {
            words: words.to_vec(),
            lead,
            sentence,
            points,
        }
    }
}
