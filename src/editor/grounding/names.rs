//! Names: of protocols, companies and products. A text has none that the facts do not have, in Latin letters or in katakana.

use std::sync::OnceLock;

use super::claims::has;
use super::{GroundingFacts, facts};
use crate::wording::{Language, is_katakana};

/// Names that need no fact: of those who publish, and of everyday life, in which a protocol is explained.
const EVERYDAY: [&str; 36] = [
    "ietf",
    "irtf",
    "iesg",
    "iab",
    "iana",
    "rfc",
    "wg",
    "rg",
    "id",
    "internet",
    "draft",
    "web",
    "wi",
    "fi",
    "wifi",
    "iot",
    "pc",
    "it",
    "english",
    "japanese",
    "standard",
    "track",
    "proposed",
    "experimental",
    "informational",
    "best",
    "current",
    "practice",
    "ok",
    "vs",
    "ip",
    "url",
    "kb",
    "mb",
    "gb",
    "cm",
];
/// Names that go without saying where the facts have the word: an agent is an AI's.
const IMPLIED: [(&str, &str); 5] = [
    ("ai", "agent"),
    ("ai", "artificial"),
    ("ai", "model"),
    ("http", "web"),
    ("uri", "url"),
];
/// Small words that initials leave out.
const LEFT_OUT: [&str; 8] = ["of", "the", "and", "for", "to", "in", "a", "on"];

/// Returns the table of companies and products: in Japanese, in small English.
fn companies() -> &'static [(&'static str, &'static str)] {
    static TABLE: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let lines = include_str!("names.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split_once('\t')).collect()
    })
}

/// Returns a name in a plain text (not small) that the facts do not have. In a title every word may have a capital letter.
pub(super) fn unknown_name(
    text: &str,
    language: Language,
    is_title: bool,
    facts: &GroundingFacts,
) -> Option<String> {
    let small = text.to_lowercase();
    for (japanese, english) in companies() {
        let found = !japanese.is_empty() && text.contains(japanese)
            || has(&small, english) && is_capital(text, &small, english);
        if found && !has(&facts.text, english) {
            return Some(if japanese.is_empty() {
                (*english).to_owned()
            } else {
                format!("{english} ({japanese})")
            });
        }
    }
    if let Some(name) =
        katakana_company(text).filter(|name| !facts.text.contains(&name.to_lowercase()))
    {
        return Some(name);
    }
    let mut sentence_begins = true;
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (gap, from) = rest.split_at(start);
        sentence_begins |= gap.contains(['.', '?', ':', ';', '"', '“', '(', '\n', '「', '—', '\'']);
        let end = from.find(|c: char| !is_part(c)).unwrap_or(from.len());
        let token = from[..end].trim_matches(['-', '/', '+', '.', '\'', '’']);
        let plural = ["'s", "’s"].iter().find_map(|end| token.strip_suffix(end));
        let token = plural.unwrap_or(token);
        let looks_so = match language {
            Language::En => {
                is_name(token) || !sentence_begins && !is_title && is_capitalised(token)
            }
            // Among kana and kanji every Latin word is a name or a term.
            Language::Ja => token.len() > 1 && token.bytes().any(|b| b.is_ascii_alphabetic()),
        };
        if looks_so && !is_known(token, facts) {
            return Some(token.to_owned());
        }
        sentence_begins = from[..end].ends_with('.');
        rest = &from[end..];
    }
    None
}

/// Returns true when the name begins with a capital letter somewhere in the text, or has no letter to tell by.
fn is_capital(text: &str, small: &str, name: &str) -> bool {
    // Small letters are as long as capital ones where both are ASCII; elsewhere the name is taken for one.
    text.len() != small.len()
        || small
            .match_indices(name)
            .any(|(at, _)| text.as_bytes().get(at).is_some_and(u8::is_ascii_uppercase))
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '+' | '.' | '\'' | '’' | '&')
}

/// Returns true for what only a name is written like: with two capital letters, or with letters and digits.
fn is_name(token: &str) -> bool {
    let capitals = token.bytes().filter(u8::is_ascii_uppercase).count();
    let letters = token.bytes().filter(u8::is_ascii_alphabetic).count();
    let digits = token.bytes().any(|b| b.is_ascii_digit());
    let parts_capital = token.split(['-', '/']).all(is_capitalised);
    capitals > 1 && !parts_capital || digits && letters > 0 && capitals > 0
}

/// Returns true for "Google", but not for "A".
fn is_capitalised(token: &str) -> bool {
    let mut bytes = token.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_uppercase())
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
}

