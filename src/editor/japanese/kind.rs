//! The kind of a document, from the head of its title.

use super::flags::Flags;
use super::glossary::Glossary;
use super::keys::Keyed;
use super::tables::PREPOSITIONS;

/// Heads that say a kind besides those that the glossary marks as heads.
const KINDS: [&str; 16] = [
    "algorithm",
    "application programming interface",
    "api",
    "codec",
    "considerations",
    "header field",
    "mechanism",
    "media type",
    "message",
    "method",
    "option",
    "procedure",
    "protocol",
    "report",
    "scheme",
    "service",
];

/// Returns what kind of document a title tells, in Japanese.
pub(super) fn kind(glossary: &Glossary, title: &str) -> Option<String> {
    title
        .split(": ")
        .take(2)
        .find_map(|part| of_head(glossary, part))
}

fn of_head(glossary: &Glossary, part: &str) -> Option<String> {
    let keyed = Keyed::read(part);
    let stops =
        |word: &str| PREPOSITIONS.contains(&word) || matches!(word, "(" | "," | "based" | "and");
    let end = keyed
        .words
        .iter()
        .position(|word| stops(&word.lower))
        .unwrap_or(keyed.words.len());
    let head = &keyed.words[end.saturating_sub(glossary.most_words())..end];
    (0..head.len()).find_map(|at| {
        let keys: Vec<&str> = head[at..].iter().map(|word| word.key.as_str()).collect();
        let key = keys.join(" ");
        let term = glossary
            .get(&key)
            .filter(|term| !term.flags.any(Flags::PART))?;
        let says =
            term.flags.any(Flags::HEAD.and(Flags::EXTENSION)) || KINDS.contains(&key.as_str());
        says.then(|| term.japanese.clone())
    })
}
