//! Figures: numbers, versions, dates. A text may give those that the facts give, however they are written.

use super::GroundingFacts;
use super::numerals;

/// Units that turn even a one and a two into a figure: "2 times", 「2倍」.
const MEASURES: [&str; 22] = [
    "%",
    "percent",
    "倍",
    "割",
    "パーセント",
    "ミリ秒",
    "秒",
    "ms",
    "milliseconds",
    "seconds",
    "cm",
    "km",
    "gbps",
    "mbps",
    "kb",
    "mb",
    "gb",
    "times",
    "bytes",
    "octets",
    "バイト",
    "オクテット",
];
/// The largest number that needs no fact: two documents and both directions are counted by who reads the facts.
const COUNTED: u32 = 2;

/// Returns the numbers of a plain, small text in digits, as `10`, `1.3`, and those of its number words.
pub(super) fn numbers_in(text: &str) -> Vec<String> {
    let mut found: Vec<String> = tokens(text)
        .filter_map(|(token, _)| number(token))
        .collect();
    let words = words(text).filter_map(|(word, _)| numerals::of_word(word));
    found.extend(words.map(|value| value.to_string()));
    found
}

/// Returns the figure of a plain, small text that the facts do not give.
pub(super) fn unknown_figure(text: &str, facts: &GroundingFacts) -> Option<String> {
    let known = |number: &str| {
        facts.figures.contains(number)
            || number
                .parse()
                .is_ok_and(|number: u32| facts.rfcs.contains(&number))
            || number
                .strip_prefix('0')
                .is_some_and(|number| facts.figures.contains(number))
    };
    for (token, after) in tokens(text) {
        let Some(number) = number(token) else {
            continue;
        };
        let is_measured = MEASURES
            .iter()
            .any(|unit| after.trim_start().starts_with(unit));
        let is_small = number.parse().is_ok_and(|value: u32| value <= COUNTED);
        let is_counted = (is_small || facts.counts.contains(&number)) && !is_measured;
        if !known(&number) && !is_counted {
            return Some(number);
        }
    }
    for (word, after) in words(text) {
        let Some(value) = numerals::of_word(word) else {
            continue;
        };
        let is_measured = MEASURES
            .iter()
            .any(|unit| after.trim_start().starts_with(unit));
        // "First" and "second" order what is told, and a third party is no figure.
        let orders = matches!(word, "first" | "second" | "one")
            || after.starts_with([' ', '-']) && after[1..].starts_with("part");
        let number = value.to_string();
        let is_counted = (value <= COUNTED || facts.counts.contains(&number)) && !is_measured;
        if !orders && !known(&number) && !is_counted {
            return Some(word.to_owned());
        }
    }
    None
}

/// Returns the runs of digits, letters and the signs between them that begin with a digit or a sign before one, each with what stands
/// after it. What is part of a name (`IPv6`, `802.1AR`, `HTTP/2`) is none.
fn tokens(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "./-+,:".contains(c);
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(is_part)?;
        let from = &rest[start..];
        let end = from.find(|c: char| !is_part(c)).unwrap_or(from.len());
        rest = &from[end..];
        Some((&from[..end], &from[end..]))
    })
    .flat_map(|(token, after)| {
        // "8040/8526", "1,2" and "13-14" are several.
        let has_letters = token.bytes().any(|b| b.is_ascii_alphabetic());
        let parts: Vec<&str> = match has_letters {
            true => vec![token],
            false => token.split(['/', ',', '-', ':', '+']).collect(),
        };
        parts.into_iter().map(move |part| (part, after))
    })
}

/// Returns the number of a token, of "14th" and "40ms" too.
fn number(token: &str) -> Option<String> {
    let token = token.trim_matches(['.', ',', '-', '/', ':', '+']);
    let digits_end = token
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(token.len());
    let (digits, unit) = token.split_at(digits_end);
    let counts = [
        "", "st", "nd", "rd", "th", "ms", "s", "cm", "m", "km", "gb", "mb", "kb", "k", "gbps",
        "mbps", "x", "bit", "bits", "bit.", "-bit", "byte", "bytes",
    ];
    if digits.is_empty() || !counts.contains(&unit) {
        return None;
    }
    Some(digits.trim_matches('.').to_owned())
}

/// Returns the English words of a text, with hyphens inside, each with what stands after it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphabetic() || c == '-';
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(is_part)?;
        let from = &rest[start..];
        let end = from.find(|c: char| !is_part(c)).unwrap_or(from.len());
        rest = &from[end..];
        Some((&from[..end], &from[end..]))
    })
    .flat_map(|(word, after)| {
        let whole = numerals::of_word(word).is_some();
        let parts: Vec<&str> = if whole {
            vec![word]
        } else {
            word.split('-').collect()
        };
        parts.into_iter().map(move |part| (part, after))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_stand_as_the_facts_give_them() {
        let facts = GroundingFacts::of(&json!({
            "id": "draft-a", "revision": "14", "revisions": ["13", "14"], "authors": ["a", "b", "c"], "updates": [8342],
            "abstract": "Takes 4 octets, no more than ten cm, TLS 1.3, ISO/IEC 14443.",
        }));
        for text in [
            "four octets",
            "4オクテット",
            "-13と-14",
            "the 14th revision",
            "fourteenth",
            "tls 1.3",
            "rfc 8342",
            "10cm",
            "three authors",
            "著者3人",
            "2つの方式",
            "both, two, a second one",
            "ipv6 and http/2",
            "revision 13/14",
        ] {
            assert_eq!(unknown_figure(text, &facts), None, "{text}");
        }
        for (text, figure) in [
            ("40 percent", "40"),
            ("2倍", "2"),
            ("tls 1.2", "1.2"),
            ("seven objects", "seven"),
            ("in 2016,", "2016"),
            ("twenty-one", "twenty-one"),
            ("15th", "15"),
            ("5ms", "5"),
            ("1,2,9", "9"),
        ] {
            assert_eq!(
                unknown_figure(text, &facts).as_deref(),
                Some(figure),
                "{text}"
            );
        }
    }
}
