//! The glossary: which English terms have which Japanese, and how they are joined.

use std::collections::HashMap;
use std::path::Path;
use std::sync::LazyLock;

use super::flags::Flags;
use super::token::tokens;
use super::words::singular;

const BUILT_IN_TEXT: &str = include_str!("glossary.tsv");

static BUILT_IN: LazyLock<Glossary> = LazyLock::new(|| {
    // Part of the binary, and read by a test; without terms every title stays English.
    Glossary::default()
        .extended(BUILT_IN_TEXT)
        .unwrap_or_default()
});

/// No term has more words: what a lookup costs depends on it.
const MOST_WORDS: usize = 12;
/// A Japanese term that is longer is a sentence.
const LONGEST: usize = 60;
/// Short words that are something else without their hyphen: "on-path", "on path".
const HYPHEN_NEEDED: [&str; 8] = ["in-", "on-", "off-", "out-", "over-", "at-", "to-", "by-"];

/// A term of the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) japanese: String,
    pub(super) flags: Flags,
}

/// The terms, by their English words in lower case and the singular.
#[derive(Clone, Debug, Default)]
pub(super) struct Glossary {
    terms: HashMap<String, Term>,
    most_words: usize,
}

impl Glossary {
    /// Returns the built-in one.
    pub(super) fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Returns the built-in one with the terms of a file, which take the place of those that are there.
    ///
    /// # Errors
    /// The file cannot be read or used: one line that names file and line.
    pub(super) fn with_file(path: &Path) -> Result<Self, String> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|cause| format!("cannot read the glossary {shown}: {cause}"))?;
        Glossary::built_in()
            .clone()
            .extended(&text)
            .map_err(|fault| format!("{shown}:{fault}"))
    }

    /// Adds the terms of a text; what is there already is replaced.
    ///
    /// # Errors
    /// `line: what is wrong`.
    fn extended(mut self, text: &str) -> Result<Self, String> {
        let mut own: HashMap<String, usize> = HashMap::new();
        for (at, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let fault = |what: String| format!("{}: {what}", at + 1);
            let (key, words, term) = entry(line).map_err(fault)?;
            if let Some(earlier) = own.insert(key.clone(), at + 1) {
                return Err(fault(format!(
                    "the term `{key}` stands already in line {earlier}"
                )));
            }
            self.most_words = self.most_words.max(words);
            self.terms.insert(key, term);
        }
        Ok(self)
    }

    /// Returns the most words that a term has.
    pub(super) fn most_words(&self) -> usize {
        self.most_words
    }

    /// Returns the term of a key: see [`key`].
    pub(super) fn get(&self, key: &str) -> Option<&Term> {
        self.terms.get(key)
    }

    /// Returns the number of terms.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.terms.len()
    }
}

/// A glossary as titles are read with it.
#[derive(Clone, Copy)]
pub(super) struct Terms<'a> {
    glossary: &'a Glossary,
    long_names: bool,
}

impl<'a> Terms<'a> {
    /// Returns all terms.
    pub(super) fn all(glossary: &'a Glossary) -> Self {
        Terms {
            glossary,
            long_names: true,
        }
    }

    /// Returns all but the names of several words, so that a title that is nothing but such a name is put into words.
    pub(super) fn without_long_names(glossary: &'a Glossary) -> Self {
        Terms {
            glossary,
            long_names: false,
        }
    }

    /// Returns the term of a key: see [`key`].
    pub(super) fn get(self, key: &str) -> Option<&'a Term> {
        let term = self.glossary.get(key)?;
        let long_name = term.flags.any(Flags::NAME) && key.contains(' ');
        (self.long_names || !long_name).then_some(term)
    }

    /// Returns the most words that a term has.
    pub(super) fn most_words(self) -> usize {
        self.glossary.most_words()
    }
}

/// Returns the key under which the glossary has some words, of which none is a hyphen.
pub(super) fn key<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let singulars: Vec<String> = words
        .into_iter()
        .map(|word| singular(&word.to_lowercase()))
        .collect();
    singulars.join(" ")
}

