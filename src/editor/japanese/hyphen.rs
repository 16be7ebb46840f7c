//! Words with hyphens that the glossary does not have: names, suffixes, prefixes, two nouns.

use super::flags::Flags;
use super::glossary::{Term, Terms, key};
use super::tables::{PREFIXES, SUFFIXES};
use super::unit::{Kind, Unit};
use super::unknown::Unknown;
use super::words::{has_japanese, is_name, is_number, is_plural};

/// Puts a suffix behind a piece: 「TLSベースの」.
///
/// # Errors
/// The suffix says something else behind each word, as "-free" does.
pub(super) fn suffixed(unit: &Unit, suffix: &str) -> Result<Unit, Unknown> {
    let english = format!("{}-{suffix}", unit.english);
    let japanese = ending(&unit.japanese, suffix, &english)?;
    Ok(Unit::suffixed(japanese, english, unit.sure))
}

/// Returns true for a word that is known as a suffix.
pub(super) fn is_suffix(word: &str) -> bool {
    SUFFIXES
        .iter()
        .any(|(suffix, _)| word.eq_ignore_ascii_case(suffix))
}

/// Writes a suffix behind its stem.
fn ending(stem: &str, suffix: &str, english: &str) -> Result<String, Unknown> {
    let suffix = suffix.to_lowercase();
    let known = SUFFIXES.iter().find(|(known, _)| *known == suffix);
    match known {
        Some((_, "")) | None => Err(Unknown::form("a suffix of many senses", english)),
        // What is aware of a name supports it.
        Some(("aware", _)) if !has_japanese(stem) => Ok(format!("{stem}対応の")),
        Some((_, japanese)) => Ok(format!("{stem}{japanese}")),
    }
}

/// Reads the parts of a word with hyphens.
///
/// # Errors
/// No rule gives its Japanese.
pub(super) fn hyphenated(glossary: Terms<'_>, parts: &[&str]) -> Result<Unit, Unknown> {
    let english = parts.join("-");
    let unknown = || Unknown::Word(english.clone());
    let (Some((first, behind)), Some((last, stem))) = (parts.split_first(), parts.split_last())
    else {
        return Err(unknown());
    };
    let term = |words: &[&str]| glossary.get(&key(words.iter().copied()));
    if parts.iter().all(|part| stays(part)) {
        return Ok(Unit::name(&english));
    }
    if is_suffix(last) {
        let japanese = match term(stem) {
            _ if stem.iter().all(|part| stays(part)) => stem.join("-"),
            Some(term) => term.japanese.clone(),
            None => return Err(unknown()),
        };
        let sure = stem.len() > 1 || !has_japanese(&japanese);
        return Ok(Unit::suffixed(
            ending(&japanese, last, &english)?,
            english,
            sure,
        ));
    }
    let rest = term(behind).map(|term| (term.japanese.clone(), term.flags));
    let rest = rest.or_else(|| match behind {
        [name] if is_name(name) => Some(((*name).to_owned(), Flags::default())),
        _ => None,
    });
    let prefix = first.to_lowercase();
    if let ("inter" | "intra", Some((japanese, _))) = (prefix.as_str(), &rest) {
        let between = if prefix == "inter" { "間" } else { "内" };
        let mut unit = Unit::suffixed(format!("{japanese}{between}"), english, false);
        unit.flags = Flags::default();
        return Ok(unit);
    }
    if let [from, to, into] = parts
        && to.eq_ignore_ascii_case("to")
        && let (Some(from), Some(into)) = (term(&[*from]), term(&[*into]))
    {
        return Ok(from_to(from, into, english));
    }
    if let (Some((_, japanese)), Some((stem, flags))) =
        (PREFIXES.iter().find(|(known, _)| *known == prefix), rest)
        && !flags.any(Flags::ADJECTIVE)
    {
        let mut unit = Unit::name(&english);
        (unit.kind, unit.flags, unit.sure) = (Kind::Noun, flags, false);
        unit.japanese = format!("{japanese}{stem}");
        unit.plural = is_plural(last);
        return Ok(unit);
    }
    match parts {
        [name, noun] => name_and_noun(name, noun, term(&[*noun]), &english).ok_or_else(unknown),
        _ => Err(unknown()),
    }
}

/// Returns true for a part of a name: a name, a number, a single capital.
fn stays(part: &str) -> bool {
    let single = part.strip_suffix('s').unwrap_or(part);
    let capital = single.len() == 1 && single.chars().all(|c| c.is_ascii_uppercase());
    is_name(part) || is_number(part) || capital
}

/// "Peer-to-Peer", "Host-to-Router".
fn from_to(from: &Term, into: &Term, english: String) -> Unit {
    let japanese = if from.japanese == into.japanese {
        format!("{}間", from.japanese)
    } else {
        format!("{}から{}への", from.japanese, into.japanese)
    };
    Unit::suffixed(japanese, english, false)
}

/// "TLS-Terminator": a name before a noun.
fn name_and_noun(name: &str, noun: &str, term: Option<&Term>, english: &str) -> Option<Unit> {
    let term = term.filter(|term| {
        !term.flags.any(
            Flags::ADJECTIVE
                .and(Flags::GERUND)
                .and(Flags::VERB)
                .and(Flags::PART),
        )
    })?;
    if !is_name(name) || term.flags.any(Flags::NAME) {
        return None;
    }
    let mut unit = Unit::term(term, &[noun]);
    unit.japanese = format!("{name}{}", term.japanese);
    unit.english = english.to_owned();
    Some(unit)
}
