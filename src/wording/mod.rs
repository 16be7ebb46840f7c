//! Every fixed phrase that a reader of the digest sees, in each language: one catalogue per language, in Fluent's
//! form, so that plurals and word order are the translator's business and not the code's.
//!
//! A leaf: the editor's reasons and the press's headings come from the same catalogue.
//!
//! ```
//! use nikkan::wording::{Language, listed, say};
//!
//! let count = [("count", 14.into())];
//! assert_eq!(say(Language::En, "count-drafts", &count), "14 Internet-Drafts");
//! assert_eq!(say(Language::Ja, "count-drafts", &count), "ドラフト14件");
//! assert_eq!(listed(Language::En, &["tls", "quic"]), "tls and quic");
//! ```

use std::sync::LazyLock;

use fluent::concurrent::FluentBundle;
use fluent::{FluentArgs, FluentResource};
use serde::{Deserialize, Serialize};

pub use fluent::FluentValue as Value;

mod dates;
mod lists;
mod script;

pub use dates::{date_range, long_date, month_year, ordinal, short_date, weekday, weekday_short};
pub use lists::{in_a_row, listed, listed_in_quotes};
pub use script::{is_japanese, is_kana, is_kanji, is_katakana};

/// The languages a digest can be printed in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Language {
    /// Returns the BCP 47 tag, as in `lang="en"` and `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ja => "ja",
        }
    }

    /// The catalogue's files: one per room that speaks.
    fn sources(self) -> [&'static str; 3] {
        match self {
            Language::En => [
                include_str!("en/editor.ftl"),
                include_str!("en/page.ftl"),
                include_str!("en/press.ftl"),
            ],
            Language::Ja => [
                include_str!("ja/editor.ftl"),
                include_str!("ja/page.ftl"),
                include_str!("ja/press.ftl"),
            ],
        }
    }
}

type Catalogue = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| load(Language::En));
static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| load(Language::Ja));

