//! The themes, and where they come from: the built-in file, or one of the reader's own in the same form, in which every fault is
//! told with its file, its line and its key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::phrases::Phrases;
use crate::wording::Language;

/// The `[digest]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigestSettings {
    /// A file that replaces the built-in themes.
    pub themes: Option<PathBuf>,
}

/// The key of what fits nowhere.
pub(super) const OTHER: &str = "other";

/// The themes and how to tell them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taxonomy {
    pub(super) family: BTreeMap<String, Family>,
    pub(super) theme: Vec<Definition>,
    /// The phrases of all themes.
    #[serde(skip)]
    pub(super) phrases: Phrases,
}

/// The start of the key of a family that stands for a theme.
pub(super) const FAMILY: &str = "family:";

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    en: String,
    ja: String,
    /// Areas whose groups' documents stand here when nothing else is known of them.
    #[serde(default)]
    pub(super) areas: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Definition {
    #[serde(deserialize_with = "plain_key")]
    pub(super) key: String,
    pub(super) family: Spanned<String>,
    en: String,
    ja: String,
    /// The titles before the name of a division; without them the theme's own.
    short_en: Option<String>,
    short_ja: Option<String>,
    #[serde(default)]
    pub(super) groups: Vec<String>,
    #[serde(default)]
    pub(super) phrases: Vec<(String, u32)>,
    #[serde(default)]
    pub(super) division: Vec<Division>,
    /// The phrases of its divisions.
    #[serde(skip)]
    pub(super) divided: Phrases,
}

/// A part of a theme, for days on which that is large.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Division {
    #[serde(deserialize_with = "plain_key")]
    pub(super) key: String,
    en: String,
    ja: String,
    #[serde(default)]
    pub(super) groups: Vec<String>,
    #[serde(default)]
    phrases: Vec<(String, u32)>,
}

/// The file that a reader may copy and change.
const BUILT_IN_TEXT: &str = include_str!("themes.toml");

static BUILT_IN: LazyLock<Taxonomy> = LazyLock::new(|| {
    // Part of the binary, and read by a test; an empty taxonomy would put everything under "other".
    Taxonomy::parse(BUILT_IN_TEXT).unwrap_or_else(|_| Taxonomy {
        family: BTreeMap::new(),
        theme: Vec::new(),
        phrases: Phrases::default(),
    })
});

/// More themes than this are a mistake, or an attack on the end-of-day job.
const MOST_THEMES: usize = 100;

