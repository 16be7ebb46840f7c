//! Noun phrases and the prepositions between them: English goes on to the right, Japanese to the left.

use super::coordination::chunk;
use super::flags::Flags;
use super::particles::{Complement, Governor, modifier};
use super::tables::LAST_HEADS;
use super::unit::{Kind, Phrase, Unit, without_articles};
use super::unknown::Unknown;

/// A phrase with more prepositions cannot be bracketed surely.
const MOST_PREPOSITIONS: usize = 3;
/// A line with more の is read twice.
const MOST_NO: usize = 5;
/// Prepositions that belong to the nearest word or to the whole: only where that is the same.
const FROM_AFAR: [&str; 2] = ["based on", "without"];
/// As many の in a row, each after a few characters, are a stutter.
const NO_IN_A_ROW: usize = 5;
/// So many characters between two の are few.
const FEW: usize = 12;

/// Joins pieces with their prepositions.
///
/// # Errors
/// A form that is left English.
pub(super) fn phrase(units: &[Unit]) -> Result<Phrase, Unknown> {
    let (first, behind) = split(units);
    if behind.len() > MOST_PREPOSITIONS {
        return Err(Unknown::form(
            "more than three prepositions",
            english(units),
        ));
    }
    let mut head = chunk(first, false)?;
    let words = without_articles(first);
    refuse(first, &words, &head, &behind)?;
    adjust_head(
        &mut head,
        &words,
        behind.first().map(|(preposition, _)| *preposition),
    )?;
    let complements = complements(&behind)?;
    let sure = head.head.sure
        && complements
            .iter()
            .all(|complement| complement.phrase.head.sure);
    let governor = Governor::of(&head);
    let (pair, rest) = match paired(&governor, &complements)? {
        Some(pair) => (Some(pair), 2),
        None => (None, 0),
    };
    let mut modifiers = modifiers(&head, &complements[rest..])?;
    if let Some(pair) = pair {
        modifiers.push_str(&pair);
    }
    let japanese = modifiers + &head.japanese;
    not_too_many_no(&japanese)?;
    head.head.sure = sure;
    Ok(Phrase {
        japanese,
        head: head.head,
    })
}

type Behind<'a> = (&'static str, &'a [Unit]);

/// Splits at the prepositions: what stands before the first, and each with what follows it.
fn split(units: &[Unit]) -> (&[Unit], Vec<Behind<'_>>) {
    let at = |unit: &Unit| match unit.kind {
        Kind::Preposition(preposition) => Some(preposition),
        _ => None,
    };
    let prepositions: Vec<(usize, &'static str)> = units
        .iter()
        .enumerate()
        .filter_map(|(index, unit)| Some((index, at(unit)?)))
        .collect();
    let first = prepositions
        .first()
        .map_or(units.len(), |(index, _)| *index);
    let ends = prepositions
        .iter()
        .skip(1)
        .map(|(index, _)| *index)
        .chain([units.len()]);
    let behind = prepositions
        .iter()
        .zip(ends)
        .map(|((index, preposition), end)| (*preposition, &units[index + 1..end]));
    (&units[..first], behind.collect())
}

fn complements<'a>(behind: &[Behind<'a>]) -> Result<Vec<Complement<'a>>, Unknown> {
    let read = behind.iter().map(|(preposition, units)| {
        Ok(Complement {
            preposition,
            units,
            phrase: chunk(units, true)?,
        })
    });
    read.collect()
}

