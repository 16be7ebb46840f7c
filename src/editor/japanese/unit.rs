//! The pieces that a title is read as.

use super::flags::Flags;
use super::glossary::Term;
use super::words::{is_plural, name_form};

/// What a piece is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Noun,
    /// A word that stays in Latin letters.
    Name,
    Adjective,
    Gerund,
    Preposition(&'static str),
    /// と or または.
    Conjunction,
    Comma,
    Slash,
    Article,
}

/// A piece of a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) japanese: String,
    pub(super) english: String,
    pub(super) flags: Flags,
    pub(super) plural: bool,
    /// True for a term of two words or more, a name, the head of a document's title, and the words between them.
    pub(super) sure: bool,
}

impl Unit {
    /// Makes a piece of a term of the glossary and the words that it was found by, hyphens among them.
    pub(super) fn term(term: &Term, words: &[&str]) -> Self {
        let flags = term.flags;
        let kind = match flags {
            _ if flags.any(Flags::NAME) => Kind::Name,
            _ if flags.any(Flags::ADJECTIVE) => Kind::Adjective,
            _ if flags.any(Flags::GERUND.and(Flags::VERB)) => Kind::Gerund,
            _ => Kind::Noun,
        };
        let last = words.last().copied().unwrap_or_default();
        Unit {
            kind,
            japanese: term.japanese.clone(),
            english: words.join(" ").replace(" - ", "-"),
            flags,
            plural: is_plural(last) || last.eq_ignore_ascii_case("data"),
            sure: words.len() > 1
                || kind == Kind::Name
                || flags.any(Flags::HEAD.and(Flags::EXTENSION)),
        }
    }

    /// Makes a name of a word.
    pub(super) fn name(word: &str) -> Self {
        let form = name_form(word);
        Unit {
            kind: Kind::Name,
            japanese: form.to_owned(),
            english: word.to_owned(),
            flags: Flags::default(),
            plural: form != word,
            sure: true,
        }
    }

    /// Makes an adjective that a suffix made of something.
    pub(super) fn suffixed(japanese: String, english: String, sure: bool) -> Self {
        Unit {
            kind: Kind::Adjective,
            japanese,
            english,
            flags: Flags::SUFFIXED,
            plural: false,
            sure,
        }
    }

    /// Makes a piece that stands between others.
    pub(super) fn between(kind: Kind, japanese: &str, english: &str) -> Self {
        Unit {
            kind,
            japanese: japanese.to_owned(),
            english: english.to_owned(),
            flags: Flags::default(),
            plural: false,
            sure: true,
        }
    }

    /// Returns true when any of `flags` is set.
    pub(super) fn is(&self, flags: Flags) -> bool {
        self.flags.any(flags)
    }

    /// Returns true for an "and" between two, and for a comma.
    pub(super) fn separates(&self) -> bool {
        matches!(self.kind, Kind::Conjunction | Kind::Comma)
    }
}

/// Returns the pieces without articles.
pub(super) fn without_articles(units: &[Unit]) -> Vec<Unit> {
    units
        .iter()
        .filter(|unit| unit.kind != Kind::Article)
        .cloned()
        .collect()
}

/// A phrase in Japanese, and the word that it is joined by.
#[derive(Clone, Debug)]
pub(super) struct Phrase {
    pub(super) japanese: String,
    pub(super) head: Unit,
}
