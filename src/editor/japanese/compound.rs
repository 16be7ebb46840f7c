//! Adjectives, names and nouns with their head last: one noun phrase.

use super::flags::Flags;
use super::tables::{BEFORE_NAMES, BEFORE_NAMES_ENDS, CLOSE_NAMES, REACHING};
use super::unit::{Kind, Phrase, Unit, without_articles};
use super::unknown::Unknown;
use super::words::{has_japanese, joined, katakana_at_the_seam};

/// A chain of nouns that is longer, in characters, gets a の before its last one.
const LONG_CHAIN: usize = 20;
/// What is extended is told from 拡張 by a の where it is longer.
const LONG_EXTENDED: usize = 16;
/// No more katakana stand in a row.
const LONG_KATAKANA: usize = 18;
/// So many nouns before the last one are a chain.
const CHAIN: usize = 3;

/// Joins pieces to a noun phrase. With `spread` the last one is set off by の, as parts of a list are.
///
/// # Errors
/// A form that is left English.
pub(super) fn compound(units: &[Unit], spread: bool) -> Result<Phrase, Unknown> {
    let units = without_articles(units);
    let (Some(first), Some(head)) = (units.first(), units.last()) else {
        return Err(Unknown::form("nothing where a noun belongs", ""));
    };
    refuse(&units, head)?;
    let plain_fields = units.len() == 2 && is_header_field(head);
    let mut japanese = match first.kind {
        // The name of a header field is a name, though it is spelt like a word.
        Kind::Noun | Kind::Adjective if plain_fields => first.english.clone(),
        _ => first.japanese.clone(),
    };
    for (at, pair) in units.windows(2).enumerate() {
        let (before, unit) = (&pair[0], &pair[1]);
        let last = at + 2 == units.len();
        let apart = apart(
            &units[..=at],
            unit,
            &units[at + 1..],
            &japanese,
            last,
            spread,
        ) || before.kind != Kind::Adjective && unit.kind == Kind::Adjective
            || katakana_at_the_seam(&japanese, &unit.japanese) > LONG_KATAKANA;
        if apart
            && last
            && at > 0
            && first.kind == Kind::Adjective
            && REACHING.contains(&first.japanese.as_str())
        {
            return Err(Unknown::form(
                "an adjective whose reach is open",
                &first.english,
            ));
        }
        japanese = if apart && !plain_fields && before.kind != Kind::Adjective {
            format!("{japanese}の{}", unit.japanese)
        } else {
            joined(&japanese, &unit.japanese)
        };
    }
    let mut head = head.clone();
    head.sure = units.iter().all(|unit| unit.sure);
    Ok(Phrase { japanese, head })
}

/// Decides whether の stands before a piece.
fn apart(
    before: &[Unit],
    unit: &Unit,
    from_here: &[Unit],
    japanese: &str,
    last: bool,
    spread: bool,
) -> bool {
    let Some(previous) = before.last() else {
        return false;
    };
    if previous.kind == Kind::Adjective {
        return false;
    }
    let nouns = before
        .iter()
        .filter(|unit| unit.kind != Kind::Adjective)
        .count();
    if !last {
        let chain = from_here
            .iter()
            .filter(|unit| unit.kind == Kind::Noun)
            .count()
            >= CHAIN;
        return previous.kind == Kind::Name
            && before.len() == 1
            && !CLOSE_NAMES.contains(&previous.japanese.as_str())
            && chain;
    }
    let length = japanese.chars().count();
    if unit.is(Flags::ALWAYS_NO) {
        true
    } else if unit.is(Flags::NO_AFTER_NAME) {
        previous.kind == Kind::Name || spread
    } else if unit.is(Flags::NO) {
        let plain = nouns == 1 && before.len() == 1 && previous.kind == Kind::Noun;
        !plain || spread
    } else if unit.is(Flags::EXTENSION) {
        spread || nouns > 1 && length > LONG_EXTENDED && has_japanese(japanese)
    } else {
        let long = length + unit.japanese.chars().count() > LONG_CHAIN && unit.kind == Kind::Noun;
        spread || (nouns >= CHAIN || long) && !japanese.contains('の')
    }
}

/// Refuses what is mostly read wrongly.
fn refuse(units: &[Unit], head: &Unit) -> Result<(), Unknown> {
    let refused = |form, unit: &Unit| Err(Unknown::form(form, &unit.english));
    if head.kind == Kind::Adjective {
        return refused("an adjective last", head);
    }
    if units.len() > 1 && head.is(Flags::VERB) {
        return refused("a verb last", head);
    }
    for pair in units.windows(2) {
        let (unit, next) = (&pair[0], &pair[1]);
        if unit.is(Flags::LAST) || unit.is(Flags::NO) && unit.is(Flags::OF) {
            return refused("a head in the middle", unit);
        }
        if unit.english.eq_ignore_ascii_case("key")
            && next.is(Flags::NO.and(Flags::ALWAYS_NO).and(Flags::OF))
        {
            return refused("\"key\" as an adjective", unit);
        }
        if unit.kind == Kind::Name
            && next.kind == Kind::Adjective
            && next.japanese.ends_with("された")
        {
            return refused("a participle after a name", next);
        }
    }
    match units {
        [adjective, name] if adjective.kind == Kind::Adjective && name.kind == Kind::Name => {
            let japanese = adjective.japanese.as_str();
            let harmless = adjective.is(Flags::SUFFIXED)
                || BEFORE_NAMES.contains(&japanese)
                || BEFORE_NAMES_ENDS.iter().any(|end| japanese.ends_with(end));
            if harmless {
                Ok(())
            } else {
                refused("an adjective before a name", adjective)
            }
        }
        _ => Ok(()),
    }
}

fn is_header_field(head: &Unit) -> bool {
    let english = head.english.to_lowercase();
    english.ends_with("header field") || english.ends_with("header fields")
}
