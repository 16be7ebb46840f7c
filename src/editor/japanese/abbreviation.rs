//! Long forms with their abbreviation in brackets: what both say is said once.

use super::compound::compound;
use super::flags::Flags;
use super::glossary::{Terms, key};
use super::phrase::phrase;
use super::pieces::{Item, pieces};
use super::tables::PREPOSITIONS;
use super::token::{Token, tokens};
use super::unit::{Kind, Unit};
use super::unknown::Unknown;
use super::words::{has_japanese, is_name, is_number, name_form};

/// A long form has no more words.
const MOST_WORDS: usize = 12;
/// An abbreviation has no more letters.
const MOST_LETTERS: usize = 16;
/// A long form whose Japanese is longer stands as its abbreviation alone, where there is more around it.
const LONGEST_BEFORE_BRACKETS: usize = 14;
/// Words of a long form that may give no letter.
const SMALL: [&str; 14] = [
    "a", "an", "and", "by", "for", "in", "of", "on", "or", "over", "the", "to", "using", "with",
];
/// Words with which no long form begins.
const NEVER_FIRST: [&str; 9] = ["a", "an", "and", "for", "in", "of", "over", "the", "using"];

/// Puts a piece in the place of each long form with its abbreviation.
///
/// # Errors
/// Brackets that hold something else.
pub(super) fn resolved(glossary: Terms<'_>, text: &[Token]) -> Result<Vec<Item>, Unknown> {
    let mut items: Vec<Item> = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(token) = text.get(at) {
        if token.text != "(" {
            if token.text == ")" {
                return Err(brackets(text));
            }
            items.push(Item::Word(token.clone()));
            at += 1;
            continue;
        }
        let behind = &text[at + 1..];
        let end = behind
            .iter()
            .position(|token| token.text == ")")
            .ok_or_else(|| brackets(text))?;
        let (inner, after) = (&behind[..end], &behind[end + 1..]);
        let glued_word = after
            .first()
            .is_some_and(|token| token.glued && token.text.starts_with(char::is_alphanumeric));
        if items.is_empty()
            || token.glued
            || glued_word
            || inner.iter().any(|token| token.text == "(")
        {
            return Err(brackets(text));
        }
        if is_version(inner) {
            items.extend(inner.iter().cloned().map(Item::Word));
        } else {
            let behind = Behind::of(after);
            close(glossary, &mut items, inner, behind)?;
        }
        at += end + 2;
    }
    Ok(items)
}

/// What follows a pair of brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Behind {
    Nothing,
    /// A word that what stands before the brackets belongs to: "Segment Routing (SR) Policy".
    Noun,
    Other,
}

impl Behind {
    fn of(after: &[Token]) -> Self {
        match after.first() {
            None => Behind::Nothing,
            Some(token) => {
                let lower = token.text.to_lowercase();
                let joins = PREPOSITIONS.contains(&lower.as_str())
                    || ["and", "or", "based"].contains(&lower.as_str());
                if joins || !lower.starts_with(char::is_alphanumeric) {
                    Behind::Other
                } else {
                    Behind::Noun
                }
            }
        }
    }
}

/// "(Version 3)".
fn is_version(inner: &[Token]) -> bool {
    matches!(inner, [word, number] if word.text.eq_ignore_ascii_case("version") && is_number(&number.text))
}

fn brackets(text: &[Token]) -> Unknown {
    Unknown::form("brackets", written(text))
}

/// Takes what stands in one pair of brackets to what stands before it.
fn close(
    glossary: Terms<'_>,
    items: &mut Vec<Item>,
    inner: &[Token],
    behind: Behind,
) -> Result<(), Unknown> {
    let abbreviation = written(inner);
    if is_abbreviation(&abbreviation) {
        let start = long_form(glossary, items, &abbreviation)
            .ok_or_else(|| Unknown::form("an abbreviation without its long form", &abbreviation))?;
        let before = &items[..start];
        let only_article = matches!(before, [Item::Word(token)] if ["a", "an", "the"].contains(&token.text.to_lowercase().as_str()));
        let alone = (before.is_empty() || only_article) && behind == Behind::Nothing;
        let unit = if behind == Behind::Noun && is_name(&abbreviation) {
            Unit::name(&abbreviation)
        } else {
            shortened(glossary, &items[start..], &abbreviation, !alone)?
        };
        items.truncate(start);
        // As a word it may be a part of a longer term: "PCEP Extensions".
        if unit.kind == Kind::Name {
            items.extend(tokens(&unit.japanese).into_iter().map(Item::Word));
        } else {
            items.push(Item::Read(unit));
        }
        return Ok(());
    }
    // The other way round: "SCHC (Static Context Header Compression)".
    if let Some(Item::Word(name)) = items.last()
        && is_name(&name.text)
    {
        let inner: Vec<Item> = inner.iter().cloned().map(Item::Word).collect();
        if long_form(glossary, &inner, &name.text) == Some(0) {
            return Ok(());
        }
    }
    Err(Unknown::form("brackets", abbreviation))
}

/// Writes tokens as they stood.
fn written(text: &[Token]) -> String {
    let mut line = String::new();
    for token in text {
        if !token.glued && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&token.text);
    }
    line
}

fn is_abbreviation(text: &str) -> bool {
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let plain = |word: &str| {
        word.chars()
            .all(|c| c.is_ascii_alphanumeric() || "+*/.#_-".contains(c))
    };
    let versioned = words.next().is_none_or(is_number) && words.next().is_none();
    plain(first)
        && versioned
        && (is_name(first) || first.starts_with(|c: char| c.is_ascii_uppercase()))
}

