//! Words to pieces: terms of the glossary, the longest first, names, and the words between them.

use super::flags::Flags;
use super::glossary::{Term, Terms, key};
use super::hyphen::{hyphenated, is_suffix, suffixed};
use super::tables::{
    ARTICLES, LOOSE_SUFFIXES, OF_SENTENCES, PHRASES, PREPOSITIONS, SUFFIXES, VERSIONED,
};
use super::token::Token;
use super::unit::{Kind, Unit};
use super::unknown::Unknown;
use super::words::{has_japanese, is_name, is_number, is_plural};

/// A word, or a piece that was read before: a long form with its abbreviation.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Word(Token),
    Read(Unit),
}

/// Reads the pieces of a part of a title that has neither brackets nor colons.
///
/// # Errors
/// A word that is not known, or a form that is left English.
pub(super) fn pieces(glossary: Terms<'_>, items: &[Item]) -> Result<Vec<Unit>, Unknown> {
    let words = items.iter().map(Word::of).collect();
    let mut reading = Reading {
        glossary,
        words,
        read: Vec::new(),
    };
    let mut at = 0;
    while let Some(item) = items.get(at) {
        at += match item {
            Item::Read(unit) => {
                reading.read.push(unit.clone());
                1
            }
            Item::Word(_) => reading.next(at)?,
        };
    }
    Ok(reading.read)
}

/// A word with what is asked of it again and again; of a piece that was read before, nothing.
struct Word<'a> {
    text: &'a str,
    lower: String,
    key: String,
    glued: bool,
}

impl<'a> Word<'a> {
    fn of(item: &'a Item) -> Self {
        let (text, glued) = match item {
            Item::Word(token) => (token.text.as_str(), token.glued),
            Item::Read(_) => ("", false),
        };
        Word {
            text,
            lower: text.to_lowercase(),
            key: key([text]),
            glued,
        }
    }

    fn is_hyphen(&self) -> bool {
        self.text == "-"
    }
}

struct Reading<'a> {
    glossary: Terms<'a>,
    words: Vec<Word<'a>>,
    read: Vec<Unit>,
}

impl<'a> Reading<'a> {
    /// Reads what begins at `at`, and returns the number of words that it was.
    fn next(&mut self, at: usize) -> Result<usize, Unknown> {
        let rules = [
            Self::between,
            Self::version,
            Self::phrase,
            Self::term,
            Self::loose_suffix,
            Self::small_word,
            Self::hyphenated,
            Self::number,
        ];
        for rule in rules {
            if let Some(taken) = rule(self, at)? {
                return Ok(taken);
            }
        }
        let word = self.words[at].text;
        if !is_name(word) {
            return Err(Unknown::Word(word.to_owned()));
        }
        self.read.push(Unit::name(word));
        Ok(1)
    }

    fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.text)
    }

    fn lower(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| &word.lower)
    }

    fn between(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let unit = match self.lower(at) {
            "," => Unit::between(Kind::Comma, "、", ","),
            "&" | "and" => Unit::between(Kind::Conjunction, "と", "and"),
            "or" => Unit::between(Kind::Conjunction, "または", "or"),
            "/" => Unit::between(Kind::Slash, "／", "/"),
            "#" => return self.number_sign(at),
            "ieee" => return Ok(self.ieee(at)),
            "-" | "–" | "—" => return Err(Unknown::form("a dash", self.around(at))),
            _ => return Ok(None),
        };
        self.read.push(unit);
        Ok(Some(1))
    }

    /// "PKCS #12".
    fn number_sign(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let number = self.text(at + 1).to_owned();
        match self.read.last_mut() {
            Some(unit) if unit.kind == Kind::Name && is_number(&number) => {
                unit.japanese = format!("{} #{number}", unit.japanese);
                Ok(Some(2))
            }
            _ => Err(Unknown::form("a number", self.around(at))),
        }
    }

    /// "IEEE 802.1Q" is one name.
    fn ieee(&mut self, at: usize) -> Option<usize> {
        let number = self.text(at + 1);
        if !number.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let unit = Unit::name(&format!("IEEE {number}"));
        self.read.push(unit);
        Some(2)
    }

    /// "Version 2" behind a name or a noun.
    fn version(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let number = self.text(at + 1).to_owned();
        if self.lower(at) != "version" || !is_number(&number) {
            return Ok(None);
        }
        match self.read.last_mut() {
            Some(unit)
                if unit.kind == Kind::Name && VERSIONED.contains(&unit.japanese.as_str()) =>
            {
                unit.japanese = format!("{} {number}", unit.japanese);
            }
            Some(unit) if matches!(unit.kind, Kind::Name | Kind::Noun) => {
                unit.japanese = format!("{}バージョン{number}", unit.japanese);
            }
            _ => return Err(Unknown::form("a version of nothing", number)),
        }
        Ok(Some(2))
    }

    /// A preposition of several words.
    fn phrase(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let found = PHRASES.iter().find(|phrase| {
            let mut words = phrase.split(' ').enumerate();
            words.all(|(behind, word)| self.lower(at + behind) == word)
        });
        let Some(phrase) = found else { return Ok(None) };
        self.read
            .push(Unit::between(Kind::Preposition(phrase), "", phrase));
        Ok(Some(phrase.split(' ').count()))
    }

    /// The longest term that begins here, with its suffix.
    fn term(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let Some((length, term)) = self.longest(at) else {
            return Ok(None);
        };
        let words: Vec<&str> = self.words[at..at + length]
            .iter()
            .map(|word| word.text)
            .collect();
        let lower = self.lower(at);
        if words.len() == 1 && PREPOSITIONS.contains(&lower) {
            // "Using" and "supporting" are verbs where nothing precedes that they could belong to.
            let opens = self
                .read
                .last()
                .is_none_or(|unit| matches!(unit.kind, Kind::Preposition(_) | Kind::Conjunction));
            if !opens || !matches!(lower, "using" | "supporting") {
                return Ok(None);
            }
        }
        let unit = Unit::term(term, &words);
        let behind = at + length;
        let suffix = self.text(behind + 1);
        if self.text(behind) == "-" && is_suffix(suffix) {
            let unit = suffixed(&unit, &suffix.to_lowercase())?;
            self.read.push(unit);
            return Ok(Some(length + 2));
        }
        self.read.push(unit);
        Ok(Some(length))
    }

    /// Returns the longest term that begins at a word, and its length, hyphens counted.
    fn longest(&self, at: usize) -> Option<(usize, &'a Term)> {
        let most = self.glossary.most_words();
        let end = self.words.len().min(at + 2 * most);
        (at..end).rev().find_map(|last| {
            let words = &self.words[at..=last];
            if words.last()?.is_hyphen() || words.iter().any(|word| word.text.is_empty()) {
                return None;
            }
            let core: Vec<&Word<'_>> = words.iter().filter(|word| !word.is_hyphen()).collect();
            if core.len() > most {
                return None;
            }
            let keys: Vec<&str> = core.iter().map(|word| word.key.as_str()).collect();
            let term = self.glossary.get(&keys.join(" "))?;
            self.may_be(term, words, &core, last + 1)
                .then_some((words.len(), term))
        })
    }

    /// Judges whether words that spell a term are this term.
    fn may_be(&self, term: &Term, words: &[Word<'_>], core: &[&Word<'_>], behind: usize) -> bool {
        let flags = term.flags;
        let last = core.last().map_or("", |word| word.text);
        if flags.any(Flags::PART)
            || (flags.any(Flags::HYPHENATED) && words.len() == core.len())
            || (flags.any(Flags::PLURAL) && !is_plural(last))
        {
            return false;
        }
        if core.len() > 1 {
            return true;
        }
        let capitals = last.len() > 1 && last.chars().all(|c| c.is_ascii_uppercase());
        if (capitals || is_name(last)) && !flags.any(Flags::NAME) {
            return false;
        }
        // It may not stop inside of a word with hyphens, but before a suffix.
        let goes_on = self
            .words
            .get(behind)
            .is_some_and(|next| next.is_hyphen() && next.glued);
        !goes_on || is_suffix(self.text(behind + 1))
    }

    /// "Intent Based", "MPLS Enabled".
    fn loose_suffix(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let word = self.lower(at);
        let next = self.lower(at + 1);
        let ends = next.is_empty() || PREPOSITIONS.contains(&next) || matches!(next, "and" | ",");
        if !LOOSE_SUFFIXES.contains(&word) || ends {
            return Ok(None);
        }
        let mut before = self.read.iter().rev();
        let thing = |unit: &Unit| matches!(unit.kind, Kind::Noun | Kind::Name);
        let Some(stem) = before.next().filter(|unit| thing(unit)) else {
            return Ok(None);
        };
        if before
            .next()
            .is_some_and(|unit| thing(unit) || unit.kind == Kind::Conjunction)
        {
            return Ok(None);
        }
        let japanese = match SUFFIXES.iter().find(|(suffix, _)| *suffix == word) {
            Some(("aware", _)) if !has_japanese(&stem.japanese) => "対応の",
            Some((_, japanese)) => japanese,
            None => return Ok(None),
        };
        let unit = Unit::suffixed(
            format!("{}{japanese}", stem.japanese),
            format!("{} {word}", stem.english),
            stem.sure,
        );
        self.read.pop();
        self.read.push(unit);
        Ok(Some(1))
    }

    fn small_word(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let word = self.lower(at);
        if let Some(preposition) = PREPOSITIONS.iter().find(|known| **known == word) {
            self.read.push(Unit::between(
                Kind::Preposition(preposition),
                "",
                preposition,
            ));
            return Ok(Some(1));
        }
        let capitals = self.text(at).chars().all(|c| c.is_ascii_uppercase());
        if ARTICLES.contains(&word)
            && (self.text(at).len() > 1 || word == self.text(at) || self.read.is_empty())
        {
            self.read.push(Unit::between(Kind::Article, "", word));
            return Ok(Some(1));
        }
        if OF_SENTENCES.contains(&word) && !(capitals && word.len() > 1) {
            return Err(Unknown::form("a sentence", word));
        }
        Ok(None)
    }

    /// A whole word with hyphens.
    fn hyphenated(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let mut end = at + 1;
        while self
            .words
            .get(end)
            .is_some_and(|word| word.is_hyphen() && word.glued)
            && self.words.get(end + 1).is_some_and(|word| word.glued)
        {
            end += 2;
        }
        if end == at + 1 {
            return Ok(None);
        }
        let parts: Vec<&str> = self.words[at..end]
            .iter()
            .map(|word| word.text)
            .filter(|text| *text != "-")
            .collect();
        let unit = hyphenated(self.glossary, &parts)?;
        self.read.push(unit);
        Ok(Some(end - at))
    }

    /// A number behind a name belongs to it.
    fn number(&mut self, at: usize) -> Result<Option<usize>, Unknown> {
        let number = self.text(at).to_owned();
        if !is_number(&number) {
            return Ok(None);
        }
        match self.read.last_mut() {
            Some(unit) if unit.kind == Kind::Name => {
                unit.japanese = format!("{} {number}", unit.japanese);
                Ok(Some(1))
            }
            _ => Err(Unknown::form("a number", number)),
        }
    }

    /// Returns a sign with the words beside it.
    fn around(&self, at: usize) -> String {
        let words = &self.words[at.saturating_sub(1)..self.words.len().min(at + 2)];
        let words: Vec<&str> = words.iter().map(|word| word.text).collect();
        words.join(" ")
    }
}