/// Refuses what can be read in two ways.
fn refuse(
    first: &[Unit],
    words: &[Unit],
    head: &Phrase,
    behind: &[Behind<'_>],
) -> Result<(), Unknown> {
    let for_first = behind
        .first()
        .is_some_and(|(preposition, _)| *preposition == "for");
    for pair in behind.windows(2) {
        let (preposition, units) = pair[0];
        let again = preposition == pair[1].0 && matches!(preposition, "for" | "of");
        if again && units.iter().any(|unit| unit.kind == Kind::Conjunction) {
            return Err(Unknown::form("A for B and C for D", english(units)));
        }
    }
    if let [name, support] = words
        && for_first
        && name.kind == Kind::Name
        && support.japanese == "サポート"
    {
        return Err(Unknown::form(
            "support of a name for something",
            english(words),
        ));
    }
    let verbs = first.iter().any(|unit| unit.kind == Kind::Gerund);
    if for_first && !verbs {
        like_heads(words, &head.head)?;
    }
    for (at, (_, units)) in behind.iter().enumerate() {
        let words = without_articles(units);
        let determined = at == 0
            && units.first().is_some_and(|unit| unit.kind == Kind::Article)
            && !units.iter().any(|unit| unit.kind == Kind::Conjunction);
        if let Some(last) = words.last()
            && words.len() > 1
            && !determined
            && LAST_HEADS.contains(&last.japanese.as_str())
        {
            return Err(Unknown::form(
                "a head that may belong to the whole",
                &last.english,
            ));
        }
    }
    Ok(())
}

/// "Requirements and use cases for X" is a list of heads; "Requirements and TLS for X" is not.
fn like_heads(words: &[Unit], head: &Unit) -> Result<(), Unknown> {
    let Some(first_and) = words.iter().position(Unit::separates) else {
        return Ok(());
    };
    if first_and == 1 && words.len() >= 4 {
        return Ok(());
    }
    let heads = words
        .windows(2)
        .filter(|pair| pair[1].separates() && !pair[0].separates());
    let unlike = heads
        .map(|pair| &pair[0])
        .find(|unit| unit.is(Flags::HEAD) != head.is(Flags::HEAD));
    match unlike {
        Some(unit) => Err(Unknown::form(
            "A and B for C with unlike heads",
            &unit.english,
        )),
        None => Ok(()),
    }
}

/// Heads that mean something else before some prepositions.
fn adjust_head(
    head: &mut Phrase,
    words: &[Unit],
    preposition: Option<&str>,
) -> Result<(), Unknown> {
    if head.head.english.eq_ignore_ascii_case("application")
        && matches!(preposition, Some("of" | "to"))
    {
        if words.len() > 1 {
            return Err(Unknown::form("an application of something", english(words)));
        }
        head.japanese = "適用".to_owned();
        head.head.flags = head.head.flags.and(Flags::ACTION);
    }
    if let [name, act] = words
        && preposition == Some("of")
        && name.kind == Kind::Name
        && act.is(Flags::ACTION)
        && !act.is(Flags::NO.and(Flags::ALWAYS_NO))
    {
        head.japanese = format!("{}による{}", name.japanese, act.japanese);
    }
    Ok(())
}

/// Two prepositions that belong together: "from A to B", "of A to B", "of A with B".
fn paired(
    governor: &Governor<'_>,
    complements: &[Complement<'_>],
) -> Result<Option<String>, Unknown> {
    let [first, second, ..] = complements else {
        return Ok(None);
    };
    let (a, b) = (&first.phrase.japanese, &second.phrase.japanese);
    let flags = governor.head.flags;
    Ok(match (first.preposition, second.preposition) {
        ("from", "to") if flags.any(Flags::TO) => Some(format!("{a}から{b}への")),
        ("from", "to") => {
            return Err(Unknown::form(
                "from something to something",
                &governor.head.english,
            ));
        }
        ("of", "to") if flags.any(Flags::ONTO) && complements.len() == 2 => {
            Some(format!("{b}への{a}の"))
        }
        ("of", "to") if flags.any(Flags::TO) => Some(format!("{a}の{b}への")),
        ("of", "with") if flags.any(Flags::WITH) => Some(format!("{a}と{b}との")),
        _ => None,
    })
}

/// Writes all modifiers of a head, the last one first. One that belongs to the very head from afar has a comma behind it.
fn modifiers(head: &Phrase, complements: &[Complement<'_>]) -> Result<String, Unknown> {
    let whole = Governor::of(head);
    let mut written: Vec<(String, bool)> = Vec::with_capacity(complements.len());
    let mut nearest = Governor::of(head);
    for complement in complements {
        if FROM_AFAR.contains(&complement.preposition) && !written.is_empty() {
            return Err(Unknown::form(
                "a preposition that may belong to the whole",
                format!(
                    "{} {}",
                    complement.preposition, complement.phrase.head.english
                ),
            ));
        }
        let of_use = complement.preposition == "with" && whole.is_use();
        let far = matches!(complement.preposition, "using" | "via" | "based on" | "by") || of_use;
        written.push(modifier(if far { &whole } else { &nearest }, complement)?);
        nearest = Governor::of(&complement.phrase);
    }
    let means = written
        .iter()
        .filter(|(text, _)| text.ends_with("を用いた"))
        .count();
    if means > 1 {
        return Err(Unknown::form("two means", &head.head.english));
    }
    let mut line = String::new();
    for at in (0..written.len()).rev() {
        let (text, of_the_head) = &written[at];
        let before = at.checked_sub(1).map(|before| written[before].0.as_str());
        match before {
            None => line.push_str(text),
            Some(_) if *of_the_head => {
                line.push_str(text);
                line.push('、');
            }
            Some(before) if text.ends_with("における") && before.ends_with("における") => {
                line.push_str(text.trim_end_matches("における"));
                line.push('の');
            }
            Some(before) if text.ends_with("のための") && before.ends_with("のための") => {
                return Err(Unknown::form("for something for something", text));
            }
            Some(_) => line.push_str(text),
        }
    }
    Ok(line)
}

/// Refuses a line that stutters.
fn not_too_many_no(japanese: &str) -> Result<(), Unknown> {
    let refused = || Err(Unknown::form("too many の", japanese));
    if japanese.matches('の').count() > MOST_NO {
        return refused();
    }
    let bare = japanese.replace("ための", "").replace("もの", "");
    let mut row = 0;
    let mut parts = bare.split('の').peekable();
    parts.next();
    while let Some(part) = parts.next() {
        let short = (1..=FEW).contains(&part.chars().count()) && !part.contains('、');
        row = if short && parts.peek().is_some() {
            row + 1
        } else {
            0
        };
        if row + 1 >= NO_IN_A_ROW {
            return refused();
        }
    }
    Ok(())
}

fn english(units: &[Unit]) -> String {
    let words: Vec<&str> = units
        .iter()
        .map(|unit| unit.english.as_str())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}