fn load(language: Language) -> Catalogue {
    // Both tags are fixed and valid; the default locale would only cost plural rules.
    let locale: unic_langid::LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Isolation marks would end up in plain text and in subjects; the press neutralises bidi in titles itself.
    bundle.set_use_isolating(false);
    for source in language.sources() {
        // The catalogues are part of the binary and parsed by a test; a broken entry is skipped, not fatal.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(part, _)| part);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Returns the phrase `key` in `language`, with its arguments set in. A key that is in no catalogue comes back as itself,
/// so that a mistake is seen and a digest is still sent; a test keeps it from happening.
pub fn say(language: Language, key: &str, arguments: &[(&str, Value<'_>)]) -> String {
    let catalogue: &Catalogue = match language {
        Language::En => &ENGLISH,
        Language::Ja => &JAPANESE,
    };
    let Some(pattern) = catalogue
        .get_message(key)
        .and_then(|message| message.value())
    else {
        return key.to_owned();
    };
    let mut values = FluentArgs::new();
    for (name, value) in arguments {
        values.set(*name, value.clone());
    }
    let mut errors = Vec::new();
    catalogue
        .format_pattern(pattern, Some(&values), &mut errors)
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The keys of a catalogue, each with the variables it uses, so that a translation cannot lose one.
    fn keys(language: Language) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        for source in language.sources() {
            FluentResource::try_new(source.to_owned()).expect("the catalogue parses");
            for line in source.lines() {
                if let Some((key, _)) = line.split_once(" =")
                    && line.starts_with(|c: char| c.is_ascii_alphabetic())
                {
                    assert!(keys.insert(key.to_owned()), "{key} stands twice");
                }
            }
        }
        keys
    }

    #[test]
    fn no_key_is_missing_in_either_language() {
        let (english, japanese) = (keys(Language::En), keys(Language::Ja));
        assert!(!english.is_empty());
        assert_eq!(english, japanese);
    }

    /// Latin words that stand in Japanese text as they are: names, and terms of the trade.
    const NAMES: [&str; 22] = [
        "IAB",
        "AI",
        "digest",
        "WG",
        "RG",
        "BCP",
        "Proposed",
        "Standard",
        "Informational",
        "Experimental",
        "Historic",
        "RFC",
        "RFCs",
        "Internet",
        "Draft",
        "IETF",
        "IESG",
        "UTC",
        "nikkan",
        "Datatracker",
        "h",
        "m",
    ];

    /// Returns what each phrase says, without the names of its variables.
    fn said(source: &str) -> Vec<(String, String)> {
        let mut phrases: Vec<(String, String)> = Vec::new();
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            match line.split_once(" =") {
                Some((key, text)) if line.starts_with(|c: char| c.is_ascii_alphabetic()) => {
                    phrases.push((key.to_owned(), text.to_owned()));
                }
                _ => {
                    let text = line.trim_start().trim_start_matches(['[', '*']);
                    let text = text.split_once(']').map_or(text, |(_, text)| text);
                    if let Some((_, phrase)) = phrases.last_mut() {
                        phrase.push(' ');
                        phrase.push_str(text);
                    }
                }
            }
        }
        for (_, phrase) in &mut phrases {
            while let Some((before, rest)) = phrase.split_once('$') {
                let name = rest.find(|c: char| !c.is_ascii_alphanumeric());
                *phrase = format!("{before}{}", &rest[name.unwrap_or(rest.len())..]);
            }
        }
        phrases
    }

    #[test]
    fn no_english_word_is_left_in_the_japanese_catalogue() {
        for (key, phrase) in Language::Ja.sources().into_iter().flat_map(said) {
            let words = phrase.split(|c: char| !c.is_ascii_alphabetic());
            for word in words.filter(|word| !word.is_empty()) {
                assert!(NAMES.contains(&word), "{key}: {word}");
            }
        }
    }

    #[test]
    fn every_phrase_is_translated() {
        let english: Vec<_> = Language::En.sources().into_iter().flat_map(said).collect();
        for (key, japanese) in Language::Ja.sources().into_iter().flat_map(said) {
            let (_, english) = english
                .iter()
                .find(|(known, _)| *known == key)
                .expect("both");
            let has_words = english
                .split(|c: char| !c.is_ascii_alphabetic())
                .any(|word| !word.is_empty() && !NAMES.contains(&word));
            let in_kana_or_kanji = japanese
                .chars()
                .any(|c| c > '\u{3000}' && c.is_alphabetic());
            assert!(
                !has_words
                    || in_kana_or_kanji
                    || key.starts_with("month-")
                    || key.starts_with("number-")
                    || key == "headline-both",
                "{key}"
            );
        }
    }

    #[test]
    fn both_languages_are_told_the_same() {
        let variables = |language: Language| -> BTreeSet<(String, String)> {
            let mut found = BTreeSet::new();
            let mut key = String::new();
            for line in language.sources().into_iter().flat_map(str::lines) {
                if let Some((name, _)) = line.split_once(" =")
                    && line.starts_with(|c: char| c.is_ascii_alphabetic())
                {
                    name.clone_into(&mut key);
                }
                for rest in line.split('$').skip(1) {
                    let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
                    found.insert((key.clone(), rest[..end.unwrap_or(rest.len())].to_owned()));
                }
            }
            found
        };
        let (english, japanese) = (variables(Language::En), variables(Language::Ja));
        let optional = |(_, name): &&(String, String)| {
            // Japanese has no plural and no ordinal endings: it may count where English inflects, and the other way. A
            // weekday says enough of the year.
            ["count", "days", "ordinal", "year"].contains(&name.as_str())
        };
        let only: Vec<_> = english
            .symmetric_difference(&japanese)
            .filter(|pair| !optional(pair))
            .collect();
        assert_eq!(only, Vec::<&(String, String)>::new());
    }

    #[test]
    fn plurals_and_unknown_keys() {
        assert_eq!(say(Language::En, "no-such-key", &[]), "no-such-key");
        let one = say(Language::En, "count-drafts", &[("count", 1.into())]);
        let two = say(Language::En, "count-drafts", &[("count", 2.into())]);
        assert_eq!(
            (one.as_str(), two.as_str()),
            ("1 Internet-Draft", "2 Internet-Drafts")
        );
        assert_eq!(
            say(Language::Ja, "count-drafts", &[("count", 14.into())]),
            "ドラフト14件"
        );
    }
}
