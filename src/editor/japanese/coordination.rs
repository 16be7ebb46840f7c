//! What stands between two prepositions: gerunds with their objects, lists, slashes, noun phrases.

use super::compound::compound;
use super::flags::Flags;
use super::tables::AFTER_ING;
use super::unit::{Kind, Phrase, Unit, without_articles};
use super::unknown::Unknown;

/// Joins pieces without prepositions.
///
/// # Errors
/// A form that is left English.
pub(super) fn chunk(units: &[Unit], after_preposition: bool) -> Result<Phrase, Unknown> {
    let articles = units
        .iter()
        .take_while(|unit| unit.kind == Kind::Article)
        .count();
    let units = &units[articles..];
    if units.is_empty() {
        return Err(Unknown::form("nothing where a noun belongs", ""));
    }
    if let Some(phrase) = gerunds(units, after_preposition)? {
        return Ok(phrase);
    }
    let verb_inside = |(at, unit): (usize, &Unit)| {
        unit.kind == Kind::Gerund && (unit.is(Flags::VERB) || at + 1 < units.len())
    };
    if units.len() > 1 && units.iter().enumerate().any(verb_inside) {
        return Err(Unknown::form("a verb inside", english(units)));
    }
    ing_in_front(units)?;
    let units = with_slashes_joined(units)?;
    list(&with_adjectives_joined(units)?)
}

/// "Encoding (and signing) an object": verbs in front of what they act on.
fn gerunds(units: &[Unit], after_preposition: bool) -> Result<Option<Phrase>, Unknown> {
    let mut verbs: Vec<&Unit> = Vec::new();
    let mut at = 0;
    while units.get(at).is_some_and(|unit| unit.kind == Kind::Gerund) {
        verbs.push(&units[at]);
        at += 1;
        let separators = units[at..]
            .iter()
            .take(2)
            .take_while(|unit| unit.separates())
            .count();
        let another = units
            .get(at + separators)
            .is_some_and(|unit| unit.kind == Kind::Gerund);
        if separators == 0 || !another {
            break;
        }
        at += separators;
    }
    let object = &units[at..];
    let (Some(verb), Some(first), Some(last)) = (verbs.first(), object.first(), object.last())
    else {
        return Ok(None);
    };
    if first.separates() {
        return Err(Unknown::form("a verb without an object", &verb.english));
    }
    let takes_object = verbs.len() > 1
        || verb.is(Flags::VERB)
        || after_preposition
        || first.kind == Kind::Article
        || last.plural
        || object.len() == 1 && last.kind == Kind::Name;
    if !takes_object {
        return Err(Unknown::form(
            "a verb or the first part of a compound",
            &verb.english,
        ));
    }
    if object.iter().any(|unit| unit.kind == Kind::Gerund) {
        return Err(Unknown::form("a verb inside", english(object)));
    }
    let object = chunk(object, false)?;
    let acts: Vec<&str> = verbs.iter().map(|verb| verb.japanese.as_str()).collect();
    let mut head = Unit::between(Kind::Noun, "", "");
    head.flags = Flags::ACTION.and(Flags::OBJECT_AND_VERB);
    head.sure = false;
    Ok(Some(Phrase {
        japanese: format!("{}の{}", object.japanese, acts.join("と")),
        head,
    }))
}

/// A noun in -ing in front is a part of the compound only before some heads.
fn ing_in_front(units: &[Unit]) -> Result<(), Unknown> {
    let [first, second, ..] = units else {
        return Ok(());
    };
    let word = first.english.as_str();
    let ing = first.kind == Kind::Noun
        && word.ends_with("ing")
        && word.chars().all(|c| c.is_ascii_alphabetic());
    if !ing || !matches!(second.kind, Kind::Noun | Kind::Name | Kind::Adjective) {
        return Ok(());
    }
    let compound = units.last().is_some_and(|head| {
        head.is(Flags::NO
            .and(Flags::ALWAYS_NO)
            .and(Flags::EXTENSION)
            .and(Flags::OF))
            || AFTER_ING.iter().any(|end| head.japanese.ends_with(end))
    });
    if compound {
        Ok(())
    } else {
        Err(Unknown::form(
            "a verb or the first part of a compound",
            word,
        ))
    }
}

/// "A/B": both single pieces, which become one.
fn with_slashes_joined(units: &[Unit]) -> Result<Vec<Unit>, Unknown> {
    let mut joined: Vec<Unit> = Vec::with_capacity(units.len());
    let mut open = false;
    for unit in units {
        if unit.kind == Kind::Slash {
            let thing = joined
                .last()
                .is_some_and(|unit| matches!(unit.kind, Kind::Noun | Kind::Name));
            if open || !thing {
                return Err(Unknown::form("a slash", english(units)));
            }
            open = true;
            continue;
        }
        let left = if open { joined.pop() } else { None };
        let Some(left) = left else {
            joined.push(unit.clone());
            continue;
        };
        open = false;
        if !matches!(unit.kind, Kind::Noun | Kind::Name) {
            return Err(Unknown::form("a slash", english(units)));
        }
        let names = left.kind == Kind::Name && unit.kind == Kind::Name;
        let mut both = unit.clone();
        both.kind = if left.kind == unit.kind {
            unit.kind
        } else {
            Kind::Noun
        };
        both.japanese = format!(
            "{}{}{}",
            left.japanese,
            if names { "/" } else { "／" },
            unit.japanese
        );
        both.english = format!("{}/{}", left.english, unit.english);
        both.sure = left.sure && unit.sure;
        joined.push(both);
    }
    if open {
        Err(Unknown::form("a slash", english(units)))
    } else {
        Ok(joined)
    }
}

