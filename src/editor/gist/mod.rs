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
/// What stands before a sentence of a family's second document, and before one of a larger family's others.
const THE_OTHER: &str = "The other: ";
const ANOTHER: &str = "Another: ";
/// The words of the longer of them.
const LABEL: usize = 2;
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
/// own, the others are its sisters: where they say something else, the second sentence is one of theirs, and says so.
///
/// # Errors
/// Why there is nothing to say.
pub fn topic(documents: &[(&str, &str)]) -> Result<String, NoGist> {
    let mut choices: Vec<(usize, Choice)> = Vec::new();
    let mut why = NoGist::NoAbstract;
    for (at, (title, abstract_text)) in documents.iter().take(MOST_SISTERS).enumerate() {
        match Choice::of(title, abstract_text, Folding::Short) {
            Ok(choice) => choices.push((at, choice)),
            Err(no) => why = no,
        }
    }
    // The richest abstract speaks first; of equals, the topic's own.
    choices.sort_by_key(|(at, _)| std::cmp::Reverse(documents[*at].1.len()));
    let (places, choices): (Vec<usize>, Vec<Choice>) = choices.into_iter().unzip();
    let (first, sisters) = choices.split_first().ok_or(why)?;
    let told = first.topic(sisters, TOPIC)?.into_iter();
    let mut told: Vec<(usize, String)> = told
        .map(|(sister, sentence)| (places[sister.map_or(0, |at| at + 1)], sentence))
        .collect();
    // The sentences stand in the order of the headline, and one of another document is told as such.
    told.sort_by_key(|(at, _)| *at);
    if let [(one, _), (other, sentence)] = &mut told[..]
        && one != other
    {
        let label = match documents.len() {
            2 => THE_OTHER,
            _ => ANOTHER,
        };
        sentence.insert_str(0, label);
    }
    let told: Vec<String> = told.into_iter().map(|(_, sentence)| sentence).collect();
    Ok(told.join(" "))
}
