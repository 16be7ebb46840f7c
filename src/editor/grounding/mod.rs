//! Which texts of a model may stand. Pure: the same answer is judged alike. Every item that was asked for is answered once,
//! nothing else is; RFC numbers, revisions, figures, names and claims are those of the facts, in either language; language and length are as
//! asked; decoration is removed, and there is no mark-up, no link, no control character. What the text means is not judged: the footer of
//! the digest says who wrote it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use serde_json::Value;

mod claims;
mod decoration;
mod facts;
mod figures;
mod form;
mod hedges;
mod judge;
mod kind;
mod language;
mod names;
mod numerals;
mod terms;

pub(super) use judge::{judge, judge_one};
pub(super) use kind::TextKind;

/// Everything that a text about these facts may name.
#[derive(Clone, Debug, Default)]
pub(super) struct GroundingFacts {
    /// RFC numbers.
    rfcs: BTreeSet<u32>,
    /// Revisions of drafts.
    revisions: BTreeSet<u32>,
    /// Names of drafts.
    drafts: BTreeSet<String>,
    /// Numbers as digits: figures and versions.
    figures: BTreeSet<String>,
    /// The numbers of entries in lists, as three authors.
    counts: BTreeSet<String>,
    /// Latin words, small, without the plural's s.
    words: BTreeSet<String>,
    /// The initials of all words in their order, without small words, and with them.
    initials: String,
    full_initials: String,
    /// Nouns that the facts use of some only.
    hedged: Vec<hedges::HedgedNoun>,
    /// All texts, small and with plain digits and letters.
    text: String,
}

impl GroundingFacts {
    /// Reads facts as they are sent to a model.
    pub(super) fn of(value: &Value) -> Self {
        let mut facts = GroundingFacts::default();
        facts.add(value, "");
        facts.rfcs.extend(facts::rfcs_in(&facts.text));
        let words = facts::words_in(&facts.text).map(facts::singular);
        facts.words.extend(words);
        let numbers = figures::numbers_in(&facts.text);
        facts.figures.extend(numbers);
        (facts.initials, facts.full_initials) = names::initials_of(&facts.text);
        facts.hedged = hedges::hedged_in(&facts.text);
        facts
    }

    fn add(&mut self, value: &Value, key: &str) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.add(value, key)),
            Value::Array(values) => {
                self.counts.insert(values.len().to_string());
                if !values.is_empty() && matches!(key, "updates" | "obsoletes") {
                    // That it does is a fact, though no sentence says it.
                    self.text.push_str(key);
                    self.text.push('\n');
                }
                values.iter().for_each(|value| self.add(value, key));
            }
            Value::String(text) => {
                self.add_number(text.parse().ok(), key);
                if let Some(draft) = text.strip_prefix("draft-") {
                    self.drafts.insert(format!("draft-{draft}"));
                }
                self.text.push_str(&facts::plain(text).to_lowercase());
                self.text.push('\n');
            }
            Value::Number(number) => {
                self.add_number(number.as_u64().and_then(|n| u32::try_from(n).ok()), key);
            }
            Value::Bool(_) | Value::Null => {}
        }
    }

    fn add_number(&mut self, number: Option<u32>, key: &str) {
        let Some(number) = number else { return };
        self.figures.insert(number.to_string());
        match key {
            "rfc" | "rfcs" | "number" | "updates" | "obsoletes" => self.rfcs.insert(number),
            "revision" | "revisions" => self.revisions.insert(number),
            _ => false,
        };
    }
}

/// One text that is asked for.
#[derive(Clone, Debug)]
pub(super) struct TextRequest {
    /// The kind of text.
    pub(super) kind: TextKind,
    /// The subject: a document's name, a theme's key, `day`.
    pub(super) id: String,
    /// The draft's revision, or the day.
    pub(super) revision: String,
    /// The facts as they are sent.
    pub(super) sent: Arc<Value>,
    /// The same as they are compared with, read when there is something to compare; requests about one subject share them.
    pub(super) facts: Arc<OnceLock<GroundingFacts>>,
}

impl TextRequest {
    /// Returns the facts to compare with.
    fn facts(&self) -> &GroundingFacts {
        self.facts.get_or_init(|| GroundingFacts::of(&self.sent))
    }
}

/// One text that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The kind of text.
    pub(super) kind: TextKind,
    /// The subject that it claims.
    pub(super) id: String,
    /// The text.
    pub(super) text: String,
}

/// The judgement of an answer; positions are those of the items that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Texts that may stand.
    pub(super) good: Vec<(usize, String)>,
    /// Those that may not, and why.
    pub(super) bad: Vec<(usize, String)>,
    /// Subjects that nobody asked for: documents that were not announced.
    pub(super) strangers: Vec<String>,
}

#[cfg(test)]
mod tests;