/// Reads a line: its key, the number of its words, the term.
fn entry(line: &str) -> Result<(String, usize, Term), String> {
    let mut fields = line.split('\t').map(str::trim);
    let (english, japanese) = (
        fields.next().unwrap_or_default(),
        fields.next().unwrap_or_default(),
    );
    let flags = Flags::parse(fields.next().unwrap_or_default())?;
    if english.is_empty() || japanese.is_empty() {
        return Err("a term is English, a tab, Japanese, and perhaps a tab with flags".into());
    }
    if fields.next().is_some() {
        return Err("more than three fields: English, Japanese, flags".into());
    }
    if japanese.chars().count() > LONGEST || japanese.contains(char::is_control) {
        return Err(format!(
            "the Japanese of `{english}` must be at most {LONGEST} plain characters"
        ));
    }
    let lower = english.to_lowercase();
    let words: Vec<String> = tokens(&lower)
        .into_iter()
        .map(|token| token.text)
        .filter(|word| word != "-")
        .collect();
    if words.is_empty() || words.len() > MOST_WORDS {
        return Err(format!("`{english}` must have 1 to {MOST_WORDS} words"));
    }
    let hyphenated = HYPHEN_NEEDED.iter().any(|start| lower.starts_with(start));
    let flags = if hyphenated {
        flags.and(Flags::HYPHENATED)
    } else {
        flags
    };
    let term = Term {
        japanese: japanese.to_owned(),
        flags,
    };
    Ok((key(words.iter().map(String::as_str)), words.len(), term))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_built_in_one_is_sound_and_large() {
        let read = Glossary::default().extended(BUILT_IN_TEXT).unwrap();
        assert!(read.len() >= 2500, "{}", read.len());
        assert_eq!(
            read.get(&key(["DNS", "Resolvers"])).unwrap().japanese,
            "DNSリゾルバー"
        );
    }

    #[test]
    fn no_japanese_term_has_blanks_beside_japanese_or_full_width_letters() {
        for line in BUILT_IN_TEXT.lines().filter(|line| !line.starts_with('#')) {
            let japanese = line.split('\t').nth(1).unwrap();
            let mut around = japanese.chars().zip(japanese.chars().skip(1));
            assert!(
                !around.any(|(a, b)| (a == ' ' && !b.is_ascii()) || (b == ' ' && !a.is_ascii())),
                "{line}"
            );
            assert!(
                !japanese
                    .contains(|c: char| ('\u{ff10}'..='\u{ff5a}').contains(&c) || c == '\u{3000}'),
                "{line}"
            );
        }
    }

    #[test]
    fn a_file_adds_and_replaces_and_its_faults_are_told_with_their_line() {
        let with = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let read = Glossary::with_file(file.path());
            read.map_err(|fault| fault.replace(&file.path().display().to_string(), "own.tsv"))
        };
        let read = with(
            "# own\nDNS resolver\t名前解決サーバー\nfrobnication\tフロブニケーション\tact,no\n",
        )
        .unwrap();
        assert_eq!(
            read.get("dns resolver").unwrap().japanese,
            "名前解決サーバー"
        );
        assert_eq!(
            read.get("frobnication").unwrap().japanese,
            "フロブニケーション"
        );
        for (text, fault) in [
            (
                "a b\n",
                "own.tsv:1: a term is English, a tab, Japanese, and perhaps a tab with flags",
            ),
            (
                "\nx\t乙\tnoun\n",
                "own.tsv:2: unknown flag `noun`; known are name, adj,",
            ),
            (
                "node\t乙\n# x\nnodes\t丙\n",
                "own.tsv:3: the term `node` stands already in line 1",
            ),
            ("x\t乙\t\tz\n", "own.tsv:1: more than three fields"),
            ("-\t乙\n", "own.tsv:1: `-` must have 1 to 12 words"),
        ] {
            let said = with(text).unwrap_err();
            assert!(said.starts_with(fault), "{said}");
        }
        let none = Glossary::with_file(Path::new("/nowhere/own.tsv")).unwrap_err();
        assert!(
            none.starts_with("cannot read the glossary /nowhere/own.tsv: "),
            "{none}"
        );
    }
}
