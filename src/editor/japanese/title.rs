//! A whole title: what it consists of, and which forms stay English.

use super::abbreviation::resolved;
use super::glossary::{Glossary, Terms, key};
use super::phrase::phrase;
use super::pieces::pieces;
use super::token::tokens;
use super::unit::Kind;
use super::unknown::Unknown;
use super::words::{has_japanese, is_name};

/// A longer title is none, in characters.
pub(super) const LONGEST: usize = 300;
/// The form of a title that would stay as it is, word by word.
const ONLY_NAMES: &str = "only names";
/// Signs of sentences and of other notations.
const SIGNS: [char; 13] = [
    '?', '!', '"', '“', '”', ';', '<', '>', '=', '|', '[', ']', '`',
];
/// What stands behind a dash has as many words.
const DASHED: usize = 3;
/// So many letters, all of them capitals, hide which words are names.
const CAPITALS: usize = 12;

/// A title in Japanese.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) japanese: String,
    /// True when each piece is a term of two words or more, a name or the head of the title.
    pub(super) sure: bool,
}

/// Writes a title in Japanese.
///
/// # Errors
/// The word that is missing, or the form that is left English.
pub(super) fn title(glossary: &Glossary, english: &str) -> Result<Line, Unknown> {
    match read(Terms::all(glossary), english) {
        // "Media over QUIC Transport" is no transport of QUIC.
        Err(Unknown::Form(ONLY_NAMES, _)) if !english.to_lowercase().contains(" over ") => {
            read(Terms::without_long_names(glossary), english)
        }
        read => read,
    }
}

fn read(glossary: Terms<'_>, english: &str) -> Result<Line, Unknown> {
    let english = english.trim().trim_end_matches('.').replace('’', "'");
    refuse(&english)?;
    let parts = parts(&english);
    let line = match parts.as_slice() {
        [whole] => match toward(whole) {
            Some(aim) => {
                let line = segment(glossary, aim)?;
                Line {
                    japanese: format!("{}に向けて", line.japanese),
                    ..line
                }
            }
            None => segment(glossary, whole)?,
        },
        [before, behind] => {
            // "BGP - Link State", "vCon - Conversation Data Container": a dash may be a part of a name, or explain it.
            let name = before.rsplit(' ').next().is_some_and(is_name);
            if !english.contains(": ") && (name || behind.split_whitespace().count() < DASHED) {
                return Err(Unknown::form("a dash", *behind));
            }
            let line = segment(glossary, behind)?;
            if !has_japanese(&line.japanese) {
                return Err(Unknown::form(ONLY_NAMES, *behind));
            }
            let (topic, sure) = topic(glossary, before)?;
            Line {
                japanese: format!("{topic}：{}", line.japanese),
                sure: line.sure && sure,
            }
        }
        _ => return Err(Unknown::form("two colons", english)),
    };
    if has_japanese(&line.japanese) {
        Ok(line)
    } else {
        Err(Unknown::form(ONLY_NAMES, english))
    }
}

fn refuse(english: &str) -> Result<(), Unknown> {
    let refused = |form| {
        Err(Unknown::form(
            form,
            english.chars().take(LONGEST).collect::<String>(),
        ))
    };
    let letters = || english.chars().filter(|c| c.is_ascii_alphabetic());
    if english.is_empty() {
        return refused("nothing");
    }
    if english.chars().nth(LONGEST).is_some() {
        return refused("too long");
    }
    if letters().count() > CAPITALS && letters().all(|c| c.is_ascii_uppercase()) {
        return refused("all capitals");
    }
    if english.contains(SIGNS) {
        return refused("punctuation");
    }
    let mut after = english.split('\'').skip(1);
    let possessive =
        after.any(|rest| rest.starts_with(' ') || rest.starts_with("s ") || rest == "s");
    if possessive {
        refused("a possessive")
    } else {
        Ok(())
    }
}

/// Splits at a colon or a dash between blanks; "Name, a Protocol for X" at the comma.
fn parts(english: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = english;
    loop {
        let colon = rest.find(": ").map(|at| (at, 2));
        let dashes = [" - ", " – ", " — ", " -- ", " --- "];
        let dash = dashes
            .iter()
            .filter_map(|dash| Some((rest.find(dash)?, dash.len())))
            .min();
        let Some((at, length)) = [colon, dash].into_iter().flatten().min() else {
            break;
        };
        parts.push(rest[..at].trim());
        rest = rest[at + length..].trim_start();
    }
    parts.push(rest);
    if let ([whole], Some((name, rest))) = (parts.as_slice(), english.split_once(", a"))
        && !name.contains(char::is_whitespace)
        && let Some(behind) = rest.strip_prefix(' ').or_else(|| rest.strip_prefix("n "))
        && !whole.is_empty()
    {
        return vec![name, behind.trim_start()];
    }
    parts
}

/// "Towards an X".
fn toward(english: &str) -> Option<&str> {
    let (first, rest) = english.split_once(' ')?;
    matches!(first, "Toward" | "Towards").then_some(rest)
}

/// What stands before a colon: a lone word names the thing.
fn topic(glossary: Terms<'_>, english: &str) -> Result<(String, bool), Unknown> {
    let word = english
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "+.#*-_".contains(c));
    if word
        && english.starts_with(|c: char| c.is_ascii_uppercase())
        && glossary.get(&key([english])).is_none()
    {
        return Ok((english.to_owned(), true));
    }
    segment(glossary, english).map(|line| (line.japanese, line.sure))
}

/// A part of a title without colons.
fn segment(glossary: Terms<'_>, english: &str) -> Result<Line, Unknown> {
    let items = resolved(glossary, &tokens(english))?;
    let units = pieces(glossary, &items)?;
    if let [verb] = units.as_slice()
        && verb.kind == Kind::Gerund
    {
        return Err(Unknown::form("a lone verb", english));
    }
    let phrase = phrase(&units)?;
    Ok(Line {
        japanese: phrase.japanese,
        sure: phrase.head.sure,
    })
}