/// Returns where the long form of an abbreviation begins, that ends where the items end.
fn long_form(glossary: Terms<'_>, items: &[Item], abbreviation: &str) -> Option<usize> {
    let letters: String = abbreviation
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let letters = name_form(&letters).to_lowercase().into_bytes();
    if letters.len() < 2 || letters.len() > MOST_LETTERS {
        return None;
    }
    let begins = |(_, item): &(usize, &Item)| match item {
        Item::Word(token) => !token.glued,
        Item::Read(_) => false,
    };
    let words = items
        .iter()
        .enumerate()
        .rev()
        .take_while(|(_, item)| matches!(item, Item::Word(_)));
    let starts = words
        .filter(|found| begins(found) || found.0 == 0)
        .map(|(at, _)| at)
        .take(MOST_WORDS);
    let (mut plain, mut with_inner) = (None, None);
    for start in starts {
        let parts = parts(&items[start..]);
        let Some(first) = parts.first() else { continue };
        if first.as_bytes().first() != letters.first() || NEVER_FIRST.contains(&first.as_str()) {
            continue;
        }
        let known = glossary.get(&long_key(&items[start..]));
        if known.is_some_and(|term| {
            term.flags.any(Flags::NAME) && term.japanese == name_form(abbreviation)
        }) {
            return Some(start);
        }
        if spells(&parts, &letters, false) {
            // The nearest, where each word gives one letter.
            plain = plain.or(Some(start));
        } else if spells(&parts, &letters, true) {
            // The farthest, where letters from inside of words are needed.
            with_inner = Some(start);
        }
    }
    plain.or(with_inner)
}

/// Returns the words of items in lower case; those with hyphens and slashes in parts.
fn parts(items: &[Item]) -> Vec<String> {
    let words = items.iter().filter_map(|item| match item {
        Item::Word(token) => Some(token.text.to_lowercase()),
        Item::Read(_) => None,
    });
    let parts = words.flat_map(|word| word.split('/').map(str::to_owned).collect::<Vec<_>>());
    parts
        .filter(|part| part.starts_with(|c: char| c.is_ascii_alphanumeric()))
        .collect()
}

fn long_key(items: &[Item]) -> String {
    let words = items.iter().filter_map(|item| match item {
        Item::Word(token) if token.text != "-" => Some(token.text.as_str()),
        _ => None,
    });
    key(words)
}

/// Returns true when the words give the letters in their order: each its first, small words perhaps none; with `inner` up to
/// two more from inside of a word.
fn spells(parts: &[String], letters: &[u8], inner: bool) -> bool {
    // A bit for each number of letters that the words so far can have given.
    let mut reached: u32 = 1;
    for part in parts {
        let word = part.as_bytes();
        let passes = SMALL.contains(&part.as_str())
            || is_number(part)
            || matches!(part.as_str(), "version" | "protocol");
        let mut next = if passes { reached } else { 0 };
        if part == "plus" {
            next |= reached & (1 << letters.len());
        }
        for given in (0..letters.len()).filter(|given| reached >> given & 1 == 1) {
            let mut from = 0;
            for more in 0..if inner { 3 } else { 1 } {
                let Some(letter) = letters.get(given + more) else {
                    break;
                };
                let found = match more {
                    0 => (word.first() == Some(letter)).then_some(0),
                    _ => word
                        .iter()
                        .skip(from)
                        .position(|other| other == letter)
                        .map(|at| at + from),
                };
                let Some(at) = found else { break };
                from = at + 1;
                next |= 1 << (given + more + 1);
            }
        }
        reached = next;
    }
    reached >> letters.len() & 1 == 1
}

/// Writes a long form with its abbreviation: a known name as the abbreviation, else 「日本語（ABC）」, and where that is long
/// and not alone, the abbreviation.
fn shortened(
    glossary: Terms<'_>,
    long: &[Item],
    abbreviation: &str,
    more: bool,
) -> Result<Unit, Unknown> {
    let form = name_form(abbreviation);
    let name = || Unit::name(form);
    let known = glossary.get(&long_key(long));
    match known {
        Some(term) if term.flags.any(Flags::NAME) => return Ok(name()),
        Some(term) if term.japanese.contains('（') => {
            let mut unit = Unit::term(term, &[form]);
            unit.flags = unit.flags.without(Flags::NO.and(Flags::EXTENSION));
            unit.sure = true;
            return Ok(unit);
        }
        _ => {}
    }
    let last = parts(long).last().cloned().unwrap_or_default();
    if more && (last == "protocol" || is_number(&last)) {
        return Ok(name());
    }
    let units = pieces(glossary, long);
    if let Ok(units) = &units
        && !units.iter().any(|unit| {
            unit.separates() || !matches!(unit.kind, Kind::Noun | Kind::Name | Kind::Adjective)
        })
        && let Ok(phrase) = compound(units, false)
        && has_japanese(&phrase.japanese)
        && !phrase.japanese.contains('（')
        && (phrase.japanese.chars().count() <= LONGEST_BEFORE_BRACKETS || !more)
    {
        let flags = phrase.head.flags.without(Flags::NO.and(Flags::EXTENSION));
        return Ok(bracketed(phrase.japanese, form, phrase.head, flags));
    }
    if more {
        return if is_name(abbreviation) {
            Ok(name())
        } else {
            Err(Unknown::form("brackets", abbreviation))
        };
    }
    let phrase = phrase(&units?)?;
    let flags = phrase.head.flags;
    Ok(bracketed(phrase.japanese, form, phrase.head, flags))
}

fn bracketed(japanese: String, abbreviation: &str, head: Unit, flags: Flags) -> Unit {
    Unit {
        kind: Kind::Noun,
        japanese: format!("{japanese}（{abbreviation}）"),
        flags,
        ..head
    }
}