fn is_known(token: &str, facts: &GroundingFacts) -> bool {
    let small = token.to_lowercase();
    if facts.text.contains(&small) && has(&facts.text, &small) || is_initials(&small, facts) {
        return true;
    }
    let parts: Vec<&str> = small
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let part_known = |part: &&str| {
        facts.words.contains(&facts::singular(part))
            || EVERYDAY.contains(part)
            || EVERYDAY.contains(&facts::singular(part).as_str())
            || IMPLIED
                .iter()
                .any(|(name, word)| name == part && has(&facts.text, word))
            || part.len() == 1 && part.bytes().all(|b| b.is_ascii_alphabetic())
            || part.bytes().all(|b| b.is_ascii_digit()) && facts.figures.contains(*part)
            || is_ordinal(part)
            || is_initials(part, facts)
            || is_inflected(part, facts)
            || is_prefixed(part, facts)
    };
    // "HTTP/3" is one version of HTTP: its number alone, from somewhere else, does not make it known.
    let version = small
        .split_once('/')
        .is_some_and(|(_, number)| number.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    !version && !parts.is_empty() && parts.iter().all(part_known)
}

/// Returns true for "14th": figures are judged elsewhere, and so are sizes.
fn is_ordinal(part: &str) -> bool {
    let digits = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    !digits.is_empty() && digits.len() < part.len() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Returns true for another form of a word of the facts, "encapsulated" of "encapsulation", and for a name made of one: "iCalendar".
fn is_inflected(part: &str, facts: &GroundingFacts) -> bool {
    const STEM: usize = 5;
    const WHOLE: usize = 8;
    // "SNMPv2" is no form of "SNMPv3".
    let has_digit = part.bytes().any(|b| b.is_ascii_digit());
    let stem = part.get(..STEM).filter(|_| part.len() > STEM && !has_digit);
    let mut words = facts.words.iter();
    words.any(|word| {
        stem.is_some_and(|stem| word.starts_with(stem))
            || word.len() >= WHOLE && part.contains(word.as_str())
    })
}

/// Returns true for a word of the facts with the initial of the word before it: "mTLS" of "mutual TLS".
fn is_prefixed(part: &str, facts: &GroundingFacts) -> bool {
    let Some((initial, word)) = part.split_at_checked(1).filter(|(_, word)| word.len() > 2) else {
        return false;
    };
    let mut found = facts.text.match_indices(word);
    found.any(|(at, _)| {
        let before = facts.text[..at].trim_end_matches([' ', '-']);
        before.len() < at
            && before
                .rsplit([' ', '\n', '('])
                .next()
                .is_some_and(|word| word.starts_with(initial))
    })
}

/// Returns true when the token is made of the initials of words that follow each other in the facts, small ones left out or not.
fn is_initials(token: &str, facts: &GroundingFacts) -> bool {
    let token = token
        .strip_suffix('s')
        .filter(|stem| stem.len() > 1)
        .unwrap_or(token);
    if !(2..=6).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    facts.initials.contains(token) || facts.full_initials.contains(token)
}

/// Returns the initials of the words of a small text in their order, without the small ones, and with them.
pub(super) fn initials_of(text: &str) -> (String, String) {
    let words = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let (mut initials, mut full) = (String::new(), String::new());
    for word in words {
        let first = word.chars().next().unwrap_or(' ');
        full.push(first);
        if !LEFT_OUT.contains(&word) {
            initials.push(first);
        }
    }
    (initials, full)
}

/// Returns true for what a name in katakana is made of.
fn in_a_name(c: char) -> bool {
    is_katakana(c) || c == '・'
}

/// Finds 「アクメ社」: a company, whatever it is called.
fn katakana_company(text: &str) -> Option<String> {
    let at = text.match_indices('社').map(|(at, _)| at).find(|at| {
        let name = text[..*at]
            .chars()
            .rev()
            .take_while(|c| in_a_name(*c))
            .count();
        name >= 2
    })?;
    let name: Vec<char> = text[..at]
        .chars()
        .rev()
        .take_while(|c| in_a_name(*c))
        .collect();
    Some(name.into_iter().rev().chain(['社']).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts() -> GroundingFacts {
        GroundingFacts::of(&json!({
            "id": "draft-a", "title": "Agent Gateway over HTTP/2",
            "abstract": "Multi-Factor Authentication for SNMPv3, (D)TLS and Linux. Path Computation Clients (PCCs).",
        }))
    }

    #[test]
    fn what_the_facts_name_stands_however_it_is_written() {
        for (text, language) in [
            (
                "MFA for SNMPv3 and TLS, as Linux has it. Both are gateways.",
                Language::En,
            ),
            (
                "An Agent-Gateway for the Internet; HTTP/2 of the IETF",
                Language::En,
            ),
            ("It says \"The agent\" and AI agents of PCC.", Language::En),
            (
                "SNMPv3とTLSのMFA、リナックスのAIエージェント。Wi-FiとIoT",
                Language::Ja,
            ),
        ] {
            assert_eq!(
                unknown_name(text, language, false, &facts()),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn other_names_are_found() {
        for (text, language, name) in [
            ("Google brings it", Language::En, "google (グーグル)"),
            ("as in OSPF", Language::En, "OSPF"),
            ("made by Acme for agents", Language::En, "Acme"),
            ("over HTTP/3", Language::En, "HTTP/3"),
            ("for SNMPv2", Language::En, "SNMPv2"),
            ("グーグルの方式", Language::Ja, "google (グーグル)"),
            ("アクメ社の方式", Language::Ja, "アクメ社"),
            ("OSPFの拡張", Language::Ja, "OSPF"),
        ] {
            assert_eq!(
                unknown_name(text, language, false, &facts()).as_deref(),
                Some(name),
                "{text}"
            );
        }
    }
}