impl Taxonomy {
    /// Returns the built-in one.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Returns the themes' keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.theme.iter().map(|theme| theme.key.as_str())
    }

    /// Returns the configured one, or the built-in one.
    ///
    /// # Errors
    /// The file cannot be read or used: one line that names file, line and key.
    pub fn configured(settings: &DigestSettings) -> Result<Self, String> {
        match &settings.themes {
            Some(path) => Taxonomy::from_file(path),
            None => Ok(Taxonomy::built_in().clone()),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`Taxonomy::configured`].
    pub fn from_file(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|cause| format!("cannot read the themes {shown}: {cause}"))?;
        Taxonomy::parse(&text).map_err(|fault| format!("{shown}:{fault}"))
    }

    /// Reads a taxonomy in the form of the built-in one.
    ///
    /// # Errors
    /// It is not TOML of that form, or does not fit together: `line:column: what is wrong`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = |at: usize, message: &str| format!("{}: {message}", line_and_column(text, at));
        let mut taxonomy: Taxonomy = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or_default().start;
            fault(at, error.message().lines().next().unwrap_or_default())
        })?;
        if taxonomy.theme.is_empty() || taxonomy.theme.len() > MOST_THEMES {
            let message = format!("there must be 1 to {MOST_THEMES} [[theme]] tables");
            return Err(fault(text.len(), &message));
        }
        let mut seen = BTreeSet::new();
        for theme in &mut taxonomy.theme {
            let at = theme.family.span().start;
            let (key, family) = (&theme.key, theme.family.get_ref());
            if !taxonomy.family.contains_key(family) {
                let message = format!(
                    "`family` of the theme `{key}` is `{family}`, and there is no [family.{family}]"
                );
                return Err(fault(at, &message));
            }
            if !seen.insert(key.clone()) {
                return Err(fault(at, &format!("the `key` `{key}` stands twice")));
            }
            let mut parts = BTreeSet::new();
            for part in &mut theme.division {
                if !parts.insert(part.key.clone()) {
                    let message = format!(
                        "the division `{}` of the theme `{key}` stands twice",
                        part.key
                    );
                    return Err(fault(at, &message));
                }
                let sound = made_plain(&mut part.groups, &mut part.phrases);
                sound.map_err(|()| fault(at, &unsound(&format!("division `{}`", part.key))))?;
            }
            let sound = made_plain(&mut theme.groups, &mut theme.phrases);
            sound.map_err(|()| fault(at, &unsound(&format!("theme `{key}`"))))?;
            let parts = theme.division.iter().enumerate();
            theme.divided = Phrases::of(parts.map(|(at, part)| (at, part.phrases.as_slice())));
        }
        let themes = taxonomy.theme.iter().enumerate();
        taxonomy.phrases = Phrases::of(themes.map(|(at, theme)| (at, theme.phrases.as_slice())));
        Ok(taxonomy)
    }

    /// Returns the title of a theme or of a family of themes.
    pub(super) fn title(&self, key: &str, language: Language) -> String {
        if let Some(theme) = self.theme.iter().find(|theme| theme.key == key) {
            return pick(language, &theme.en, &theme.ja);
        }
        let family = key.strip_prefix(FAMILY).unwrap_or(key);
        // A taxonomy of the reader's own need not name what fits nowhere.
        let built_in = || BUILT_IN.family.get(family);
        let title = self.family.get(family).or_else(built_in);
        title.map_or_else(
            || key.to_owned(),
            |title| pick(language, &title.en, &title.ja),
        )
    }

    /// Returns the key that a theme has outside: a family's where it is not also a theme's.
    pub(super) fn public_key(&self, key: &str) -> String {
        match key.strip_prefix(FAMILY) {
            Some(family) if self.keys().any(|theme| theme == family) => format!("{family}-family"),
            Some(family) => family.to_owned(),
            None => key.to_owned(),
        }
    }
}

impl Definition {
    /// Returns the title that stands before the name of a division.
    pub(super) fn short(&self, language: Language) -> String {
        let en = self.short_en.as_ref().unwrap_or(&self.en);
        pick(language, en, self.short_ja.as_ref().unwrap_or(&self.ja))
    }
}

impl Division {
    pub(super) fn title(&self, language: Language) -> String {
        pick(language, &self.en, &self.ja)
    }
}

fn pick(language: Language, en: &str, ja: &str) -> String {
    match language {
        Language::En => en.to_owned(),
        Language::Ja => ja.to_owned(),
    }
}

/// Brings groups and phrases into the form in which they are compared; fails where a phrase has no word or no fit weight.
fn made_plain(groups: &mut [String], phrases: &mut [(String, u32)]) -> Result<(), ()> {
    for group in groups {
        *group = group.trim().to_lowercase();
    }
    for (phrase, weight) in phrases {
        *phrase = phrase.trim().to_lowercase();
        if phrase.trim_matches('*').is_empty() || *weight == 0 || *weight > 100 {
            return Err(());
        }
    }
    Ok(())
}

fn unsound(of: &str) -> String {
    format!(
        "each of the `phrases` of the {of} must be words with a weight from 1 to 100: [\"dns\", 5]"
    )
}

/// Reads a theme's key, which becomes an anchor in the page and a value in the JSON.
fn plain_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let key = String::deserialize(deserializer)?;
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if key.is_empty() || key.len() > 40 || !key.chars().all(allowed) {
        return Err(serde::de::Error::custom(
            "`key` must be 1 to 40 lower-case letters, digits and hyphens",
        ));
    }
    Ok(key)
}

