//! One line that says what a document is, in the abstract's own words: words are deleted, never written.
//!
//! A line passes five stages, each a file: sentences (`editor/sentences.rs`) → phrases that they could give (`openings`,
//! `follow_ups`) → short forms folded or opened (`abbreviations`) → cuts that leave it true (`cuts`) → refusals of what
//! cannot stand alone (`refusals`). The best that is left, and that says more than the title (`news`), is the line. Where
//! none is left there is no line: docs/gist.md has the rules as tables, and what they reach.

use super::sentences::{Kind, sentences};

mod abbreviations;
mod choice;
mod clauses;
mod cuts;
mod follow_ups;
mod news;
mod openings;
mod pattern;
mod phrase;
mod references;
mod refusals;
mod tables;
mod words;

#[cfg(test)]
mod tests;

use choice::{Choice, Folding};
pub use refusals::Refusal;

/// The most words of a line.
const LINE: usize = 25;
/// The most words of a line that stands whole only so.
const WHOLE_LINE: usize = 30;
/// The most words of what is said of a hot topic.
const TOPIC: usize = 50;
/// The most documents of a family that are read for it.
const MOST_SISTERS: usize = 8;

/// Why a document has no line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoGist {
    /// It has no abstract.
    #[error("there is no abstract")]
    NoAbstract,
    /// No sentence says what the document does, or what its thing is.
    #[error("no sentence says what the document does")]
    NoSentence,
    /// Every phrase says the title again; the best one was this.
    #[error("it would say the title again ({0})")]
    TitleAgain(String),
    /// No phrase can stand alone; this is why the best one cannot.
    #[error("what could be said cannot stand alone: {0}")]
    Refused(Refusal),
}

/// Returns the line of a document: at most 25 words, or 30 where it stands whole only so.
///
/// # Errors
/// Why there is none. Then the page says nothing rather than half of something.
pub fn gist(title: &str, abstract_text: &str) -> Result<String, NoGist> {
    let line = |folding| Choice::of(title, abstract_text, folding)?.line(LINE, WHOLE_LINE);
    match line(Folding::Short) {
        Err(NoGist::TitleAgain(again)) => {
            line(Folding::Long).map_err(|_| NoGist::TitleAgain(again))
        }
        line => line,
    }
}

/// Returns what is said of a hot topic: one or two sentences, at most 50 words together. The first document is the topic's
/// own, the others are its sisters: where they say something else, the second sentence is one of theirs.
///
/// # Errors
/// Why there is nothing to say.
pub fn topic(documents: &[(&str, &str)]) -> Result<String, NoGist> {
    let mut told: Vec<(usize, Choice)> = Vec::new();
    let mut why = NoGist::NoAbstract;
    for (title, abstract_text) in documents.iter().take(MOST_SISTERS) {
        match Choice::of(title, abstract_text, Folding::Short) {
            Ok(choice) => told.push((abstract_text.len(), choice)),
            Err(no) => why = no,
        }
    }
    // The richest abstract speaks first; of equals, the topic's own.
    told.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
    let choices: Vec<Choice> = told.into_iter().map(|(_, choice)| choice).collect();
    let (first, sisters) = choices.split_first().ok_or(why)?;
    first.topic(sisters, TOPIC)
}