/// "Efficient and secure": one adjective of two, where their order is the same in Japanese.
fn with_adjectives_joined(mut units: Vec<Unit>) -> Result<Vec<Unit>, Unknown> {
    let mut at = 1;
    while at + 1 < units.len() {
        let (left, and, right) = (&units[at - 1], &units[at], &units[at + 1]);
        let both = left.kind == Kind::Adjective && right.kind == Kind::Adjective;
        if both && and.kind == Kind::Conjunction && and.japanese == "と" {
            let first = at < 2 || units[at - 2].kind == Kind::Article;
            let stem = left.japanese.strip_suffix('な');
            let Some(stem) = stem.filter(|_| first && right.japanese.ends_with(['な', 'の']))
            else {
                return Err(Unknown::form(
                    "two adjectives with \"and\"",
                    english(&units[at - 1..=at + 1]),
                ));
            };
            let japanese = format!("{stem}で{}", right.japanese);
            let mut one = left.clone();
            one.japanese = japanese;
            one.flags = Flags::default();
            units.splice(at - 1..=at + 1, [one]);
        } else {
            at += 1;
        }
    }
    Ok(units)
}

/// "A", "A and B", "A, B, and C".
fn list(units: &[Unit]) -> Result<Phrase, Unknown> {
    let refused = |form| Err(Unknown::form(form, english(units)));
    let mut parts: Vec<Vec<Unit>> = vec![Vec::new()];
    let mut separators: Vec<&str> = Vec::new();
    for unit in units {
        let last = parts.last_mut();
        if !unit.separates() {
            last.into_iter().for_each(|part| part.push(unit.clone()));
        } else if last.is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
            separators.push(&unit.japanese);
        } else if let Some(comma) = separators
            .last_mut()
            .filter(|_| unit.kind == Kind::Conjunction)
        {
            // The comma before an "and".
            *comma = &unit.japanese;
        } else {
            return refused("a list with a gap");
        }
    }
    let parts: Vec<Vec<Unit>> = parts.iter().map(|part| without_articles(part)).collect();
    if parts.iter().any(Vec::is_empty) {
        return refused("a list with a gap");
    }
    let Some((conjunction, commas)) = separators.split_last() else {
        return compound(&parts[0], false);
    };
    if commas.iter().any(|separator| *separator != "、") {
        return refused("\"and\" twice");
    }
    if *conjunction == "、" {
        return refused("a list without \"and\"");
    }
    let before_last = &parts[..parts.len() - 1];
    if before_last
        .iter()
        .any(|part| part.last().is_some_and(|unit| unit.kind == Kind::Adjective))
    {
        return refused("two adjectives with \"and\"");
    }
    if let Some(term) = open_reach(&parts) {
        return Err(Unknown::form(
            "an \"and\" whose reach is open",
            &term.english,
        ));
    }
    let spread = spread(&parts);
    let mut written = Vec::with_capacity(parts.len());
    let mut head = None;
    let mut sure = true;
    for (part, spread) in parts.iter().zip(spread) {
        let phrase = compound(part, spread)?;
        sure &= phrase.head.sure;
        written.push(phrase.japanese);
        head = Some(phrase.head);
    }
    let Some(mut head) = head else {
        return refused("a list with a gap");
    };
    head.sure = sure;
    let japanese = match (written.as_slice(), *conjunction) {
        ([left, right], conjunction) => format!("{left}{conjunction}{right}"),
        (_, "と") => written.join("、"),
        (many, conjunction) => {
            let (last, before) = many
                .split_last()
                .map_or(("", many), |(last, before)| (last.as_str(), before));
            format!("{}、{conjunction}{last}", before.join("、"))
        }
    };
    Ok(Phrase { japanese, head })
}

/// "State and backup management" is both managements, "privacy and access control" is not: a term of two words behind a single
/// noun does not tell.
fn open_reach(parts: &[Vec<Unit>]) -> Option<&Unit> {
    let (last, before) = parts.split_last()?;
    let term = last.last()?;
    let long =
        term.kind == Kind::Noun && term.english.contains([' ', '-']) && !term.is(Flags::HEAD);
    let bare = |part: &Vec<Unit>| {
        let [unit] = part.as_slice() else {
            return false;
        };
        unit.kind == Kind::Noun && !unit.plural && !unit.english.contains([' ', '-'])
    };
    (long && before.iter().any(bare)).then_some(term)
}

/// Decides which parts of a list have their last noun set off, so that 「AとBの要件」 says both A's and B's: the last part, or
/// the first.
fn spread(parts: &[Vec<Unit>]) -> Vec<bool> {
    let lengths: Vec<usize> = parts.iter().map(Vec::len).collect();
    let mut spread = vec![false; parts.len()];
    let longest = |at: usize| {
        let others = lengths.iter().enumerate().filter(|(other, _)| *other != at);
        let others: Vec<usize> = others.map(|(_, length)| *length).collect();
        others.iter().all(|other| *other <= lengths[at])
            && others.iter().any(|other| *other < lengths[at])
    };
    let last = parts.len() - 1;
    let name_first = parts[last]
        .first()
        .is_some_and(|unit| unit.kind == Kind::Name);
    spread[last] = lengths[last] >= 2 && (!name_first || longest(last));
    spread[0] |= lengths[0] >= 2 && longest(0);
    spread
}

/// Returns the English of pieces, for saying what was refused.
fn english(units: &[Unit]) -> String {
    let words: Vec<&str> = units.iter().map(|unit| unit.english.as_str()).collect();
    words.join(" ")
}