/// Returns line and column of a byte, both counted from 1.
fn line_and_column(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[line_start..].chars().count() + 1;
    format!("{}:{column}", before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_taxonomy_is_whole() {
        let taxonomy = Taxonomy::parse(BUILT_IN_TEXT).unwrap();
        assert!(taxonomy.theme.len() >= 14);
        for theme in &taxonomy.theme {
            let double: BTreeSet<_> = theme.phrases.iter().map(|(phrase, _)| phrase).collect();
            assert_eq!(double.len(), theme.phrases.len(), "{}", theme.key);
            // A phrase with a sign at which texts are divided would never be found.
            let found = |c: char| c.is_alphanumeric() || " -.+*".contains(c);
            for (phrase, _) in &theme.phrases {
                assert!(phrase.chars().all(found), "{phrase}");
            }
            assert!(!theme.division.is_empty(), "{}", theme.key);
            for part in &theme.division {
                let of_part = |(phrase, _): &(String, u32)| phrase.chars().all(found);
                assert!(part.phrases.iter().all(of_part), "{}", part.key);
                assert!(!part.ja.is_empty() && part.en.chars().count() <= 50);
            }
        }
    }

    /// A taxonomy of one theme, with the lines given in the place of its own.
    fn one(family: &str, key: &str, phrases: &str) -> String {
        format!(
            "[family.all]\nen = \"All\"\nja = \"全部\"\n\n[[theme]]\nkey = \"{key}\"\nfamily = \"{family}\"\n\
             en = \"X\"\nja = \"X\"\nphrases = {phrases}\n"
        )
    }

    #[test]
    fn a_file_of_the_readers_own_is_used_and_its_words_need_no_certain_case() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), one("all", "mine", "[[\"Post-Quantum\", 5]]")).unwrap();
        let settings = DigestSettings {
            themes: Some(file.path().to_owned()),
        };
        let taxonomy = Taxonomy::configured(&settings).unwrap();
        assert_eq!(taxonomy.keys().collect::<Vec<_>>(), ["mine"]);
        assert_eq!(taxonomy.theme[0].phrases[0].0, "post-quantum");
    }

    #[test]
    fn every_fault_names_its_line_and_its_key() {
        let fault = |text: &str| Taxonomy::parse(text).unwrap_err();
        let lost = fault(&one("none", "x", "[]"));
        assert!(
            lost.starts_with("7:10: `family` of the theme `x`"),
            "{lost}"
        );
        let key = fault(&one("all", "A B", "[]"));
        assert!(key.starts_with("6:7: `key` must be"), "{key}");
        let zero = fault(&one("all", "x", "[[\"dns\", 0]]"));
        assert!(zero.contains("`phrases` of the theme `x`"), "{zero}");
        let unknown = fault(&format!("{}frases = []\n", one("all", "x", "[]")));
        assert!(
            unknown.starts_with("11:1: unknown field `frases`"),
            "{unknown}"
        );
        let twice = one("all", "x", "[]");
        let theme = twice.split_once("[[theme]]").unwrap().1.to_owned();
        let twice = fault(&format!("{twice}[[theme]]{theme}"));
        assert!(twice.contains("the `key` `x` stands twice"), "{twice}");
        let part = "[[theme.division]]\nkey = \"p\"\nen = \"P\"\nja = \"P\"\n";
        let whole = one("all", "x", "[]");
        let twice = fault(&format!("{whole}{part}{part}"));
        assert!(
            twice.contains("the division `p` of the theme `x`"),
            "{twice}"
        );
        let zero = fault(&format!("{whole}{part}phrases = [[\"*\", 5]]\n"));
        assert!(zero.contains("`phrases` of the division `p`"), "{zero}");
        assert!(fault("[family.all]\nen = \"a\"\nja = \"b\"\n").contains("theme"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = Taxonomy::from_file(Path::new("/nowhere/themes.toml")).unwrap_err();
        assert!(error.starts_with("cannot read the themes /nowhere/themes.toml"));
    }
}
